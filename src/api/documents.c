/* SPDX-License-Identifier: MIT */
/* JSON for hosts: a document to walk, and pieces to write one. */
#include "api/api.h"
#include "value/json.h"

int ryx_json_read(const char *s, size_t n, ryx_json **doc, ryx_err *err)
{
  return ryx_json_parse(s, n, doc, err);
}

int ryx_json_read_stored(const char *s, size_t n, ryx_json **doc, ryx_err *err)
{
  return ryx_json_parse_stored(s, n, doc, err);
}

void ryx_json_release(ryx_json *doc)
{
  ryx_json_free(doc);
}

void ryx_json_look(const ryx_json *j, ryx_json_item *out)
{
  ryx_json_kind kind = ryx_json_type(j);

  *out = (ryx_json_item){.kind = (int)kind};
  switch (kind) {
    case RYX_JSON_NULL:
    case RYX_JSON_FALSE:
    case RYX_JSON_TRUE: break;
    case RYX_JSON_INT: out->i = ryx_json_int(j); break;
    case RYX_JSON_DOUBLE: out->d = ryx_json_double(j); break;
    case RYX_JSON_STRING: out->s = ryx_json_string(j, &out->n); break;
    case RYX_JSON_ARRAY:
    case RYX_JSON_OBJECT: out->n = ryx_json_size(j); break;
  }
}

const ryx_json *ryx_json_item_at(const ryx_json *j, size_t i)
{
  return ryx_json_at(j, i);
}

bool ryx_json_each(const ryx_json *j, void **it, const char **key, size_t *nkey,
                   const ryx_json **value)
{
  return ryx_json_pair(j, it, key, nkey, value);
}

int ryx_json_add_string(ryx_text_buf *b, const char *s, size_t n)
{
  ryx_buf buf = ryx_api_borrow(b);
  int rc = ryx_json_put_string(&buf, s, n);

  return ryx_api_give_back(b, &buf, rc);
}

int ryx_json_add_int(ryx_text_buf *b, int64_t v)
{
  ryx_buf buf = ryx_api_borrow(b);
  int rc = ryx_json_put_int(&buf, v);

  return ryx_api_give_back(b, &buf, rc);
}

int ryx_json_add_double(ryx_text_buf *b, double v)
{
  ryx_buf buf = ryx_api_borrow(b);
  int rc = ryx_json_put_double(&buf, v);

  return ryx_api_give_back(b, &buf, rc);
}

int ryx_json_add_value(ryx_text_buf *b, const ryx_val *v, ryx_err *err)
{
  int rc = ryx_values_check(v, 1, err);
  ryx_buf buf;

  if (rc < 0) return rc;
  buf = ryx_api_borrow(b);
  rc = ryx_json_put_item(&buf, v, err);
  return ryx_api_give_back(b, &buf, rc);
}

int ryx_text_add(ryx_text_buf *b, const char *s, size_t n)
{
  ryx_buf buf = ryx_api_borrow(b);
  int rc = ryx_buf_put(&buf, s, n);

  return ryx_api_give_back(b, &buf, rc);
}
