/* SPDX-License-Identifier: MIT */
/* URLs and options. The drivers here are stand-ins: the table of the real ones
 * is not linked, so that the test is the same in every build. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants the four above */
#include <cmocka.h>

#include "base/mem.h"
#include "driver/driver.h"

static const char *const pg_schemes[] = {"postgres", "postgresql", NULL};
static const char *const lite_schemes[] = {"sqlite", NULL};
static const ryx_driver pg = {.name = "postgres", .schemes = pg_schemes};
static const ryx_driver lite = {
    .name = "sqlite", .schemes = lite_schemes, .caps = RYX_CAP_ONE_WRITER};
const ryx_driver *const ryx_drivers[] = {&pg, &lite, NULL};
const char *const ryx_drivers_missing[] = {"mysql", "libmariadb-dev", "mariadb",
                                           "libmariadb-dev", NULL};

static void same(const char *got, const char *want)
{
  if (!want)
    assert_null(got);
  else
    assert_string_equal(got ? got : "(null)", want);
}

static void servers(void **state)
{
  static const struct {
    const char *url, *user, *password, *host;
    int port;
    const char *database;
  } cases[] = {
      {"postgres://me:pw@h:5433/db", "me", "pw", "h", 5433, "db"},
      {"postgresql://h", NULL, NULL, "h", 0, NULL},
      {"postgres://", NULL, NULL, NULL, 0, NULL},
      {"postgres:///db", NULL, NULL, NULL, 0, "db"},
      {"postgres://me@/db", "me", NULL, NULL, 0, "db"},
      {"postgres://me:@h/", "me", "", "h", 0, NULL},
      {"postgres://h:/db", NULL, NULL, "h", 0, "db"},
      {"postgres://[::1]:99/db", NULL, NULL, "::1", 99, "db"},
      {"postgres://u@[fe80::1%25eth0]", "u", NULL, "fe80::1%eth0", 0, NULL},
      {"postgres://a%40b:p%40%2F%3F%3a@h/d%20b", "a@b", "p@/?:", "h", 0, "d b"},
      {"postgres://u:a:b@h/d", "u", "a:b", "h", 0, "d"},
      {"postgres://u:a@b@h/d", "u", "a@b", "h", 0, "d"},
      {"postgres://u:p#q@h/d", "u", "p#q", "h", 0, "d"},
      {"postgres://%2Frun%2Fpg/d", NULL, NULL, "/run/pg", 0, "d"},
      {"postgres:///d?host=/run/pg&port=7&user=u&password=a%26b", "u", "a&b",
       "/run/pg", 7, "d"},
      {"postgres://h/d?socket=/tmp/s", NULL, NULL, "/tmp/s", 0, "d"},
      {"postgres://h/a/b", NULL, NULL, "h", 0, "a/b"},
  };
  ryx_opts o;
  ryx_err e;

  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    e.message[0] = 0;
    if (ryx_opts_parse(cases[i].url, &o, &e) < 0)
      fail_msg("%s: %s", cases[i].url, e.message);
    assert_ptr_equal(o.driver, &pg);
    same(o.user, cases[i].user);
    same(o.password, cases[i].password);
    same(o.host, cases[i].host);
    assert_int_equal(o.port, cases[i].port);
    same(o.database, cases[i].database);
    ryx_opts_fini(&o);
  }
}

static void files(void **state)
{
  static const struct {
    const char *url, *path;
    bool memory, read_only, create;
  } cases[] = {
      {"sqlite:app.db", "app.db", false, false, true},
      {"sqlite:/app.db", "/app.db", false, false, true},
      {"sqlite:dir/app.db", "dir/app.db", false, false, true},
      {"sqlite://app.db", "app.db", false, false, true},
      {"sqlite://dir/app.db", "dir/app.db", false, false, true},
      {"sqlite:///app.db", "app.db", false, false, true},
      {"sqlite:///tmp/x.db", "/tmp/x.db", false, false, true},
      {"sqlite:////x.db", "//x.db", false, false, true},
      {"sqlite::memory:", ":memory:", true, false, true},
      {"sqlite://:memory:", ":memory:", true, false, true},
      {"sqlite:///:memory:", ":memory:", true, false, true},
      {"sqlite:x?mode=memory", "x", true, false, false},
      {"sqlite:?mode=memory", "", true, false, false},
      {"sqlite:/x/a%20b.db", "/x/a%20b.db", false, false, true},
      {"sqlite:a%3Fb%25.db?mode=ro", "a%3Fb%25.db", false, true, false},
      {"sqlite:100%.db", "100%.db", false, false, true},
      {"sqlite:a b+c.db", "a b+c.db", false, false, true},
      {"sqlite:x?mode=rw&synchronous=full", "x", false, false, false},
      {"sqlite:///app.db?mode=rwc", "app.db", false, false, true},
      {"sqlite:/app.db?mode=rwc&", "/app.db", false, false, true},
  };
  ryx_opts o;
  ryx_err e;

  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    if (ryx_opts_parse(cases[i].url, &o, &e) < 0)
      fail_msg("%s: %s", cases[i].url, e.message);
    same(o.database, cases[i].path);
    assert_int_equal(o.memory, cases[i].memory);
    assert_int_equal(o.read_only, cases[i].read_only);
    assert_int_equal(o.create, cases[i].create);
    assert_int_equal(o.synchronous_full, strstr(cases[i].url, "full") != NULL);
    ryx_opts_fini(&o);
  }
}

