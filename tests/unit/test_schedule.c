/*
 * The schedule against known truth: the same sequence for any number of owners,
 * classes, prefixes, conversations, closed loops and traces; pinned digests.
 */
#include "check.h"

#include "workload/schedule.h"

#include <stdlib.h>
#include <unistd.h>

#define S NS_PER_S

/* A profile from its classes and arrival. */
static struct profile *make(const char *classes, const char *arrival)
{
    char text[4096];
    struct err e = {0};
    (void)snprintf(text, sizeof text,
                   "{\"name\":\"p\",\"classes\":[%s],\"arrival\":{%s}}", classes,
                   arrival);
    struct profile *p = profile_parse(text, strlen(text), &e);
    CHECK_STR(e.text, "");
    if (p == NULL)
        abort();
    return p;
}

#define CHAT                                                                           \
    "{\"name\":\"chat\",\"api\":\"chat\",\"prompt\":{\"kind\":\"lognormal\","          \
    "\"mean\":500,\"cv\":1},\"output\":{\"kind\":\"uniform\",\"min\":10,\"max\":90}}"

static const struct phase two_phases[] = {
    {.kind = PHASE_WARMUP, .duration_ns = 2 * S},
    {.kind = PHASE_SINE,
     .duration_ns = 18 * S,
     .amplitude = 0.5,
     .period_ns = 6 * S,
     .is_measured = true},
};

static struct schedule_spec spec_of(const struct profile *p, double rate)
{
    return (struct schedule_spec){.profile = p,
                                  .phases = two_phases,
                                  .phase_count = 2,
                                  .seed = 42,
                                  .rate_per_s = rate,
                                  .users = p->arrival.users,
                                  .owners = 1};
}

static size_t take_all(const struct schedule_spec *spec, struct arrival *out,
                       size_t max, uint64_t *digest)
{
    struct err e = {0};
    size_t n = 0;
    struct schedule *s = schedule_new(spec, &e);
    CHECK_STR(e.text, "");
    if (s == NULL)
        abort();
    while (n < max && schedule_next(s, &out[n], &e) == 1)
        n++;
    CHECK_STR(e.text, "");
    *digest = schedule_digest(s);
    schedule_free(s);
    return n;
}

#define MAX 4000

static const char mixed[] =
    "{\"name\":\"talk\",\"weight\":1,\"api\":\"chat\",\"prompt\":{\"kind\":\"gamma\","
    "\"mean\":200,\"cv\":1},\"output\":50,\"prefix\":{\"groups\":9,\"tokens\":{\"kind\":"
    "\"uniform\",\"min\":1,\"max\":64},\"share\":0.5},\"conversation\":{\"turns\":{"
    "\"kind\":\"uniform\",\"min\":1,\"max\":4},\"think_s\":{\"kind\":\"uniform\",\"min\":1,"
    "\"max\":3}}},"
    "{\"name\":\"embed\",\"weight\":3,\"api\":\"embeddings\",\"prompt\":16,\"batch\":{"
    "\"kind\":\"uniform\",\"min\":1,\"max\":5}}";

static bool is_same(const struct arrival *a, const struct arrival *b)
{
    return a->number == b->number && a->turn == b->turn && a->turns == b->turns &&
           a->class_index == b->class_index && a->phase == b->phase &&
           a->is_measured == b->is_measured && a->is_traced == b->is_traced &&
           a->due_ns == b->due_ns && a->think_ns == b->think_ns &&
           a->prompt_tokens == b->prompt_tokens &&
           a->history_tokens == b->history_tokens &&
           a->output_tokens == b->output_tokens &&
           a->suffix_tokens == b->suffix_tokens && a->batch == b->batch &&
           a->prefix_tokens == b->prefix_tokens && a->prefix_group == b->prefix_group;
}

/* The union over the owners, in order of number, must be what one owner has, field
 * by field; every owner's digest the same. */
static void owners_share_one_sequence(void)
{
    static const uint32_t owners[] = {2, 4, 7, 100};
    static struct arrival all[MAX], one[MAX], merged[MAX];
    struct profile *p = make(mixed, "\"kind\":\"poisson\",\"rate\":\"100/s\"");
    struct schedule_spec spec = spec_of(p, 100.0);
    uint64_t digest, other;
    size_t n = take_all(&spec, all, MAX, &digest);
    CHECK(n > 1800 && n < 2200);
    for (size_t i = 0; i < ARRAY_LEN(owners); i++) {
        size_t sum = 0;
        memset(merged, 0xff, sizeof merged);
        spec.owners = owners[i];
        for (spec.owner = 0; spec.owner < owners[i]; spec.owner++) {
            size_t own = take_all(&spec, one, MAX, &other);
            CHECK(other == digest);
            for (size_t k = 0; k < own; k++)
                merged[one[k].number] = one[k];
            sum += own;
        }
        CHECK_INT(sum, n);
        for (size_t k = 0; k < n; k++)
            CHECK(is_same(&merged[k], &all[k]));
    }
    profile_free(p);
}

