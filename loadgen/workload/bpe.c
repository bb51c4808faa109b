/*
 * Byte-pair encoding; see bpe.h.
 *
 * Tokens lie behind each other in one block and are found by an open hash table of
 * (hash, rank); single bytes are their own rank, and pairs of bytes have a table of
 * their own, because every merge starts with them.
 *
 * During a merge a node stands for a token at its first byte: its neighbours, its
 * rank, and the rank that it would have together with the next node. An entry of
 * the heap is that rank above the node's position; it holds as long as the node
 * still says the same, so nothing is ever taken out of the heap's middle.
 */
#include "workload/bpe.h"

#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX
#define BYTES 256u

struct slot {
    uint32_t hash;
    uint32_t rank; /* NONE: empty */
};

struct bpe {
    uint8_t *bytes; /* of all tokens */
    size_t bytes_cap;
    uint32_t *starts; /* count + 1 */
    uint32_t count, count_max;
    struct slot *slots;
    uint32_t mask;
    size_t longest;
    uint32_t pairs[BYTES * BYTES]; /* rank of two bytes, NONE */
};

_Static_assert((uint64_t)BPE_TOKENS_MAX *BPE_TOKEN_BYTES_MAX <= UINT32_MAX, "starts");

struct bpe_node {
    uint32_t previous, next; /* positions; NONE before the first */
    uint32_t rank;
    uint32_t pair; /* rank together with the next; NONE: none, or merged away */
};

/* ---- the vocabulary */

static inline uint64_t load8(const uint8_t *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

static inline uint32_t load4(const uint8_t *p)
{
    uint32_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

/* All of 1 to 8 bytes; some twice. */
static inline uint64_t load_tail(const uint8_t *p, size_t n)
{
    if (n == 8)
        return load8(p);
    if (n >= 4)
        return (uint64_t)load4(p) << 32 | load4(p + n - 4);
    return (uint64_t)p[0] << 16 | (uint64_t)p[n / 2] << 8 | p[n - 1];
}

static inline uint64_t mix(uint64_t x)
{
    x *= UINT64_C(0x9e3779b97f4a7c15);
    return x ^ x >> 29;
}

/* Only compared within one process: byte order does not matter. */
static uint32_t hash_of(const uint8_t *p, size_t n)
{
    uint64_t h = n;
    for (; n > 8; p += 8, n -= 8)
        h = mix(h ^ load8(p));
    h = mix(mix(h ^ load_tail(p, n)));
    return (uint32_t)(h >> 32);
}

static inline size_t token_length(const struct bpe *b, uint32_t rank)
{
    return b->starts[rank + 1] - b->starts[rank];
}

/* The slot of a token, or the empty one where it would stand. */
static struct slot *find_slot(const struct bpe *b, const uint8_t *p, size_t n,
                              uint32_t hash)
{
    for (uint32_t i = hash & b->mask;; i = (i + 1) & b->mask) {
        struct slot *s = &b->slots[i];
        if (s->rank == NONE)
            return s;
        if (s->hash == hash && token_length(b, s->rank) == n &&
            memcmp(b->bytes + b->starts[s->rank], p, n) == 0)
            return s;
    }
}

/* The rank of some bytes (at least one), NONE when they are no token. */
static uint32_t rank_of(const struct bpe *b, const uint8_t *p, size_t n)
{
    if (n == 1)
        return p[0];
    if (n == 2)
        return b->pairs[p[0] * BYTES + p[1]];
    if (n > b->longest)
        return NONE;
    return find_slot(b, p, n, hash_of(p, n))->rank;
}

struct bpe *bpe_new(uint32_t tokens)
{
    assert(tokens >= BYTES && tokens <= BPE_TOKENS_MAX);
    struct bpe *b = xcalloc(1, sizeof *b);
    uint32_t slots = 1;
    while (slots < 2 * tokens)
        slots *= 2;
    b->count_max = tokens;
    b->mask = slots - 1;
    b->starts = xcalloc((size_t)tokens + 1, sizeof *b->starts);
    b->slots = xcalloc(slots, sizeof *b->slots);
    for (uint32_t i = 0; i < slots; i++)
        b->slots[i].rank = NONE;
    for (size_t i = 0; i < ARRAY_LEN(b->pairs); i++)
        b->pairs[i] = NONE;
    return b;
}

void bpe_free(struct bpe *b)
{
    if (b == NULL)
        return;
    free(b->bytes);
    free(b->starts);
    free(b->slots);
    free(b);
}

static int check_token(const struct bpe *b, const uint8_t *p, size_t n, struct err *e)
{
    if (n == 0 || n > BPE_TOKEN_BYTES_MAX)
        return err_set(e, "a token of %zu bytes; allowed are 1 to %u", n,
                       BPE_TOKEN_BYTES_MAX);
    if (b->count < BYTES && (n != 1 || p[0] != b->count))
        return err_set(e, "is not the byte %u: the first 256 tokens are the bytes",
                       b->count);
    if (b->count >= BYTES && n == 1)
        return err_set(e, "is the same token as rank %u", p[0]);
    return 0;
}

/* Puts the bytes behind those of the last token. */
static void append(struct bpe *b, const uint8_t *p, size_t n)
{
    size_t at = b->starts[b->count];
    if (at + n > b->bytes_cap) {
        b->bytes_cap = b->bytes_cap * 2 + BPE_TOKEN_BYTES_MAX;
        b->bytes = xrealloc_array(b->bytes, b->bytes_cap, 1);
    }
    memcpy(b->bytes + at, p, n);
    b->starts[b->count + 1] = (uint32_t)(at + n);
    if (n > b->longest)
        b->longest = n;
}

int bpe_add(struct bpe *b, const uint8_t *bytes, size_t length, struct err *e)
{
    assert(b->count < b->count_max);
    if (check_token(b, bytes, length, e) < 0)
        return -1;
    uint32_t hash = hash_of(bytes, length);
    struct slot *s = find_slot(b, bytes, length, hash);
    if (s->rank != NONE)
        return err_set(e, "is the same token as rank %u", s->rank);
    append(b, bytes, length);
    *s = (struct slot){hash, b->count};
    if (length == 2)
        b->pairs[bytes[0] * BYTES + bytes[1]] = b->count;
    b->count++;
    return 0;
}

uint32_t bpe_count(const struct bpe *b)
{
    return b->count;
}

const uint8_t *bpe_token(const struct bpe *b, uint32_t rank, size_t *length)
{
    assert(rank < b->count);
    *length = token_length(b, rank);
    return b->bytes + b->starts[rank];
}

/* ---- merging */

void bpe_work_release(struct bpe_work *w)
{
    free(w->nodes);
    free(w->heap);
    *w = (struct bpe_work){0};
}

/* A merge replaces one entry of the heap by at most two. */
static void make_room(struct bpe_work *w, size_t length)
{
    if (length <= w->cap)
        return;
    w->cap = length < 256 ? 256 : length;
    w->nodes = xrealloc_array(w->nodes, w->cap, sizeof *w->nodes);
    w->heap = xrealloc_array(w->heap, w->cap, 2 * sizeof *w->heap);
}

/* One piece being merged. */
struct merge {
    const struct bpe *bpe;
    const uint8_t *piece;
    uint32_t length; /* also the position behind the last node */
    struct bpe_node *nodes;
    uint64_t *heap; /* rank << 32 | position; the least first */
    size_t heap_count;
};

static void sift_down(struct merge *m, size_t i)
{
    uint64_t entry = m->heap[i];
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= m->heap_count)
            break;
        if (child + 1 < m->heap_count && m->heap[child + 1] < m->heap[child])
            child++;
        if (m->heap[child] >= entry)
            break;
        m->heap[i] = m->heap[child];
        i = child;
    }
    m->heap[i] = entry;
}