static void defaults(void **state)
{
  ryx_opts o;
  ryx_err e;

  (void)state;
  assert_int_equal(ryx_opts_parse("postgres://h/d", &o, &e), 0);
  assert_int_equal(o.max_connections, 10);
  assert_int_equal(o.min_connections, 1);
  assert_int_equal(o.connect_timeout_ms, 10000);
  assert_int_equal(o.acquire_timeout_ms, 30000);
  assert_int_equal(o.idle_timeout_ms, 600000);
  assert_int_equal(o.max_lifetime_ms, 1800000);
  assert_int_equal(o.prepare, RYX_PREPARE_AUTO);
  assert_int_equal(o.statement_cache, 256);
  assert_int_equal(o.max_result_bytes, 1073741824);
  assert_null(o.sslmode);
  ryx_opts_fini(&o);
}

static void options(void **state)
{
  static const char url[] =
      "postgres://h/"
      "d?pool_size=9&min_connections=0&max_result_bytes=123456789012"
      "&connect_timeout=2.5&acquire_timeout=0.0001&idle_timeout=0"
      "&max_lifetime=60&prepare=unnamed&statement_cache=0&sslmode=verify-full"
      "&sslrootcert=/r&sslcert=/c&sslkey=/k&application_name=my%20app";
  ryx_opts o;
  ryx_err e;

  (void)state;
  assert_int_equal(ryx_opts_parse(url, &o, &e), 0);
  assert_int_equal(o.max_connections, 9);
  assert_int_equal(o.max_result_bytes, 123456789012);
  assert_int_equal(o.min_connections, 0);
  assert_int_equal(o.connect_timeout_ms, 2500);
  assert_int_equal(o.acquire_timeout_ms, 1);
  assert_int_equal(o.idle_timeout_ms, 0);
  assert_int_equal(o.max_lifetime_ms, 60000);
  assert_int_equal(o.prepare, RYX_PREPARE_UNNAMED);
  assert_int_equal(o.statement_cache, 0);
  same(o.sslmode, "verify-full");
  same(o.sslrootcert, "/r");
  same(o.sslcert, "/c");
  same(o.sslkey, "/k");
  same(o.application_name, "my app");
  assert_int_equal(ryx_opts_set(&o, "prepare", "off", &e), 0);
  assert_int_equal(o.prepare, RYX_PREPARE_OFF);
  assert_int_equal(ryx_opts_set(&o, "min_connections", "12", &e), 0);
  assert_int_equal(ryx_opts_check(&o, &e), RYX_E_MISUSE);
  assert_int_equal(ryx_opts_set(&o, "max_connections", "12", &e), 0);
  assert_int_equal(ryx_opts_check(&o, &e), 0);
  ryx_opts_fini(&o);
}

/* A list wins over what stood before, but says each thing once. */
static void lists(void **state)
{
  ryx_opts o;
  ryx_err e;

  (void)state;
  assert_int_equal(
      ryx_opts_parse("postgres://h:1/d?port=2&max_connections=8", &o, &e), 0);
  assert_int_equal(o.port, 2);
  assert_int_equal(ryx_opts_set(&o, "pool_size", "9", &e), 0);
  assert_int_equal(o.max_connections, 9);
  assert_int_equal(ryx_opts_set(&o, "max_connections", "9", &e), RYX_E_MISUSE);
  assert_int_equal(ryx_opts_set(&o, "max_result_bytes", "0", &e), 0);
  assert_int_equal(o.max_result_bytes, 0);
  ryx_opts_begin(&o);
  assert_int_equal(ryx_opts_set(&o, "max_connections", "7", &e), 0);
  assert_int_equal(o.max_connections, 7);
  assert_int_equal(ryx_opts_set(&o, "host", "/a dir,b", &e), 0);
  assert_int_equal(ryx_opts_check(&o, &e), 0);
  ryx_opts_fini(&o);
}