static void arrivals_are_in_order_and_in_their_phase(void)
{
    static struct arrival all[MAX];
    struct profile *p = make(CHAT, "\"kind\":\"poisson\",\"rate\":\"100/s\"");
    struct schedule_spec spec = spec_of(p, 100.0);
    uint64_t digest;
    size_t n = take_all(&spec, all, MAX, &digest);
    for (size_t i = 0; i < n; i++) {
        CHECK_INT(all[i].number, i);
        CHECK(i == 0 || all[i].due_ns >= all[i - 1].due_ns);
        CHECK_INT(all[i].phase, all[i].due_ns >= 2 * S);
        CHECK_INT(all[i].is_measured, all[i].due_ns >= 2 * S);
        CHECK(all[i].due_ns < 20 * S);
        CHECK_INT(all[i].turns, 1);
        CHECK_INT(all[i].batch, 1);
        CHECK(all[i].output_tokens >= 10 && all[i].output_tokens <= 90);
    }
    profile_free(p);
}

static void seeds_and_profiles_change_the_digest(void)
{
    static struct arrival all[MAX];
    struct profile *p = make(CHAT, "\"kind\":\"poisson\",\"rate\":\"100/s\"");
    struct profile *q =
        make("{\"name\":\"chat\",\"api\":\"chat\",\"prompt\":9,\"output\":9}",
             "\"kind\":\"poisson\",\"rate\":\"100/s\"");
    struct schedule_spec spec = spec_of(p, 100.0);
    uint64_t a, b, c, d;
    (void)take_all(&spec, all, MAX, &a);
    (void)take_all(&spec, all, MAX, &b);
    CHECK(a == b);
    spec.profile = q;
    (void)take_all(&spec, all, MAX, &c);
    spec.profile = p;
    spec.seed = 43;
    (void)take_all(&spec, all, MAX, &d);
    CHECK(a != c && a != d && c != d);
    profile_free(p);
    profile_free(q);
}

/* The digest by hand, of three arrivals, as schedule.h defines it. */
static void digest_is_as_defined(void)
{
    static struct arrival all[MAX];
    struct profile *p = make(CHAT, "\"kind\":\"constant\",\"rate\":\"1/s\"");
    struct schedule_spec spec = spec_of(p, 1.0);
    uint64_t digest, expected = 42;
    spec.limit = 3;
    CHECK_INT(take_all(&spec, all, MAX, &digest), 3);
    for (size_t i = 0; i < 3; i++) {
        uint64_t parts[] = {i, (uint64_t)all[i].due_ns, 1,
                            (uint64_t)all[i].prompt_tokens << 32 |
                                all[i].output_tokens};
        for (size_t k = 0; k < ARRAY_LEN(parts); k++)
            expected = rng_hash(expected, RNG_ARRIVAL, parts[k]);
    }
    CHECK(digest == expected);
    profile_free(p);
}

/* The same bits on every machine, compiler and for ever: a change here changes what
 * every recorded seed means. */
static void sequences_are_pinned(void)
{
    static const struct {
        const char *arrival;
        int64_t due_ns; /* of the 1,000th arrival */
        uint64_t digest;
    } rows[] = {
        {"\"kind\":\"poisson\",\"rate\":100", 9512388039, UINT64_C(0x8538f84717e6f22c)},
        {"\"kind\":\"gamma\",\"rate\":100,\"cv\":3", 8413650627,
         UINT64_C(0x3e3aec85a43eca00)},
        {"\"kind\":\"constant\",\"rate\":100", 9511947040,
         UINT64_C(0x7d726f31b5416959)},
    };
    static struct arrival all[MAX];
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct profile *p = make(mixed, rows[i].arrival);
        struct schedule_spec spec = spec_of(p, 100.0);
        uint64_t digest;
        check_row = rows[i].arrival;
        CHECK(take_all(&spec, all, MAX, &digest) > 1000);
        CHECK_INT(all[999].due_ns, rows[i].due_ns);
        CHECK_INT(digest, rows[i].digest);
        profile_free(p);
    }
}

