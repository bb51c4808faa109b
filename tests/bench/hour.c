/*
 * Makes the run directory of an hour at 10 requests a second, some of which failed:
 *
 *   hour DIR
 */
#include "fake_run.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    struct err e = {0};
    struct fake_truth truth = {0};
    if (argc != 2) {
        fprintf(stderr, "usage: hour DIR\n");
        return 2;
    }
    struct fake_spec spec = {
        .path = argv[1],
        .seed = 1,
        .rate_per_s = 10,
        .duration_s = 3600,
        .warmup_s = 60,
        .decode_s = 0.02,
        .stall_at_s = 1800,
        .faults = {{OUTCOME_SERVER_500, 0.002}, {OUTCOME_RATE_LIMITED, 0.01}}};
    if (fake_run(&spec, &truth, &e) < 0) {
        fprintf(stderr, "hour: %s\n", e.text);
        return 1;
    }
    free(truth.requests);
    return 0;
}
