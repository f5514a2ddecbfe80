/* SPDX-License-Identifier: MIT */
/* Owns the meaning of URLs and options. One table names every option; the URL's
 * query and setup's table go through it alike. */
#include "driver/opts.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "driver/driver.h"
#include "value/text.h"

typedef enum { TEXT, COUNT, SECONDS, CHOICE } kind;

enum { FILES = 1, SERVERS = 2, BOTH = FILES | SERVERS };

typedef struct option {
  const char *name;
  kind kind;
  int where;     /* which databases know it */
  size_t offset; /* in ryx_opts; the number's type follows from kind */
  int64_t min, max;
  const char *const *choices; /* NULL-terminated */
  void (*choose)(ryx_opts *o, int choice, const char *text);
} option;

static const char *const sslmodes[] = {
    "disable", "allow", "prefer", "require", "verify-ca", "verify-full", NULL};
static const char *const prepares[] = {"named", "unnamed", "off", NULL};
static const char *const modes[] = {"rwc", "rw", "ro", "memory", NULL};
static const char *const synchronouses[] = {"normal", "full", NULL};

static void choose_sslmode(ryx_opts *o, int choice, const char *text)
{
  (void)text;
  o->sslmode = sslmodes[choice];
}

static void choose_prepare(ryx_opts *o, int choice, const char *text)
{
  (void)text;
  o->prepare = (ryx_prepare)choice;
}

static void choose_mode(ryx_opts *o, int choice, const char *text)
{
  (void)choice;
  o->create = strcmp(text, "rwc") == 0;
  o->read_only = strcmp(text, "ro") == 0;
  o->memory = o->memory || strcmp(text, "memory") == 0;
}

static void choose_synchronous(ryx_opts *o, int choice, const char *text)
{
  (void)text;
  o->synchronous_full = choice == 1;
}

/* Ten years: beyond any use, and far from overflow in nanoseconds. */
enum { SECONDS_MAX = 315360000 };

#define AT(member) .offset = offsetof(ryx_opts, member)
static const option options[] = {
    {"max_connections", COUNT, BOTH, AT(max_connections), 1, 10000, NULL, NULL},
    {"pool_size", COUNT, BOTH, AT(max_connections), 1, 10000, NULL, NULL},
    {"min_connections", COUNT, BOTH, AT(min_connections), 0, 10000, NULL, NULL},
    {"connect_timeout", SECONDS, BOTH, AT(connect_timeout_ms), 1, SECONDS_MAX,
     NULL, NULL},
    {"acquire_timeout", SECONDS, BOTH, AT(acquire_timeout_ms), 1, SECONDS_MAX,
     NULL, NULL},
    {"idle_timeout", SECONDS, BOTH, AT(idle_timeout_ms), 0, SECONDS_MAX, NULL,
     NULL},
    {"max_lifetime", SECONDS, BOTH, AT(max_lifetime_ms), 0, SECONDS_MAX, NULL,
     NULL},
    {"prepare", CHOICE, BOTH, .choices = prepares, .choose = choose_prepare},
    {"statement_cache", COUNT, BOTH, AT(statement_cache), 0, 65536, NULL, NULL},
    {"user", TEXT, SERVERS, AT(user), 0, 0, NULL, NULL},
    {"password", TEXT, SERVERS, AT(password), 0, 0, NULL, NULL},
    {"host", TEXT, SERVERS, AT(host), 0, 0, NULL, NULL},
    {"socket", TEXT, SERVERS, AT(host), 0, 0, NULL, NULL},
    {"port", COUNT, SERVERS, AT(port), 1, 65535, NULL, NULL},
    {"application_name", TEXT, SERVERS, AT(application_name), 0, 0, NULL, NULL},
    {"sslmode", CHOICE, SERVERS, .choices = sslmodes, .choose = choose_sslmode},
    {"sslrootcert", TEXT, SERVERS, AT(sslrootcert), 0, 0, NULL, NULL},
    {"sslcert", TEXT, SERVERS, AT(sslcert), 0, 0, NULL, NULL},
    {"sslkey", TEXT, SERVERS, AT(sslkey), 0, 0, NULL, NULL},
    {"mode", CHOICE, FILES, .choices = modes, .choose = choose_mode},
    {"synchronous", CHOICE, FILES, .choices = synchronouses,
     .choose = choose_synchronous},
};
#undef AT
enum { N_OPTIONS = sizeof options / sizeof *options };

static int where(const ryx_driver *d)
{
  return d->caps & RYX_CAP_ONE_WRITER ? FILES : SERVERS;
}

static int unknown_option(const ryx_opts *o, const char *name, ryx_err *e)
{
  const char *names[N_OPTIONS], *near;
  int i, n = 0;

  for (i = 0; i < N_OPTIONS; i++) {
    if (options[i].where & where(o->driver)) names[n++] = options[i].name;
    if (strcmp(options[i].name, name) == 0)
      return ryx_err_set(e, RYX_E_MISUSE, "option '%s' means nothing on %s",
                         name, o->driver->name);
  }
  near = ryx_err_nearest(name, names, n);
  if (near)
    return ryx_err_set(e, RYX_E_MISUSE,
                       "unknown option '%.64s'; did you mean '%s'?", name,
                       near);
  return ryx_err_set(e, RYX_E_MISUSE, "unknown option '%.64s'", name);
}

static int set_text(ryx_opts *o, const option *opt, const char *value,
                    ryx_err *e)
{
  void *member = (char *)o + opt->offset;
  const char *copy = ryx_arena_dup(&o->arena, value, strlen(value));

  if (!copy) return ryx_err_nomem(e);
  memcpy(member, &copy, sizeof copy);
  return 0;
}

