/*
 * The agenda: what comes next, from the schedule and from what has ended. Every
 * row is a truth of the plan: rates, users, think times, limits.
 */
#include "engine/agenda.h"

#include "plan_world.h"
#include "scratch.h"

#define S NS_PER_S
#define TALK(turns, think_s)                                                           \
    CHAT_CLASS(",\"conversation\":{\"turns\":" turns ",\"think_s\":" think_s "}")
#define TEN_PER_SECOND "\"kind\":\"constant\",\"rate\":10"

static const struct phase warm_then_steady[] = {
    {.kind = PHASE_WARMUP, .duration_ns = 2 * S},
    {.kind = PHASE_STEADY, .duration_ns = 8 * S, .is_measured = true},
};

static void open_agenda(struct agenda *a, const struct plan *plan, uint32_t worker)
{
    struct err e = {0};
    CHECK_INT(agenda_init(a, plan, worker, &e), 0);
    CHECK_STR(e.text, "");
    agenda_open(a, worker);
}

static void workers_share_the_schedule(void)
{
    bool has_come[100] = {false};
    size_t count = 0;
    struct plan_world w =
        plan_world_new(CHAT_CLASS(""), TEN_PER_SECOND, warm_then_steady, 2);
    w.plan.threads = 3;
    for (uint32_t worker = 0; worker < 3; worker++) {
        struct agenda a;
        struct arrival got;
        int64_t last_ns = -1;
        open_agenda(&a, &w.plan, worker);
        for (; agenda_first(&a) != NULL; count++) {
            agenda_take(&a, &got);
            CHECK(got.due_ns > last_ns && got.due_ns < 10 * S);
            CHECK(got.number < 100 && !has_come[got.number]);
            has_come[got.number % 100] = true;
            last_ns = got.due_ns;
        }
        agenda_release(&a);
    }
    CHECK_INT(count, 100);
    plan_world_release(&w);
}

static void turns_come_between_arrivals(void)
{
    struct plan_world w =
        plan_world_new(TALK("2", "0.25"), TEN_PER_SECOND, warm_then_steady, 2);
    struct agenda a;
    struct arrival got;
    unsigned firsts = 0, seconds = 0;
    int64_t last_ns = 0;
    open_agenda(&a, &w.plan, 0);
    while (agenda_first(&a) != NULL) {
        agenda_take(&a, &got);
        CHECK(got.due_ns >= last_ns);
        CHECK_INT(got.is_measured, got.due_ns >= 2 * S);
        CHECK_INT(got.phase, got.due_ns >= 2 * S);
        last_ns = got.due_ns;
        if (got.turn == 0)
            firsts++;
        else
            seconds++;
        agenda_follow_up(&a, &got, got.due_ns + S / 10); /* it took 100 ms */
    }
    CHECK_INT(firsts, 100);
    /* each 350 ms later; those past the end never come */
    CHECK(seconds >= 96 && seconds <= 97);
    agenda_release(&a);
    plan_world_release(&w);
}

static void a_turn_is_due_a_think_time_after_the_reply(void)
{
    struct plan_world w =
        plan_world_new(TALK("3", "5"), TEN_PER_SECOND, warm_then_steady, 2);
    struct agenda a;
    struct arrival got;
    open_agenda(&a, &w.plan, 0);
    agenda_take(&a, &got);
    CHECK_INT(got.turns, 3);
    got.arms = 2;
    agenda_follow_up(&a, &got, S / 2);
    while (got.turn == 0)
        agenda_take(&a, &got);
    CHECK_INT(got.number, 0);
    CHECK_INT(got.turn, 1);
    CHECK_INT(got.due_ns, S / 2 + 5 * S);
    CHECK_INT(got.history_tokens, 30);
    CHECK_INT(got.arms, 2); /* it stays with its arm */
    agenda_follow_up(&a, &got, 8 * S);
    while (agenda_first(&a) != NULL)
        agenda_take(&a, &got);
    CHECK_INT(got.turn, 0); /* due at 13 s, after the end */
    agenda_release(&a);
    plan_world_release(&w);
}

