/* SPDX-License-Identifier: MIT */
/* The words that a user searches for. */
#include "sql/words.h"

#include <string.h>

#include "base/err.h"
#include "value/word.h"

enum { LEN_MAX = UINT32_MAX / 8 };

/* What stands around each word, and what there is without any. */
typedef struct how {
  const char *open, *close, *none;
  bool skips; /* what no index of InnoDB's holds is not asked for */
} how;

static const how hows[] = {
    [RYX_BIND_WORDS_QUOTED] = {"\"", "\" ", "\"\"", false},
    [RYX_BIND_WORDS_ALL] = {"+\"", "\" ", "", true},
    [RYX_BIND_WORDS_ANY] = {"", " ", "", true},
};

/* InnoDB's own: shorter and longer words it leaves out, and these. */
enum { CHARS_MIN = 3, CHARS_MAX = 84 };

static const char *const stopwords =
    " about are com der die for from how that the this und was what when "
    "where who will with www ";

static char lower(char c)
{
  return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool is_stopword(const char *word, size_t n)
{
  char text[8];

  if (n + 3 > sizeof text) return false;
  text[0] = ' ';
  for (size_t i = 0; i < n; i++)
    text[i + 1] = lower(word[i]);
  text[n + 1] = ' ';
  text[n + 2] = '\0';
  return strstr(stopwords, text) != NULL;
}

static char *put(char *at, const char *s, size_t n)
{
  memcpy(at, s, n);
  return at + n;
}

static char *put_words(const how *h, const ryx_val *v, char *out)
{
  size_t at = 0, n, n_chars;
  const char *word;

  while (ryx_word_next(v->u.s, v->len, &at, &word, &n, &n_chars)) {
    if (h->skips &&
        (n_chars < CHARS_MIN || n_chars > CHARS_MAX || is_stopword(word, n)))
      continue;
    out = put(out, h->open, strlen(h->open));
    out = put(out, word, n);
    out = put(out, h->close, strlen(h->close));
  }
  return out;
}

int ryx_words_make(ryx_bind_op op, ryx_val *v, ryx_arena *a, ryx_err *e)
{
  const how *h = &hows[op];
  char *room, *end;

  if (v->len > LEN_MAX) {
    return ryx_err_set(e, RYX_E_VALIDATION,
                       "the text is too long to search for");
  }
  /* A word of one byte takes four more, and something stands between two. */
  room = ryx_arena_alloc(a, 3 * (size_t)v->len + 8);
  if (!room) return ryx_err_nomem(e);
  end = put_words(h, v, room);
  if (end == room) {
    end = put(end, h->none, strlen(h->none));
  } else {
    end--; /* the last space */
  }
  v->u.s = room;
  v->len = (uint32_t)(end - room);
  return 0;
}
