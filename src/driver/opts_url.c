/* SPDX-License-Identifier: MIT */
/* Owns the form of URLs: taking one apart, and showing one without its
 * password. What the options in it mean is the table's in opts.c. */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "driver/driver.h"

static bool is_file(const ryx_driver *d)
{
  return d->caps & RYX_CAP_ONE_WRITER;
}

static int digit(char c)
{
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/* Percent-decodes [s, end) into the arena. Messages do not quote it: it may be
 * a password. */
static int decode(ryx_opts *o, const char *s, const char *end, const char **out,
                  ryx_err *e)
{
  char *d = ryx_arena_alloc(&o->arena, (size_t)(end - s) + 1);

  if (!d) return ryx_err_nomem(e);
  *out = d;
  for (; s < end; s++) {
    int c = (unsigned char)*s;
    if (c == '%') {
      int hi = end - s > 2 ? digit(s[1]) : -1, lo = hi < 0 ? -1 : digit(s[2]);
      c = lo < 0 ? 0 : hi * 16 + lo;
      if (c == 0)
        return ryx_err_set(e, RYX_E_MISUSE,
                           "the URL holds a '%%' that is not followed by two "
                           "hex digits of a character; write '%%' as %%25");
      s += 2;
    }
    *d++ = (char)c;
  }
  *d = 0;
  return 0;
}

static const char *find(const char *s, const char *end, char c)
{
  const char *p = s < end ? memchr(s, c, (size_t)(end - s)) : NULL;
  return p ? p : end;
}

static const char *find_last(const char *s, const char *end, char c)
{
  const char *p = end;

  while (p > s)
    if (*--p == c) return p;
  return end;
}

/* One name=value of the query. */
static int parse_option(ryx_opts *o, const char *s, const char *end, ryx_err *e)
{
  const char *eq = find(s, end, '='), *name, *value;
  int rc = decode(o, s, eq, &name, e);

  if (rc < 0) return rc;
  if (eq == end)
    return ryx_err_set(e, RYX_E_MISUSE,
                       "option '%.64s' in the URL has no value", name);
  if ((rc = decode(o, eq + 1, end, &value, e)) < 0) return rc;
  return ryx_opts_set(o, name, value, e);
}

static int parse_query(ryx_opts *o, const char *s, ryx_err *e)
{
  const char *end = s + strlen(s), *before = o->password;

  ryx_opts_begin(o);
  while (s < end) {
    const char *next = find(s, end, '&');
    int rc = parse_option(o, s, next, e);

    /* What follows a password may be the rest of it, cut off by a bare '&'. */
    if (rc == RYX_E_MISUSE && o->password != before)
      return ryx_err_set(e, rc,
                         "an option behind the password in the URL is wrong; "
                         "in a password write '&' as %%26");
    if (rc < 0) return rc;
    s = next < end ? next + 1 : end;
  }
  return 0;
}

static int parse_user(ryx_opts *o, const char *s, const char *end, ryx_err *e)
{
  const char *colon = find(s, end, ':');
  int rc;

  if (s < colon && (rc = decode(o, s, colon, &o->user, e)) < 0) return rc;
  if (colon == end) return 0;
  return decode(o, colon + 1, end, &o->password, e);
}

static int bad_host(ryx_err *e)
{
  return ryx_err_set(e, RYX_E_MISUSE,
                     "the URL must have one host, as name, name:port or "
                     "[address]:port, with a port from 1 to 65535; in a user "
                     "or password write '/' as %%2F, '?' as %%3F, '@' as %%40");
}

static int parse_host(ryx_opts *o, const char *s, const char *end, ryx_err *e)
{
  const char *colon, *port, *host_end;
  int rc;

  if (s < end && *s == '[') {
    host_end = find(s, end, ']');
    if (host_end == end) return bad_host(e);
    s++;
    colon = host_end + 1;
  } else {
    host_end = colon = find(s, end, ':');
  }
  if (colon < end && *colon != ':') return bad_host(e);
  if (s < host_end && (rc = decode(o, s, host_end, &o->host, e)) < 0) return rc;
  if (colon == end) return 0;
  if ((rc = decode(o, colon + 1, end, &port, e)) < 0) return rc;
  /* What stands here may be half a password: the reader's words are not used */
  if (*port && ryx_opts_set(o, "port", port, e) < 0) return bad_host(e);
  return 0;
}

static int parse_server(ryx_opts *o, const char *s, ryx_err *e)
{
  const char *end = s + strlen(s), *query = find(s, end, '?');
  const char *slash = find(s, query, '/'), *at = find_last(s, slash, '@');
  int rc;

  /* A bare '/' or '?' in a password cuts the authority short: what follows
   * would turn up as database or option, in messages and logs. */
  if (find(slash, end, '@') != end) return bad_host(e);
  if (at < slash) {
    if ((rc = parse_user(o, s, at, e)) < 0) return rc;
    s = at + 1;
  }
  if ((rc = parse_host(o, s, slash, e)) < 0) return rc;
  if (query - slash > 1 &&
      (rc = decode(o, slash + 1, query, &o->database, e)) < 0)
    return rc;
  return query < end ? parse_query(o, query + 1, e) : 0;
}

static int parse_file(ryx_opts *o, const char *s, ryx_err *e)
{
  const char *end, *query;
  int rc;

  if (strncmp(s, "//", 2) == 0) s += 2;
  end = s + strlen(s);
  query = find(s, end, '?');
  /* sqlite:///app.db means the file beside us in everyone's examples; nobody
   * keeps databases in the root folder. */
  if (s[-1] == '/' && *s == '/' && find(s + 1, query, '/') == query) s++;
  o->database = ryx_arena_dup(&o->arena, s, (size_t)(query - s));
  if (!o->database) return ryx_err_nomem(e);
  if (strcmp(o->database, ":memory:") == 0) o->memory = true;
  if (query < end && (rc = parse_query(o, query + 1, e)) < 0) return rc;
  if (!*o->database && !o->memory)
    return ryx_err_set(e, RYX_E_MISUSE,
                       "the URL names no file; write sqlite:PATH or "
                       "sqlite::memory:");
  return 0;
}

static bool is_scheme(const char *scheme, const char *s, size_t n)
{
  return strlen(scheme) == n && memcmp(scheme, s, n) == 0;
}

static const ryx_driver *find_driver(const char *s, size_t n)
{
  const ryx_driver *const *d;
  const char *const *scheme;

  for (d = ryx_drivers; *d; d++)
    for (scheme = (*d)->schemes; *scheme; scheme++)
      if (is_scheme(*scheme, s, n)) return *d;
  return NULL;
}

static int unknown_scheme(const char *s, size_t n, ryx_err *e)
{
  static const char *const known[] = {"postgres", "postgresql", "mysql",
                                      "mariadb", "sqlite"};
  enum { N_KNOWN = sizeof known / sizeof *known };
  const char *const *m, *near;
  char word[32];

  for (m = ryx_drivers_missing; *m; m += 2)
    if (is_scheme(*m, s, n))
      return ryx_err_set(e, RYX_E_MISUSE,
                         "this ryx was built without %s; install %s and "
                         "rebuild",
                         m[0], m[1]);
  if (n == 0 || n >= sizeof word)
    return ryx_err_set(e, RYX_E_MISUSE,
                       "not a database URL; write postgres://..., mysql://... "
                       "or sqlite:...");
  memcpy(word, s, n);
  word[n] = 0;
  near = ryx_err_nearest(word, known, N_KNOWN);
  if (near)
    return ryx_err_set(e, RYX_E_MISUSE,
                       "unknown URL scheme '%s'; did you mean '%s'?", word,
                       near);
  return ryx_err_set(e, RYX_E_MISUSE,
                     "unknown URL scheme '%s'; ryx knows postgres, postgresql, "
                     "mysql, mariadb and sqlite",
                     word);
}

int ryx_opts_parse(const char *url, ryx_opts *out, ryx_err *e)
{
  static const char letters[] =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRST"
      "UVWXYZ0123456789+.-";
  size_t n = strspn(url, letters);
  const char *rest = url + n;
  const ryx_driver *d;
  bool file;
  int rc;

  if (*rest++ != ':') return unknown_scheme(url, 0, e);
  d = find_driver(url, n);
  if (!d) return unknown_scheme(url, n, e);
  file = is_file(d);
  if (!file && strncmp(rest, "//", 2) != 0)
    return ryx_err_set(e, RYX_E_MISUSE, "a %s URL begins with %.*s://", d->name,
                       (int)n, url);
  ryx_opts_init(out, d);
  rc = file ? parse_file(out, rest, e) : parse_server(out, rest + 2, e);
  ryx_opts_begin(out);
  if (rc == 0) rc = ryx_opts_check(out, e);
  if (rc < 0) ryx_opts_fini(out);
  return rc;
}

void ryx_opts_show(const ryx_opts *o, char *out, size_t size)
{
  const char *host = o->host ? o->host : "";
  bool socket = *host == '/', brackets = strchr(host, ':') != NULL;
  char port[16] = "";

  if (is_file(o->driver)) {
    snprintf(out, size, "%s:%s", o->driver->name,
             o->memory ? ":memory:" : o->database);
    return;
  }
  if (o->port) snprintf(port, sizeof port, ":%d", o->port);
  snprintf(out, size, "%s://%s%s%s%s%s%s/%s%s%s", o->driver->name,
           o->user ? o->user : "", o->user ? "@" : "", brackets ? "[" : "",
           socket ? "" : host, brackets ? "]" : "", port,
           o->database ? o->database : "", socket ? "?host=" : "",
           socket ? host : "");
}
