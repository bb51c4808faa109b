/*
 * A run; see run.h.
 *
 * The main thread starts the workers, waits until their connections are warm,
 * sets t0, and from then on wakes once a second to collect. It also takes the
 * signals: the first SIGINT drains, the second cancels. However a run ends, its
 * directory is sealed: last lines, totals, status, reason.
 */
#include "engine/run.h"

#include "base/clock.h"
#include "engine/alias.h"
#include "engine/collect.h"
#include "engine/drift.h"
#include "engine/expense.h"
#include "engine/live.h"
#include "engine/manifest.h"
#include "engine/scrape.h"
#include "engine/signals.h"
#include "engine/start.h"
#include "engine/transport.h"
#include "engine/worker.h"
#include "policy/guard.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define COLLECT_DELAY_NS (100 * NS_PER_MS) /* after the second: workers hand over */
#define MANIFEST_EVERY 60                  /* seconds */

/* Why a run ended, the manifest's words and its exit code. First one wins. */
struct ending {
    const char *reason, *status;
    enum exit_code code;
    char text[1024];
};

struct run {
    const struct run_setup *setup;
    const struct plan *plan;
    struct control control;
    struct worker **workers;
    uint32_t started;
    bool is_joined;
    struct rundir *dir;
    struct collector *collector;
    struct scraper *scraper;
    struct live *live;
    struct schedule *schedule; /* for phases and rates; sends nothing */
    uint64_t head;             /* digest of its first arrivals */
    struct curl_slist *resolved;
    struct ending ending;
    char models[PLAN_ARMS_MAX][MODEL_BYTES]; /* behind the names, at the end */
    struct expense_watch expenses;
    int64_t collected_ns;    /* up to here since t0 */
    int64_t arrivals_end_ns; /* when the last arrival could come */
    struct signals signals;
    unsigned seconds; /* collected */
    struct drift drift;
};

/* --- the manifest ------------------------------------------------------------ */

/* Since t0; 0 before it. */
static int64_t run_now_ns(const struct run *r)
{
    int64_t now_ns = r->control.t0_ns ? clock_now_ns() - r->control.t0_ns : 0;
    return now_ns > 0 ? now_ns : 0;
}

static int64_t elapsed_ns(const struct run *r)
{
    int64_t now_ns = run_now_ns(r), end_ns = r->arrivals_end_ns;
    return now_ns < end_ns ? now_ns : end_ns;
}

/* Of a trace of unknown length, or a run that was decided early, what came. */
static int64_t planned_ns(const struct run *r, int64_t elapsed)
{
    const char *reason = r->ending.reason;
    bool is_decided = reason != NULL && strcmp(reason, "decided") == 0;
    return is_decided || r->plan->is_open_ended ? elapsed : r->plan->duration_ns;
}

static int write_manifest(struct run *r, const char *status, int code, uint64_t digest,
                          struct err *e)
{
    struct generator g = {0};
    struct client_counts client = {0};
    struct objection objections[OBJECTIONS_MAX];
    size_t n = 0;
    if (r->collector != NULL) {
        collector_generator(r->collector, &g);
        collector_client(r->collector, &client);
        g.ports = (uint32_t)peers_ports(r->plan, r->setup->host->ports);
        g.clock_drift_ns = r->drift.most_ns;
        n = validity_objections(&g, objections);
    }
    struct dial_counts dialled = {0};
    for (uint32_t i = 0; r->is_joined && i < r->started; i++)
        dial_counts_add(&dialled, worker_dialled(r->workers[i]));
    struct manifest m = {.plan = r->plan,
                         .invocation = r->setup->invocation,
                         .status = status,
                         .exit_code = code,
                         .stop_reason = r->ending.reason,
                         .stop_text = r->ending.text,
                         .looks = r->setup->looks,
                         .t0_wall_ns = r->control.t0_wall_ns,
                         .t0_ns = r->control.t0_ns,
                         .elapsed_ns = elapsed_ns(r),
                         .digest = digest,
                         .head = r->head,
                         .host = r->setup->host,
                         .clock = r->setup->clock,
                         .dialled = r->is_joined ? &dialled : NULL,
                         .fold = r->collector ? collector_fold(r->collector) : NULL,
                         .generator = &g,
                         .client = &client,
                         .objections = objections,
                         .objection_count = n,
                         .scraper = r->scraper,
                         .floor_us_p99 = r->setup->floor_us_p99};
    for (uint32_t i = 0; i < r->plan->arms; i++)
        m.models[i] = r->models[i][0] ? r->models[i] : NULL;
    m.planned_ns = planned_ns(r, m.elapsed_ns);
    manifest_window(r->plan, m.elapsed_ns, &m);
    struct buf text;
    buf_init(&text, 64u << 20);
    manifest_write(&m, &text);
    int rc = text.is_full ? err_set(e, "run.json is too large")
                          : rundir_manifest(r->dir, text.data, text.len, e);
    buf_release(&text);
    return rc;
}