static void push(struct merge *m, uint64_t entry)
{
    size_t i = m->heap_count++;
    for (; i > 0 && m->heap[(i - 1) / 2] > entry; i = (i - 1) / 2)
        m->heap[i] = m->heap[(i - 1) / 2];
    m->heap[i] = entry;
}

static uint64_t pop(struct merge *m)
{
    uint64_t least = m->heap[0];
    m->heap[0] = m->heap[--m->heap_count];
    if (m->heap_count > 0)
        sift_down(m, 0);
    return least;
}

/* What a node and the next would be together. */
static uint32_t pair_of(const struct merge *m, uint32_t at)
{
    uint32_t next = m->nodes[at].next;
    if (next == m->length)
        return NONE;
    return rank_of(m->bpe, m->piece + at, m->nodes[next].next - at);
}

static uint64_t entry_of(const struct merge *m, uint32_t at)
{
    return (uint64_t)m->nodes[at].pair << 32 | at;
}

static void start(struct merge *m)
{
    for (uint32_t i = 0; i < m->length; i++)
        m->nodes[i] = (struct bpe_node){i - 1, i + 1, m->piece[i], NONE};
    for (uint32_t i = 0; i + 1 < m->length; i++) {
        m->nodes[i].pair = pair_of(m, i);
        if (m->nodes[i].pair != NONE)
            m->heap[m->heap_count++] = entry_of(m, i);
    }
    for (size_t i = m->heap_count / 2; i-- > 0;)
        sift_down(m, i);
}

static void renew_pair(struct merge *m, uint32_t at)
{
    m->nodes[at].pair = pair_of(m, at);
    if (m->nodes[at].pair != NONE)
        push(m, entry_of(m, at));
}

static void join(struct merge *m, uint32_t at)
{
    struct bpe_node *node = &m->nodes[at], *gone = &m->nodes[node->next];
    node->rank = node->pair;
    node->next = gone->next;
    gone->pair = NONE;
    if (node->next < m->length)
        m->nodes[node->next].previous = at;
    renew_pair(m, at);
    if (node->previous != NONE)
        renew_pair(m, node->previous);
}

static size_t collect(const struct merge *m, uint32_t *ranks)
{
    size_t n = 0;
    for (uint32_t at = 0; at < m->length; at = m->nodes[at].next) {
        if (ranks != NULL)
            ranks[n] = m->nodes[at].rank;
        n++;
    }
    return n;
}

size_t bpe_encode(const struct bpe *b, struct bpe_work *w, const char *piece,
                  size_t length, uint32_t *ranks)
{
    assert(length >= 1 && length <= BPE_PIECE_BYTES_MAX);
    assert(b->count >= BYTES);
    const uint8_t *bytes = (const uint8_t *)piece;
    uint32_t whole = rank_of(b, bytes, length);
    if (whole != NONE) {
        if (ranks != NULL)
            ranks[0] = whole;
        return 1;
    }
    make_room(w, length);
    struct merge m = {.bpe = b,
                      .piece = bytes,
                      .length = (uint32_t)length,
                      .nodes = w->nodes,
                      .heap = w->heap};
    start(&m);
    while (m.heap_count > 0) {
        uint64_t least = pop(&m);
        uint32_t at = (uint32_t)least;
        if (m.nodes[at].pair == least >> 32)
            join(&m, at);
    }
    return collect(&m, ranks);
}