static void users_ask_one_after_the_other(void)
{
    bool is_seated[4] = {false};
    struct plan_world w = plan_world_new(
        CHAT_CLASS(""), "\"kind\":\"closed\",\"users\":4", warm_then_steady, 2);
    struct agenda a;
    struct arrival got;
    open_agenda(&a, &w.plan, 0);
    for (size_t i = 0; i < 4; i++) {
        agenda_take(&a, &got);
        CHECK(got.number < 4 && !is_seated[got.number % 4]);
        CHECK(got.due_ns >= 0 && got.due_ns < S);
        is_seated[got.number % 4] = true;
    }
    CHECK(agenda_first(&a) == NULL);
    got.arms = 2;
    agenda_follow_up(&a, &got, 3 * S);
    uint64_t user = got.number;
    agenda_take(&a, &got);
    CHECK_INT(got.number, user + 4);
    CHECK_INT(got.arms, 2);       /* a user stays with an arm */
    CHECK_INT(got.due_ns, 3 * S); /* no think time */
    CHECK(got.is_measured);
    agenda_follow_up(&a, &got, 10 * S);
    CHECK(agenda_first(&a) == NULL);
    agenda_release(&a);
    plan_world_release(&w);
}

static void a_limit_holds_for_users_too(void)
{
    struct plan_world w = plan_world_new(
        CHAT_CLASS(""), "\"kind\":\"closed\",\"users\":4", warm_then_steady, 2);
    unsigned count = 0;
    w.plan.schedule.limit = 10;
    w.plan.threads = 2;
    for (uint32_t worker = 0; worker < 2; worker++) {
        struct agenda a;
        struct arrival got;
        open_agenda(&a, &w.plan, worker);
        for (; agenda_first(&a) != NULL && count < 100; count++) {
            agenda_take(&a, &got);
            agenda_follow_up(&a, &got, got.due_ns);
        }
        agenda_release(&a);
    }
    CHECK_INT(count, 10);
    plan_world_release(&w);
}

static void fewer_users_than_the_limit_are_seated(void)
{
    struct plan_world w = plan_world_new(
        CHAT_CLASS(""), "\"kind\":\"closed\",\"users\":4", warm_then_steady, 2);
    struct agenda a;
    struct arrival got;
    w.plan.schedule.limit = 2;
    open_agenda(&a, &w.plan, 0);
    agenda_take(&a, &got);
    agenda_take(&a, &got);
    CHECK(agenda_first(&a) == NULL);
    agenda_release(&a);
    plan_world_release(&w);
}

/* 1 to 10 users in ten seconds: at 4.5 s there are 5. */
static void users_beyond_the_phase_are_parked(void)
{
    static const struct phase ramp[] = {
        {.kind = PHASE_RAMP, .duration_ns = 9 * S, .from = 0.1, .to = 1.0},
    };
    struct plan_world w =
        plan_world_new(TALK("2", "0.1"), "\"kind\":\"closed\",\"users\":10", ramp, 1);
    struct agenda a;
    struct arrival got;
    unsigned parked = 0, taken = 0;
    open_agenda(&a, &w.plan, 0);
    while (agenda_first(&a) != NULL && agenda_first(&a)->due_ns < 4 * S) {
        if (agenda_park(&a, 4 * S)) {
            parked++;
            continue;
        }
        agenda_take(&a, &got);
        CHECK(got.number < 5);
        taken++;
    }
    CHECK_INT(schedule_users_at(a.schedule, 4 * S), 5);
    CHECK_INT(taken, 5);
    CHECK_INT(parked, 5);
    CHECK_INT(agenda_first(&a)->due_ns, 4 * S + S / 10);
    got.number = 9; /* user 9 amidst a conversation: it goes on */
    agenda_follow_up(&a, &got, 3 * S);
    CHECK_INT(agenda_first(&a)->turn, 1);
    CHECK(!agenda_park(&a, 4 * S));
    agenda_release(&a);
    plan_world_release(&w);
}

