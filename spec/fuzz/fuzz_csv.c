/* SPDX-License-Identifier: MIT */
/* Rubbish as CSV: the same rows, or the same refusal, whatever the parts it
 * comes in; and rows that are written read back as they were. */
#include <string.h>

#include "base/buf.h"
#include "fuzz.h"
#include "value/csv.h"
#include "value/export.h"

/* Every value, as it is written, of a text that comes in parts of n bytes. */
static int read_all(const char *s, size_t len, size_t n, ryx_buf *out)
{
  ryx_csv *c = ryx_csv_open();
  size_t at = 0;
  bool over = false;
  int rows = 0;
  ryx_err e;

  if (!c) abort();
  while (rows >= 0) {
    rows = ryx_csv_read(c, 3, &e);
    for (int i = 0; i < rows * ryx_csv_width(c); i++) {
      int col = i % ryx_csv_width(c);
      ryx_val v;

      ryx_csv_get(c, i / ryx_csv_width(c), col, &v);
      if (col > 0 && ryx_buf_putc(out, ',') < 0) abort();
      if (ryx_export_csv(out, &v) < 0) abort();
      if (col + 1 == ryx_csv_width(c) && ryx_buf_putc(out, '\n') < 0) abort();
    }
    if (rows != 0) continue;
    if (over) break;
    over = at == len;
    if (ryx_csv_give(c, s + at, at + n > len ? len - at : n, &e) < 0) abort();
    at = at + n > len ? len : at + n;
  }
  ryx_csv_close(c);
  return rows;
}

static void check_same(const ryx_buf *a, const ryx_buf *b)
{
  if (a->len != b->len || (a->len > 0 && memcmp(a->data, b->data, a->len) != 0))
    __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  const char *s = (const char *)data + 1;
  ryx_buf whole, parts, again;
  int rc;

  if (size < 2) return 0;
  ryx_buf_init(&whole, 0);
  ryx_buf_init(&parts, 0);
  ryx_buf_init(&again, 0);
  rc = read_all(s, size - 1, size, &whole);
  if (read_all(s, size - 1, data[0] % 16 + 1u, &parts) != rc) __builtin_trap();
  if (rc == 0) {
    check_same(&whole, &parts);
    if (whole.len > 0 &&
        read_all(whole.data, whole.len, whole.len, &again) != 0)
      __builtin_trap();
    check_same(&whole, &again);
  }
  ryx_buf_fini(&whole);
  ryx_buf_fini(&parts);
  ryx_buf_fini(&again);
  return 0;
}
