/* From settings to a plan; see run_plan.h. */
#include "command/run_plan.h"

#include "base/clock.h"
#include "base/units.h"
#include "command/afford.h"
#include "command/key.h"
#include "command/run_net.h"
#include "command/shard.h"
#include "engine/scrape.h"
#include "workload/curve.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DURATION_NS (60 * NS_PER_S)
#define WARMUP_MAX_NS (10 * NS_PER_S)
#define FOREVER_NS (INT64_MAX / 4)

/* --- profile, load and phases ------------------------------------------------- */

static int load_profile(struct run_plan *p, const struct invocation *in, struct err *e)
{
    const struct run_settings *s = in->settings;
    if (in->args.count > 0)
        p->profile = profile_load(in->args.items[0], e);
    else if (s->trace != NULL)
        p->profile = profile_default(e);
    else if (s->prompts != NULL)
        p->profile = profile_of_prompts(e);
    else
        return err_set(e, "PROFILE is missing: a file, or a name that `gust profile "
                          "list` shows");
    return p->profile == NULL ? -1 : 0;
}

/* The profile's own load, as far as the user has not asked for another. */
static int take_load(struct run_plan *p, const struct invocation *in, struct err *e)
{
    struct run_settings *s = in->settings;
    struct arrival_plan *a = &p->profile->arrival;
    char text[40];
    if (s->rate_per_s > 0 && s->users > 0)
        return err_set(e, "--rate and --users exclude each other: an open loop has a "
                          "rate, a closed loop has users");
    if (s->trace != NULL && (s->rate_per_s > 0 || s->users > 0))
        return err_set(e, "--trace has its own times: use --speed instead of --rate "
                          "or --users");
    if (s->trace != NULL) {
        a->kind = ARRIVAL_TRACE;
    } else if (s->users > 0) {
        a->kind = ARRIVAL_CLOSED;
    } else if (s->rate_per_s > 0) {
        if (a->kind == ARRIVAL_CLOSED || a->kind == ARRIVAL_TRACE)
            a->kind = ARRIVAL_POISSON;
    } else if (a->kind == ARRIVAL_CLOSED) {
        (void)snprintf(text, sizeof text, "%" PRIu32, a->users);
        return opts_set(in->opts, "users", text, OPT_FROM_PROFILE, e);
    } else if (a->kind == ARRIVAL_TRACE) {
        return err_set(e,
                       "profile %s wants the times of a trace: give --trace FILE, or "
                       "--rate or --users",
                       p->profile->name);
    } else {
        (void)snprintf(text, sizeof text, "%.12g/s", a->rate_per_s);
        return opts_set(in->opts, "rate", text, OPT_FROM_PROFILE, e);
    }
    return 0;
}

static int64_t sum_phases(const struct phase *phases, size_t n, bool is_warmup)
{
    int64_t sum_ns = 0;
    for (size_t i = 0; i < n; i++)
        if ((phases[i].kind == PHASE_WARMUP) == is_warmup)
            sum_ns += phases[i].duration_ns;
    return sum_ns;
}

static int64_t whole_seconds(int64_t ns)
{
    return (ns + NS_PER_S / 2) / NS_PER_S * NS_PER_S;
}

static bool is_shorter_than_a_second(const struct phase *phases, size_t n,
                                     bool is_warmup, double factor)
{
    for (size_t i = 0; i < n; i++)
        if ((phases[i].kind == PHASE_WARMUP) == is_warmup &&
            (double)phases[i].duration_ns * factor < (double)NS_PER_S)
            return true;
    return false;
}

/* Phases change at whole seconds, so that every second of the record, which is the
 * judge's slice, lies in one phase; unless they are too short for that. */
