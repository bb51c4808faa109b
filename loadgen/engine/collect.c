/* The collector; see collect.h. */
#include "engine/collect.h"

#include "engine/host.h"

#include <stdio.h>
#include <stdlib.h>

#define LINES_MAX (256u << 20)
#define CHANGES_MAX 1000 /* of a client's state that are written */

/* CPU of one worker over the measured intervals. */
struct busy {
    int64_t cpu_ns, runq_ns;
    int64_t settled_ns; /* as last handed over */
};

struct collector {
    const struct plan *plan;
    struct rundir *dir;
    struct scraper *scraper; /* borrowed; NULL: none */
    struct fold *fold;
    const char *arms[PLAN_ARMS_MAX];
    const char *classes[PROFILE_CLASSES_MAX];
    const char *phases[PROFILE_PHASES_MAX];
    struct buf hlog, intervals;
    struct second second;
    struct generator sums;
    struct busy *busy;             /* per worker */
    struct client_counts *clients; /* the same, as last handed over */
    unsigned changes;
    bool has_other_model[PLAN_ARMS_MAX];
    int64_t throttled_ns, throttled_before_ns;
};

/* Lines that did not fit are results that are lost: the run must end. */
static int write_lines(struct collector *c, enum rundir_file file, struct buf *lines,
                       struct err *e)
{
    int rc = lines->is_full ? err_set(e, "%s: more than %u MB in one interval",
                                      rundir_file_names[file], LINES_MAX >> 20)
                            : rundir_append(c->dir, file, lines->data, lines->len, e);
    buf_reset(lines);
    return rc;
}

static int write_header(struct collector *c, int64_t t0_wall_ns, struct err *e)
{
    struct buf tool;
    buf_init(&tool, 64);
    buf_printf(&tool, "gust %s", gust_version);
    hlog_header(&c->hlog, tool.data, t0_wall_ns);
    buf_release(&tool);
    return write_lines(c, RUNDIR_HLOG, &c->hlog, e);
}

struct collector *collector_new(const struct plan *plan, struct rundir *dir,
                                int64_t t0_wall_ns, struct err *e)
{
    struct collector *c = xcalloc(1, sizeof *c);
    const struct schedule_spec *s = &plan->schedule;
    c->plan = plan;
    c->dir = dir;
    c->busy = xcalloc(plan->threads, sizeof *c->busy);
    c->clients = xcalloc(plan->threads, sizeof *c->clients);
    c->throttled_before_ns = host_throttled_ns();
    for (uint32_t i = 0; i < plan->arms; i++)
        c->arms[i] = plan->targets[i].name;
    for (size_t i = 0; i < plan->profile->class_count; i++)
        c->classes[i] = plan->profile->classes[i].name;
    for (size_t i = 0; i < s->phase_count; i++)
        c->phases[i] =
            s->phases[i].name ? s->phases[i].name : phase_names[s->phases[i].kind];
    struct fold_names names = {.arms = c->arms,
                               .classes = c->classes,
                               .phases = c->phases,
                               .arm_count = plan->arms,
                               .class_count = (uint32_t)plan->profile->class_count,
                               .phase_count = (uint32_t)s->phase_count};
    c->fold = fold_new(&names);
    buf_init(&c->hlog, LINES_MAX);
    buf_init(&c->intervals, LINES_MAX);
    if (write_header(c, t0_wall_ns, e) < 0) {
        collector_free(c);
        return NULL;
    }
    return c;
}

void collector_free(struct collector *c)
{
    if (c == NULL)
        return;
    fold_free(c->fold);
    buf_release(&c->hlog);
    buf_release(&c->intervals);
    free(c->busy);
    free(c->clients);
    free(c);
}

void collector_listen(struct collector *c, struct scraper *scraper)
{
    c->scraper = scraper;
}

static double share(int64_t part_ns, int64_t whole_ns)
{
    return whole_ns > 0 ? (double)part_ns / (double)whole_ns : 0.0;
}