/* --- endings ----------------------------------------------------------------- */

static void wake_all(struct run *r)
{
    for (uint32_t i = 0; i < r->started; i++)
        worker_wake(r->workers[i]);
}

/* Ends the run for a reason, unless it is ending already. */
static void end_run(struct run *r, enum stop_mode mode, const char *reason,
                    const char *status, enum exit_code code, const char *text)
{
    if (r->ending.reason == NULL) {
        r->ending.reason = reason;
        r->ending.status = status;
        r->ending.code = code;
        (void)snprintf(r->ending.text, sizeof r->ending.text, "%s", text);
        r->arrivals_end_ns = elapsed_ns(r);
        struct err ignored = {0}; /* the disk may be what ended the run */
        (void)!rundir_event(r->dir, r->arrivals_end_ns, "stop", text, &ignored);
        if (r->live != NULL && text[0] != '\0')
            live_say(r->live, text);
    }
    control_stop(&r->control, mode);
    wake_all(r);
}

static void on_signal(struct run *r)
{
    if (!signals_read(&r->signals, clock_now_ns()))
        return;
    bool is_first = r->signals.count == 1;
    if (is_first && r->live != NULL)
        live_say(r->live, "waiting for requests in flight; once more to cancel them");
    end_run(r, is_first ? STOP_DRAIN : STOP_CANCEL, "signal", "interrupted",
            EXIT_INTERRUPTED, "interrupted by a signal");
}

/* Results that cannot be kept are not worth the server's time. */
static void end_for_disk(struct run *r, const struct err *e)
{
    end_run(r, STOP_CANCEL, "disk", "aborted", EXIT_CANNOT_RUN, e->text);
}

static void end_for_config(struct run *r, enum outcome outcome)
{
    char text[512];
    (void)snprintf(
        text, sizeof text,
        "the first requests ended as %s: %s (failures.jsonl has the server's words)",
        outcome_rows[outcome].name, outcome_rows[outcome].hint);
    end_run(r, STOP_CANCEL, "config", "aborted", EXIT_CANNOT_RUN, text);
}

static void check_spending(struct run *r)
{
    char text[EXPENSE_TEXT];
    if (expense_is_over(&r->expenses, r->plan, &r->control.purse, text))
        end_run(r, STOP_DRAIN, "budget", "aborted", EXIT_GUARD, text);
}

static void check_guards(struct run *r)
{
    check_spending(r);
    int config = atomic_load(&r->control.config_error);
    if (config >= 0)
        end_for_config(r, (enum outcome)config);
    struct totals t = {0};
    fold_totals_sum(collector_fold(r->collector), &t);
    uint64_t finished = t.succeeded + t.failed;
    if (!guard_share(finished, t.failed, r->setup->stop_on))
        return;
    char text[256];
    (void)snprintf(text, sizeof text,
                   "stopped: %.1f %% of %llu requests failed, --stop-on allows %.1f %%",
                   100.0 * (double)t.failed / (double)finished,
                   (unsigned long long)finished, 100.0 * r->setup->stop_on);
    end_run(r, STOP_DRAIN, "guard", "aborted", EXIT_GUARD, text);
}

/* Whoever asked for the run has seen enough. A decided run is complete. */
static void ask_decided(struct run *r)
{
    const struct run_setup *s = r->setup;
    if (s->is_decided == NULL || r->ending.reason != NULL)
        return;
    if (s->is_decided(s->context, rundir_path(r->dir), r->collected_ns,
                      collector_settled_ns(r->collector)))
        end_run(r, STOP_DRAIN, "decided", "complete", EXIT_GO, "");
}

/* --- once a second ----------------------------------------------------------- */

static const char *phase_name(const struct run *r, int64_t t_ns, bool *is_measured)
{
    const struct schedule_spec *s = &r->plan->schedule;
    if (t_ns >= r->arrivals_end_ns) {
        *is_measured = false;
        return "drain";
    }
    const struct phase *p =
        &s->phases[schedule_phase_at(r->schedule, t_ns, is_measured)];
    return p->name ? p->name : phase_names[p->kind];
}

