/*
 * What must be true of every verdict: the same evidence gives the same bytes, arms
 * that are alike are never a NO-GO, swapping the arms mirrors, more data narrows, a
 * look at a live run costs what it promises.
 */
#include "check.h"
#include "fake_arms.h"
#include "render/verdict.h"

/* Deterministic: values and losses in another order are the same evidence. */
static void shuffle(struct witness *w)
{
    struct rng r;
    rng_init(&r, 1, RNG_TEXT, 0);
    for (size_t m = 0; m < METRIC_COUNT; m++)
        for (size_t i = w->values[m].count; i > 1; i--) {
            struct observation *a = &w->values[m].items[i - 1];
            struct observation *b = &w->values[m].items[rng_below(&r, i)];
            struct observation swap = *a;
            *a = *b;
            *b = swap;
        }
}

static void shuffle_both(struct witness *b, struct witness *c)
{
    shuffle(b);
    shuffle(c);
}

static char *json_of(const struct fake_world *world)
{
    struct verdict *v = fake_verdict(world);
    struct buf out;
    buf_init(&out, 1u << 20);
    verdict_json(v, &out);
    verdict_free(v);
    char *text = buf_steal(&out);
    buf_release(&out);
    return text;
}

static void same_bytes(void)
{
    struct fake_world world = {.canary = {.ttft = 1.08, .failures = 0.003}};
    char *once = json_of(&world), *twice = json_of(&world);
    world.change = shuffle_both;
    char *shuffled = json_of(&world);
    CHECK_STR(twice, once);
    CHECK_STR(shuffled, once);
    free(once);
    free(twice);
    free(shuffled);
}

static void forget_strata(struct witness *b, struct witness *c)
{
    struct witness *arms[] = {b, c};
    for (size_t i = 0; i < ARRAY_LEN(arms); i++) {
        for (size_t m = 0; m < METRIC_COUNT; m++)
            for (size_t k = 0; k < arms[i]->values[m].count; k++)
                arms[i]->values[m].items[k].stratum = 0;
        for (size_t k = 0; k < arms[i]->loss_count; k++)
            arms[i]->losses[k].stratum = 0;
    }
}

/* Prompt lengths are weighed where they may differ: not in mirrored arms. */
static void strata_are_for_other_requests(void)
{
    static const bool is_used[] = {
        [PAIRING_MIRROR] = false, [PAIRING_CONCURRENT] = true, [PAIRING_STORED] = true};
    for (size_t mode = 0; mode < ARRAY_LEN(is_used); mode++) {
        struct fake_world world = {
            .canary = {.ttft = 1.08, .failures = 0.003, .prompt = 1.5},
            .mode = (enum pairing_mode)mode,
        };
        char *with = json_of(&world);
        world.change = forget_strata;
        char *without = json_of(&world);
        CHECK_INT(strcmp(with, without) != 0, is_used[mode]);
        free(with);
        free(without);
    }
}

/* No A/A pair is a NO-GO, whatever the mode; most of this quiet kind are GO. */
static void alike_is_never_nogo(void)
{
    size_t calls[3] = {0};
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct fake_world world = {
            .baseline = {.seed = 2 * seed, .seconds = 150, .failures = 0.001},
            .canary = {.seed = 2 * seed + 1, .seconds = 150, .failures = 0.001},
            .mode = (enum pairing_mode)(seed % 3),
        };
        struct verdict *v = fake_verdict(&world);
        calls[v->call]++;
        verdict_free(v);
    }
    CHECK_INT(calls[CALL_NO_GO], 0);
    CHECK(calls[CALL_GO] >= 10);
}

/* Exactly at the margin, a GO is wrong: at most one in twenty. */
static void margin_is_no_go(void)
{
    size_t passed = 0;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct fake_world world = {
            .baseline = {.seed = 2 * seed, .seconds = 150, .per_s = 8},
            .canary = {.seed = 2 * seed + 1, .seconds = 150, .per_s = 8, .tpot = 1.1},
        };
        struct verdict *v = fake_verdict(&world);
        passed += fake_result(v, "tpot_p95")->state == GATE_PASS;
        CHECK(v->call != CALL_GO || passed > 0);
        verdict_free(v);
    }
    CHECK(passed <= 6); /* of 40: P(X > 6) = 0.3 % at 5 % */
}

