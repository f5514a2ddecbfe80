/* SPDX-License-Identifier: MIT */
/* What every fuzzer has: libFuzzer's entry, and with RYX_FUZZ_MAIN a main that
 * replays the files it is given, for compilers without libFuzzer. */
#ifndef SPEC_FUZZ_H
#define SPEC_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#ifdef RYX_FUZZ_MAIN
int main(int argc, char **argv)
{
  static uint8_t data[1 << 21];

  for (int i = 1; i < argc; i++) {
    FILE *f = fopen(argv[i], "rb");
    size_t n;

    if (!f) {
      perror(argv[i]);
      return 1;
    }
    n = fread(data, 1, sizeof data, f);
    fclose(f);
    LLVMFuzzerTestOneInput(data, n);
  }
  return 0;
}
#endif

#endif
