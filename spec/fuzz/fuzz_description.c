/* SPDX-License-Identifier: MIT */
/* Feeds rubbish to the compiler of query descriptions, for every dialect. */
#include "fuzz.h"
#include "sql/sql.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static const char *const names[] = {"postgres", "mariadb", "mysql", "sqlite"};

  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    ryx_plan *plan = NULL;
    ryx_err err = {.code = 0};
    int rc = ryx_plan_compile(ryx_dialect_find(names[i]), ~0u, data, size,
                              &plan, &err);

    if (rc != err.code) abort();
    if (rc == 0 && (!plan || plan->sql[plan->sql_len] != '\0')) abort();
    ryx_plan_release(plan);
  }
  return 0;
}
