/* SPDX-License-Identifier: MIT */
/* Dialling servers that misbehave: a scripted one on a local port. */
#include "pg_fixture.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct fake {
  int listener, port;
  const char *reply, *late; /* to every start-up packet, to a query */
  size_t n_reply, n_late;
  const char *again; /* to the second start-up packet, when it differs */
  size_t n_again;
  int n_clients;       /* to serve */
  const char *options; /* more of the URL */
  bool had_options[2];
  const ryx_pg_flavour *flavour; /* what it was taken for */
  unsigned caps;
  pthread_t thread;
} fake;

static bool read_all(int fd, char *out, size_t n)
{
  for (size_t at = 0; at < n;) {
    ssize_t got = read(fd, out + at, n - at);
    if (got <= 0) return false;
    at += (size_t)got;
  }
  return true;
}

static bool holds(const char *packet, size_t n, const char *word)
{
  size_t size = strlen(word) + 1;

  for (size_t i = 0; i + size <= n; i++) {
    if (memcmp(packet + i, word, size) == 0) return true;
  }
  return false;
}

static void *serve(void *p)
{
  fake *f = p;

  for (int i = 0; i < f->n_clients; i++) {
    int fd = accept(f->listener, NULL, NULL);
    char packet[1024];
    uint32_t size;

    if (fd < 0 || !read_all(fd, (char *)&size, 4)) return NULL;
    size = ntohl(size) - 4;
    if (size > sizeof packet || !read_all(fd, packet, size)) return NULL;
    f->had_options[i] = holds(packet, size, "options");
    if (i == 1 && f->again) {
      if (write(fd, f->again, f->n_again) < 0) return NULL;
    } else if (write(fd, f->reply, f->n_reply) < 0) {
      return NULL;
    }
    while (read(fd, packet, sizeof packet) > 0) {
      if (write(fd, f->late, f->n_late) < 0) return NULL;
      f->n_late = 0;
    }
    close(fd);
  }
  return NULL;
}

static ryx_io dial_fake(fake *f, pg_client *k)
{
  struct sockaddr_in a = {.sin_family = AF_INET};
  socklen_t size = sizeof a;
  ryx_dial dial = {.opts = &k->opts};
  char url[120];
  ryx_io io;

  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  f->listener = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_equal(bind(f->listener, (struct sockaddr *)&a, size), 0);
  assert_int_equal(listen(f->listener, 4), 0);
  assert_int_equal(getsockname(f->listener, (struct sockaddr *)&a, &size), 0);
  assert_int_equal(pthread_create(&f->thread, NULL, serve, f), 0);
  snprintf(url, sizeof url, "postgres://u:pw@127.0.0.1:%d/d?sslmode=disable%s",
           ntohs(a.sin_port), f->options ? f->options : "");
  memset(k, 0, sizeof *k);
  assert_int_equal(ryx_opts_parse(url, &k->opts, &k->e), 0);
  k->c = ryx_mem_new(D->conn_size);
  io = pg_settle(k, D->dial(k->c, &dial, &k->e));
  f->flavour = k->c->flavour;
  f->caps = D->server_caps(k->c);
  pg_shut(k);
  pthread_join(f->thread, NULL);
  close(f->listener);
  return io;
}

#define REPLY(s) .reply = s, .n_reply = sizeof(s) - 1
#define AGAIN(s) .again = s, .n_again = sizeof(s) - 1
#define LATE(s)  .late = s, .n_late = sizeof(s) - 1
#define READY    "R\0\0\0\x08\0\0\0\0" SYNC
#define SYNC     "Z\0\0\0\x05I"

#define REFUSAL                              \
  REPLY(                                     \
      "E\0\0\0\x4eSFATAL\0VFATAL\0C08P01\0M" \
      "unsupported startup parameter in options: timezone\0\0")
#define DONE    \
  "1\0\0\0\x04" \
  "2\0\0\0\x04" \
  "n\0\0\0\x04" \
  "C\0\0\0\x08SET\0" SYNC

static void refused_settings_are_left_out(void **state)
{
  fake f = {.n_clients = 2, REFUSAL};
  pg_client k;

  (void)state;
  assert_int_equal(dial_fake(&f, &k), RYX_IO_FAIL);
  assert_int_equal(k.e.code, RYX_E_CONNECTION);
  assert_non_null(strstr(k.e.message, "unsupported startup parameter"));
  assert_true(f.had_options[0]);
  assert_false(f.had_options[1]);
}

