/* SPDX-License-Identifier: MIT */
/* Feeds rubbish to what reads a user's text, for every dialect. */
#include "fuzz.h"
#include "sql/sql.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static const char *const names[] = {"postgres", "mariadb", "mysql", "sqlite"};

  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    ryx_err err = {.code = 0};
    ryx_buf out;
    ryx_raw about;
    int rc;

    ryx_buf_init(&out, 0);
    rc = ryx_sql_raw(ryx_dialect_find(names[i]), (const char *)data, size, &out,
                     &about, &err);
    if (rc != err.code) abort();
    /* Placeholders only grow the text, `??` shrinks it. */
    if (rc == 0 && i > 0 && out.len != size) abort();
    if (about.reads && about.taints) abort();
    ryx_buf_fini(&out);
  }
  return 0;
}
