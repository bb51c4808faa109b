/* What `gust canary` can be told; see canary_options.h. */
#include "command/canary_options.h"

#include "measure/price.h"
#include "workload/corpus.h"
#include "workload/trace.h"

#define CANARY_FIELD(name) offsetof(struct canary_settings, name)

static const char *const gate_modes[] = {"strict", "advisory", NULL};

/* clang-format off */
const struct opt canary_options[] = {
    {.name = "baseline", .letter = 'b', .type = OPT_STRING, .offset = CANARY_FIELD(run.target.url), .arg = "URL", .group = "Targets",
     .help = "base URL of what runs in production"},
    {.name = "canary", .letter = 'c', .type = OPT_STRING, .offset = CANARY_FIELD(canary.url), .arg = "URL", .group = "Targets",
     .help = "base URL of what may replace it"},
    {.name = "dialect", .letter = 'd', .type = OPT_CHOICE, .offset = CANARY_FIELD(run.target.dialect), .fallback = "auto", .choices = run_dialects, .group = "Targets",
     .help = "how the servers want to be spoken to; auto asks them"},
    {.name = "canary-dialect", .type = OPT_CHOICE, .offset = CANARY_FIELD(canary.dialect), .fallback = "auto", .choices = run_dialects, .group = "Targets",
     .help = "the canary's, where it differs"},
    {.name = "model", .letter = 'm', .type = OPT_STRING, .offset = CANARY_FIELD(run.target.model), .arg = "NAME", .group = "Targets",
     .help = "model to ask for; default: the first that a server lists"},
    {.name = "canary-model", .type = OPT_STRING, .offset = CANARY_FIELD(canary.model), .arg = "NAME", .group = "Targets",
     .help = "the canary's, where it differs"},
    {.name = "key-env", .type = OPT_STRING, .offset = CANARY_FIELD(run.target.key_env), .arg = "NAME", .group = "Targets",
     .help = "environment variable that holds the API key; default: MISTRAL_API_KEY, for the Mistral API only"},
    {.name = "canary-key-env", .type = OPT_STRING, .offset = CANARY_FIELD(canary.key_env), .arg = "NAME", .group = "Targets",
     .help = "the canary's, where it differs"},
    {.name = "key-file", .type = OPT_STRING, .offset = CANARY_FIELD(run.target.key_file), .arg = "FILE", .group = "Targets",
     .help = "file that holds the API key in its first line"},
    {.name = "header", .letter = 'H', .type = OPT_LIST, .offset = CANARY_FIELD(run.target.headers), .arg = "'NAME: VALUE'", .group = "Targets",
     .help = "further request header of both arms; values are never written to the run directory"},
    {.name = "canary-header", .type = OPT_LIST, .offset = CANARY_FIELD(canary.headers), .arg = "'NAME: VALUE'", .group = "Targets",
     .help = "further request header of the canary only"},

    {.name = "split", .type = OPT_STRING, .offset = CANARY_FIELD(split), .fallback = "mirror", .arg = "mirror|50/50|90/10", .group = "Judgement",
     .help = "mirror sends every request to both arms; 50/50 and 90/10 share them out by hash"},
    {.name = "max-duration", .type = OPT_DURATION, .offset = CANARY_FIELD(max_duration_ns), .max = 6.048e14, .arg = "20m", .group = "Judgement",
     .help = "while the verdict is open at --duration, go on for as long as it says, up to this, and judge once more; default: --duration"},
    {.name = "early-stop", .type = OPT_FLAG, .offset = CANARY_FIELD(is_early), .group = "Judgement",
     .help = "look every 30 s from 60 s on and stop when a bound that holds at every look is passed"},
    {.name = "policy", .type = OPT_STRING, .offset = CANARY_FIELD(policy), .arg = "FILE", .group = "Judgement",
     .help = "gates and margins; gust compare --print-policy shows the built-in ones"},
    {.name = "calibration", .type = OPT_STRING, .offset = CANARY_FIELD(calibration), .arg = "FILE", .group = "Judgement",
     .help = "noise of this environment, as gust compare --aa wrote it"},
    {.name = "gate-mode", .type = OPT_CHOICE, .offset = CANARY_FIELD(gate_mode), .fallback = "strict", .choices = gate_modes, .group = "Judgement",
     .help = "advisory always exits 0, and says so"},

    {.name = "steps", .type = OPT_STRING, .offset = CANARY_FIELD(steps), .arg = "5,10,25,50,100", .group = "Rollout",
     .help = "weights of a gradual rollout, in percent, each judged before the next"},
    {.name = "bake", .type = OPT_DURATION, .offset = CANARY_FIELD(bake_ns), .fallback = "10m", .min = 1e9, .max = 6.048e14, .arg = "10m", .group = "Rollout",
     .help = "length of each step"},
    {.name = "on-step", .type = OPT_STRING, .offset = CANARY_FIELD(on_step), .arg = "CMD", .group = "Rollout",
     .help = "command that sets the weight GUST_WEIGHT before a step; it must exit 0"},
    {.name = "on-nogo", .type = OPT_STRING, .offset = CANARY_FIELD(on_nogo), .arg = "CMD", .group = "Rollout",
     .help = "command that rolls back after a NO-GO; a failure of it is shouted, exit 6"},
    {.name = "smoke", .type = OPT_FLAG, .offset = CANARY_FIELD(is_smoke), .group = "Rollout",
     .help = "after the last step, send the canary one request of each class"},

#define FIELD(name) offsetof(struct canary_settings, run.name)
#include "command/load_rows.inc"
#undef FIELD
    {0},
};
/* clang-format on */
