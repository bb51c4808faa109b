/* Was the generator good enough? One row per objection. */
#include "engine/validity.h"

#include "check.h"

static const struct generator good = {
    .window_ns = 60 * NS_PER_S,
    .scheduled = 1000,
    .sent = 1000,
    .lag_us_p99 = 500,
    .ttft_us_p50 = 100000,
    .cpu_share_max = 0.3,
    .stamps_kernel = 1000,
    .ports = 28232,
    .connections_max = 100,
};

static void each_objection(void)
{
    struct generator g[16];
    static const struct {
        const char *code;
        bool is_fatal;
    } rows[] = {
        {"lag", true},
        {"shed", true},
        {"not_sent", true},
        {"samples_lost", true},
        {"client_resource", true},
        {"cpu", true},
        {"runq", true},
        {"throttled", true},
        {"runq_warning", false},
        {"ports", false},
        {"stall", false},
        {"stamps", false},
        {"clock", false},
        {"rate_limit", true},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        g[i] = good;
    g[0].lag_us_p99 = 10001;
    g[1].shed = 1;
    g[2].sent = 980;
    g[3].samples_lost = 1;
    g[4].client_errors = 1;
    g[5].cpu_share_max = 0.81;
    g[6].runq_share_max = 0.11;
    g[7].throttled_share = 0.02;
    g[8].runq_share_max = 0.05;
    g[9].connections_max = 15000;
    g[10].stall_us_max = 30000;
    g[11].stamps_loop = 100;
    g[12].clock_drift_ns = -600 * NS_PER_MS;
    g[13].sent = 980;
    g[13].is_paced = true;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct objection out[OBJECTIONS_MAX];
        check_row = rows[i].code;
        size_t n = validity_objections(&g[i], out);
        CHECK_INT(n, 1);
        CHECK_STR(out[0].code, rows[i].code);
        CHECK_INT(validity_holds(out, n), !rows[i].is_fatal);
        CHECK(out[0].text[0] != '\0' && out[0].advice[0] != '\0');
    }
}

static void good_generator_has_none(void)
{
    struct objection out[OBJECTIONS_MAX];
    CHECK_INT(validity_objections(&good, out), 0);
    CHECK(validity_holds(out, 0));
}

/* 12 ms of lag matter little beside a median TTFT of 2 s. */
static void lag_is_seen_beside_ttft(void)
{
    struct objection out[OBJECTIONS_MAX];
    struct generator g = good;
    g.lag_us_p99 = 12000;
    CHECK_INT(validity_objections(&g, out), 1);
    g.ttft_us_p50 = 2000000;
    CHECK_INT(validity_objections(&g, out), 0);
}

static void spinning_may_use_its_core(void)
{
    struct objection out[OBJECTIONS_MAX];
    struct generator g = good;
    g.cpu_share_max = 0.99;
    g.is_spinning = true;
    CHECK_INT(validity_objections(&g, out), 0);
}

int main(void)
{
    RUN(each_objection);
    RUN(good_generator_has_none);
    RUN(lag_is_seen_beside_ttft);
    RUN(spinning_may_use_its_core);
    return check_report();
}
