/* SPDX-License-Identifier: MIT */
/* Owns the way to a connection that is ready: options, TLS, login, the session
 * of DESIGN section 7.1, and what the server can do. All of it blocks. */
#include <errmsg.h>
#include <fcntl.h>
#include <mysqld_error.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "base/redact.h"
#include "driver/my_conn.h"

enum { SECURE_TRANSPORT_REQUIRED = 3159 };

/* net_write_timeout: the reader of a stream may take its time. lc_messages: the
 * names of constraints are read from English texts. */
static const char session_mariadb[] =
    "SET NAMES utf8mb4 COLLATE utf8mb4_nopad_bin, time_zone = '+00:00', "
    "tx_isolation = 'READ-COMMITTED', "
    "sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ZERO_DATE,"
    "NO_ZERO_IN_DATE,NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO,"
    "SIMULTANEOUS_ASSIGNMENT', "
    "group_concat_max_len = 1073741824, "
    "max_recursive_iterations = 4294967295, default_regex_flags = 'DOTALL', "
    "net_write_timeout = 31536000, lc_messages = 'en_US'";
static const char session_mysql[] =
    "SET NAMES utf8mb4 COLLATE utf8mb4_0900_bin, time_zone = '+00:00', "
    "transaction_isolation = 'READ-COMMITTED', "
    "sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ZERO_DATE,"
    "NO_ZERO_IN_DATE,NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO', "
    "group_concat_max_len = 1073741824, cte_max_recursion_depth = 4294967295, "
    "net_write_timeout = 31536000";

const char *ryx_my_dial_session(bool is_mariadb)
{
  return is_mariadb ? session_mariadb : session_mysql;
}

/* Guards the library's own start, which mysql_init does and which is not safe
 * between threads, and the process's SIGPIPE, which mysql_init changes. */
static pthread_mutex_t init_lock = PTHREAD_MUTEX_INITIALIZER;

static MYSQL *new_handle(void)
{
  struct sigaction old;
  MYSQL *m;

  pthread_mutex_lock(&init_lock);
  sigaction(SIGPIPE, NULL, &old);
  m = mysql_init(NULL);
  sigaction(SIGPIPE, &old, NULL);
  pthread_mutex_unlock(&init_lock);
  return m;
}

