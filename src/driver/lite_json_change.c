/* SPDX-License-Identifier: MIT */
/* Owns the functions of SQL that change a document: ryx_json_set,
 * ryx_json_replace, ryx_json_remove, ryx_json_some, and ryx_json_raw that reads
 * a part. They
 * cut and join text, so what they do not change keeps its spelling, and with it
 * numbers that no type of C holds. */
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "driver/lite_conn.h"
#include "value/json.h"

typedef struct text {
  const char *at, *end;
} text;

/* Where a member of a container is, or would be. */
typedef struct place {
  const char *start, *value, *end; /* its key or value; NULL without one */
  const char *before;              /* where a new one goes */
  bool is_first, is_last; /* of a new one: nothing before it, after it */
} place;

static bool is_space(char c)
{
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_space(text *t)
{
  while (t->at < t->end && is_space(*t->at))
    t->at++;
}

static bool is_next(text *t, char c)
{
  skip_space(t);
  return t->at < t->end && *t->at == c;
}

static bool take(text *t, char c)
{
  if (!is_next(t, c)) return false;
  t->at++;
  return true;
}

static void skip_string(text *t)
{
  for (t->at++; t->at < t->end && *t->at != '"'; t->at++)
    if (*t->at == '\\' && t->at + 1 < t->end) t->at++;
  if (t->at < t->end) t->at++;
}

/* Over one value of any kind. */
static void skip_value(text *t)
{
  size_t depth = 0;

  skip_space(t);
  while (t->at < t->end) {
    char c = *t->at;

    if (c == '"') {
      skip_string(t);
    } else if (c == '[' || c == '{') {
      depth++;
      t->at++;
    } else if ((c == ']' || c == '}') && depth > 0) {
      depth--;
      t->at++;
    } else if (depth == 0 && (strchr(",]}", c) || is_space(c))) {
      return;
    } else {
      t->at++;
      continue;
    }
    if (depth == 0) return;
  }
}

/* Compares a key as it is spelled with one of n bytes. */
static int compare_key(const char *raw, const char *raw_end, const char *key,
                       size_t n, int *order)
{
  size_t size = (size_t)(raw_end - raw);
  ryx_json *doc = NULL;
  ryx_err e = {0};
  int rc = 0;

  if (size < 2) return RYX_E_VALIDATION;
  if (memchr(raw, '\\', size)) {
    rc = ryx_json_parse(raw, size, &doc, &e);
    if (rc < 0) return rc;
    raw = ryx_json_string(doc, &size);
  } else {
    raw++;
    size -= 2;
  }
  *order = memcmp(raw, key, size < n ? size : n);
  if (*order == 0) *order = (size > n) - (size < n);
  ryx_json_free(doc);
  return rc;
}

/* Keys stand in the order of their bytes, as ryx writes them: a new one goes
 * before the first that is greater. */
static int find_key(text t, const char *key, size_t n, place *out)
{
  for (bool is_first = true;; is_first = false) {
    const char *start, *end;
    int order, rc;

    skip_space(&t);
    if (is_next(&t, '}')) {
      if (!out->before) *out = (place){.before = t.at, .is_first = is_first};
      out->is_last = out->before == t.at;
      return 0;
    }
    if (!is_first && !take(&t, ',')) return RYX_E_VALIDATION;
    if (!is_next(&t, '"')) return RYX_E_VALIDATION;
    start = t.at;
    skip_string(&t);
    end = t.at;
    if (!take(&t, ':')) return RYX_E_VALIDATION;
    if ((rc = compare_key(start, end, key, n, &order)) < 0) return rc;
    skip_space(&t);
    if (order > 0 && !out->before)
      *out = (place){.before = start, .is_first = is_first};
    if (order == 0) {
      *out = (place){.start = start, .value = t.at};
      skip_value(&t);
      out->end = t.at;
      out->is_first = is_first;
      out->is_last = !is_next(&t, ',');
      return 0;
    }
    skip_value(&t);
  }
}

static int find_item(text t, int64_t index, place *out)
{
  for (int64_t i = 0;; i++) {
    if (is_next(&t, ']')) {
      *out = (place){.before = t.at, .is_first = i == 0, .is_last = true};
      return 0;
    }
    if (i > 0 && !take(&t, ',')) return RYX_E_VALIDATION;
    skip_space(&t);
    if (t.at >= t.end) return RYX_E_VALIDATION;
    out->start = out->value = t.at;
    skip_value(&t);
    if (i == index) {
      out->end = t.at;
      out->is_first = i == 0;
      out->is_last = !is_next(&t, ',');
      return 0;
    }
  }
}

/* 1: `out` is the place in the document; 0: the step does not apply to it. */
static int find(text t, sqlite3_value *step, place *out)
{
  bool is_key = sqlite3_value_type(step) == SQLITE_TEXT;
  int rc;

  *out = (place){0};
  if (!take(&t, is_key ? '{' : '[')) return 0;
  if (is_key) {
    const char *key = (const char *)sqlite3_value_text(step);
    if (!key) return RYX_E_NOMEM;
    rc = find_key(t, key, (size_t)sqlite3_value_bytes(step), out);
  } else {
    rc = find_item(t, sqlite3_value_int64(step), out);
  }
  return rc < 0 ? rc : 1;
}

static text text_of(sqlite3_value *v)
{
  const char *s = (const char *)sqlite3_value_text(v);

  return (text){s, s ? s + sqlite3_value_bytes(v) : NULL};
}

static int put(ryx_buf *out, const char *from, const char *to)
{
  return ryx_buf_put(out, from, (size_t)(to - from));
}

static int put_member(ryx_buf *out, sqlite3_value *step, text value)
{
  int rc = 0;

  if (sqlite3_value_type(step) == SQLITE_TEXT) {
    rc = ryx_json_put_string(out, (const char *)sqlite3_value_text(step),
                             (size_t)sqlite3_value_bytes(step));
    if (rc == 0) rc = ryx_buf_putc(out, ':');
  }
  return rc < 0 ? rc : put(out, value.at, value.end);
}

static int insert(ryx_buf *out, text doc, const place *p, sqlite3_value *step,
                  text value)
{
  int rc = put(out, doc.at, p->before);

  if (rc == 0 && p->is_last && !p->is_first) rc = ryx_buf_putc(out, ',');
  if (rc == 0) rc = put_member(out, step, value);
  if (rc == 0 && !p->is_last) rc = ryx_buf_putc(out, ',');
  return rc < 0 ? rc : put(out, p->before, doc.end);
}

static int replace(ryx_buf *out, text doc, const place *p, text value)
{
  int rc = put(out, doc.at, p->value);

  if (rc == 0) rc = put(out, value.at, value.end);
  return rc < 0 ? rc : put(out, p->end, doc.end);
}

/* With the comma behind it, or else the one before. */
static int cut(ryx_buf *out, text doc, const place *p)
{
  const char *from = p->start;
  text rest = {p->end, doc.end};
  int rc;

  if (!p->is_last) {
    (void)take(&rest, ',');
  } else if (!p->is_first) {
    while (from > doc.at && *from != ',')
      from--;
  }
  rc = put(out, doc.at, from);
  return rc < 0 ? rc : put(out, rest.at, doc.end);
}

/* Gives `out`, or NULL with 0 in rc. */
static void give(sqlite3_context *ctx, int rc, ryx_buf *out)
{
  static const ryx_err malformed = {.message = "malformed JSON"};

  ryx_lite_functions_result(ctx, rc, out, &malformed);
}

static const char null_text[] = "null";

/* 0: the step does not apply to the document. */
static int change_one(ryx_buf *out, text doc, sqlite3_value **v,
                      bool may_insert)
{
  text value = text_of(v[1]);
  place p;
  int rc = find(doc, v[0], &p);

  if (rc <= 0) return rc;
  if (!value.at) value = (text){null_text, null_text + sizeof null_text - 1};
  if (p.start)
    rc = replace(out, doc, &p, value);
  else if (may_insert)
    rc = insert(out, doc, &p, v[0], value);
  else
    rc = put(out, doc.at, doc.end);
  return rc < 0 ? rc : 1;
}

static int set_one(ryx_buf *out, text doc, sqlite3_value **v)
{
  return change_one(out, doc, v, true);
}

static int replace_one(ryx_buf *out, text doc, sqlite3_value **v)
{
  return change_one(out, doc, v, false);
}

static int remove_one(ryx_buf *out, text doc, sqlite3_value **v)
{
  place p;
  int rc = find(doc, v[0], &p);

  if (rc <= 0) return rc;
  rc = p.start ? cut(out, doc, &p) : put(out, doc.at, doc.end);
  return rc < 0 ? rc : 1;
}

/* One change after the other, each of `width` arguments. One that does not
 * apply to the document leaves it as it is. */
static void change(sqlite3_context *ctx, int n, sqlite3_value **v, int width,
                   int (*one)(ryx_buf *, text, sqlite3_value **))
{
  text doc = text_of(v[0]);
  ryx_buf from, to;
  int rc = 0;

  if (!doc.at) return;
  ryx_buf_init(&from, 0);
  for (int i = 1; rc >= 0 && i + width <= n; i += width) {
    ryx_buf_init(&to, 0);
    rc = one(&to, doc, v + i);
    if (rc == 0) continue;
    ryx_buf_fini(&from);
    from = to;
    doc = (text){from.data, from.data + from.len};
  }
  if (rc >= 0 && !from.data) rc = put(&from, doc.at, doc.end);
  give(ctx, rc < 0 ? rc : 0, &from);
}

/* ryx_json_set(object, key, value, ...), ryx_json_set(array, position, value):
 * behind the end of an array it is appended. */
static void set(sqlite3_context *ctx, int n, sqlite3_value **v)
{
  change(ctx, n, v, 2, set_one);
}

/* ryx_json_replace: the same of what is there. */
static void json_replace(sqlite3_context *ctx, int n, sqlite3_value **v)
{
  change(ctx, n, v, 2, replace_one);
}

/* ryx_json_remove(object, key, ...), ryx_json_remove(array, position) */
static void json_remove(sqlite3_context *ctx, int n, sqlite3_value **v)
{
  change(ctx, n, v, 1, remove_one);
}

/* ryx_json_raw(json, key or position, ...): the part as it is spelled, or NULL
 * when there is none. */
static void raw(sqlite3_context *ctx, int n, sqlite3_value **v)
{
  text doc = text_of(v[0]);
  ryx_buf out;
  place p;
  int i, rc = 0;

  if (!doc.at) return;
  ryx_buf_init(&out, 0);
  for (i = 1; i < n; i++) {
    rc = find(doc, v[i], &p);
    if (rc == 0 || (rc > 0 && !p.start)) return;
    if (rc < 0) break;
    doc = (text){p.value, p.end};
  }
  give(ctx, rc < 0 ? rc : put(&out, doc.at, doc.end), &out);
}

/* ryx_json_some(json, empty): `empty` for nothing and for JSON's null. */
static void some(sqlite3_context *ctx, int n, sqlite3_value **v)
{
  text doc = text_of(v[0]), word = doc;
  bool is_null;

  (void)n;
  skip_space(&word);
  is_null = !doc.at || (word.end - word.at >= 4 && *word.at == 'n');
  sqlite3_result_value(ctx, is_null ? v[1] : v[0]);
}

int ryx_lite_json_change(sqlite3 *db)
{
  static const ryx_lite_function all[] = {
      {"ryx_json_set", -1, set, NULL},
      {"ryx_json_replace", -1, json_replace, NULL},
      {"ryx_json_remove", -1, json_remove, NULL},
      {"ryx_json_raw", -1, raw, NULL},
      {"ryx_json_some", 2, some, NULL},
      {NULL, 0, NULL, NULL},
  };

  return ryx_lite_functions_add(db, all);
}