static void scale(struct phase *phases, size_t n, bool is_warmup, int64_t to_ns)
{
    int64_t all_ns = sum_phases(phases, n, is_warmup), seen_ns = 0, placed_ns = 0;
    double factor = (double)to_ns / (double)all_ns;
    bool is_fine = is_shorter_than_a_second(phases, n, is_warmup, factor);
    for (size_t i = 0; i < n; i++) {
        if ((phases[i].kind == PHASE_WARMUP) != is_warmup)
            continue;
        seen_ns += phases[i].duration_ns;
        int64_t end_ns = (int64_t)llround((double)seen_ns * factor);
        if (!is_fine && seen_ns < all_ns)
            end_ns = whole_seconds(end_ns);
        phases[i].duration_ns = end_ns - placed_ns;
        placed_ns = end_ns;
    }
}

/* One steady phase, after a warm-up. */
static void default_phases(struct plan *plan, struct phase *phases, int64_t duration_ns,
                           int64_t warmup_ns)
{
    size_t n = 0;
    if (warmup_ns > 0)
        phases[n++] = (struct phase){.kind = PHASE_WARMUP,
                                     .duration_ns = warmup_ns,
                                     .from = 1,
                                     .to = 1,
                                     .factor = 1};
    phases[n++] = (struct phase){.kind = PHASE_STEADY,
                                 .duration_ns = duration_ns - warmup_ns,
                                 .from = 1,
                                 .to = 1,
                                 .factor = 1,
                                 .is_measured = true};
    plan->schedule.phase_count = n;
}

/* --duration keeps the proportions of the phases: the warm-up keeps its length, at
 * most a fifth of the whole, the others fill the rest. */
static void fit_phases(struct plan *plan, struct phase *phases, int64_t duration_ns,
                       int64_t warmup_ns)
{
    size_t n = plan->schedule.phase_count;
    int64_t warm_ns = sum_phases(phases, n, true);
    if (warm_ns > 0 && warmup_ns >= 0) {
        scale(phases, n, true, warmup_ns);
        warm_ns = warmup_ns;
    } else if (warm_ns > duration_ns / 5 && duration_ns > 0) {
        warm_ns = whole_seconds(duration_ns / 5);
        scale(phases, n, true, warm_ns);
    }
    if (duration_ns > 0)
        scale(phases, n, false, duration_ns - warm_ns);
}

/* --warmup of a profile whose phases have none. */
static int add_warmup(struct plan *plan, struct phase *phases, int64_t warmup_ns,
                      struct err *e)
{
    size_t n = plan->schedule.phase_count;
    if (warmup_ns <= 0 || sum_phases(phases, n, true) > 0)
        return 0;
    if (n == PROFILE_PHASES_MAX)
        return err_set(e, "--warmup: the profile has %d phases already", (int)n);
    memmove(phases + 1, phases, n * sizeof *phases);
    phases[0] = (struct phase){.kind = PHASE_WARMUP, .duration_ns = warmup_ns};
    plan->schedule.phase_count = n + 1;
    return 0;
}

/* --warmup 0 leaves a phase without a length: it goes. */
static void drop_empty_phases(struct plan *plan, struct phase *phases)
{
    size_t kept = 0;
    for (size_t i = 0; i < plan->schedule.phase_count; i++)
        if (phases[i].duration_ns > 0)
            phases[kept++] = phases[i];
    plan->schedule.phase_count = kept;
}

