/*
 * Rows S1 to S21 are the acceptance figures that the judge was specified with; the
 * limits contain the chance of a thousand runs: bound + 2.33 sqrt(b (1 - b) / n).
 * Rows X are cases outside of what the procedure was tuned on.
 *
 * In every run both endpoints lose one request of a thousand, unless a row says
 * otherwise. "all" multiplies TTFT, TPOT and end-to-end time alike: a rise of 10 %
 * puts three gates exactly at their margins. Rows of looks at one gate give it a
 * margin of 10 %: at the gate's own 20 % a rise of 20 % would toss a coin.
 */
#include "tests/study/rows.h"

#include "base/base.h"

#define LOSS .failure_rate = 0.001

/* clang-format off */
#define RUN(level, rate, length)                                                       \
    .traffic = {.noise = NOISE_##level, .rate_per_s = (rate), .seconds = (length),     \
                .utilisation = 0.55}
#define RUN_AS(how, rate, length, ...)                                                 \
    .traffic = {.noise = NOISE_MILD, .split = (how), .rate_per_s = (rate),             \
                .seconds = (length), __VA_ARGS__}
/* A client that stands still for 150 ms, 18 times a minute: none of a thousand runs
 * stays within the policy by chance. */
#define LATE(how)                                                                      \
    RUN_AS(how, 20, 300, .utilisation = 0.55, .lates_per_s = 0.3, .late_s = 0.15)
#define SAME .effects = {{LOSS}, {LOSS}}
#define CANARY_HAS(...) .effects = {{LOSS}, {LOSS, __VA_ARGS__}}
#define ALL(rise)                                                                      \
    CANARY_HAS(.ttft_rise = (rise), .tpot_rise = (rise), .e2e_rise = (rise))
#define OUTAGES LOSS, .outages_per_s = 1.0 / 600, .outage_s = 3
#define MOST(what, limit) {FIGURE_##what, false, (limit)}
#define LEAST(what, limit) {FIGURE_##what, true, (limit)}
#define DEMAND(...) .demands = {__VA_ARGS__}

/* The same on every kind of traffic that is calm enough to be decided. */
#define EVERYWHERE(row, text, effects, demand)                                         \
    {row, text, RUN(CALM, 5, 120), effects, demand},                                   \
    {row, text, RUN(CALM, 5, 300), effects, demand},                                   \
    {row, text, RUN(CALM, 5, 600), effects, demand},                                   \
    {row, text, RUN(CALM, 20, 120), effects, demand},                                  \
    {row, text, RUN(CALM, 20, 300), effects, demand},                                  \
    {row, text, RUN(CALM, 20, 600), effects, demand},                                  \
    {row, text, RUN(CALM, 100, 300), effects, demand},                                 \
    {row, text, RUN(MILD, 5, 120), effects, demand},                                   \
    {row, text, RUN(MILD, 5, 300), effects, demand},                                   \
    {row, text, RUN(MILD, 5, 600), effects, demand},                                   \
    {row, text, RUN(MILD, 20, 120), effects, demand},                                  \
    {row, text, RUN(MILD, 20, 300), effects, demand},                                  \
    {row, text, RUN(MILD, 20, 600), effects, demand},                                  \
    {row, text, RUN(MILD, 100, 300), effects, demand}