static void show(struct run *r, int64_t length_ns)
{
    if (r->live == NULL || length_ns <= 0)
        return;
    struct totals t = {0};
    const struct fold *fold = collector_fold(r->collector);
    const struct second *s = collector_second(r->collector);
    fold_totals_sum(fold, &t);
    int64_t shown_ns = r->collected_ns - length_ns; /* rates are of that second */
    double seconds = (double)length_ns / 1e9;
    struct live_facts f = {
        .now_ns = r->collected_ns,
        .is_draining = shown_ns >= r->arrivals_end_ns,
        .started_per_s = (double)s->started / seconds,
        .completed_per_s = (double)s->completed / seconds,
        .tokens_per_s = (double)s->content_events / seconds,
        .in_flight = s->in_flight,
        .totals = &t,
        .ttft = fold_live(fold, METRIC_TTFT),
        .e2e = fold_live(fold, METRIC_E2E),
        .lag_us_max = s->lag_us_max,
        .cpu_share_max = s->cpu_share_max,
        .shed = t.outcomes[OUTCOME_SHED],
        .spent = expense_spent(&r->expenses.now),
        .spent_per_h = r->expenses.rate.is_known ? r->expenses.rate.per_h : -1,
    };
    f.phase = phase_name(r, shown_ns, &f.is_measured);
    f.offered_per_s =
        f.is_draining ? 0.0 : schedule_rate_at(r->schedule, shown_ns) / r->plan->shards;
    live_update(r->live, &f);
}

static int look_at_expenses(struct run *r, struct err *e)
{
    char text[EXPENSE_TEXT];
    int rc = expense_look(&r->expenses, r->plan, &r->control.purse, r->collected_ns,
                          collector_fold(r->collector), r->dir, text, e);
    if (text[0] != '\0' && r->live != NULL)
        live_say(r->live, text);
    return rc;
}

/* The seconds after the one of a trace's last row are drain. */
static void watch_trace(struct run *r)
{
    if (atomic_load(&r->control.out_of_trace) < r->started || r->ending.reason != NULL)
        return;
    int64_t last_ns = atomic_load(&r->control.last_arrival_ns);
    r->arrivals_end_ns = (last_ns / NS_PER_S + 1) * NS_PER_S;
}

/* Collects the seconds up to until_ns (since t0). */
static void collect(struct run *r, bool is_end, int64_t until_ns)
{
    struct err e = {0};
    bool is_measured = false;
    int64_t t_ns = r->collected_ns, length_ns = until_ns - t_ns;
    int64_t late_ns = run_now_ns(r) - until_ns - COLLECT_DELAY_NS;
    int64_t now_ns = clock_now_ns();
    drift_note(&r->drift, clock_wall_ns(), now_ns);
    watch_trace(r);
    const char *phase = phase_name(r, t_ns, &is_measured);
    int rc = collector_take(r->collector, r->workers, is_end, t_ns, length_ns, phase,
                            is_measured, late_ns > 0 ? late_ns : 0, &e);
    r->collected_ns = until_ns;
    r->seconds++;
    if (look_at_expenses(r, &e) < 0)
        rc = -1;
    if (rc < 0)
        end_for_disk(r, &e);
    if (!is_end) {
        check_guards(r);
        ask_decided(r);
    }
    if (rc == 0 && r->seconds % MANIFEST_EVERY == 0 && !is_end &&
        write_manifest(r, "running", 0, 0, &e) < 0)
        end_for_disk(r, &e);
    show(r, length_ns);
}

static int wait_ms(const struct run *r)
{
    int64_t next_ns = r->control.t0_ns + r->collected_ns + NS_PER_S + COLLECT_DELAY_NS;
    int64_t left_ns = next_ns - clock_now_ns();
    return left_ns <= 0 ? 0 : (int)(left_ns / NS_PER_MS) + 1;
}

