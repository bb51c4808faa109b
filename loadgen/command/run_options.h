/*
 * What `gust run` can be told: the settings and their rows. One table gives
 * parsing, --help, the man page and the echo in the run manifest.
 */
#ifndef GUST_RUN_OPTIONS_H
#define GUST_RUN_OPTIONS_H

#include "base/opts.h"
#include "command/price_settings.h"
#include "engine/net.h"

/* One endpoint, as the user names it. */
struct target_settings {
    const char *url, *model;
    int dialect; /* index into run_dialects; 0: auto */
    const char *key_env, *key_file;
    struct opt_list headers;
    bool may_lack_key; /* it is only looked at: no key is no error */
};

struct run_settings {
    struct target_settings target;
    /* load */
    double rate_per_s; /* 0: not given */
    uint64_t users;    /* 0: not given */
    int64_t duration_ns, warmup_ns;
    uint64_t seed;
    struct opt_list slos, sets;
    /* client */
    struct opt_list policies;
    const char *outage;
    /* trace */
    const char *trace, *trace_columns;
    int trace_format;
    const char *speed;
    uint64_t limit;
    const char *spread; /* duration, "auto" or "off" */
    /* prompts */
    const char *prompts, *tokenizer;
    int prompts_order; /* enum corpus_order */
    /* limits */
    uint64_t max_in_flight, threads, warm_connections;
    int64_t connect_ns, ttft_ns, stall_ns, total_ns, drain_ns;
    double stop_on;
    int pace;
    bool is_strict_attempts, respects_limits;
    /* cost */
    struct price_settings prices;
    const char *budget, *budget_rate; /* money.h; NULL: none */
    bool is_confirmed;
    /* shards */
    const char *shard;    /* "i/N", "auto"; NULL: the whole */
    const char *start_at; /* NULL: now */
    const char *clock_server, *upload;
    /* network */
    int http; /* index into run_https */
    uint64_t streams;
    const char *ca_file, *cert_file, *key_file, *proxy, *sources, *unix_socket;
    struct opt_list resolves;
    bool is_insecure;
    struct opt_list scrapes;
    /* output */
    const char *out_dir;
    int format;
    bool has_records, is_quiet, is_without_report;
    bool is_dry_run, is_schedule_printed, has_bodies_printed, is_config_printed;
};

/* All NULL-terminated. */
extern const char *const run_dialects[]; /* "auto" first */
extern const char *const run_paces[];
extern const char *const run_https[]; /* in the order of enum net_http */
extern const char *const run_formats[];
extern const struct opt run_options[];

enum run_format { RUN_TEXT, RUN_JSON };

#endif
