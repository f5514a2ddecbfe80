/* SPDX-License-Identifier: MIT */
/* A process that forks while SQLite is at work: the child opens databases of
 * its own, the same file too, and neither hangs nor believes in locks that it
 * does not have. */
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "lite_fixture.h"

typedef struct worker {
  pthread_t thread;
  const char *name;
  atomic_bool quit;
} worker;

static void *work(void *ctx)
{
  worker *w = ctx;
  lite l;

  open_lite(&l, w->name);
  query(&l, "CREATE TABLE IF NOT EXISTS w (a)");
  while (!atomic_load(&w->quit)) {
    query(&l, "INSERT INTO w VALUES (randomblob(3000))");
    query(&l, "SELECT count(*), max(length(a)) FROM w");
    query(&l, "DELETE FROM w WHERE rowid % 7 = 0");
  }
  shut(&l);
  return NULL;
}

/* What a failed assertion would do in a child is jump into the parent's test.
 */
static int insert(lite *l)
{
  ryx_stmt s = text_stmt("INSERT INTO c VALUES (1)");
  ryx_reply r;
  ryx_err e;

  s.deadline_ns = now_ns() + 10000000000u;
  if (D.send(l->c, &s, &e) != RYX_SENT_WENT) return 3;
  if (D.step(l->c, 0, &e) != RYX_IO_DONE) return 4;
  return !D.take(l->c, &r) || r.code < 0 ? 5 : 0;
}

static int use(const char *name)
{
  ryx_err e;
  lite l;
  int rc = try_open(&l, name, false, &e) < 0 ? 2 : insert(&l);

  shut(&l);
  return rc;
}

/* Returns the exit status of a child that did job(name). */
static int in_child(int (*job)(const char *), const char *name)
{
  int status;
  pid_t pid = fork();

  if (pid == 0) {
    alarm(20);
    _exit(job(name));
  }
  assert_int_equal(waitpid(pid, &status, 0), pid);
  if (WIFSIGNALED(status)) return 1000 + WTERMSIG(status);
  return WEXITSTATUS(status);
}

static void forks_beside_workers(void **state)
{
  enum { FORKS = 500 };
  worker same = {.name = "fork.db"}, other = {.name = ":memory:"};
  lite l;

  (void)state;
  open_lite(&l, "fork.db");
  query(&l, "CREATE TABLE c (a)");
  pthread_create(&same.thread, NULL, work, &same);
  pthread_create(&other.thread, NULL, work, &other);
  for (int i = 0; i < FORKS; i++) {
    int rc = in_child(use, "fork.db");
    if (rc != 0) fail_msg("child %d: %d", i, rc);
  }
  atomic_store(&same.quit, true);
  atomic_store(&other.quit, true);
  pthread_join(same.thread, NULL);
  pthread_join(other.thread, NULL);
  assert_string_equal(query(&l, "SELECT count(*) FROM c"), "500");
  assert_string_equal(query(&l, "PRAGMA integrity_check"), "ok");
  shut(&l);
}

/* Opens, and says so; writes when the parent has closed its connection. */
static int writes_late(const char *pipes)
{
  int ready, go;
  char byte;
  lite l;
  ryx_err e;

  if (sscanf(pipes, "%d %d", &ready, &go) != 2) return 2;
  if (try_open(&l, "last.db", false, &e) < 0) return 3;
  query(&l, "BEGIN");
  query(&l, "SELECT * FROM t");
  if (write(ready, "x", 1) != 1 || read(go, &byte, 1) != 1) return 4;
  query(&l, "COMMIT");
  query(&l, "INSERT INTO t VALUES (2)");
  shut(&l);
  return 0;
}

/* The last connection to a file deletes the WAL: the parent's is not the last.
 */
static void a_child_has_locks_of_its_own(void **state)
{
  int ready[2], go[2], status;
  char pipes[32], byte, path[128];
  pid_t pid;
  lite l;

  (void)state;
  open_lite(&l, "last.db");
  query(&l, "CREATE TABLE t (a)");
  query(&l, "INSERT INTO t VALUES (1)");
  assert_int_equal(pipe(ready), 0);
  assert_int_equal(pipe(go), 0);
  snprintf(pipes, sizeof pipes, "%d %d", ready[1], go[0]);
  pid = fork();
  if (pid == 0) {
    alarm(20);
    _exit(writes_late(pipes));
  }
  assert_int_equal(read(ready[0], &byte, 1), 1);
  shut(&l);
  snprintf(path, sizeof path, "%s/last.db-wal", folder);
  assert_int_equal(access(path, F_OK), 0);
  assert_int_equal(write(go[1], "x", 1), 1);
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 0);
  open_lite(&l, "last.db");
  assert_string_equal(query(&l, "SELECT a FROM t"), "1|2");
  shut(&l);
}

static int count_files(void)
{
  DIR *d = opendir("/proc/self/fd");
  int n = 0;

  if (!d) return 0;
  while (readdir(d))
    n++;
  closedir(d);
  return n;
}

static int opens_often(const char *name)
{
  lite stays, l;
  ryx_err e;
  int n;

  if (try_open(&stays, name, false, &e) < 0) return 2;
  if (use(name) != 0) return 3;
  n = count_files();
  for (int i = 0; i < 50; i++) {
    if (try_open(&l, name, false, &e) < 0) return 4;
    shut(&l);
  }
  n = count_files() - n;
  shut(&stays);
  return n > 2 ? 5 : 0;
}

static void a_child_keeps_no_descriptors(void **state)
{
  lite l;

  (void)state;
  open_lite(&l, "fds.db");
  query(&l, "CREATE TABLE c (a)");
  assert_int_equal(in_child(opens_often, "fds.db"), 0);
  shut(&l);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(forks_beside_workers),
      cmocka_unit_test(a_child_has_locks_of_its_own),
      cmocka_unit_test(a_child_keeps_no_descriptors),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
