/* SPDX-License-Identifier: MIT */
/* Letter case by utf8proc, regular expressions by PCRE2. */
#define PCRE2_CODE_UNIT_WIDTH 8

#include "value/fold.h"

#include <pcre2.h>
#include <string.h>
#include <utf8proc.h>

#include "base/err.h"
#include "base/mem.h"

/* Steps before a search gives up: some 100 ms of backtracking. */
enum { MATCH_LIMIT = 2000000 };

struct ryx_regex {
  pcre2_code *code;
  pcre2_general_context *memory;
  pcre2_match_context *limits;
};

/* An ASCII letter stays one byte and no other character takes less than two or
 * becomes more than four, so twice the length is room enough. */
static int fold(const char *s, size_t n,
                utf8proc_int32_t (*map)(utf8proc_int32_t), ryx_buf *out)
{
  const utf8proc_uint8_t *in = (const utf8proc_uint8_t *)s;
  size_t i = 0, start = out->len;
  int rc = n > SIZE_MAX / 4 ? RYX_E_NOMEM : ryx_buf_reserve(out, 2 * n);

  if (rc < 0) return rc;
  while (i < n) {
    utf8proc_int32_t c;
    utf8proc_ssize_t len =
        utf8proc_iterate(in + i, (utf8proc_ssize_t)(n - i), &c);
    utf8proc_uint8_t *to = (utf8proc_uint8_t *)out->data + out->len;

    if (len <= 0) {
      out->len = start;
      return RYX_E_VALIDATION;
    }
    out->len += (size_t)utf8proc_encode_char(map(c), to);
    i += (size_t)len;
  }
  out->data[out->len] = '\0';
  return 0;
}

static utf8proc_int32_t lower(utf8proc_int32_t c)
{
  if (c < 0x80) return c >= 'A' && c <= 'Z' ? c + 32 : c;
  return utf8proc_tolower(c);
}

static utf8proc_int32_t upper(utf8proc_int32_t c)
{
  if (c < 0x80) return c >= 'a' && c <= 'z' ? c - 32 : c;
  if (c == 0xDF) return c; /* Unicode's sharp s is its own capital */
  return utf8proc_toupper(c);
}

int ryx_fold_lower(const char *s, size_t n, ryx_buf *out)
{
  return fold(s, n, lower, out);
}

int ryx_fold_upper(const char *s, size_t n, ryx_buf *out)
{
  return fold(s, n, upper, out);
}

static void *pcre_alloc(PCRE2_SIZE size, void *ud)
{
  (void)ud;
  return ryx_mem_alloc(size);
}

static void pcre_free(void *p, void *ud)
{
  (void)ud;
  ryx_mem_free(p);
}

static int bad_pattern(ryx_err *e, int code, size_t offset)
{
  char why[160];

  pcre2_get_error_message(code, (PCRE2_UCHAR *)why, sizeof why);
  return ryx_err_set(e, RYX_E_VALIDATION,
                     "invalid regular expression at byte %zu: %s", offset, why);
}

int ryx_regex_new(const char *pattern, size_t n, bool ignore_case,
                  ryx_regex **out, ryx_err *e)
{
  uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_DOTALL |
                     PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C;
  ryx_regex *re = ryx_mem_new(sizeof *re);
  PCRE2_SIZE offset = 0;
  pcre2_compile_context *context;
  int code = PCRE2_ERROR_NOMEMORY;

  *out = NULL;
  if (!re) return ryx_err_nomem(e);
  re->memory = pcre2_general_context_create(pcre_alloc, pcre_free, NULL);
  if (!re->memory) goto fail;
  re->limits = pcre2_match_context_create(re->memory);
  context = pcre2_compile_context_create(re->memory);
  if (context) {
    if (ignore_case) options |= PCRE2_CASELESS;
    re->code =
        pcre2_compile((PCRE2_SPTR)pattern, n, options, &code, &offset, context);
    pcre2_compile_context_free(context);
  }
  if (!re->limits || !re->code) goto fail;
  pcre2_set_match_limit(re->limits, MATCH_LIMIT);
  *out = re;
  return 0;

fail:
  if (re->code) code = PCRE2_ERROR_NOMEMORY;
  ryx_regex_free(re);
  if (code == PCRE2_ERROR_NOMEMORY || code == PCRE2_ERROR_HEAP_FAILED) {
    return ryx_err_nomem(e);
  }
  return bad_pattern(e, code, offset);
}

int ryx_regex_search(const ryx_regex *re, const char *s, size_t n)
{
  pcre2_match_data *data = pcre2_match_data_create(1, re->memory);
  int rc;

  if (!data) return RYX_E_NOMEM;
  rc = pcre2_match(re->code, (PCRE2_SPTR)s, n, 0, 0, data, re->limits);
  pcre2_match_data_free(data);
  if (rc >= 0) return 1;
  if (rc == PCRE2_ERROR_NOMATCH) return 0;
  if (rc == PCRE2_ERROR_NOMEMORY) return RYX_E_NOMEM;
  if (rc <= PCRE2_ERROR_UTF8_ERR1 && rc >= PCRE2_ERROR_UTF8_ERR21) {
    return RYX_E_VALIDATION;
  }
  return RYX_E_OPERATIONAL;
}

void ryx_regex_free(ryx_regex *re)
{
  if (!re) return;
  pcre2_code_free(re->code);
  pcre2_match_context_free(re->limits);
  pcre2_general_context_free(re->memory);
  ryx_mem_free(re);
}
