/* Totals: what counts where, and that the identity notices every miscount. */
#include "base/base.h"
#include "check.h"
#include "measure/totals.h"

#include <stddef.h>

static struct sample sample_of(enum outcome outcome)
{
    return (struct sample){.outcome = (uint8_t)outcome,
                           .is_measured = true,
                           .attempts = outcome_rows[outcome].kind != KIND_NOT_SENT};
}

static void totals_count_and_hold(void)
{
    struct totals t = {0}, sum = {0}, refusals = {0};
    struct sample s = sample_of(OUTCOME_OK);
    s.attempts = 4;
    s.hidden_attempts = 1;
    s.is_good = true;
    s.items = 3;
    s.is_flagged = true;
    s.prompt_tokens = 10;
    s.token_source = TOKENS_COUNTED;
    totals_count(&t, &s);
    s = sample_of(OUTCOME_CONTENT_FILTER);
    s.items = 9;
    s.is_flagged = s.is_refused = s.is_filtered = true;
    totals_count(&refusals, &s);
    CHECK_INT(refusals.items + refusals.flagged, 0);
    CHECK_INT(refusals.refused, 1);
    CHECK_INT(refusals.filtered, 1);
    s = sample_of(OUTCOME_RESET);
    s.prompt_tokens = 10; /* of a failure: not counted */
    s.is_measured = false;
    totals_count(&t, &s);
    s = sample_of(OUTCOME_BUDGET);
    totals_count(&t, &s);
    s = sample_of(OUTCOME_CENSORED);
    totals_count(&t, &s);
    CHECK_INT(t.items, 3);
    CHECK_INT(t.flagged, 1);
    CHECK_INT(t.refused + t.filtered, 0);
    CHECK_INT(t.scheduled, 4);
    CHECK_INT(t.measured, 3);
    CHECK_INT(t.sent, 3);
    CHECK_INT(t.not_sent, 1);
    CHECK_INT(t.succeeded, 1);
    CHECK_INT(t.failed, 1);
    CHECK_INT(t.censored, 1);
    CHECK_INT(t.attempts, 6);
    CHECK_INT(t.retries, 2);
    CHECK_INT(t.hidden, 1);
    CHECK_INT(t.good, 1);
    CHECK_INT(t.prompt_tokens, 10);
    CHECK_INT(t.counted_tokens, 1);
    CHECK(totals_hold(&t));
    totals_add(&sum, &t);
    totals_add(&sum, &t);
    CHECK_INT(sum.scheduled, 8);
    CHECK_INT(sum.outcomes[OUTCOME_RESET], 2);
    CHECK_INT(sum.short_outputs, 0);
    CHECK(totals_hold(&sum));
}

/* Retries, hedges and hidden ones are told apart; a hidden one rescues nobody, nor
 * does a hedge that came second. */
static void attempts_are_told_apart(void)
{
    static const struct {
        const char *name;
        enum outcome outcome;
        unsigned attempts, hidden, hedges;
        bool is_later;
        unsigned retries, rescued;
    } rows[] = {
        {"one", OUTCOME_OK, 1, 0, 0, false, 0, 0},
        {"hidden", OUTCOME_OK, 3, 2, 0, false, 0, 0},
        {"retried", OUTCOME_OK, 3, 0, 0, true, 2, 1},
        {"hedged", OUTCOME_OK, 2, 0, 1, true, 0, 1},
        {"hedged in vain", OUTCOME_OK, 2, 0, 1, false, 0, 0},
        {"all of it", OUTCOME_OK, 7, 1, 2, true, 3, 1},
        {"in vain", OUTCOME_RESET, 4, 0, 0, true, 3, 0},
        {"cut off", OUTCOME_CENSORED, 2, 0, 0, true, 1, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct totals t = {0};
        struct sample s = sample_of(rows[i].outcome);
        check_row = rows[i].name;
        s.attempts = (uint16_t)rows[i].attempts;
        s.hidden_attempts = (uint16_t)rows[i].hidden;
        s.hedges = (uint16_t)rows[i].hedges;
        s.is_later = rows[i].is_later;
        totals_count(&t, &s);
        CHECK_INT(t.attempts, rows[i].attempts);
        CHECK_INT(t.hidden, rows[i].hidden);
        CHECK_INT(t.hedges, rows[i].hedges);
        CHECK_INT(t.retries, rows[i].retries);
        CHECK_INT(t.rescued, rows[i].rescued);
        CHECK(totals_hold(&t));
    }
}

/* 0 tokens and failures are in no half octave; what is written is cut after the last
 * half octave that has any. */
static void lengths_are_of_successes(void)
{
    static const struct {
        enum outcome outcome;
        uint32_t prompt_asked, prompt_tokens, output_asked, output_tokens;
    } rows[] = {
        {OUTCOME_OK, 8, 8, 2, 1},
        {OUTCOME_OK, 11, 12, 3, 1}, /* 12 > 2^3.5: the next half octave */
        {OUTCOME_OK, 5, 0, 3, 0},   /* no usage */
        {OUTCOME_RESET, 64, 64, 64, 64},
        {OUTCOME_SHED, 64, 0, 64, 0},
    };
    struct totals t = {0};
    struct jout j;
    struct buf out;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct sample s = sample_of(rows[i].outcome);
        s.prompt_asked = rows[i].prompt_asked;
        s.prompt_tokens = rows[i].prompt_tokens;
        s.output_asked = rows[i].output_asked;
        s.output_tokens = rows[i].output_tokens;
        totals_count(&t, &s);
    }
    buf_init(&out, 4096);
    jout_init(&j, &out, false);
    totals_write(&j, NULL, &t);
    CHECK(strstr(out.data,
                 "\"outcomes\":{\"ok\":3,\"shed\":1,\"reset\":1},"
                 "\"lengths\":{\"prompt_asked\":[0,0,0,0,1,0,2],"
                 "\"prompt_tokens\":[0,0,0,0,0,0,1,1],\"output_asked\":[0,0,1,2],"
                 "\"output_tokens\":[2]},\"billed\":{") != NULL);
    totals_add(&t, &t);
    CHECK_INT(t.lengths[LENGTH_OUTPUT_ASKED][3], 4);
    t = (struct totals){0};
    buf_reset(&out);
    jout_init(&j, &out, true);
    totals_write(&j, NULL, &t);
    CHECK(strstr(out.data, "\"prompt_asked\": [],\n") != NULL);
    buf_release(&out);
}