static int make_phases(struct run_plan *p, const struct invocation *in, struct err *e)
{
    const struct run_settings *s = in->settings;
    const struct profile *profile = p->profile;
    bool has_warmup = opts_origin(in->opts, "warmup") != OPT_FROM_DEFAULT;
    bool has_phases = s->trace == NULL && profile->phase_count > 0;
    int64_t duration_ns = s->duration_ns;
    p->plan.is_open_ended = s->trace != NULL && duration_ns == 0;
    if (p->plan.is_open_ended)
        duration_ns = FOREVER_NS;
    else if (duration_ns == 0 && !has_phases)
        duration_ns = DURATION_NS;
    if (has_warmup && duration_ns > 0 && s->warmup_ns >= duration_ns)
        return err_set(e, "--warmup: it must be shorter than the run of %" PRId64 " s",
                       duration_ns / NS_PER_S);
    if (!has_phases) {
        int64_t warmup_ns =
            duration_ns / 6 < WARMUP_MAX_NS ? duration_ns / 6 : WARMUP_MAX_NS;
        if (s->trace != NULL)
            warmup_ns = 0;
        default_phases(&p->plan, p->phases, duration_ns,
                       has_warmup ? s->warmup_ns : whole_seconds(warmup_ns));
    } else {
        memcpy(p->phases, profile->phases, profile->phase_count * sizeof p->phases[0]);
        p->plan.schedule.phase_count = profile->phase_count;
        if (has_warmup && add_warmup(&p->plan, p->phases, s->warmup_ns, e) < 0)
            return -1;
        fit_phases(&p->plan, p->phases, duration_ns, has_warmup ? s->warmup_ns : -1);
    }
    drop_empty_phases(&p->plan, p->phases);
    p->plan.schedule.phases = p->phases;
    p->plan.duration_ns = 0;
    for (size_t i = 0; i < p->plan.schedule.phase_count; i++)
        p->plan.duration_ns += p->phases[i].duration_ns;
    return 0;
}

static int make_trace(struct run_plan *p, const struct run_settings *s, struct err *e)
{
    struct trace_spec *t = &p->trace;
    if (s->trace == NULL)
        return 0;
    *t = (struct trace_spec){.path = s->trace,
                             .format = (enum trace_format)s->trace_format,
                             .columns = s->trace_columns,
                             .seed = s->seed};
    size_t length = strlen(s->speed);
    char speed[32];
    bool has_x = length > 1 && s->speed[length - 1] == 'x';
    (void)snprintf(speed, sizeof speed, "%.*s", (int)(length - has_x), s->speed);
    if (units_double(speed, &t->speed, e) < 0 || !(t->speed > 0)) {
        err_clear(e);
        return err_set(e, "--speed: \"%s\" is no factor above 0 such as 2x", s->speed);
    }
    t->is_spread_off = strcmp(s->spread, "off") == 0;
    if (!t->is_spread_off && strcmp(s->spread, "auto") != 0 &&
        units_duration(s->spread, &t->spread_ns, e) < 0)
        return err_in(e, "--spread");
    p->plan.schedule.trace = t;
    struct trace *first = trace_open(t, e); /* unreadable: said before any request */
    trace_close(first);
    return first == NULL ? -1 : 0;
}

static int make_slos(struct run_plan *p, const struct run_settings *s, struct err *e)
{
    p->plan.slos = p->slos;
    if (s->slos.count == 0) {
        for (size_t i = 0; i < p->profile->slo_count; i++)
            p->slos[i] = p->profile->slos[i];
        p->plan.slo_count = p->profile->slo_count;
        return 0;
    }
    if (s->slos.count > PROFILE_SLOS_MAX)
        return err_set(e, "--slo: at most %d are judged", PROFILE_SLOS_MAX);
    for (size_t i = 0; i < s->slos.count; i++)
        if (slo_parse(s->slos.items[i], &p->slos[i], e) < 0)
            return err_in(e, "--slo");
    p->plan.slo_count = s->slos.count;
    return 0;
}

/* --- shards ----------------------------------------------------------------------- */

/* What a shard cannot know of the others stays out; what is shared is split. */
static int take_shard(struct plan *plan, const struct run_settings *s, struct err *e)
{
    struct shard shard;
    if (shard_find_here(s->shard, &shard, e) < 0)
        return -1;
    plan->shard = shard.index;
    plan->shards = shard.count;
    plan->shard_source = shard.source;
    if (shard.count == 1)
        return 0;
    if (s->respects_limits)
        return err_set(e, "--respect-limits: %" PRIu32 " shards cannot keep one budget",
                       shard.count);
    if (s->policies.count > 1)
        return err_set(e,
                       "--policy: shards run one policy; give one, or run the others "
                       "after it");
    plan->pricing.budget /= shard.count;
    plan->pricing.budget_per_h /= shard.count;
    return 0;
}