/* Until every worker is done. */
static void watch(struct run *r)
{
    while (atomic_load(&r->control.done) < r->started) {
        struct pollfd fds[] = {{.fd = r->signals.fd, .events = POLLIN},
                               {.fd = r->control.done_fd, .events = POLLIN}};
        int n = poll(fds, ARRAY_LEN(fds), wait_ms(r));
        if (n < 0 && errno != EINTR)
            bug("poll failed");
        if (n > 0 && (fds[0].revents & POLLIN))
            on_signal(r);
        if (n > 0 && (fds[1].revents & POLLIN)) {
            uint64_t done;
            (void)!read(r->control.done_fd, &done, sizeof done); /* counted in done */
        }
        if (r->signals.cancel_at_ns > 0 && clock_now_ns() > r->signals.cancel_at_ns)
            end_run(r, STOP_CANCEL, "signal", "interrupted", EXIT_INTERRUPTED, "");
        int64_t now_ns = run_now_ns(r) - COLLECT_DELAY_NS;
        if (now_ns - r->collected_ns >= NS_PER_S)
            collect(r, false, now_ns / NS_PER_S * NS_PER_S);
    }
}

/* --- start and end ----------------------------------------------------------- */

static int start_workers(struct run *r, struct err *e)
{
    uint32_t threads = r->plan->threads;
    r->workers = xcalloc(threads, sizeof(struct worker *));
    for (uint32_t i = 0; i < threads; i++) {
        r->workers[i] = worker_start(r->plan, &r->control, i, r->resolved, e);
        if (r->workers[i] == NULL)
            return -1;
        r->started++;
    }
    return 0;
}

static int open_all(struct run *r, struct err *e)
{
    struct schedule_spec spec = r->plan->schedule;
    spec.owner = 0;
    spec.owners = 1;
    r->schedule = schedule_new(&spec, e);
    if (r->schedule == NULL || schedule_head(&spec, &r->head, e) < 0 ||
        signals_take(&r->signals, e) < 0)
        return -1;
    r->control.done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (r->control.done_fd < 0)
        return err_set_errno(e, errno, "cannot watch for the workers' end");
    r->resolved = peers_lines(r->plan);
    r->dir = rundir_create(r->setup->out_dir, r->plan->profile->name, clock_wall_ns(),
                           r->plan->has_records, e);
    if (r->dir == NULL)
        return -1;
    if (r->setup->has_view)
        r->live =
            live_new(r->plan, STDERR_FILENO, r->setup->is_terminal, r->setup->columns);
    return 0;
}

/* The first lines of the run directory: if they cannot be written, no request is
 * worth sending. The manifest waits for the disk, so it comes before t0 is set. */
static int write_start(struct run *r, struct err *e)
{
    if (write_manifest(r, "running", 0, 0, e) < 0)
        return -1;
    if (!start_set(r->setup->start_wall_ns, &r->control.t0_wall_ns, &r->control.t0_ns))
        end_run(r, STOP_CANCEL, "late", "aborted", EXIT_CANNOT_RUN, start_late_text);
    drift_start(&r->drift, r->control.t0_wall_ns, r->control.t0_ns);
    r->collector = collector_new(r->plan, r->dir, r->control.t0_wall_ns, e);
    if (r->collector == NULL)
        return -1;
    return rundir_event(r->dir, 0, "start", r->plan->profile->name, e);
}

/* The server's own view is a help: a run without it is still a run. */
static void start_scraper(struct run *r)
{
    struct err e = {0};
    r->scraper = scraper_start(r->plan, r->resolved, r->control.t0_ns, &e);
    if (r->scraper == NULL && r->live != NULL)
        live_say(r->live, e.text);
    collector_listen(r->collector, r->scraper);
}

/* READY, t0, GO, and the manifest again, which knows t0 now. After this the
 * workers send, or leave at once if the start failed. */
static int set_off(struct run *r, struct err *e)
{
    int rc = start_workers(r, e);
    control_await_ready(&r->control, r->started);
    if (rc == 0)
        rc = write_start(r, e);
    if (rc < 0)
        control_stop(&r->control, STOP_CANCEL);
    control_go(&r->control);
    if (rc == 0)
        start_scraper(r);
    struct err disk = {0};
    if (rc == 0 && write_manifest(r, "running", 0, 0, &disk) < 0)
        end_for_disk(r, &disk);
    return rc;
}

static void join_workers(struct run *r)
{
    for (uint32_t i = 0; i < r->started && !r->is_joined; i++)
        worker_join(r->workers[i]);
    r->is_joined = true;
}

static void say_broken_file(struct run *r)
{
    for (uint32_t i = 0; i < r->started; i++)
        if (worker_error(r->workers[i])->is_set)
            end_run(r, STOP_DRAIN, "trace", "aborted", EXIT_INCONCLUSIVE,
                    worker_error(r->workers[i])->text);
}

