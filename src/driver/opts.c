/* SPDX-License-Identifier: MIT */
/* Owns the options: one table names every one, with its type, range and
 * meaning. The URL's query, setup's table and the page of options go through it
 * alike. */
#include "driver/opts.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "driver/driver.h"
#include "value/text.h"

typedef enum { TEXT, COUNT, BYTES, SECONDS, CHOICE } kind;

enum { FILES = 1, SERVERS = 2, BOTH = FILES | SERVERS };

typedef struct option {
  const char *name;
  kind kind;
  int where;     /* which databases know it */
  size_t offset; /* in ryx_opts; the number's type follows from kind */
  int64_t min, max;
  const char *const *choices; /* NULL-terminated */
  void (*choose)(ryx_opts *o, int choice, const char *text);
  const char *initial; /* for readers: what holds when it is not given; numbers
                          have theirs in ryx_opts_init */
  const char *doc;
} option;

static const char *const sslmodes[] = {
    "disable", "allow", "prefer", "require", "verify-ca", "verify-full", NULL};
static const char *const prepares[] = {"auto", "named", "unnamed", "off", NULL};
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
    {.name = "max_connections",
     .kind = COUNT,
     .where = BOTH,
     AT(max_connections),
     .min = 1,
     .max = 10000,
     .doc = "Connections of the pool at most."},
    {.name = "pool_size",
     .kind = COUNT,
     .where = BOTH,
     AT(max_connections),
     .min = 1,
     .max = 10000,
     .doc = "Another name of `max_connections`."},
    {.name = "min_connections",
     .kind = COUNT,
     .where = BOTH,
     AT(min_connections),
     .min = 0,
     .max = 10000,
     .doc = "Connections that are kept when nobody needs them."},
    {.name = "connect_timeout",
     .kind = SECONDS,
     .where = BOTH,
     AT(connect_timeout_ms),
     .min = 1,
     .max = SECONDS_MAX,
     .doc = "For the whole of connecting: name, network, TLS and login."},
    {.name = "acquire_timeout",
     .kind = SECONDS,
     .where = BOTH,
     AT(acquire_timeout_ms),
     .min = 1,
     .max = SECONDS_MAX,
     .doc = "For the wait until a connection of the pool is free."},
    {.name = "idle_timeout",
     .kind = SECONDS,
     .where = BOTH,
     AT(idle_timeout_ms),
     .min = 0,
     .max = SECONDS_MAX,
     .doc = "A connection beyond `min_connections` that is unused for so long "
            "is closed; 0: never."},
    {.name = "max_lifetime",
     .kind = SECONDS,
     .where = BOTH,
     AT(max_lifetime_ms),
     .min = 0,
     .max = SECONDS_MAX,
     .doc = "A connection that is so old, give or take a tenth, is replaced "
            "when it is free; 0: never."},
    {.name = "max_result_bytes",
     .kind = BYTES,
     .where = BOTH,
     AT(max_result_bytes),
     .min = 0,
     .max = INT64_MAX,
     .doc = "Memory that one result, or one part of a stream, may take; 0: no "
            "bound."},
    {.name = "prepare",
     .kind = CHOICE,
     .where = BOTH,
     .choices = prepares,
     .choose = choose_prepare,
     .initial = "auto",
     .doc = "`named` keeps statements prepared on the connection; `unnamed` "
            "and `off` leave nothing in the session, for poolers that share "
            "sessions; `auto` is `named`, but `unnamed` behind a pooler."},
    {.name = "statement_cache",
     .kind = COUNT,
     .where = BOTH,
     AT(statement_cache),
     .min = 0,
     .max = 65536,
     .doc = "Prepared statements that each connection keeps."},
    {.name = "user",
     .kind = TEXT,
     .where = SERVERS,
     AT(user),
     .doc = "Instead of the one in front of the host."},
    {.name = "password",
     .kind = TEXT,
     .where = SERVERS,
     AT(password),
     .doc = "Instead of the one in front of the host."},
    {.name = "host",
     .kind = TEXT,
     .where = SERVERS,
     AT(host),
     .doc = "Instead of the one in the URL; a path is a socket: its folder on "
            "PostgreSQL, the socket itself on the others."},
    {.name = "socket",
     .kind = TEXT,
     .where = SERVERS,
     AT(host),
     .doc = "Another name of `host`."},
    {.name = "port",
     .kind = COUNT,
     .where = SERVERS,
     AT(port),
     .min = 1,
     .max = 65535,
     .initial = "5432 on PostgreSQL, 3306 on MariaDB and MySQL",
     .doc = "Instead of the one behind the host."},
    {.name = "application_name",
     .kind = TEXT,
     .where = SERVERS,
     AT(application_name),
     .initial = "`ryx` on PostgreSQL",
     .doc = "What the server's list of sessions shows: `application_name`, on "
            "MariaDB and MySQL the attribute `program_name`."},
    {.name = "sslmode",
     .kind = CHOICE,
     .where = SERVERS,
     .choices = sslmodes,
     .choose = choose_sslmode,
     .initial = "prefer",
     .doc = "Whether the connection is encrypted and the server's certificate "
            "verified, in the words of libpq."},
    {.name = "sslrootcert",
     .kind = TEXT,
     .where = SERVERS,
     AT(sslrootcert),
     .doc = "File of the certificates that are trusted."},
    {.name = "sslcert",
     .kind = TEXT,
     .where = SERVERS,
     AT(sslcert),
     .doc = "File of the client's certificate."},
    {.name = "sslkey",
     .kind = TEXT,
     .where = SERVERS,
     AT(sslkey),
     .doc = "File of the key of the client's certificate."},
    {.name = "mode",
     .kind = CHOICE,
     .where = FILES,
     .choices = modes,
     .choose = choose_mode,
     .initial = "rwc",
     .doc = "Read, write and create the file; read and write it; only read it; "
            "or a database in memory."},
    {.name = "synchronous",
     .kind = CHOICE,
     .where = FILES,
     .choices = synchronouses,
     .choose = choose_synchronous,
     .initial = "normal",
     .doc = "`full` waits for the disk at every commit; with `normal` the last "
            "commits before a power failure may be missing."},
};
#undef AT
enum { N_OPTIONS = sizeof options / sizeof *options };
_Static_assert(N_OPTIONS <= 32, "ryx_opts.given has a bit for each");

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

