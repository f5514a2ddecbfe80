/* SPDX-License-Identifier: MIT */
/* The lookups of MariaDB and MySQL that are the same. */
#include "sql/family_my.h"

#define LOW(x)      "LOWER(%i" x "%f)%b"
#define LIKE_LOW(x) LOW("%c") " LIKE " LOW(x) " ESCAPE '!'"

/* What is no object has no keys. */
#define KEYS(fn, v) "IFNULL(" fn "(JSON_KEYS(%c), " v "), 0) = 1"
/* No NULL is equal to another. */
#define ITEMS(all, some)                                          \
  "(JSON_CONTAINS(" all ", " some ") = 1 AND JSON_CONTAINS(" some \
  ", 'null') = 0)"

const ryx_lookup_sql ryx_lookups_my[RYX_LOOKUP_MAX] = {
    [RYX_LOOKUP_IEXACT] = {LOW("%c") " = " LOW("%v"), NULL},
    [RYX_LOOKUP_CONTAINS] = {"%c LIKE %k ESCAPE '!'", "LOCATE(%v, %c) > 0"},
    [RYX_LOOKUP_ICONTAINS] = {LIKE_LOW("%k"),
                              "LOCATE(" LOW("%v") ", " LOW("%c") ") > 0"},
    [RYX_LOOKUP_STARTSWITH] = {NULL, "LOCATE(%v, %c) = 1"},
    [RYX_LOOKUP_ISTARTSWITH] = {LIKE_LOW("%s"),
                                "LOCATE(" LOW("%v") ", " LOW("%c") ") = 1"},
    [RYX_LOOKUP_ENDSWITH] = {"%c LIKE %e ESCAPE '!'",
                             "RIGHT(%c, CHAR_LENGTH(%v)) = %v"},
    [RYX_LOOKUP_IENDSWITH] = {LIKE_LOW("%e"),
                              LOW("RIGHT(%c, CHAR_LENGTH(%v))") " = " LOW(
                                  "%v")},
    [RYX_LOOKUP_HAS_KEY] = {KEYS("JSON_CONTAINS", "JSON_QUOTE(%v)"), NULL},
    [RYX_LOOKUP_HAS_ANY] = {KEYS("JSON_OVERLAPS", "%v"), NULL},
    [RYX_LOOKUP_HAS_ALL] = {KEYS("JSON_CONTAINS", "%v"), NULL},
    [RYX_LOOKUP_ARRAY_CONTAINS] = {ITEMS("%c", "%v"), NULL},
    [RYX_LOOKUP_ARRAY_CONTAINED_BY] = {ITEMS("%v", "%c"), NULL},
};
