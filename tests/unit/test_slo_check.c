/* Verdicts on SLOs: rows of a sample, a limit, and what may be said. */
#include "judge/slo_check.h"

#include "check.h"

#include <stdlib.h>

/* A summary with one SLO; the sample is `fast` values of 100 ms, `slow` of 900 ms and
 * `lost` ones, all scheduled. */
struct row {
    const char *name, *slo;
    uint64_t fast, slow, lost;
    enum slo_verdict verdict;
};

static const struct row rows[] = {
    {"no request", "ttft p95 <= 500ms", 0, 0, 0, SLO_NO_DATA},
    {"fast, but too few", "ttft p95 <= 500ms", 129, 0, 0, SLO_NO_DATA},
    {"fast and enough", "ttft p95 <= 500ms", 130, 0, 0, SLO_MET},
    {"five slow in 130 leave p95", "ttft p95 <= 500ms", 125, 5, 0, SLO_MET},
    {"seven do not", "ttft p95 <= 500ms", 123, 7, 0, SLO_MISSED},
    {"nor do seven failures", "ttft p95 <= 500ms", 123, 0, 7, SLO_MISSED},
    {"all failed", "ttft p95 <= 500ms", 0, 0, 130, SLO_MISSED},
    {"few, but a perfect rest would not help", "ttft p95 <= 500ms", 50, 7, 0,
     SLO_MISSED},
    {"few, and a perfect rest would", "ttft p95 <= 500ms", 50, 6, 0, SLO_NO_DATA},
    {"the limit itself is within", "ttft p50 <= 100ms", 20, 0, 0, SLO_MET},
    {"just below the value is not", "ttft p50 <= 99ms", 20, 0, 0, SLO_MISSED},
    {"a slot that begins at the limit", "ttft p50 <= 99968us", 20, 0, 0, SLO_MET},
    {"five of five do not prove a half", "success >= 50%", 5, 0, 0, SLO_NO_DATA},
    {"one of 100 failed", "success >= 99%", 99, 0, 1, SLO_MET},
    {"two of 100 failed", "success >= 99%", 98, 0, 2, SLO_MISSED},
    {"99 good ones do not prove 99 %", "success >= 99%", 99, 0, 0, SLO_NO_DATA},
    {"two of five lost are enough to miss it", "success >= 99%", 3, 0, 2, SLO_MISSED},
    {"all of them, and all succeeded", "success >= 100%", 11, 0, 0, SLO_MET},
    {"all of them, and one failed", "success >= 100%", 10, 0, 1, SLO_MISSED},
    {"slow ones are not good", "goodput >= 90%", 17, 3, 0, SLO_MISSED},
    {"but two of 20 may be", "goodput >= 90%", 18, 2, 0, SLO_MET},
};

static struct summary *made(const struct row *row, struct slo_result *slo)
{
    struct summary *s = xcalloc(1, sizeof *s);
    struct err e = {0};
    struct latency *l = &s->latency[METRIC_TTFT];
    l->hist = hist_new();
    l->lost = row->lost;
    CHECK(hist_record(l->hist, 100000, row->fast));
    CHECK(hist_record(l->hist, 900000, row->slow));
    s->window.scheduled = row->fast + row->slow + row->lost;
    s->window.succeeded = row->fast + row->slow;
    s->window.good = row->fast;
    s->slos = slo;
    s->slo_count = 1;
    CHECK_INT(slo_parse(row->slo, &slo->slo, &e), 0);
    return s;
}

static void verdicts(void)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct slo_result slo = {0};
        check_row = rows[i].name;
        struct summary *s = made(&rows[i], &slo);
        slo_check(s);
        CHECK_INT(slo.verdict, rows[i].verdict);
        CHECK_INT(slo.n, rows[i].fast + rows[i].slow + rows[i].lost);
        latency_release(&s->latency[METRIC_TTFT]);
        free(s);
    }
}

int main(void)
{
    RUN(verdicts);
    return check_report();
}