/* The estimate of a known ratio, and swapping the arms mirrors it. */
static void swapped_arms_mirror(void)
{
    struct fake_arm fast = {.seed = 3},
                    slow = {.seed = 4, .ttft = 1.4, .failures = 0.02};
    struct fake_world there = {.baseline = fast, .canary = slow};
    struct fake_world back = {.baseline = slow, .canary = fast};
    struct verdict *a = fake_verdict(&there), *b = fake_verdict(&back);
    static const char *const names[] = {"ttft_p50", "success", "goodput"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const struct gate_result *x = fake_result(a, names[i]),
                                 *y = fake_result(b, names[i]);
        check_row = names[i];
        CHECK_NEAR(x->estimate, -y->estimate, 1e-9);
        CHECK_NEAR(x->low, -y->high, 2e-3);
        CHECK_NEAR(x->high, -y->low, 2e-3);
    }
    CHECK_NEAR(exp(fake_result(a, "ttft_p50")->estimate), 1.4, 0.1);
    CHECK_INT(a->call, CALL_NO_GO);
    CHECK_INT(b->call, CALL_GO);
    verdict_free(a);
    verdict_free(b);
}

static void more_data_narrows(void)
{
    struct fake_world world = {.canary = {.seconds = 150},
                               .baseline = {.seconds = 150}};
    double widths[3] = {0};
    for (size_t i = 0; i < ARRAY_LEN(widths); i++) {
        struct verdict *v = fake_verdict(&world);
        const struct gate_result *r = fake_result(v, "ttft_p95");
        widths[i] = r->high - r->low;
        verdict_free(v);
        world.baseline.seconds *= 2;
        world.canary.seconds *= 2;
    }
    CHECK(widths[1] < widths[0] && widths[2] < widths[1]);
}

/* ---- early looks */

static struct verdict *look(double seconds, double plan, const struct fake_arm *canary)
{
    struct fake_world world = {
        .baseline = {.seconds = 600},
        .canary = *canary,
        .options = {.until_s = seconds + FAKE_WARMUP_S, .look_of_s = plan},
    };
    world.canary.seconds = 600;
    world.baseline.per_s = canary->per_s;
    return fake_verdict(&world);
}

static void looks(void)
{
    static const struct {
        const char *name;
        double seconds;
        struct fake_arm canary;
        enum call call;
    } look_rows[] = {
        {"twice as slow, 60 s", 60, {.ttft = 2.5, .tpot = 2}, CALL_NO_GO},
        {"alike, 60 s", 60, {.ttft = 1}, CALL_INCONCLUSIVE},
        {"alike, 400 s", 400, {.per_s = 40}, CALL_GO},
        {"5 % fail, 60 s", 60, {.failures = 0.05}, CALL_NO_GO},
        {"one outage, 60 s",
         60,
         {.outage_from = 20, .outage_to = 24},
         CALL_INCONCLUSIVE},
    };
    for (size_t i = 0; i < ARRAY_LEN(look_rows); i++) {
        struct verdict *v = look(look_rows[i].seconds, 600, &look_rows[i].canary);
        check_row = look_rows[i].name;
        CHECK_STR(call_rows[v->call].name, call_rows[look_rows[i].call].name);
        CHECK(v->is_look);
        CHECK_NEAR(v->seconds, look_rows[i].seconds, 0);
        if (check_is_bad)
            fprintf(stderr, "%s\n", v->sentence);
        verdict_free(v);
    }
}

