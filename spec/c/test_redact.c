/* SPDX-License-Identifier: MIT */
/* base/redact: passwords by where they stand, not by what they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants the four above */
#include <cmocka.h>

#include "base/err.h"
#include "base/redact.h"

static const char *redacted(const char *before)
{
  static ryx_err e;

  ryx_err_set(&e, RYX_E_CONNECTION, "%s", before);
  ryx_redact(&e);
  return e.message;
}

static void masked(void **state)
{
  static const struct {
    const char *before, *after;
  } cases[] = {
      {"bad URI: postgres://u:hush@h/d", "bad URI: postgres://u:***@h/d"},
      {"\"postgres://u:hush@h:1/d?x=1\"", "\"postgres://u:***@h:1/d?x=1\""},
      {"a://u:hu@sh@h b://v:h:us:h@h", "a://u:***@h b://v:***@h"},
      {"a://u:hu/sh?@h/d", "a://u:***@h/d"},
      {"mysql://:hush@h", "mysql://:***@h"},
      {"host=h password=hush dbname=d", "host=h password=*** dbname=d"},
      {"PASSWORD = hush, user=u", "PASSWORD = *** user=u"},
      {"password='hu sh' user=u", "password='***' user=u"},
      {"password='hu\\'sh' user=u", "password='***' user=u"},
      {"password=hu\\ sh user=u", "password=*** user=u"},
      {"password='hu sh", "password='***"},
      {"sslpassword=hush passwd=hush pwd=hush x",
       "sslpassword=*** passwd=*** pwd=*** x"},
      {"postgres://h/d?password=hu&sh", "postgres://h/d?password=***"},
      {"postgres://u:hush@h/d?password=sh",
       "postgres://u:***@h/d?password=***"},
  };

  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_string_equal(redacted(cases[i].before), cases[i].after);
  ryx_redact(NULL);
}

/* What the libraries and servers say of passwords, and what only looks so. */
static void left_alone(void **state)
{
  static const char *const texts[] = {
      "",
      "Access denied for user 'password'@'localhost' (using password: YES)",
      "password authentication failed for user \"password\"",
      "fe_sendauth: no password supplied",
      "cannot connect to mysql://root@127.0.0.1:3306/a@b: Access denied",
      "cannot connect to postgres://h:5432/d: timeout",
      "postgres://[::1]:5432/d",
      "connection to server on socket \"//run/.s.PGSQL.5432\" failed: no",
      "password=",
      "password= ",
      "the name of the column is name",
  };

  (void)state;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    assert_string_equal(redacted(texts[i]), texts[i]);
}

/* The end of the text is cut, and with it what would show the place. */
static void cut_messages(void **state)
{
  char text[RYX_MESSAGE_MAX + 40];

  (void)state;
  memset(text, 'a', sizeof text);
  memcpy(text + RYX_MESSAGE_MAX - 12, "x://u:hushhush@h", 17);
  assert_null(strstr(redacted(text), "hu"));
  memset(text, 'a', sizeof text);
  memcpy(text + RYX_MESSAGE_MAX - 11, "password=hushhush", 18);
  assert_null(strstr(redacted(text), "hu"));
}

static void masks_end_in_time(void **state)
{
  char text[RYX_MESSAGE_MAX + 1];
  const char *out;

  (void)state;
  for (size_t i = 0; i < RYX_MESSAGE_MAX; i++)
    text[i] = "pwd=x "[i % 6];
  text[RYX_MESSAGE_MAX] = '\0';
  out = redacted(text);
  assert_null(strchr(out, 'x'));
  assert_in_range(strlen(out), RYX_MESSAGE_MAX - 3, RYX_MESSAGE_MAX);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(masked),
      cmocka_unit_test(left_alone),
      cmocka_unit_test(cut_messages),
      cmocka_unit_test(masks_end_in_time),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
