/* run.json; see manifest.h. */
#include "engine/manifest.h"

#include "base/jout.h"
#include "base/units.h"
#include "engine/expense.h"
#include "engine/manifest_net.h"
#include "engine/redact.h"
#include "engine/transport.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static double s_of(int64_t ns)
{
    return (double)ns / 1e9;
}

/* --header, --canary-header, -H: is a header given by this word, or by the next? */
static bool names_header(const char *word)
{
    static const char name[] = "header";
    size_t n = strcspn(word, "=");
    bool is_long = word[0] == '-' && word[1] == '-' && n >= sizeof name - 1 &&
                   strncmp(word + n - (sizeof name - 1), name, sizeof name - 1) == 0;
    return is_long || strncmp(word, "-H", 2) == 0;
}

static bool has_value(const char *word)
{
    return strchr(word, '=') != NULL || (word[1] == 'H' && word[2] != '\0');
}

static void write_command_line(struct jout *j, const struct invocation *in)
{
    struct buf text;
    bool is_header = false; /* the last word was an option that takes one */
    buf_init(&text, 1u << 16);
    jout_array(j, "command_line");
    for (int i = 0; i < in->argc; i++) {
        const char *word = in->argv[i];
        bool is_option = !is_header && names_header(word);
        buf_reset(&text);
        if (is_header || (is_option && has_value(word)))
            redact_header(&text, word);
        else
            redact_url(&text, word);
        is_header = is_option && !has_value(word);
        jout_str(j, NULL, text.data);
    }
    jout_end_array(j);
    buf_release(&text);
}

static void write_options(struct jout *j, const struct invocation *in)
{
    static const char *const origins[] = {"default", "profile", "target file",
                                          "environment", "command line"};
    struct buf value, masked;
    buf_init(&value, 1u << 16);
    buf_init(&masked, 1u << 16);
    jout_object(j, "options");
    for (const struct opt *row = in->command->options; row->name != NULL; row++) {
        buf_reset(&value);
        buf_reset(&masked);
        opts_value(in->opts, row, &value);
        if (strstr(row->name, "header") != NULL && value.len > 0)
            redact_header(&masked, value.data);
        else
            redact_url(&masked, value.data);
        jout_object(j, row->name);
        jout_str(j, "value", masked.data);
        jout_str(j, "origin", origins[opts_origin(in->opts, row->name)]);
        jout_end_object(j);
    }
    jout_end_object(j);
    buf_release(&value);
    buf_release(&masked);
}

static void write_profile(struct jout *j, const struct profile *p)
{
    char digest[24];
    (void)snprintf(digest, sizeof digest, "%016" PRIx64, p->digest);
    jout_object(j, "profile");
    jout_str(j, "name", p->name);
    jout_str(j, "title", p->title);
    jout_str(j, "digest", digest);
    jout_raw(j, "document", p->text, strlen(p->text));
    jout_end_object(j);
}

static void write_target(struct jout *j, const char *key, const struct target *t,
                         const char *model_at_end)
{
    struct buf url;
    buf_init(&url, 8192);
    redact_url(&url, t->base_url);
    jout_object(j, key);
    jout_str(j, "name", t->name);
    jout_str(j, "url", url.data);
    jout_str(j, "dialect", t->dialect ? t->dialect->name : NULL);
    jout_str(j, "dialect_why", t->dialect_why);
    jout_str(j, "model", t->model);
    jout_str(j, "model_echoed", t->echo);
    jout_str(j, "model_resolved", t->resolved[0] ? t->resolved : NULL);
    jout_str(j, "model_resolved_at_end", model_at_end);
    jout_num(j, "calibration_ms", (double)t->calibration_ns / 1e6);
    jout_end_object(j);
    buf_release(&url);
}

