/* SPDX-License-Identifier: MIT */
/* Parts of documents on MySQL, whose JSON_VALUE cuts texts. */
#include "sql/family_my.h"

static const ryx_json_my how = {
    .type_end = " COLLATE utf8mb4_0900_bin",
    .part =
        {
            [RYX_JSON_AS_JSON] = {NULL, "", "JSON_EXTRACT", ""},
            [RYX_JSON_AS_RAW] = {NULL, "", "JSON_EXTRACT", ""},
            [RYX_JSON_AS_NUMBER] = {" IN ('INTEGER', 'UNSIGNED INTEGER', "
                                    "'DOUBLE', 'DECIMAL')",
                                    "CAST(", "JSON_EXTRACT", ""},
            [RYX_JSON_AS_TEXT] = {" = 'STRING'", "JSON_UNQUOTE(",
                                  "JSON_EXTRACT", ")"},
            [RYX_JSON_AS_BOOL] = {" = 'BOOLEAN'", "", "JSON_EXTRACT",
                                  " = CAST('true' AS JSON)"},
        },
};

void ryx_json_mysql(ryx_sql *q, const ryx_node *n)
{
  ryx_json_my_put(q, n, &how);
}
