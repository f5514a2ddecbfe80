/* SPDX-License-Identifier: MIT */
/* The dialects there are. */
#include "sql/dialect.h"

#include <string.h>

static const ryx_dialect *const dialects[] = {
#define X(name) &ryx_dialect_##name,
    RYX_DIALECTS(X)
#undef X
};

const ryx_dialect *ryx_dialect_spoken(const char *driver, unsigned caps)
{
  const ryx_dialect *other = NULL;

  for (size_t i = 0; i < sizeof dialects / sizeof dialects[0]; i++) {
    const ryx_dialect *d = dialects[i];
    if (strcmp(d->driver, driver) != 0) continue;
    if (d->server & caps) return d;
    if (!d->server) other = d;
  }
  return other;
}

bool ryx_dialect_is_only(const ryx_dialect *d)
{
  int n = 0;

  for (size_t i = 0; i < sizeof dialects / sizeof dialects[0]; i++)
    n += strcmp(dialects[i]->driver, d->driver) == 0;
  return n == 1;
}

bool ryx_dialect_is_kin(const ryx_dialect *a, const ryx_dialect *b)
{
  return strcmp(a->driver, b->driver) == 0;
}

const ryx_dialect *ryx_dialect_find(const char *name)
{
  for (size_t i = 0; i < sizeof dialects / sizeof dialects[0]; i++) {
    if (strcmp(dialects[i]->name, name) == 0) return dialects[i];
  }
  return NULL;
}

const char *ryx_dialect_name(const ryx_dialect *d)
{
  return d->name;
}

unsigned ryx_dialect_caps(const ryx_dialect *d)
{
  return d->caps;
}

bool ryx_dialect_has_arrays(const ryx_dialect *d)
{
  return d->has_arrays;
}