static void write_targets(struct jout *j, const struct manifest *m)
{
    const struct plan *plan = m->plan;
    write_target(j, "target", &plan->targets[0], m->models[0]);
    jout_array(j, "arms");
    for (uint32_t i = 0; i < plan->arms; i++)
        jout_str(j, NULL, plan->targets[i].name);
    jout_end_array(j);
    jout_array(j, "targets");
    for (uint32_t i = 0; i < plan->arms; i++)
        write_target(j, NULL, &plan->targets[i], m->models[i]);
    jout_end_array(j);
    jout_array(j, "classes");
    for (size_t i = 0; i < plan->profile->class_count; i++)
        jout_str(j, NULL, plan->profile->classes[i].name);
    jout_end_array(j);
}

static void write_phases(struct jout *j, const struct plan *plan)
{
    int64_t start_ns = 0;
    jout_array(j, "phases");
    for (size_t i = 0; i < plan->schedule.phase_count; i++) {
        const struct phase *p = &plan->schedule.phases[i];
        jout_object(j, NULL);
        jout_str(j, "name", p->name ? p->name : phase_names[p->kind]);
        jout_str(j, "kind", phase_names[p->kind]);
        jout_num(j, "start_s", s_of(start_ns));
        if (plan->is_open_ended && p->kind == PHASE_STEADY)
            jout_null(j, "duration_s");
        else
            jout_num(j, "duration_s", s_of(p->duration_ns));
        jout_bool(j, "measured", p->is_measured);
        jout_end_object(j);
        start_ns += p->duration_ns;
    }
    jout_end_array(j);
}

/* "mirror", or shares of baseline and canary: "50/50". */
static void write_split(struct jout *j, const struct plan *plan)
{
    char text[40];
    double canary = 100.0 * plan->canary_share;
    (void)snprintf(text, sizeof text, "%.6g/%.6g", 100.0 - canary, canary);
    if (plan->split == SPLIT_FIRST)
        jout_null(j, "split");
    else
        jout_str(j, "split", plan->split == SPLIT_MIRROR ? "mirror" : text);
}

static void write_load(struct jout *j, const struct manifest *m)
{
    const struct plan *plan = m->plan;
    bool is_closed = plan->profile->arrival.kind == ARRIVAL_CLOSED;
    char text[24];
    (void)snprintf(text, sizeof text, "%" PRIu64, plan->schedule.seed);
    jout_str(j, "seed", text);
    (void)snprintf(text, sizeof text, "%016" PRIx64, m->digest);
    jout_str(j, "schedule_digest", text);
    (void)snprintf(text, sizeof text, "%016" PRIx64, m->head);
    jout_str(j, "schedule_head", text);
    jout_object(j, "shard");
    jout_u64(j, "index", plan->shard);
    jout_u64(j, "count", plan->shards);
    jout_str(j, "source", plan->shard_source);
    jout_end_object(j);
    jout_object(j, "load");
    jout_str(j, "kind", arrival_names[plan->profile->arrival.kind]);
    if (is_closed) {
        jout_null(j, "rate_per_s");
        jout_u64(j, "users", plan->schedule.users);
    } else {
        jout_num(j, "rate_per_s", plan->schedule.rate_per_s);
        jout_null(j, "users");
    }
    write_split(j, plan);
    if (plan->is_open_ended)
        jout_null(j, "duration_s");
    else
        jout_num(j, "duration_s", s_of(plan->duration_ns));
    jout_end_object(j);
}

static void write_times(struct jout *j, const struct manifest *m)
{
    char utc[UNITS_TEXT];
    jout_object(j, "t0");
    jout_str(j, "wall", units_format_utc(utc, m->t0_wall_ns));
    jout_num(j, "wall_s", s_of(m->t0_wall_ns));
    jout_i64(j, "monotonic_ns", m->t0_ns);
    jout_end_object(j);
    jout_object(j, "window");
    jout_num(j, "start_s", s_of(m->window_start_ns));
    jout_num(j, "end_s", s_of(m->window_end_ns));
    jout_num(j, "duration_s", s_of(m->window_ns));
    jout_end_object(j);
    jout_object(j, "progress");
    jout_num(j, "elapsed_s", s_of(m->elapsed_ns));
    jout_num(j, "planned_s", s_of(m->planned_ns));
    jout_end_object(j);
    jout_object(j, "timers");
    jout_num(j, "connect_s", s_of(m->plan->timers.connect_ns));
    jout_num(j, "ttft_s", s_of(m->plan->timers.ttft_ns));
    jout_num(j, "stall_s", s_of(m->plan->timers.stall_ns));
    jout_num(j, "total_s", s_of(m->plan->timers.total_ns));
    jout_end_object(j);
}

