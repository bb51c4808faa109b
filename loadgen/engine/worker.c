/*
 * A worker; see worker.h.
 *
 * pump() is the heart: everything whose due time has come is started, then the
 * body of the next request is built, ahead of time, and the timerfd is armed
 * for its due instant. pump runs when the timer fires, and before every wait,
 * because a finished request may have made another one due at once. Nothing is
 * started from inside libcurl.
 *
 * A request that is late is sent late and keeps its due time: the wait is part
 * of its latency, which is what its user would see.
 */
#include "engine/worker.h"

#include "base/clock.h"
#include "engine/account.h"
#include "engine/admission.h"
#include "engine/agenda.h"
#include "engine/alarm.h"
#include "engine/attempts.h"
#include "engine/charge.h"
#include "engine/outgoing.h"
#include "engine/overdue.h"
#include "engine/pool.h"
#include "engine/refused.h"
#include "engine/sending.h"
#include "engine/split.h"
#include "engine/vitals.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define WORKER_MAGIC 0x303ce303u
#define HOUSEKEEPING_S 0.05          /* own timeouts are checked so often */
#define REFUSED_NS (100 * NS_PER_MS) /* before a refused user asks again */
#define PUMP_MAX 256                 /* starts per turn before sockets get theirs */

struct worker {
    uint32_t magic;
    uint32_t index;
    const struct plan *plan;
    struct control *control;
    pthread_t thread;
    struct ev_loop *loop;
    struct sockets sockets;
    struct agenda agenda;
    struct sending sending;
    struct attempts *attempts; /* under a client policy; NULL: each is sent once */
    struct outgoing outgoing;  /* the agenda's first request, its bodies built */
    struct admission admission;
    struct guard guard;
    struct mailbox mailbox;
    struct epoch *epoch;
    struct vitals vitals;
    int64_t epoch_end_ns; /* when it is due to be handed over */
    uint32_t max_in_flight;
    unsigned warming;
    bool is_running;   /* past GO */
    bool is_last_call; /* no more arrivals */
    bool is_out_of_trace;
    int64_t last_due_ns; /* of what has left the agenda */
    struct alarm alarm;
    ev_io timer;
    ev_timer housekeeping;
    ev_prepare before_wait;
    ev_async wake;
};

static struct worker *worker_of(void *p)
{
    struct worker *w = p;
    assert(w != NULL && w->magic == WORKER_MAGIC);
    return w;
}

/* Requests on the wire, or between two attempts. */
static uint32_t under_way(const struct worker *w)
{
    return w->sockets.in_flight + w->sockets.waiting;
}

static int64_t now_since_t0(const struct worker *w)
{
    return clock_now_ns() - w->control->t0_ns;
}

/* --- epochs ------------------------------------------------------------------ */

/* A stream outlives epochs: its gaps go on in the one now being written. */
static void follow_epoch(void *context, struct slot *s)
{
    if (!s->is_warm_up && s->exchange.ask.is_stream && !s->journey.is_beaten)
        s->exchange.ask.gaps = sending_gaps(&worker_of(context)->sending, s);
}

static void begin_epoch(struct worker *w, int64_t now_ns)
{
    vitals_begin(&w->vitals, &w->sockets, now_ns);
    w->epoch_end_ns = (now_ns / NS_PER_S + 1) * NS_PER_S;
}

/* What is in flight may still change the seconds in which it was due. */
static void unsettle(void *context, struct slot *s)
{
    int64_t *settled_ns = context;
    if (!s->is_warm_up && s->arrival.due_ns < *settled_ns)
        *settled_ns = s->arrival.due_ns;
}

static void hand_over(struct worker *w, int64_t now_ns)
{
    vitals_take(&w->vitals, &w->sockets, now_ns, &w->epoch->health);
    w->epoch->health.settled_ns = now_ns;
    sockets_each_active(&w->sockets, unsettle, &w->epoch->health.settled_ns);
    if (w->attempts != NULL) {
        attempts_unsettle(w->attempts, &w->epoch->health.settled_ns);
        attempts_report(w->attempts, w->epoch);
    }
    struct epoch *next = mailbox_swap(&w->mailbox, w->epoch);
    if (next != w->epoch) {
        w->epoch = next;
        sockets_each_active(&w->sockets, follow_epoch, w);
        if (w->attempts != NULL) /* counts since the start: each epoch has them */
            attempts_report(w->attempts, w->epoch);
    }
    begin_epoch(w, now_ns);
}

