#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# MySQL's server for the tests, which Debian has in sid only: its packages (50 MB),
# unpacked into the user's cache with the C library they were made for. apt's own lists,
# sources and caches stay as they are.
#
#   mysql_fetch.sh      prints the folder, after having filled it where that was not done
#
# Status 3 and one line that says why when it is not to be had. RYX_MYSQL_MIRROR: the
# archive, in place of the one that this machine's apt uses.
set -euo pipefail

cache=${XDG_CACHE_HOME:-$HOME/.cache}/ryx
root=$cache/mysql
unavailable() { echo "MySQL is not tested: $*" >&2; exit 3; }

# The archive that apt's sources name, but for those that have no sid.
archive() {
  local uri
  if [ -n "${RYX_MYSQL_MIRROR:-}" ]; then echo "$RYX_MYSQL_MIRROR"; return; fi
  for uri in $(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null | sort -u); do
    case ${uri%/} in
      *security* | *-debug | *backports*) ;;
      */debian) echo "${uri%/}"; return ;;
    esac
  done
  return 1
}

# apt with its state in a folder of its own. Of the machine's settings it keeps how to
# download (proxies), not the hooks. Signatures are checked, their age is not: mirrors
# may be snapshots.
set_up_apt() {
  local uri keys=/usr/share/keyrings/debian-archive-keyring.gpg
  command -v apt-get >/dev/null && command -v dpkg >/dev/null || unavailable "this machine has no apt to fetch it with"
  uri=$(archive) || unavailable "apt's sources name no Debian archive to fetch it from"
  mkdir -p "$work"/{lists,cache/archives/partial,state}
  : > "$work/state/status"
  [ -e $keys ] && keys=" [signed-by=$keys]" || keys=""
  echo "deb$keys $uri sid main" > "$work/sources.list"
  {
    apt-config dump | grep -E '^Acquire::(http|https|ftp|ForceIPv)' || true
    cat <<CONF
Dir::Etc::Parts "/dev/null";
Dir::Etc::Main "/dev/null";
Dir::Etc::SourceList "$work/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Dir::State "$work/state";
Dir::State::Lists "$work/lists";
Dir::State::Status "$work/state/status";
Dir::Cache "$work/cache";
Dir::Log "$work";
APT::Architecture "$(dpkg --print-architecture)";
APT::Architectures { "$(dpkg --print-architecture)"; };
APT::Sandbox::User "$(id -un)";
APT::Install-Recommends "false";
Acquire::Languages "none";
Acquire::Check-Valid-Until "false";
Acquire::Retries "2";
APT::Update::Error-Mode "any";
CONF
  } > "$work/conf"
}

apt() { APT_CONFIG=$work/conf apt-get -qq "$@" >"$work/log" 2>&1; }

if [ ! -e "$root" ]; then
  mkdir -p "$cache" || unavailable "no folder $cache"
  # Two may fetch at once: the first one that is ready gives its folder.
  work=$(mktemp -d "$cache/fetch-XXXXXX")
  trap 'rm -rf "$work"' EXIT
  set_up_apt
  apt update || unavailable "no list of packages ($(tail -n 1 "$work/log"))"
  apt -y --download-only install mysql-server-core ||
    unavailable "no package mysql-server-core for this machine ($(tail -n 1 "$work/log"))"
  mkdir "$work/root"
  for deb in "$work"/cache/archives/*.deb; do
    dpkg-deb -x "$deb" "$work/root" || unavailable "cannot unpack $(basename "$deb")"
  done
  chmod 755 "$work/root"
  mv -T "$work/root" "$root" 2>/dev/null || [ -e "$root" ]
fi
echo "$root"
