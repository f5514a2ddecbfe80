/* SPDX-License-Identifier: MIT */
/* Arrays: one item as JSON, and the way between a JSON array and PostgreSQL's
 * array literal. */
#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "value/json.h"
#include "value/text.h"

enum { MAX_DEPTH = 6 }; /* PostgreSQL's limit of dimensions */

/* A conversion under way. dims[d] is the length that every array at depth d
 * has, once the first one was seen; leaf is the depth of the items or -1. */
typedef struct job {
  ryx_buf *out;
  ryx_err *e;
  int elem;
  int leaf;
  size_t dims[MAX_DEPTH];
  bool seen[MAX_DEPTH];
} job;

/* Names the failure of a buffer, or of a piece that is not UTF-8. */
static int blame(ryx_err *e, int rc)
{
  if (rc == RYX_E_NOMEM) return ryx_err_nomem(e);
  if (rc == RYX_E_MISUSE) return ryx_err_set(e, rc, "the array is too long");
  if (rc < 0) return ryx_err_set(e, rc, "array item is not valid UTF-8");
  return 0;
}

static int put_hex(ryx_buf *out, const char *s, size_t n)
{
  int rc = ryx_buf_reserve(out, 2 * n + 2);

  if (rc < 0) return rc;
  out->data[out->len++] = '"';
  for (size_t i = 0; i < n; i++) {
    unsigned char byte = (unsigned char)s[i];
    out->data[out->len++] = "0123456789abcdef"[byte >> 4];
    out->data[out->len++] = "0123456789abcdef"[byte & 15];
  }
  return ryx_buf_putc(out, '"');
}

/* A text that only claims to be JSON could add items of its own. */
static int put_document(ryx_buf *out, const ryx_val *v, ryx_err *e)
{
  ryx_json *doc;
  int rc = ryx_json_parse(v->u.s, v->len, &doc, e);

  if (rc < 0) return rc;
  rc = blame(e, ryx_json_write(doc, out));
  ryx_json_free(doc);
  return rc;
}

/* A value without bytes that is a string in an array. */
static int put_as_text(ryx_buf *out, const ryx_val *v, ryx_err *e)
{
  char text[RYX_TEXT_MAX + 2] = {'"'};
  size_t n = (size_t)ryx_text_put(text + 1, v);

  text[n + 1] = '"';
  return blame(e, ryx_buf_put(out, text, n + 2));
}

int ryx_json_put_item(ryx_buf *out, const ryx_val *v, ryx_err *e)
{
  switch ((ryx_type)v->type) {
    case RYX_T_NULL: return blame(e, ryx_buf_puts(out, "null"));
    case RYX_T_BOOL:
      return blame(e, ryx_buf_puts(out, v->u.i ? "true" : "false"));
    case RYX_T_INT: return blame(e, ryx_json_put_int(out, v->u.i));
    case RYX_T_DOUBLE:
      if (!isfinite(v->u.d)) return put_as_text(out, v, e);
      return blame(e, ryx_json_put_double(out, v->u.d));
    case RYX_T_TEXT:
    case RYX_T_DECIMAL:
    case RYX_T_UUID: return blame(e, ryx_json_put_string(out, v->u.s, v->len));
    case RYX_T_BYTES: return blame(e, put_hex(out, v->u.s, v->len));
    case RYX_T_JSON:
    case RYX_T_ARRAY: return put_document(out, v, e);
    case RYX_T_DATE:
    case RYX_T_TIME:
    case RYX_T_DATETIME:
    case RYX_T_DATETIMETZ:
    case RYX_T_DURATION: return put_as_text(out, v, e);
    case RYX_T_MAX: break;
  }
  return ryx_err_set(e, RYX_E_MISUSE, "value of unknown type %d", v->type);
}

/* Notes an array of n items at this depth; false when it makes the whole
 * ragged. */
static bool fits(job *j, int depth, size_t n)
{
  if (!j->seen[depth]) {
    j->seen[depth] = true;
    j->dims[depth] = n;
  }
  return j->dims[depth] == n;
}

static bool is_leaf_depth(job *j, int depth)
{
  bool is_deeper = depth + 1 < MAX_DEPTH && j->seen[depth + 1];

  if (j->leaf < 0 && !is_deeper) j->leaf = depth;
  return j->leaf == depth;
}

static int ragged(const job *j)
{
  return ryx_err_set(j->e, RYX_E_VALIDATION,
                     "nested arrays must all have the same length and depth");
}

static int too_deep(const job *j)
{
  return ryx_err_set(j->e, RYX_E_VALIDATION,
                     "an array has at most %d dimensions", MAX_DEPTH);
}

