/* SPDX-License-Identifier: MIT */
/* Rubbish as a connection URL: an error or options, never a crash, and never
 * the password in what is shown. */
#include <string.h>

#include "driver/opts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  char url[512], shown[256];
  ryx_opts opts;
  ryx_err err;

  if (size >= sizeof url) return 0;
  memcpy(url, data, size);
  url[size] = '\0';
  if (ryx_opts_parse(url, &opts, &err) < 0) return 0;
  ryx_opts_show(&opts, shown, sizeof shown);
  if (opts.password && strlen(opts.password) > 8 &&
      (!opts.user || !strstr(opts.user, opts.password)) &&
      (!opts.host || !strstr(opts.host, opts.password)) &&
      (!opts.database || !strstr(opts.database, opts.password)) &&
      strstr(shown, opts.password))
    __builtin_trap();
  ryx_opts_fini(&opts);
  return 0;
}
