/*
 * Real prompts of a file; see corpus.h.
 *
 * Shuffled order is a permutation that needs no memory: a Feistel network over the
 * next even number of bits, walked until it lands below the count (at most four
 * steps on average), keyed by the seed and by how often the file has been through.
 */
#include "workload/corpus.h"

#include "base/filemap.h"
#include "base/rng.h"
#include "workload/corpus_row.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_BYTES_MAX ((size_t)1 << 46)
#define BYTES_PER_TOKEN 4 /* of the estimate; English text has 3.95 */
#define FEISTEL_ROUNDS 4
#define WINDOW_BYTES ((size_t)32 << 20) /* of the file that stay in memory */

const char *const corpus_orders[3] = {
    [CORPUS_SHUFFLED] = "shuffled", [CORPUS_FILE] = "file", [2] = NULL};

/* ---- reading a file */

/* A file being read in. */
struct reader {
    struct corpus *corpus;
    struct filemap map;
    struct corpus_counter counter;
    size_t cap;
    const char *counted_to; /* lines up to here are counted */
    uint64_t line;          /* of counted_to */
    const char *dropped_to; /* what is before is read, and need not stay in memory */
};

/* Lines only go forward, so all of them together cost one pass. */
static uint64_t line_of(struct reader *r, const char *at)
{
    const char *p = r->counted_to;
    for (; p < at; p++) {
        p = memchr(p, '\n', (size_t)(at - p));
        if (p == NULL)
            break;
        r->line++;
    }
    r->counted_to = at;
    return r->line;
}

static void note_ignored(void *context, const struct span *key)
{
    struct corpus *c = context;
    size_t length =
        key->length < sizeof c->ignored[0] ? key->length : sizeof c->ignored[0] - 1;
    for (size_t i = 0; i < c->ignored_count; i++)
        if (strlen(c->ignored[i]) == length &&
            memcmp(c->ignored[i], key->text, length) == 0)
            return;
    if (c->ignored_count < CORPUS_IGNORED_MAX)
        memcpy(c->ignored[c->ignored_count++], key->text, length);
}

