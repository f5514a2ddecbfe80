/* SPDX-License-Identifier: MIT */
/* Query descriptions for tests, written so that a person can read them:
 *
 *   select T [distinct] [count] [exists] [COL...] [where P] [order O...]
 *          [limit $N] [offset $N]
 *   insert T [batch] [default] [set COL=$N...] [returning COL...]
 *   update T key K set COL=$N... [where P] [order O...] [limit ..] [offset ..]
 *   delete T key K [where P] [order O...] [limit $N] [offset $N]
 *
 *   COL   name:type or name:array/type; ? behind it: may be NULL;
 *         =alias last, in a select
 *   P     true, false, (and P...), (or P...), (not P), (lookup COL X...)
 *   X     COL or $N: the parameter has the type of the column on the left
 *   O     COL, then - for DESC, < for NULLS FIRST, > for NULLS LAST
 *
 * Types are the names of RYX_TYPES. Returns the number of bytes; a notation it
 * cannot read ends the test program. */
#ifndef SPEC_DESCRIBE_H
#define SPEC_DESCRIBE_H

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "value/text.h"

typedef struct describe {
  const char *at;
  char word[128]; /* the word at hand */
  uint8_t out[4096];
  size_t n;
} describe;

typedef struct describe_column {
  char name[64], alias[64];
  int type, elem;
  bool maybe_null;
  uint32_t order;
} describe_column;

static inline void d_fail(const describe *d, const char *why)
{
  fprintf(stderr, "describe: %s at '%s %s'\n", why, d->word, d->at);
  exit(2);
}

static inline void d_next(describe *d)
{
  size_t n = 0;

  while (isspace((unsigned char)*d->at))
    d->at++;
  if (*d->at == '(' || *d->at == ')') {
    d->word[n++] = *d->at++;
  } else {
    while (*d->at && !isspace((unsigned char)*d->at) && !strchr("()", *d->at)) {
      d->word[n++] = *d->at++;
      if (n == sizeof d->word) d_fail(d, "long word");
    }
  }
  d->word[n] = '\0';
}

static inline bool d_is(const describe *d, const char *word)
{
  return strcmp(d->word, word) == 0;
}
static inline bool d_eat(describe *d, const char *word)
{
  if (!d_is(d, word)) return false;
  d_next(d);
  return true;
}
static inline void d_byte(describe *d, int c)
{
  if (d->n == sizeof d->out) d_fail(d, "too long");
  d->out[d->n++] = (uint8_t)c;
}
static inline void d_num(describe *d, uint32_t v)
{
  for (; v > 127; v >>= 7)
    d_byte(d, (int)(v & 127) | 128);
  d_byte(d, (int)v);
}
static inline void d_text(describe *d, const char *s)
{
  d_num(d, (uint32_t)strlen(s));
  while (*s)
    d_byte(d, *s++);
}

/* Opens a list: gives where its count stands, for d_count. */
static inline size_t d_list(describe *d)
{
  d_byte(d, 0);
  return d->n - 1;
}
static inline void d_count(describe *d, size_t at)
{
  if (++d->out[at] > 127) d_fail(d, "too many items");
}

static inline int d_type(const describe *d, const char *s, size_t n)
{
  char name[32] = "";
  int type;

  if (n >= sizeof name) d_fail(d, "type");
  memcpy(name, s, n);
  type = ryx_type_of(name);
  if (type < 0) d_fail(d, "type");
  return type;
}

/* name:type[/elem][?][=alias][-][<][>] */
static inline describe_column d_column(describe *d)
{
  describe_column c;
  const char *s = strchr(d->word, ':');
  size_t n;

  memset(&c, 0, sizeof c);
  if (!s) d_fail(d, "no column");
  memcpy(c.name, d->word, (size_t)(s - d->word));
  n = strcspn(++s, "/?=-<>");
  c.type = d_type(d, s, n);
  s += n;
  if (*s == '/') {
    n = strcspn(++s, "?=-<>");
    c.elem = d_type(d, s, n);
    s += n;
  }
  for (; *s && *s != '='; s++) {
    if (*s == '?') c.maybe_null = true;
    if (*s == '-') c.order |= 1;
    if (*s == '<') c.order |= 2;
    if (*s == '>') c.order |= 4;
  }
  if (*s == '=') snprintf(c.alias, sizeof c.alias, "%s", s + 1);
  d_next(d);
  return c;
}

static inline void d_put_column(describe *d, const describe_column *c)
{
  d_byte(d, 'c');
  d_num(d, 0);
  d_text(d, c->name);
  d_num(d, (uint32_t)c->type);
  d_num(d, (uint32_t)c->elem);
  d_num(d, c->maybe_null);
}

static inline void d_put_param(describe *d, const char *number, int type,
                               int elem, const char *name)
{
  d_byte(d, 'p');
  d_num(d, (uint32_t)strtoul(number, NULL, 10));
  d_num(d, (uint32_t)type);
  d_num(d, (uint32_t)elem);
  d_text(d, name);
}

