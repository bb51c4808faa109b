/* Lines of several shards become one: counts exact, worst cases the worst. */
#include "command/linesum.h"

#include "base/base.h"
#include "check.h"

#include <stdlib.h>

#define LINES_MAX 6

static void lines_are_added(void)
{
    static const struct {
        const char *name;
        const char *lines[LINES_MAX]; /* the first is of the shard that speaks */
        const char *sum;
    } rows[] = {
        {"counts add up",
         {"{\"kind\":\"second\",\"t\":3,\"phase\":\"steady\",\"measured\":true,\"arm\":"
          "\"a\",\"class\":\"c\",\"due\":2,\"sent\":1}",
          "{\"kind\":\"second\",\"t\":3,\"phase\":\"steady\",\"measured\":true,\"arm\":"
          "\"a\",\"class\":\"c\",\"due\":5,\"sent\":7}"},
         "{\"kind\":\"second\",\"t\":3,\"phase\":\"steady\",\"measured\":true,\"arm\":"
         "\"a\",\"class\":\"c\",\"due\":7,\"sent\":8}\n"},
        {"whole numbers stay exact",
         {"{\"kind\":\"slice\",\"t\":0,\"cost_pico\":9007199254740993}",
          "{\"kind\":\"slice\",\"t\":0,\"cost_pico\":9007199254740993}",
          "{\"kind\":\"slice\",\"t\":0,\"cost_pico\":1}"},
         "{\"kind\":\"slice\",\"t\":0,\"cost_pico\":18014398509481987}\n"},
        {"other seconds, classes and phases are kept apart",
         {"{\"kind\":\"slice\",\"t\":0,\"class\":\"a\",\"ok\":1}",
          "{\"kind\":\"slice\",\"t\":1,\"class\":\"a\",\"ok\":2}",
          "{\"kind\":\"slice\",\"t\":0,\"class\":\"b\",\"ok\":4}",
          "{\"kind\":\"slice\",\"t\":0,\"class\":\"a\",\"measured\":false,\"ok\":8}",
          "{\"kind\":\"slice\",\"t\":0,\"class\":\"a\",\"ok\":16}"},
         "{\"kind\":\"slice\",\"t\":0,\"class\":\"a\",\"ok\":17}\n"
         "{\"kind\":\"slice\",\"t\":1,\"class\":\"a\",\"ok\":2}\n"
         "{\"kind\":\"slice\",\"t\":0,\"class\":\"b\",\"ok\":4}\n"
         "{\"kind\":\"slice\",\"t\":0,\"class\":\"a\",\"measured\":false,\"ok\":8}\n"},
        {"a value that only some have",
         {"{\"kind\":\"second\",\"t\":0,\"due\":1}",
          "{\"kind\":\"second\",\"t\":0,\"due\":1,\"retries\":3}",
          "{\"kind\":\"second\",\"t\":0,\"due\":1,\"hedges\":2,\"retries\":3}"},
         "{\"kind\":\"second\",\"t\":0,\"due\":3,\"retries\":6,\"hedges\":2}\n"},
        {"failures by class",
         {"{\"kind\":\"slice\",\"t\":0,\"ok\":1,\"failed\":{},\"censored\":0}",
          "{\"kind\":\"slice\",\"t\":0,\"ok\":1,\"failed\":{\"reset\":2},\"censored\":0}",
          "{\"kind\":\"slice\",\"t\":0,\"ok\":1,\"failed\":{\"stall\":1,\"reset\":2},"
          "\"censored\":1}"},
         "{\"kind\":\"slice\",\"t\":0,\"ok\":3,\"failed\":{\"reset\":4,\"stall\":1},"
         "\"censored\":1}\n"},
        {"nothing failed",
         {"{\"kind\":\"slice\",\"t\":0,\"ok\":1,\"failed\":{},\"not_sent\":{}}"},
         "{\"kind\":\"slice\",\"t\":0,\"ok\":1,\"failed\":{},\"not_sent\":{}}\n"},
        {"the worst of health",
         {"{\"kind\":\"health\",\"t\":0,\"lag_us_max\":900,\"connections\":5,"
          "\"cpu_share_max\":0.25}",
          "{\"kind\":\"health\",\"t\":0,\"lag_us_max\":1200,\"connections\":6,"
          "\"cpu_share_max\":1}",
          "{\"kind\":\"health\",\"t\":0,\"lag_us_max\":30,\"connections\":7,"
          "\"cpu_share_max\":0.5}"},
         "{\"kind\":\"health\",\"t\":0,\"lag_us_max\":1200,\"connections\":18,"
         "\"cpu_share_max\":1}\n"},
        {"what all see is one shard's",
         {"{\"kind\":\"server\",\"t\":0.5,\"source\":\"s\",\"queue\":3}",
          "{\"kind\":\"server\",\"t\":0.5,\"source\":\"s\",\"queue\":3}"},
         "{\"kind\":\"server\",\"t\":0.5,\"source\":\"s\",\"queue\":3}\n"},
        {"null where nobody knows",
         {"{\"kind\":\"spending\",\"t\":0,\"spent\":0.5,\"per_h\":null}",
          "{\"kind\":\"spending\",\"t\":0,\"spent\":0.25,\"per_h\":null}"},
         "{\"kind\":\"spending\",\"t\":0,\"spent\":0.75,\"per_h\":null}\n"},
        {"a number where one knows",
         {"{\"kind\":\"spending\",\"t\":0,\"per_h\":null}",
          "{\"kind\":\"spending\",\"t\":0,\"per_h\":1.5}"},
         "{\"kind\":\"spending\",\"t\":0,\"per_h\":1.5}\n"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct linesum *s = linesum_new();
        struct err e = {0};
        struct buf out;
        buf_init(&out, 1u << 16);
        check_row = rows[i].name;
        for (size_t k = 0; k < LINES_MAX && rows[i].lines[k] != NULL; k++)
            CHECK_INT(
                linesum_add(s, rows[i].lines[k], strlen(rows[i].lines[k]), k == 0, &e),
                0);
        linesum_write(s, &out);
        CHECK_STR(e.text, "");
        CHECK_STR(out.data, rows[i].sum);
        linesum_write(s, &out);
        CHECK_STR(out.data, rows[i].sum); /* written once */
        buf_release(&out);
        linesum_free(s);
    }
}

static void bad_lines_are_refused(void)
{
    static const struct {
        const char *name, *line, *error;
    } rows[] = {
        {"no object", "[1]", "is no JSON object"},
        {"cut", "{\"kind\":\"slice\",\"t\":0,\"ok\":", "is no JSON object"},
        {"cut inside", "{\"kind\":\"slice\",\"failed\":{\"a\":1,}}",
         "is no JSON object"},
        {"escapes in names", "{\"kind\":\"slice\",\"a\\n\":1}",
         "has an escape or a blank"},
        {"names without end",
         "{\"kind\":\"slice\","
         "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\":1}",
         "longer than 63"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct linesum *s = linesum_new();
        struct err e = {0};
        check_row = rows[i].name;
        CHECK_INT(linesum_add(s, rows[i].line, strlen(rows[i].line), true, &e), -1);
        CHECK(strstr(e.text, rows[i].error) != NULL);
        linesum_free(s);
    }
}

static void places_are_seen(void)
{
    static const struct {
        const char *name;
        int64_t t_ns; /* -1: none */
        bool opens;
    } rows[] = {
        {"{\"kind\":\"second\",\"t\":7,\"due\":1}", 7 * NS_PER_S, true},
        {"{\"kind\":\"slice\",\"t\":6,\"ok\":1}", 6 * NS_PER_S, false},
        {"{\"kind\":\"server\",\"t\":6.25}", 6250000000, false},
        {"{\"kind\":\"second\"}", -1, true},
        {"{\"kind\":\"second\",\"t\":-1}", -1, true},
        {"{\"kind\":\"second\",\"t\":1e300}", -1, true},
        {"{\"kind\":\"second\",\"t\":\"7\"}", -1, true},
        {"nonsense", -1, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int64_t t_ns = -1;
        bool opens;
        check_row = rows[i].name;
        bool is_line = linesum_look(rows[i].name, strlen(rows[i].name), &t_ns, &opens);
        CHECK_INT(is_line, rows[i].t_ns >= 0);
        CHECK_INT(t_ns, rows[i].t_ns);
        CHECK(!is_line || opens == rows[i].opens);
    }
}

int main(void)
{
    RUN(lines_are_added);
    RUN(bad_lines_are_refused);
    RUN(places_are_seen);
    return check_report();
}