/* --- the end of a request ---------------------------------------------------- */

static void note_failure(struct worker *w, const struct slot *s,
                         const struct sample *sample, const struct evidence *ev)
{
    struct failure_note note;
    account_note(&note, s, sample, ev, w->plan->targets[s->target].key);
    epoch_note(w->epoch, &note);
}

static void close_request(struct worker *w, const struct slot *s,
                          const struct sample *sample, int64_t now_ns)
{
    enum outcome outcome = (enum outcome)sample->outcome;
    epoch_sample(w->epoch, sample);
    int64_t lag_ns = sample->value_ns[METRIC_LAG];
    if (lag_ns > w->epoch->health.lag_ns_max)
        w->epoch->health.lag_ns_max = lag_ns;
    if (refused_note(&w->guard, &w->sockets, s, outcome))
        control_refused(w->control, outcome);
    agenda_follow_up(&w->agenda, &s->arrival, now_ns);
}

/* A request that waited for another attempt ends without it. */
static void on_over(void *context, struct slot *s, enum outcome outcome, int64_t now_ns)
{
    struct worker *w = worker_of(context);
    struct sample sample;
    account_sent(&sample, w->plan, s, outcome);
    account_journey(&sample, s, false); /* its last attempt was settled long ago */
    sample.worker = w->index;
    close_request(w, s, &sample, now_ns);
}

static void on_finished(void *context, struct slot *s, enum transport transport)
{
    struct worker *w = worker_of(context);
    if (s->is_warm_up) {
        w->warming--;
        return;
    }
    int64_t now_ns = now_since_t0(w);
    struct evidence ev;
    enum outcome outcome = exchange_end(&s->exchange, transport, s->timer, now_ns, &ev);
    if (w->attempts != NULL)
        attempts_decide(w->attempts, s, outcome);
    budgets_note(&w->epoch->budgets[s->arm], &s->exchange.limits);
    struct sample sample;
    account_sent(&sample, w->plan, s, outcome);
    sample.worker = w->index;
    charge_settle(&w->control->purse, w->plan, s, &sample);
    if (s->wire_starts > 1)
        epoch_flow(w->epoch, s->arm, s->arrival.class_index)->attempts +=
            s->wire_starts - 1;
    if (outcome_rows[outcome].kind == KIND_FAILED)
        note_failure(w, s, &sample, &ev);
    admission_ended(&w->admission, s, outcome, now_ns);
    if (w->attempts != NULL && attempts_go_on(w->attempts, s, &sample, now_ns))
        return;
    account_journey(&sample, s, true);
    close_request(w, s, &sample, now_ns);
}

static void on_received(void *context, struct slot *s, uint32_t contents, size_t bytes)
{
    struct worker *w = worker_of(context);
    struct flow *f = epoch_flow(w->epoch, s->arm, s->arrival.class_index);
    f->body_bytes += bytes;
    if (w->attempts != NULL && !attempts_content(w->attempts, s, contents))
        return;
    f->content_events += contents;
    if (contents > 0 && s->exchange.content_events == contents)
        f->first_contents++;
}

/* --- starting requests ------------------------------------------------------- */

/* Counted with its reason and its due time. */
static void count_one_not_sent(struct worker *w, const struct arrival *a, uint16_t arm,
                               enum outcome outcome, int64_t now_ns)
{
    struct sample sample;
    epoch_flow(w->epoch, arm, a->class_index)->due++;
    account_not_sent(&sample, a, arm, outcome, now_ns);
    sample.worker = w->index;
    epoch_sample(w->epoch, &sample);
}

/* The same for each of its arms. */
static void count_not_sent(struct worker *w, const struct arrival *a,
                           enum outcome outcome, int64_t now_ns)
{
    uint16_t arms[PLAN_ARMS_MAX];
    unsigned n = split_arms(w->plan, a, arms);
    for (unsigned i = 0; i < n; i++)
        count_one_not_sent(w, a, arms[i], outcome, now_ns);
}

/* Not admitted; its conversation goes on. */
static void shed(struct worker *w, struct arrival *a, int64_t now_ns)
{
    uint16_t arms[PLAN_ARMS_MAX];
    unsigned n = split_arms(w->plan, a, arms);
    count_not_sent(w, a, OUTCOME_SHED, now_ns);
    for (unsigned i = 0; i < n; i++) {
        a->arms = split_bit(arms[i]);
        agenda_follow_up(&w->agenda, a, now_ns);
    }
}

