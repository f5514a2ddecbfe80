/* SPDX-License-Identifier: MIT */
/* A scripted database for tests of the engine: no server, no clock, no luck.
 * What a statement does is its text:
 *
 *   ok            succeeds                rows N   N rows of one integer
 *   fail          unique violation        lose     fails, the transaction is
 * gone hang          no answer before fake_release, a cancel, or (blocking
 *                 drivers) its deadline
 *   hang rows N   the same of a stream, which has rows once it is released
 *   die           the connection dies, the statement may have run
 *   die early     ... it surely did not begin
 *   refuse        send fails
 *   slow          over any budget; succeeds without one
 *   open          leaves a transaction open, as a raw BEGIN does
 *   ... #N        any of them, counted by fake_ran(N)
 *   BEGIN ..., COMMIT, ROLLBACK, SAVEPOINT ... as everywhere
 *
 * As on a real server, statements run one after the other, an answer travels
 * through a descriptor, and a cancel hits whatever runs when it lands. */
#ifndef RYX_SPEC_FAKE_DRIVER_H
#define RYX_SPEC_FAKE_DRIVER_H

#include "driver/driver.h"

typedef enum { FAKE_DIAL_OK, FAKE_DIAL_FAIL, FAKE_DIAL_HANG } fake_dial_mode;

extern const ryx_driver fake_pipe;    /* PIPELINE, like PostgreSQL */
extern const ryx_driver fake_single;  /* one statement, dials on a thread */
extern const ryx_driver fake_blocker; /* BLOCKS | ONE_WRITER, like SQLite */
extern const ryx_driver fake_tidy;    /* the same, with idle */

/* Forgets everything; before each test. */
void fake_reset(void);
void fake_dial(fake_dial_mode mode); /* for dials from now on */
void fake_hold_cancels(bool hold);   /* a cancel call blocks meanwhile */
void fake_hold_cancels_of(int id); /* ... of this connection only; 0: of all */
void fake_lose_names(bool on);   /* says that prepared statements do not stay */
void fake_see_death(bool on);    /* send finds dead connections: OVER */
void fake_fail_more(bool on);    /* more is refused: out of memory */
void fake_lose_replies(bool on); /* a death swallows answers on their way */
void fake_die_in_transit(int n); /* "die early", whatever the next n are */
void fake_hang_commits(bool on);
void fake_greet(void); /* dials that hang succeed */

/* Answers statements that hang now, at most n. How many it was. */
int fake_release(int n);
/* Ends connections from the server's side. */
void fake_kill_idle(void);
void fake_kill_all(void);

/* What happened, oldest first: "1: dial", "1: ok", "1: ok unnamed", "1: close",
 * "1: reset", "1: forget", "1: more", "1: stop", "1: cancel" (it landed), ...
 */
const char *fake_log(int n);      /* NULL behind the last */
int fake_count(const char *what); /* entries that end in what */
int fake_ran(int id);   /* how often a statement with "#id" in it has run */
int fake_conns(void);   /* not closed */
int fake_hanging(void); /* statements that hang now */
int fake_waiting_cancels(void);       /* cancel calls that are held */
bool fake_was_here(const char *what); /* last such statement ran on this thread
                                         (blocking drivers) */

/* Options for a pool on it; driver is one of the above. */
ryx_opts fake_opts(const ryx_driver *driver, int max_connections);

#endif
