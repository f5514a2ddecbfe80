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

/* What qs:hint takes for each, by its name: 1 words for the planner, 2 names of
 * indexes to use, force and ignore, 4 one to force, or none at all. */
#define RYX_HINTED(X) \
  X("sqlite", 4)      \
  X("postgres", 1)    \
  X("mariadb", 1 | 2) \
  X("mysql", 1 | 2)

#endif