/* Of so many users those that are this shard's. */
static uint32_t own_users(const struct plan *plan, uint32_t users)
{
    uint32_t own = 0;
    if (plan->shards <= 1)
        return users;
    for (uint32_t user = 0; user < users; user++)
        own += rng_owner(plan->schedule.seed, user, plan->shards) == plan->shard;
    return own;
}

/* A user in each arm has at most one request in flight. */
static uint32_t peak_users(const struct plan *plan)
{
    double peak = 1.0;
    for (size_t i = 0; i < plan->schedule.phase_count; i++)
        peak = fmax(peak, curve_peak(&plan->schedule.phases[i]));
    uint32_t users = (uint32_t)llround(fmin(peak * plan->schedule.users, 1e9));
    return own_users(plan, users) * plan->arms;
}

static int check_limits(const struct plan *plan, const struct invocation *in,
                        struct err *e)
{
    const struct run_settings *s = in->settings;
    bool is_asked = opts_origin(in->opts, "max-in-flight") != OPT_FROM_DEFAULT;
    if (s->respects_limits && s->threads > 1)
        return err_set(e,
                       "--threads: %" PRIu64
                       " threads cannot keep one budget: leave it "
                       "out, or leave out --respect-limits",
                       s->threads);
    if (is_asked && peak_users(plan) > s->max_in_flight)
        return err_set(e,
                       "--max-in-flight: %" PRIu64
                       " is less than the closed loop's %" PRIu32
                       " users, who each have a request in flight",
                       s->max_in_flight, peak_users(plan));
    return 0;
}

static int make_extras(struct run_plan *p, const struct run_settings *s, struct err *e)
{
    for (size_t i = 0; i < s->sets.count; i++)
        if (members_set(p->profile, s->sets.items[i], e) < 0)
            return -1;
    return 0;
}

/* --scrape: URLs beside the targets' own metrics, or none at all. */
static int take_scrapes(struct plan *plan, const struct run_settings *s, struct err *e)
{
    const struct opt_list *l = &s->scrapes;
    bool is_none = l->count == 1 && strcmp(l->items[0], "none") == 0;
    plan->scrapes_targets = !is_none;
    plan->scrape_urls = (const char *const *)l->items;
    plan->scrape_count = is_none ? 0 : l->count;
    if (plan->scrape_count > SCRAPE_SOURCES_MAX - PLAN_ARMS_MAX)
        return err_set(e, "--scrape: at most %d are read",
                       SCRAPE_SOURCES_MAX - PLAN_ARMS_MAX);
    for (size_t i = 0; i < plan->scrape_count; i++)
        if (strncmp(l->items[i], "http://", 7) != 0 &&
            strncmp(l->items[i], "https://", 8) != 0)
            return err_set(e, "--scrape: \"%s\" must begin with http:// or https://",
                           l->items[i]);
    return 0;
}

