/* SPDX-License-Identifier: MIT */
/* Owns the way to a connection that is ready: options, TLS, login, the
 * session's settings, and what the server can do. All of it blocks. */
#include <errmsg.h>
#include <fcntl.h>
#include <mysqld_error.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/redact.h"
#include "driver/my_conn.h"

enum { SECURE_TRANSPORT_REQUIRED = 3159 };

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
  ryx_my_pipe_begin();
  pthread_mutex_unlock(&init_lock);
  return m;
}

/* Whole seconds, which is all that the library knows. */
static unsigned timeout_s(const ryx_opts *o, uint64_t deadline_ns)
{
  int64_t ms = o->connect_timeout_ms;

  if (deadline_ns) {
    uint64_t left = ryx_clock_ms_until(deadline_ns, ryx_clock_now());
    if (left < (uint64_t)ms) ms = (int64_t)left;
  }
  return ms > 1000 ? (unsigned)((ms + 999) / 1000) : 1;
}

/* The library tries the addresses of a name one after the other, each for as
 * long as it is told: a dead one may not have all the time. */
static unsigned share_s(const ryx_opts *o, unsigned seconds)
{
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *all = NULL;
  unsigned n = 0;

  if (!o->host || o->host[0] == '/') return seconds;
  if (getaddrinfo(o->host, NULL, &hints, &all) != 0) return seconds;
  for (struct addrinfo *ai = all; ai; ai = ai->ai_next)
    n++;
  freeaddrinfo(all);
  return n < seconds ? seconds / (n ? n : 1) : 1;
}

/* The timeouts for reading and writing bound the blocking calls: dial, cancel
 * and the last words of close. Later calls do not block, and step never tells
 * the library of a timeout, so there they mean nothing. */
static void set_options(MYSQL *m, const ryx_opts *o, uint64_t deadline_ns)
{
  unsigned seconds = timeout_s(o, deadline_ns), no = 0;
  unsigned share = share_s(o, seconds);
  unsigned tcp = MYSQL_PROTOCOL_TCP;
  my_bool off = 0;

  mysql_optionsv(m, MYSQL_OPT_NONBLOCK, NULL);
  mysql_optionsv(m, MYSQL_OPT_CONNECT_TIMEOUT, &share);
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

/* CLIENT_FOUND_ROWS: an UPDATE counts the rows it matched. The text that tells
 * both numbers is wrong for arrays. */
static int log_in(const ryx_opts *o, uint64_t deadline_ns, tls want,
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
                          is_path ? o->host : NULL, CLIENT_FOUND_ROWS))
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

  if (mode_is(o, "disable")) return log_in(o, deadline_ns, TLS_NO, out, e);
  if (mode_is(o, "allow")) {
    rc = log_in(o, deadline_ns, TLS_NO, out, e);
    if (e->native == ER_ACCESS_DENIED_ERROR ||
        e->native == SECURE_TRANSPORT_REQUIRED)
      rc = log_in(o, deadline_ns, TLS_MUST, out, e);
    return rc;
  }
  if (o->sslmode && !mode_is(o, "prefer"))
    return log_in(o, deadline_ns, TLS_MUST, out, e);
  rc = log_in(o, deadline_ns, TLS_MAY, out, e);
  if (rc && e->native == CR_SSL_CONNECTION_ERROR)
    rc = log_in(o, deadline_ns, TLS_NO, out, e);
  return rc;
}

static size_t number(const char *digits)
{
  size_t n = 0;

  for (const char *p = digits; p && *p >= '0' && *p <= '9'; p++)
    n = n * 10 + (size_t)(*p - '0');
  return n;
}

/* What only the server's tables and variables say: has it time zones, how long
 * may a packet be, and how far are generated keys from each other? */
static int read_server(my_conn *c)
{
  MYSQL_RES *res;
  MYSQL_ROW row;

  if (mysql_query(c->m,
                  "SELECT @@max_allowed_packet, CONVERT_TZ('2000-01-01', "
                  "'+00:00', 'UTC') IS NOT NULL, @@auto_increment_increment"))
    return -1;
  res = mysql_store_result(c->m);
  row = res ? mysql_fetch_row(res) : NULL;
  c->max_packet = row ? number(row[0]) : 0;
  c->key_step = row ? (int64_t)number(row[2]) : 1;
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

/* The server speaks, but not what we do. */
static int refuse(MYSQL *m, const ryx_opts *o, ryx_err *e)
{
  char where[256];
  ryx_err why = *e;

  ryx_opts_show(o, where, sizeof where);
  ryx_err_set(e, why.code, "cannot use %s: %s", where, why.message);
  mysql_close(m);
  return e->code;
}

int ryx_my_dial(my_conn *c)
{
  MYSQL *m = NULL;

  c->ret.i = ryx_my_dial_open(c->opts, c->deadline_ns, &m, &c->err);
  if (c->ret.i) return 0;
  c->m = m;
  c->flavour = ryx_my_flavour_of(m);
  if (ryx_my_flavour_check(c->flavour, mysql_get_server_version(m), &c->err)) {
    c->ret.i = refuse(m, c->opts, &c->err);
    c->m = NULL;
    return 0;
  }
  c->is_tls = mysql_get_ssl_cipher(m) != NULL;
  c->caps = ryx_my_flavour_caps(c->flavour, mysql_get_server_version(m));
  c->thread_id = mysql_thread_id(m);
  if (mysql_query(m, c->flavour->session) || read_server(c) ||
      set_socket(mysql_get_socket(m))) {
    c->ret.i = fail(m, c->opts, &c->err);
    c->m = NULL;
  }
  return 0;
}
