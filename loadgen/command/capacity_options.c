/* What `gust capacity` can be told; see capacity_options.h. */
#include "command/capacity_options.h"

#include "measure/price.h"
#include "workload/corpus.h"

#define CAPACITY_FIELD(name) offsetof(struct capacity_settings, name)
#define TARGET_FIELD(name) offsetof(struct capacity_settings, run.target.name)

/* clang-format off */
const struct opt capacity_options[] = {
    {.name = "target", .letter = 't', .type = OPT_STRING, .offset = TARGET_FIELD(url), .arg = "URL", .group = "Target",
     .help = "base URL of the server, with or without /v1"},
    {.name = "dialect", .letter = 'd', .type = OPT_CHOICE, .offset = TARGET_FIELD(dialect), .fallback = "auto", .choices = run_dialects, .group = "Target",
     .help = "how the server wants to be spoken to; auto asks it"},
    {.name = "model", .letter = 'm', .type = OPT_STRING, .offset = TARGET_FIELD(model), .arg = "NAME", .group = "Target",
     .help = "model to ask for; default: the first that the server lists"},
    {.name = "key-env", .type = OPT_STRING, .offset = TARGET_FIELD(key_env), .arg = "NAME", .group = "Target",
     .help = "environment variable that holds the API key; default: MISTRAL_API_KEY, for the Mistral API only"},
    {.name = "key-file", .type = OPT_STRING, .offset = TARGET_FIELD(key_file), .arg = "FILE", .group = "Target",
     .help = "file that holds the API key in its first line"},
    {.name = "header", .letter = 'H', .type = OPT_LIST, .offset = TARGET_FIELD(headers), .arg = "'NAME: VALUE'", .group = "Target",
     .help = "further request header; may be repeated; values are never written to the run directory"},

    {.name = "rate", .letter = 'r', .type = OPT_RATE, .offset = CAPACITY_FIELD(run.rate_per_s), .min = 1e-6, .max = 1e6, .arg = "5/s", .group = "Search",
     .help = "start with so many arrivals per second; default: what one user at a time achieves"},
    {.name = "users", .letter = 'u', .type = OPT_U64, .offset = CAPACITY_FIELD(run.users), .min = 1, .max = 1000000, .arg = "N", .group = "Search",
     .help = "search how many users who wait for their reply (closed loop) are served within the objectives, instead of arrivals per second; start with N"},
    {.name = "max-load", .type = OPT_DOUBLE, .offset = CAPACITY_FIELD(max_load), .min = 0, .max = 1e6, .arg = "N", .group = "Search",
     .help = "try no more arrivals per second, or users, than this; 0: no limit"},
    {.name = "width", .type = OPT_SHARE, .offset = CAPACITY_FIELD(width), .fallback = "5%", .min = 0.005, .max = 0.5, .arg = "5%", .group = "Search",
     .help = "bisect until the load that holds and the one that does not are so close"},
    {.name = "trial-time", .type = OPT_DURATION, .offset = CAPACITY_FIELD(trial_ns), .max = 3.6e12, .arg = "60s", .group = "Search",
     .help = "measured time of a trial that cannot be decided earlier; default: 60 times the median request or 20 times the longest limit, from 30s to a twentieth of --max-time, and longer where the objectives need more requests"},
    {.name = "warmup", .type = OPT_DURATION, .offset = CAPACITY_FIELD(run.warmup_ns), .max = 3.6e12, .arg = "10s", .group = "Search",
     .help = "unmeasured start of a trial; default: twice the p95 of the requests of the last trial that held, at least 2s, at most half of the trial"},
    {.name = "soak", .type = OPT_DURATION, .offset = CAPACITY_FIELD(soak_ns), .fallback = "0s", .max = 8.64e13, .arg = "10m", .group = "Search",
     .help = "hold what was found for so long before it is believed; 0: not"},
    {.name = "overload", .type = OPT_DOUBLE, .offset = CAPACITY_FIELD(overload), .max = 10, .arg = "1.5", .group = "Search",
     .help = "at the end send so many times what was found for half a trial, then 80 % of it, and tell when the objectives hold again; 0: not"},
    {.name = "max-trials", .type = OPT_U64, .offset = CAPACITY_FIELD(max_trials), .fallback = "60", .min = 1, .max = CAPACITY_TRIALS_MAX, .arg = "N", .group = "Search",
     .help = "end after so many trials"},
    {.name = "max-time", .type = OPT_DURATION, .offset = CAPACITY_FIELD(max_time_ns), .fallback = "30m", .min = 1e9, .max = 6.048e14, .arg = "30m", .group = "Search",
     .help = "begin no trial that could not be decided before this"},
    {.name = "repeats", .type = OPT_U64, .offset = CAPACITY_FIELD(repeats), .fallback = "1", .max = 20, .arg = "N", .group = "Search",
     .help = "repeat a trial whose generator was the bottleneck so often before the search ends"},
    {.name = "replicas", .type = OPT_U64, .offset = CAPACITY_FIELD(replicas), .max = 1000000, .arg = "N", .group = "Search",
     .help = "replicas behind the target: also say what is safe when one of them is gone"},
    {.name = "resume", .type = OPT_STRING, .offset = CAPACITY_FIELD(resume), .arg = "DIR", .group = "Search",
     .help = "go on with the search in this directory; the other options must be as they were"},

#define PLAN_FIELD(name) CAPACITY_FIELD(fleet.name)
#include "command/plan_rows.inc"
#undef PLAN_FIELD

#define FIELD(name) offsetof(struct capacity_settings, run.name)
#define LOAD_ROWS_WITHOUT_LENGTH
#include "command/load_rows.inc"
#undef LOAD_ROWS_WITHOUT_LENGTH
#undef FIELD
    {0},
};
/* clang-format on */