static void open_loops_park_nobody(void)
{
    struct plan_world w =
        plan_world_new(CHAT_CLASS(""), TEN_PER_SECOND, warm_then_steady, 2);
    struct agenda a;
    open_agenda(&a, &w.plan, 0);
    CHECK(!agenda_park(&a, 0));
    agenda_release(&a);
    plan_world_release(&w);
}

/* --- traces ---------------------------------------------------------------- */

static void trace_world(struct plan_world *w, struct scratch *dir,
                        struct trace_spec *trace, const char *rows)
{
    static const struct phase forever = {.duration_ns = INT64_MAX / 4,
                                         .kind = PHASE_STEADY};
    *dir = scratch_new();
    scratch_write(scratch_path(dir, "trace.jsonl"), rows, strlen(rows));
    *trace =
        (struct trace_spec){.path = dir->joined, .speed = 1, .is_spread_off = true};
    *w = plan_world_new(CHAT_CLASS(""), "\"kind\":\"trace\"", &forever, 1);
    w->plan.schedule.trace = trace;
}

static void blocks_live_until_the_request_is_taken(void)
{
    static const char rows[] =
        "{\"timestamp\":0,\"input_length\":600,\"output_length\":5,\"hash_ids\":[3,4]}\n"
        "{\"timestamp\":500,\"input_length\":90,\"output_length\":6,\"hash_ids\":[3]}\n";
    struct plan_world w;
    struct scratch dir;
    struct trace_spec trace;
    struct agenda a;
    struct arrival got;
    trace_world(&w, &dir, &trace, rows);
    open_agenda(&a, &w.plan, 0);
    const struct arrival *first = agenda_first(&a);
    CHECK(first != NULL && first->block_count == 2 && first->blocks[1] == 4);
    agenda_take(&a, &got);
    CHECK(got.blocks == NULL && got.block_count == 0);
    CHECK_INT(got.prompt_tokens, 600);
    agenda_follow_up(&a, &got, 0); /* nothing follows a row */
    agenda_take(&a, &got);
    CHECK_INT(got.due_ns, S / 2);
    CHECK(agenda_first(&a) == NULL);
    CHECK(!a.error.is_set);
    agenda_release(&a);
    plan_world_release(&w);
    scratch_remove(&dir);
}

static void a_broken_row_ends_it_and_is_remembered(void)
{
    static const char rows[] =
        "{\"timestamp\":0,\"input_length\":6,\"output_length\":5,\"hash_ids\":[]}\n"
        "{\"timestamp\":1,\"input_length\":6,\"output_length\":5,\"hash_ids\":[]}\n"
        "{\"timestamp\":2,\"input_length\":\"six\",\"output_length\":5,\"hash_ids\":[]}\n";
    struct plan_world w;
    struct scratch dir;
    struct trace_spec trace;
    struct agenda a;
    struct arrival got;
    unsigned count = 0;
    trace_world(&w, &dir, &trace, rows);
    open_agenda(&a, &w.plan, 0);
    for (; agenda_first(&a) != NULL; count++)
        agenda_take(&a, &got);
    CHECK_INT(count, 2);
    CHECK(a.error.is_set && strstr(a.error.text, "trace.jsonl") != NULL);
    agenda_release(&a);
    plan_world_release(&w);
    scratch_remove(&dir);
}

int main(void)
{
    RUN(workers_share_the_schedule);
    RUN(turns_come_between_arrivals);
    RUN(a_turn_is_due_a_think_time_after_the_reply);
    RUN(users_ask_one_after_the_other);
    RUN(a_limit_holds_for_users_too);
    RUN(fewer_users_than_the_limit_are_seated);
    RUN(users_beyond_the_phase_are_parked);
    RUN(open_loops_park_nobody);
    RUN(blocks_live_until_the_request_is_taken);
    RUN(a_broken_row_ends_it_and_is_remembered);
    return check_report();
}