static int bad_item(const job *j)
{
  return ryx_err_set(j->e, RYX_E_VALIDATION, "array item is not of type %s",
                     ryx_type_name(j->elem));
}

/* Quoted always, so that NULL, spaces and braces are just text. */
static int put_quoted(const job *j, const char *s, size_t n)
{
  int rc = 0;

  if (memchr(s, '\0', n)) {
    return ryx_err_set(j->e, RYX_E_VALIDATION,
                       "array item holds a NUL byte, which PostgreSQL's text "
                       "cannot store");
  }
  rc = ryx_buf_putc(j->out, '"');
  for (size_t i = 0; rc == 0 && i < n; i++) {
    if (s[i] == '"' || s[i] == '\\') rc = ryx_buf_putc(j->out, '\\');
    if (rc == 0) rc = ryx_buf_putc(j->out, s[i]);
  }
  if (rc == 0) rc = ryx_buf_putc(j->out, '"');
  return blame(j->e, rc);
}

static bool is_hex(const char *s, size_t n)
{
  return n % 2 == 0 && strspn(s, "0123456789abcdefABCDEF") == n;
}

static int pg_string(const job *j, const ryx_json *item)
{
  size_t n;
  const char *s = ryx_json_string(item, &n);
  double d;

  if (j->elem == RYX_T_INT || j->elem == RYX_T_BOOL) return bad_item(j);
  if (j->elem == RYX_T_DOUBLE && ryx_text_double(s, n, &d, NULL) < 0) {
    return bad_item(j);
  }
  if (j->elem != RYX_T_BYTES) return put_quoted(j, s, n);
  if (!is_hex(s, n)) return bad_item(j);
  return blame(j->e, ryx_buf_printf(j->out, "\"\\\\x%s\"", s));
}

/* A document as an item of json[]. */
static int pg_document(const job *j, const ryx_json *item)
{
  ryx_buf text;
  int rc;

  ryx_buf_init(&text, j->out->max);
  rc = blame(j->e, ryx_json_write(item, &text));
  if (rc == 0) rc = put_quoted(j, text.data, text.len);
  ryx_buf_fini(&text);
  return rc;
}

static int pg_item(const job *j, const ryx_json *item)
{
  ryx_json_kind kind = ryx_json_type(item);
  bool is_int = kind == RYX_JSON_INT;
  bool is_bool = kind == RYX_JSON_TRUE || kind == RYX_JSON_FALSE;
  bool is_number = is_int || kind == RYX_JSON_DOUBLE;

  if (kind == RYX_JSON_NULL) return blame(j->e, ryx_buf_puts(j->out, "NULL"));
  if (j->elem == RYX_T_JSON) return pg_document(j, item);
  if (kind == RYX_JSON_STRING) return pg_string(j, item);
  if ((is_int && (j->elem == RYX_T_INT || j->elem == RYX_T_DECIMAL)) ||
      (is_number && j->elem == RYX_T_DOUBLE) ||
      (is_bool && j->elem == RYX_T_BOOL)) {
    return blame(j->e, ryx_json_write(item, j->out));
  }
  return bad_item(j);
}

static int pg_array(job *j, const ryx_json *array, int depth)
{
  size_t n = ryx_json_size(array);
  int rc;

  if (depth == MAX_DEPTH) return too_deep(j);
  if (!fits(j, depth, n)) return ragged(j);
  rc = blame(j->e, ryx_buf_putc(j->out, '{'));
  for (size_t i = 0; rc == 0 && i < n; i++) {
    const ryx_json *item = ryx_json_at(array, i);
    bool nests = ryx_json_type(item) == RYX_JSON_ARRAY && j->elem != RYX_T_JSON;

    if (i > 0) rc = blame(j->e, ryx_buf_putc(j->out, ','));
    if (rc < 0) return rc;
    if (nests) {
      rc = pg_array(j, item, depth + 1);
    } else {
      rc = is_leaf_depth(j, depth) ? pg_item(j, item) : ragged(j);
    }
    if (rc == 0 && nests && j->leaf == depth) rc = ragged(j);
  }
  return rc < 0 ? rc : blame(j->e, ryx_buf_putc(j->out, '}'));
}

enum { SURE_DIGITS = 18 }; /* of any number that an int64 holds */

/* A flat list of plain items, being copied: its JSON is PostgreSQL's literal
 * but for the brackets and the case of null, and never shorter. What is not
 * plain (arrays in it, \u, exponents, spaces, bytes) is left to the parser. */
typedef struct list {
  const char *at, *end;
  char *to;
  int elem;
} list;

static bool copy_char(list *l, char c, char as)
{
  if (l->at == l->end || *l->at != c) return false;
  l->at++;
  *l->to++ = as;
  return true;
}

