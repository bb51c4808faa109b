/*
 * Writes a made-up run directory for the tests of `gust report`.
 *
 *   fake_run KIND DIR [SECONDS [RATE]]
 */
#include "fake_run.h"

#include <stdio.h>

#define BASE .seed = 42, .warmup_s = 2, .decode_s = 0.003, .stall_at_s = 8

static const struct {
    const char *kind;
    struct fake_spec spec;
} rows[] = {
    {"valid", {BASE}},
    {"met", {BASE, .slos = "[\"ttft p95 <= 10s\",\"success >= 95%\"]"}},
    {"missed",
     {BASE,
      .faults = {{OUTCOME_SERVER_500, 0.03},
                 {OUTCOME_RESET, 0.02},
                 {OUTCOME_SHED, 0.01}},
      .slos = "[\"ttft p95 <= 10s\",\"success >= 99%\"]"}},
    {"inconclusive", {BASE, .slos = "[\"e2e p99.9 <= 1h\"]"}},
    {"incomplete", {BASE, .status = "running", .killed_at_s = 7}},
    {"invalid",
     {BASE, .health =
                "{\"valid\":false,\"reasons\":[{\"code\":\"lag\",\"resource\":\"cpu\","
                "\"text\":\"requests were late\",\"advice\":\"use more workers\"}]}"}},
};

static int usage(void)
{
    (void)fputs("usage: fake_run KIND DIR [SECONDS [RATE]]\n", stderr);
    return 2;
}

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 2 && i < ARRAY_LEN(rows); i++) {
        if (strcmp(argv[1], rows[i].kind) != 0)
            continue;
        struct err e = {0};
        struct fake_truth truth;
        struct fake_spec spec = rows[i].spec;
        spec.path = argv[2];
        spec.duration_s = argc > 3 ? strtod(argv[3], NULL) : 20;
        spec.rate_per_s = argc > 4 ? strtod(argv[4], NULL) : 30;
        int result = fake_run(&spec, &truth, &e);
        if (result < 0)
            (void)fprintf(stderr, "fake_run: %s\n", e.text);
        free(truth.requests);
        return result < 0 ? 1 : 0;
    }
    return usage();
}
