/* SPDX-License-Identifier: MIT */
/* The words of a text: runs of letters, marks, digits and underscores of any
 * script, for full-text search; and how alike two texts are by what their words
 * are made of. */
#ifndef RYX_VALUE_WORD_H
#define RYX_VALUE_WORD_H

#include "base/err.h"

/* The next word of s from *at on: its bytes and their number, and how many
 * characters it has. An apostrophe is between two, as the databases have
 * it. false: there is none. What is not UTF-8 stands between words. */
bool ryx_word_next(const char *s, size_t n, size_t *at, const char **word,
                   size_t *len, size_t *n_chars);

/* Of PostgreSQL's pg_trgm: words of letters and digits in lower case, with two
 * spaces before and one behind, cut into threes of characters; those that both
 * texts have, out of all, from 0 to 1. Nothing is like a text without words. */
RYX_MUST int ryx_word_similarity(const char *a, size_t n_a, const char *b,
                                 size_t n_b, double *out);

#endif