/* The policy does not let it through. Its user asks again after a moment, lest a
 * closed loop of refused users turns without end. */
static void refuse(struct worker *w, struct slot *s, enum outcome outcome,
                   int64_t now_ns)
{
    struct arrival a = s->arrival;
    count_one_not_sent(w, &a, s->arm, outcome, now_ns);
    charge_return(&w->control->purse, w->plan, s);
    slot_give_back(s);
    agenda_follow_up(&w->agenda, &a, now_ns + REFUSED_NS);
}

/* Puts its first attempt on the wire, if the policy lets it. */
static void begin_request(struct worker *w, struct slot *s, const struct arrival *a,
                          int64_t now_ns)
{
    s->arrival = *a; /* a parked user's due time has moved since */
    s->arrival.arms = split_bit(s->arm);
    enum outcome admitted =
        w->attempts == NULL ? OUTCOME_OK : attempts_begin(w->attempts, s, now_ns);
    if (admitted != OUTCOME_OK) {
        refuse(w, s, admitted, now_ns);
        return;
    }
    struct flow *f = epoch_flow(w->epoch, s->arm, a->class_index);
    f->due++;
    f->sent++;
    s->leave_ns = now_ns;
    sending_start(&w->sending, s, now_ns);
    alarm_learn(&w->alarm, s->wire_starts > 0 ? s->ready_ns : -1);
}

/* Sets the worst case of a request's arms aside. When it does not fit under the
 * budget, the request is not sent, and the run ends. */
static bool admit(struct worker *w, const struct arrival *a, struct slot *slots[],
                  unsigned n, int64_t now_ns)
{
    if (charge_admit(&w->control->purse, w->plan, slots, n))
        return true;
    count_not_sent(w, a, OUTCOME_BUDGET, now_ns);
    control_stop(w->control, STOP_DRAIN);
    return false;
}

/* Starts the agenda's first request, which is due: its body is ready, or is built
 * late. It leaves the agenda only then: the body may need its prefix blocks. */
static void start_one(struct worker *w, int64_t now_ns)
{
    struct arrival a;
    struct slot *slots[PLAN_ARMS_MAX];
    uint16_t arms[PLAN_ARMS_MAX];
    int64_t queue_ns = 0;
    const struct arrival *first = agenda_first(&w->agenda);
    unsigned wanted = split_arms(w->plan, first, arms);
    if ((uint64_t)under_way(w) + wanted > w->max_in_flight)
        outgoing_drop(&w->outgoing);
    else
        outgoing_prepare(&w->outgoing, first);
    unsigned n = outgoing_take(&w->outgoing, slots);
    agenda_take(&w->agenda, &a);
    w->last_due_ns = a.due_ns;
    if (n == 0)
        shed(w, &a, now_ns);
    else if (!admit(w, &a, slots, n, now_ns))
        return;
    else
        queue_ns = admission_take(&w->admission, &a, arms, n, now_ns);
    for (unsigned i = 0; i < n; i++) {
        slots[i]->queue_ns = queue_ns;
        begin_request(w, slots[i], &a, now_ns);
    }
}

static void pump(struct worker *w)
{
    for (unsigned started = 0; !w->is_last_call; started++) {
        const struct arrival *a = agenda_first(&w->agenda);
        if (a == NULL)
            return;
        int64_t now_ns = now_since_t0(w);
        int64_t leave_ns = admission_leave_ns(&w->admission, a, now_ns);
        if (w->alarm.armed_ns == leave_ns)
            return; /* the timer is set for it already */
        now_ns = alarm_spin(&w->alarm, leave_ns, now_ns);
        if (!alarm_is_time(&w->alarm, leave_ns, now_ns) || started == PUMP_MAX) {
            outgoing_prepare(&w->outgoing, a);
            alarm_set(&w->alarm, leave_ns);
            return;
        }
        if (now_ns < leave_ns) /* it will be, when it is on the wire */
            now_ns = leave_ns;
        if (!agenda_park(&w->agenda, now_ns))
            start_one(w, now_ns);
    }
}

/* --- the loop ---------------------------------------------------------------- */

static void on_due(struct ev_loop *loop, ev_io *io, int events)
{
    (void)loop;
    (void)events;
    struct worker *w = worker_of(io->data);
    alarm_clear(&w->alarm);
    pump(w);
}

