/*
 * Counting recorded prompts by asking the server: POST /tokenize, before anything is
 * measured, where the dialect has it and the prompts are few enough. The counts have
 * the template's tokens, so they are what usage must say.
 */
#ifndef GUST_TOKENIZE_H
#define GUST_TOKENIZE_H

#include "engine/call.h"

#define TOKENIZE_PROMPTS_MAX 2000

/* Counts all prompts of the plan's corpus, or none, and notes in one line which. The
 * counts are those of the plan's first target, which is t. A server that refuses is
 * no error: usage tells the counts afterwards. */
void tokenize_corpus(struct call *c, const struct target *t, struct corpus *corpus,
                     struct buf *notes);

#endif
