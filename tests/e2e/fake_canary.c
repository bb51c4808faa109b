/*
 * Writes a made-up run directory of known truth, for the tests of `gust compare`.
 *
 *   fake_canary DIR SECONDS RATE NOISE_SEED TTFT_FACTOR TPOT_FACTOR FAILURES
 */
#include "fake_canary.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    struct err e = {0};
    if (argc != 8) {
        fprintf(stderr,
                "usage: fake_canary DIR SECONDS RATE SEED TTFT TPOT FAILURES\n");
        return 2;
    }
    struct fake_spec spec = {
        .path = argv[1],
        .seed = 1,
        .duration_s = strtod(argv[2], NULL),
        .rate_per_s = strtod(argv[3], NULL),
        .decode_s = 0.015,
        .slos = "[\"success >= 95%\",\"ttft p95 <= 10s\"]",
    };
    struct fake_change change = {
        .noise_seed = strtoull(argv[4], NULL, 10),
        .ttft = strtod(argv[5], NULL),
        .tpot = strtod(argv[6], NULL),
        .failures = strtod(argv[7], NULL),
        .noise = 0.1,
    };
    if (fake_canary(&spec, &change, &e) == 0)
        return 0;
    fprintf(stderr, "fake_canary: %s\n", e.text);
    return 1;
}
