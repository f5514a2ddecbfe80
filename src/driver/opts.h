/* SPDX-License-Identifier: MIT */
/* Connection options: one name each, in the URL's query and in the options
 * table of setup alike. */
#ifndef RYX_DRIVER_OPTS_H
#define RYX_DRIVER_OPTS_H

#include "base/arena.h"
#include "ryx_value.h"

typedef struct ryx_driver ryx_driver;

typedef enum {
  RYX_PREPARE_AUTO, /* by name, but not behind a pooler, as far as it shows */
  RYX_PREPARE_NAMED,
  RYX_PREPARE_UNNAMED,
  RYX_PREPARE_OFF
} ryx_prepare;

typedef struct ryx_opts {
  const ryx_driver *driver;
  ryx_arena arena; /* holds the strings below */
  const char *alias;
  const char *host; /* NULL: the library's default; a path: unix socket (folder
                       for PostgreSQL, file for MariaDB) */
  int port;         /* 0: the library's default */
  const char *user, *password;
  const char *database;    /* SQLite: the path */
  bool memory;             /* SQLite: an in-memory database */
  const char *memory_name; /* who opens this name shares it; NULL: nobody */
  const char *sslmode; /* disable allow prefer require verify-ca verify-full */
  const char *sslrootcert, *sslcert, *sslkey;
  const char *application_name;
  int max_connections, min_connections; /* 10, 1 */
  /* Milliseconds here, seconds (fractions allowed) for the user. */
  int64_t connect_timeout_ms; /* 10 s: the whole dial */
  int64_t acquire_timeout_ms; /* 30 s: the wait in the pool */
  int64_t idle_timeout_ms;    /* 600 s, 0 never */
  int64_t max_lifetime_ms;    /* 1800 s, 0 never, +- 10 % jitter */
  ryx_prepare prepare;        /* AUTO */
  int statement_cache;        /* prepared statements kept per connection: 256 */
  int64_t max_result_bytes;   /* of one result or part of a stream in memory: 1
                                 GiB, 0 no bound */
  bool synchronous_full;      /* SQLite: synchronous=full */
  bool read_only;             /* SQLite mode=ro */
  bool create;                /* SQLite mode=rwc (default) against rw */
  uint32_t given; /* rows of the table that the list being read has set */
} ryx_opts;

/* Parses a URL: scheme://[user[:password]@][host][:port][/database][?k=v&...],
 * percent-decoded; [::1] hosts; sqlite:PATH, whose path is taken as it stands.
 * Fills defaults. Unknown schemes and options are RYX_E_MISUSE naming the
 * nearest one, so is an option that is given twice; no message ever holds the
 * password. On failure *out needs no fini. */
RYX_MUST int ryx_opts_parse(const char *url, ryx_opts *out, ryx_err *e);
/* Begins a list of options: each may be given once, and wins over what stood
 * before. */
void ryx_opts_begin(ryx_opts *o);
/* Sets one option by its name, value as text: what the URL's query does.
 * pool_size is max_connections. */
RYX_MUST int ryx_opts_set(ryx_opts *o, const char *name, const char *value,
                          ryx_err *e);
/* What no single option can know, as min <= max. Call after the last set; parse
 * has called it for what the URL says. */
RYX_MUST int ryx_opts_check(const ryx_opts *o, ryx_err *e);
void ryx_opts_fini(ryx_opts *o);
/* All defaults, for a driver's database. */
void ryx_opts_init(ryx_opts *o, const ryx_driver *d);
/* The URL without its password, for messages: scheme://user@host:port/db. */
void ryx_opts_show(const ryx_opts *o, char *out, size_t size);

/* What an option is at the moment, and "database", in size bytes with the NUL;
 * "" when nothing was said. Returns its length; RYX_E_MISUSE: another name (it
 * knows texts, counts, sslmode, mode), or no room. */
RYX_MUST int ryx_opts_get(const ryx_opts *o, const char *name, char *out,
                          size_t size);

/* A row of the table in words, for the page that is made of it. */
typedef struct ryx_opts_words {
  const char *name, *type, *databases, *doc;
  char initial[64], range[96]; /* "" when there is nothing to say */
} ryx_opts_words;
/* The i-th option; false after the last. */
bool ryx_opts_describe(int i, ryx_opts_words *out);

#endif
