/* Moments as text, and whether they are still to come. */
#include "command/start_at.h"

#include "check.h"

#include <string.h>

static void moments_are_read(void)
{
    static const struct {
        const char *name;
        int64_t ns; /* -1: refused */
    } rows[] = {
        {"0", 0},
        {"1795260000", INT64_C(1795260000000000000)},
        {"1795260000.25", INT64_C(1795260000250000000)},
        {"1795260000.000000001", INT64_C(1795260000000000001)},
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-02T00:00:01Z", INT64_C(86401000000000)},
        {"2000-02-29T12:00:00Z", INT64_C(951825600000000000)},
        {"2026-11-21T14:03:05Z", INT64_C(1795269785000000000)},
        {"2100-03-01T00:00:00Z", INT64_C(4107542400000000000)},
        {"", -1},
        {"now", -1},
        {"-5", -1},
        {"1795260000.", -1},
        {"1795260000.0000000001", -1},
        {"17952600000", -1}, /* eleven digits: milliseconds, most likely */
        {"1795260000s", -1},
        {"2026-11-21", -1},
        {"2026-11-21T14:03:05", -1},
        {"2026-11-21T14:03:05+01:00", -1},
        {"2026-02-29T00:00:00Z", -1},
        {"2100-02-29T00:00:00Z", -1},
        {"2026-13-01T00:00:00Z", -1},
        {"2026-00-01T00:00:00Z", -1},
        {"2026-04-31T00:00:00Z", -1},
        {"2026-01-01T24:00:00Z", -1},
        {"2026-01-01T00:60:00Z", -1},
        {"1969-12-31T23:59:59Z", -1},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err e = {0};
        int64_t ns = -1;
        check_row = rows[i].name;
        int rc = start_at_parse(rows[i].name, &ns, &e);
        CHECK_INT(rc, rows[i].ns < 0 ? -1 : 0);
        CHECK(rc < 0 || ns == rows[i].ns);
        CHECK(rc == 0 || strstr(e.text, "neither seconds since 1970") != NULL);
    }
}

static void only_the_near_future_will_do(void)
{
    static const struct {
        const char *name;
        int64_t start_ns;
        const char *error;
    } rows[] = {
        {"in 10 s", 110 * NS_PER_S, NULL},
        {"in a nanosecond", 100 * NS_PER_S + 1, NULL},
        {"now", 100 * NS_PER_S, "ago: too late"},
        {"2.5 s ago", 97500 * NS_PER_MS,
         "1970-01-01T00:01:37Z was 2.50 s ago: too late"},
        {"in 8 days", 8 * 86400 * NS_PER_S, "more than a week away"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err e = {0};
        check_row = rows[i].name;
        CHECK_INT(start_at_check(rows[i].start_ns, 100 * NS_PER_S, &e),
                  rows[i].error ? -1 : 0);
        CHECK(rows[i].error == NULL || strstr(e.text, rows[i].error) != NULL);
    }
}

int main(void)
{
    RUN(moments_are_read);
    RUN(only_the_near_future_will_do);
    return check_report();
}
