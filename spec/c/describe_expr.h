/* SPDX-License-Identifier: MIT */
/* Expressions and conditions of query descriptions (describe.h):
 *
 *   E  COL: [N.]name:TYPE, N the number of a source (0)
 *      new.name:TYPE               of the row that was to be inserted
 *      $N:TYPE                     a parameter
 *      *                           every row
 *      42, -42, 'a text'           literals; in a text \' \\ \0 are ' \ NUL
 *      (fn NAME:TYPE E...)
 *      (agg NAME:TYPE [distinct] E... [filter P] [order O...])
 *      (over E [partition E...] [order O...] [FRAME])
 *      (case TYPE P E ... [else E])
 *      (value TYPE Q)              a sub-query
 *      (cond P)                    a condition as a value
 *      (raw TYPE 'text' [E 'text']...)
 *      (json KIND:TYPE E STEP...)  KIND json, number, text, bool, raw; STEP
 * 'key', N (search KIND 'index' 'config' E COL FIELD...)  KIND match, rank
 *   FIELD  'A_words' COL       its weight and the column of its words, in small
 *                              letters where it is not searched
 *   P  true, false, (and P...), (or P...), (not P), (exists Q), (is E),
 *      (LOOKUP E X...)
 *   X  E or $N: the parameter has the type of the left side
 *   FRAME  frame rows|range|groups EDGE EDGE [exclude current|group|ties]
 *   EDGE   start, 3before, current, 3after, end
 *
 * TYPE is a name of RYX_TYPES, with array/int for arrays; ? behind it: may be
 * NULL. */
#ifndef SPEC_DESCRIBE_EXPR_H
#define SPEC_DESCRIBE_EXPR_H

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
  char word[160]; /* the word at hand; of a text, what it says */
  size_t len;
  bool is_text;
  uint8_t out[16384];
  size_t n;
} describe;

typedef struct describe_column {
  char name[64], alias[64];
  int type, elem;
  bool maybe_null;
  uint32_t source, order;
} describe_column;

static inline void d_body(describe *d); /* describe.h */
static inline describe_column d_expr(describe *d);
static inline void d_pred(describe *d);

static inline void d_fail(const describe *d, const char *why)
{
  fprintf(stderr, "describe: %s at '%s %s'\n", why, d->word, d->at);
  exit(2);
}

/* Words. */

static inline void d_letter(describe *d, char c)
{
  d->word[d->len++] = c;
  if (d->len == sizeof d->word) d_fail(d, "long word");
}

static inline void d_next_text(describe *d)
{
  d->is_text = true;
  for (d->at++; *d->at != '\''; d->at++) {
    bool escapes = *d->at == '\\';
    if (escapes) d->at++;
    if (*d->at == '\0') d_fail(d, "no end of a text");
    d_letter(d, escapes && *d->at == '0' ? '\0' : *d->at);
  }
  d->at++;
}

static inline void d_next(describe *d)
{
  d->len = 0;
  d->is_text = false;
  while (isspace((unsigned char)*d->at))
    d->at++;
  if (*d->at == '(' || *d->at == ')') {
    d_letter(d, *d->at++);
  } else if (*d->at == '\'') {
    d_next_text(d);
  } else {
    while (*d->at && !isspace((unsigned char)*d->at) && !strchr("()", *d->at))
      d_letter(d, *d->at++);
  }
  d->word[d->len] = '\0';
}

static inline bool d_is(const describe *d, const char *word)
{
  return !d->is_text && strcmp(d->word, word) == 0;
}
static inline bool d_eat(describe *d, const char *word)
{
  if (!d_is(d, word)) return false;
  d_next(d);
  return true;
}
static inline void d_close(describe *d)
{
  if (!d_eat(d, ")")) d_fail(d, "no )");
}