static void write_slos(struct jout *j, const struct plan *plan)
{
    struct buf text;
    buf_init(&text, 256);
    jout_array(j, "slos");
    for (size_t i = 0; i < plan->slo_count; i++) {
        buf_reset(&text);
        slo_format(&plan->slos[i], &text);
        jout_str(j, NULL, text.data);
    }
    jout_end_array(j);
    buf_release(&text);
}

static void write_host(struct jout *j, const struct host *h)
{
    jout_object(j, "host");
    jout_str(j, "name", h->name);
    jout_u64(j, "cores", h->cores);
    jout_str(j, "kernel", h->kernel);
    jout_str(j, "governor", h->governor[0] ? h->governor : NULL);
    if (h->cgroup_cpus > 0)
        jout_num(j, "cgroup_cpus", h->cgroup_cpus);
    else
        jout_null(j, "cgroup_cpus");
    jout_u64(j, "nofile", h->nofile);
    jout_u64(j, "ports", h->ports);
    jout_u64(j, "memory_bytes", h->memory_bytes);
    jout_str(j, "libcurl", transport_version());
    jout_end_object(j);
}

/* How far this clock may be from those of other shards. */
static void write_clock(struct jout *j, const struct clock_record *c)
{
    if (c == NULL || !c->is_known) {
        jout_null(j, "clock");
        return;
    }
    jout_object(j, "clock");
    jout_bool(j, "synchronised", c->is_synchronised);
    jout_num(j, "error_s", s_of(c->error_ns));
    jout_str(j, "server", c->server[0] ? c->server : NULL);
    if (c->server[0] != '\0') {
        jout_num(j, "offset_s", s_of(c->check.offset_ns));
        jout_num(j, "delay_s", s_of(c->check.delay_ns));
    }
    jout_end_object(j);
}

static void write_totals(struct jout *j, const struct manifest *m)
{
    const struct plan *plan = m->plan;
    jout_object(j, "totals");
    for (uint32_t arm = 0; m->fold != NULL && arm < plan->arms; arm++) {
        jout_object(j, plan->targets[arm].name);
        for (uint32_t c = 0; c < plan->profile->class_count; c++)
            totals_write(j, plan->profile->classes[c].name,
                         fold_totals(m->fold, arm, c));
        jout_end_object(j);
    }
    jout_end_object(j);
}

static void write_limits(struct jout *j, const struct manifest *m)
{
    const struct plan *plan = m->plan;
    jout_object(j, "limits");
    for (uint32_t arm = 0; m->fold != NULL && arm < plan->arms; arm++)
        budgets_write(fold_budgets(m->fold, arm), j, plan->targets[arm].name);
    jout_end_object(j);
}

static void write_backups(struct jout *j, const struct plan *plan)
{
    jout_array(j, "backups");
    for (uint32_t i = plan->arms; i < plan_targets(plan); i++)
        write_target(j, NULL, &plan->targets[i], NULL);
    jout_end_array(j);
}

static void write_client_counts(struct jout *j, const struct client_counts *c)
{
    const struct breaker_counts *b = &c->breaker;
    jout_object(j, "counts");
    jout_u64(j, "opens", b->opens);
    jout_u64(j, "false_opens", b->false_opens);
    jout_u64(j, "flaps", b->flaps);
    jout_u64(j, "closes", b->closes);
    jout_u64(j, "refused", b->refused);
    jout_u64(j, "leaked", b->leaked);
    jout_num(j, "detect_s", s_of(b->detect_ns));
    jout_num(j, "open_s", s_of(b->open_ns));
    jout_u64(j, "failovers", c->failover.failovers);
    jout_u64(j, "failbacks", c->failover.failbacks);
    jout_u64(j, "refused_budget", c->refused_budget);
    jout_u64(j, "hedges_won", c->hedges_won);
    jout_u64(j, "hedges_denied", c->hedges_denied);
    jout_u64(j, "unsent", c->unsent);
    jout_u64(j, "changes", c->changes);
    jout_object(j, "decisions");
    for (size_t i = 0; i < RETRY_WHYS; i++)
        jout_u64(j, retry_why_names[i], c->denied[i]);
    jout_end_object(j);
    jout_end_object(j);
}

