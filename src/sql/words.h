/* SPDX-License-Identifier: MIT */
/* What a user searches for, as the query of a full-text index: each word for
 * itself, so that nothing in it is an operator of that index's language. */
#ifndef RYX_SQL_WORDS_H
#define RYX_SQL_WORDS_H

#include "sql/sql.h"

/* op is one of RYX_BIND_WORDS_*. v is TEXT and is changed in place; what is
 * made lives in the arena. Without a word to ask for it finds nothing. */
RYX_MUST int ryx_words_make(ryx_bind_op op, ryx_val *v, ryx_arena *a,
                            ryx_err *e);

#endif