static uint32_t at_least_1(size_t n)
{
    return n < 1 ? 1 : n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

static void count_tokens(struct reader *r, const struct corpus_row *row,
                         struct corpus_prompt *p)
{
    if (r->counter.tokenizer == NULL) {
        p->tokens =
            at_least_1((row->text_bytes + BYTES_PER_TOKEN - 1) / BYTES_PER_TOKEN);
        return;
    }
    p->tokens = at_least_1(corpus_row_count(&r->counter, row));
    if (p->output_tokens == 0 && row->reply.text != NULL)
        p->output_tokens = at_least_1(corpus_span_count(&r->counter, &row->reply));
}

static void note_prompt(struct corpus *c, const struct corpus_prompt *p, uint64_t line)
{
    if (p->is_messages && c->first_messages == UINT32_MAX) {
        c->first_messages = c->count;
        c->first_messages_line = line < UINT32_MAX ? (uint32_t)line : UINT32_MAX;
    }
    if (p->pairs > c->pairs_max)
        c->pairs_max = p->pairs;
    c->has_system = c->has_system || p->has_system;
}

static int add_row(struct reader *r, const struct corpus_row *row, const char *start,
                   struct err *e)
{
    struct corpus *c = r->corpus;
    if (row->bytes > CORPUS_PROMPT_BYTES_MAX)
        return err_set(e, "a prompt of %zu bytes; at most %zu MiB are sent", row->bytes,
                       CORPUS_PROMPT_BYTES_MAX >> 20);
    if (c->count == UINT32_MAX)
        return err_set(e, "more than 4,294,967,295 prompts");
    if (c->count == r->cap) {
        r->cap = r->cap > 0 ? r->cap * 2 : 1024;
        c->prompts = xrealloc_array(c->prompts, r->cap, sizeof *c->prompts);
    }
    struct corpus_prompt p = {.offset = (uint64_t)(row->text - r->map.text),
                              .bytes = (uint32_t)row->bytes,
                              .output_tokens = row->output_tokens,
                              .pairs = row->pairs,
                              .is_messages = row->is_messages,
                              .is_plain = row->is_plain,
                              .has_system = row->has_system,
                              .is_cap = row->is_cap};
    count_tokens(r, row, &p);
    note_prompt(c, &p, line_of(r, start));
    c->prompts[c->count++] = p;
    return 0;
}

static void drop_behind(struct reader *r, const char *at)
{
    if ((size_t)(at - r->dropped_to) < WINDOW_BYTES)
        return;
    filemap_drop(&r->map, at);
    r->dropped_to = at;
}

/* One object at s. */
static int read_row(struct reader *r, struct skim *s, struct err *e)
{
    const struct corpus_ignored ignored = {note_ignored, r->corpus};
    struct corpus_row row;
    const char *start = s->at;
    drop_behind(r, start);
    int got = corpus_row_read(s, &ignored, &row, e);
    if (got > 0)
        got = add_row(r, &row, start, e);
    else if (got == 0)
        r->corpus->skipped++;
    return got < 0 ? -1 : 0;
}

/* A line that ends early is wrong there, not where the next one begins. */
static int read_lines(struct reader *r, const char **at, struct err *e)
{
    const char *end = r->map.text + r->map.length;
    for (const char *line = *at; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        struct skim s = {line, newline != NULL ? newline : end};
        *at = line;
        if (skim_peek(&s) != '\0' || s.at < s.end) {
            if (read_row(r, &s, e) < 0)
                return -1;
            if (skim_peek(&s) != '\0' || s.at < s.end)
                return err_set(e, "more than one JSON object in a line");
        }
        line = newline != NULL ? newline + 1 : end;
    }
    return 0;
}

static int read_array(struct reader *r, const char **at, struct err *e)
{
    struct skim s = {*at, r->map.text + r->map.length};
    bool is_open = skim_take(&s, '[');
    bool is_more = is_open && !skim_take(&s, ']');
    while (is_more) {
        (void)skim_peek(&s);
        *at = s.at;
        if (read_row(r, &s, e) < 0) {
            *at = s.at; /* an object may have many lines */
            return -1;
        }
        is_more = skim_take(&s, ',');
        if (!is_more && !skim_take(&s, ']')) {
            *at = s.at;
            return err_set(e, "neither ',' nor ']' after an object");
        }
    }
    (void)skim_peek(&s);
    *at = s.at;
    return s.at == s.end ? 0 : err_set(e, "more text after the array");
}

/* Of the whole file, eight bytes at a time, the first one lowest. */
static uint64_t digest_of(struct reader *r)
{
    const char *text = r->map.text;
    uint64_t digest = r->map.length;
    for (size_t left = r->map.length; left > 0; text += 8) {
        uint8_t b[8] = {0};
        uint64_t word = 0;
        size_t n = left < sizeof b ? left : sizeof b;
        memcpy(b, text, n);
        for (unsigned i = 0; i < sizeof b; i++)
            word |= (uint64_t)b[i] << 8 * i;
        digest = (digest ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        digest ^= digest >> 32;
        left -= n;
        drop_behind(r, text);
    }
    return digest;
}

static int read_all(struct reader *r, struct err *e)
{
    struct corpus *c = r->corpus;
    struct skim s = {r->map.text, r->map.text + r->map.length};
    char first = skim_peek(&s);
    const char *at = first == '[' ? s.at : r->map.text;
    r->counted_to = r->dropped_to = r->map.text;
    r->line = 1;
    int rc = first == '[' ? read_array(r, &at, e) : read_lines(r, &at, e);
    if (rc < 0)
        return err_in(e, "%s:%zu", c->path, filemap_line(&r->map, at));
    if (c->count == 0)
        return err_set(e, "%s: no prompts", c->path);
    r->dropped_to = r->map.text;
    c->digest = digest_of(r);
    return 0;
}

/* ---- the object */

static bool is_unchanged(const struct corpus *c, const struct stat *facts)
{
    return c->size == facts->st_size && c->changed_s == facts->st_mtim.tv_sec &&
           c->changed_ns == facts->st_mtim.tv_nsec;
}

static int open_file(struct corpus *c, struct err *e)
{
    struct stat facts;
    c->fd = open(c->path, O_RDONLY | O_CLOEXEC);
    if (c->fd < 0 || fstat(c->fd, &facts) != 0)
        return err_set_errno(e, errno, "%s", c->path);
    c->size = facts.st_size;
    c->changed_s = facts.st_mtim.tv_sec;
    c->changed_ns = facts.st_mtim.tv_nsec;
    return 0;
}

struct corpus *corpus_load(const char *path, enum corpus_order order,
                           const struct tokenizer *tokenizer, struct err *e)
{
    struct corpus *c = xcalloc(1, sizeof *c);
    struct reader r = {.corpus = c, .counter = {.tokenizer = tokenizer}};
    c->path = xstrdup(path);
    c->fd = -1;
    c->order = order;
    c->counted = tokenizer != NULL ? CORPUS_TOKENIZER : CORPUS_ESTIMATED;
    c->first_messages = UINT32_MAX;
    bool is_open = filemap_open(&r.map, path, FILE_BYTES_MAX, e) == 0;
    bool is_read = is_open && open_file(c, e) == 0 && read_all(&r, e) == 0;
    if (is_open)
        filemap_close(&r.map);
    corpus_counter_release(&r.counter);
    if (is_read)
        return c;
    corpus_free(c);
    return NULL;
}

void corpus_free(struct corpus *c)
{
    if (c == NULL)
        return;
    if (c->fd >= 0)
        (void)close(c->fd); /* only read */
    free(c->prompts);
    free(c->path);
    free(c);
}

int corpus_read(const struct corpus *c, uint32_t index, struct buf *out, struct err *e)
{
    assert(index < c->count);
    const struct corpus_prompt *p = &c->prompts[index];
    struct stat facts;
    bool has_room = buf_reserve(out, p->bytes);
    assert(has_room);
    size_t done = 0;
    while (done < p->bytes) {
        ssize_t n = pread(c->fd, out->data + out->len + done, p->bytes - done,
                          (off_t)(p->offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_set_errno(e, errno, "cannot read %s", c->path);
        if (n == 0)
            break;
        done += (size_t)n;
    }
    if (done < p->bytes || fstat(c->fd, &facts) != 0 || !is_unchanged(c, &facts))
        return err_set(e, "%s was written to during the run", c->path);
    out->len += p->bytes;
    out->data[out->len] = '\0';
    return 0;
}

/* ---- which prompt */

/* A permutation of 0 .. 2^(2 * half_bits) - 1. */
static uint64_t feistel(uint64_t x, unsigned half_bits, uint64_t key)
{
    uint64_t mask = (UINT64_C(1) << half_bits) - 1;
    uint64_t left = x >> half_bits, right = x & mask;
    for (uint64_t i = 0; i < FEISTEL_ROUNDS; i++) {
        uint64_t mixed = rng_hash(key, RNG_CORPUS, i << 32 | right);
        uint64_t next = left ^ (mixed & mask);
        left = right;
        right = next;
    }
    return left << half_bits | right;
}

uint32_t corpus_pick(const struct corpus *c, uint64_t seed, uint64_t number)
{
    uint64_t x = number % c->count, round = number / c->count;
    unsigned half_bits = 1;
    if (c->order == CORPUS_FILE)
        return (uint32_t)x;
    while (UINT64_C(1) << 2 * half_bits < c->count)
        half_bits++;
    uint64_t key = rng_hash(seed, RNG_CORPUS, round);
    do {
        x = feistel(x, half_bits, key);
    } while (x >= c->count);
    return (uint32_t)x;
}
