/*
 * A corpus: real prompts of a file (--prompts), to be sent as they are.
 *
 * The file is JSONL, one object a line, or one JSON array of objects; their forms are
 * those of corpus_row.h. It is read once, every row of it is checked, and what stays
 * in memory is where each prompt stands and how long it is: 24 bytes a prompt. The
 * text stays in the file and is read from there just before it is sent.
 *
 * Which prompt a request sends is a function of (seed, number): in the order of the
 * file, or shuffled; after the last one the file begins again, shuffled anew.
 *
 * LIMIT: a prompt that comes again, or goes to both arms of a mirror, is the same text:
 * a prefix cache will have it, where filler words differ each time.
 * LIMIT: a file that is written to during a run ends the run: the prompts would not
 * be those that were counted.
 */
#ifndef GUST_CORPUS_H
#define GUST_CORPUS_H

#include "base/buf.h"
#include "base/err.h"
#include "workload/tokenizer.h"

#define CORPUS_PROMPT_BYTES_MAX ((size_t)64 << 20)
#define CORPUS_IGNORED_MAX 8

enum corpus_order { CORPUS_SHUFFLED, CORPUS_FILE };
extern const char *const corpus_orders[3]; /* NULL-terminated */

/* Where the token counts come from. */
enum corpus_count {
    CORPUS_ESTIMATED, /* four bytes a token; usage tells the truth afterwards */
    CORPUS_TOKENIZER, /* --tokenizer: of the texts, without the template's */
    CORPUS_SERVER,    /* the server's /tokenize, with the template's */
};

/* One prompt. */
struct corpus_prompt {
    uint64_t offset;        /* of what is sent */
    uint32_t bytes;         /* of it */
    uint32_t tokens;        /* at least 1 */
    uint32_t output_tokens; /* asked for, or of the recorded reply; 0: not known */
    uint16_t pairs;         /* of user and assistant before the last user message */
    bool is_messages : 1;   /* inside of an array of messages, else of a string */
    bool is_plain : 1;      /* a system message or none, the pairs, a user message */
    bool has_system : 1;
    bool is_cap : 1; /* output_tokens is a limit, not a length */
};
_Static_assert(sizeof(struct corpus_prompt) == 24, "a million prompts are 24 MB");

struct corpus {
    char *path;
    int fd;
    struct corpus_prompt *prompts;
    uint32_t count;
    uint64_t digest; /* of the file's bytes */
    enum corpus_order order;
    enum corpus_count counted;
    uint64_t skipped; /* conversations without a question and its answer */
    uint32_t first_messages, first_messages_line; /* index; UINT32_MAX: none */
    uint16_t pairs_max;
    bool has_system;                      /* some of them */
    char ignored[CORPUS_IGNORED_MAX][32]; /* members that nothing was made of */
    size_t ignored_count;
    int64_t size, changed_s, changed_ns; /* of the file when it was read */
};

/* Reads a regular file. tokenizer: counts with it; NULL: estimates. NULL on failure;
 * the error names FILE:LINE. */
struct corpus *corpus_load(const char *path, enum corpus_order order,
                           const struct tokenizer *tokenizer, struct err *e);
void corpus_free(struct corpus *c);

/* Index of the prompt that request `number` sends. */
uint32_t corpus_pick(const struct corpus *c, uint64_t seed, uint64_t number);

/* Appends what prompt `index` sends, valid JSON. Any thread. Fails when the file
 * cannot be read or was written to since. */
MUST_CHECK int corpus_read(const struct corpus *c, uint32_t index, struct buf *out,
                           struct err *e);

#endif
