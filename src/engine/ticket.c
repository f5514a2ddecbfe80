/* SPDX-License-Identifier: MIT */
/* Making, failing and recycling tickets. */
#include "engine/ticket.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/err.h"
#include "base/mem.h"

static void clear(ryx_ticket *t)
{
  /* Its neighbours point at t->all: the same bytes go back to the same place.
   */
  *t = (ryx_ticket){.all = t->all};
  ryx_command_init(&t->submit, RYX_COMMAND_SUBMIT);
  ryx_command_init(&t->more, RYX_COMMAND_MORE);
  ryx_command_init(&t->cancel, RYX_COMMAND_CANCEL);
  ryx_list_init(&t->out);
}

ryx_ticket *ryx_ticket_new(void)
{
  ryx_ticket *t = ryx_mem_new(sizeof *t);
  if (!t) return NULL;
  clear(t);
  ryx_list_init(&t->all);
  return t;
}

static void drop_result(ryx_ticket *t)
{
  ryx_rows_free(t->result.rows);
  ryx_mem_free(t->result.err);
  ryx_buf_fini(&t->put);
}

void ryx_ticket_recycle(ryx_ticket *t)
{
  drop_result(t);
  clear(t);
}

void ryx_ticket_free(ryx_ticket *t)
{
  if (!t) return;
  drop_result(t);
  ryx_list_remove(&t->all);
  ryx_mem_free(t);
}

void ryx_ticket_fail_as(ryx_ticket *t, const ryx_err *e)
{
  if (!t) return;
  ryx_result *r = &t->result;
  r->more = false;
  r->code = e->code;
  if (!r->err) r->err = ryx_mem_alloc(sizeof *r->err);
  if (r->err)
    *r->err = *e;
  else
    r->code = RYX_E_NOMEM;
}

void ryx_ticket_fail(ryx_ticket *t, int code, const char *fmt, ...)
{
  va_list ap;
  char text[RYX_MESSAGE_MAX + 256]; /* ryx_err_set cuts at a character */
  ryx_err e;
  if (!t) return;
  va_start(ap, fmt);
  vsnprintf(text, sizeof text, fmt, ap);
  va_end(ap);
  ryx_err_set(&e, code, "%s", text);
  ryx_ticket_fail_as(t, &e);
}