static void classes_come_by_weight(void)
{
    static struct arrival all[MAX];
    struct profile *p = make(mixed, "\"kind\":\"poisson\",\"rate\":\"100/s\"");
    struct schedule_spec spec = spec_of(p, 100.0);
    uint64_t digest;
    size_t n = take_all(&spec, all, MAX, &digest), talks = 0, prefixed = 0, turns = 0;
    for (size_t i = 0; i < n; i++) {
        if (all[i].class_index == 0) {
            talks++;
            turns += all[i].turns;
            prefixed += all[i].prefix_tokens > 0;
            CHECK(all[i].turns >= 1 && all[i].turns <= 4 && all[i].prefix_group < 9);
            CHECK(all[i].prefix_tokens < all[i].prompt_tokens);
        } else {
            CHECK(all[i].batch >= 1 && all[i].batch <= 5);
            CHECK_INT(all[i].prompt_tokens, all[i].batch * 16);
            CHECK_INT(all[i].output_tokens, 0);
        }
    }
    CHECK_NEAR((double)talks / (double)n, 0.25, 0.04); /* 4 sigma */
    CHECK_NEAR((double)prefixed / (double)talks, 0.5, 0.1);
    CHECK_NEAR((double)turns / (double)talks, 2.5, 0.2);
    profile_free(p);
}

/* A group's prefix has one length, and small groups are asked more often. */
static void prefix_groups_are_stable(void)
{
    static struct arrival all[MAX];
    uint32_t tokens[9] = {0}, count[9] = {0};
    struct profile *p = make(
        "{\"name\":\"c\",\"api\":\"chat\",\"prompt\":1000,\"output\":1,\"prefix\":{"
        "\"groups\":9,\"tokens\":{\"kind\":\"uniform\",\"min\":1,\"max\":900},"
        "\"skew\":1}}",
        "\"kind\":\"poisson\",\"rate\":\"100/s\"");
    struct schedule_spec spec = spec_of(p, 100.0);
    uint64_t digest;
    size_t n = take_all(&spec, all, MAX, &digest);
    for (size_t i = 0; i < n; i++) {
        uint32_t g = all[i].prefix_group;
        CHECK(count[g] == 0 || tokens[g] == all[i].prefix_tokens);
        tokens[g] = all[i].prefix_tokens;
        count[g]++;
    }
    CHECK(tokens[0] != tokens[1] && tokens[1] != tokens[2]);
    CHECK_NEAR((double)count[0] / (double)n, 0.35348, 0.045); /* 1 / H(9) */
    CHECK_NEAR((double)count[8] / (double)n, 0.03928, 0.02);
    profile_free(p);
}

static void turns_follow_each_other(void)
{
    struct err e = {0};
    struct arrival a, next;
    struct profile *p = make(
        "{\"name\":\"c\",\"api\":\"chat\",\"prompt\":{\"kind\":\"uniform\",\"min\":10,"
        "\"max\":99},\"output\":7,\"conversation\":{\"turns\":3,\"think_s\":{\"kind\":"
        "\"uniform\",\"min\":1,\"max\":2}}}",
        "\"kind\":\"poisson\",\"rate\":\"100/s\"");
    struct schedule_spec spec = spec_of(p, 100.0);
    struct schedule *s = schedule_new(&spec, &e);
    CHECK_INT(schedule_next(s, &a, &e), 1);
    CHECK_INT(a.turns, 3);
    CHECK_INT(a.history_tokens, 0);
    uint32_t history = 0;
    for (uint16_t turn = 1; turn < 3; turn++) {
        schedule_turn(s, &a, &next);
        history += a.prompt_tokens + 7;
        CHECK_INT(next.turn, turn);
        CHECK_INT(next.number, a.number);
        CHECK_INT(next.history_tokens, history);
        CHECK(next.think_ns >= S && next.think_ns <= 2 * S);
        CHECK(next.prompt_tokens >= 10 && next.prompt_tokens <= 99);
        CHECK(next.prompt_tokens != a.prompt_tokens); /* drawn anew, as it happens */
        struct arrival again;
        schedule_turn(s, &a, &again);
        CHECK(is_same(&again, &next));
        a = next;
    }
    schedule_free(s);
    profile_free(p);
}

