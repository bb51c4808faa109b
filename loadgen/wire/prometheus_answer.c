/* An instant query's answer; see prometheus_answer.h. */
#include "wire/prometheus_answer.h"

#include "base/json.h"
#include "base/units.h"

#include <math.h>
#include <string.h>

static int fail_api(const json_t *root, struct err *e)
{
    const char *words = json_string_value(json_object_get(root, "error"));
    int rc = err_set(e, "Prometheus refuses the query: %.200s",
                     words != NULL ? words : "no reason given");
    for (char *p = e->text; *p != '\0'; p++)
        if ((unsigned char)*p < 0x20)
            *p = ' ';
    return rc;
}

/* A sample is [time, "number"]. */
static int read_sample(const json_t *sample, double *value, struct err *e)
{
    const char *text = json_string_value(json_array_get(sample, 1));
    struct err ignored = {0};
    if (text == NULL)
        return err_set(e, "the answer holds no number");
    if (strcmp(text, "NaN") == 0)
        return err_set(e, "no data: nothing was counted (NaN)");
    if (units_double(text, value, &ignored) < 0 || !isfinite(*value))
        return err_set(e, "\"%.40s\" is no number", text);
    return 0;
}

static int read_data(const json_t *data, double *value, struct err *e)
{
    const char *type = json_string_value(json_object_get(data, "resultType"));
    const json_t *result = json_object_get(data, "result");
    if (type != NULL && strcmp(type, "scalar") == 0)
        return read_sample(result, value, e);
    if (type == NULL || strcmp(type, "vector") != 0)
        return err_set(e, "the query gives no scalar and no vector, but \"%.40s\"",
                       type != NULL ? type : "nothing");
    size_t n = json_array_size(result);
    if (n == 0)
        return err_set(e, "no data: the query gives nothing");
    if (n > 1)
        return err_set(e, "the query gives %zu series: sum them", n);
    return read_sample(json_object_get(json_array_get(result, 0), "value"), value, e);
}

int prometheus_answer(const char *text, size_t length, double *value, struct err *e)
{
    struct err ignored = {0};
    json_t *root = json_parse(text, length, &ignored);
    const char *status = json_string_value(json_object_get(root, "status"));
    int rc = -1;
    if (status == NULL)
        rc = err_set(e, "not an answer of Prometheus");
    else if (strcmp(status, "success") != 0)
        rc = fail_api(root, e);
    else
        rc = read_data(json_object_get(root, "data"), value, e);
    json_decref(root);
    return rc;
}
