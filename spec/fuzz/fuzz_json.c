/* SPDX-License-Identifier: MIT */
/* Rubbish as JSON and as array literals: what parses is written in a form that
 * parses to the same text again. */
#include <string.h>

#include "value/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void document(const char *s, size_t n)
{
  ryx_json *doc, *again;
  ryx_buf one, two;
  ryx_err err;

  if (ryx_json_parse(s, n, &doc, &err) < 0) return;
  ryx_buf_init(&one, 0);
  ryx_buf_init(&two, 0);
  if (ryx_json_write(doc, &one) < 0) __builtin_trap();
  if (ryx_json_parse(one.data, one.len, &again, &err) < 0) __builtin_trap();
  if (ryx_json_write(again, &two) < 0) __builtin_trap();
  if (one.len != two.len || memcmp(one.data, two.data, one.len))
    __builtin_trap();
  ryx_json_free(doc);
  ryx_json_free(again);
  ryx_buf_fini(&one);
  ryx_buf_fini(&two);
}

static void array(const char *s, size_t n, int elem)
{
  ryx_buf json, pg;
  ryx_err err;

  ryx_buf_init(&json, 0);
  ryx_buf_init(&pg, 0);
  if (ryx_json_array_from_pg(s, n, elem, &json, &err) == 0)
    (void)!ryx_json_array_to_pg(json.data, json.len, elem, &pg, &err);
  ryx_buf_clear(&pg);
  (void)!ryx_json_array_to_pg(s, n, elem, &pg, &err);
  ryx_buf_fini(&json);
  ryx_buf_fini(&pg);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  if (size < 1 || size > 4096) return 0;
  document((const char *)data + 1, size - 1);
  array((const char *)data + 1, size - 1, data[0] % RYX_T_MAX);
  return 0;
}
