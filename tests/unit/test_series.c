/* Tags: written, read back, and refused. */
#include "check.h"
#include "measure/series.h"

static void series_names_round_trip(void)
{
    static const struct {
        const char *tag;
        bool is_measured;
        int stratum;
        enum metric metric;
    } rows[] = {
        {"main/chat/p20/ttft", true, 20, METRIC_TTFT},
        {"~main/chat/p0/ttft_sent", false, 0, METRIC_TTFT_SENT},
        {"canary/fim-1.2/all/failure", true, STRATUM_ALL, METRIC_FAILURE},
        {"a/b/p41/e2e", true, 41, METRIC_E2E},
    };
    static const char *const bad[] = {
        "",
        "~",
        "a/b/all",
        "a/b/all/gap/x",
        "/b/all/gap",
        "a//all/gap",
        "a/b/p42/gap",
        "a/b/p/gap",
        "a/b/p1x/gap",
        "a/b/x1/gap",
        "a/b/p001/gap",
        "a/b/all/",
        "a/b/all/gaps",
        "a/b/all/ga",
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct series_name name;
        struct err e = {0};
        char text[SERIES_TEXT];
        check_row = rows[i].tag;
        CHECK_INT(series_parse(rows[i].tag, strlen(rows[i].tag), &name, &e), 0);
        CHECK(name.is_measured == rows[i].is_measured);
        CHECK_INT(name.stratum, rows[i].stratum);
        CHECK_INT(name.metric, rows[i].metric);
        CHECK_STR(series_format(text, &name), rows[i].tag);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct series_name name;
        struct err e = {0};
        check_row = bad[i];
        CHECK_INT(series_parse(bad[i], strlen(bad[i]), &name, &e), -1);
        CHECK_INT(strncmp(e.text, "tag: ", 5), 0);
    }
}

static void names_are_cleaned(void)
{
    char name[SERIES_NAME_MAX + 1];
    CHECK_STR(series_clean(name, "Chat-1.5_b:x"), "Chat-1.5_b:x");
    CHECK_STR(series_clean(name, "~a/b, c\n\xc3\xa9"), "_a_b__c___");
    CHECK_STR(series_clean(name, ""), "_");
    CHECK_INT(strlen(series_clean(name, "0123456789012345678901234567890123456789"
                                        "0123456789")),
              SERIES_NAME_MAX);
}

int main(void)
{
    RUN(series_names_round_trip);
    RUN(names_are_cleaned);
    return check_report();
}