/* Who refuses settings is a pooler, where prepared statements do not stay. */
static void pooler_is_recognised(void **state)
{
  fake f = {.n_clients = 2, REFUSAL, AGAIN(READY), LATE(DONE DONE)};
  pg_client k;

  (void)state;
  assert_int_equal(dial_fake(&f, &k), RYX_IO_DONE);
  assert_true(f.had_options[0]);
  assert_false(f.had_options[1]);
  assert_ptr_equal(f.flavour, &ryx_pg_flavours[RYX_PG_POOLER]);
  assert_true(f.caps & RYX_SERVER_UNNAMED);
}

/* Who asks for names has them, as behind a pooler in session mode. */
static void names_behind_a_pooler(void **state)
{
  fake f = {.n_clients = 2, REFUSAL, AGAIN(READY), LATE(DONE DONE)};
  pg_client k;

  (void)state;
  f.options = "&prepare=named";
  assert_int_equal(dial_fake(&f, &k), RYX_IO_DONE);
  assert_ptr_equal(f.flavour, &ryx_pg_flavours[RYX_PG_POOLER]);
  assert_false(f.caps & RYX_SERVER_UNNAMED);
}

/* One that swallows the settings shows by what the session reports. */
static void swallowed_settings_are_noticed(void **state)
{
  fake f = {.n_clients = 1,
            REPLY("R\0\0\0\x08\0\0\0\0"
                  "S\0\0\0\x1b"
                  "IntervalStyle\0"
                  "postgres\0" SYNC),
            LATE(DONE DONE)};
  pg_client k;

  (void)state;
  assert_int_equal(dial_fake(&f, &k), RYX_IO_DONE);
  assert_ptr_equal(f.flavour, &ryx_pg_flavours[RYX_PG_POOLER]);
  assert_true(f.caps & RYX_SERVER_UNNAMED);
}

/* The server wants a COPY that nobody began. */
static void surprise_is_an_end(void **state)
{
  fake f = {.n_clients = 1,
            REPLY(READY),
            LATE("1\0\0\0\x04"
                 "2\0\0\0\x04"
                 "G\0\0\0\x07\0\0\0" SYNC)};
  pg_client k;

  (void)state;
  assert_int_equal(dial_fake(&f, &k), RYX_IO_FAIL);
  assert_int_equal(k.e.code, RYX_E_CONNECTION);
}

/* CockroachDB says who it is, and is not asked for collations. */
static void cockroach_is_not_greeted(void **state)
{
  fake f = {.n_clients = 1,
            REPLY("R\0\0\0\x08\0\0\0\0"
                  "S\0\0\0\x19"
                  "crdb_version\0"
                  "v25.2.1\0" SYNC)};
  pg_client k;

  (void)state;
  assert_int_equal(dial_fake(&f, &k), RYX_IO_DONE);
  assert_true(f.had_options[0]);
  assert_ptr_equal(f.flavour, &ryx_pg_flavours[RYX_PG_COCKROACH]);
  assert_false(f.caps & RYX_SERVER_UNNAMED);
}

static void garbage_is_an_end(void **state)
{
  fake f = {.n_clients = 1, REPLY("HTTP/1.1 400 Bad Request\r\n\r\n")};
  pg_client k;

  (void)state;
  assert_int_equal(dial_fake(&f, &k), RYX_IO_FAIL);
  assert_int_equal(k.e.code, RYX_E_CONNECTION);
}

static void sync_without_result_is_an_end(void **state)
{
  fake f = {.n_clients = 1, REPLY(READY), LATE(SYNC)};
  pg_client k;

  (void)state;
  assert_int_equal(dial_fake(&f, &k), RYX_IO_FAIL);
  assert_int_equal(k.e.code, RYX_E_CONNECTION);
}

static void late_garbage_is_an_end(void **state)
{
  fake f = {.n_clients = 1, REPLY(READY), LATE("HTTP/1.1 400\r\n\r\n")};
  pg_client k;

  (void)state;
  assert_int_equal(dial_fake(&f, &k), RYX_IO_FAIL);
  assert_int_equal(k.e.code, RYX_E_CONNECTION);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(refused_settings_are_left_out),
      cmocka_unit_test(pooler_is_recognised),
      cmocka_unit_test(names_behind_a_pooler),
      cmocka_unit_test(swallowed_settings_are_noticed),
      cmocka_unit_test(surprise_is_an_end),
      cmocka_unit_test(cockroach_is_not_greeted),
      cmocka_unit_test(garbage_is_an_end),
      cmocka_unit_test(sync_without_result_is_an_end),
      cmocka_unit_test(late_garbage_is_an_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
