/* SPDX-License-Identifier: MIT */
/* The inside of the scripted database: what its drivers (fake_driver.c) and its
 * server (fake_server.c) share. One lock guards all of it: tests are small. */
#ifndef RYX_SPEC_FAKE_SERVER_H
#define RYX_SPEC_FAKE_SERVER_H

#include <pthread.h>

#include "fake_driver.h"

enum {
  FAKE_DEPTH = 16,
  FAKE_LOG_MAX = 1 << 19,
  FAKE_CONNS_MAX = 4096,
  FAKE_TEXT = 40,
  FAKE_IDS_MAX = 1 << 18
};

typedef struct fake_flight {
  const ryx_stmt *s;
  bool is_more;
  int32_t max_rows;
  bool is_answered, is_visible, is_hanging;
  ryx_reply reply;
} fake_flight;

typedef struct fake_conn {
  int id, fd;
  bool dialled, is_dead, is_resetting;
  bool is_cut; /* something was sent after its death */
  fake_flight q[FAKE_DEPTH];
  int head, tail;
  ryx_tx_state tx;
  const ryx_stmt *stream;
  int left; /* rows of the stream not delivered */
  int at;
  unsigned caps;
} fake_conn;

typedef struct fake_entry {
  char text[FAKE_TEXT];
  pthread_t thread;
} fake_entry;

extern struct fake_state {
  pthread_mutex_t lock; /* guards all of it, and every connection */
  pthread_cond_t changed;
  fake_entry *entries;
  int n_entries, n_conns, n_ids;
  int n_held; /* cancel calls that wait */
  fake_conn *conns[FAKE_CONNS_MAX];
  fake_dial_mode mode;
  bool holds_cancels, hangs_commits, sees_death, fails_more, loses, loses_names;
  int held_id;  /* whose cancels are held; 0: all */
  int n_doomed; /* statements that die in transit */
  uint8_t ran[FAKE_IDS_MAX];
} fake;

/* With the lock held, all of them. */
void fake_note(const fake_conn *c, const char *what);
void fake_signal(fake_conn *c); /* there is something to read */
/* Runs what was sent, in order, up to one that hangs. */
void fake_serve(fake_conn *c);
/* The connection ends; early: what was sent did not begin. */
void fake_die(fake_conn *c, bool early);
void fake_fail(ryx_reply *r, int code, const char *text);
bool fake_starts(const char *s, const char *with);

#endif