/* Bytes. */

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
static inline void d_bytes(describe *d, const char *s, size_t n)
{
  d_num(d, (uint32_t)n);
  while (n-- > 0)
    d_byte(d, *s++);
}
static inline void d_text(describe *d, const char *s)
{
  d_bytes(d, s, strlen(s));
}
/* The word at hand, as a name or text. */
static inline void d_word(describe *d)
{
  d_bytes(d, d->word, d->len);
  d_next(d);
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

/* Columns and types. */

static inline int d_type_of(const describe *d, const char *s, size_t n)
{
  char name[32] = "";
  int type;

  if (n >= sizeof name) d_fail(d, "type");
  memcpy(name, s, n);
  type = ryx_type_of(name);
  if (type < 0) d_fail(d, "type");
  return type;
}

/* TYPE[/ELEM][?] and what follows in the word: marks of an order, =alias. */
static inline void d_read_type(describe *d, const char *s, describe_column *c)
{
  size_t n = strcspn(s, "/?=-<>");

  c->type = d_type_of(d, s, n);
  s += n;
  if (*s == '/') {
    n = strcspn(++s, "?=-<>");
    c->elem = d_type_of(d, s, n);
    s += n;
  }
  for (; *s && *s != '='; s++) {
    if (*s == '?') c->maybe_null = true;
    if (*s == '-') c->order |= 1;
    if (*s == '<') c->order |= 2;
    if (*s == '>') c->order |= 4;
  }
  if (*s == '=') snprintf(c->alias, sizeof c->alias, "%s", s + 1);
}

/* The word at hand as [N.]name:TYPE. */
static inline describe_column d_column(describe *d)
{
  describe_column c;
  const char *name = d->word, *s = strchr(d->word, ':');
  char *dot;

  memset(&c, 0, sizeof c);
  if (!s || d->is_text) d_fail(d, "no column");
  if (isdigit((unsigned char)*name)) {
    c.source = (uint32_t)strtoul(name, &dot, 10);
    if (*dot == '.') name = dot + 1;
  }
  memcpy(c.name, name, (size_t)(s - name));
  d_read_type(d, s + 1, &c);
  d_next(d);
  return c;
}

/* A word that is a type alone. */
static inline describe_column d_typed(describe *d)
{
  describe_column c;

  memset(&c, 0, sizeof c);
  d_read_type(d, d->word, &c);
  d_next(d);
  return c;
}

static inline void d_put_type(describe *d, const describe_column *c,
                              bool has_null)
{
  d_num(d, (uint32_t)c->type);
  d_num(d, (uint32_t)c->elem);
  if (has_null) d_num(d, c->maybe_null);
}

static inline void d_put_column(describe *d, const describe_column *c)
{
  d_byte(d, 'c');
  d_num(d, c->source);
  d_text(d, c->name);
  d_put_type(d, c, true);
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

/* Expressions. */

static inline bool d_starts_expr(const describe *d)
{
  const char *s = d->word;

  if (d->is_text || strchr(s, ':') || d_is(d, "(") || d_is(d, "*")) return true;
  return isdigit((unsigned char)s[*s == '-']) != 0;
}

static inline void d_orders(describe *d)
{
  size_t count = d_list(d);

  if (!d_eat(d, "order")) return;
  for (; d_starts_expr(d); d_count(d, count)) {
    describe_column c = d_expr(d);
    const char *s = d->word;
    if (!d->is_text && *s && s[strspn(s, "-<>")] == '\0') {
      c.order = (strchr(s, '-') ? 1u : 0) | (strchr(s, '<') ? 2u : 0) |
                (strchr(s, '>') ? 4u : 0);
      d_next(d);
    }
    d_num(d, c.order);
  }
}

static inline describe_column d_call(describe *d, bool is_aggregate)
{
  describe_column c = d_column(d);
  size_t count;

  d_byte(d, is_aggregate ? 'a' : 'f');
  d_text(d, c.name);
  d_put_type(d, &c, true);
  if (is_aggregate) d_num(d, d_eat(d, "distinct"));
  count = d_list(d);
  for (; d_starts_expr(d); d_count(d, count))
    d_expr(d);
  if (!is_aggregate) return c;
  if (d_eat(d, "filter")) {
    d_pred(d);
  } else {
    d_byte(d, '1');
  }
  d_orders(d);
  return c;
}

static inline void d_edge(describe *d)
{
  char *rest;
  uint32_t n = (uint32_t)strtoul(d->word, &rest, 10);
  uint32_t kind = strcmp(rest, "start") == 0     ? 0
                  : strcmp(rest, "before") == 0  ? 1
                  : strcmp(rest, "current") == 0 ? 2
                  : strcmp(rest, "after") == 0   ? 3
                                                 : 4;

  if (kind == 4 && strcmp(rest, "end") != 0) d_fail(d, "no edge");
  d_num(d, kind);
  d_num(d, n);
  d_next(d);
}

static inline void d_frame(describe *d)
{
  uint32_t exclude = 0;

  if (!d_eat(d, "frame")) {
    d_byte(d, '-');
    return;
  }
  d_num(d, d_is(d, "rows") ? 0 : d_is(d, "range") ? 1 : 2);
  d_next(d);
  d_edge(d);
  d_edge(d);
  if (d_eat(d, "exclude")) {
    exclude = d_is(d, "current") ? 1 : d_is(d, "group") ? 2 : 3;
    d_next(d);
  }
  d_num(d, exclude);
}

static inline describe_column d_over(describe *d)
{
  describe_column c;
  size_t count;

  d_byte(d, 'w');
  c = d_expr(d);
  count = d_list(d);
  if (d_eat(d, "partition")) {
    for (; d_starts_expr(d); d_count(d, count))
      d_expr(d);
  }
  d_orders(d);
  d_frame(d);
  return c;
}

static inline describe_column d_case(describe *d)
{
  describe_column c = d_typed(d);
  size_t count;

  d_byte(d, 'k');
  d_put_type(d, &c, true);
  count = d_list(d);
  for (; !d_is(d, "else") && !d_is(d, ")"); d_count(d, count)) {
    d_pred(d);
    d_expr(d);
  }
  if (d_eat(d, "else")) {
    d_expr(d);
  } else {
    d_byte(d, '-');
  }
  return c;
}

static inline describe_column d_raw(describe *d)
{
  describe_column c = d_typed(d);
  size_t count;

  d_byte(d, 'r');
  d_put_type(d, &c, true);
  d_word(d);
  count = d_list(d);
  for (; !d_is(d, ")"); d_count(d, count)) {
    d_expr(d);
    d_word(d);
  }
  return c;
}

static inline describe_column d_json(describe *d)
{
  static const char *const kinds[] = {"json", "number", "text", "bool", "raw"};
  describe_column c = d_column(d);
  uint32_t kind = 0;
  size_t count;

  while (kind < 4 && strcmp(c.name, kinds[kind]) != 0)
    kind++;
  d_byte(d, 'j');
  d_num(d, kind);
  d_put_type(d, &c, false);
  d_expr(d);
  count = d_list(d);
  for (; !d_is(d, ")"); d_count(d, count)) {
    d_byte(d, d->is_text ? 'k' : 'i');
    if (d->is_text) {
      d_word(d);
    } else {
      d_num(d, (uint32_t)strtoul(d->word, NULL, 10));
      d_next(d);
    }
  }
  return c;
}

static inline describe_column d_search(describe *d)
{
  bool is_rank = d_is(d, "rank");
  describe_column c;
  size_t count;

  memset(&c, 0, sizeof c);
  c.type = is_rank ? RYX_T_DOUBLE : RYX_T_BOOL;
  d_next(d);
  d_byte(d, 's');
  d_num(d, is_rank);
  d_word(d);
  d_word(d);
  d_expr(d);
  d_expr(d);
  count = d_list(d);
  for (; d->is_text; d_count(d, count)) {
    int letter = (unsigned char)d->word[0];
    bool is_searched = isupper(letter) != 0;
    d_num(d, (uint32_t)('D' - toupper(letter)) * 2 + is_searched);
    d_text(d, d->word + 1);
    d_next(d);
    d_expr(d);
  }
  return c;
}

/* After the opening parenthesis. */
static inline describe_column d_compound(describe *d)
{
  describe_column c;

  memset(&c, 0, sizeof c);
  if (d_eat(d, "fn")) return d_call(d, false);
  if (d_eat(d, "agg")) return d_call(d, true);
  if (d_eat(d, "over")) return d_over(d);
  if (d_eat(d, "case")) return d_case(d);
  if (d_eat(d, "raw")) return d_raw(d);
  if (d_eat(d, "json")) return d_json(d);
  if (d_eat(d, "search")) return d_search(d);
  if (d_eat(d, "cond")) {
    d_byte(d, 'b');
    d_pred(d);
    c.type = RYX_T_BOOL;
    return c;
  }
  if (!d_eat(d, "value")) d_fail(d, "no expression");
  c = d_typed(d);
  d_byte(d, 'q');
  d_put_type(d, &c, false);
  d_body(d);
  return c;
}

static inline describe_column d_literal(describe *d)
{
  describe_column c;
  bool is_negative = d->word[0] == '-';
  char *rest;

  memset(&c, 0, sizeof c);
  c.type = d->is_text ? RYX_T_TEXT : RYX_T_INT;
  if (d->is_text) {
    d_byte(d, 't');
    d_word(d);
    return c;
  }
  d_byte(d, 'n');
  d_num(d, is_negative);
  d_num(d, (uint32_t)strtoul(d->word + is_negative, &rest, 10));
  if (*rest == '=') snprintf(c.alias, sizeof c.alias, "%s", rest + 1);
  d_next(d);
  return c;
}

/* Gives the type of what it wrote, and what else the word said. */
static inline describe_column d_expr(describe *d)
{
  describe_column c;

  memset(&c, 0, sizeof c);
  if (!d->is_text && d_eat(d, "(")) {
    c = d_compound(d);
    c.alias[0] = '\0';
    d_close(d);
    return c;
  }
  if (d_eat(d, "*")) {
    d_byte(d, '*');
    c.type = RYX_T_INT;
    return c;
  }
  if (d->is_text || !strchr(d->word, ':')) return d_literal(d);
  c = d_column(d);
  if (c.name[0] == '$') {
    d_put_param(d, c.name + 1, c.type, c.elem, "");
  } else if (strncmp(c.name, "new.", 4) == 0) {
    d_byte(d, 'x');
    d_text(d, c.name + 4);
    d_put_type(d, &c, true);
  } else {
    d_put_column(d, &c);
  }
  return c;
}

/* Conditions. */

/* After the opening parenthesis and the word. */
static inline void d_preds(describe *d, char kind)
{
  size_t count = 0;

  d_byte(d, kind);
  if (kind != '!') count = d_list(d);
  while (!d_is(d, ")")) {
    if (kind != '!') d_count(d, count);
    d_pred(d);
  }
}

static inline void d_lookup(describe *d)
{
  bool is_in = d_is(d, "in") || d_is(d, "in_sized");
  describe_column left;
  size_t count;

  d_byte(d, 'l');
  d_word(d);
  left = d_expr(d);
  count = d_list(d);
  for (; !d_is(d, ")"); d_count(d, count)) {
    if (d->word[0] != '$' || strchr(d->word, ':')) {
      d_expr(d);
      continue;
    }
    d_put_param(d, d->word + 1, is_in ? RYX_T_ARRAY : left.type,
                is_in ? left.type : left.elem, left.name);
    d_next(d);
  }
}

static inline void d_pred(describe *d)
{
  if (d_is(d, "true") || d_is(d, "false")) {
    d_byte(d, d_is(d, "true") ? '1' : '0');
    d_next(d);
    return;
  }
  if (!d_eat(d, "(")) d_fail(d, "no condition");
  if (d_eat(d, "and")) {
    d_preds(d, '&');
  } else if (d_eat(d, "or")) {
    d_preds(d, '|');
  } else if (d_eat(d, "not")) {
    d_preds(d, '!');
  } else if (d_eat(d, "exists")) {
    d_byte(d, 'e');
    d_body(d);
  } else if (d_eat(d, "is")) {
    d_byte(d, 'v');
    d_expr(d);
  } else {
    d_lookup(d);
  }
  d_close(d);
}

#endif
