/* The running totals of an arm and class: counting, adding, the identity. */
#include "measure/fold.h"

/* Every field is a uint64_t, so totals are added as one array of them. */
#define TOTALS_FIELDS (sizeof(struct totals) / sizeof(uint64_t))
_Static_assert(sizeof(struct totals) % sizeof(uint64_t) == 0, "only uint64_t inside");

static void count_sent(struct totals *t, const struct sample *s)
{
    uint64_t first_and_hidden = 1 + (uint64_t)s->hidden_attempts;
    t->sent++;
    t->attempts += s->attempts;
    t->hidden += s->hidden_attempts;
    if (s->attempts > first_and_hidden)
        t->retries += s->attempts - first_and_hidden;
}

static void count_success(struct totals *t, const struct sample *s)
{
    t->succeeded++;
    t->good += s->is_good;
    t->prompt_tokens += s->prompt_tokens;
    t->cached_tokens += s->cached_tokens;
    t->output_tokens += s->output_tokens;
    t->content_events += s->content_events;
    t->prompt_asked += s->prompt_asked;
    t->output_asked += s->output_asked;
    t->counted_tokens += s->token_source == TOKENS_COUNTED;
    t->drifted += s->has_drift;
    t->short_outputs += s->is_short;
}

void totals_count(struct totals *t, const struct sample *s)
{
    assert(s->outcome < OUTCOME_COUNT);
    t->scheduled++;
    t->measured += s->is_measured;
    t->outcomes[s->outcome]++;
    enum outcome_kind kind = outcome_rows[s->outcome].kind;
    if (kind == KIND_NOT_SENT) {
        t->not_sent++;
        return;
    }
    count_sent(t, s);
    if (kind == KIND_OK)
        count_success(t, s);
    t->failed += kind == KIND_FAILED;
    t->censored += kind == KIND_CENSORED;
}

void totals_add(struct totals *into, const struct totals *from)
{
    uint64_t *to = (uint64_t *)into;
    const uint64_t *source = (const uint64_t *)from;
    for (size_t i = 0; i < TOTALS_FIELDS; i++)
        to[i] += source[i];
}

static uint64_t sum_of_kind(const struct totals *t, enum outcome_kind kind)
{
    uint64_t sum = 0;
    for (unsigned o = 0; o < OUTCOME_COUNT; o++)
        if (outcome_rows[o].kind == kind)
            sum += t->outcomes[o];
    return sum;
}

bool totals_hold(const struct totals *t)
{
    return t->scheduled == t->sent + t->not_sent &&
           t->sent == t->succeeded + t->failed + t->censored &&
           t->not_sent == sum_of_kind(t, KIND_NOT_SENT) &&
           t->succeeded == sum_of_kind(t, KIND_OK) &&
           t->failed == sum_of_kind(t, KIND_FAILED) &&
           t->censored == sum_of_kind(t, KIND_CENSORED) &&
           t->attempts == t->sent + t->retries + t->hedges + t->hidden;
}