/* Every request that was sent is charged, by what became of it. */
static void bills_are_by_whom_they_served(void)
{
    static const struct {
        enum outcome outcome;
        struct bill bill, extra, doubt;
        int64_t cost, extra_cost, doubt_cost;
        bool is_assumed;
    } rows[] = {
        {OUTCOME_OK, {{100, 64, 10, 4}}, {{0}}, {{0}}, 7, 0, 0, false},
        {OUTCOME_OK,
         {{100, 0, 10, 0}},
         {{100, 0, 3, 0}},
         {{0, 0, 7, 0}},
         11,
         4,
         2,
         true},
        {OUTCOME_TRUNCATED,
         {{100, 0, 5, 0}},
         {{100, 0, 2, 0}},
         {{0, 0, 5, 0}},
         13,
         6,
         1,
         true},
        {OUTCOME_CENSORED, {{100, 0, 1, 0}}, {{0}}, {{0, 0, 9, 0}}, 17, 0, 5, true},
        {OUTCOME_SERVER_500, {{0}}, {{0}}, {{0}}, 0, 0, 0, false},
        {OUTCOME_BUDGET, {{0}}, {{0}}, {{0}}, 0, 0, 0, false},
    };
    static const uint64_t expected[BILL_PARTS][BILL_COLUMNS] = {
        [BILL_SERVED] = {200, 64, 20, 4}, [BILL_EXTRA] = {100, 0, 3, 0},
        [BILL_FAILED] = {200, 0, 7, 0},   [BILL_CENSORED] = {100, 0, 1, 0},
        [BILL_DOUBT] = {0, 0, 21, 0},
    };
    static const uint64_t charged[BILL_COLUMNS] = {600, 64, 31, 4};
    struct totals t = {0};
    struct jout j;
    struct buf out;
    uint64_t sum[BILL_COLUMNS];
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct sample s = sample_of(rows[i].outcome);
        s.bill = rows[i].bill;
        s.extra = rows[i].extra;
        s.doubt = rows[i].doubt;
        s.cost = rows[i].cost;
        s.extra_cost = rows[i].extra_cost;
        s.doubt_cost = rows[i].doubt_cost;
        s.is_assumed = rows[i].is_assumed;
        totals_count(&t, &s);
    }
    CHECK(memcmp(t.billed, expected, sizeof expected) == 0);
    CHECK_INT(t.cost_pico, 48);
    CHECK_INT(t.assumed_bills, 3);
    totals_charged(&t, sum);
    CHECK(memcmp(sum, charged, sizeof charged) == 0);
    buf_init(&out, 4096);
    jout_init(&j, &out, false);
    totals_write(&j, NULL, &t);
    CHECK(strstr(out.data, "\"assumed_bills\":3,\"cost_pico\":48,") != NULL);
    CHECK(strstr(out.data, "\"billed\":{\"served\":[200,64,20,4],\"extra\":[100,0,3,0],"
                           "\"failed\":[200,0,7,0],\"censored\":[100,0,1,0],"
                           "\"doubt\":[0,0,21,0]},\"priced\":{\"served\":14,"
                           "\"extra\":4,\"failed\":13,\"censored\":17,"
                           "\"doubt\":8}}") != NULL);
    buf_release(&out);
}

/* A sent request without an attempt, and each count off by one, is seen. */
static void broken_totals_do_not_hold(void)
{
    struct totals good = {0};
    struct sample s = sample_of(OUTCOME_OK);
    totals_count(&good, &s);
    s = sample_of(OUTCOME_SHED);
    totals_count(&good, &s);
    CHECK(totals_hold(&good));
    struct totals t = good;
    s = sample_of(OUTCOME_OK);
    s.attempts = 0;
    totals_count(&t, &s);
    CHECK(!totals_hold(&t));
    static const size_t fields[] = {offsetof(struct totals, scheduled),
                                    offsetof(struct totals, sent),
                                    offsetof(struct totals, not_sent),
                                    offsetof(struct totals, succeeded),
                                    offsetof(struct totals, failed),
                                    offsetof(struct totals, censored),
                                    offsetof(struct totals, attempts),
                                    offsetof(struct totals, hedges),
                                    offsetof(struct totals, outcomes) +
                                        OUTCOME_RESET * sizeof(uint64_t)};
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        t = good;
        ++*(uint64_t *)((char *)&t + fields[i]);
        CHECK(!totals_hold(&t));
    }
}

int main(void)
{
    RUN(totals_count_and_hold);
    RUN(attempts_are_told_apart);
    RUN(lengths_are_of_successes);
    RUN(bills_are_by_whom_they_served);
    RUN(broken_totals_do_not_hold);
    return check_report();
}
