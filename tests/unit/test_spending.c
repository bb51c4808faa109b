/* The rate of spending: scripted seconds, and the second in which an alert fires. */
#include "check.h"
#include "policy/alert.h"
#include "policy/spending.h"

static bool look(struct spending *s, struct alert *a, int t, int64_t spent,
                 int64_t limit)
{
    spending_note(s, t * NS_PER_S, spent);
    if (s->is_known)
        (void)alert_note(a, s->per_h, limit, SPENDING_BREACHES);
    return a->is_firing;
}

/* Spends per_s (of two spans) each second; the second of the alarm, or 0. */
static int fires(int64_t first_per_s, int64_t then_per_s, int change_s, int64_t limit)
{
    struct spending s = {0};
    struct alert a = {0};
    int64_t spent = 0;
    for (int t = 1; t <= 300; t++) {
        spent += t <= change_s ? first_per_s : then_per_s;
        if (look(&s, &a, t, spent, limit))
            return t;
    }
    return 0;
}

static void alarms_come_when_they_must(void)
{
    static const struct {
        const char *name;
        int64_t first_per_s, then_per_s;
        int change_s;
        int64_t limit; /* an hour */
        int at_s;
    } rows[] = {
        {"at the limit", 100, 100, 300, 360000, 0},
        {"above it from the start", 101, 101, 300, 360000, 14},
        {"nothing", 0, 0, 300, 1, 0},
        /* ten seconds at 20 times the limit are above it as a mean of the minute */
        {"a runaway after a minute", 50, 2000, 100, 360000, 106},
        /* one dear second: 50 * 59 + 3000 < 100 * 60 */
        {"a burst that the minute holds", 50, 50, 300, 360000, 0},
        {"a slow start hides nothing", 0, 200, 100, 360000, 135},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].name;
        CHECK_INT(fires(rows[i].first_per_s, rows[i].then_per_s, rows[i].change_s,
                        rows[i].limit),
                  rows[i].at_s);
    }
}

/* Looks need not come every second: what counts is the time between them. */
static void late_looks_are_no_alarm(void)
{
    struct spending s = {0};
    struct alert a = {0};
    int64_t spent = 0;
    bool fired = false;
    for (int t = 3; t <= 600; t += 3) {
        spent += 3 * 100;
        fired = fired || look(&s, &a, t, spent, 360001);
    }
    CHECK(!fired);
    CHECK_INT(s.per_h, 360000);
}

int main(void)
{
    RUN(alarms_come_when_they_must);
    RUN(late_looks_are_no_alarm);
    return check_report();
}
