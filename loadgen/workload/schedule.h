/*
 * The schedule: when each request is due and what it is. One global sequence
 * from the seed; every worker of every shard computes all of it and keeps its
 * own, so 1 and 4 threads (and 1 and 500 shards) send exactly the same.
 *
 * Open loop: arrivals come from the inverse of the cumulated rate. Every phase
 * is cut into linear pieces (curve.h), so the inverse is a square root at most,
 * and the same on every machine. Conversations: the schedule gives the first
 * turn; the following ones are due a think time after the reply (schedule_turn).
 * Closed loop: schedule_user gives user u's i-th request.
 *
 * With a trace, its rows give times, lengths and prefix blocks; the profile gives
 * only classes (by weight), and phases only tell what is measured and where the
 * trace is cut. A traced request is never a conversation.
 *
 * With a corpus, each request sends one of its prompts: text, history and prefix come
 * from there, and where it says one the output length. The profile (or the trace)
 * gives times, classes and the other output lengths; there are no further turns.
 */
#ifndef GUST_SCHEDULE_H
#define GUST_SCHEDULE_H

#include "workload/corpus.h"
#include "workload/profile.h"
#include "workload/trace.h"

#define ARRIVAL_BLOCKS_MAX 4096

struct arrival {
    uint64_t number; /* of the session in the global sequence */
    uint16_t turn;   /* of the conversation, 0 first */
    uint16_t turns;  /* of the conversation, at least 1 */
    uint16_t class_index;
    uint16_t phase;
    bool is_measured;
    uint8_t arms;   /* bits of the arms it goes to; 0: the engine decides */
    bool is_traced; /* lengths are a trace's, not the profile's */
    bool has_text;  /* sends a prompt of the corpus: text_index */
    bool is_capped; /* output_tokens is a limit: no length is forced */
    uint32_t text_index, text_bytes;
    int64_t due_ns;          /* since t0 */
    int64_t think_ns;        /* before this turn (turn > 0) or request (closed loop) */
    uint32_t prompt_tokens;  /* of the new text, all turns before excluded; the sum
                               over the inputs of a batch */
    uint32_t history_tokens; /* of all turns before: prompts and asked outputs */
    uint32_t output_tokens;  /* 0 where the API generates nothing */
    uint32_t suffix_tokens;  /* FIM */
    uint32_t batch;          /* inputs, at least 1, at most prompt_tokens */
    uint32_t images;         /* pictures of a chat, pages of a document */
    size_t image_bytes;      /* of all of them in a body, at most */
    uint32_t prefix_tokens;  /* of turn 0's prompt, shared with the group; below
                                that turn's prompt_tokens */
    uint32_t prefix_group;
    /* A trace's prefix blocks: block_count ids of block_tokens each; borrowed
     * from the schedule until its next call. */
    const uint64_t *blocks;
    uint32_t block_count, block_tokens;
};

/* Everything that decides the sequence. All pointers are borrowed for the life
 * of the schedule. */
struct schedule_spec {
    const struct profile *profile;
    const struct phase *phases; /* effective phases, at least one (or a trace) */
    size_t phase_count;
    uint64_t seed;
    double rate_per_s;              /* effective base rate; ignored in closed loops */
    uint32_t users;                 /* effective, closed loops */
    uint64_t limit;                 /* at most so many sessions; 0: no limit */
    const struct trace_spec *trace; /* NULL: none */
    const struct corpus *corpus;    /* NULL: prompts are made of filler words */
    uint32_t owner, owners;         /* this worker of all (shards * threads) */
};

struct schedule;

/* Opens the trace, if any. NULL on failure. */
struct schedule *schedule_new(const struct schedule_spec *spec, struct err *e);
void schedule_free(struct schedule *s);

/* Sum of the phases, ns; with a trace and no phases, of the trace (0: unknown). */
int64_t schedule_duration_ns(const struct schedule *s);

/* The next own arrival in order of due time. 1: filled; 0: end; -1: the trace
 * is broken (err names the row). Never for closed loops. */
MUST_CHECK int schedule_next(struct schedule *s, struct arrival *out, struct err *e);

/* The turn after prev (prev->turn + 1 < prev->turns). due_ns is left to the
 * caller (end of the reply + think_ns), and so are phase and is_measured, which
 * schedule_phase_at tells once it is known. */
void schedule_turn(const struct schedule *s, const struct arrival *prev,
                   struct arrival *out);

/* Closed loop: request i of user u (owner: rng_owner(seed, u)); due_ns as above.
 * number = i * schedule_users_max + u. Before a user's first request stands a
 * random share of the mean think time, at most 1 s (100 ms where there is no
 * think time), counted from when the user becomes active: users that start
 * together must not stay in step. */
void schedule_user(const struct schedule *s, uint32_t user, uint64_t i,
                   struct arrival *out);

/* Users active at time since t0 (phases scale them); closed loops. */
uint32_t schedule_users_at(const struct schedule *s, int64_t now_ns);

/* Users to seat: the asked number, or more where a phase's factor is above 1; a
 * user's index is below it. 0 in open loops. */
uint32_t schedule_users_max(const struct schedule *s);

/* Phase index of a due time, and whether it is measured. */
uint16_t schedule_phase_at(const struct schedule *s, int64_t due_ns, bool *is_measured);

/* Digest of the global sequence as far as this object has walked it: at its end
 * the same for every owner, wherever it runs. It starts as the seed (into which the
 * corpus, if any, is folded by its digest and then its order); every global
 * arrival, own or not, folds in, in this order, number, due_ns, class and batch
 * (class << 32 | batch), prompt << 32 | output; one fold of x into d is
 * rng_hash(d, RNG_ARRIVAL, x). Closed loops: the seed. */
uint64_t schedule_digest(const struct schedule *s);

/* The digest after the first SCHEDULE_HEAD arrivals (or all, if there are fewer, or a
 * trace breaks before): known before anything is sent, the same in every shard of a run. */
#define SCHEDULE_HEAD 4096
MUST_CHECK int schedule_head(const struct schedule_spec *spec, uint64_t *digest,
                             struct err *e);

/* Offered rate at a time, per second (0 in closed loops and for traces). */
double schedule_rate_at(const struct schedule *s, int64_t now_ns);

#endif
