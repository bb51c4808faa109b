/*
 * One recorded prompt, as a JSON object of one of three forms:
 *
 *   {"messages": [{"role": "user", "content": "..."}, ...]}    OpenAI's chat form
 *   {"prompt": "..."}
 *   {"conversations": [{"from": "human", "value": "..."}, {"from": "gpt", ...}]}
 *
 * and beside it "output_tokens", the length that the reply had, or "max_tokens" or
 * "max_completion_tokens", which is only its limit. An object that has several forms
 * is the first of them.
 *
 * Messages are sent as they stand in the file, whatever they hold (parts, tool
 * calls), but for an assistant's messages at the end: they are the recorded reply,
 * unless marked "prefix": true. Of a conversation (ShareGPT), as its users do, the
 * first question is asked, and the answer to it is the recorded reply.
 *
 * Pure; everything points into the text.
 */
#ifndef GUST_CORPUS_ROW_H
#define GUST_CORPUS_ROW_H

#include "base/err.h"
#include "wire/skim.h"
#include "workload/tokenizer.h"

#define CORPUS_OUTPUT_MAX 10000000 /* tokens */

struct corpus_row {
    bool is_messages;
    /* What is sent: the inside of a string, or of the array of messages. */
    const char *text;
    size_t bytes;
    size_t text_bytes; /* of its texts in UTF-8; of parts, as they stand in the file */
    uint32_t output_tokens; /* asked for; 0: not said */
    bool is_cap;            /* output_tokens is a limit, not a length */
    struct span reply;      /* recorded; text NULL: none */
    /* Of messages: a system message first, then so many pairs of user and assistant
     * before the last user message, all of plain text. */
    bool is_plain; /* of that shape; a prompt alone is */
    bool has_system;
    uint16_t pairs;
};

/* Told of each member that nothing is made of. */
struct corpus_ignored {
    void (*note)(void *context, const struct span *key);
    void *context;
};

/* Reads the object at s, to its end. 1: a row; 0: a conversation without a question
 * and its answer; -1: the error names the member, and s stands where it is wrong. */
MUST_CHECK int corpus_row_read(struct skim *s, const struct corpus_ignored *ignored,
                               struct corpus_row *out, struct err *e);

/* Told of each text that is sent, in order, as it stands in the file. */
struct corpus_texts {
    void (*take)(void *context, const struct span *text);
    void *context;
};

/* Visits the texts of a row: of text, bytes and is_messages, which is all that it looks
 * at; a string must have its quotes around it. */
void corpus_row_texts(const struct corpus_row *row, const struct corpus_texts *to);

/* A buffer for decoded texts, and where they are tokenized. */
struct corpus_counter {
    const struct tokenizer *tokenizer;
    struct bpe_work work;
    char *text;
    size_t cap;
};

void corpus_counter_release(struct corpus_counter *c);

/* Tokens of the texts that are sent, without any template's. */
size_t corpus_row_count(struct corpus_counter *c, const struct corpus_row *row);

/* Tokens of a string, as of reply. */
size_t corpus_span_count(struct corpus_counter *c, const struct span *text);

#endif