/* Everything is folded; the identity must hold, or gust itself is broken. */
static void check_identity(const struct run *r)
{
    struct totals t = {0};
    fold_totals_sum(collector_fold(r->collector), &t);
    if (!totals_hold(&t))
        bug("the accounting identity does not hold");
}

static enum exit_code final_code(const struct run *r)
{
    struct generator g;
    struct objection objections[OBJECTIONS_MAX];
    collector_generator(r->collector, &g);
    g.ports = (uint32_t)peers_ports(r->plan, r->setup->host->ports);
    if (r->ending.code != EXIT_GO)
        return r->ending.code;
    return validity_holds(objections, validity_objections(&g, objections))
               ? EXIT_GO
               : EXIT_INCONCLUSIVE;
}

/* Is the model behind each name still the one of the start? Who interrupts a run
 * does not wait for it. */
static void resolve_models(struct run *r)
{
    struct err ignored = {0}; /* an event less */
    for (uint32_t i = 0; r->signals.count == 0 && i < r->plan->arms; i++) {
        const struct target *t = &r->plan->targets[i];
        char text[3 * MODEL_BYTES + 64];
        if (t->resolved[0] == '\0')
            continue;
        alias_ask(r->plan, t, r->resolved, r->models[i]);
        if (r->models[i][0] == '\0' || strcmp(r->models[i], t->resolved) == 0)
            continue;
        (void)snprintf(text, sizeof text,
                       "%s: %s stood for %s at the start, %s at the end", t->name,
                       t->model, t->resolved, r->models[i]);
        (void)!rundir_event(r->dir, r->collected_ns, "model", text, &ignored);
    }
}

static int seal(struct run *r, struct run_result *result, struct err *e)
{
    join_workers(r);
    scraper_stop(r->scraper);
    say_broken_file(r);
    collect(r, true, run_now_ns(r));
    int config = atomic_load(&r->control.config_error);
    if (config >= 0)
        end_for_config(r, (enum outcome)config);
    check_spending(r); /* the last second may have passed a limit */
    if (r->ending.reason == NULL) {
        r->ending.reason = "duration";
        r->ending.status = "complete";
    }
    check_identity(r);
    resolve_models(r);
    if (r->live != NULL)
        live_finish(r->live);
    result->code = final_code(r);
    (void)snprintf(result->text, sizeof result->text, "%s", r->ending.text);
    /* each is tried: a disk that has no room for one may have some for another */
    int rc = rundir_event(r->dir, r->collected_ns, "end", r->ending.status, e);
    if (rundir_sync(r->dir, e) < 0)
        rc = -1;
    if (write_manifest(r, r->ending.status, (int)result->code,
                       worker_digest(r->workers[0]), e) < 0)
        rc = -1;
    return rc;
}

static void release(struct run *r)
{
    join_workers(r);
    for (uint32_t i = 0; i < r->started; i++)
        worker_free(r->workers[i]);
    free(r->workers);
    collector_free(r->collector);
    scraper_free(r->scraper);
    live_free(r->live);
    schedule_free(r->schedule);
    rundir_close(r->dir);
    curl_slist_free_all(r->resolved);
    if (r->control.done_fd >= 0)
        (void)close(r->control.done_fd);
    control_release(&r->control);
    signals_give_back(&r->signals);
}

void run_init(void)
{
    transport_init();
}

void run_cleanup(void)
{
    transport_cleanup();
}

int run_execute(const struct run_setup *setup, struct run_result *result, struct err *e)
{
    struct run r = {.setup = setup, .plan = setup->plan, .signals.fd = -1};
    control_init(&r.control);
    purse_init(&r.control.purse, setup->plan->pricing.budget,
               expense_preflight(setup->plan));
    r.arrivals_end_ns = setup->plan->duration_ns;
    *result = (struct run_result){.code = EXIT_CANNOT_RUN};
    int rc = -1;
    if (open_all(&r, e) < 0)
        goto out;
    (void)snprintf(result->path, sizeof result->path, "%s", rundir_path(r.dir));
    if (start_wait(setup->start_wall_ns, r.signals.fd))
        on_signal(&r);
    rc = set_off(&r, e);
    if (rc < 0)
        goto out;
    watch(&r);
    struct err disk = {0};
    if (seal(&r, result, &disk) < 0) {
        result->code = EXIT_CANNOT_RUN;
        if (result->text[0] == '\0')
            (void)snprintf(result->text, sizeof result->text, "%s", disk.text);
    }
out:
    release(&r);
    return rc;
}