static void on_before_wait(struct ev_loop *loop, ev_prepare *p, int events)
{
    (void)loop;
    (void)events;
    struct worker *w = worker_of(p->data);
    if (!w->is_running)
        return;
    pump(w);
    if (w->attempts != NULL)
        attempts_pump(w->attempts, now_since_t0(w));
}

/* Nothing is sent from here on. What was due before now and has not left yet was
 * scheduled all the same: it counts, as cancelled. */
static void last_call(struct worker *w, int64_t now_ns)
{
    w->is_last_call = true;
    outgoing_drop(&w->outgoing);
    for (const struct arrival *first = agenda_first(&w->agenda);
         first != NULL && first->due_ns <= now_ns; first = agenda_first(&w->agenda)) {
        struct arrival a;
        if (agenda_park(&w->agenda, now_ns))
            continue;
        agenda_take(&w->agenda, &a);
        count_not_sent(w, &a, OUTCOME_CANCELLED, now_ns);
    }
}

/* No arrival can come any more, or none could be built. */
static bool is_out_of_work(const struct worker *w, int64_t now_ns)
{
    if (w->outgoing.error.is_set)
        return true;
    if (agenda_first(&w->agenda) != NULL)
        return false;
    bool is_idle = w->plan->ends_when_idle && under_way(w) == 0;
    return is_idle || now_ns >= w->plan->duration_ns;
}

/* A trace ends when it ends: what comes after its last row is drain. */
static void watch_trace(struct worker *w)
{
    if (!w->plan->is_open_ended || w->is_out_of_trace ||
        agenda_first(&w->agenda) != NULL)
        return;
    w->is_out_of_trace = true;
    control_end_of_trace(w->control, w->last_due_ns);
}

/* Our own timeouts, the end, the epoch. True when all is done. */
static bool keep_house(struct worker *w)
{
    int64_t now_ns = now_since_t0(w);
    int stop = atomic_load(&w->control->stop);
    bool is_over = now_ns >= w->plan->duration_ns + w->plan->drain_ns;
    watch_trace(w);
    if (!w->is_last_call && (stop != STOP_NOT || is_over || is_out_of_work(w, now_ns)))
        last_call(w, now_ns);
    overdue_abort(&w->sockets, now_ns);
    if (stop == STOP_CANCEL || is_over) {
        overdue_censor(&w->sockets);
        if (w->attempts != NULL)
            attempts_censor(w->attempts, now_ns);
    }
    if (now_ns >= w->epoch_end_ns)
        hand_over(w, now_ns);
    return w->is_last_call && under_way(w) == 0;
}

static void on_housekeeping(struct ev_loop *loop, ev_timer *t, int events)
{
    (void)events;
    struct worker *w = worker_of(t->data);
    if (w->is_running && keep_house(w))
        ev_break(loop, EVBREAK_ALL);
}

static void on_wake(struct ev_loop *loop, ev_async *a, int events)
{
    struct worker *w = worker_of(a->data);
    on_housekeeping(loop, &w->housekeeping, events);
}

/* Opens the connections that the first seconds will want, all at once, so that
 * each gets its own; whatever the server answers is ignored. */
static void warm_up(struct worker *w)
{
    w->warming = w->plan->warm_connections / w->plan->threads;
    sending_warm_up(&w->sending, &w->sockets, w->warming);
    int64_t give_up_ns = clock_now_ns() + 5 * NS_PER_S;
    while (w->warming > 0 && clock_now_ns() < give_up_ns)
        ev_run(w->loop, EVRUN_ONCE);
}

static void go(struct worker *w)
{
    sockets_start(&w->sockets, w->control->t0_ns);
    w->alarm.t0_ns = w->control->t0_ns;
    w->sending.t0_wall_ns = w->control->t0_wall_ns;
    w->is_running = true;
    begin_epoch(w, now_since_t0(w));
    if (!keep_house(w)) { /* true: the start failed, or was interrupted */
        pump(w);
        ev_run(w->loop, 0);
    }
    hand_over(w, now_since_t0(w)); /* or the last epoch stays with us */
}

static void *worker_main(void *p)
{
    struct worker *w = worker_of(p);
    vitals_open(&w->vitals);
    warm_up(w);
    agenda_open(&w->agenda, w->index);
    control_pass_gate(w->control);
    go(w);
    vitals_close(&w->vitals);
    atomic_fetch_add(&w->control->done, 1);
    uint64_t one = 1;
    ssize_t n = write(w->control->done_fd, &one, sizeof one);
    assert(n == sizeof one);
    return NULL;
}

