/* SPDX-License-Identifier: MIT */
/* Owns what differs between the servers that speak the protocol: one row each,
 * chosen when the server has said what it is. */
#include "base/err.h"
#include "driver/my_conn.h"

/* Below its first row of capabilities a server is refused.
 * net_write_timeout: the reader of a stream may take its time. lc_messages: the
 * names of constraints are read from English texts. sort_buffer_size: MySQL
 * refuses to sort long texts in its default one. */
static const my_flavour mariadb = {
    .session =
        "SET NAMES utf8mb4 COLLATE utf8mb4_nopad_bin, time_zone = '+00:00', "
        "tx_isolation = 'READ-COMMITTED', "
        "sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,"
        "NO_ZERO_DATE,NO_ZERO_IN_DATE,NO_ENGINE_SUBSTITUTION,"
        "NO_AUTO_VALUE_ON_ZERO,SIMULTANEOUS_ASSIGNMENT', "
        "group_concat_max_len = 1073741824, "
        "max_recursive_iterations = 4294967295, "
        "default_regex_flags = 'DOTALL', net_write_timeout = 31536000, "
        "lc_messages = 'en_US'",
    .has_arrays = true,
    .name = "MariaDB",
    .json_depth = 31,
    .caps = {{0, RYX_SERVER_DELETE_RETURNING},
             {100500, RYX_SERVER_RETURNING | RYX_SERVER_TELLS_INSERT},
             {100600, RYX_SERVER_JSON_TABLE},
             {100700, RYX_SERVER_UUID_TYPE},
             {101000, RYX_SERVER_UCA1400}},
};

static const my_flavour mysql = {
    .session =
        "SET NAMES utf8mb4 COLLATE utf8mb4_0900_bin, time_zone = '+00:00', "
        "transaction_isolation = 'READ-COMMITTED', "
        "sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,"
        "NO_ZERO_DATE,NO_ZERO_IN_DATE,NO_ENGINE_SUBSTITUTION,"
        "NO_AUTO_VALUE_ON_ZERO', "
        "group_concat_max_len = 1073741824, "
        "cte_max_recursion_depth = 4294967295, net_write_timeout = 31536000, "
        "lc_messages = 'en_US', sort_buffer_size = 1073741824",
    .names_table = true,
    .keeps_types = true,
    .name = "MySQL",
    .json_depth = 100,
    .caps = {{80031, RYX_SERVER_MYSQL | RYX_SERVER_JSON_TABLE}},
};

int ryx_my_flavour_check(const my_flavour *f, unsigned long version, ryx_err *e)
{
  unsigned long least = f->caps[0].since;

  if (version >= least) return 0;
  return ryx_err_set(e, RYX_E_CONNECTION,
                     "this server is %s %lu.%lu.%lu; %lu.%lu.%lu or newer is "
                     "needed",
                     f->name, version / 10000, version / 100 % 100,
                     version % 100, least / 10000, least / 100 % 100,
                     least % 100);
}

const my_flavour *ryx_my_flavour_of(MYSQL *m)
{
  return mariadb_connection(m) ? &mariadb : &mysql;
}

unsigned ryx_my_flavour_caps(const my_flavour *f, unsigned long version)
{
  unsigned caps = 0;

  for (int i = 0; f->caps[i].caps; i++) {
    if (version >= f->caps[i].since) caps |= f->caps[i].caps;
  }
  return caps;
}
