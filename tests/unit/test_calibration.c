/*
 * Calibration: noise that was put into A/A runs comes back, the file reads back as
 * itself, and a file of another environment is not used.
 */
#include "check.h"
#include "fake_arms.h"
#include "stats/distribution.h"

#define RUNS 8

static const double offsets[RUNS] = {1.05, 0.96, 1.11, 0.91, 1.0, 1.08, 0.94, 1.02};

static struct testimony runs_of(uint64_t seed, bool is_noisy)
{
    struct testimony t = {0};
    for (size_t i = 0; i < RUNS; i++) {
        struct fake_arm arm = {.seconds = 150, .seed = seed + i, .sigma = 0.2};
        arm.ttft = is_noisy ? offsets[i] : 1;
        testimony_add(&t, fake_witness(&arm));
    }
    return t;
}

static const struct calibration_row *row(const struct calibration *c, const char *name)
{
    for (size_t i = 0; i < c->row_count; i++)
        if (strcmp(c->rows[i].name, name) == 0)
            return &c->rows[i];
    return NULL;
}

static struct calibration *measure(bool is_noisy)
{
    struct testimony b = runs_of(1, is_noisy), c = runs_of(100, false);
    struct policy *policy = policy_default();
    struct err e = {0};
    struct calibration *result = calibration_measure(&b, &c, &b, policy, &e);
    CHECK_STR(e.text, "");
    policy_free(policy);
    testimony_release(&b);
    testimony_release(&c);
    return result;
}

static void measures(void)
{
    struct calibration *quiet = measure(false), *noisy = measure(true);
    CHECK_NEAR(row(quiet, "ttft_p50")->kappa, 1, 0.8);
    CHECK_NEAR(row(quiet, "ttft_p50")->tau, 0, 0.02);
    /* sd of the log offsets is 0.068 */
    CHECK_NEAR(row(noisy, "ttft_p50")->tau, 0.068, 0.015);
    CHECK(row(noisy, "ttft_p50")->kappa > 1.5 * row(quiet, "ttft_p50")->kappa);
    CHECK_NEAR(row(noisy, "tpot_p95")->kappa, row(quiet, "tpot_p95")->kappa, 1e-9);
    CHECK_NEAR(row(noisy, "ttft_p50")->pairs, RUNS, 0);
    CHECK(row(noisy, "success") == NULL && row(noisy, "output_tokens_mean") == NULL);
    calibration_free(quiet);
    calibration_free(noisy);
}

static void set_split(const struct testimony *t, const char *split)
{
    for (size_t i = 0; i < t->count; i++) {
        free(t->runs[i]->facts.split);
        t->runs[i]->facts.split = xstrdup(split);
    }
}

/* sqrt(mean z^2) of the verdicts themselves. */
static double kappa_of_verdicts(const struct testimony *b, const struct testimony *c,
                                const struct policy *policy, enum pairing_mode mode)
{
    double sum = 0;
    for (size_t i = 0; i < b->count; i++) {
        struct testimony one_b = {&b->runs[i], 1}, one_c = {&c->runs[i], 1};
        struct verdict_options options = {.mode = mode};
        struct verdict *v = verdict_of(&one_b, &one_c, policy, &options);
        double z = normal_quantile(fake_result(v, "ttft_p95")->p_nogo);
        sum += z * z;
        verdict_free(v);
    }
    return fmax(1, sqrt(sum / (double)b->count));
}

/* kappa is that of verdicts which pair the arms in the same way. */
static void pairs_as_verdicts_do(void)
{
    static const struct {
        const char *split;
        enum pairing_mode mode, other;
    } rows[] = {
        {"mirror", PAIRING_MIRROR, PAIRING_CONCURRENT},
        {"50/50", PAIRING_CONCURRENT, PAIRING_MIRROR},
    };
    struct testimony b = runs_of(1, true), c = runs_of(100, false), none = {0};
    struct policy *policy = policy_default();
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err e = {0};
        check_row = rows[i].split;
        set_split(&b, rows[i].split);
        set_split(&c, rows[i].split);
        struct calibration *made = calibration_measure(&b, &c, &none, policy, &e);
        double kappa = row(made, "ttft_p95")->kappa;
        CHECK_STR(made->split, rows[i].split);
        CHECK_NEAR(kappa, kappa_of_verdicts(&b, &c, policy, rows[i].mode), 1e-9);
        CHECK(fabs(kappa - kappa_of_verdicts(&b, &c, policy, rows[i].other)) > 1e-6);
        calibration_free(made);
    }
    struct err e = {0};
    free(b.runs[3]->facts.split);
    b.runs[3]->facts.split = xstrdup("mirror");
    CHECK(calibration_measure(&b, &c, &none, policy, &e) == NULL);
    CHECK(strstr(e.text, "was split 50/50, and runs/fake mirror") != NULL);
    policy_free(policy);
    testimony_release(&b);
    testimony_release(&c);
}

