/* SPDX-License-Identifier: MIT */
/* Decided by the text alone: a statement is harmless when it begins like one
 * that reads or writes rows and every function it calls is known. What hides
 * behind a view, a trigger or an operator is not seen. */
#include "sql/taint.h"

#include <string.h>

#include "sql/scan.h"

enum { WORD_MAX = 32 };

static const char verbs[] = " delete insert replace select update values with ";

/* What makes a reader a writer, or lock. */
static const char writing[] = " delete insert lock replace share update ";

/* What may stand before the INTO of an insert. */
static const char inserting[] =
    " abort delayed fail high_priority ignore insert low_priority replace "
    "rollback ";

/* A name after one of these is declared, not called. */
static const char declaring[] = " as recursive with ";

/* A * behind one of these is no product. */
static const char listing[] =
    " all distinct distinctrow high_priority returning select "
    "sql_big_result sql_buffer_result sql_cache sql_calc_found_rows "
    "sql_no_cache sql_small_result straight_join ";

/* Words before a parenthesis that call nothing: the grammar's, and types with a
 * length. */
static const char grammar[] =
    " all and any array as between by case conflict cube delete distinct else "
    "except exists filter from group grouping having ilike in insert intersect "
    "interval into is join lateral like limit materialized not offset on only "
    "or over partition range returning rollup row rows select set sets some "
    "then union using values when where with within xor "
    "binary bit char character dec decimal float numeric time timestamp "
    "varbinary varchar varying ";

/* Built in wherever somebody could define one of the name. */
static const char common[] =
    " abs acos ascii asin atan atan2 avg bit_and bit_length bit_or cast ceil "
    "ceiling char_length character_length coalesce concat concat_ws cos cot "
    "count cume_dist current_date current_time current_timestamp degrees "
    "dense_rank exp extract first_value floor greatest "
    "lag last_value lead least left length ln localtime localtimestamp log "
    "lower lpad ltrim max md5 min "
    "mod now nth_value ntile nullif octet_length percent_rank pi position "
    "power radians rank repeat replace reverse right round row_number rpad "
    "rtrim sign sin sqrt stddev stddev_pop stddev_samp substr substring sum "
    "tan trim upper var_pop var_samp variance ";

typedef enum { END, WORD, NAME, MARK } kind;

typedef struct token {
  kind kind;
  char mark;               /* of MARK; a literal is '\'' */
  char word[WORD_MAX + 3]; /* of WORD: small letters between spaces; "" when
                              it is too long to be known */
} token;

typedef struct reader {
  ryx_scan scan;
  token last;   /* before the one that is looked at */
  int depth;    /* of parentheses */
  bool is_with; /* among the names that a WITH declares */
  bool is_into; /* in the name of the table that is inserted into */
  bool is_odd;  /* behind a semicolon, or in a comment that runs */
} reader;

static bool is_space(char c)
{
  return c == ' ' || (c >= '\t' && c <= '\r');
}

static void skip_blank(ryx_scan *s)
{
  while (s->at < s->end) {
    if (is_space(*s->at)) {
      s->at++;
    } else if (ryx_scan_is_comment(s)) {
      ryx_scan_skip(s);
    } else {
      return;
    }
  }
}

static void read_word(ryx_scan *s, token *out)
{
  size_t n = 0;

  out->kind = WORD;
  out->word[n++] = ' ';
  for (; s->at < s->end && ryx_scan_is_word(*s->at); s->at++) {
    char c = *s->at;

    if (n <= WORD_MAX) out->word[n] = c >= 'A' && c <= 'Z' ? c + 32 : c;
    n++;
  }
  if (n > WORD_MAX) n = 0;
  if (n > 0) out->word[n++] = ' ';
  out->word[n] = '\0';
}

static token next(reader *r)
{
  ryx_scan *s = &r->scan;
  token t = {.kind = END};
  const char *from;

  skip_blank(s);
  if (s->at == s->end) return t;
  if (ryx_scan_is_word(*s->at)) {
    read_word(s, &t);
    return t;
  }
  r->is_odd |= ryx_scan_is_executable(s);
  t.mark = *s->at;
  from = s->at;
  ryx_scan_skip(s);
  t.kind = strchr("\"`[", t.mark) && s->at - from > 1 ? NAME : MARK;
  return t;
}

static bool is_mark(const token *t, char mark)
{
  return t->kind == MARK && t->mark == mark;
}

static bool is_in(const char *list, const token *t)
{
  return t->kind == WORD && t->word[0] && strstr(list, t->word);
}

static bool is_word(const token *t, const char *word)
{
  return t->kind == WORD && strcmp(t->word, word) == 0;
}

static bool calls(reader *r, const token *t)
{
  ryx_scan *s = &r->scan;

  if (t->kind != WORD && t->kind != NAME) return false;
  skip_blank(s);
  return s->at < s->end && *s->at == '(';
}

static bool is_known(const reader *r, const token *t)
{
  if (r->is_into || is_in(declaring, &r->last)) return true;
  if (r->is_with && r->depth == 0) return true;
  if (is_mark(&r->last, '.')) return false;
  return is_in(grammar, t) || is_in(common, t) ||
         is_in(r->scan.dialect->harmless, t);
}

/* A table's name goes on for as long as there are dots in it. */
static void note_into(reader *r, const token *t)
{
  bool is_name = t->kind == WORD || t->kind == NAME;

  if (is_word(t, " into ")) {
    r->is_into = true;
  } else if (r->is_into && !is_mark(t, '.')) {
    r->is_into =
        is_name && (is_word(&r->last, " into ") || is_mark(&r->last, '.'));
  }
}

static bool is_tainting(reader *r, const token *t)
{
  unsigned lex = r->scan.dialect->lex;

  if (r->is_odd) return true;
  if (is_mark(t, '@')) return lex & RYX_LEX_VARIABLE;
  if (is_word(t, " into ") && !is_in(inserting, &r->last)) return true;
  return calls(r, t) && !is_known(r, t);
}

static bool is_star(const reader *r, const token *t)
{
  const token *last = &r->last;

  if (!is_mark(t, '*')) return false;
  return is_mark(last, ',') || is_mark(last, '.') || is_in(listing, last);
}

static void step(reader *r, const token *t)
{
  if (is_mark(t, '(')) r->depth++;
  if (is_mark(t, ')')) r->depth--;
  if (is_mark(t, ';')) r->is_odd = true;
  if (r->depth == 0 && is_in(verbs, t)) r->is_with = is_word(t, " with ");
  r->last = *t;
}

static bool is_writing(reader *r, const token *t)
{
  if (!is_in(writing, t) || is_mark(&r->last, '.')) return false;
  return !is_word(t, " replace ") || !calls(r, t);
}

void ryx_sql_taint(const ryx_dialect *d, const char *sql, size_t n,
                   ryx_raw *out)
{
  reader r = {.scan = {d, sql, sql, sql + n}};
  token t = next(&r);

  out->taints = true;
  out->reads = false;
  while (is_mark(&t, '('))
    t = next(&r);
  if (!is_in(verbs, &t)) return;
  out->reads = true;
  for (; t.kind != END; t = next(&r)) {
    note_into(&r, &t);
    if (is_tainting(&r, &t)) {
      out->reads = false;
      return;
    }
    if (is_writing(&r, &t)) out->reads = false;
    if (is_star(&r, &t)) out->has_star = true;
    step(&r, &t);
  }
  out->taints = false;
}