static void sum_second(struct second *out, const struct epoch *e)
{
    const struct worker_health *h = &e->health;
    for (uint32_t i = 0; i < e->arms * e->classes; i++) {
        out->started += e->flows[i].sent;
        out->content_events += e->flows[i].content_events;
    }
    for (size_t i = 0; i < e->sample_count; i++) {
        enum outcome_kind kind = outcome_rows[e->samples[i].outcome].kind;
        out->completed += kind == KIND_OK || kind == KIND_FAILED;
    }
    out->in_flight += h->in_flight;
    out->in_flight_max += h->in_flight_max;
    out->connections += h->connections;
    if (h->lag_ns_max / NS_PER_US > out->lag_us_max)
        out->lag_us_max = h->lag_ns_max / NS_PER_US;
    double cpu = share(h->cpu_ns, h->end_ns - h->begin_ns);
    if (cpu > out->cpu_share_max)
        out->cpu_share_max = cpu;
}

static void sum_generator(struct collector *c, uint32_t worker, const struct epoch *e,
                          bool is_measured)
{
    const struct worker_health *h = &e->health;
    struct generator *g = &c->sums;
    g->samples_lost += e->samples_lost;
    g->stamps_kernel += h->stamps_kernel;
    g->stamps_loop += h->stamps_loop;
    g->connects += h->connects;
    c->busy[worker].settled_ns = h->settled_ns;
    if (!is_measured)
        return;
    c->busy[worker].cpu_ns += h->cpu_ns;
    c->busy[worker].runq_ns += h->runq_ns;
    if (h->stall_ns_max / NS_PER_US > g->stall_us_max)
        g->stall_us_max = h->stall_ns_max / NS_PER_US;
}

/* The first reply of another model is an event; the others are failures as any. */
static int note_model(struct collector *c, const struct failure_note *n, struct err *e)
{
    char text[400];
    if (n->outcome != OUTCOME_MODEL_MISMATCH || c->has_other_model[n->arm])
        return 0;
    c->has_other_model[n->arm] = true;
    (void)snprintf(text, sizeof text, "%s: %s", c->arms[n->arm], n->snippet);
    return rundir_event(c->dir, n->end_ns, "model", text, e);
}

/* "target", "backup of a class": whose state changed. */
static int write_change(struct collector *c, const struct client_change *change,
                        struct err *e)
{
    char text[160];
    const struct plan *plan = c->plan;
    uint32_t target = change->endpoint == 0 ? 0 : plan->arms + change->endpoint - 1;
    bool has_class = plan->policy->breaker.scope == BREAKER_PER_CLASS;
    (void)snprintf(text, sizeof text, "%.80s%s%.60s", plan->targets[target].name,
                   has_class ? ", class " : "",
                   has_class ? c->classes[change->class_index] : "");
    return rundir_event(c->dir, change->at_ns, client_change_names[change->kind], text,
                        e);
}

static int write_changes(struct collector *c, const struct epoch *e, struct err *err)
{
    for (size_t i = 0; i < e->change_count; i++) {
        if (c->changes++ < CHANGES_MAX && write_change(c, &e->changes[i], err) < 0)
            return -1;
        if (c->changes == CHANGES_MAX &&
            rundir_event(c->dir, e->changes[i].at_ns, "warning",
                         "further changes of the client's state are only counted",
                         err) < 0)
            return -1;
    }
    return 0;
}

static int write_details(struct collector *c, const struct epoch *e, struct err *err)
{
    for (size_t i = 0; i < e->note_count; i++) {
        const struct failure_note *n = &e->notes[i];
        if (note_model(c, n, err) < 0)
            return -1;
        if (rundir_failure(c->dir, n, c->arms[n->arm], c->classes[n->class_index],
                           err) < 0)
            return -1;
    }
    for (size_t i = 0; c->plan->has_records && i < e->sample_count; i++) {
        const struct sample *s = &e->samples[i];
        if (rundir_record(c->dir, s, c->arms[s->arm], c->classes[s->class_index], err) <
            0)
            return -1;
    }
    return 0;
}

static int take_epoch(struct collector *c, uint32_t worker, const struct epoch *e,
                      bool is_measured, struct err *err)
{
    fold_epoch(c->fold, e);
    c->clients[worker] = e->client;
    sum_second(&c->second, e);
    sum_generator(c, worker, e, is_measured);
    return write_changes(c, e, err) < 0 ? -1 : write_details(c, e, err);
}

/* Everything is folded before anything is written: an epoch that was taken is
 * counted, even when the disk is full. */
