/* Reasons: what is said of both arms is said once. */
#include "check.h"
#include "fake_arms.h"

static size_t count(const struct caveats *c, enum caveat_code code, const char *about)
{
    size_t n = 0;
    for (size_t i = 0; i < c->count; i++)
        n += c->items[i].code == code && strcmp(c->items[i].about, about) == 0;
    return n;
}

static void the_same_words_once(void)
{
    struct caveats c = {0};
    caveats_add(&c, CAVEAT_CODE_GENERATOR_LAG, "baseline", "runs/a: late by %d ms", 12);
    CHECK_INT(count(&c, CAVEAT_CODE_GENERATOR_LAG, "baseline"), 1);
    caveats_add(&c, CAVEAT_CODE_GENERATOR_LAG, "baseline", "runs/a: late by %d ms", 12);
    CHECK_INT(c.count, 1);
    CHECK_STR(c.items[0].about, "baseline");
    caveats_add(&c, CAVEAT_CODE_GENERATOR_LAG, "canary", "runs/a: late by %d ms", 12);
    CHECK_INT(c.count, 1);
    CHECK_STR(c.items[0].about, ""); /* both */
    caveats_add(&c, CAVEAT_CODE_GENERATOR_LAG, "canary", "runs/b: late by %d ms", 12);
    caveats_add(&c, CAVEAT_CODE_INCOMPLETE, "canary", "runs/a: late by %d ms", 12);
    CHECK_INT(c.count, 3);
    caveats_release(&c);
}

/* Both arms lose the seconds in which either was late. */
static void late_for_both_arms(void)
{
    static const struct {
        const char *name;
        struct fake_world world;
        enum caveat_code code;
        const char *text;
    } rows[] = {
        {"one arm",
         {.baseline = {.late_from = 10, .late_to = 15}},
         CAVEAT_CODE_LATE_SECONDS,
         "5 of 300 seconds are left out: the generator was late"},
        {"both, not in the same seconds",
         {.baseline = {.late_from = 10, .late_to = 15},
          .canary = {.late_from = 13, .late_to = 18}},
         CAVEAT_CODE_LATE_SECONDS,
         "8 of 300 seconds are left out: the generator was late"},
        {"too many",
         {.baseline = {.late_from = 100, .late_to = 120},
          .canary = {.late_from = 110, .late_to = 135}},
         CAVEAT_CODE_GENERATOR_LAG,
         "the generator was late in 35 of 300 seconds"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct verdict *v = fake_verdict(&rows[i].world);
        check_row = rows[i].name;
        CHECK_INT(count(&v->caveats, rows[i].code, ""), 1);
        CHECK_INT(count(&v->caveats, rows[i].code, "canary"), 0);
        for (size_t k = 0; k < v->caveats.count; k++)
            if (v->caveats.items[k].code == rows[i].code)
                CHECK_STR(v->caveats.items[k].text, rows[i].text);
        verdict_free(v);
    }
}

/* Runs of different times lose their own. */
static void late_in_one_run(void)
{
    struct fake_world world = {.baseline = {.late_from = 10, .late_to = 15},
                               .mode = PAIRING_STORED};
    struct verdict *v = fake_verdict(&world);
    CHECK_INT(count(&v->caveats, CAVEAT_CODE_LATE_SECONDS, "baseline"), 1);
    CHECK_INT(count(&v->caveats, CAVEAT_CODE_LATE_SECONDS, "canary"), 0);
    verdict_free(v);
}

int main(void)
{
    RUN(the_same_words_once);
    RUN(late_for_both_arms);
    RUN(late_in_one_run);
    return check_report();
}
