/* How long the trials of a search are. */
#include "command/capacity_trial.h"

#include "check.h"

#include <math.h>

static const struct {
    const char *name, *slo;
    double trial_s, warmup_s, soak_s, max_time_s; /* options */
    double p50, p95, in_flight, rate; /* of the last trial that held; 0: none */
    enum capacity_phase phase;
    double load;
    double warm, measured; /* expected */
} rows[] = {
    {"nothing seen yet", "ttft p90 <= 1s", 0, 0, 0, 1800, 0, 0, 0, 0, CAPACITY_UNLOADED,
     1, 2, 44},
    {"short requests", "ttft p90 <= 1s", 0, 0, 0, 1800, 0.2, 0.4, 1, 5, CAPACITY_BISECT,
     20, 2, 30},
    {"long requests", "ttft p90 <= 1s", 0, 0, 0, 7200, 4, 9, 1, 0.25, CAPACITY_BISECT,
     20, 18, 240},
    {"longer than there is time", "ttft p90 <= 1s", 0, 0, 0, 1800, 10, 12, 1, 0.1,
     CAPACITY_BISECT, 20, 24, 90},
    {"too few for a median", "ttft p90 <= 1s", 0, 0, 0, 1800, NAN, NAN, 1, 0.5,
     CAPACITY_BISECT, 20, 6, 90},
    {"a generous limit", "ttft p90 <= 3s", 0, 0, 0, 1800, 0.2, 0.4, 1, 5,
     CAPACITY_BISECT, 20, 2, 60},
    {"an objective that needs requests", "success >= 99%", 0, 0, 0, 1800, 0.2, 0.4, 1,
     5, CAPACITY_BISECT, 2, 2, 225},
    {"but not for ever", "success >= 99.9%", 0, 0, 0, 1800, 0.2, 0.4, 1, 5,
     CAPACITY_BISECT, 2, 2, 600},
    {"as asked", "ttft p90 <= 1s", 12, 3, 0, 1800, 4, 9, 1, 0.25, CAPACITY_BISECT, 20,
     3, 12},
    {"warm-up within half", "ttft p90 <= 1s", 12, 0, 0, 1800, 4, 9, 1, 0.25,
     CAPACITY_BISECT, 20, 6, 12},
    {"a soak", "ttft p90 <= 1s", 12, 3, 600, 1800, 4, 9, 1, 0.25, CAPACITY_SOAK, 20, 3,
     600},
    {"an overload", "ttft p90 <= 1s", 12, 3, 0, 1800, 4, 9, 1, 0.25, CAPACITY_OVERLOAD,
     20, 6, 12},
};

static void lengths(void)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct slo slo;
        struct err e = {0};
        struct capacity_settings s = {0};
        struct capacity_point p = {.state = CAPACITY_PASS,
                                   .phase = CAPACITY_BRACKET,
                                   .rate = rows[i].rate,
                                   .in_flight_mean = rows[i].in_flight,
                                   .e2e_s = {rows[i].p50, rows[i].p95, 0}};
        struct search_order order = {.phase = rows[i].phase, .load = rows[i].load};
        check_row = rows[i].name;
        CHECK_INT(slo_parse(rows[i].slo, &slo, &e), 0);
        struct trial_ask ask = {.slos = &slo, .slo_count = 1};
        s.trial_ns = (int64_t)rows[i].trial_s * NS_PER_S;
        s.run.warmup_ns = (int64_t)rows[i].warmup_s * NS_PER_S;
        s.soak_ns = (int64_t)rows[i].soak_s * NS_PER_S;
        s.max_time_ns = (int64_t)rows[i].max_time_s * NS_PER_S;
        struct trial_length l =
            trial_length_of(&s, &ask, &p, rows[i].rate > 0 ? 1 : 0, &order);
        CHECK_INT(l.warmup_ns, (int64_t)rows[i].warm * NS_PER_S);
        CHECK_INT(l.measured_ns, (int64_t)rows[i].measured * NS_PER_S);
    }
}

int main(void)
{
    RUN(lengths);
    return check_report();
}