static void too_little(void)
{
    struct testimony t = runs_of(1, false), none = {0}, four = {t.runs, 4};
    struct policy *policy = policy_default();
    struct err e = {0};
    CHECK(calibration_measure(&four, &four, &none, policy, &e) == NULL);
    CHECK(strstr(e.text, "at least 5") != NULL);
    policy_free(policy);
    testimony_release(&t);
}

static char *printed(const struct calibration *c)
{
    struct buf out;
    buf_init(&out, 1u << 20);
    calibration_print(c, &out);
    char *text = buf_steal(&out);
    buf_release(&out);
    return text;
}

static void round_trip(void)
{
    struct calibration *c = measure(true);
    struct err e = {0};
    char *once = printed(c);
    struct calibration *again = calibration_parse(once, strlen(once), &e);
    CHECK_STR(e.text, "");
    if (again != NULL) {
        char *twice = printed(again);
        CHECK_STR(twice, once);
        free(twice);
    }
    calibration_free(c);
    calibration_free(again);
    free(once);
}

static const struct {
    const char *name, *text, *error;
} refused[] = {
    {"no JSON", "{", "line 1"},
    {"newer", "{\"schema\":2}", "schema"},
    {"no environment", "{\"schema\":1,\"gates\":[]}", "environment"},
    {"kappa below 1",
     "{\"schema\":1,\"environment\":{\"profile\":\"\",\"digest\":\"\",\"load\":\"\","
     "\"kernel\":\"\"},\"gates\":[{\"name\":\"a\",\"kappa\":0.5,\"pairs\":9,\"tau\":0,"
     "\"runs\":0}]}",
     "gates[0].kappa"},
    {"long name",
     "{\"schema\":1,\"environment\":{\"profile\":\"\",\"digest\":\"\",\"load\":\"\","
     "\"kernel\":\"\"},\"gates\":[{\"name\":\"0123456789012345678901234567890123\","
     "\"kappa\":1,\"pairs\":9,\"tau\":0,\"runs\":0}]}",
     "name"},
};

static void refuses(void)
{
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        struct err e = {0};
        check_row = refused[i].name;
        CHECK(calibration_parse(refused[i].text, strlen(refused[i].text), &e) == NULL);
        CHECK(strstr(e.text, refused[i].error) != NULL);
    }
}

static void split_evenly(struct witness *b, struct witness *c)
{
    struct witness *both[] = {b, c};
    set_split(&(struct testimony){both, 2}, "50/50");
}

/* A calibrated verdict cites it; one of another host does not use it. */
static void is_used(void)
{
    struct calibration *c = measure(true);
    struct fake_world world = {.options = {.calibration = c}};
    struct verdict *v = fake_verdict(&world);
    CHECK(v->is_calibrated);
    CHECK_NEAR(fake_result(v, "ttft_p50")->noise.kappa, row(c, "ttft_p50")->kappa, 0);
    verdict_free(v);
    free(c->split);
    c->split = xstrdup("mirror");
    v = fake_verdict(&world); /* of two single runs */
    CHECK(v->is_calibrated);
    verdict_free(v);
    world.change = split_evenly;
    v = fake_verdict(&world);
    CHECK(!v->is_calibrated);
    verdict_free(v);
    world.change = NULL;
    c->cores = 96;
    v = fake_verdict(&world);
    CHECK(!v->is_calibrated);
    CHECK(caveats_have(&v->caveats, CAVEAT_CODE_UNCALIBRATED));
    CHECK_NEAR(fake_result(v, "ttft_p50")->noise.kappa, 1, 0);
    verdict_free(v);
    calibration_free(c);
}

int main(void)
{
    RUN(measures);
    RUN(pairs_as_verdicts_do);
    RUN(too_little);
    RUN(round_trip);
    RUN(refuses);
    RUN(is_used);
    return check_report();
}