int run_plan_make(struct run_plan *p, const struct invocation *in, struct err *e)
{
    const struct run_settings *s = in->settings;
    *p = (struct run_plan){0};
    struct plan *plan = &p->plan;
    if (load_profile(p, in, e) < 0 || make_extras(p, s, e) < 0 ||
        take_load(p, in, e) < 0 || make_phases(p, in, e) < 0 ||
        make_trace(p, s, e) < 0 || make_slos(p, s, e) < 0 ||
        run_net(s, &p->plan.net, e) < 0 || run_plan_prompts(p, s, e) < 0 ||
        take_scrapes(plan, s, e) < 0 || afford_limits(p, s, e) < 0 ||
        take_shard(plan, s, e) < 0)
        return -1;
    profile_paint(p->profile, s->seed);
    plan->profile = p->profile;
    plan->schedule.profile = p->profile;
    plan->schedule.seed = s->seed;
    plan->schedule.rate_per_s = s->rate_per_s;
    plan->schedule.users = (uint32_t)s->users;
    plan->schedule.limit = s->limit;
    plan->ends_when_idle = s->trace != NULL || s->limit > 0;
    plan->arms = 1;
    plan->threads = 1;
    plan->drain_ns = s->drain_ns;
    plan->pace = (enum pace)s->pace;
    plan->is_strict_attempts = s->is_strict_attempts;
    plan->respects_limits = s->respects_limits;
    plan->has_records = s->has_records;
    plan->timers = (struct timers){.connect_ns = s->connect_ns,
                                   .ttft_ns = s->ttft_ns,
                                   .stall_ns = s->stall_ns,
                                   .total_ns = s->total_ns};
    uint64_t unique = (uint64_t)clock_wall_ns() ^ (uint64_t)clock_now_ns() << 20;
    (void)snprintf(plan->run_id, sizeof plan->run_id, "%012" PRIx64,
                   rng_hash(unique, RNG_TEXT, 0) >> 16);
    return check_limits(plan, in, e);
}

/* --- target --------------------------------------------------------------------- */

static int take_headers(const struct target_settings *t, const char ***out,
                        struct err *e)
{
    *out = xcalloc(t->headers.count + 1, sizeof **out);
    for (size_t i = 0; i < t->headers.count; i++) {
        const char *h = t->headers.items[i];
        size_t name = strcspn(h, ":");
        if (name == 0 || h[name] != ':' || strpbrk(h, "\r\n") != NULL)
            return err_set(e, "--header: \"%.*s\" is not of the form 'NAME: VALUE'",
                           (int)name, h);
        (*out)[i] = h;
    }
    return 0;
}

/* NULL: to be found out. */
static const struct dialect *dialect_of(const struct target_settings *t)
{
    return t->dialect > 0 ? dialect_find(run_dialects[t->dialect]) : NULL;
}

int run_plan_known(struct run_plan *p, uint16_t arm, const struct target_settings *t,
                   struct err *e)
{
    struct target *out = &p->plan.targets[arm];
    out->base_url = t->url;
    out->dialect = dialect_of(t);
    if (out->dialect != NULL && p->profile != NULL &&
        members_check(p->profile, out->dialect, e) < 0)
        return -1;
    if (t->model != NULL && strlen(t->model) >= sizeof out->model)
        return err_set(e, "--model: longer than %zu bytes", sizeof out->model - 1);
    if (t->model != NULL)
        (void)snprintf(out->model, sizeof out->model, "%s", t->model);
    return 0;
}

int run_plan_target(struct run_plan *p, uint16_t arm, const char *name,
                    const char *option, const struct target_settings *t, struct err *e)
{
    struct target *out = &p->plan.targets[arm];
    if (t->url == NULL)
        return err_set(e,
                       "--%s is missing: the base URL of the server, such as "
                       "http://127.0.0.1:8000",
                       option);
    if (strncmp(t->url, "http://", 7) != 0 && strncmp(t->url, "https://", 8) != 0)
        return err_set(e, "--%s: \"%s\" must begin with http:// or https://", option,
                       t->url);
    if (run_plan_known(p, arm, t, e) < 0)
        return -1;
    if (key_find(t, &p->keys[arm], e) < 0)
        return -1;
    if (p->keys[arm] == NULL && !t->may_lack_key && key_is_mistral_api(t->url))
        return err_set(e,
                       "no API key: the Mistral API needs one; set MISTRAL_API_KEY, or "
                       "give --key-env or --key-file");
    if (take_headers(t, &p->headers[arm], e) < 0)
        return -1;
    out->name = name;
    out->key = p->keys[arm];
    out->headers = p->headers[arm];
    return 0;
}

/* --- does it fit? ---------------------------------------------------------------- */

/* One core serves 100k events a second: most loads need one thread, and more
 * threads on few cores only take time from the server beside them. */