static const struct cell cells[] = {
    {"S1", "equal", RUN(CALM, 20, 300), SAME,
     DEMAND(MOST(NOGO, 0.005), LEAST(GO, 0.98))},
    {"S2", "equal", RUN(MILD, 20, 300), SAME,
     DEMAND(MOST(NOGO, 0.01), LEAST(GO, 0.84))},
    {"S3", "equal", RUN(MILD, 20, 600), SAME,
     DEMAND(MOST(NOGO, 0.005), LEAST(GO, 0.97))},
    {"S4", "equal", RUN(MILD, 5, 120), SAME, DEMAND(MOST(NOGO, 0.02))},
    {"S5", "equal", RUN(ROUGH, 20, 300), SAME, DEMAND(MOST(NOGO, 0.08))},
    {"S6", "equal, calibrated", EXPERIMENT_CALIBRATED, RUN(ROUGH, 20, 300), SAME,
     DEMAND(MOST(NOGO, 0.04))},
    {"S6", "all +10 %, calibrated", EXPERIMENT_CALIBRATED, RUN(ROUGH, 20, 300),
     ALL(0.1), DEMAND(MOST(GO, 0.03))},
    EVERYWHERE("S7", "all +10 %", ALL(0.1), DEMAND(MOST(GO, 0.05))),
    {"S8", "TPOT +10 %", RUN(MILD, 20, 300), CANARY_HAS(.tpot_rise = 0.1),
     .gate = GATE_TPOT_P95, DEMAND(MOST(PASS, 0.085))},
    {"S9", "all +20 %", RUN(MILD, 20, 120), ALL(0.2), DEMAND(LEAST(NOGO, 0.93))},
    {"S9", "all +20 %", RUN(MILD, 20, 300), ALL(0.2), DEMAND(LEAST(NOGO, 0.99))},
    EVERYWHERE("S10", "all +50 %", ALL(0.5), DEMAND(LEAST(NOGO, 0.99))),
    {"S11", "TPOT +20 %", RUN(MILD, 20, 300), CANARY_HAS(.tpot_rise = 0.2),
     DEMAND(LEAST(NOGO, 0.985))},
    {"S12", "TTFT +20 %", RUN(MILD, 20, 300), CANARY_HAS(.ttft_rise = 0.2),
     DEMAND(LEAST(NOGO, 0.985))},
    {"S13", "6 % take 1.5 s longer", RUN(MILD, 20, 300),
     CANARY_HAS(.tail_share = 0.06, .tail_s = 1.5), DEMAND(LEAST(NOGO, 0.99))},
    {"S14", "failures 0.1 to 0.5 %", RUN(MILD, 20, 300),
     .effects = {{LOSS}, {.failure_rate = 0.005}}, DEMAND(LEAST(NOGO, 0.88))},
    {"S14", "failures 0.1 to 1 %", RUN(MILD, 20, 300),
     .effects = {{LOSS}, {.failure_rate = 0.01}}, DEMAND(LEAST(NOGO, 0.99))},
    {"S15", "equal, 3-s outages", RUN(MILD, 20, 300),
     .effects = {{OUTAGES}, {OUTAGES}}, DEMAND(MOST(NOGO, 0.03))},
    {"S15", "equal, 3-s outages", RUN(MILD, 20, 600),
     .effects = {{OUTAGES}, {OUTAGES}}, DEMAND(MOST(NOGO, 0.03))},
    {"S16", "all -10 %", RUN(MILD, 20, 300), ALL(-0.1),
     DEMAND(LEAST(GO, 0.96), MOST(NOGO, 0.003))},
    {"S17", "equal, stored runs",
     RUN_AS(STORED, 20, 300, .utilisation = 0.55, .run_sd = 0.03), SAME,
     DEMAND(MOST(NOGO, 0.04))},
    {"S18", "equal, looks, TTFT p95", EXPERIMENT_GATE_LOOKS, RUN(MILD, 20, 600), SAME,
     .gate = GATE_TTFT_P95, DEMAND(MOST(NOGO, 0.015))},
    {"S19", "all +50 %, looks, TTFT p95", EXPERIMENT_GATE_LOOKS, RUN(MILD, 20, 600),
     ALL(0.5), .gate = GATE_TTFT_P95, DEMAND(LEAST(NOGO, 0.98), MOST(STOP_S, 140))},
    {"S19", "all +20 %, looks, TTFT p95", EXPERIMENT_GATE_LOOKS, RUN(MILD, 20, 600),
     ALL(0.2), .gate = GATE_TTFT_P95, DEMAND(LEAST(NOGO, 0.98), MOST(STOP_S, 260))},
    {"S20", "equal, run again as advised", EXPERIMENT_ADVICE, RUN(MILD, 20, 120), SAME,
     DEMAND(LEAST(GO, 0.78))},
    {"S21", "equal, in another order", EXPERIMENT_REPEAT, RUN(MILD, 20, 120), SAME,
     DEMAND(LEAST(SAME, 1))},
    {"X1", "equal, other requests", RUN_AS(CONCURRENT, 20, 300, .utilisation = 0.55),
     SAME, DEMAND(MOST(NOGO, 0.01), LEAST(GO, 0.65))},
    {"X2", "all +10 %, other requests",
     RUN_AS(CONCURRENT, 20, 300, .utilisation = 0.55), ALL(0.1),
     DEMAND(MOST(GO, 0.05))},
    {"X3", "equal, 90/10",
     RUN_AS(CONCURRENT, 20, 300, .utilisation = 0.55, .canary_share = 0.1), SAME,
     DEMAND(MOST(NOGO, 0.03))},
    {"X4", "all +20 %, 90/10",
     RUN_AS(CONCURRENT, 20, 300, .utilisation = 0.55, .canary_share = 0.1), ALL(0.2),
     DEMAND(LEAST(NOGO, 0.97), MOST(GO, 0.01))},
    {"X5", "equal, busier", RUN_AS(PAIRED, 20, 300, .utilisation = 0.75), SAME,
     DEMAND(MOST(NOGO, 0.01), LEAST(GO, 0.55))},
    {"X6", "fails long prompts at once", RUN(MILD, 20, 300),
     CANARY_HAS(.fails_over_tokens = 2000), DEMAND(LEAST(NOGO, 0.99))},
    {"X7", "TPOT +20 %, TTFT -20 %", RUN(MILD, 20, 300),
     CANARY_HAS(.tpot_rise = 0.2, .ttft_rise = -0.2), DEMAND(LEAST(NOGO, 0.985))},
    {"X8", "fewer failures", RUN(MILD, 20, 300),
     .effects = {{.failure_rate = 0.01}, {LOSS}},
     DEMAND(MOST(NOGO, 0.005), LEAST(GO, 0.8))},
    {"X9", "equal, longer prompts, stored",
     RUN_AS(STORED, 20, 300, .utilisation = 0.55),
     CANARY_HAS(.prompt_rise = 0.3), DEMAND(MOST(NOGO, 0.02))},
    {"X10", "equal, looks", EXPERIMENT_LOOKS, RUN(MILD, 20, 300), SAME,
     DEMAND(MOST(NOGO, 0.02))},
    {"X11", "equal, looks, 3-s outages", EXPERIMENT_LOOKS, RUN(MILD, 20, 300),
     .effects = {{OUTAGES}, {OUTAGES}}, DEMAND(MOST(NOGO, 0.05))},
    {"X12", "failures 0.1 to 2 %, looks", EXPERIMENT_LOOKS, RUN(MILD, 20, 300),
     .effects = {{LOSS}, {.failure_rate = 0.02}},
     DEMAND(LEAST(NOGO, 0.99), MOST(STOP_S, 90))},
    {"X13", "equal, late client", LATE(PAIRED), SAME,
     DEMAND(MOST(NOGO, 0.005), MOST(GO, 0))},
    {"X14", "all +50 %, late client", LATE(PAIRED), ALL(0.5),
     DEMAND(MOST(NOGO, 0.005), MOST(GO, 0))},
    {"X15", "failures 0.1 to 2 %, late", LATE(PAIRED),
     .effects = {{LOSS}, {.failure_rate = 0.02}}, DEMAND(LEAST(NOGO, 0.99))},
    {"X16", "both fail when it is late", LATE(PAIRED),
     .effects = {{LOSS, .late_failure_rate = 0.5}, {LOSS, .late_failure_rate = 0.5}},
     DEMAND(MOST(NOGO, 0.005), MOST(GO, 0))},
    {"X17", "the canary fails when late", LATE(PAIRED),
     .effects = {{LOSS}, {LOSS, .late_failure_rate = 0.5}},
     DEMAND(MOST(NOGO, 0.005), MOST(GO, 0))},
    {"X18", "both fail, other requests", LATE(CONCURRENT),
     .effects = {{LOSS, .late_failure_rate = 0.5}, {LOSS, .late_failure_rate = 0.5}},
     DEMAND(MOST(NOGO, 0.005), MOST(GO, 0))},
    {"X19", "equal, goes on as advised", EXPERIMENT_EXTENDED, RUN(MILD, 20, 480), SAME,
     DEMAND(MOST(NOGO, 0.01), LEAST(GO, 0.72))},
    {"X20", "all +10 %, goes on as advised", EXPERIMENT_EXTENDED, RUN(MILD, 20, 480),
     ALL(0.1), DEMAND(MOST(GO, 0.05))},
    {"X21", "TPOT +10 %, goes on as advised", EXPERIMENT_EXTENDED, RUN(CALM, 5, 480),
     CANARY_HAS(.tpot_rise = 0.1), DEMAND(MOST(GO, 0.05))},
    {"X22", "equal, slow, goes on as advised", EXPERIMENT_EXTENDED, RUN(MILD, 5, 480),
     SAME, DEMAND(MOST(NOGO, 0.02))},
};
/* clang-format on */

const struct cell *study_cells(size_t *n)
{
    *n = ARRAY_LEN(cells);
    return cells;
}
