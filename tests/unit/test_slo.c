/* Service level objectives: what is read, what is refused, and the way back. */
#include "check.h"

#include "workload/profile.h"

static void texts_mean_what_they_say(void)
{
    static const struct {
        const char *text;
        enum slo_kind kind;
        enum metric metric;
        double percentile;
        int64_t limit_ns;
        double share;
    } rows[] = {
        {"ttft p95 <= 2s", SLO_LATENCY, METRIC_TTFT, 95, 2 * NS_PER_S, 0},
        {"  e2e\tp99.9  <=  1500ms ", SLO_LATENCY, METRIC_E2E, 99.9, 1500 * NS_PER_MS,
         0},
        {"tpot p50 <= 40ms", SLO_LATENCY, METRIC_TPOT, 50, 40 * NS_PER_MS, 0},
        {"gap p100 <= 0.25", SLO_LATENCY, METRIC_GAP, 100, 250 * NS_PER_MS, 0},
        {"ttft_sent p90 <= 1m", SLO_LATENCY, METRIC_TTFT_SENT, 90, 60 * NS_PER_S, 0},
        {"success >= 99.5%", SLO_SUCCESS, METRIC_TTFT, 0, 0, 0.995},
        {"goodput >= 0.95", SLO_GOODPUT, METRIC_TTFT, 0, 0, 0.95},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct slo s;
        struct err e = {0};
        check_row = rows[i].text;
        CHECK_INT(slo_parse(rows[i].text, &s, &e), 0);
        CHECK_STR(e.text, "");
        CHECK_INT(s.kind, rows[i].kind);
        CHECK_INT(s.metric, rows[i].metric);
        CHECK_NEAR(s.percentile, rows[i].percentile, 0.0);
        CHECK_INT(s.limit_ns, rows[i].limit_ns);
        CHECK_NEAR(s.share, rows[i].share, 1e-15);
    }
}

static void other_texts_are_refused(void)
{
    static const struct {
        const char *text, *expected;
    } rows[] = {
        {"", "an empty objective; it must look like \"ttft p95 <= 2s\""},
        {"ttft", "\"ttft\": must look like \"ttft p95 <= 2s\""},
        {"ttft p95 >= 2s", "\"ttft p95 >= 2s\": must look like \"ttft p95 <= 2s\""},
        {"ttft p95 <= 2s please",
         "\"ttft p95 <= 2s please\": must look like \"ttft p95 <= 2s\""},
        {"a b c d e f", "\"a b c d e f\": must look like \"ttft p95 <= 2s\""},
        {"tfft p95 <= 2s", "\"tfft\" is no metric; did you mean ttft?"},
        {"latency p95 <= 2s", "\"latency\" is no metric"},
        {"sucess >= 9%", "\"sucess\" is no metric; did you mean success?"},
        {"ttft 95 <= 2s", "\"95\": must be a percentile such as p95 or p99.9"},
        {"ttft p101 <= 2s", "\"p101\": must be a percentile such as p95 or p99.9"},
        {"ttft p0 <= 2s", "\"p0\": must be a percentile such as p95 or p99.9"},
        {"ttft p95 <= 2x", "\"2x\" is no duration: allowed are 250ms, 90s, 5m, 2h, 1d"},
        {"ttft p95 <= 0s", "\"ttft p95 <= 0s\": the limit must be above 0"},
        {"success <= 99%", "\"success <= 99%\": must look like \"success >= 99%\""},
        {"success >= 101%", "\"101%\" is no share: allowed are 0% to 100%, or 0 to 1"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct slo s;
        struct err e = {0};
        check_row = rows[i].text;
        CHECK_INT(slo_parse(rows[i].text, &s, &e), -1);
        CHECK_STR(e.text, rows[i].expected);
    }
}

static void the_way_back_is_the_same(void)
{
    static const struct {
        const char *text, *formatted;
    } rows[] = {
        {"ttft p95 <= 2000ms", "ttft p95 <= 2s"},
        {"ttft p95 <= 1.5s", "ttft p95 <= 1500ms"},
        {"e2e p99.9 <= 2m", "e2e p99.9 <= 120s"},
        {"gap p99.99 <= 0.0000005", "gap p99.99 <= 500ns"},
        {"gap p100 <= 3us", "gap p100 <= 3us"},
        {"success >= 0.995", "success >= 99.5%"},
        {"goodput >= 1", "goodput >= 100%"},
        {"success >= 99.9999%", "success >= 99.9999%"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct slo s, back;
        struct err e = {0};
        struct buf out;
        buf_init(&out, 256);
        check_row = rows[i].text;
        CHECK_INT(slo_parse(rows[i].text, &s, &e), 0);
        slo_format(&s, &out);
        CHECK_STR(out.data, rows[i].formatted);
        CHECK_INT(slo_parse(out.data, &back, &e), 0);
        CHECK(back.kind == s.kind && back.metric == s.metric);
        CHECK(back.percentile == s.percentile && back.share == s.share);
        CHECK_INT(back.limit_ns, s.limit_ns);
        buf_release(&out);
    }
}

int main(void)
{
    RUN(texts_mean_what_they_say);
    RUN(other_texts_are_refused);
    RUN(the_way_back_is_the_same);
    return check_report();
}
