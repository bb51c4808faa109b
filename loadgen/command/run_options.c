/* What `gust run` can be told; see run_options.h. */
#include "command/run_options.h"

#include "workload/trace.h"

#define FIELD(name) offsetof(struct run_settings, name)

const char *const run_dialects[] = {"auto",     "mistral", "openai", "vllm", "sglang",
                                    "llamacpp", "tgi",     "ollama", NULL};
static const char *const paces[] = {"timer", "spin", NULL};
static const char *const formats[] = {"text", "json", NULL};

#define TARGET "Target"
#define LOAD "Load"
#define TRACE "Trace"
#define LIMITS "Limits"
#define NETWORK "Network"
#define OUTPUT "Output"

/* clang-format off */
const struct opt run_options[] = {
    {.name = "target", .letter = 't', .type = OPT_STRING, .offset = FIELD(target), .arg = "URL", .group = TARGET,
     .help = "base URL of the server, with or without /v1"},
    {.name = "dialect", .letter = 'd', .type = OPT_CHOICE, .offset = FIELD(dialect), .fallback = "auto", .choices = run_dialects, .group = TARGET,
     .help = "how the server wants to be spoken to; auto asks it"},
    {.name = "model", .letter = 'm', .type = OPT_STRING, .offset = FIELD(model), .arg = "NAME", .group = TARGET,
     .help = "model to ask for; default: the first that the server lists"},
    {.name = "key-env", .type = OPT_STRING, .offset = FIELD(key_env), .arg = "NAME", .group = TARGET,
     .help = "environment variable that holds the API key; default: MISTRAL_API_KEY, for the Mistral API only"},
    {.name = "key-file", .type = OPT_STRING, .offset = FIELD(key_file), .arg = "FILE", .group = TARGET,
     .help = "file that holds the API key in its first line"},
    {.name = "header", .letter = 'H', .type = OPT_LIST, .offset = FIELD(headers), .arg = "'NAME: VALUE'", .group = TARGET,
     .help = "further request header; may be repeated; values are never written to the run directory"},

    {.name = "rate", .letter = 'r', .type = OPT_RATE, .offset = FIELD(rate_per_s), .min = 1e-6, .max = 1e6, .arg = "20/s", .group = LOAD,
     .help = "arrivals per second, whatever the server does (open loop)"},
    {.name = "users", .letter = 'u', .type = OPT_U64, .offset = FIELD(users), .min = 1, .max = 1000000, .arg = "50", .group = LOAD,
     .help = "users who each wait for their reply (closed loop); latency is service time then"},
    {.name = "duration", .type = OPT_DURATION, .offset = FIELD(duration_ns), .min = 1e9, .max = 6.048e14, .arg = "60s", .group = LOAD,
     .help = "length of the arrivals, warm-up included; default: the profile's phases, else 60s"},
    {.name = "warmup", .type = OPT_DURATION, .offset = FIELD(warmup_ns), .min = 0, .max = 8.64e13, .arg = "10s", .group = LOAD,
     .help = "length of the unmeasured start; default: the profile's, else a sixth of the duration, at most 10s"},
    {.name = "seed", .type = OPT_U64, .offset = FIELD(seed), .fallback = "1", .arg = "N", .group = LOAD,
     .help = "same seed, same schedule and same bodies, byte for byte"},
    {.name = "slo", .type = OPT_LIST, .offset = FIELD(slos), .arg = "'ttft p95 <= 2s'", .group = LOAD,
     .help = "objective to judge, instead of the profile's; may be repeated"},

    {.name = "trace", .type = OPT_STRING, .offset = FIELD(trace), .arg = "FILE", .group = TRACE,
     .help = "replay the times and lengths of a recorded trace; PROFILE may be left out then"},
    {.name = "trace-format", .type = OPT_CHOICE, .offset = FIELD(trace_format), .fallback = "auto", .choices = trace_format_names, .group = TRACE,
     .help = "format of the trace"},
    {.name = "trace-columns", .type = OPT_STRING, .offset = FIELD(trace_columns), .arg = "time=T,prompt=P,output=O", .group = TRACE,
     .help = "names of the columns of a generic CSV or JSONL trace"},
    {.name = "speed", .type = OPT_STRING, .offset = FIELD(speed), .fallback = "1x", .arg = "2x", .group = TRACE,
     .help = "replay so many times faster"},
    {.name = "limit", .type = OPT_U64, .offset = FIELD(limit), .arg = "N", .group = TRACE,
     .help = "stop after so many arrivals; 0: no limit"},
    {.name = "spread", .type = OPT_STRING, .offset = FIELD(spread), .fallback = "auto", .arg = "auto|off|3s", .group = TRACE,
     .help = "spread time stamps that were rounded to such bins evenly over them"},

    {.name = "max-in-flight", .type = OPT_U64, .offset = FIELD(max_in_flight), .fallback = "10000", .min = 1, .max = 1000000, .arg = "N", .group = LIMITS,
     .help = "requests in flight at most; more are counted as shed, and make the run invalid"},
    {.name = "connect-timeout", .type = OPT_DURATION, .offset = FIELD(connect_ns), .fallback = "10s", .max = 3.6e12, .arg = "10s", .group = LIMITS,
     .help = "limit of a new connection"},
    {.name = "ttft-timeout", .type = OPT_DURATION, .offset = FIELD(ttft_ns), .fallback = "60s", .max = 8.64e13, .arg = "60s", .group = LIMITS,
     .help = "limit of the first token; 0: none"},
    {.name = "stall-timeout", .type = OPT_DURATION, .offset = FIELD(stall_ns), .fallback = "60s", .max = 8.64e13, .arg = "60s", .group = LIMITS,
     .help = "limit of the gap between two tokens; 0: none"},
    {.name = "timeout", .type = OPT_DURATION, .offset = FIELD(total_ns), .fallback = "15m", .max = 8.64e13, .arg = "15m", .group = LIMITS,
     .help = "limit of the whole request; 0: none"},
    {.name = "drain", .type = OPT_DURATION, .offset = FIELD(drain_ns), .fallback = "60s", .max = 8.64e13, .arg = "60s", .group = LIMITS,
     .help = "wait so long for the last replies; what is in flight then is censored"},
    {.name = "stop-on", .type = OPT_SHARE, .offset = FIELD(stop_on), .fallback = "50%", .max = 1, .arg = "50%", .group = LIMITS,
     .help = "end the run when more than this share of at least 100 requests failed; 100%: never"},
    {.name = "threads", .type = OPT_U64, .offset = FIELD(threads), .max = 256, .arg = "N", .group = LIMITS,
     .help = "worker threads; 0: as many as the load needs"},
    {.name = "warm-connections", .type = OPT_U64, .offset = FIELD(warm_connections), .max = 100000, .arg = "N", .group = LIMITS,
     .help = "connections opened before the start; 0: as many as the load needs"},
    {.name = "pace", .type = OPT_CHOICE, .offset = FIELD(pace), .fallback = "timer", .choices = paces, .group = LIMITS,
     .help = "wait for due times on a timer, or spin (costs a core, sends within 10 us)"},
    {.name = "strict-attempts", .type = OPT_FLAG, .offset = FIELD(is_strict_attempts), .group = LIMITS,
     .help = "refuse libcurl's own re-sending on a dead connection instead of counting it"},

    {.name = "cacert", .type = OPT_STRING, .offset = FIELD(ca_file), .arg = "FILE", .group = NETWORK,
     .help = "certificates to trust, PEM"},
    {.name = "insecure", .type = OPT_FLAG, .offset = FIELD(is_insecure), .group = NETWORK,
     .help = "do not check the server's certificate"},
    {.name = "proxy", .type = OPT_STRING, .offset = FIELD(proxy), .arg = "URL", .group = NETWORK,
     .help = "proxy to go through; the environment's is ignored"},
    {.name = "source-address", .type = OPT_STRING, .offset = FIELD(source_address), .arg = "ADDRESS", .group = NETWORK,
     .help = "local address of the connections"},
    {.name = "unix-socket", .type = OPT_STRING, .offset = FIELD(unix_socket), .arg = "PATH", .group = NETWORK,
     .help = "connect to this socket instead of the URL's host"},

    {.name = "out", .letter = 'o', .type = OPT_STRING, .offset = FIELD(out_dir), .arg = "DIR", .group = OUTPUT,
     .help = "run directory to make; default: runs/<date>-<profile>"},
    {.name = "format", .type = OPT_CHOICE, .offset = FIELD(format), .fallback = "text", .choices = formats, .group = OUTPUT,
     .help = "form of the summary on standard output"},
    {.name = "records", .type = OPT_FLAG, .offset = FIELD(has_records), .group = OUTPUT,
     .help = "also write requests.csv.zst, one row per request"},
    {.name = "no-report", .type = OPT_FLAG, .offset = FIELD(is_without_report), .group = OUTPUT,
     .help = "do not write report/ (pages and plots) at the end"},
    {.name = "quiet", .letter = 'q', .type = OPT_FLAG, .offset = FIELD(is_quiet), .group = OUTPUT,
     .help = "nothing on standard error while it runs"},
    {.name = "dry-run", .letter = 'n', .type = OPT_FLAG, .offset = FIELD(is_dry_run), .group = OUTPUT,
     .help = "send nothing; print what would be sent, and what it would need"},
    {.name = "print-schedule", .type = OPT_FLAG, .offset = FIELD(is_schedule_printed), .group = OUTPUT,
     .help = "send nothing; print one line per arrival: number, due time in s, class, prompt and output tokens"},
    {.name = "print-config", .type = OPT_FLAG, .offset = FIELD(is_config_printed), .group = OUTPUT,
     .help = "send nothing; print every option, its value and where it came from"},
    {0},
};
/* clang-format on */