static bool copy_word(list *l, const char *word, const char *as, size_t n)
{
  if ((size_t)(l->end - l->at) < n || memcmp(l->at, word, n) != 0) return false;
  memcpy(l->to, as, n);
  l->at += n;
  l->to += n;
  return true;
}

/* As many digits as there are; 0 is the only number that begins with one. */
static bool copy_digits(list *l, bool may_begin_with_0)
{
  const char *start = l->at;

  while (l->at < l->end && *l->at >= '0' && *l->at <= '9')
    *l->to++ = *l->at++;
  if (l->at == start || l->at - start > SURE_DIGITS) return false;
  return may_begin_with_0 || *start != '0' || l->at - start == 1;
}

static bool copy_number(list *l)
{
  (void)copy_char(l, '-', '-');
  if (!copy_digits(l, false)) return false;
  if (l->elem != RYX_T_DOUBLE || !copy_char(l, '.', '.')) return true;
  return copy_digits(l, true);
}

/* Behind a backslash. PostgreSQL escapes two characters, as JSON does; the
 * others stand for themselves. */
static bool copy_escape(list *l)
{
  static const char letters[] = "nrtbf/", stands_for[] = "\n\r\t\b\f/";
  const char *letter;

  if (copy_char(l, '"', '"') || copy_char(l, '\\', '\\')) return true;
  letter = l->at < l->end && *l->at ? strchr(letters, *l->at++) : NULL;
  if (!letter) return false;
  l->to[-1] = stands_for[letter - letters];
  return true;
}

static bool copy_string(list *l)
{
  if (!copy_char(l, '"', '"')) return false;
  while (l->at < l->end && *l->at != '"') {
    char c = *l->at++;
    if ((unsigned char)c < ' ') return false;
    *l->to++ = c;
    if (c == '\\' && !copy_escape(l)) return false;
  }
  return copy_char(l, '"', '"');
}

static bool copy_item(list *l)
{
  if (copy_word(l, "null", "NULL", 4)) return true;
  switch ((ryx_type)l->elem) {
    case RYX_T_BOOL:
      return copy_word(l, "true", "true", 4) ||
             copy_word(l, "false", "false", 5);
    case RYX_T_INT:
    case RYX_T_DOUBLE: return copy_number(l);
    case RYX_T_TEXT:
    case RYX_T_DECIMAL:
    case RYX_T_DATE:
    case RYX_T_TIME:
    case RYX_T_DATETIME:
    case RYX_T_DATETIMETZ:
    case RYX_T_DURATION:
    case RYX_T_UUID: return copy_string(l);
    case RYX_T_NULL:
    case RYX_T_BYTES:
    case RYX_T_JSON:
    case RYX_T_ARRAY:
    case RYX_T_MAX: break;
  }
  return false;
}

static bool copy_list(list *l)
{
  if (!copy_char(l, '[', '{')) return false;
  do {
    if (!copy_item(l)) return false;
  } while (copy_char(l, ',', ','));
  return copy_char(l, ']', '}') && l->at == l->end;
}

/* 1: it was one; 0: the parser has to look. */
static int put_list(const job *j, const char *s, size_t n)
{
  list l = {.at = s, .end = s + n, .elem = j->elem};
  int rc;

  if (!ryx_text_valid(s, n)) return 0;
  rc = blame(j->e, ryx_buf_reserve(j->out, n));
  if (rc < 0) return rc;
  l.to = j->out->data + j->out->len;
  if (!copy_list(&l)) return 0;
  j->out->len = (size_t)(l.to - j->out->data);
  *l.to = '\0';
  return 1;
}

int ryx_json_array_to_pg(const char *s, size_t n, int elem, ryx_buf *out,
                         ryx_err *e)
{
  job j = {.out = out, .e = e, .elem = elem, .leaf = -1};
  size_t start = out->len;
  ryx_json *doc;
  int rc;

  rc = put_list(&j, s, n);
  if (rc != 0) return rc < 0 ? rc : 0;
  rc = ryx_json_parse(s, n, &doc, e);
  if (rc < 0) return rc;
  if (ryx_json_type(doc) == RYX_JSON_ARRAY) {
    rc = pg_array(&j, doc, 0);
  } else {
    rc = ryx_err_set(e, RYX_E_VALIDATION, "the value is not an array");
  }
  ryx_json_free(doc);
  /* A box without items has no dimensions in PostgreSQL, however nested. */
  if (rc == 0 && j.leaf < 0) {
    out->len = start;
    rc = blame(e, ryx_buf_puts(out, "{}"));
  }
  return rc;
}

