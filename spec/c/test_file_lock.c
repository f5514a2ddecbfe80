/* SPDX-License-Identifier: MIT */
/* base/file_lock: one holder at a time, in this process, among processes and
 * across forks. */
#include "base/file_lock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"

static char dir[64], file[80], locks[96];

static int make_dir(void **state)
{
  const char *tmp = getenv("RYX_TEST_TMP");

  (void)state;
  snprintf(dir, sizeof dir, "%.40s/lock-XXXXXX", tmp ? tmp : "/tmp");
  if (!mkdtemp(dir)) return -1;
  snprintf(file, sizeof file, "%s/a.db", dir);
  snprintf(locks, sizeof locks, "%s-locks", file);
  return 0;
}

static int remove_dir(void **state)
{
  (void)state;
  unlink(locks);
  unlink(file);
  return rmdir(dir);
}

static ryx_file_lock *take(const char *beside, const char *name)
{
  ryx_file_lock *l;
  ryx_err e;
  int rc = ryx_file_lock_take(beside, name, strlen(name), &l, &e);

  if (rc < 0) fail_msg("%s", e.message);
  assert_int_equal(rc == 1, l == NULL);
  return l;
}

static void excludes(const char *beside)
{
  ryx_file_lock *a = take(beside, "a"), *b = take(beside, "b"), *again;

  assert_non_null(a);
  assert_non_null(b);
  assert_null(take(beside, "a"));
  ryx_file_lock_free(b);
  assert_null(take(beside, "a"));
  ryx_file_lock_free(a);
  again = take(beside, "a");
  assert_non_null(again);
  ryx_file_lock_free(again);
  ryx_file_lock_free(NULL);
}

static void one_holder(void **state)
{
  ryx_file_lock *here, *there;

  (void)state;
  excludes(file);
  excludes(NULL);
  here = take(NULL, "a");
  there = take(file, "a");
  assert_non_null(there);
  ryx_file_lock_free(here);
  ryx_file_lock_free(there);
}

static void any_name(void **state)
{
  static const char *const names[] = {"", "\xff", "\xe2\x82\xac", "a\nb"};
  ryx_file_lock *l[4];

  (void)state;
  for (int i = 0; i < 4; i++) {
    l[i] = take(i % 2 ? file : NULL, names[i]);
    assert_non_null(l[i]);
  }
  for (int i = 0; i < 4; i++)
    ryx_file_lock_free(l[i]);
}

/* What job returns, in a process that was forked. */
static int in_child(int (*job)(ryx_file_lock *l), ryx_file_lock *l)
{
  int status;
  pid_t pid = fork();

  if (pid == 0) {
    alarm(10);
    _exit(job(l));
  }
  assert_int_equal(waitpid(pid, &status, 0), pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int is_free(const char *beside)
{
  ryx_file_lock *l = take(beside, "a");
  bool got = l != NULL;

  ryx_file_lock_free(l);
  return got;
}

static int frees_and_tries(ryx_file_lock *l)
{
  ryx_file_lock_free(l);
  return is_free(file);
}

static int tries_here(ryx_file_lock *l)
{
  (void)l;
  return is_free(NULL);
}

static void a_child_has_none(void **state)
{
  ryx_file_lock *l = take(file, "a"), *here = take(NULL, "a");

  (void)state;
  /* What it inherited is not its own, and giving that back is nothing. */
  assert_int_equal(in_child(frees_and_tries, l), 0);
  assert_false(is_free(file));
  /* Its threads are others. */
  assert_int_equal(in_child(tries_here, here), 1);
  assert_false(is_free(NULL));
  ryx_file_lock_free(l);
  ryx_file_lock_free(here);
  assert_true(is_free(file));
}

/* Takes the lock, leaves a child behind that lives on, and is killed. */
static void take_fork_and_die(int fd)
{
  (void)!take(file, "a");
  if (fork() == 0) {
    alarm(10);
    for (;;)
      pause();
  }
  (void)!write(fd, "x", 1);
  raise(SIGKILL);
}

static void ends_with_its_process(void **state)
{
  int ends[2], status;
  struct pollfd p;
  char c;
  pid_t pid;

  (void)state;
  assert_int_equal(pipe(ends), 0);
  pid = fork();
  if (pid == 0) {
    setpgid(0, 0);
    take_fork_and_die(ends[1]);
  }
  p = (struct pollfd){.fd = ends[0], .events = POLLIN};
  assert_int_equal(poll(&p, 1, 5000), 1);
  assert_int_equal(read(ends[0], &c, 1), 1);
  assert_int_equal(waitpid(pid, &status, 0), pid);
  for (int i = 0; i < 200 && !is_free(file); i++)
    usleep(10000);
  assert_true(is_free(file));
  kill(-pid, SIGKILL);
  close(ends[0]);
  close(ends[1]);
}

static int mode_of(const char *path)
{
  struct stat s;

  assert_int_equal(stat(path, &s), 0);
  return s.st_mode & 0777;
}

static void is_for_those_who_use_the_file(void **state)
{
  (void)state;
  unlink(locks);
  close(open(file, O_CREAT | O_WRONLY, 0600));
  chmod(file, 0664);
  assert_true(is_free(file));
  assert_int_equal(mode_of(locks), 0664);
}

static void says_why_not(void **state)
{
  ryx_file_lock *l;
  ryx_err e;

  (void)state;
  assert_int_equal(ryx_file_lock_take("/nowhere/a.db", "a", 1, &l, &e),
                   RYX_E_OPERATIONAL);
  assert_string_equal(e.message,
                      "cannot open the lock file "
                      "'/nowhere/a.db-locks': No such file or "
                      "directory");
  assert_null(l);
}

static void without_memory(void **state)
{
  int64_t live = ryx_mem_live();
  ryx_file_lock *l = NULL;
  ryx_err e;
  int rc = RYX_E_NOMEM;

  (void)state;
  for (int n = 1; rc == RYX_E_NOMEM; n++) {
    ryx_mem_fail_at(n, false);
    rc = ryx_file_lock_take(file, "a", 1, &l, &e);
    ryx_mem_fail_at(0, false);
    if (rc == RYX_E_NOMEM) assert_int_equal(ryx_mem_live(), live);
  }
  assert_int_equal(rc, 0);
  ryx_file_lock_free(l);
  assert_int_equal(ryx_mem_live(), live);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_holder),
      cmocka_unit_test(any_name),
      cmocka_unit_test(a_child_has_none),
      cmocka_unit_test(ends_with_its_process),
      cmocka_unit_test(is_for_those_who_use_the_file),
      cmocka_unit_test(says_why_not),
      cmocka_unit_test(without_memory),
  };
  return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
