/* What `gust run` can be told; see run_options.h. */
#include "command/run_options.h"

#include "measure/price.h"
#include "workload/corpus.h"
#include "workload/trace.h"

const char *const run_dialects[] = {"auto",     "mistral", "openai", "vllm", "sglang",
                                    "llamacpp", "tgi",     "ollama", NULL};
const char *const run_paces[] = {"timer", "spin", NULL};
const char *const run_https[] = {"1.1", "2", NULL};
const char *const run_formats[] = {"text", "json", NULL};

#define TARGET_FIELD(name) offsetof(struct run_settings, target.name)

/* clang-format off */
const struct opt run_options[] = {
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

#define FIELD(name) offsetof(struct run_settings, name)
    {.name = "policy", .letter = 'p', .type = OPT_LIST, .offset = FIELD(policies), .arg = "NAME|FILE", .group = "Client",
     .help = "what the client does about failure: none, mistral-python, openai-python, vibe, naive-3x, grpc-throttle, sre-checklist or a file; several are run one after the other and shown side by side"},
    {.name = "outage", .type = OPT_STRING, .offset = FIELD(outage), .arg = "60s+20s", .group = "Client",
     .help = "when you make the server fail, and for how long, since the start: the report judges how it recovers"},

#include "command/load_rows.inc"
#undef FIELD
    {0},
};
/* clang-format on */
