/* SPDX-License-Identifier: MIT */
/* The fate of replies: named cases, and rules over all combinations of facts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/verdict.h"

typedef struct row {
  const char *what;
  ryx_facts f;
  ryx_verdict_act act;
  int code;
} row;

#define AWAITED .is_awaited = true, .may_resend = true
#define LOST    .code = RYX_E_CONNECTION

static const row rows[] = {
    {"an answer is delivered", {AWAITED}, RYX_VERDICT_DELIVER, 0},
    {"an error is delivered",
     {AWAITED, .code = RYX_E_UNIQUE},
     RYX_VERDICT_DELIVER,
     RYX_E_UNIQUE},
    {"a part is delivered", {AWAITED, .more = true}, RYX_VERDICT_DELIVER, 0},
    {"nobody waits", {.code = RYX_E_UNIQUE}, RYX_VERDICT_SETTLE, 0},
    {"nobody waits for this part", {.more = true}, RYX_VERDICT_DRAIN, 0},
    {"a stopped stream sends a part",
     {AWAITED, .more = true, .stop = RYX_STOP_CANCEL},
     RYX_VERDICT_DRAIN,
     RYX_E_CANCELLED},
    {"a late stream sends a part",
     {.more = true, .stop = RYX_STOP_TIMEOUT, .is_late = true},
     RYX_VERDICT_DRAIN,
     RYX_E_TIMEOUT},
    {"a cancelled stream is read to its end",
     {AWAITED, .has_parts = true, .stop = RYX_STOP_CANCEL},
     RYX_VERDICT_DELIVER,
     RYX_E_CANCELLED},
    {"a copy was quicker than its cancel",
     {AWAITED, .has_parts = true, .is_fed = true, .stop = RYX_STOP_CANCEL},
     RYX_VERDICT_DELIVER,
     0},
    {"a statement was quicker than its cancel",
     {AWAITED, .stop = RYX_STOP_CANCEL},
     RYX_VERDICT_DELIVER,
     0},
    {"a cancel hit",
     {AWAITED, .stop = RYX_STOP_CANCEL, .code = RYX_E_CANCELLED},
     RYX_VERDICT_DELIVER,
     RYX_E_CANCELLED},
    {"the database gave up in time",
     {AWAITED, .is_late = true, .code = RYX_E_CANCELLED},
     RYX_VERDICT_DELIVER,
     RYX_E_TIMEOUT},
    {"the host ends a stream, which is cancelled for that",
     {AWAITED, .stop = RYX_STOP_END, .code = RYX_E_CANCELLED,
      .has_parts = true},
     RYX_VERDICT_DELIVER,
     0},
    {"too long for the loop's thread",
     {AWAITED, .over_budget = true, .code = RYX_E_TIMEOUT},
     RYX_VERDICT_REPEAT,
     0},
    {"too long, and too late",
     {AWAITED, .over_budget = true, .is_late = true, .code = RYX_E_TIMEOUT},
     RYX_VERDICT_DELIVER,
     RYX_E_TIMEOUT},
    {"a write that was not sent",
     {AWAITED, LOST, .is_write = true, .not_started = true},
     RYX_VERDICT_RESEND,
     0},
    {"... once more",
     {AWAITED, LOST, .is_write = true, .not_started = true, .n_resent = 9},
     RYX_VERDICT_RESEND,
     0},
    {"... for the last time",
     {AWAITED, LOST, .is_write = true, .not_started = true, .n_resent = 10},
     RYX_VERDICT_DELIVER,
     RYX_E_CONNECTION},
    {"a write whose reply is lost",
     {AWAITED, LOST, .is_write = true},
     RYX_VERDICT_DELIVER,
     RYX_E_COMMIT_UNKNOWN},
    {"a write that was cancelled, and lost",
     {AWAITED, LOST, .is_write = true, .stop = RYX_STOP_CANCEL},
     RYX_VERDICT_DELIVER,
     RYX_E_COMMIT_UNKNOWN},
    {"a read whose reply is lost",
     {AWAITED, LOST, .is_read = true},
     RYX_VERDICT_RESEND,
     0},
    {"... for the second time",
     {AWAITED, LOST, .is_read = true, .n_resent = 1},
     RYX_VERDICT_DELIVER,
     RYX_E_CONNECTION},
    {"a read that was cancelled, and lost",
     {AWAITED, LOST, .is_read = true, .stop = RYX_STOP_CANCEL},
     RYX_VERDICT_DELIVER,
     RYX_E_CANCELLED},
    {"a stream that was lost between two parts",
     {AWAITED, LOST, .is_read = true, .has_parts = true},
     RYX_VERDICT_DELIVER,
     RYX_E_CONNECTION},
    {"a neighbour of one that was cancelled",
     {AWAITED, .is_read = true, .was_cancelled = true, .code = RYX_E_CANCELLED},
     RYX_VERDICT_RESEND,
     0},
    {"cancelled by somebody else",
     {AWAITED, .is_read = true, .code = RYX_E_CANCELLED},
     RYX_VERDICT_DELIVER,
     RYX_E_CANCELLED},
    {"a BEGIN whose reply is lost",
     {AWAITED, LOST, .is_begin = true},
     RYX_VERDICT_RESEND,
     0},
    {"a statement inside, surely not sent",
     {AWAITED, LOST, .is_inside = true, .not_started = true},
     RYX_VERDICT_DELIVER,
     RYX_E_CONNECTION},
    {"a COMMIT whose reply is lost",
     {AWAITED, LOST, .is_inside = true, .is_write = true},
     RYX_VERDICT_DELIVER,
     RYX_E_COMMIT_UNKNOWN},
    {"a COMMIT that was not sent",
     {AWAITED, LOST, .is_inside = true, .is_write = true, .not_started = true},
     RYX_VERDICT_DELIVER,
     RYX_E_CONNECTION},
    {"the engine ends",
     {.is_awaited = true, LOST, .is_read = true},
     RYX_VERDICT_DELIVER,
     RYX_E_CONNECTION},
};

static void test_named_cases(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    ryx_verdict v = ryx_verdict_of(&rows[i].f);
    bool tells = v.act == RYX_VERDICT_DELIVER || v.act == RYX_VERDICT_DRAIN;
    if (v.act != rows[i].act || (tells && v.code != rows[i].code))
      fail_msg("%s: act %d code %d", rows[i].what, v.act, v.code);
  }
}

/* --- all combinations */

