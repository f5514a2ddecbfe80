/* SPDX-License-Identifier: MIT */
/* Rubbish as the text of every type: what is read must be written and read
 * again as the same value. */
#include <string.h>

#include "value/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void round_trip(int type, const char *s, size_t n)
{
  int64_t first, again;
  ryx_err err;
  char text[RYX_TEXT_MAX];

  switch (type) {
    case RYX_T_DATE:
      if (ryx_text_date(s, n, &first, &err)) return;
      if (first == INT64_MAX || first == INT64_MIN) return;
      n = (size_t)ryx_text_put_date(text, first);
      if (ryx_text_date(text, n, &again, &err)) __builtin_trap();
      break;
    case RYX_T_TIME:
      if (ryx_text_time(s, n, &first, &err)) return;
      n = (size_t)ryx_text_put_time(text, first);
      if (ryx_text_time(text, n, &again, &err)) __builtin_trap();
      break;
    case RYX_T_DATETIME:
      if (ryx_text_datetime(s, n, &first, &err)) return;
      if (first == INT64_MAX || first == INT64_MIN) return;
      n = (size_t)ryx_text_put_datetime(text, first);
      if (ryx_text_datetime(text, n, &again, &err)) __builtin_trap();
      break;
    case RYX_T_INT:
      if (ryx_text_int(s, n, &first, &err)) return;
      n = (size_t)ryx_text_put_int(text, first);
      if (ryx_text_int(text, n, &again, &err)) __builtin_trap();
      break;
    default: return;
  }
  if (first != again) __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  const char *s = (const char *)data + 2;
  ryx_arena arena;
  ryx_err err;
  ryx_val v;

  if (size < 2 || size > 4096) return 0;
  round_trip(data[0] % RYX_T_MAX, s, size - 2);
  ryx_arena_init(&arena, 0);
  memset(&v, 0, sizeof v);
  v.type = RYX_T_TEXT;
  v.u.s = s;
  v.len = (uint32_t)(size - 2);
  /* To one type and on to another: an error or a value. */
  if (ryx_val_cast(&v, data[0] % RYX_T_MAX, &arena, &err) == 0)
    (void)!ryx_val_cast(&v, data[1] % RYX_T_MAX, &arena, &err);
  ryx_arena_fini(&arena);
  return 0;
}
