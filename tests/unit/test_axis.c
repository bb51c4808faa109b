/* Axes of time: steps that people count in, and never so many that labels touch. */
#include "render/axis.h"

#include "check.h"

#include <stdio.h>

static const struct {
    const char *name;
    double end_s;
    const char *tics, *format;
} rows[] = {
    {"a moment", 5, "set xtics numeric 1\n", "\"%g s\""},
    {"half a minute", 30, "set xtics numeric 5\n", "\"%g s\""},
    {"three minutes", 180, "set xtics numeric 30\n", "\"%g s\""},
    {"five minutes", 300, "set xtics time 60\n", "\"%tM:%tS\""},
    {"twenty minutes", 1200, "set xtics time 300\n", "\"%tM:%tS\""},
    {"an hour", 3600, "set xtics time 600\n", "\"%tM:%tS\""},
    {"a day", 86400, "set xtics time 21600\n", "\"%tH:%tM\""},
    {"twelve days", 1 << 20, "set xtics time 172800\n", "\"%tH:%tM\""},
};

static void time_is_counted_in_steps(void)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf out;
        buf_init(&out, 4096);
        axis_seconds(rows[i].end_s, &out);
        check_row = rows[i].name;
        CHECK(strstr(out.data, rows[i].tics) != NULL);
        CHECK(strstr(out.data, rows[i].format) != NULL);
        buf_release(&out);
    }
}

/* From a second to twelve days: room for seven labels, not for more. */
static void labels_do_not_touch(void)
{
    for (double end_s = 1; end_s < 1 << 20; end_s *= 1.1) {
        struct buf out;
        double step = 0;
        buf_init(&out, 4096);
        axis_seconds(end_s, &out);
        const char *at = strstr(out.data, "set xtics");
        CHECK(at != NULL && (sscanf(at, "set xtics time %lf", &step) == 1 ||
                             sscanf(at, "set xtics numeric %lf", &step) == 1));
        CHECK(step >= 1 && end_s / step <= 6.07);
        buf_release(&out);
    }
}

int main(void)
{
    RUN(time_is_counted_in_steps);
    RUN(labels_do_not_touch);
    return check_report();
}
