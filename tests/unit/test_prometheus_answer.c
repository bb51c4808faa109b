/* Answers of Prometheus' HTTP API: one number, or a reason why there is none. */
#include "wire/prometheus_answer.h"

#include "check.h"

#include <math.h>

#define VECTOR(result)                                                                 \
    "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":" result   \
    "}}"
#define SAMPLE(value) "{\"metric\":{},\"value\":[1795274725.781," value "]}"

static const struct {
    const char *row, *text;
    double value; /* NAN: fails with error */
    const char *error;
} rows[] = {
    {"vector", VECTOR("[" SAMPLE("\"0.125\"") "]"), 0.125, ""},
    {"small", VECTOR("[" SAMPLE("\"1.25e-05\"") "]"), 1.25e-5, ""},
    {"zero", VECTOR("[" SAMPLE("\"0\"") "]"), 0, ""},
    {"negative", VECTOR("[" SAMPLE("\"-1\"") "]"), -1, ""},
    {"scalar",
     "{\"status\":\"success\",\"data\":{\"resultType\":\"scalar\",\"result\":[1,\"2\"]}}",
     2, ""},
    {"with warnings",
     "{\"status\":\"success\",\"warnings\":[\"w\"],\"data\":{\"resultType\":\"scalar\","
     "\"result\":[1,\"2\"]}}",
     2, ""},
    {"nothing", VECTOR("[]"), NAN, "no data: the query gives nothing"},
    {"0 / 0", VECTOR("[" SAMPLE("\"NaN\"") "]"), NAN, "no data: nothing was counted"},
    {"1 / 0", VECTOR("[" SAMPLE("\"+Inf\"") "]"), NAN, "\"+Inf\" is no number"},
    {"several", VECTOR("[" SAMPLE("\"1\"") "," SAMPLE("\"2\"") "]"), NAN,
     "gives 2 series: sum them"},
    {"a number that is none", VECTOR("[" SAMPLE("\"x\"") "]"), NAN, "is no number"},
    {"a number without quotes", VECTOR("[" SAMPLE("1") "]"), NAN, "holds no number"},
    {"no value", VECTOR("[{}]"), NAN, "holds no number"},
    {"matrix",
     "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[]}}", NAN,
     "no scalar and no vector, but \"matrix\""},
    {"no data", "{\"status\":\"success\"}", NAN, "but \"nothing\""},
    {"refused",
     "{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"1:5: parse\\nerror\"}",
     NAN, "Prometheus refuses the query: 1:5: parse error"},
    {"refused without a word", "{\"status\":\"error\"}", NAN, "no reason given"},
    {"a page", "<html>502</html>", NAN, "not an answer of Prometheus"},
    {"an array", "[]", NAN, "not an answer of Prometheus"},
    {"no byte", "", NAN, "not an answer of Prometheus"},
};

static void answers_are_read(void)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err e = {0};
        double value = -77;
        int rc = prometheus_answer(rows[i].text, strlen(rows[i].text), &value, &e);
        check_row = rows[i].row;
        CHECK_INT(rc, isnan(rows[i].value) ? -1 : 0);
        CHECK(strstr(e.text, rows[i].error) != NULL);
        if (rc == 0)
            CHECK_NEAR(value, rows[i].value, 1e-12);
    }
}

int main(void)
{
    RUN(answers_are_read);
    return check_report();
}
