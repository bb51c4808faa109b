/* The running totals of an arm and class: counting, adding, writing, the identity. */
#include "measure/totals.h"

#include <inttypes.h>

#define ARRAY_BYTES 2048 /* of STRATUM_COUNT numbers and their commas */

const char *const length_names[LENGTH_COUNT] = {
    [LENGTH_PROMPT_ASKED] = "prompt_asked",
    [LENGTH_PROMPT_REPORTED] = "prompt_tokens",
    [LENGTH_OUTPUT_ASKED] = "output_asked",
    [LENGTH_OUTPUT_REPORTED] = "output_tokens",
};

const struct totals_row totals_rows[TOTALS_ROWS] = {
    {"scheduled", offsetof(struct totals, scheduled)},
    {"sent", offsetof(struct totals, sent)},
    {"not_sent", offsetof(struct totals, not_sent)},
    {"succeeded", offsetof(struct totals, succeeded)},
    {"failed", offsetof(struct totals, failed)},
    {"censored", offsetof(struct totals, censored)},
    {"attempts", offsetof(struct totals, attempts)},
    {"retries", offsetof(struct totals, retries)},
    {"hedges", offsetof(struct totals, hedges)},
    {"hidden", offsetof(struct totals, hidden)},
    {"rescued", offsetof(struct totals, rescued)},
    {"measured", offsetof(struct totals, measured)},
    {"good", offsetof(struct totals, good)},
    {"prompt_tokens", offsetof(struct totals, prompt_tokens)},
    {"cached_tokens", offsetof(struct totals, cached_tokens)},
    {"output_tokens", offsetof(struct totals, output_tokens)},
    {"content_events", offsetof(struct totals, content_events)},
    {"content_reads", offsetof(struct totals, content_reads)},
    {"prompt_asked", offsetof(struct totals, prompt_asked)},
    {"output_asked", offsetof(struct totals, output_asked)},
    {"counted_tokens", offsetof(struct totals, counted_tokens)},
    {"drifted", offsetof(struct totals, drifted)},
    {"short_outputs", offsetof(struct totals, short_outputs)},
    {"items", offsetof(struct totals, items)},
    {"flagged", offsetof(struct totals, flagged)},
    {"refused", offsetof(struct totals, refused)},
    {"filtered", offsetof(struct totals, filtered)},
    {"assumed_bills", offsetof(struct totals, assumed_bills)},
    {"cost_pico", offsetof(struct totals, cost_pico)},
};

/* Every field is a uint64_t, so totals are added as one array of them. */
#define TOTALS_FIELDS (sizeof(struct totals) / sizeof(uint64_t))
_Static_assert(sizeof(struct totals) % sizeof(uint64_t) == 0, "only uint64_t inside");

static void count_sent(struct totals *t, const struct sample *s)
{
    uint64_t others = 1 + (uint64_t)s->hidden_attempts + s->hedges;
    t->sent++;
    t->attempts += s->attempts;
    t->hidden += s->hidden_attempts;
    t->refused += s->is_refused;
    t->filtered += s->is_filtered;
    t->hedges += s->hedges;
    if (s->attempts > others)
        t->retries += s->attempts - others;
}

static void count_length(struct totals *t, enum length length, uint32_t tokens)
{
    if (tokens > 0)
        t->lengths[length][stratum_of(tokens)]++;
}

static void count_success(struct totals *t, const struct sample *s)
{
    t->succeeded++;
    t->rescued += s->is_later;
    t->good += s->is_good;
    t->prompt_tokens += s->prompt_tokens;
    t->cached_tokens += s->cached_tokens;
    t->output_tokens += s->output_tokens;
    t->content_events += s->content_events;
    t->content_reads += s->reads;
    t->prompt_asked += s->prompt_asked;
    t->output_asked += s->output_asked;
    t->counted_tokens += s->token_source == TOKENS_COUNTED;
    t->drifted += s->has_drift;
    t->short_outputs += s->is_short;
    t->items += s->items;
    t->flagged += s->is_flagged;
    count_length(t, LENGTH_PROMPT_ASKED, s->prompt_asked);
    count_length(t, LENGTH_PROMPT_REPORTED, s->prompt_tokens);
    count_length(t, LENGTH_OUTPUT_ASKED, s->output_asked);
    count_length(t, LENGTH_OUTPUT_REPORTED, s->output_tokens);
}

static void count_bill(uint64_t into[BILL_COLUMNS], const struct bill *b)
{
    for (int c = 0; c < BILL_COLUMNS; c++)
        into[c] += b->tokens[c];
}

