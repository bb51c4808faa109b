/* Circuit breaker; see breaker.h. */
#include "policy/breaker.h"

#define FALSE_SHARE 0.1 /* fewer failures than that: nothing was broken */

const char *const breaker_kind_names[BREAKER_KINDS] = {
    [BREAKER_NONE] = "none",
    [BREAKER_COUNT] = "count",
    [BREAKER_CONSECUTIVE] = "consecutive",
    [BREAKER_RATIO] = "ratio",
};

const char *const breaker_scope_names[BREAKER_SCOPES] = {
    [BREAKER_PER_ENDPOINT] = "endpoint",
    [BREAKER_PER_CLASS] = "class",
};

void breaker_init(struct breaker *b, const struct breaker_rule *rule)
{
    *b = (struct breaker){.rule = rule, .closed_ns = -1};
    if (rule->kind == BREAKER_NONE)
        return;
    assert(rule->failures <= BREAKER_FAILURES_MAX && rule->probes >= 1);
    window_init(&b->window, rule->window_ns);
}

/* The one place that changes the state. */
static void set_state(struct breaker *b, enum breaker_state state, int64_t now_ns)
{
    b->state = state;
    b->since_ns = now_ns;
    b->era++;
    b->probes_out = b->probes_ok = 0;
    b->failed_count = b->failed_at = 0;
    if (state == BREAKER_CLOSED) /* what was is over */
        window_init(&b->window, b->rule->window_ns);
}

static bool is_cool(const struct breaker *b, int64_t now_ns)
{
    return now_ns - b->since_ns >= b->rule->open_ns;
}

bool breaker_would_admit(const struct breaker *b, int64_t now_ns)
{
    if (b->rule->kind == BREAKER_NONE)
        return true;
    switch (b->state) {
    case BREAKER_CLOSED:
        return true;
    case BREAKER_OPEN:
        return is_cool(b, now_ns);
    case BREAKER_HALF_OPEN:
        return b->probes_out + b->probes_ok < b->rule->probes;
    }
    bug("no such state");
}

bool breaker_admit(struct breaker *b, int64_t now_ns, uint32_t *era)
{
    *era = b->era;
    if (b->rule->kind == BREAKER_NONE)
        return true;
    if (!breaker_would_admit(b, now_ns)) {
        b->counts.refused++;
        return false;
    }
    if (b->state == BREAKER_OPEN)
        set_state(b, BREAKER_HALF_OPEN, now_ns);
    if (b->state == BREAKER_HALF_OPEN)
        b->probes_out++;
    *era = b->era;
    return true;
}

/* Time of the n-th last failure, n >= 1. */
static int64_t failure_ns(const struct breaker *b, unsigned n)
{
    return b
        ->failed_ns[(b->failed_at + BREAKER_FAILURES_MAX - n) % BREAKER_FAILURES_MAX];
}

/* Did hardly anything fail when it opened? Of what is counted by failures that is said
 * since the first of them: a minute of success before an outage makes nobody wrong. */
static bool is_false_opening(const struct breaker *b)
{
    const struct breaker_rule *r = b->rule;
    double failed = (double)b->window.sum_b, ended = (double)b->window.sum_a;
    if (r->kind != BREAKER_RATIO) {
        unsigned first = b->failed_at + BREAKER_FAILURES_MAX - r->failures;
        failed = r->failures;
        ended = (double)(b->ended - b->ended_by[first % BREAKER_FAILURES_MAX]);
    }
    return failed < FALSE_SHARE * ended;
}

/* When the failures began that open it now. */
static int64_t first_failure_ns(const struct breaker *b, int64_t now_ns)
{
    unsigned n = b->failed_count;
    while (n > 1 && b->rule->kind != BREAKER_CONSECUTIVE &&
           now_ns - failure_ns(b, n) > b->rule->window_ns)
        n--;
    return failure_ns(b, n);
}

static void count_opening(struct breaker *b, int64_t now_ns)
{
    struct breaker_counts *c = &b->counts;
    window_advance(&b->window, now_ns);
    c->opens++;
    c->leaked += b->window.sum_b;
    c->detect_ns += now_ns - first_failure_ns(b, now_ns);
    if (is_false_opening(b))
        c->false_opens++;
    if (b->closed_ns >= 0 && now_ns - b->closed_ns < b->rule->open_ns)
        c->flaps++;
}

static void keep_failure(struct breaker *b, int64_t now_ns)
{
    b->failed_ns[b->failed_at] = now_ns;
    b->ended_by[b->failed_at] = b->ended - 1; /* this one is in it */
    b->failed_at = (b->failed_at + 1) % BREAKER_FAILURES_MAX;
    if (b->failed_count < BREAKER_FAILURES_MAX)
        b->failed_count++;
}

static bool is_enough(struct breaker *b, int64_t now_ns)
{
    const struct breaker_rule *r = b->rule;
    switch (r->kind) {
    case BREAKER_NONE:
        return false;
    case BREAKER_COUNT:
        return b->failed_count >= r->failures &&
               now_ns - failure_ns(b, r->failures) <= r->window_ns;
    case BREAKER_CONSECUTIVE:
        return b->failed_count >= r->failures;
    case BREAKER_RATIO:
        window_advance(&b->window, now_ns);
        return b->window.sum_a >= r->min_volume &&
               (double)b->window.sum_b >= r->share * (double)b->window.sum_a;
    case BREAKER_KINDS:
        break;
    }
    bug("no such breaker");
}

static void ended_closed(struct breaker *b, int64_t now_ns, enum breaker_word word)
{
    window_add(&b->window, now_ns, 1, word == BREAKER_FAILED);
    b->ended++;
    if (word == BREAKER_OK && b->rule->kind == BREAKER_CONSECUTIVE)
        b->failed_count = b->failed_at = 0;
    if (word != BREAKER_FAILED)
        return;
    keep_failure(b, now_ns);
    if (!is_enough(b, now_ns))
        return;
    count_opening(b, now_ns);
    b->opened_ns = now_ns;
    set_state(b, BREAKER_OPEN, now_ns);
}

static void ended_probe(struct breaker *b, int64_t now_ns, enum breaker_word word)
{
    b->probes_out--;
    if (word == BREAKER_FAILED) {
        b->counts.flaps++;
        set_state(b, BREAKER_OPEN, now_ns);
        return;
    }
    if (word == BREAKER_OK && ++b->probes_ok == b->rule->probes) {
        b->counts.closes++;
        b->counts.open_ns += now_ns - b->opened_ns;
        b->closed_ns = now_ns;
        set_state(b, BREAKER_CLOSED, now_ns);
    }
}

void breaker_ended(struct breaker *b, int64_t now_ns, uint32_t era,
                   enum breaker_word word)
{
    if (b->rule->kind == BREAKER_NONE)
        return;
    if (era != b->era) {
        if (word == BREAKER_FAILED)
            b->counts.leaked++;
        return;
    }
    switch (b->state) {
    case BREAKER_CLOSED:
        ended_closed(b, now_ns, word);
        return;
    case BREAKER_HALF_OPEN:
        ended_probe(b, now_ns, word);
        return;
    case BREAKER_OPEN:
        break; /* none is admitted in its era */
    }
    bug("an attempt of an open breaker");
}