static const int codes[] = {
    0,          RYX_E_UNIQUE, RYX_E_TIMEOUT, RYX_E_CANCELLED, RYX_E_CONNECTION,
    RYX_E_NOMEM};
enum { N_CODES = sizeof codes / sizeof *codes, N_BITS = 13 };

/* The n-th combination that can occur, or false. */
static bool combination(unsigned bits, int code, int stop, ryx_facts *f)
{
  *f = (ryx_facts){
      .is_inside = bits & 1,
      .is_read = bits & 2,
      .is_write = bits & 4,
      .is_begin = bits & 8,
      .is_awaited = bits & 16,
      .is_late = bits & 32,
      .has_parts = bits & 64,
      .may_resend = bits & 128,
      .n_resent = bits & 256 ? 1 : 0,
      .more = bits & 512,
      .not_started = bits & 1024,
      .over_budget = bits & 2048,
      .is_fed = bits & 4096,
      .code = codes[code],
      .stop = (ryx_stop)stop,
  };
  if (f->is_read + f->is_write + f->is_begin > 1) return false;
  if (f->is_fed && (f->is_read || f->is_begin || f->over_budget)) return false;
  if (f->is_begin && (f->is_inside || f->has_parts || f->more)) return false;
  if ((f->more || f->has_parts) && (f->over_budget || f->not_started))
    return false;
  if (f->more && f->code) return false;
  if ((f->not_started || f->over_budget) && f->code == 0) return false;
  return true;
}

static void holds(const ryx_facts *f, bool rule, const char *what)
{
  if (rule) return;
  ryx_verdict v = ryx_verdict_of(f);
  fail_msg(
      "%s: code %d stop %d inside %d read %d write %d awaited %d late %d "
      "parts %d resent %d more %d unstarted %d over %d: act %d code %d",
      what, f->code, f->stop, f->is_inside, f->is_read, f->is_write,
      f->is_awaited, f->is_late, f->has_parts, f->n_resent, f->more,
      f->not_started, f->over_budget, v.act, v.code);
}

static void check(const ryx_facts *f)
{
  ryx_verdict v = ryx_verdict_of(f);
  bool resends = v.act == RYX_VERDICT_RESEND, delivers = v.act == 0;
  bool is_lost = f->code == RYX_E_CONNECTION;

  /* Nothing that may have had an effect is sent again. */
  holds(f, !resends || f->not_started || f->is_read || f->is_begin,
        "a write is not sent twice");
  holds(f, !resends || !f->is_inside, "a transaction has one connection");
  holds(f, !resends || !f->has_parts, "rows are not handed over twice");
  holds(f, !resends || (f->is_awaited && !f->stop && !f->is_late),
        "what nobody wants is not sent again");
  holds(f, !resends || f->may_resend, "nothing is sent while all ends");
  holds(f, v.act != RYX_VERDICT_REPEAT || f->over_budget,
        "only a budget repeats");
  /* Whoever waits is answered, whoever does not is not. */
  holds(f, !delivers || f->is_awaited, "an answer has somebody to hear it");
  holds(f, v.act != RYX_VERDICT_SETTLE || !f->is_awaited,
        "nobody waits for ever");
  holds(f, v.act != RYX_VERDICT_DRAIN || f->more, "an end is not drained");
  holds(f, !f->more || delivers || v.act == RYX_VERDICT_DRAIN,
        "a part is delivered, or thrown away with the rest");
  /* Honest about what may have been saved. */
  holds(f,
        !(delivers && is_lost && f->is_write && !f->not_started) ||
            v.code == RYX_E_COMMIT_UNKNOWN || f->stop == RYX_STOP_END,
        "a lost write is unknown");
  holds(f, v.code != RYX_E_COMMIT_UNKNOWN || (f->is_write && is_lost),
        "only a lost write is unknown");
  holds(f,
        !(delivers && v.code == 0 && !f->more) || f->code == 0 ||
            f->stop == RYX_STOP_END,
        "no error is swallowed");
  holds(f,
        !(delivers && !f->more && f->stop == RYX_STOP_CANCEL && f->has_parts) ||
            v.code != 0 || f->is_fed,
        "a cancelled stream never looks whole");
  holds(f, !(delivers && f->is_fed && !f->more && f->code == 0) || v.code == 0,
        "rows that were all kept are not denied");
}

static void test_all_combinations(void **state)
{
  long n = 0;
  ryx_facts f;
  (void)state;
  for (unsigned bits = 0; bits < 1u << N_BITS; bits++)
    for (int code = 0; code < N_CODES; code++)
      for (int stop = RYX_STOP_NO; stop <= RYX_STOP_LOST; stop++) {
        if (!combination(bits, code, stop, &f)) continue;
        check(&f);
        f.was_cancelled = true;
        check(&f);
        n++;
      }
  assert_true(n > 10000);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_named_cases),
      cmocka_unit_test(test_all_combinations),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
