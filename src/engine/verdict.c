/* SPDX-License-Identifier: MIT */
/* The one place where the fate of a reply is decided. */
#include "engine/verdict.h"

/* A server that takes connections and drops them at their first statement is
 * not tried for ever. */
enum { RESENDS_MAX = 10 };

int ryx_stop_code(ryx_stop stop)
{
  switch (stop) {
    case RYX_STOP_NO:
    case RYX_STOP_END: return 0;
    case RYX_STOP_CANCEL: return RYX_E_CANCELLED;
    case RYX_STOP_TIMEOUT: return RYX_E_TIMEOUT;
    case RYX_STOP_TX: return RYX_E_MISUSE;
    case RYX_STOP_LOST: return RYX_E_CONNECTION;
  }
  return 0;
}

/* Nothing of it can have stayed behind, and nobody has seen a part. */
static bool may_resend(const ryx_facts *f)
{
  bool is_lost = f->code == RYX_E_CONNECTION;
  bool is_hit = f->code == RYX_E_CANCELLED && f->was_cancelled;
  if (!f->is_awaited || !f->may_resend || f->is_inside) return false;
  if (f->stop || f->is_late || f->has_parts) return false;
  if (is_lost && f->not_started) return f->n_resent < RESENDS_MAX;
  if (f->n_resent > 0) return false;
  return (f->is_read && (is_lost || is_hit)) || (f->is_begin && is_lost);
}

static int code_of(const ryx_facts *f)
{
  bool is_stopped = f->code == RYX_E_CANCELLED || f->over_budget;
  bool is_lost = f->code == RYX_E_CONNECTION;
  /* It may have been cancelled to end it. */
  if (f->stop == RYX_STOP_END) return is_stopped ? 0 : f->code;
  /* The rows that a cancel kept back are missing from a stream. */
  if (f->code == 0)
    return f->has_parts && !f->is_fed ? ryx_stop_code(f->stop) : 0;
  if (is_lost && !f->not_started && f->is_write) return RYX_E_COMMIT_UNKNOWN;
  if (f->stop == RYX_STOP_CANCEL && (is_stopped || is_lost))
    return RYX_E_CANCELLED;
  if (is_stopped && f->is_late) return RYX_E_TIMEOUT;
  return f->code;
}

ryx_verdict ryx_verdict_of(const ryx_facts *f)
{
  if (f->over_budget && f->is_awaited && !f->stop && !f->is_late)
    return (ryx_verdict){.act = RYX_VERDICT_REPEAT};
  if (f->more && (!f->is_awaited || f->stop))
    return (ryx_verdict){RYX_VERDICT_DRAIN, ryx_stop_code(f->stop)};
  if (f->more) return (ryx_verdict){.act = RYX_VERDICT_DELIVER};
  if (may_resend(f)) return (ryx_verdict){.act = RYX_VERDICT_RESEND};
  if (!f->is_awaited) return (ryx_verdict){.act = RYX_VERDICT_SETTLE};
  return (ryx_verdict){RYX_VERDICT_DELIVER, code_of(f)};
}