/* null: each request is sent once. */
static void write_policy(struct jout *j, const struct manifest *m)
{
    const struct client_policy *p = m->plan->policy;
    if (p == NULL) {
        jout_null(j, "policy");
        return;
    }
    jout_object(j, "policy");
    jout_str(j, "name", p->name);
    jout_str(j, "title", p->title);
    write_backups(j, m->plan);
    if (m->client != NULL)
        write_client_counts(j, m->client);
    jout_raw(j, "document", p->text, strlen(p->text));
    jout_end_object(j);
}

static void write_outage(struct jout *j, const struct plan *plan)
{
    if (plan->outage_ns == 0) {
        jout_null(j, "outage");
        return;
    }
    jout_object(j, "outage");
    jout_num(j, "start_s", s_of(plan->outage_start_ns));
    jout_num(j, "end_s", s_of(plan->outage_start_ns + plan->outage_ns));
    jout_end_object(j);
}

static void write_reasons(struct jout *j, const struct manifest *m)
{
    jout_array(j, "reasons");
    for (size_t i = 0; i < m->objection_count; i++) {
        const struct objection *r = &m->objections[i];
        jout_object(j, NULL);
        jout_str(j, "code", r->code);
        jout_str(j, "resource", r->resource);
        jout_bool(j, "fatal", r->is_fatal);
        jout_str(j, "text", r->text);
        jout_str(j, "advice", r->advice);
        jout_end_object(j);
    }
    jout_end_array(j);
}

static void write_health(struct jout *j, const struct manifest *m)
{
    const struct generator *g = m->generator;
    jout_object(j, "health");
    jout_bool(j, "valid", validity_holds(m->objections, m->objection_count));
    write_reasons(j, m);
    jout_object(j, "lag_us");
    jout_i64(j, "p50", g->lag_us_p50);
    jout_i64(j, "p99", g->lag_us_p99);
    jout_i64(j, "max", g->lag_us_max);
    jout_end_object(j);
    jout_i64(j, "stall_us_max", g->stall_us_max);
    jout_object(j, "stamps");
    jout_u64(j, "kernel", g->stamps_kernel);
    jout_u64(j, "loop", g->stamps_loop);
    jout_end_object(j);
    jout_u64(j, "workers", m->plan->threads);
    jout_num(j, "core_idle_min", 1.0 - g->cpu_share_max);
    jout_num(j, "runq_share_max", g->runq_share_max);
    jout_num(j, "throttled_share", g->throttled_share);
    jout_num(j, "clock_drift_s", s_of(g->clock_drift_ns));
    jout_u64(j, "in_flight_max", g->in_flight_max);
    jout_u64(j, "connections_max", g->connections_max);
    jout_u64(j, "connects", g->connects);
    jout_u64(j, "samples_lost", g->samples_lost);
    if (m->floor_us_p99 > 0) {
        jout_object(j, "floor");
        jout_i64(j, "ttft_p99_us", m->floor_us_p99);
        jout_end_object(j);
    } else {
        jout_null(j, "floor");
    }
    jout_end_object(j);
}

