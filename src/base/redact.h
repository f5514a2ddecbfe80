/* SPDX-License-Identifier: MIT */
/* Keeping passwords out of what client libraries say. */
#ifndef RYX_BASE_REDACT_H
#define RYX_BASE_REDACT_H

#include "ryx_value.h"

/* Masks what stands in a message where a password does: in //user:HERE@host and
 * behind password=, passwd= and pwd=. It knows no password, so a word that
 * happens to be one stays. For texts about a connection; e may be NULL. */
void ryx_redact(ryx_err *e);

#endif