/* --- life -------------------------------------------------------------------- */

static void watch_all(struct worker *w)
{
    ev_io_init(&w->timer, on_due, w->alarm.fd, EV_READ);
    ev_set_priority(&w->timer, EV_MAXPRI);
    w->timer.data = w;
    ev_io_start(w->loop, &w->timer);
    ev_timer_init(&w->housekeeping, on_housekeeping, HOUSEKEEPING_S, HOUSEKEEPING_S);
    w->housekeeping.data = w;
    ev_timer_start(w->loop, &w->housekeeping);
    ev_prepare_init(&w->before_wait, on_before_wait);
    w->before_wait.data = w;
    ev_prepare_start(w->loop, &w->before_wait);
    ev_async_init(&w->wake, on_wake);
    w->wake.data = w;
    ev_async_start(w->loop, &w->wake);
}

static void make_attempts(struct worker *w)
{
    struct attempts_spec spec = {.plan = w->plan,
                                 .sockets = &w->sockets,
                                 .sending = &w->sending,
                                 .admission = &w->admission,
                                 .purse = &w->control->purse,
                                 .epoch = &w->epoch,
                                 .context = w,
                                 .over = on_over};
    if (w->plan->policy != NULL)
        w->attempts = attempts_new(&spec);
}

struct worker *worker_start(const struct plan *plan, struct control *control,
                            uint32_t index, struct curl_slist *resolved, struct err *e)
{
    struct worker *w = xcalloc(1, sizeof *w);
    w->magic = WORKER_MAGIC;
    w->index = index;
    w->plan = plan;
    w->control = control;
    w->vitals.schedstat_fd = -1;
    w->max_in_flight = plan_sheds_above(plan);
    uint32_t classes = (uint32_t)plan->profile->class_count;
    w->epoch = epoch_new(plan->arms, classes);
    mailbox_init(&w->mailbox, epoch_new(plan->arms, classes));
    w->loop = ev_loop_new(EVFLAG_AUTO | EVFLAG_NOENV);
    if (alarm_init(&w->alarm, plan->pace) < 0 || w->loop == NULL) {
        (void)err_set_errno(e, errno, "cannot make an event loop");
        goto fail;
    }
    if (agenda_init(&w->agenda, plan, index, e) < 0)
        goto fail;
    admission_init(&w->admission, plan);
    sending_init(&w->sending, plan, &w->epoch);
    struct slot_events events = {
        .context = w, .received = on_received, .finished = on_finished};
    sockets_init(&w->sockets, w->loop, plan, index, resolved, &events);
    outgoing_init(&w->outgoing, plan, &w->sockets);
    make_attempts(w);
    watch_all(w);
    int rc = pthread_create(&w->thread, NULL, worker_main, w);
    if (rc == 0)
        return w;
    (void)err_set_errno(e, rc, "cannot start a thread");
fail:
    worker_free(w);
    return NULL;
}

void worker_wake(struct worker *w)
{
    ev_async_send(w->loop, &w->wake);
}

void worker_join(struct worker *w)
{
    int rc = pthread_join(w->thread, NULL);
    assert(rc == 0);
}

void worker_free(struct worker *w)
{
    if (w == NULL)
        return;
    outgoing_release(&w->outgoing);
    attempts_free(w->attempts);
    if (w->sockets.loop != NULL)
        sockets_release(&w->sockets);
    if (w->loop != NULL)
        ev_loop_destroy(w->loop);
    alarm_release(&w->alarm);
    sending_release(&w->sending);
    agenda_release(&w->agenda);
    epoch_free(w->epoch);
    epoch_free(atomic_load(&w->mailbox.full));
    epoch_free(atomic_load(&w->mailbox.empty));
    free(w);
}

struct mailbox *worker_mailbox(struct worker *w)
{
    return &w->mailbox;
}

const struct epoch *worker_last_epoch(const struct worker *w)
{
    return w->epoch;
}

const struct dial_counts *worker_dialled(const struct worker *w)
{
    return &w->sockets.dialer.counts;
}

uint64_t worker_digest(const struct worker *w)
{
    return schedule_digest(w->agenda.schedule);
}

const struct err *worker_error(const struct worker *w)
{
    return w->agenda.error.is_set ? &w->agenda.error : &w->outgoing.error;
}
