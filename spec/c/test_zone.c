/* SPDX-License-Identifier: MIT */
/* value/zone: offsets against the C library's, and files that lie. */
#include "value/zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"

static ryx_zone *open_zone(const char *name)
{
  ryx_zone *z = NULL;
  ryx_err e;

  if (ryx_zone_open(name, strlen(name), &z, &e) < 0) fail_msg("%s", e.message);
  return z;
}

static void refused(const char *name, size_t n)
{
  ryx_zone *z = NULL;
  ryx_err e;

  assert_int_equal(ryx_zone_open(name, n, &z, &e), RYX_E_VALIDATION);
  if (!strstr(e.message, "unknown time zone \"")) fail_msg("%s", e.message);
  assert_null(z);
}

/* Every day and some odd second from 1900 to 2200, which is past all tables. */
static void offsets_are_those_of_the_library(void **state)
{
  static const char *const names[] = {"Europe/Berlin",
                                      "America/New_York",
                                      "Australia/Lord_Howe",
                                      "America/Santiago",
                                      "Africa/Casablanca",
                                      "Asia/Kathmandu",
                                      "Europe/Dublin",
                                      "America/Nuuk",
                                      "Asia/Gaza",
                                      "Pacific/Apia",
                                      "UTC",
                                      "Etc/GMT-14",
                                      "EST5EDT"};

  (void)state;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    ryx_zone *z = open_zone(names[i]);

    setenv("TZ", names[i], 1);
    tzset();
    for (int64_t at = -2208988800; at < 7258118400; at += 86400 - 1777) {
      time_t t = (time_t)at;
      struct tm tm;

      localtime_r(&t, &tm);
      if (ryx_zone_offset(z, at) != tm.tm_gmtoff)
        fail_msg("%s at %lld: %d, not %ld", names[i], (long long)at,
                 ryx_zone_offset(z, at), tm.tm_gmtoff);
    }
    ryx_zone_free(z);
  }
  unsetenv("TZ");
}

static void a_change_is_exact_to_the_second(void **state)
{
  ryx_zone *z = open_zone("Europe/Berlin");

  (void)state;
  /* 2024-03-31 01:00:00 UTC, in the table; 2100-10-31, by the rule. */
  assert_int_equal(ryx_zone_offset(z, 1711846799), 3600);
  assert_int_equal(ryx_zone_offset(z, 1711846800), 7200);
  assert_int_equal(ryx_zone_offset(z, 4128627599), 7200);
  assert_int_equal(ryx_zone_offset(z, 4128627600), 3600);
  assert_int_equal(ryx_zone_offset(z, INT64_C(-62135596800)), 3208);
  ryx_zone_free(z);
}

static void names_stay_in_the_folder(void **state)
{
  static const char *const names[] = {"",
                                      "..",
                                      "../localtime",
                                      "/etc/passwd",
                                      "Europe/../UTC",
                                      "Europe",
                                      "tzdata.zi",
                                      "zone.tab",
                                      "Europe/Berlin ",
                                      "Nope/Nope",
                                      "leapseconds"};
  char big[4000];

  (void)state;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    refused(names[i], strlen(names[i]));
  refused("UTC\0x", 5);
  memset(big, 'a', sizeof big);
  refused(big, sizeof big);
}

static char folder[64];

static int make_folder(void **state)
{
  (void)state;
  snprintf(folder, sizeof folder, "/tmp/ryx-zone-XXXXXX");
  return mkdtemp(folder) && setenv("TZDIR", folder, 1) == 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
  char path[128];

  (void)state;
  snprintf(path, sizeof path, "%s/Test", folder);
  unlink(path);
  unsetenv("TZDIR");
  return rmdir(folder);
}

static void write_zone(const void *bytes, size_t n)
{
  char path[128];
  FILE *f;

  snprintf(path, sizeof path, "%s/Test", folder);
  f = fopen(path, "wb");
  assert_non_null(f);
  assert_int_equal(fwrite(bytes, 1, n, f), n);
  fclose(f);
}

/* A file without instants: one type, then the footer. Returns its length. */
static size_t zone_with(unsigned char *out, int32_t offset, const char *footer)
{
  unsigned char *at = out;

  for (int i = 0; i < 2; i++) {
    memset(at, 0, 44);
    memcpy(at, "TZif2", 5);
    at[39] = 1; /* types */
    at[43] = 4; /* characters */
    at += 44;
    for (int k = 24; k >= 0; k -= 8)
      *at++ = (unsigned char)((uint32_t)offset >> k);
    memcpy(at, "\0\0TST", 6);
    at += 6;
  }
  at += sprintf((char *)at, "\n%s\n", footer);
  return (size_t)(at - out);
}

