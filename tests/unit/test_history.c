/*
 * Verdicts over arms whose numbers are alike, or not, and whose history matters: what
 * the client tried again, how old the baseline is, and lines that are missing or there
 * twice.
 */
#include "check.h"
#include "fake_arms.h"

/* Of 3,000 requests each. */
static void set_attempts(struct witness *b, struct witness *c, double baseline,
                         double canary)
{
    b->facts.sent = c->facts.sent = 3000;
    b->facts.attempts = 3000 + baseline;
    c->facts.attempts = 3000 + canary;
}

static void retry_alike(struct witness *b, struct witness *c)
{
    set_attempts(b, c, 90, 100);
}

/* Almost five standard errors above the tolerated one percent. */
static void retry_more(struct witness *b, struct witness *c)
{
    set_attempts(b, c, 30, 120);
}

static void retry_more_by_chance(struct witness *b, struct witness *c)
{
    set_attempts(b, c, 30, 80);
}

static void retry_more_and_fail(struct witness *b, struct witness *c)
{
    set_attempts(b, c, 0, 600);
}

static void other_client(struct witness *b, struct witness *c)
{
    (void)b;
    free(c->facts.client_policy);
    c->facts.client_policy = xstrdup("naive-3x");
}

static void set_age(struct witness *b, struct witness *c, double hours)
{
    b->facts.started_wall_s = 1795255200;
    c->facts.started_wall_s = b->facts.started_wall_s + hours * 3600;
}

static void stale(struct witness *b, struct witness *c)
{
    set_age(b, c, 169);
}

static void fresh(struct witness *b, struct witness *c)
{
    set_age(b, c, 167);
}

static void lines_twice(struct witness *b, struct witness *c)
{
    (void)b;
    c->facts.scheduled = 3000;
    c->logged = 6000;
}

static void lines_missing(struct witness *b, struct witness *c)
{
    b->facts.scheduled = 3000;
    b->logged = 2999;
    (void)c;
}

static const struct {
    const char *name;
    struct fake_world world;
    enum call call;
    enum caveat_code code; /* the reason that must be given */
} rows[] = {
    {"lines of a run are there twice",
     {.change = lines_twice},
     CALL_INCONCLUSIVE,
     CAVEAT_CODE_BOOKS},
    {"a line of a run is missing",
     {.change = lines_missing},
     CALL_INCONCLUSIVE,
     CAVEAT_CODE_BOOKS},
    {"clients that retry, alike",
     {.change = retry_alike},
     CALL_GO,
     CAVEAT_CODE_RETRIES},
    {"a few more retries, by chance",
     {.change = retry_more_by_chance},
     CALL_GO,
     CAVEAT_CODE_RETRIES},
    {"retries that hide failures",
     {.change = retry_more},
     CALL_INCONCLUSIVE,
     CAVEAT_CODE_HIDDEN_FAILURES},
    {"retries that do not hide all",
     {.canary = {.failures = 0.03}, .change = retry_more_and_fail},
     CALL_NO_GO,
     CAVEAT_CODE_HIDDEN_FAILURES},
    {"another client policy",
     {.change = other_client},
     CALL_INCONCLUSIVE,
     CAVEAT_CODE_CONFIG_MISMATCH},
    {"a stale baseline",
     {.baseline = {.seed = 9},
      .canary = {.seed = 9},
      .mode = PAIRING_STORED,
      .change = stale},
     CALL_GO,
     CAVEAT_CODE_STALE_BASELINE},
    {"a stale baseline is one all the same",
     {.canary = {.ttft = 1.5}, .mode = PAIRING_STORED, .change = stale},
     CALL_NO_GO,
     CAVEAT_CODE_STALE_BASELINE},
};

static void edge_cases(void)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct verdict *v = fake_verdict(&rows[i].world);
        check_row = rows[i].name;
        CHECK_STR(call_rows[v->call].name, call_rows[rows[i].call].name);
        CHECK(caveats_have(&v->caveats, rows[i].code));
        verdict_free(v);
    }
}

/* A week's baseline is said to be stale, a younger one is not. */
static void fresh_baselines_are_not_stale(void)
{
    struct fake_world world = {.mode = PAIRING_STORED, .change = fresh};
    struct verdict *v = fake_verdict(&world);
    CHECK(!caveats_have(&v->caveats, CAVEAT_CODE_STALE_BASELINE));
    verdict_free(v);
    world.change = stale;
    v = fake_verdict(&world);
    CHECK(caveats_have(&v->caveats, CAVEAT_CODE_STALE_BASELINE));
    verdict_free(v);
}

/* Chance alone is no hidden failure, and says what it saw. */
static void attempts_are_shown(void)
{
    struct fake_world world = {.change = retry_more_by_chance};
    struct verdict *v = fake_verdict(&world);
    CHECK(!caveats_have(&v->caveats, CAVEAT_CODE_HIDDEN_FAILURES));
    const char *text = "";
    for (size_t i = 0; i < v->caveats.count; i++)
        if (v->caveats.items[i].code == CAVEAT_CODE_RETRIES)
            text = v->caveats.items[i].text;
    CHECK(strstr(text, "the baseline took 1.01 a request, the canary 1.027") != NULL);
    verdict_free(v);
}

int main(void)
{
    RUN(edge_cases);
    RUN(fresh_baselines_are_not_stale);
    RUN(attempts_are_shown);
    return check_report();
}