/* Which tokens were counted by what; texts stay where they are. */
static void write_prompts(struct jout *j, const struct plan *plan)
{
    static const char *const counts[] = {
        [CORPUS_ESTIMATED] = "usage",
        [CORPUS_TOKENIZER] = "tokenizer",
        [CORPUS_SERVER] = "server",
    };
    const struct corpus *c = plan->corpus;
    char digest[24];
    if (plan->tokenizer != NULL) {
        jout_object(j, "tokenizer");
        jout_str(j, "version", plan->tokenizer->version);
        jout_u64(j, "tokens", bpe_count(plan->tokenizer->bpe));
        jout_end_object(j);
    }
    if (c == NULL)
        return;
    (void)snprintf(digest, sizeof digest, "%016" PRIx64, c->digest);
    jout_object(j, "prompts");
    jout_u64(j, "count", c->count);
    jout_str(j, "digest", digest);
    jout_str(j, "order", corpus_orders[c->order]);
    jout_str(j, "counted_by", counts[c->counted]);
    jout_end_object(j);
}

static void write_tokens(struct jout *j, const struct manifest *m)
{
    struct totals sum = {0};
    if (m->fold != NULL)
        fold_totals_sum(m->fold, &sum);
    jout_object(j, "tokens");
    jout_array(j, "overhead");
    for (size_t i = 0; i < m->plan->profile->class_count; i++)
        jout_u64(j, NULL, m->plan->targets[0].prompt.overhead[i].single);
    jout_end_array(j);
    jout_u64(j, "drifted", sum.drifted);
    write_prompts(j, m->plan);
    jout_end_object(j);
}

/* What the judge must know of looks at the run while it ran. */
static void write_looks(struct jout *j, const struct looks *looks)
{
    if (looks == NULL)
        return;
    jout_object(j, "looks");
    jout_num(j, "planned_s", looks->planned_s);
    jout_num(j, "decided_s", looks->decided_s);
    jout_u64(j, "ends", looks->ends);
    jout_end_object(j);
}

void manifest_window(const struct plan *plan, int64_t end_ns, struct manifest *m)
{
    const struct schedule_spec *s = &plan->schedule;
    int64_t start_ns = 0;
    m->window_start_ns = -1;
    for (size_t i = 0; i < s->phase_count && start_ns < end_ns; i++) {
        int64_t stop_ns = start_ns + s->phases[i].duration_ns;
        stop_ns = stop_ns < end_ns ? stop_ns : end_ns;
        if (s->phases[i].is_measured) {
            if (m->window_start_ns < 0)
                m->window_start_ns = start_ns;
            m->window_end_ns = stop_ns;
            m->window_ns += stop_ns - start_ns;
        }
        start_ns += s->phases[i].duration_ns;
    }
    if (m->window_start_ns < 0)
        m->window_start_ns = 0;
}

void manifest_write(const struct manifest *m, struct buf *out)
{
    struct jout j;
    char tool[64];
    jout_init(&j, out, true);
    jout_object(&j, NULL);
    jout_u64(&j, "schema", 1);
    (void)snprintf(tool, sizeof tool, "gust %.40s", gust_version);
    jout_str(&j, "tool", tool);
    jout_str(&j, "status", m->status);
    jout_i64(&j, "exit_code", m->exit_code);
    jout_object(&j, "stop");
    jout_str(&j, "reason", m->stop_reason);
    jout_str(&j, "text", m->stop_text);
    jout_end_object(&j);
    write_looks(&j, m->looks);
    jout_str(&j, "run_id", m->plan->run_id);
    write_command_line(&j, m->invocation);
    write_targets(&j, m);
    write_load(&j, m);
    write_phases(&j, m->plan);
    write_times(&j, m);
    write_slos(&j, m->plan);
    write_totals(&j, m);
    expense_manifest(&j, m->plan, m->fold);
    write_policy(&j, m);
    write_outage(&j, m->plan);
    write_limits(&j, m);
    scraper_write(m->scraper, &j, "scrape");
    write_health(&j, m);
    write_tokens(&j, m);
    write_host(&j, m->host);
    write_clock(&j, m->clock);
    manifest_network(&j, m->plan, m->dialled);
    write_options(&j, m->invocation);
    write_profile(&j, m->plan->profile);
    jout_end_object(&j);
    buf_putc(out, '\n');
}
