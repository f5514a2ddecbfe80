#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Programs of a newer suite of Debian, unpacked into a folder and not installed: they
# run there with the C library that comes with them. apt's own lists, sources, packages
# and caches stay as they are.
#
#   debian_server.sh DIR SUITE PACKAGE...    downloads what is not there yet
#
# DIR then is as a root of Debian's (DIR/usr/bin, DIR/usr/sbin), and may be copied: a
# program in it finds its libraries from where it stands. DEBIAN_MIRROR: the archive, in
# place of the one that this machine's apt uses.
# Exit status 3: "not available" (no Debian archive in apt's sources, no network, ...).
set -euo pipefail

[ $# -ge 3 ] || { sed -n 's/^#   /  /p' "$0" >&2; exit 2; }
dir=$1 suite=$2
shift 2
unavailable() { echo "not available: $*" >&2; exit 3; }
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
[ ! -e "$dir/.complete" ] || exit 0
apt=$dir.apt
trap 'rm -rf "$apt"' EXIT

# The archive that apt's sources name, but for those that lack a suite.
archive() {
  local uri
  if [ -n "${DEBIAN_MIRROR:-}" ]; then echo "$DEBIAN_MIRROR"; return; fi
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
apt() { APT_CONFIG=$apt/conf apt-get -qq "$@" >"$apt/log" 2>&1; }

set_up_apt() {
  local uri keys=/usr/share/keyrings/debian-archive-keyring.gpg
  command -v apt-get >/dev/null && command -v dpkg >/dev/null || unavailable "this machine has no apt"
  uri=$(archive) || unavailable "apt's sources name no Debian archive"
  rm -rf "$apt"
  mkdir -p "$apt"/{lists,cache/archives/partial,state}
  : > "$apt/state/status"
  [ -e $keys ] && keys=" [signed-by=$keys]" || keys=""
  echo "deb$keys $uri $suite main" > "$apt/sources.list"
  {
    apt-config dump | grep -E '^Acquire::(http|https|ftp|ForceIPv)' || true
    cat <<CONF
Dir::Etc::Parts "/dev/null";
Dir::Etc::Main "/dev/null";
Dir::Etc::SourceList "$apt/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Dir::State "$apt/state";
Dir::State::Lists "$apt/lists";
Dir::State::Status "$apt/state/status";
Dir::Cache "$apt/cache";
Dir::Log "$apt";
APT::Architecture "$(dpkg --print-architecture)";
APT::Architectures { "$(dpkg --print-architecture)"; };
APT::Sandbox::User "$(id -un)";
APT::Install-Recommends "false";
Acquire::Languages "none";
Acquire::Check-Valid-Until "false";
Acquire::Retries "2";
APT::Update::Error-Mode "any";
CONF
  } > "$apt/conf"
}

# A program becomes a script that runs it by the loader and the libraries it was made
# for; itself it stands beside.
wrap() {
  local f loader libraries
  cd "$dir"
  [ ! -d lib ] || [ -L lib ] || cp -a lib/. usr/lib/
  loader=$(find usr/lib -name 'ld-linux*.so.*' -o -name 'ld64.so.*' | head -n 1)
  [ -n "$loader" ] || unavailable "the packages bring no C library"
  libraries=$(find usr/lib -name 'lib*.so*' ! -path '*/plugin/*' -printf ':$root/%h\n' | sort -u | tr -d '\n')
  for f in usr/bin/* usr/sbin/*; do
    [ -f "$f" ] && [ ! -L "$f" ] && [ "$(head -c 4 "$f" | tail -c 3)" = ELF ] || continue
    mv "$f" "$f.elf"
    cat > "$f" <<RUN
#!/bin/sh
self=\$(readlink -f "\$0")
root=\$(cd "\$(dirname "\$self")/../.." && pwd)
exec "\$root/$loader" --library-path "${libraries#:}" "\$self.elf" "\$@"
RUN
    chmod 755 "$f"
  done
}

set_up_apt
apt update || unavailable "no list of packages of $suite ($(tail -n 1 "$apt/log"))"
apt -y --download-only install "$@" || unavailable "no $* in $suite ($(tail -n 1 "$apt/log"))"
rm -rf "$dir"
mkdir -p "$dir"
for deb in "$apt"/cache/archives/*.deb; do
  dpkg-deb -x "$deb" "$dir" || unavailable "cannot unpack $(basename "$deb")"
done
wrap
touch "$dir/.complete"