/* Whole seconds, which is all that the library knows. */
static unsigned timeout_s(const ryx_opts *o, uint64_t deadline_ns)
{
  int64_t ms = o->connect_timeout_ms, left;
  struct timespec now;

  clock_gettime(CLOCK_MONOTONIC, &now);
  left = (int64_t)(deadline_ns / 1000000) -
         ((int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000);
  if (deadline_ns && left < ms) ms = left;
  return ms > 1000 ? (unsigned)((ms + 999) / 1000) : 1;
}

/* The timeouts for reading and writing bound the blocking calls: dial, cancel
 * and the last words of close. Later calls do not block, and step never tells
 * the library of a timeout, so there they mean nothing. */
static void set_options(MYSQL *m, const ryx_opts *o, uint64_t deadline_ns)
{
  unsigned seconds = timeout_s(o, deadline_ns), no = 0;
  unsigned tcp = MYSQL_PROTOCOL_TCP;
  my_bool off = 0;

  mysql_optionsv(m, MYSQL_OPT_NONBLOCK, NULL);
  mysql_optionsv(m, MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
  mysql_optionsv(m, MYSQL_OPT_READ_TIMEOUT, &seconds);
  mysql_optionsv(m, MYSQL_OPT_WRITE_TIMEOUT, &seconds);
  mysql_optionsv(m, MYSQL_OPT_RECONNECT, &off);
  mysql_optionsv(m, MYSQL_OPT_LOCAL_INFILE, &no);
  mysql_optionsv(m, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  /* Else the library takes "localhost" for the local socket. */
  if (o->host && o->host[0] != '/') mysql_optionsv(m, MYSQL_OPT_PROTOCOL, &tcp);
  if (o->application_name)
    mysql_optionsv(m, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name",
                   o->application_name);
}

typedef enum { TLS_NO, TLS_MAY, TLS_MUST } tls;

static void set_tls(MYSQL *m, const ryx_opts *o, bool verifies)
{
  my_bool on = 1, verify = verifies;

  mysql_optionsv(m, MYSQL_OPT_SSL_ENFORCE, &on);
  mysql_optionsv(m, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
  if (o->sslrootcert) mysql_optionsv(m, MYSQL_OPT_SSL_CA, o->sslrootcert);
  if (o->sslcert) mysql_optionsv(m, MYSQL_OPT_SSL_CERT, o->sslcert);
  if (o->sslkey) mysql_optionsv(m, MYSQL_OPT_SSL_KEY, o->sslkey);
}

static int fail(MYSQL *m, const ryx_opts *o, ryx_err *e)
{
  char where[256];
  int native = (int)mysql_errno(m);

  ryx_opts_show(o, where, sizeof where);
  ryx_err_set(e, RYX_E_CONNECTION, "cannot connect to %s: %s", where,
              mysql_error(m));
  e->native = native;
  snprintf(e->sqlstate, sizeof e->sqlstate, "%s", mysql_sqlstate(m));
  ryx_redact(e);
  mysql_close(m);
  return e->code;
}

/* The library goes on in clear text when the server has no TLS, even when told
 * to enforce it. */
static int check_tls(MYSQL *m, const ryx_opts *o, ryx_err *e)
{
  char where[256];

  if (mysql_get_ssl_cipher(m)) return 0;
  ryx_opts_show(o, where, sizeof where);
  ryx_err_set(e, RYX_E_CONNECTION,
              "cannot connect to %s: the server has no TLS, but sslmode=%s "
              "asks for it",
              where, o->sslmode);
  e->native = CR_SSL_CONNECTION_ERROR;
  mysql_close(m);
  return e->code;
}

static int attempt(const ryx_opts *o, uint64_t deadline_ns, tls want,
                   MYSQL **out, ryx_err *e)
{
  bool is_path = o->host && o->host[0] == '/';
  bool verifies = o->sslmode && strncmp(o->sslmode, "verify", 6) == 0;
  MYSQL *m = new_handle();
  int rc = 0;

  if (!m) return ryx_err_nomem(e);
  set_options(m, o, deadline_ns);
  if (want != TLS_NO) set_tls(m, o, verifies);
  if (!mysql_real_connect(m, is_path ? NULL : o->host, o->user, o->password,
                          o->database, (unsigned)o->port,
                          is_path ? o->host : NULL, 0))
    return fail(m, o, e);
  if (want == TLS_MUST) rc = check_tls(m, o, e);
  if (rc == 0) *out = m;
  return rc;
}

static bool mode_is(const ryx_opts *o, const char *mode)
{
  return o->sslmode && strcmp(o->sslmode, mode) == 0;
}

int ryx_my_dial_open(const ryx_opts *o, uint64_t deadline_ns, MYSQL **out,
                     ryx_err *e)
{
  int rc;

  if (mode_is(o, "disable")) return attempt(o, deadline_ns, TLS_NO, out, e);
  if (mode_is(o, "allow")) {
    rc = attempt(o, deadline_ns, TLS_NO, out, e);
    if (e->native == ER_ACCESS_DENIED_ERROR ||
        e->native == SECURE_TRANSPORT_REQUIRED)
      rc = attempt(o, deadline_ns, TLS_MUST, out, e);
    return rc;
  }
  if (o->sslmode && !mode_is(o, "prefer"))
    return attempt(o, deadline_ns, TLS_MUST, out, e);
  rc = attempt(o, deadline_ns, TLS_MAY, out, e);
  if (rc && e->native == CR_SSL_CONNECTION_ERROR)
    rc = attempt(o, deadline_ns, TLS_NO, out, e);
  return rc;
}

static unsigned caps_of(MYSQL *m, bool is_mariadb)
{
  unsigned long v = mysql_get_server_version(m);
  unsigned caps = 0;

  if (!is_mariadb) {
    if (v >= 80000) caps |= RYX_SERVER_MYSQL8 | RYX_SERVER_JSON_TABLE;
    return caps;
  }
  caps |= RYX_SERVER_DELETE_RETURNING;
  if (v >= 100500) caps |= RYX_SERVER_RETURNING | RYX_SERVER_TELLS_INSERT;
  if (v >= 100600) caps |= RYX_SERVER_JSON_TABLE;
  if (v >= 100700) caps |= RYX_SERVER_UUID_TYPE;
  if (v >= 101000) caps |= RYX_SERVER_UCA1400;
  return caps;
}

/* What only the server's tables and variables say: has it time zones, and how
 * long may a packet be? */
static int read_server(my_conn *c)
{
  MYSQL_RES *res;
  MYSQL_ROW row;

  if (mysql_query(c->m,
                  "SELECT @@max_allowed_packet, CONVERT_TZ('2000-01-01', "
                  "'+00:00', 'UTC') IS NOT NULL"))
    return -1;
  res = mysql_store_result(c->m);
  row = res ? mysql_fetch_row(res) : NULL;
  c->max_packet = 0;
  for (const char *p = row ? row[0] : ""; p && *p >= '0' && *p <= '9'; p++)
    c->max_packet = c->max_packet * 10 + (size_t)(*p - '0');
  if (row && row[1][0] == '1') c->caps |= RYX_SERVER_ZONES;
  mysql_free_result(res);
  return row ? 0 : -1;
}

static int set_socket(int fd)
{
  int flags = fcntl(fd, F_GETFL);

  if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) return -1;
  return fcntl(fd, F_SETFD, FD_CLOEXEC);
}

int ryx_my_dial(my_conn *c)
{
  MYSQL *m = NULL;

  c->ret.i = ryx_my_dial_open(c->opts, c->deadline_ns, &m, &c->err);
  if (c->ret.i) return 0;
  c->m = m;
  c->is_mariadb = mariadb_connection(m);
  c->is_tls = mysql_get_ssl_cipher(m) != NULL;
  c->caps = caps_of(m, c->is_mariadb);
  c->thread_id = mysql_thread_id(m);
  if (mysql_query(m, ryx_my_dial_session(c->is_mariadb)) || read_server(c) ||
      set_socket(mysql_get_socket(m))) {
    c->ret.i = fail(m, c->opts, &c->err);
    c->m = NULL;
  }
  return 0;
}

my_phase ryx_my_dialled(my_conn *c)
{
  return c->ret.i ? ryx_my_end_dead(c) : MY_IDLE;
}
