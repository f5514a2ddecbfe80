/* SPDX-License-Identifier: MIT */
/* The lookups: a row each, here what they are, in dialect_*.c and lookup.c the
 * SQL they make. */
#ifndef RYX_SQL_LOOKUP_H
#define RYX_SQL_LOOKUP_H

#include "ryx_value.h"

/* Types the left side may have. */
enum {
  RYX_FOR_ANY = -1,
  RYX_FOR_ORDERED = ~(1 << RYX_T_JSON),
  RYX_FOR_LISTED = ~(1 << RYX_T_JSON | 1 << RYX_T_ARRAY | 1 << RYX_T_NULL),
  RYX_FOR_TEXT = 1 << RYX_T_TEXT,
  RYX_FOR_JSON = 1 << RYX_T_JSON,
  RYX_FOR_ARRAY = 1 << RYX_T_ARRAY
};

/* X(NAME, "name", operands, types of the left side). IN_SIZED is IN for a list
 * of which more is known, by two numbers behind it: how many letters the left
 * side has at most, 0 when nobody knows, and RYX_LIST_* bits. */
#define RYX_LOOKUPS(X)                                  \
  X(EXACT, "exact", 1, ANY)                             \
  X(IEXACT, "iexact", 1, TEXT)                          \
  X(GT, "gt", 1, ORDERED)                               \
  X(GTE, "gte", 1, ORDERED)                             \
  X(LT, "lt", 1, ORDERED)                               \
  X(LTE, "lte", 1, ORDERED)                             \
  X(IN, "in", 1, LISTED)                                \
  X(IN_SIZED, "in_sized", 3, LISTED)                    \
  X(RANGE, "range", 2, ORDERED)                         \
  X(ISNULL, "isnull", 0, ANY)                           \
  X(NOTNULL, "notnull", 0, ANY)                         \
  X(CONTAINS, "contains", 1, TEXT)                      \
  X(ICONTAINS, "icontains", 1, TEXT)                    \
  X(STARTSWITH, "startswith", 1, TEXT)                  \
  X(ISTARTSWITH, "istartswith", 1, TEXT)                \
  X(ENDSWITH, "endswith", 1, TEXT)                      \
  X(IENDSWITH, "iendswith", 1, TEXT)                    \
  X(REGEX, "regex", 1, TEXT)                            \
  X(IREGEX, "iregex", 1, TEXT)                          \
  X(TRIGRAM_SIMILAR, "trigram_similar", 1, TEXT)        \
  X(JSON_EXACT, "json_exact", 1, JSON)                  \
  X(JSON_NULL, "json_null", 0, JSON)                    \
  X(JSON_CONTAINS, "json_contains", 1, JSON)            \
  X(JSON_CONTAINED_BY, "json_contained_by", 1, JSON)    \
  X(HAS_KEY, "has_key", 1, JSON)                        \
  X(HAS_ANY, "has_any", 1, JSON)                        \
  X(HAS_ALL, "has_all", 1, JSON)                        \
  X(ARRAY_CONTAINS, "array_contains", 1, ARRAY)         \
  X(ARRAY_CONTAINED_BY, "array_contained_by", 1, ARRAY) \
  X(ARRAY_OVERLAP, "array_overlap", 1, ARRAY)

typedef enum {
#define X(name, text, operands, types) RYX_LOOKUP_##name,
  RYX_LOOKUPS(X)
#undef X
      RYX_LOOKUP_MAX
} ryx_lookup;

typedef struct ryx_lookup_info {
  const char *name;
  uint32_t name_len, operands;
  int types; /* bits 1 << ryx_type */
} ryx_lookup_info;

static inline bool ryx_lookup_is_in(uint32_t lookup)
{
  return lookup == RYX_LOOKUP_IN || lookup == RYX_LOOKUP_IN_SIZED;
}

/* By number; and the number by name, or -1. */
const ryx_lookup_info *ryx_lookup_get(uint32_t lookup);
int ryx_lookup_find(const char *name, size_t n);

#endif