static int set_bytes(ryx_opts *o, const option *opt, const char *value,
                     ryx_err *e)
{
  void *member = (char *)o + opt->offset;
  int64_t v;

  if (ryx_text_int(value, strlen(value), &v, e) < 0 || v < opt->min)
    return ryx_err_set(e, RYX_E_MISUSE,
                       "option '%s' must be a whole number of bytes, at least "
                       "0, not '%.64s'",
                       opt->name, value);
  memcpy(member, &v, sizeof v);
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

static void list_choices(const option *opt, char *out, size_t size)
{
  size_t n = 0;

  *out = '\0';
  for (int i = 0; opt->choices[i] && n < size; i++)
    n += (size_t)snprintf(out + n, size - n, "%s%s", i ? ", " : "",
                          opt->choices[i]);
}

static int set_choice(ryx_opts *o, const option *opt, const char *value,
                      ryx_err *e)
{
  char list[128];

  for (int i = 0; opt->choices[i]; i++) {
    if (strcmp(opt->choices[i], value) == 0) {
      opt->choose(o, i, opt->choices[i]);
      return 0;
    }
  }
  list_choices(opt, list, sizeof list);
  return ryx_err_set(e, RYX_E_MISUSE,
                     "option '%s' must be one of %s, not '%.64s'", opt->name,
                     list, value);
}

static const option *find(const ryx_opts *o, const char *name)
{
  for (int i = 0; i < N_OPTIONS; i++)
    if (strcmp(options[i].name, name) == 0 &&
        (options[i].where & where(o->driver)))
      return &options[i];
  return NULL;
}

/* Do both names mean the same member? */
static bool is_same(const option *a, const option *b)
{
  return a->offset == b->offset && a->choose == b->choose;
}

/* Notes that opt is given, unless it was already, under whichever name. */
static int note(ryx_opts *o, const option *opt, ryx_err *e)
{
  const char *names[2] = {opt->name};
  uint32_t bits = 0;

  for (int i = 0, n = 0; i < N_OPTIONS; i++) {
    if (!is_same(&options[i], opt)) continue;
    bits |= UINT32_C(1) << i;
    if (n < 2) names[n++] = options[i].name;
  }
  if (o->given & bits)
    return ryx_err_set(e, RYX_E_MISUSE, "option '%s'%s%s%s is given twice",
                       names[0], names[1] ? " (or '" : "",
                       names[1] ? names[1] : "", names[1] ? "')" : "");
  o->given |= bits;
  return 0;
}

void ryx_opts_begin(ryx_opts *o)
{
  o->given = 0;
}

int ryx_opts_set(ryx_opts *o, const char *name, const char *value, ryx_err *e)
{
  const option *opt = find(o, name);
  int rc;

  if (!opt) return unknown_option(o, name, e);
  if ((rc = note(o, opt, e)) < 0) return rc;
  switch (opt->kind) {
    case TEXT: return set_text(o, opt, value, e);
    case COUNT: return set_count(o, opt, value, e);
    case BYTES: return set_bytes(o, opt, value, e);
    case SECONDS: return set_seconds(o, opt, value, e);
    case CHOICE: return set_choice(o, opt, value, e);
  }
  return 0;
}

/* A space is a slip of the pen, a comma the list that libpq would take. The
 * message does not show the host: it may be half a password. */
static bool is_host(const char *host)
{
  if (*host == '/') return true;
  for (; *host; host++)
    if ((unsigned char)*host <= ' ' || *host == 0x7F || *host == ',')
      return false;
  return true;
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
  if (o->host && !is_host(o->host))
    return ryx_err_set(e, RYX_E_MISUSE,
                       "there must be one host, without spaces and commas");
  return 0;
}

void ryx_opts_init(ryx_opts *o, const ryx_driver *d)
{
  *o = (ryx_opts){
      .driver = d,
      .max_connections = 10,
      .min_connections = 1,
      .connect_timeout_ms = 10000,
      .acquire_timeout_ms = 30000,
      .idle_timeout_ms = 600000,
      .max_lifetime_ms = 1800000,
      .prepare = RYX_PREPARE_AUTO,
      .statement_cache = 256,
      .max_result_bytes = INT64_C(1) << 30,
      .create = true,
  };
  ryx_arena_init(&o->arena, 0);
}

void ryx_opts_fini(ryx_opts *o)
{
  ryx_arena_fini(&o->arena);
}

int ryx_opts_get(const ryx_opts *o, const char *name, char *out, size_t size)
{
  const option *opt = find(o, name);
  const char *text = NULL;
  char number[16] = "";
  int n = 0;

  if (strcmp(name, "database") == 0) {
    text = o->memory ? ":memory:" : o->database;
  } else if (!opt) {
    return RYX_E_MISUSE;
  } else if (opt->kind == TEXT) {
    memcpy(&text, (const char *)o + opt->offset, sizeof text);
  } else if (opt->kind == COUNT) {
    memcpy(&n, (const char *)o + opt->offset, sizeof n);
    if (n > 0) snprintf(number, sizeof number, "%d", n);
    text = number;
  } else if (opt->choose == choose_sslmode) {
    text = o->sslmode;
  } else if (opt->choose == choose_mode) {
    text = o->read_only ? "ro" : o->create ? "rwc" : "rw";
  } else {
    return RYX_E_MISUSE;
  }
  n = snprintf(out, size, "%s", text ? text : "");
  return (size_t)n < size ? n : RYX_E_MISUSE;
}

static const char *type_word(kind k)
{
  switch (k) {
    case TEXT: return "text";
    case COUNT: return "whole number";
    case BYTES: return "bytes";
    case SECONDS: return "seconds";
    case CHOICE: return "one of";
  }
  return "";
}

static void describe_range(const option *opt, ryx_opts_words *out)
{
  size_t size = sizeof out->range;

  switch (opt->kind) {
    case TEXT: break;
    case COUNT:
      snprintf(out->range, size, "%lld to %lld", (long long)opt->min,
               (long long)opt->max);
      break;
    case BYTES: snprintf(out->range, size, "0 or more"); break;
    case SECONDS:
      snprintf(out->range, size, "%s 0, at most %d",
               opt->min ? "more than" : "at least", SECONDS_MAX);
      break;
    case CHOICE: list_choices(opt, out->range, size);
  }
}

static void describe_initial(const option *opt, ryx_opts_words *out)
{
  ryx_opts o;
  int64_t v = 0;
  int n = 0;

  if (opt->initial)
    snprintf(out->initial, sizeof out->initial, "%s", opt->initial);
  if (opt->initial || opt->kind == TEXT || opt->kind == CHOICE) return;
  ryx_opts_init(&o, NULL);
  if (opt->kind == COUNT) {
    memcpy(&n, (char *)&o + opt->offset, sizeof n);
    v = n;
  } else {
    memcpy(&v, (char *)&o + opt->offset, sizeof v);
  }
  if (opt->kind == SECONDS) v /= 1000;
  snprintf(out->initial, sizeof out->initial, "%lld", (long long)v);
}

bool ryx_opts_describe(int i, ryx_opts_words *out)
{
  static const char *const databases[] = {
      [FILES] = "SQLite",
      [SERVERS] = "PostgreSQL, MariaDB, MySQL",
      [BOTH] = "all"};

  if (i < 0 || i >= N_OPTIONS) return false;
  *out = (ryx_opts_words){.name = options[i].name,
                          .type = type_word(options[i].kind),
                          .databases = databases[options[i].where],
                          .doc = options[i].doc};
  describe_range(&options[i], out);
  describe_initial(&options[i], out);
  return true;
}
