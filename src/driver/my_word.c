/* SPDX-License-Identifier: MIT */
/* Owns what the first word of a statement tells. */
#include <string.h>
#include <strings.h>

#include "driver/my_conn.h"

static bool begins_with(const char *sql, const char *const *words)
{
  sql += strspn(sql, " \t\r\n");
  for (; *words; words++) {
    if (strncasecmp(sql, *words, strlen(*words)) == 0) return true;
  }
  return false;
}

bool ryx_my_word_inserts(const char *sql)
{
  static const char *const words[] = {"INSERT", "REPLACE", NULL};

  return begins_with(sql, words);
}

bool ryx_my_word_writes(const char *sql)
{
  static const char *const words[] = {"INSERT", "REPLACE", "UPDATE", "DELETE",
                                      NULL};

  return begins_with(sql, words);
}

bool ryx_my_word_selects(const char *sql)
{
  static const char *const words[] = {"SELECT", "WITH", "(", NULL};

  return begins_with(sql, words);
}

bool ryx_my_word_calls(const char *sql)
{
  static const char *const words[] = {"CALL", NULL};

  return begins_with(sql, words);
}