static const ryx_opts_words *words(const char *name)
{
  static ryx_opts_words w;

  for (int i = 0; ryx_opts_describe(i, &w); i++)
    if (strcmp(w.name, name) == 0) return &w;
  return NULL;
}

static void described(void **state)
{
  ryx_opts_words w;
  int n = 0;

  (void)state;
  for (; ryx_opts_describe(n, &w); n++) {
    assert_true(*w.doc && w.doc[strlen(w.doc) - 1] == '.');
    assert_true(*w.type && *w.databases);
    assert_true(strlen(w.range) < sizeof w.range - 1);
  }
  assert_true(n > 20);
  assert_false(ryx_opts_describe(-1, &w));
  same(words("max_connections")->initial, "10");
  same(words("max_connections")->range, "1 to 10000");
  same(words("connect_timeout")->initial, "10");
  same(words("max_result_bytes")->initial, "1073741824");
  same(words("max_result_bytes")->type, "bytes");
  same(words("mode")->range, "rwc, rw, ro, memory");
  same(words("mode")->databases, "SQLite");
  same(words("user")->initial, "");
}

/* What the words say holds when a choice is not given is what does. */
static void initial_choices(void **state)
{
  static const char *const names[] = {"prepare", "mode", "synchronous"};
  ryx_opts plain, o;
  ryx_err e;

  (void)state;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    const char *url = i == 0 ? "postgres://h/d" : "sqlite:x";
    assert_int_equal(ryx_opts_parse(url, &plain, &e), 0);
    assert_int_equal(ryx_opts_parse(url, &o, &e), 0);
    assert_int_equal(ryx_opts_set(&o, names[i], words(names[i])->initial, &e),
                     0);
    assert_int_equal(o.prepare, plain.prepare);
    assert_int_equal(o.create, plain.create);
    assert_int_equal(o.read_only, plain.read_only);
    assert_int_equal(o.memory, plain.memory);
    assert_int_equal(o.synchronous_full, plain.synchronous_full);
    ryx_opts_fini(&o);
    ryx_opts_fini(&plain);
  }
}

/* Each with a piece that the message must hold. */
static void refused(void **state)
{
  static const struct {
    const char *url, *says;
  } cases[] = {
      {"", "not a database URL"},
      {"nonsense", "not a database URL"},
      {":memory:", "not a database URL"},
      {"postgre://h/d", "did you mean 'postgres'?"},
      {"oracle://h/d", "unknown URL scheme 'oracle'"},
      {"mysql://h/d", "built without mysql; install libmariadb-dev"},
      {"mariadb://h/d", "built without mariadb"},
      {"postgres:h/d", "begins with postgres://"},
      {"postgres://h:0/d", "port"},
      {"postgres://h:65536/d", "port"},
      {"postgres://h:x/d", "port"},
      {"postgres://a,b/d", "one host"},
      {"postgres://[::1/d", "one host"},
      {"postgres://[::1]x/d", "one host"},
      {"postgres://::1/d", "port"},
      {"postgres://h/d%2", "%25"},
      {"postgres://h/d%zz", "%25"},
      {"postgres://h/d%00", "%25"},
      {"postgres://h/d?max_conections=1", "did you mean 'max_connections'?"},
      {"postgres://h/d?zzzzzzzz=1", "unknown option 'zzzzzzzz'"},
      {"postgres://h/d?sslmode", "'sslmode' in the URL has no value"},
      {"postgres://h/d?sslmode=on",
       "one of disable, allow, prefer, require, "
       "verify-ca, verify-full, not 'on'"},
      {"postgres://h/d?mode=ro", "'mode' means nothing on postgres"},
      {"postgres://h/d?max_connections=0", "from 1 to 10000, not '0'"},
      {"postgres://h/d?max_connections=1.5", "not '1.5'"},
      {"postgres://h/d?max_connections=", "not ''"},
      {"postgres://h/d?min_connections=11", "must not be more than"},
      {"postgres://h/d?connect_timeout=0", "more than 0, not '0'"},
      {"postgres://h/d?connect_timeout=-1", "not '-1'"},
      {"postgres://h/d?connect_timeout=nan", "not 'nan'"},
      {"postgres://h/d?idle_timeout=inf", "at least 0, not 'inf'"},
      {"sqlite:", "names no file"},
      {"sqlite:///", "names no file"},
      {"sqlite:x?sslmode=require", "'sslmode' means nothing on sqlite"},
      {"sqlite:x?mode=r", "one of rwc, rw, ro, memory"},
      {"sqlite::memory:?mode=ro", "cannot be opened with mode=ro"},
      {"sqlite:x?mode=%zz", "%25"},
      {"postgres://my host/d", "one host"},
      {"postgres://my%20host:5432/d", "one host"},
      {"postgres://h%0A/d", "one host"},
      {"postgres:///d?host=my%20host", "one host"},
      {"postgres:///d?socket=a,b", "one host"},
      {"postgres://h/d?max_connections=8&max_connections=8",
       "'max_connections' (or 'pool_size') is given twice"},
      {"postgres://h/d?pool_size=9&max_connections=8",
       "'max_connections' (or 'pool_size') is given twice"},
      {"postgres://h/d?sslmode=allow&sslmode=allow",
       "'sslmode' is given twice"},
      {"sqlite:x?mode=ro&synchronous=full&mode=rw", "'mode' is given twice"},
      {"postgres://h/d?max_result_bytes=-1", "at least 0, not '-1'"},
      {"postgres://h/d?max_result_bytes=1e9", "whole number of bytes"},
      {"postgres://h/d?max_result_bytes=9223372036854775808", "whole number"},
  };
  ryx_opts o;
  ryx_err e;

  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    if (ryx_opts_parse(cases[i].url, &o, &e) != RYX_E_MISUSE)
      fail_msg("accepted: %s", cases[i].url);
    if (!strstr(e.message, cases[i].says))
      fail_msg("%s: %s", cases[i].url, e.message);
  }
}