static inline void d_pred(describe *d)
{
  static const char *const words[] = {"and", "or", "not"};
  describe_column left, right;
  bool is_in;
  size_t count;

  if (d_eat(d, "true")) {
    d_byte(d, '1');
    return;
  }
  if (d_eat(d, "false")) {
    d_byte(d, '0');
    return;
  }
  if (!d_eat(d, "(")) d_fail(d, "no condition");
  for (int i = 0; i < 3; i++) {
    if (!d_eat(d, words[i])) continue;
    d_byte(d, "&|!"[i]);
    count = i < 2 ? d_list(d) : 0;
    while (!d_is(d, ")")) {
      if (i < 2) d_count(d, count);
      d_pred(d);
    }
    d_next(d);
    return;
  }
  is_in = d_is(d, "in");
  d_byte(d, 'l');
  d_text(d, d->word);
  d_next(d);
  left = d_column(d);
  d_put_column(d, &left);
  count = d_list(d);
  for (; !d_is(d, ")"); d_count(d, count)) {
    if (d->word[0] != '$') {
      right = d_column(d);
      d_put_column(d, &right);
      continue;
    }
    d_put_param(d, d->word + 1, is_in ? RYX_T_ARRAY : left.type,
                is_in ? left.type : left.elem, left.name);
    d_next(d);
  }
  d_next(d);
}

static inline void d_bound(describe *d, const char *word)
{
  if (!d_eat(d, word)) {
    d_byte(d, '-');
    return;
  }
  d_put_param(d, d->word + 1, RYX_T_INT, 0, "");
  d_next(d);
}

static inline void d_tail(describe *d)
{
  describe_column c;
  size_t count;

  if (d_eat(d, "where")) {
    d_pred(d);
  } else {
    d_byte(d, '1');
  }
  count = d_list(d);
  if (d_eat(d, "order")) {
    while (strchr(d->word, ':')) {
      c = d_column(d);
      d_put_column(d, &c);
      d_num(d, c.order);
      d_count(d, count);
    }
  }
  d_bound(d, "limit");
  d_bound(d, "offset");
}

static inline void d_sets(describe *d)
{
  describe_column c;
  size_t count = d_list(d);

  if (!d_eat(d, "set")) return;
  for (; strchr(d->word, ':'); d_count(d, count)) {
    c = d_column(d);
    d_text(d, c.name);
    if (c.alias[0] == '$') {
      d_put_param(d, c.alias + 1, c.type, c.elem, c.name);
      continue;
    }
    snprintf(c.name, sizeof c.name, "%s", c.alias); /* another column */
    d_put_column(d, &c);
  }
}

static inline void d_word(describe *d)
{
  d_text(d, d->word);
  d_next(d);
}

static inline void d_select(describe *d)
{
  describe_column c;
  size_t flags, count;

  d_byte(d, 'S');
  flags = d_list(d);
  d_num(d, 1);
  d_word(d);
  if (d_eat(d, "distinct")) d->out[flags] |= 1;
  if (d_eat(d, "count")) d->out[flags] |= 2;
  if (d_eat(d, "exists")) d->out[flags] |= 4;
  count = d_list(d);
  for (; strchr(d->word, ':') || d_is(d, "*"); d_count(d, count)) {
    if (d_eat(d, "*")) {
      d_byte(d, '*');
      d_text(d, "");
      continue;
    }
    c = d_column(d);
    d_put_column(d, &c);
    d_text(d, c.alias);
  }
  d_tail(d);
}

static inline void d_insert(describe *d)
{
  describe_column c;
  size_t flags, count;

  d_byte(d, 'I');
  d_word(d);
  flags = d_list(d);
  if (d_eat(d, "batch")) d->out[flags] |= 1;
  if (d_eat(d, "default")) d->out[flags] |= 2;
  if (d_eat(d, "key")) d->out[flags] |= 4;
  d_sets(d);
  count = d_list(d);
  if (!d_eat(d, "returning")) return;
  for (; strchr(d->word, ':'); d_count(d, count)) {
    c = d_column(d);
    d_text(d, c.name);
    d_num(d, (uint32_t)c.type);
    d_num(d, (uint32_t)c.elem);
  }
}

static inline void d_write(describe *d, bool is_update)
{
  char key[128];

  d_byte(d, is_update ? 'U' : 'D');
  d_word(d);
  if (!d_eat(d, "key")) d_fail(d, "no key");
  memcpy(key, d->word, sizeof key);
  d_next(d);
  if (is_update) d_sets(d);
  d_text(d, key);
  d_tail(d);
}

static inline size_t describe_query(describe *d, const char *notation)
{
  d->at = notation;
  d->n = 0;
  d_next(d);
  d_byte(d, '1');
  if (d_eat(d, "select")) {
    d_select(d);
  } else if (d_eat(d, "insert")) {
    d_insert(d);
  } else if (d_eat(d, "update")) {
    d_write(d, true);
  } else if (d_eat(d, "delete")) {
    d_write(d, false);
  } else {
    d_fail(d, "no statement");
  }
  if (d->word[0]) d_fail(d, "words left");
  return d->n;
}

#endif