/* A run that a look has ended is judged as that look judged it. */
static void looks_are_remembered(void)
{
    static const struct {
        double planned_s, decided_s, ends, until_s, look_of_s, options_ends;
        bool was_looked_at;
    } rows[] = {
        {(double)NAN, (double)NAN, (double)NAN, 0, 0, 1, false}, /* nobody looked */
        {600, 0, 1, 0, 0, 1, true}, /* the looks found nothing */
        {600, 61, 1, 61, 600, 1, true},
        {0, 0, 2, 0, 0, 2, false}, /* it might have gone on */
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct verdict_options o = {0};
        struct witness_facts facts = {.look_planned_s = rows[i].planned_s,
                                      .look_decided_s = rows[i].decided_s,
                                      .ends = rows[i].ends};
        verdict_options_looks(&o, &facts);
        CHECK_NEAR(o.until_s, rows[i].until_s, 0);
        CHECK_NEAR(o.look_of_s, rows[i].look_of_s, 0);
        CHECK_NEAR(o.ends, rows[i].options_ends, 0);
        CHECK(o.was_looked_at == rows[i].was_looked_at);
    }
}

/* What looks spent, the end has not: 0.04 of 0.05 is left; and two ends share it. */
static void looks_cost(void)
{
    static const struct {
        bool was_looked_at;
        double ends, alpha;
    } rows[] = {{false, 0, 0.05}, {true, 1, 0.04}, {false, 2, 0.025}, {true, 2, 0.02}};
    for (size_t k = 0; k < ARRAY_LEN(rows); k++) {
        struct fake_world world = {
            .options = {.was_looked_at = rows[k].was_looked_at, .ends = rows[k].ends}};
        struct verdict *v = fake_verdict(&world);
        double least = 1;
        for (size_t i = 0; i < v->result_count; i++)
            if (v->results[i].is_gating)
                least = fmin(least, v->results[i].threshold);
        CHECK_NEAR(least, rows[k].alpha / 5, 1e-12);
        verdict_free(v);
    }
}

/* ---- extra time and words */

static void other_profile(struct witness *b, struct witness *c)
{
    (void)b;
    free(c->facts.profile_digest);
    c->facts.profile_digest = xstrdup("other");
}

static void extra_time(void)
{
    struct fake_world world = {.baseline = {.seconds = 130, .per_s = 9},
                               .canary = {.seconds = 130, .per_s = 9}};
    struct verdict *v = fake_verdict(&world);
    CHECK_INT(v->call, CALL_INCONCLUSIVE);
    CHECK(v->extra_s >= 30 && v->extra_s <= 390);
    CHECK_NEAR(fmod(v->extra_s, 30), 0, 1e-9);
    CHECK(strstr(v->sentence, " s longer") != NULL);
    verdict_free(v);

    world = (struct fake_world){.baseline = {.seconds = 130, .per_s = 2, .sigma = 2},
                                .canary = {.seconds = 130, .per_s = 2, .sigma = 2}};
    v = fake_verdict(&world);
    CHECK(isinf(v->extra_s));
    CHECK(strstr(v->sentence, "will not settle it") != NULL);
    verdict_free(v);

    world = (struct fake_world){.change = other_profile};
    v = fake_verdict(&world);
    CHECK_NEAR(v->extra_s, 0, 0);
    CHECK(strstr(v->sentence, "proves nothing") != NULL);
    verdict_free(v);
}

/* Errors are named before latencies. */
static void errors_first(void)
{
    struct fake_world world = {.canary = {.ttft = 1.5, .failures = 0.04}};
    struct verdict *v = fake_verdict(&world);
    const char *errors = strstr(v->sentence, "failed requests");
    const char *latency = strstr(v->sentence, "time to first token");
    CHECK(errors != NULL && latency != NULL && errors < latency);
    verdict_free(v);
}

int main(void)
{
    RUN(same_bytes);
    RUN(strata_are_for_other_requests);
    RUN(alike_is_never_nogo);
    RUN(margin_is_no_go);
    RUN(swapped_arms_mirror);
    RUN(more_data_narrows);
    RUN(looks);
    RUN(looks_cost);
    RUN(looks_are_remembered);
    RUN(extra_time);
    RUN(errors_first);
    return check_report();
}