/* PostgreSQL's literal being read. */
typedef struct reader {
  job j;
  const char *at, *end;
  ryx_buf item;
  ryx_arena arena;
} reader;

static int bad_literal(const reader *r)
{
  return ryx_err_set(r->j.e, RYX_E_VALIDATION,
                     "this is not a PostgreSQL array literal");
}

/* What PostgreSQL writes for an item, turned into elem and put as JSON. */
static int json_item(reader *r)
{
  ryx_val v = {.type = RYX_T_TEXT, .len = (uint32_t)r->item.len};
  int rc;

  v.u.s = r->item.data ? r->item.data : "";
  if (r->j.elem == RYX_T_BYTES) {
    if (v.len < 2 || memcmp(v.u.s, "\\x", 2) != 0 ||
        !is_hex(v.u.s + 2, v.len - 2)) {
      return bad_item(&r->j);
    }
    v.u.s += 2;
    v.len -= 2;
    return blame(r->j.e, ryx_json_put_string(r->j.out, v.u.s, v.len));
  }
  rc = ryx_val_cast(&v, r->j.elem, &r->arena, r->j.e);
  return rc < 0 ? rc : ryx_json_put_item(r->j.out, &v, r->j.e);
}

static int read_quoted(reader *r)
{
  int rc;

  for (r->at++; r->at < r->end && *r->at != '"'; r->at++) {
    if (*r->at == '\\' && ++r->at == r->end) return bad_literal(r);
    rc = blame(r->j.e, ryx_buf_putc(&r->item, *r->at));
    if (rc < 0) return rc;
  }
  if (r->at == r->end) return bad_literal(r);
  r->at++;
  return json_item(r);
}

static int read_bare(reader *r)
{
  const char *start = r->at;
  size_t n;
  int rc;

  while (r->at < r->end && !strchr("{},\"\\ \t\n", *r->at))
    r->at++;
  n = (size_t)(r->at - start);
  if (n == 0) return bad_literal(r);
  if (n == 4 && strncasecmp(start, "null", 4) == 0) {
    return blame(r->j.e, ryx_buf_puts(r->j.out, "null"));
  }
  rc = blame(r->j.e, ryx_buf_put(&r->item, start, n));
  return rc < 0 ? rc : json_item(r);
}

static int read_array(reader *r, int depth);

static int read_item(reader *r, int depth)
{
  int rc;

  ryx_buf_clear(&r->item);
  if (r->at == r->end) return bad_literal(r);
  if (*r->at == '{') {
    if (r->j.leaf == depth) return ragged(&r->j);
    rc = read_array(r, depth + 1);
    return rc == 0 && r->j.leaf == depth ? ragged(&r->j) : rc;
  }
  if (!is_leaf_depth(&r->j, depth)) return ragged(&r->j);
  rc = *r->at == '"' ? read_quoted(r) : read_bare(r);
  ryx_arena_reset(&r->arena);
  return rc;
}

/* From '{' past its '}'. */
static int read_array(reader *r, int depth)
{
  size_t n = 0;
  int rc;

  if (depth == MAX_DEPTH) return too_deep(&r->j);
  if (r->at == r->end || *r->at != '{') return bad_literal(r);
  r->at++;
  rc = blame(r->j.e, ryx_buf_putc(r->j.out, '['));
  while (rc == 0 && r->at < r->end && *r->at != '}') {
    if (n > 0 && *r->at++ != ',') return bad_literal(r);
    if (n++ > 0) rc = blame(r->j.e, ryx_buf_putc(r->j.out, ','));
    if (rc == 0) rc = read_item(r, depth);
  }
  if (rc < 0) return rc;
  if (r->at++ == r->end) return bad_literal(r);
  if (!fits(&r->j, depth, n)) return ragged(&r->j);
  return blame(r->j.e, ryx_buf_putc(r->j.out, ']'));
}

int ryx_json_array_from_pg(const char *s, size_t n, int elem, ryx_buf *out,
                           ryx_err *e)
{
  reader r = {.j = {.out = out, .e = e, .elem = elem, .leaf = -1},
              .at = s,
              .end = s + n};
  const char *open = n > 0 && s[0] == '[' ? memchr(s, '=', n) : NULL;
  int rc;

  if (open) r.at = open + 1; /* [0:1]={...}: bounds that do not start at 1 */
  ryx_buf_init(&r.item, out->max);
  ryx_arena_init(&r.arena, 64);
  rc = read_array(&r, 0);
  if (rc == 0 && r.at != r.end) rc = bad_literal(&r);
  ryx_arena_fini(&r.arena);
  ryx_buf_fini(&r.item);
  return rc;
}
