/* SPDX-License-Identifier: MIT */
/* The dialects there are. Another one is a line here and its files: dialect_,
 * function_ and json_ before its name. */
#ifndef RYX_SQL_DIALECT_LIST_H
#define RYX_SQL_DIALECT_LIST_H

#define RYX_DIALECTS(X) \
  X(pg)                 \
  X(mysql)              \
  X(mariadb)            \
  X(lite)

enum {
#define X(name) +1
  RYX_DIALECTS_MAX = RYX_DIALECTS(X) /* how many */
#undef X
};

#endif
