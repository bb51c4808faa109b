/*
 * What a workload asks for: walks of profiles whose sums are known by hand.
 */
#include "check.h"
#include "workload/demand.h"

#include <math.h>

static const struct phase hour = {.kind = PHASE_STEADY,
                                  .duration_ns = 3600 * NS_PER_S,
                                  .from = 1,
                                  .to = 1,
                                  .factor = 1};

static int walk(const char *text, uint64_t requests, uint32_t max_tokens,
                struct demand *out)
{
    struct err e = {0};
    struct profile *p = profile_parse(text, strlen(text), &e);
    CHECK_STR(e.text, "");
    if (p == NULL)
        return -1;
    const struct schedule_spec spec = {.profile = p,
                                       .phases = &hour,
                                       .phase_count = 1,
                                       .seed = 1,
                                       .rate_per_s = 10,
                                       .owners = 1};
    const struct demand_options o = {.duration_ns = 3600 * NS_PER_S,
                                     .requests_max = requests,
                                     .max_tokens = max_tokens};
    int rc = demand_walk(&spec, &o, out, &e);
    CHECK_STR(e.text, "");
    profile_free(p);
    return rc;
}

#define PROFILE(classes)                                                                    \
    "{\"name\":\"t\",\"arrival\":{\"kind\":\"constant\",\"rate\":10},\"classes\":[" classes \
    "]}"

static void sums_are_those_by_hand(void)
{
    static const struct {
        const char *name, *text;
        uint64_t walked, requests, sessions;
        uint32_t max_tokens;
        double prompt, cached, output, worst_prompt, worst_output;
    } rows[] = {
        {"constant lengths",
         PROFILE("{\"name\":\"a\",\"api\":\"chat\",\"prompt\":1000,\"output\":100}"),
         500, 500, 500, 0, 500000, 0, 50000, 500000, 50000},
        {"a limit of replies",
         PROFILE("{\"name\":\"a\",\"api\":\"chat\",\"prompt\":1000,\"output\":100}"),
         500, 500, 500, 4096, 500000, 0, 50000, 500000, 500.0 * 4096},
        {"two choices",
         PROFILE("{\"name\":\"a\",\"api\":\"chat\",\"prompt\":1000,\"output\":100,"
                 "\"sampling\":{\"n\":2}}"),
         10, 10, 10, 0, 10000, 0, 2000, 10000, 2000},
        /* one group: the first prompt brings the prefix, 640 are whole blocks */
        {"a shared prefix",
         PROFILE("{\"name\":\"a\",\"api\":\"chat\",\"prompt\":1000,\"output\":10,"
                 "\"prefix\":{\"tokens\":700}}"),
         100, 100, 100, 0, 100000 - 99 * 640, 99 * 640, 1000, 100000, 1000},
        /* turn 2 re-sends 100 + 50: 128 whole; turn 3 twice that: 256 */
        {"a conversation",
         PROFILE("{\"name\":\"a\",\"api\":\"chat\",\"prompt\":100,\"output\":50,"
                 "\"conversation\":{\"turns\":3,\"think_s\":1}}"),
         30, 30, 10, 0, 10 * (100 + 250 + 400 - 384), 10 * 384, 1500, 7500, 1500},
        {"a conversation is whole",
         PROFILE("{\"name\":\"a\",\"api\":\"chat\",\"prompt\":100,\"output\":50,"
                 "\"conversation\":{\"turns\":3,\"think_s\":1}}"),
         1, 3, 1, 0, 366, 384, 150, 750, 150},
        {"embeddings generate nothing",
         PROFILE("{\"name\":\"a\",\"api\":\"embeddings\",\"prompt\":100,\"batch\":4}"),
         10, 10, 10, 4096, 4000, 0, 0, 4000, 0},
        {"the end of the schedule",
         PROFILE("{\"name\":\"a\",\"api\":\"chat\",\"prompt\":10,\"output\":1}"),
         1000000, 36000, 36000, 0, 360000, 0, 36000, 360000, 36000},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct demand d;
        check_row = rows[i].name;
        if (walk(rows[i].text, rows[i].walked, rows[i].max_tokens, &d) < 0)
            continue;
        CHECK_INT(d.requests, rows[i].requests);
        CHECK_INT(d.sessions, rows[i].sessions);
        CHECK(d.is_whole == (rows[i].requests < rows[i].walked));
        CHECK_NEAR(d.classes[0].tokens[BILL_PROMPT], rows[i].prompt, 1e-6);
        CHECK_NEAR(d.classes[0].tokens[BILL_CACHED], rows[i].cached, 1e-6);
        CHECK_NEAR(d.classes[0].tokens[BILL_OUTPUT], rows[i].output, 1e-6);
        CHECK_NEAR(d.classes[0].worst_prompt, rows[i].worst_prompt, 1e-6);
        CHECK_NEAR(d.classes[0].worst_output, rows[i].worst_output, 1e-6);
    }
}

static void money_is_tokens_times_prices(void)
{
    struct demand d;
    /* 1,000 * 0.15 + 100 * 0.6 per million: 0.00021 a request */
    const struct price p = {150000, 15000, 600000};
    const struct demand_price prices[PROFILE_CLASSES_MAX] = {demand_price_of(&p)};
    if (walk(
            PROFILE("{\"name\":\"a\",\"api\":\"chat\",\"prompt\":1000,\"output\":100}"),
            1000, 200, &d) < 0)
        return;
    CHECK_NEAR(demand_expected(&d, prices), 0.21, 1e-12);
    CHECK_NEAR(demand_worst(&d, prices), 0.27, 1e-12);
    CHECK_NEAR(demand_session_square(&d, prices), 0.00021 * 0.00021, 1e-18);
}

/* Each class has its price, and a session's square its mean over both. */
static void classes_have_their_prices(void)
{
    struct demand d;
    const struct price cheap = {1000000, 0, 0}, dear = {3000000, 0, 0};
    const struct demand_price prices[PROFILE_CLASSES_MAX] = {demand_price_of(&cheap),
                                                             demand_price_of(&dear)};
    if (walk(PROFILE("{\"name\":\"a\",\"api\":\"chat\",\"prompt\":100,\"output\":1},"
                     "{\"name\":\"b\",\"api\":\"chat\",\"prompt\":100,\"output\":1}"),
             20000, 0, &d) < 0)
        return;
    double share = (double)d.classes[0].requests / 20000;
    CHECK_NEAR(share, 0.5, 0.02);
    CHECK_NEAR(demand_expected(&d, prices), 20000 * 1e-4 * (share + 3 * (1 - share)),
               1e-9);
    CHECK_NEAR(demand_session_square(&d, prices) / 1e-8, share + 9 * (1 - share), 1e-6);
}

int main(void)
{
    RUN(sums_are_those_by_hand);
    RUN(money_is_tokens_times_prices);
    RUN(classes_have_their_prices);
    return check_report();
}
