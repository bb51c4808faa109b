/*
 * The search for a capacity, without a clock and without a server: what was seen goes
 * in, which trial comes next goes out. The same answers give the same orders, so that a
 * search that was killed goes on from its journal.
 *
 *   unloaded   one user at a time; fails: no load will do            -> bracket
 *   bracket    up or down by a factor, until one load holds and
 *              another does not                                      -> bisect
 *   bisect     the geometric middle, until the two are close         -> confirm
 *   recheck    the upper end again, with another seed: one hiccup must
 *              not hide half a capacity; holds: on above it          -> bisect, confirm
 *   confirm    the lower end with other seeds, their counts together,
 *              up to twice as many while that is too close to say;
 *              not confirmed: a step down, and again                 -> soak
 *   soak       for longer; fails: a step down                        -> confirm, overload
 *   overload   above it and back; tells of recovery, decides nothing
 *
 * Trials of unloaded, bracket and bisect have one seed: the same requests at every
 * load, so that loads are compared, not luck. Which trial is a pass: attainment.h. One
 * that is unsure goes by its count while the search is on its way, as every claim is
 * confirmed in the end, and by nothing in a confirmation, which must be a pass. An
 * invalid one (the generator was the limit) counts as nothing: it is repeated, then
 * the search ends.
 *
 * Why trials are spent on confirming the end, not on every probe: bisection alone
 * claims too much in one search of twelve, in tests/unit/test_search.c.
 */
#ifndef GUST_SEARCH_H
#define GUST_SEARCH_H

#include "judge/attainment.h"

#define SEARCH_FAILED_MAX 200

/* Loads are arrivals per second or users. */
struct search_rules {
    double start;       /* of the bracket; 0: what the unloaded trial achieved */
    double least, most; /* limits; least 0: a sixteenth of the start or of unloaded */
    double factor;      /* of the bracket, above 1 */
    double width;       /* bisect until hi <= lo * (1 + width) */
    double step;        /* down, when a confirmation fails: 0.03 */
    double alpha;       /* of a confirmation: 0.05 */
    unsigned confirms;  /* trials of a confirmation */
    unsigned repeats;   /* of an invalid trial */
    bool is_whole;      /* loads are whole numbers: users */
    bool has_soak, has_overload;
    uint64_t seed;
    size_t slo_count;
    double targets[PROFILE_SLOS_MAX]; /* attainment_target of each objective */
};

struct search_order {
    enum capacity_phase phase;
    double load; /* of phase unloaded: 1 user, in either axis */
    uint64_t seed;
};

struct search_answer {
    enum capacity_state state;
    double rate; /* completed requests per second */
    struct capacity_count counts[PROFILE_SLOS_MAX];
};

enum search_stage {
    SEARCH_UNLOADED,
    SEARCH_BRACKET,
    SEARCH_BISECT,
    SEARCH_RECHECK,
    SEARCH_CONFIRM,
    SEARCH_SOAK,
    SEARCH_OVERLOAD,
    SEARCH_OVER /* verdict and end are set */
};

/* lo: greatest load that holds so far; hi: least that does not, above it; NAN: none. */
struct search {
    struct search_rules rules;
    enum search_stage stage;
    double load; /* of the next trial of the stage */
    double lo, hi;
    unsigned confirmed;  /* trials of the candidate lo that hold */
    unsigned steps_down; /* since the bisection */
    unsigned invalid;    /* in a row */
    double failed[SEARCH_FAILED_MAX];
    size_t failed_count;
    unsigned rechecks;
    bool is_rechecked;                              /* hi failed twice */
    bool is_confirmed;                              /* lo */
    struct capacity_count pooled[PROFILE_SLOS_MAX]; /* of the confirmations */
    enum capacity_verdict verdict;
    const char *end; /* why it is over, one line */
};

void search_init(struct search *s, const struct search_rules *rules);

/* The next trial; false: it is over. Changes nothing. */
bool search_next(const struct search *s, struct search_order *out);

/* What became of the trial that search_next gave. */
void search_take(struct search *s, const struct search_answer *a);

/* Over for a reason from outside, which must outlive s: incomplete, unless it is over
 * already or what is left would change nothing in what was found. */
void search_stop(struct search *s, const char *why);

#endif
