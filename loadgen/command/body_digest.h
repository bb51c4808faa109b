/*
 * Digests of request bodies that nobody sends: --print-bodies. They are built as a
 * worker builds them, but for what only the server can tell: the dialect when none
 * is named (openai stands for it), the model, and the tokens of its template.
 */
#ifndef GUST_BODY_DIGEST_H
#define GUST_BODY_DIGEST_H

#include "command/run_plan.h"

struct body_digest {
    struct prompt_spec spec;
    struct buf text, body;
};

/* p and t are borrowed. */
void body_digest_init(struct body_digest *b, const struct run_plan *p,
                      const struct target_settings *t);
void body_digest_release(struct body_digest *b);

/* 64 bits over the bytes of the arrival's body. Fails where the text of a recorded
 * prompt cannot be read. */
MUST_CHECK int body_digest(struct body_digest *b, const struct arrival *a,
                           uint64_t *out, struct err *e);

#endif
