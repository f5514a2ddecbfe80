/* SPDX-License-Identifier: MIT */
/* Regular expressions for hosts. */
#include "api/api.h"
#include "value/fold.h"

int ryx_regex_make(const char *pattern, size_t n, bool ignore_case,
                   ryx_regex **out, ryx_err *err)
{
  return ryx_regex_new(pattern, n, ignore_case, out, err);
}

int ryx_regex_find(const ryx_regex *re, const char *s, size_t n)
{
  return ryx_regex_search(re, s, n);
}

void ryx_regex_release(ryx_regex *re)
{
  ryx_regex_free(re);
}