static int32_t offset_by(const char *footer, int64_t when)
{
  unsigned char bytes[512];
  ryx_zone *z;
  int32_t offset;

  write_zone(bytes, zone_with(bytes, 60, footer));
  z = open_zone("Test");
  offset = ryx_zone_offset(z, when);
  ryx_zone_free(z);
  return offset;
}

static void rules_have_every_form(void **state)
{
  const int64_t jan1 = 1704067200, day = 86400; /* of 2024, a leap year */

  (void)state;
  assert_int_equal(offset_by("", jan1), 60);
  assert_int_equal(offset_by("<+03>-3", jan1), 10800);
  assert_int_equal(offset_by("ABC1:30:15", jan1), -5415);
  /* Days that count from 1 without leap days, and from 0 with them. */
  assert_int_equal(offset_by("ABC0DEF,J60/0,J61/0", jan1 + 59 * day), 0);
  assert_int_equal(offset_by("ABC0DEF,J60/0,J61/0", jan1 + 60 * day), 3600);
  assert_int_equal(offset_by("ABC0DEF,59/0,60/0", jan1 + 59 * day), 3600);
  assert_int_equal(offset_by("ABC0DEF,59/0,60/0", jan1 + 60 * day - 3601),
                   3600);
  assert_int_equal(offset_by("ABC0DEF,59/0,60/0", jan1 + 60 * day - 3600), 0);
  /* From the last hour of a day to the first of the next but one. */
  assert_int_equal(offset_by("ABC0DEF-2,J9/-1,J10/25", jan1 + 8 * day - 3601),
                   0);
  assert_int_equal(offset_by("ABC0DEF-2,J9/-1,J10/25", jan1 + 8 * day - 3600),
                   7200);
  assert_int_equal(offset_by("ABC0DEF-2,J9/-1,J10/25", jan1 + 10 * day - 3601),
                   7200);
  assert_int_equal(offset_by("ABC0DEF-2,J9/-1,J10/25", jan1 + 10 * day - 3600),
                   0);
}

static void files_that_lie_are_refused(void **state)
{
  static const char *const footers[] = {"X",
                                        "ABC",
                                        "ABC99",
                                        "<ABC1",
                                        "ABC1DEF",
                                        "ABC1DEF,",
                                        "ABC1DEF,M13.1.0,J1",
                                        "ABC1DEF,M1.6.0,J1",
                                        "ABC1DEF,J0,J1",
                                        "ABC1DEF,J1",
                                        "ABC1DEF,J1,J2x",
                                        "ABC1DEF,J1/168,J2",
                                        "ABC99999999999999999999"};
  unsigned char bytes[512];
  size_t n, i;
  ryx_zone *z;
  ryx_err e;

  (void)state;
  for (i = 0; i < sizeof footers / sizeof *footers; i++) {
    write_zone(bytes, zone_with(bytes, 0, footers[i]));
    refused("Test", 4);
  }
  n = zone_with(bytes, 100 * 3600, "");
  write_zone(bytes, n);
  refused("Test", 4);
  /* Cut anywhere, and any byte of the headers at its largest. */
  n = zone_with(bytes, 0, "ABC0");
  for (i = 0; i < n; i++) {
    write_zone(bytes, i);
    refused("Test", 4);
  }
  for (i = 0; i < n; i++) {
    n = zone_with(bytes, 0, "ABC0");
    bytes[i] = 0xff;
    write_zone(bytes, n);
    z = NULL;
    if (ryx_zone_open("Test", 4, &z, &e) == 0)
      assert_in_range(ryx_zone_offset(z, 0) + 86400, 0, 2 * 86400);
    ryx_zone_free(z);
  }
}

static void out_of_memory(void **state)
{
  ryx_zone *z = NULL;
  ryx_err e;

  (void)state;
  ryx_mem_fail_at(1, false);
  assert_int_equal(ryx_zone_open("UTC", 3, &z, &e), RYX_E_NOMEM);
  ryx_mem_fail_at(0, false);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(offsets_are_those_of_the_library),
      cmocka_unit_test(a_change_is_exact_to_the_second),
      cmocka_unit_test(names_stay_in_the_folder),
      cmocka_unit_test(out_of_memory),
      cmocka_unit_test_setup_teardown(rules_have_every_form, make_folder,
                                      remove_folder),
      cmocka_unit_test_setup_teardown(files_that_lie_are_refused, make_folder,
                                      remove_folder),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