static int set_count(ryx_opts *o, const option *opt, const char *value,
                     ryx_err *e)
{
  void *member = (char *)o + opt->offset;
  int64_t v;
  int n;

  if (ryx_text_int(value, strlen(value), &v, e) < 0 || v < opt->min ||
      v > opt->max)
    return ryx_err_set(
        e, RYX_E_MISUSE,
        "option '%s' must be a whole number from %lld to %lld, not '%.64s'",
        opt->name, (long long)opt->min, (long long)opt->max, value);
  n = (int)v;
  memcpy(member, &n, sizeof n);
  return 0;
}

/* min 1 forbids 0 but allows fractions: no time at all is not a timeout. */
static int set_seconds(ryx_opts *o, const option *opt, const char *value,
                       ryx_err *e)
{
  void *member = (char *)o + opt->offset;
  double seconds;
  int64_t ms;

  if (ryx_text_double(value, strlen(value), &seconds, e) < 0 ||
      !(seconds >= 0 && seconds <= (double)opt->max) ||
      (opt->min && seconds == 0))
    return ryx_err_set(e, RYX_E_MISUSE,
                       "option '%s' must be seconds, %s 0, not '%.64s'",
                       opt->name, opt->min ? "more than" : "at least", value);
  ms = (int64_t)(seconds * 1000 + 0.5);
  if (ms == 0 && seconds > 0) ms = 1;
  memcpy(member, &ms, sizeof ms);
  return 0;
}

static int set_choice(ryx_opts *o, const option *opt, const char *value,
                      ryx_err *e)
{
  char list[128] = "";
  size_t n = 0;
  int i;

  for (i = 0; opt->choices[i]; i++) {
    if (strcmp(opt->choices[i], value) == 0) {
      opt->choose(o, i, opt->choices[i]);
      return 0;
    }
    n += (size_t)snprintf(list + n, sizeof list - n, "%s%s", i ? ", " : "",
                          opt->choices[i]);
  }
  return ryx_err_set(e, RYX_E_MISUSE,
                     "option '%s' must be one of %s, not '%.64s'", opt->name,
                     list, value);
}

int ryx_opts_set(ryx_opts *o, const char *name, const char *value, ryx_err *e)
{
  const option *opt = options;

  while (opt < options + N_OPTIONS &&
         (strcmp(opt->name, name) != 0 || !(opt->where & where(o->driver))))
    opt++;
  if (opt == options + N_OPTIONS) return unknown_option(o, name, e);
  switch (opt->kind) {
    case TEXT: return set_text(o, opt, value, e);
    case COUNT: return set_count(o, opt, value, e);
    case SECONDS: return set_seconds(o, opt, value, e);
    case CHOICE: return set_choice(o, opt, value, e);
  }
  return 0;
}

int ryx_opts_check(const ryx_opts *o, ryx_err *e)
{
  if (o->min_connections > o->max_connections)
    return ryx_err_set(
        e, RYX_E_MISUSE,
        "min_connections (%d) must not be more than max_connections (%d)",
        o->min_connections, o->max_connections);
  if (o->memory && o->read_only)
    return ryx_err_set(e, RYX_E_MISUSE,
                       "an in-memory database cannot be opened with mode=ro");
  return 0;
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

static int parse_query(ryx_opts *o, const char *s, ryx_err *e)
{
  const char *end = s + strlen(s);

  while (s < end) {
    const char *next = find(s, end, '&'), *eq = find(s, next, '=');
    const char *name, *value;
    int rc;

    if ((rc = decode(o, s, eq, &name, e)) < 0) return rc;
    if (eq == next)
      return ryx_err_set(e, RYX_E_MISUSE,
                         "option '%.64s' in the URL has no value", name);
    if ((rc = decode(o, eq + 1, next, &value, e)) < 0) return rc;
    if ((rc = ryx_opts_set(o, name, value, e)) < 0) return rc;
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
  if (find(s, host_end, ',') != host_end) return bad_host(e);
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
  if ((rc = decode(o, s, query, &o->database, e)) < 0) return rc;
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

static void defaults(ryx_opts *o, const ryx_driver *d)
{
  *o = (ryx_opts){
      .driver = d,
      .max_connections = 10,
      .min_connections = 1,
      .connect_timeout_ms = 10000,
      .acquire_timeout_ms = 30000,
      .idle_timeout_ms = 600000,
      .max_lifetime_ms = 1800000,
      .prepare = RYX_PREPARE_NAMED,
      .statement_cache = 256,
      .create = true,
  };
  ryx_arena_init(&o->arena, 0);
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
  file = where(d) == FILES;
  if (!file && strncmp(rest, "//", 2) != 0)
    return ryx_err_set(e, RYX_E_MISUSE, "a %s URL begins with %.*s://", d->name,
                       (int)n, url);
  defaults(out, d);
  rc = file ? parse_file(out, rest, e) : parse_server(out, rest + 2, e);
  if (rc == 0) rc = ryx_opts_check(out, e);
  if (rc < 0) ryx_opts_fini(out);
  return rc;
}

void ryx_opts_fini(ryx_opts *o)
{
  ryx_arena_fini(&o->arena);
}

void ryx_opts_show(const ryx_opts *o, char *out, size_t size)
{
  const char *host = o->host ? o->host : "";
  bool socket = *host == '/', brackets = strchr(host, ':') != NULL;
  char port[16] = "";

  if (where(o->driver) == FILES) {
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