static void limits_and_ends_are_kept(void)
{
    struct err e = {0};
    struct arrival a;
    struct profile *p = make(CHAT, "\"kind\":\"constant\",\"rate\":\"100/s\"");
    struct schedule_spec spec = spec_of(p, 100.0);
    uint64_t digest;
    static struct arrival all[MAX];
    spec.limit = 17;
    CHECK_INT(take_all(&spec, all, MAX, &digest), 17);
    spec.limit = 0;
    struct schedule *s = schedule_new(&spec, &e);
    int got = 1;
    size_t n = 0;
    for (; got == 1; n++)
        got = schedule_next(s, &a, &e);
    CHECK_INT(n, 2001); /* 2,000 and the end */
    CHECK_INT(schedule_next(s, &a, &e), 0);
    CHECK_INT(schedule_duration_ns(s), 20 * S);
    CHECK_NEAR(schedule_rate_at(s, S), 100.0, 1e-9);
    CHECK_NEAR(schedule_rate_at(s, 3500 * NS_PER_MS), 150.0, 1e-9); /* sine's top */
    CHECK_INT(schedule_users_at(s, S), 0);
    CHECK_INT(schedule_users_max(s), 0);
    bool is_measured;
    CHECK_INT(schedule_phase_at(s, 2 * S - 1, &is_measured), 0);
    CHECK(!is_measured);
    CHECK_INT(schedule_phase_at(s, 2 * S, &is_measured), 1);
    CHECK(is_measured);
    CHECK_INT(schedule_phase_at(s, 99 * S, &is_measured), 1); /* a late turn */
    schedule_free(s);
    profile_free(p);
}

static void closed_loops_seat_their_users(void)
{
    struct err e = {0};
    struct arrival a, b;
    static const struct phase phases[] = {
        {.kind = PHASE_RAMP, .duration_ns = 10 * S, .from = 0, .to = 2},
        {.kind = PHASE_STEADY, .duration_ns = 10 * S, .is_measured = true},
    };
    struct profile *p = make(CHAT, "\"kind\":\"closed\",\"users\":10,\"think_s\":4");
    struct schedule_spec spec = spec_of(p, 0.0);
    spec.phases = phases;
    struct schedule *s = schedule_new(&spec, &e);
    CHECK_STR(e.text, "");
    CHECK_INT(schedule_users_max(s), 20);
    CHECK_INT(schedule_users_at(s, 0), 0);
    CHECK_INT(schedule_users_at(s, 5 * S), 10);
    CHECK_INT(schedule_users_at(s, 10 * S - 1), 20);
    CHECK_INT(schedule_users_at(s, 10 * S), 10);
    CHECK_INT(schedule_users_at(s, 99 * S), 10);
    CHECK_NEAR(schedule_rate_at(s, S), 0.0, 0.0);
    int64_t low = S, high = 0;
    for (uint32_t user = 0; user < 20; user++) {
        schedule_user(s, user, 0, &a);
        CHECK_INT(a.number, user);
        CHECK(a.think_ns >= 0 && a.think_ns < S); /* at most 1 s of the mean of 4 */
        low = a.think_ns < low ? a.think_ns : low;
        high = a.think_ns > high ? a.think_ns : high;
        schedule_user(s, user, 3, &b);
        CHECK_INT(b.number, 60 + user);
        CHECK_INT(b.think_ns, 4 * S);
    }
    CHECK(low < S / 4 && high > 3 * S / 4);
    schedule_free(s);
    profile_free(p);
}

/* ---- traces */

/* Four rows of the Mooncake format; the caller unlinks path. */
static void write_trace(char path[64])
{
    static const char rows[] =
        "{\"timestamp\": 0, \"input_length\": 1500, \"output_length\": 52, "
        "\"hash_ids\": [0, 1, 2]}\n"
        "{\"timestamp\": 1250, \"input_length\": 700, \"output_length\": 0, "
        "\"hash_ids\": [0, 3]}\n"
        "{\"timestamp\": 3001, \"input_length\": 10, \"output_length\": 7, "
        "\"hash_ids\": [4]}\n"
        "{\"timestamp\": 30000, \"input_length\": 10, \"output_length\": 7, "
        "\"hash_ids\": [4]}\n";
    (void)snprintf(path, 64, "/tmp/gust-test-XXXXXX");
    int fd = mkstemp(path);
    CHECK(fd >= 0);
    CHECK(write(fd, rows, sizeof rows - 1) == sizeof rows - 1);
    (void)close(fd);
}