static uint32_t default_threads(const struct plan *plan, const struct host *host)
{
    bool is_large = plan->schedule.rate_per_s / plan->shards > 1000 ||
                    plan->schedule.users / plan->shards > 2000;
    if (!is_large || host->cores < 3 || plan->respects_limits)
        return 1;
    return host->cores - 1 < 4 ? host->cores - 1 : 4;
}

uint32_t run_plan_connections(const struct plan *plan)
{
    uint32_t streams = net_streams(&plan->net, plan->targets[0].base_url);
    return net_connections(streams, plan->max_in_flight, plan->threads, plan->arms);
}

uint64_t run_plan_descriptors(const struct plan *plan)
{
    return host_descriptors_needed(plan->max_in_flight, plan->threads) -
           plan->max_in_flight + run_plan_connections(plan);
}

/* Requests in flight that so many connections carry. */
static uint64_t in_flight_of(const struct plan *plan, uint64_t connections)
{
    uint32_t streams = net_streams(&plan->net, plan->targets[0].base_url);
    if (streams <= 1)
        return connections;
    uint32_t a_pool = net_connections(streams, NET_STREAMS_MAX, 1, plan->arms);
    return connections / a_pool * NET_STREAMS_MAX;
}

static int fit_descriptors(struct plan *plan, bool is_asked, const struct host *host,
                           struct err *e)
{
    uint64_t need = run_plan_descriptors(plan);
    uint32_t users = peak_users(plan);
    if (need <= host->nofile)
        return 0;
    uint64_t fixed = host_descriptors_needed(0, plan->threads);
    uint64_t room = host->nofile > fixed ? (host->nofile - fixed) / 33 * 32 : 0;
    room = in_flight_of(plan, room);
    if (is_asked || room < 64 || room < users)
        return err_set(e,
                       "%" PRIu32 " requests in flight need %" PRIu64
                       " descriptors, but ulimit -n allows %" PRIu64
                       ": raise it, or lower --max-in-flight%s",
                       plan->max_in_flight, need, host->nofile,
                       room < users ? " and --users" : "");
    plan->max_in_flight = (uint32_t)room;
    return 0;
}

int run_plan_fit(struct run_plan *p, const struct invocation *in,
                 const struct host *host, struct err *e)
{
    const struct run_settings *s = in->settings;
    struct plan *plan = &p->plan;
    bool is_asked = opts_origin(in->opts, "max-in-flight") != OPT_FROM_DEFAULT;
    plan->threads = s->threads > 0 ? (uint32_t)s->threads : default_threads(plan, host);
    plan->max_in_flight = (uint32_t)s->max_in_flight;
    if (peak_users(plan) > plan->max_in_flight)
        plan->max_in_flight = peak_users(plan);
    return fit_descriptors(plan, is_asked, host, e);
}

uint32_t run_plan_warm_connections(const struct plan *plan, uint64_t asked)
{
    uint64_t n = asked;
    if (net_is_never_reused(&plan->net, plan->targets[0].base_url))
        return 0;
    if (n == 0) {
        double latency_s = (double)plan->targets[0].calibration_ns / 1e9;
        double rate_per_s = plan->schedule.rate_per_s / plan->shards;
        double in_flight = plan->schedule.users > 0
                               ? (double)own_users(plan, plan->schedule.users)
                               : rate_per_s * latency_s * 2 + 8;
        n = in_flight < 256 ? (uint64_t)in_flight : 256;
    }
    return (uint32_t)(n < plan->max_in_flight ? n : plan->max_in_flight);
}

void run_plan_release(struct run_plan *p)
{
    corpus_free(p->corpus);
    tokenizer_release(&p->tokenizer);
    price_list_free(p->prices);
    profile_free(p->profile);
    for (size_t i = 0; i < PLAN_TARGETS_MAX; i++) {
        free(p->headers[i]);
        key_free(p->keys[i]);
    }
    *p = (struct run_plan){0};
}