static int take_all(struct collector *c, struct worker *const *workers, bool is_end,
                    bool is_measured, struct err *err)
{
    int rc = 0;
    for (uint32_t i = 0; i < c->plan->threads; i++) {
        struct mailbox *m = worker_mailbox(workers[i]);
        struct epoch *e = mailbox_take(m);
        if (e != NULL) {
            if (take_epoch(c, i, e, is_measured, err) < 0)
                rc = -1;
            epoch_reset(e);
            mailbox_give_back(m, e);
        }
        if (is_end &&
            take_epoch(c, i, worker_last_epoch(workers[i]), is_measured, err) < 0)
            rc = -1;
    }
    return rc;
}

static int64_t throttled_since(struct collector *c)
{
    int64_t now_ns = host_throttled_ns();
    int64_t since_ns = now_ns - c->throttled_before_ns;
    c->throttled_before_ns = now_ns;
    return since_ns > 0 ? since_ns : 0;
}

int collector_take(struct collector *c, struct worker *const *workers, bool is_end,
                   int64_t t_ns, int64_t length_ns, const char *phase, bool is_measured,
                   int64_t late_ns, struct err *e)
{
    c->second = (struct second){0};
    int64_t throttled_ns = throttled_since(c);
    fold_begin(c->fold, t_ns, length_ns);
    fold_host(c->fold, late_ns, throttled_ns);
    int rc = take_all(c, workers, is_end, is_measured, e);
    fold_end(c->fold, phase, is_measured, &c->hlog, &c->intervals);
    scraper_take(c->scraper, &c->intervals);
    if (is_measured) {
        c->sums.window_ns += length_ns;
        c->throttled_ns += throttled_ns;
    }
    if (c->second.in_flight_max > c->sums.in_flight_max)
        c->sums.in_flight_max = c->second.in_flight_max;
    if (c->second.connections > c->sums.connections_max)
        c->sums.connections_max = c->second.connections;
    if (write_lines(c, RUNDIR_HLOG, &c->hlog, e) < 0 ||
        write_lines(c, RUNDIR_INTERVALS, &c->intervals, e) < 0)
        rc = -1;
    return rc;
}

int64_t collector_settled_ns(const struct collector *c)
{
    int64_t settled_ns = INT64_MAX;
    for (uint32_t i = 0; i < c->plan->threads; i++)
        if (c->busy[i].settled_ns < settled_ns)
            settled_ns = c->busy[i].settled_ns;
    return settled_ns;
}

const struct second *collector_second(const struct collector *c)
{
    return &c->second;
}

const struct fold *collector_fold(const struct collector *c)
{
    return c->fold;
}

void collector_client(const struct collector *c, struct client_counts *out)
{
    *out = (struct client_counts){0};
    for (uint32_t i = 0; i < c->plan->threads; i++)
        client_counts_add(out, &c->clients[i]);
}

void collector_generator(const struct collector *c, struct generator *out)
{
    struct totals t = {0};
    fold_totals_sum(c->fold, &t);
    const struct hist *lag = fold_live(c->fold, METRIC_LAG);
    const struct hist *ttft = fold_live(c->fold, METRIC_TTFT);
    *out = c->sums;
    /* what the client's policy holds back is no fault of the generator */
    out->scheduled =
        t.scheduled - t.outcomes[OUTCOME_BREAKER_OPEN] - t.outcomes[OUTCOME_BUDGET];
    out->sent = t.sent;
    out->shed = t.outcomes[OUTCOME_SHED];
    out->client_errors = t.outcomes[OUTCOME_CLIENT_RESOURCE];
    out->lag_us_p50 = hist_percentile_us(lag, 50);
    out->lag_us_p99 = hist_percentile_us(lag, 99);
    out->lag_us_max = hist_max_us(lag);
    out->ttft_us_p50 = ttft ? hist_percentile_us(ttft, 50) : 0;
    out->throttled_share = share(c->throttled_ns, out->window_ns);
    out->is_spinning = c->plan->pace == PACE_SPIN;
    out->is_paced = c->plan->respects_limits;
    for (uint32_t i = 0; i < c->plan->threads; i++) {
        double cpu = share(c->busy[i].cpu_ns, out->window_ns);
        double runq = share(c->busy[i].runq_ns, out->window_ns);
        if (cpu > out->cpu_share_max)
            out->cpu_share_max = cpu;
        if (runq > out->runq_share_max)
            out->runq_share_max = runq;
    }
}