/* Failed and cancelled requests are charged, too. */
static void count_bills(struct totals *t, const struct sample *s)
{
    static const enum bill_part parts[][2] = {
        [KIND_OK] = {BILL_SERVED, BILL_EXTRA},
        [KIND_FAILED] = {BILL_FAILED, BILL_FAILED},
        [KIND_CENSORED] = {BILL_CENSORED, BILL_CENSORED},
    };
    enum outcome_kind kind = outcome_rows[s->outcome].kind;
    assert(kind != KIND_NOT_SENT && s->extra_cost >= 0 && s->cost >= s->extra_cost);
    count_bill(t->billed[parts[kind][0]], &s->bill);
    count_bill(t->billed[parts[kind][1]], &s->extra);
    count_bill(t->billed[BILL_DOUBT], &s->doubt);
    t->priced[parts[kind][0]] += (uint64_t)(s->cost - s->extra_cost);
    t->priced[parts[kind][1]] += (uint64_t)s->extra_cost;
    t->priced[BILL_DOUBT] += (uint64_t)s->doubt_cost;
    t->assumed_bills += s->is_assumed;
    t->cost_pico += (uint64_t)s->cost;
}

void totals_charged(const struct totals *t, uint64_t out[BILL_COLUMNS])
{
    for (int c = 0; c < BILL_COLUMNS; c++) {
        out[c] = 0;
        for (int p = 0; p < BILL_DOUBT; p++)
            out[c] += t->billed[p][c];
    }
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
    count_bills(t, s);
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

/* On one line, however pretty the rest is. */
static void write_lengths(struct jout *j, const char *key,
                          const uint64_t counts[STRATUM_COUNT])
{
    struct buf text;
    size_t n = STRATUM_COUNT;
    while (n > 0 && counts[n - 1] == 0)
        n--;
    buf_init(&text, ARRAY_BYTES);
    for (size_t i = 0; i < n; i++)
        buf_printf(&text, "%s%" PRIu64, i > 0 ? "," : "[", counts[i]);
    buf_puts(&text, n > 0 ? "]" : "[]");
    jout_raw(j, key, text.data, text.len);
    buf_release(&text);
}

/* Nothing where there are none: without a client policy. */
static void write_lost(struct jout *j, const uint64_t lost[OUTCOME_COUNT])
{
    bool is_open = false;
    for (size_t o = 0; o < OUTCOME_COUNT; o++) {
        if (lost[o] == 0)
            continue;
        if (!is_open)
            jout_object(j, "lost");
        is_open = true;
        jout_u64(j, outcome_rows[o].name, lost[o]);
    }
    if (is_open)
        jout_end_object(j);
}

static void write_billed(struct jout *j, const struct totals *t)
{
    struct buf text;
    buf_init(&text, ARRAY_BYTES);
    jout_object(j, "billed");
    for (size_t p = 0; p < BILL_PARTS; p++) {
        buf_reset(&text);
        for (size_t c = 0; c < BILL_COLUMNS; c++)
            buf_printf(&text, "%s%" PRIu64, c > 0 ? "," : "[", t->billed[p][c]);
        buf_putc(&text, ']');
        jout_raw(j, bill_part_names[p], text.data, text.len);
    }
    jout_end_object(j);
    buf_release(&text);
}

/* Nothing where there are no prices. */
static void write_priced(struct jout *j, const struct totals *t)
{
    if (t->cost_pico == 0 && t->priced[BILL_DOUBT] == 0)
        return;
    jout_object(j, "priced");
    for (size_t p = 0; p < BILL_PARTS; p++)
        jout_u64(j, bill_part_names[p], t->priced[p]);
    jout_end_object(j);
}

void totals_write(struct jout *j, const char *key, const struct totals *t)
{
    jout_object(j, key);
    for (size_t i = 0; i < TOTALS_ROWS; i++) {
        const char *field = (const char *)t + totals_rows[i].offset;
        jout_u64(j, totals_rows[i].name, *(const uint64_t *)(const void *)field);
    }
    jout_object(j, "outcomes");
    for (size_t o = 0; o < OUTCOME_COUNT; o++)
        if (t->outcomes[o] > 0)
            jout_u64(j, outcome_rows[o].name, t->outcomes[o]);
    jout_end_object(j);
    write_lost(j, t->lost);
    jout_object(j, "lengths");
    for (size_t i = 0; i < LENGTH_COUNT; i++)
        write_lengths(j, length_names[i], t->lengths[i]);
    jout_end_object(j);
    write_billed(j, t);
    write_priced(j, t);
    jout_end_object(j);
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
