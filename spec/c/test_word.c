/* SPDX-License-Identifier: MIT */
/* value/word and sql/words: the words of a text, alone and as a query, and how
 * alike texts are. */
#include "value/word.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/mem.h"
#include "sql/words.h"

/* The words of s, each as "word/characters ". */
static void has_words(const char *s, size_t n, const char *expected)
{
  char out[512] = "";
  size_t at = 0, len, n_chars, used = 0;
  const char *word;

  while (ryx_word_next(s, n, &at, &word, &len, &n_chars)) {
    used += (size_t)snprintf(out + used, sizeof out - used, "%.*s/%zu ",
                             (int)len, word, n_chars);
  }
  assert_string_equal(out, expected);
}

static void words_are_of_letters_marks_and_digits(void **state)
{
  (void)state;
  has_words("", 0, "");
  has_words(" \t!-+*", 6, "");
  has_words("red fox", 7, "red/3 fox/3 ");
  has_words("+red* -\"fox\"(2)", 15, "red/3 fox/3 2/1 ");
  has_words("snake_case x-y", 14, "snake_case/10 x/1 y/1 ");
  has_words("\xC3\x89t\xC3\xA9,\xE6\x97\xA5\xE6\x9C\xAC", 12,
            "\xC3\x89t\xC3\xA9/3 \xE6\x97\xA5\xE6\x9C\xAC/2 ");
  has_words("e\xCC\x81t", 4, "e\xCC\x81t/3 "); /* a mark of its own */
  has_words("\xE2\x80\x9Cx\xE2\x80\x9D", 7, "x/1 ");
  has_words("\xF0\x9F\x98\x80 a", 6, "a/1 ");
}

static void an_apostrophe_stands_between(void **state)
{
  (void)state;
  has_words("don't", 5, "don/3 t/1 ");
  has_words("'quoted'", 8, "quoted/6 ");
  has_words("a''b", 4, "a/1 b/1 ");
  has_words("end'", 4, "end/3 ");
}

static void what_is_not_utf8_stands_between(void **state)
{
  (void)state;
  has_words(
      "a\xFF"
      "b",
      3, "a/1 b/1 ");
  has_words("a\0b", 3, "a/1 b/1 ");
  has_words("caf\xC3", 4, "caf/3 ");
}

static void makes(ryx_bind_op op, const char *in, const char *expected)
{
  ryx_arena a;
  ryx_val v = {.type = RYX_T_TEXT};
  ryx_err e;

  ryx_arena_init(&a, 0);
  v.u.s = in;
  v.len = (uint32_t)strlen(in);
  assert_int_equal(ryx_words_make(op, &v, &a, &e), 0);
  assert_int_equal(v.len, strlen(expected));
  assert_memory_equal(v.u.s, expected, v.len);
  ryx_arena_fini(&a);
}

static void each_word_stands_for_itself(void **state)
{
  (void)state;
  makes(RYX_BIND_WORDS_QUOTED, "red -fox", "\"red\" \"fox\"");
  makes(RYX_BIND_WORDS_QUOTED, "a OR \"b\"*", "\"a\" \"OR\" \"b\"");
  makes(RYX_BIND_WORDS_QUOTED, "a b c d", "\"a\" \"b\" \"c\" \"d\"");
  makes(RYX_BIND_WORDS_ALL, "red -fox", "+\"red\" +\"fox\"");
  makes(RYX_BIND_WORDS_ANY, "+red \"fox\"", "red fox");
}

static void no_word_is_a_query_too(void **state)
{
  (void)state;
  makes(RYX_BIND_WORDS_QUOTED, "", "\"\"");
  makes(RYX_BIND_WORDS_QUOTED, "*\"", "\"\"");
  makes(RYX_BIND_WORDS_ALL, "()", "");
  makes(RYX_BIND_WORDS_ANY, "@", "");
}

static void what_no_index_holds_is_left_out(void **state)
{
  char longest[86 + 1];

  (void)state;
  makes(RYX_BIND_WORDS_ALL, "The fox of x", "+\"fox\"");
  makes(RYX_BIND_WORDS_ANY, "WHERE about go", "");
  makes(RYX_BIND_WORDS_ALL, "abouts wwww", "+\"abouts\" +\"wwww\"");
  makes(RYX_BIND_WORDS_ALL, "\xC3\xA9t\xC3\xA9", "+\"\xC3\xA9t\xC3\xA9\"");
  memset(longest, 'x', 85);
  longest[85] = '\0';
  makes(RYX_BIND_WORDS_ALL, longest, "");
  makes(RYX_BIND_WORDS_ANY, longest + 1, longest + 1);
}

static void alike(const char *a, const char *b, double expected)
{
  double share = -1;

  assert_int_equal(ryx_word_similarity(a, strlen(a), b, strlen(b), &share), 0);
  assert_true(share == (double)(float)expected);
}

/* What pg_trgm says. */
static void texts_are_alike_by_trigrams(void **state)
{
  (void)state;
  alike("word", "word", 1);
  alike("word", "WORD!", 1);
  alike("word", "two words", 4.0F / 11.0F);
  alike("", "", 0);
  alike("a", "", 0);
  alike("!!", "!!", 0);
  alike("cat", "dog", 0);
  alike("aaaa", "aa", 3.0F / 4.0F);
  alike("b a", "a b", 1);
}

static void text_that_is_not_utf8_is_refused(void **state)
{
  double share;

  (void)state;
  assert_int_equal(ryx_word_similarity("\xFF", 1, "a", 1, &share),
                   RYX_E_VALIDATION);
  assert_int_equal(ryx_word_similarity("a", 1, "\xC3", 1, &share),
                   RYX_E_VALIDATION);
}

static void out_of_memory_leaks_nothing(void **state)
{
  int64_t before = ryx_mem_live();
  int rc = RYX_E_NOMEM;
  double share;

  (void)state;
  for (int at = 1; rc == RYX_E_NOMEM; at++) {
    ryx_mem_fail_at(at, false);
    rc = ryx_word_similarity("one two", 7, "three four", 10, &share);
    ryx_mem_fail_at(0, false);
    assert_int_equal(ryx_mem_live(), before);
    assert_true(at < 50);
  }
  assert_int_equal(rc, 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(words_are_of_letters_marks_and_digits),
      cmocka_unit_test(an_apostrophe_stands_between),
      cmocka_unit_test(what_is_not_utf8_stands_between),
      cmocka_unit_test(each_word_stands_for_itself),
      cmocka_unit_test(no_word_is_a_query_too),
      cmocka_unit_test(what_no_index_holds_is_left_out),
      cmocka_unit_test(texts_are_alike_by_trigrams),
      cmocka_unit_test(text_that_is_not_utf8_is_refused),
      cmocka_unit_test(out_of_memory_leaks_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