static void messages_hide_passwords(void **state)
{
  static const char *const urls[] = {
      "postgres://u:hunter@h:x/d",
      "postgres://u:hunter@h/d?a=b",
      "postgres://u:hunter/x@h/d",
      "postgres://u:1/hunter@h/d",
      "postgres://u:12?hunter@h/d",
      "postgres://u:1?hunter=1@h",
      "postgres://u:hunter%@h/d",
      "postgres://h/d?password=hunter&x=1",
      "postgres://h/d?passwort=hunter",
      "postgres://u:p@x/hunter@h/d",
      "postgres:u:hunter@h/d",
      "user=u password=hunter",
      "postgres://u:[hunter/x@h",
      "postgres://h/d?password=p&hunter",
      "postgres://h/d?password=p&hunter=1",
      "postgres://hunter /d",
  };
  ryx_opts o;
  ryx_err e;

  (void)state;
  for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
    if (ryx_opts_parse(urls[i], &o, &e) != RYX_E_MISUSE)
      fail_msg("accepted: %s", urls[i]);
    if (strstr(e.message, "hunter")) fail_msg("%s: %s", urls[i], e.message);
  }
}

static void shown(void **state)
{
  static const struct {
    const char *url, *shows;
  } cases[] = {
      {"postgresql://u:pw@h:1/d?sslmode=prefer", "postgres://u@h:1/d"},
      {"postgres://:pw@[::1]:1/d", "postgres://[::1]:1/d"},
      {"postgres://", "postgres:///"},
      {"postgres:///d?host=/run/pg&password=pw", "postgres:///d?host=/run/pg"},
      {"sqlite:///app.db?mode=ro", "sqlite:app.db"},
      {"sqlite:x?mode=memory", "sqlite::memory:"},
  };
  char text[64];
  ryx_opts o;
  ryx_err e;

  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    assert_int_equal(ryx_opts_parse(cases[i].url, &o, &e), 0);
    ryx_opts_show(&o, text, sizeof text);
    assert_string_equal(text, cases[i].shows);
    ryx_opts_show(&o, text, 8);
    assert_int_equal(strlen(text), 7);
    ryx_opts_fini(&o);
  }
}

static void out_of_memory(void **state)
{
  static const char url[] = "postgres://u:p@h/d?application_name=x";
  int64_t live = ryx_mem_live();
  ryx_opts o;
  ryx_err e;
  int n = 0, rc;

  (void)state;
  do {
    ryx_mem_fail_at(++n, false);
    rc = ryx_opts_parse(url, &o, &e);
    ryx_mem_fail_at(0, false);
    assert_true(rc == 0 || rc == RYX_E_NOMEM);
  } while (rc < 0);
  assert_true(n > 1);
  ryx_opts_fini(&o);
  assert_int_equal(ryx_mem_live(), live);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(servers),
      cmocka_unit_test(files),
      cmocka_unit_test(defaults),
      cmocka_unit_test(options),
      cmocka_unit_test(lists),
      cmocka_unit_test(described),
      cmocka_unit_test(initial_choices),
      cmocka_unit_test(refused),
      cmocka_unit_test(messages_hide_passwords),
      cmocka_unit_test(shown),
      cmocka_unit_test(out_of_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
