/* SPDX-License-Identifier: MIT */
/* Query descriptions for tests, written so that a person can read them:
 *
 *   [with CTE...] select S [JOIN...] [distinct] [count] [exists] [OUT...]
 *          [where P] [group E...] [having P] [order O...] [limit B] [offset B]
 *          [lock update|share [nowait] [skip] [of N...]]
 *   insert T [batch] [default] [key] [copy] [lists] [set SET...] [CONFLICT]
 *          [returning OUT...]
 *   insert T rows NAME... Q [CONFLICT] [returning OUT...]
 *   update T [batch] key K [key K...] set SET... [where P] [order O...]
 *          [limit B] [offset B] [returning OUT...]
 *   delete T key K [key K...] [where P] [order O...] [limit B] [offset B]
 *          [returning OUT...]
 *   each with [hint KIND DIALECT T 'TEXT']... [comment 'TEXT'] at its end
 *
 *   S     T, T=alias, [lateral] Q as alias, or - for none
 *   Q     (select ...) or (union Q...), also union_all, intersect, except,
 *         intersect_all, except_all
 *   JOIN  inner S P, left S P, right S P, full S P, cross S
 *   CTE   (name [recursive] [columns NAME...] Q)
 *   OUT   a column, with =alias last; or E, then =alias
 *   SET   COL=$N, COL=another column, or COL= and E
 *   B     $N or a number
 *   CONFLICT  conflict nothing [on NAME...] key K
 *             conflict update [on NAME...] set SET... [where P]
 *   O     a column, then - for DESC, < for NULLS FIRST, > for NULLS LAST; or E
 *         and these as the next word
 *
 * E, P and types are in describe_expr.h. Sources are counted from 0 through the
 * whole statement. The result is d.out and the number of bytes; a notation that
 * cannot be read ends the test program. */
#ifndef SPEC_DESCRIBE_H
#define SPEC_DESCRIBE_H

#include "describe_expr.h"

/* Statements and their parts. */

static inline void d_source(describe *d, uint32_t join)
{
  bool is_lateral = d_eat(d, "lateral"), is_derived = d_is(d, "(");
  char *alias = is_derived ? NULL : strchr(d->word, '=');

  d_byte(d, is_lateral ? 'l' : is_derived ? 'q' : 't');
  d_num(d, join);
  if (is_derived) {
    describe inner = *d; /* the alias stands before the body, and is after it */
    d_body(&inner);
    if (!d_eat(&inner, "as")) d_fail(&inner, "no alias");
    d_text(d, inner.word);
    d_body(d);
    d_next(d);
    d_next(d);
    return;
  }
  if (d->is_text) { /* a table in a schema: 'app\0t' */
    d_word(d);
    d_text(d, "");
    return;
  }
  if (alias) *alias++ = '\0';
  d_text(d, d->word);
  d_text(d, alias ? alias : "");
  d_next(d);
}

/* Sources up to the columns. */
static inline void d_sources(describe *d)
{
  static const char *const joins[] = {"inner", "left", "cross", "right",
                                      "full"};
  size_t count = d_list(d);

  if (d_eat(d, "-")) return;
  d_source(d, 0);
  d_byte(d, '1');
  d_count(d, count);
  for (uint32_t i = 0; i < 5; i++) {
    if (!d_eat(d, joins[i])) continue;
    d_source(d, i + 1);
    if (i + 1 == 3) {
      d_byte(d, '1');
    } else {
      d_pred(d);
    }
    d_count(d, count);
    i = UINT32_MAX; /* the next one may be of any kind */
  }
}

static inline void d_outputs(describe *d)
{
  size_t count = d_list(d);

  for (; d_starts_expr(d); d_count(d, count)) {
    describe_column c = d_expr(d);
    if (!c.alias[0] && d->word[0] == '=') {
      snprintf(c.alias, sizeof c.alias, "%s", d->word + 1);
      d_next(d);
    }
    d_text(d, c.alias);
  }
}

static inline void d_returning(describe *d)
{
  if (d_eat(d, "returning")) {
    d_outputs(d);
  } else {
    d_num(d, 0);
  }
}