static void traces_give_times_lengths_and_blocks(void)
{
    struct err e = {0};
    struct arrival a;
    char path[64];
    write_trace(path);
    struct profile *p = profile_default(&e);
    struct trace_spec trace = {.path = path, .speed = 1.0, .is_spread_off = true};
    struct schedule_spec spec = spec_of(p, 0.0);
    spec.trace = &trace;
    struct schedule *s = schedule_new(&spec, &e);
    CHECK_STR(e.text, "");
    CHECK_INT(schedule_next(s, &a, &e), 1);
    CHECK(a.is_traced && a.turns == 1 && a.batch == 1 && !a.is_measured);
    CHECK_INT(a.prompt_tokens, 1500);
    CHECK_INT(a.output_tokens, 52);
    CHECK_INT(a.block_count, 3);
    CHECK_INT(a.block_tokens, 512);
    CHECK_INT(a.blocks[2], 2);
    CHECK_INT(schedule_next(s, &a, &e), 1);
    CHECK_INT(a.due_ns, 1250 * NS_PER_MS);
    CHECK_INT(a.output_tokens, 1); /* never nothing */
    CHECK_INT(a.blocks[1], 3);
    CHECK_INT(schedule_next(s, &a, &e), 1);
    CHECK(a.phase == 1 && a.is_measured);
    CHECK_INT(schedule_next(s, &a, &e), 0); /* past the phases' 20 s */
    CHECK_INT(schedule_next(s, &a, &e), 0);
    schedule_free(s);

    spec.phase_count = 0; /* as long as the trace */
    static struct arrival all[MAX];
    uint64_t digest, other;
    CHECK_INT(take_all(&spec, all, MAX, &digest), 4);
    size_t sum = 0;
    spec.owners = 3;
    for (spec.owner = 0; spec.owner < 3; spec.owner++) {
        sum += take_all(&spec, all, MAX, &other);
        CHECK(digest == other);
    }
    CHECK_INT(sum, 4);
    (void)unlink(path);
    profile_free(p);
}

/* Known before anything is sent, and the same in every shard. */
static void the_head_is_the_digest_of_the_first_arrivals(void)
{
    struct err e = {0};
    struct profile *p = make(CHAT, "\"kind\":\"poisson\",\"rate\":1");
    static const struct {
        const char *name;
        double rate;
        uint64_t limit; /* of the sequence that has the same digest */
    } rows[] = {{"shorter than the head", 10, 0}, {"longer", 2000, SCHEDULE_HEAD}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct schedule_spec spec = spec_of(p, rows[i].rate), cut = spec;
        uint64_t head = 0, shard = 0, whole = 0;
        check_row = rows[i].name;
        CHECK_INT(schedule_head(&spec, &head, &e), 0);
        spec.owners = 7;
        spec.owner = 3;
        CHECK_INT(schedule_head(&spec, &shard, &e), 0);
        CHECK(shard == head);
        cut.limit = rows[i].limit;
        struct arrival a;
        struct schedule *s = schedule_new(&cut, &e);
        while (schedule_next(s, &a, &e) > 0) {
        }
        whole = schedule_digest(s);
        CHECK(whole == head);
        schedule_free(s);
    }
    profile_free(p);
}

static void impossible_specs_are_refused(void)
{
    struct err e = {0};
    struct profile *p = profile_default(&e);
    struct schedule_spec spec = spec_of(p, 1.0);
    CHECK(schedule_new(&spec, &e) == NULL);
    CHECK_STR(e.text, "profile trace: arrivals come from a trace, and none was given");
    profile_free(p);
    err_clear(&e);
    p = make(CHAT, "\"kind\":\"poisson\",\"rate\":1");
    spec = spec_of(p, 0.0);
    CHECK(schedule_new(&spec, &e) == NULL);
    CHECK_STR(e.text, "a rate of 0 per second cannot be scheduled");
    profile_free(p);
}

int main(void)
{
    RUN(owners_share_one_sequence);
    RUN(arrivals_are_in_order_and_in_their_phase);
    RUN(seeds_and_profiles_change_the_digest);
    RUN(digest_is_as_defined);
    RUN(sequences_are_pinned);
    RUN(classes_come_by_weight);
    RUN(prefix_groups_are_stable);
    RUN(turns_follow_each_other);
    RUN(limits_and_ends_are_kept);
    RUN(closed_loops_seat_their_users);
    RUN(traces_give_times_lengths_and_blocks);
    RUN(the_head_is_the_digest_of_the_first_arrivals);
    RUN(impossible_specs_are_refused);
    return check_report();
}
