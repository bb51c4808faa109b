/* Recovery after an outage: timelines by hand. */
#include "judge/recovery.h"

#include "check.h"

#include <math.h>

/* 40 requests a second; share good before 10 s, none until 20 s, then by the row. */
struct story {
    const char *name;
    double end_s;
    double before, after_early, after_late; /* late: from 40 s */
    enum recovery_state state;
    double took_s; /* -1: never */
    const char *why;
};

static const struct story stories[] = {
    {"comes back at once", 60, 1, 1, 1, RECOVERY_RECOVERED, 0, ""},
    {"comes back late", 60, 1, 0.2, 1, RECOVERY_RECOVERED, 20, ""},
    {"never comes back", 60, 1, 0, 0, RECOVERY_COLLAPSED, -1, ""},
    {"comes back and goes again", 60, 1, 1, 0.1, RECOVERY_COLLAPSED, 0, ""},
    {"is not what it was", 60, 1, 0.7, 0.7, RECOVERY_DEGRADED, -1, ""},
    {"was never more", 60, 0.6, 0.58, 0.58, RECOVERY_RECOVERED, 0, ""},
    {"was ill before", 60, 0.4, 1, 1, RECOVERY_UNKNOWN, -1, "only 40 %"},
    {"was watched too shortly", 49, 1, 1, 1, RECOVERY_UNKNOWN, -1,
     "watched for 29 s after the outage, 30 s are needed"},
    {"was watched just enough", 50, 1, 1, 1, RECOVERY_RECOVERED, 0, ""},
};

static void fill(struct timeline *t, const struct story *s, uint64_t rate)
{
    for (int i = 0; i < (int)s->end_s; i++) {
        struct moment *m = timeline_at(t, i);
        double share = i < 10   ? s->before
                       : i < 20 ? 0
                       : i < 40 ? s->after_early
                                : s->after_late;
        m->scheduled = rate;
        m->good = (uint64_t)llround(share * (double)rate);
        m->activity.due = rate;
        m->activity.attempts = i < 20 ? rate : 3 * rate;
    }
}

static void verdicts(void)
{
    for (size_t i = 0; i < ARRAY_LEN(stories); i++) {
        const struct story *s = &stories[i];
        struct timeline t = {0};
        struct recovery r;
        check_row = s->name;
        fill(&t, s, 40);
        recovery_judge(&t, 0, s->end_s, 10, 20, &r);
        CHECK_STR(recovery_names[r.state], recovery_names[s->state]);
        CHECK(strncmp(r.why, s->why, strlen(s->why)) == 0);
        CHECK_INT(r.why[0] == '\0', s->why[0] == '\0');
        if (s->took_s < 0)
            CHECK(isnan(r.took_s));
        else
            CHECK_NEAR(r.took_s, s->took_s, 1e-9);
        CHECK_NEAR(r.before, s->before, 0.02);
        CHECK_NEAR(r.during, 0, 0);
        CHECK_NEAR(r.before_attempts, 1, 0);
        CHECK_NEAR(r.after_attempts, 3, 0);
        timeline_release(&t);
    }
}

static void few_requests_say_nothing(void)
{
    struct timeline t = {0};
    struct recovery r;
    fill(&t, &stories[0], 1);
    recovery_judge(&t, 0, 60, 10, 20, &r);
    CHECK_INT(r.state, RECOVERY_UNKNOWN);
    CHECK(strstr(r.why, "10 requests before and") != NULL);
    timeline_release(&t);
}

/* A run without a single line in its logs. */
static void nothing_at_all(void)
{
    struct timeline t = {0};
    struct recovery r;
    recovery_judge(&t, 0, 0, 10, 20, &r);
    CHECK_INT(r.state, RECOVERY_UNKNOWN);
    CHECK(isnan(r.before) && isnan(r.after));
}

/* A warm-up that fails is not what was before. */
static void the_measured_window_begins_it(void)
{
    struct timeline t = {0};
    struct recovery r;
    fill(&t, &stories[0], 40);
    for (int i = 0; i < 5; i++)
        timeline_at(&t, i)->good = 0;
    recovery_judge(&t, 5, 60, 10, 20, &r);
    CHECK_NEAR(r.before, 1, 0);
    CHECK_INT(r.state, RECOVERY_RECOVERED);
    timeline_release(&t);
}

int main(void)
{
    RUN(verdicts);
    RUN(few_requests_say_nothing);
    RUN(nothing_at_all);
    RUN(the_measured_window_begins_it);
    return check_report();
}
