/* SPDX-License-Identifier: MIT */
/* Owns what is known of a connection without asking the server. */
#include <errmsg.h>
#include <poll.h>

#include "driver/my_conn.h"

static unsigned status_of(const my_conn *c)
{
  unsigned status = 0;

  mariadb_get_infov(c->m, MARIADB_CONNECTION_SERVER_STATUS, &status);
  return status;
}

bool ryx_my_status_in_tx(const my_conn *c)
{
  return status_of(c) & SERVER_STATUS_IN_TRANS;
}

bool ryx_my_status_has_cursor(const my_conn *c)
{
  return status_of(c) & SERVER_STATUS_CURSOR_EXISTS;
}

/* An idle server says nothing: anything to read is its farewell. Under TLS it
 * may also be a message of the protocol below, and only the end counts. */
bool ryx_my_status_hung_up(const my_conn *c)
{
  struct pollfd p = {.fd = mysql_get_socket(c->m),
                     .events = POLLIN | POLLRDHUP};

  if (poll(&p, 1, 0) <= 0) return false;
  return !c->is_tls || (p.revents & ~POLLIN);
}

static bool is_astray(unsigned native)
{
  return native == CR_MALFORMED_PACKET || native == CR_COMMANDS_OUT_OF_SYNC ||
         native == CR_OUT_OF_MEMORY;
}

bool ryx_my_status_is_lost(const my_conn *c)
{
  MYSQL_STMT *st = c->run.st;

  if (mysql_get_socket(c->m) == MARIADB_INVALID_SOCKET) return true;
  return is_astray(mysql_errno(c->m)) ||
         (st && is_astray(mysql_stmt_errno(st)));
}
