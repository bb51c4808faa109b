/*
 * Calibration: noise that was put into A/A runs comes back, the file reads back as
 * itself, and a file of another environment is not used.
 */
#include "check.h"
#include "fake_arms.h"

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

/* A calibrated verdict cites it; one of another host does not use it. */
static void is_used(void)
{
    struct calibration *c = measure(true);
    struct fake_world world = {.options = {.calibration = c}};
    struct verdict *v = fake_verdict(&world);
    CHECK(v->is_calibrated);
    CHECK_NEAR(fake_result(v, "ttft_p50")->noise.kappa, row(c, "ttft_p50")->kappa, 0);
    verdict_free(v);
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
    RUN(too_little);
    RUN(round_trip);
    RUN(refuses);
    RUN(is_used);
    return check_report();
}
