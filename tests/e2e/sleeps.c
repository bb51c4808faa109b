/*
 * The sleeps that a shipped policy's own source prescribes for one request whose
 * attempts all fail at once, in milliseconds, one a line:
 *
 *   sleeps POLICY SEED NUMBER COUNT
 *
 * NUMBER is the request's in its schedule. The formulas are written down here a second
 * time, from the clients' sources; only the random stream is the program's: one draw
 * before the first attempt, then three after each failure, the first of which is the
 * backoff's.
 */
#include "base/base.h"
#include "base/rng.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double mistral_s(int n, double u)
{
    return fmin(60, 0.5 * pow(1.5, n) + u);
}

static double openai_s(int n, double u)
{
    return fmin(8, 0.5 * pow(2, n)) * (1 - 0.25 * u);
}

static double vibe_s(int n, double u)
{
    return fmin(30, 0.5 * pow(1.5, n) + u);
}

static double naive_s(int n, double u)
{
    (void)n;
    (void)u;
    return 0;
}

static double grpc_s(int n, double u)
{
    return fmin(1, 0.1 * pow(2, n)) * (0.8 + 0.4 * u);
}

static double checklist_s(int n, double u)
{
    (void)u;
    return fmin(8, pow(2, n));
}

static const struct {
    const char *name;
    double (*sleep_s)(int n, double u);
} policies[] = {
    {"mistral-python", mistral_s},
    {"openai-python", openai_s},
    {"vibe", vibe_s},
    {"naive-3x", naive_s},
    {"grpc-throttle", grpc_s},
    {"sre-checklist", checklist_s},
};

int main(int argc, char **argv)
{
    struct rng rng;
    size_t i = 0;
    if (argc != 5)
        return 2;
    while (i < ARRAY_LEN(policies) && strcmp(policies[i].name, argv[1]) != 0)
        i++;
    if (i == ARRAY_LEN(policies))
        return 2;
    rng_init(&rng, strtoull(argv[2], NULL, 10), RNG_JITTER,
             strtoull(argv[3], NULL, 10));
    (void)rng_unit(&rng);
    for (int n = 0; n < (int)strtol(argv[4], NULL, 10); n++) {
        double u = rng_unit(&rng);
        (void)rng_unit(&rng);
        (void)rng_unit(&rng);
        printf("%.3f\n", policies[i].sleep_s(n, u) * 1000);
    }
    return 0;
}