static inline void d_where(describe *d, const char *word)
{
  if (d_eat(d, word)) {
    d_pred(d);
  } else {
    d_byte(d, '1');
  }
}

static inline void d_bound(describe *d, const char *word)
{
  if (!d_eat(d, word)) {
    d_byte(d, '-');
  } else if (d->word[0] == '$') {
    d_put_param(d, d->word + 1, RYX_T_INT, 0, "");
    d_next(d);
  } else {
    d_expr(d);
  }
}

/* Order and bounds. */
static inline void d_tail(describe *d)
{
  d_orders(d);
  d_bound(d, "limit");
  d_bound(d, "offset");
}

static inline void d_lock(describe *d)
{
  uint32_t bits;
  size_t count;

  if (!d_eat(d, "lock")) {
    d_num(d, 0);
    return;
  }
  bits = d_is(d, "update") ? 1 : d_is(d, "share") ? 2 : 0;
  if (bits > 0) d_next(d);
  if (d_eat(d, "nowait")) bits |= 4;
  if (d_eat(d, "skip")) bits |= 8;
  d_num(d, bits);
  count = d_list(d);
  if (!d_eat(d, "of")) return;
  for (; isdigit((unsigned char)d->word[0]); d_count(d, count)) {
    d_num(d, (uint32_t)strtoul(d->word, NULL, 10));
    d_next(d);
  }
}

/* After the word: flags stand before the sources, and are known after them. */
static inline void d_select(describe *d)
{
  size_t flags = d_list(d), count;

  d_sources(d);
  if (d_eat(d, "distinct")) d->out[flags] |= 1;
  if (d_eat(d, "copy")) d->out[flags] |= 8;
  if (d_eat(d, "count")) d->out[flags] |= 2;
  if (d_eat(d, "exists")) d->out[flags] |= 4;
  d_outputs(d);
  d_where(d, "where");
  count = d_list(d);
  if (d_eat(d, "group")) {
    for (; d_starts_expr(d); d_count(d, count))
      d_expr(d);
  }
  d_where(d, "having");
  d_tail(d);
  d_lock(d);
}

static inline void d_body(describe *d)
{
  static const char *const words[] = {"union",  "union_all",     "intersect",
                                      "except", "intersect_all", "except_all"};
  size_t count;

  if (!d_eat(d, "(")) d_fail(d, "no query");
  if (d_eat(d, "select")) {
    d_byte(d, 's');
    d_select(d);
  } else {
    uint32_t op = 0;
    while (op < 6 && !d_eat(d, words[op]))
      op++;
    if (op == 6) d_fail(d, "no query");
    d_byte(d, 'o');
    d_num(d, op);
    count = d_list(d);
    for (; d_is(d, "("); d_count(d, count))
      d_body(d);
  }
  d_close(d);
}

static inline void d_names(describe *d, const char *before)
{
  size_t count = d_list(d);

  if (!d_eat(d, before)) return;
  while (d->word[0] && !strchr("()", d->word[0]) && !d_is(d, "key") &&
         !d_is(d, "set") && !d_is(d, "writes")) {
    d_word(d);
    d_count(d, count);
  }
}

static inline bool d_change(describe *d);

static inline void d_cte(describe *d)
{
  size_t flags = d_list(d);

  d_word(d);
  if (d_eat(d, "recursive")) d->out[flags] |= 1;
  if (d_eat(d, "once")) d->out[flags] |= 2;
  d_names(d, "columns");
  if (d_eat(d, "writes")) {
    d->out[flags] |= 4;
    if (!d_change(d)) d_fail(d, "no write");
  } else {
    d_body(d);
  }
}

static inline void d_ctes(describe *d)
{
  size_t count = d_list(d);

  if (!d_eat(d, "with")) return;
  for (; d_eat(d, "("); d_count(d, count)) {
    d_cte(d);
    d_close(d);
  }
}

static inline void d_query(describe *d)
{
  d_byte(d, 'S');
  d_ctes(d);
  if (!d_eat(d, "select")) d_fail(d, "no select");
  d_byte(d, 's');
  d_select(d);
}

