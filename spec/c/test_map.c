/* SPDX-License-Identifier: MIT */
/* base/map: set, get, remove under many keys. */
#include "base/map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>

#include "base/mem.h"

enum { MANY = 3000 };
static int values[MANY];

static int put(ryx_map *m, int i)
{
  char key[16];
  int n = snprintf(key, sizeof key, "k%d", i);

  return ryx_map_set(m, key, (size_t)n, &values[i], NULL);
}

static void *get(const ryx_map *m, int i)
{
  char key[16];
  int n = snprintf(key, sizeof key, "k%d", i);

  return ryx_map_get(m, key, (size_t)n);
}

static void *take(ryx_map *m, int i)
{
  char key[16];
  int n = snprintf(key, sizeof key, "k%d", i);

  return ryx_map_remove(m, key, (size_t)n);
}

static void many_keys_come_and_go(void **state)
{
  ryx_map m;

  (void)state;
  ryx_map_init(&m);
  assert_null(get(&m, 1));
  assert_null(take(&m, 1));
  for (int i = 0; i < MANY; i++)
    assert_int_equal(put(&m, i), 0);
  assert_int_equal(m.n, MANY);
  for (int i = 0; i < MANY; i++)
    assert_ptr_equal(get(&m, i), &values[i]);
  for (int i = 0; i < MANY; i += 3)
    assert_ptr_equal(take(&m, i), &values[i]);
  for (int i = 0; i < MANY; i++) {
    assert_ptr_equal(get(&m, i), i % 3 == 0 ? NULL : &values[i]);
  }
  for (int i = 0; i < MANY; i += 3)
    assert_null(take(&m, i));
  assert_int_equal(m.n, MANY - MANY / 3);
  ryx_map_fini(&m, NULL);
}

static void keys_are_bytes_and_copied(void **state)
{
  ryx_map m;
  char key[] = {'a', '\0', 'b'};
  void *old = &m;

  (void)state;
  ryx_map_init(&m);
  assert_int_equal(ryx_map_set(&m, key, 3, &values[0], &old), 0);
  assert_null(old);
  key[2] = 'c';
  assert_null(ryx_map_get(&m, key, 3));
  assert_null(ryx_map_get(&m, "a", 1));
  assert_ptr_equal(ryx_map_get(&m, "a\0b", 3), &values[0]);
  assert_int_equal(ryx_map_set(&m, "a\0b", 3, &values[1], &old), 0);
  assert_ptr_equal(old, &values[0]);
  assert_int_equal(ryx_map_set(&m, "", 0, &values[2], NULL), 0);
  assert_ptr_equal(ryx_map_get(&m, NULL, 0), &values[2]);
  assert_int_equal(m.n, 2);
  ryx_map_fini(&m, NULL);
}

static void walk_visits_each_once(void **state)
{
  ryx_map m;
  uint32_t it = 0;
  int seen[50] = {0}, *v;

  (void)state;
  ryx_map_init(&m);
  assert_null(ryx_map_next(&m, &it));
  for (int i = 0; i < 50; i++)
    assert_int_equal(put(&m, i), 0);
  while ((v = ryx_map_next(&m, &it)))
    seen[v - values]++;
  for (int i = 0; i < 50; i++)
    assert_int_equal(seen[i], 1);
  ryx_map_fini(&m, NULL);
}

static void fini_frees_values(void **state)
{
  int64_t before = ryx_mem_live();
  ryx_map m;

  (void)state;
  ryx_map_init(&m);
  for (char c = 'a'; c < 'k'; c++) {
    assert_int_equal(ryx_map_set(&m, &c, 1, ryx_mem_alloc(8), NULL), 0);
  }
  ryx_map_fini(&m, ryx_mem_free);
  ryx_map_fini(&m, ryx_mem_free);
  assert_int_equal(ryx_mem_live(), before);
}

static void out_of_memory_changes_nothing(void **state)
{
  ryx_map m;

  (void)state;
  ryx_map_init(&m);
  for (int at = 1; at <= 2; at++) {
    ryx_mem_fail_at(at, false);
    assert_int_equal(put(&m, 0), RYX_E_NOMEM);
    assert_int_equal(m.n, 0);
    assert_null(get(&m, 0));
    ryx_map_fini(&m, NULL);
  }
  ryx_mem_fail_at(0, false);
  assert_int_equal(put(&m, 0), 0);
  ryx_map_fini(&m, NULL);
}

static void hash_sees_every_byte(void **state)
{
  char a[24] = {0};
  uint64_t zero = ryx_map_hash(a, sizeof a);

  (void)state;
  for (size_t i = 0; i < sizeof a; i++) {
    a[i] = 1;
    assert_true(ryx_map_hash(a, sizeof a) != zero);
    a[i] = 0;
    assert_true(ryx_map_hash(a, i) != zero);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(many_keys_come_and_go),
      cmocka_unit_test(keys_are_bytes_and_copied),
      cmocka_unit_test(walk_visits_each_once),
      cmocka_unit_test(fini_frees_values),
      cmocka_unit_test(out_of_memory_changes_nothing),
      cmocka_unit_test(hash_sees_every_byte),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
