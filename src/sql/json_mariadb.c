/* SPDX-License-Identifier: MIT */
/* Parts of documents on MariaDB. */
#include "sql/family_my.h"

static const ryx_json_my how = {
    .type_end = "",
    .part =
        {
            [RYX_JSON_AS_JSON] = {NULL, "", "JSON_EXTRACT", ""},
            [RYX_JSON_AS_RAW] = {NULL, "", "JSON_EXTRACT", ""},
            [RYX_JSON_AS_NUMBER] = {" IN ('INTEGER', 'DOUBLE')", "CAST(",
                                    "JSON_VALUE", ""},
            [RYX_JSON_AS_TEXT] = {" = 'STRING'", "", "JSON_VALUE", ""},
            [RYX_JSON_AS_BOOL] = {" = 'BOOLEAN'", "", "JSON_VALUE", " = '1'"},
        },
};

void ryx_json_mariadb(ryx_sql *q, const ryx_node *n)
{
  ryx_json_my_put(q, n, &how);
}