/* The value of COL=$N, COL=column or COL= E. */
static inline void d_set(describe *d)
{
  describe_column c = d_column(d);

  d_text(d, c.name);
  if (c.alias[0] == '$') {
    d_put_param(d, c.alias + 1, c.type, c.elem, c.name);
  } else if (c.alias[0]) {
    snprintf(c.name, sizeof c.name, "%s", c.alias); /* another column */
    d_put_column(d, &c);
  } else {
    d_expr(d);
  }
}

static inline void d_sets(describe *d)
{
  size_t count = d_list(d);

  if (!d_eat(d, "set")) return;
  for (; strchr(d->word, ':'); d_count(d, count))
    d_set(d);
}

static inline void d_conflict(describe *d)
{
  if (!d_eat(d, "conflict")) {
    d_byte(d, '-');
  } else if (d_eat(d, "nothing")) {
    d_byte(d, 'i');
    d_names(d, "on");
    if (!d_eat(d, "key")) d_fail(d, "no key");
    d_word(d);
  } else {
    if (!d_eat(d, "update")) d_fail(d, "no conflict");
    d_byte(d, 'u');
    d_names(d, "on");
    d_sets(d);
    d_where(d, "where");
  }
}

static inline void d_insert(describe *d)
{
  size_t flags;

  d_byte(d, 'I');
  d_word(d);
  flags = d_list(d);
  if (d_eat(d, "batch")) d->out[flags] |= 1;
  if (d_eat(d, "default")) d->out[flags] |= 2;
  if (d_eat(d, "key")) d->out[flags] |= 4;
  if (d_eat(d, "copy")) d->out[flags] |= 8;
  if (d_eat(d, "lists")) d->out[flags] |= 16;
  if (d_is(d, "rows")) {
    d->out[flags] |= 32;
    d_names(d, "rows");
    d_body(d);
  } else {
    d_sets(d);
  }
  d_conflict(d);
  d_returning(d);
}

static inline void d_write(describe *d, bool is_update)
{
  char keys[4][sizeof d->word];
  unsigned n = 0;

  d_byte(d, is_update ? 'U' : 'D');
  d_word(d);
  if (is_update) d_num(d, d_eat(d, "batch"));
  while (n < 4 && d_eat(d, "key")) {
    memcpy(keys[n++], d->word, sizeof keys[0]);
    d_next(d);
  }
  if (n == 0) d_fail(d, "no key");
  if (is_update) d_sets(d);
  d_num(d, n);
  for (unsigned i = 0; i < n; i++)
    d_text(d, keys[i]);
  d_where(d, "where");
  d_tail(d);
  d_returning(d);
}

static inline bool d_change(describe *d)
{
  if (d_eat(d, "insert")) {
    d_insert(d);
  } else if (d_eat(d, "update")) {
    d_write(d, true);
  } else if (d_eat(d, "delete")) {
    d_write(d, false);
  } else {
    return false;
  }
  return true;
}

static inline size_t describe_query(describe *d, const char *notation)
{
  d->at = notation;
  d->n = 0;
  d_next(d);
  d_byte(d, '2');
  if (d_is(d, "select") || d_is(d, "with")) {
    d_query(d);
  } else if (!d_change(d)) {
    d_fail(d, "no statement");
  } else if (d_is(d, "with")) {
    d_byte(d, 'W');
    d_ctes(d);
  }
  while (d_eat(d, "hint")) {
    static const char *const kinds[] = {"words", "use", "force", "ignore"};
    uint32_t kind = 0;

    while (kind < 3 && strcmp(d->word, kinds[kind]) != 0)
      kind++;
    d_byte(d, '^');
    d_num(d, kind);
    d_next(d);
    for (int i = 0; i < 3; i++) {
      d_text(d, d->word);
      d_next(d);
    }
  }
  if (d_eat(d, "comment")) {
    d_byte(d, '!');
    d_text(d, d->word);
    d_next(d);
  }
  if (d->word[0]) d_fail(d, "words left");
  return d->n;
}

#endif
