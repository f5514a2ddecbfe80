/* SPDX-License-Identifier: MIT */
/* The words of a text: runs of letters, marks, digits and underscores of any
 * script, for full-text search. */
#ifndef RYX_VALUE_WORD_H
#define RYX_VALUE_WORD_H

#include "base/err.h"

/* The next word of s from *at on: its bytes and their number, and how many
 * characters it has. An apostrophe within a word belongs to it. false: there is
 * none. What is not UTF-8 stands between words. */
bool ryx_word_next(const char *s, size_t n, size_t *at, const char **word,
                   size_t *len, size_t *n_chars);

#endif
