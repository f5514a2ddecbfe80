/* SPDX-License-Identifier: MIT */
#include "value/text_check.h"

#include <string.h>

#include "base/err.h"
#include "value/json.h"
#include "value/text.h"

int ryx_text_check(const ryx_val *v, ryx_err *e)
{
  bool is_json = v->type == RYX_T_JSON || v->type == RYX_T_ARRAY;

  if (v->len == 0) return 0;
  if (memchr(v->u.s, '\0', v->len) ||
      (is_json && ryx_json_has_nul(v->u.s, v->len))) {
    return ryx_err_set(e, RYX_E_VALIDATION,
                       "text cannot hold NUL; bytes need a binary field");
  }
  if (ryx_text_valid(v->u.s, v->len)) return 0;
  return ryx_err_set(e, RYX_E_VALIDATION,
                     "the text is not valid UTF-8; bytes that are not text "
                     "need a binary field");
}
