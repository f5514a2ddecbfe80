/* SPDX-License-Identifier: MIT */
/* The numbers of a query description by name. */
#include "sql/numbers.h"

#include "sql/dialect_list.h"

static const ryx_number numbers[] = {
#define X(name, text) {"TYPE", text, RYX_T_##name},
    RYX_TYPES(X)
#undef X
#define X(list, name, text) {#list, text, RYX_##list##_##name},
        RYX_JOINS(X) RYX_COMBINES(X) RYX_JSON_KINDS(X) RYX_SEARCHES(X)
            RYX_HINTS(X) RYX_EXPLAINS(X) RYX_FRAMES(X) RYX_EXCLUDES(X)
                RYX_EDGES(X)
#undef X
#define X(list, name, text, number) {#list, text, number},
                    RYX_BITS(X)
#undef X
#define X(name, kinds) {"HINTED", name, kinds},
                        RYX_HINTED(X)
#undef X
                            {NULL, NULL, 0},
};

const ryx_number *ryx_sql_numbers(void)
{
  return numbers;
}
