/* SPDX-License-Identifier: MIT */
/* base/buf: growth, the cap, moving the bytes out. */
#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"

static void bytes_are_appended(void **state)
{
  ryx_buf b;

  (void)state;
  ryx_buf_init(&b, 0);
  assert_null(b.data);
  assert_int_equal(ryx_buf_puts(&b, "ab"), 0);
  assert_int_equal(ryx_buf_putc(&b, '\0'), 0);
  assert_int_equal(ryx_buf_put(&b, NULL, 0), 0);
  assert_int_equal(ryx_buf_printf(&b, "%d-%s", 42, "x"), 0);
  assert_int_equal(b.len, 7);
  assert_memory_equal(b.data,
                      "ab\0"
                      "42-x",
                      8);
  ryx_buf_clear(&b);
  assert_int_equal(b.len, 0);
  assert_string_equal(b.data, "");
  ryx_buf_fini(&b);
  ryx_buf_fini(&b);
}

static void growth_keeps_the_bytes(void **state)
{
  ryx_buf b;

  (void)state;
  ryx_buf_init(&b, 0);
  for (int i = 0; i < 5000; i++) {
    assert_int_equal(ryx_buf_putc(&b, (char)('a' + i % 26)), 0);
    assert_int_equal(b.data[b.len], 0);
  }
  for (int i = 0; i < 5000; i++)
    assert_int_equal(b.data[i], 'a' + i % 26);
  ryx_buf_fini(&b);
}

static void cap_is_an_error_and_changes_nothing(void **state)
{
  ryx_buf b;

  (void)state;
  ryx_buf_init(&b, 5);
  assert_int_equal(ryx_buf_puts(&b, "abc"), 0);
  assert_int_equal(ryx_buf_puts(&b, "def"), RYX_E_MISUSE);
  assert_int_equal(ryx_buf_printf(&b, "%d", 123), RYX_E_MISUSE);
  assert_int_equal(ryx_buf_reserve(&b, SIZE_MAX), RYX_E_MISUSE);
  assert_string_equal(b.data, "abc");
  assert_int_equal(ryx_buf_puts(&b, "de"), 0);
  assert_int_equal(ryx_buf_putc(&b, 'f'), RYX_E_MISUSE);
  assert_string_equal(b.data, "abcde");
  ryx_buf_fini(&b);
}

static void reserve_gives_room(void **state)
{
  ryx_buf b;

  (void)state;
  ryx_buf_init(&b, 0);
  assert_int_equal(ryx_buf_reserve(&b, 100), 0);
  memset(b.data + b.len, 'x', 100);
  b.len += 100;
  assert_int_equal(ryx_buf_putc(&b, 'y'), 0);
  assert_int_equal(b.data[99], 'x');
  assert_int_equal(b.data[100], 'y');
  ryx_buf_fini(&b);
}

static void take_moves_the_bytes_out(void **state)
{
  int64_t before = ryx_mem_live();
  ryx_buf b;
  size_t n = 9;
  char *s;

  (void)state;
  ryx_buf_init(&b, 0);
  s = ryx_buf_take(&b, &n);
  assert_string_equal(s, "");
  assert_int_equal(n, 0);
  ryx_mem_free(s);
  assert_int_equal(ryx_buf_puts(&b, "abc"), 0);
  s = ryx_buf_take(&b, NULL);
  assert_string_equal(s, "abc");
  assert_null(b.data);
  assert_int_equal(b.len, 0);
  ryx_mem_free(s);
  assert_int_equal(ryx_mem_live(), before);
}

static void out_of_memory_is_told(void **state)
{
  ryx_buf b;

  (void)state;
  ryx_buf_init(&b, 0);
  ryx_mem_fail_at(1, true);
  assert_int_equal(ryx_buf_putc(&b, 'x'), RYX_E_NOMEM);
  assert_int_equal(ryx_buf_printf(&b, "x"), RYX_E_NOMEM);
  assert_null(ryx_buf_take(&b, NULL));
  ryx_mem_fail_at(0, false);
  assert_int_equal(ryx_buf_putc(&b, 'x'), 0);
  ryx_buf_fini(&b);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(bytes_are_appended),
      cmocka_unit_test(growth_keeps_the_bytes),
      cmocka_unit_test(cap_is_an_error_and_changes_nothing),
      cmocka_unit_test(reserve_gives_room),
      cmocka_unit_test(take_moves_the_bytes_out),
      cmocka_unit_test(out_of_memory_is_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
