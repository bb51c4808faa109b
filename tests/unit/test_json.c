/* JSON in both directions: paths in errors, bounds, and what is written. */
#include "base/jout.h"
#include "base/json.h"

#include "check.h"

static const char *const known[] = {"weight", "name", "duration", "rate", "kind", NULL};
static const char *const kinds[] = {"constant", "poisson"};

/* Reads one member of {"classes":[TEXT]} by its key's own reader. */
static int read_member(const char *text, const char *key, struct err *e)
{
    struct buf all;
    buf_init(&all, 4096);
    buf_printf(&all, "{\"classes\":[%s]}", text);
    json_t *root = json_parse(all.data, all.len, e);
    buf_release(&all);
    if (root == NULL)
        return -1;
    struct jnode n = jnode_root(root), classes = jnode_get(&n, "classes");
    struct jnode c = jnode_at(&classes, 0);
    double d = 0;
    int64_t ns = 0;
    size_t choice = 0;
    const char *s = NULL;
    int rc = jnode_object(&c, known, e);
    if (rc == 0 && strcmp(key, "weight") == 0)
        rc = jnode_number(&c, key, 0, 1000, &d, e);
    else if (rc == 0 && strcmp(key, "name") == 0)
        rc = jnode_string(&c, key, &s, e);
    else if (rc == 0 && strcmp(key, "duration") == 0)
        rc = jnode_duration(&c, key, &ns, e);
    else if (rc == 0 && strcmp(key, "rate") == 0)
        rc = jnode_rate(&c, key, &d, e);
    else if (rc == 0)
        rc = jnode_choice(&c, key, kinds, 2, &choice, e);
    json_decref(root);
    return rc;
}

static void errors_name_the_path(void)
{
    static const struct {
        const char *text, *key, *error; /* NULL: fine */
    } rows[] = {
        {"{\"weight\":3}", "weight", NULL},
        {"{\"weight\":-1}", "weight", "classes[0].weight: -1 is out of range 0..1000"},
        {"{\"weight\":\"3\"}", "weight",
         "classes[0].weight: is a string; it must be a number"},
        {"{}", "weight", "classes[0].weight: is missing; it must be a number"},
        {"{\"weigth\":3}", "weight",
         "classes[0].weigth: unknown key; did you mean \"weight\"?"},
        {"{\"zzzzzzzz\":3}", "weight",
         "classes[0].zzzzzzzz: unknown key; known are weight, name, duration, rate, kind"},
        {"[]", "weight", "classes[0]: is an array; it must be an object"},
        {"{\"name\":1}", "name", "classes[0].name: is a number; it must be a string"},
        {"{\"duration\":\"30s\"}", "duration", NULL},
        {"{\"duration\":30}", "duration", NULL},
        {"{\"duration\":\"30x\"}", "duration",
         "classes[0].duration: \"30x\" is no duration: allowed are 250ms, 90s, 5m, 2h, 1d"},
        {"{\"rate\":\"20/s\"}", "rate", NULL},
        {"{\"rate\":true}", "rate",
         "classes[0].rate: is a boolean; it must be a rate such as \"20/s\""},
        {"{\"kind\":\"poison\"}", "kind",
         "classes[0].kind: \"poison\" is unknown; allowed are constant, poisson"},
        {"{\"$schema\":1,\"comment\":2,\"weight\":1}", "weight", NULL},
        {"{\"weight\":1,\"weight\":2}", "weight",
         "line 1 column 32: duplicate object key "
         "near '\"weight\"'"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err e = {0};
        check_row = rows[i].text;
        CHECK_INT(read_member(rows[i].text, rows[i].key, &e), rows[i].error ? -1 : 0);
        if (rows[i].error != NULL)
            CHECK_STR(e.text, rows[i].error);
    }
}

static void writing_is_valid(void)
{
    struct buf b;
    struct jout j;
    buf_init(&b, 1000);
    jout_init(&j, &b, false);
    jout_object(&j, NULL);
    jout_num(&j, "a", 0.1);
    jout_num(&j, "inf", 1.0 / 0.0);
    jout_array(&j, "l");
    jout_u64(&j, NULL, UINT64_MAX);
    jout_i64(&j, NULL, INT64_MIN);
    jout_str(&j, NULL, "x\"\n");
    jout_str(&j, NULL, NULL);
    jout_end_array(&j);
    jout_object(&j, "o");
    jout_end_object(&j);
    jout_bool(&j, "t", true);
    jout_raw(&j, "raw", "[1]", 3);
    jout_end_object(&j);
    CHECK_STR(b.data, "{\"a\":0.1,\"inf\":null,\"l\":[18446744073709551615,"
                      "-9223372036854775808,\"x\\\"\\n\",null],\"o\":{},\"t\":true,"
                      "\"raw\":[1]}");
    buf_release(&b);
}

static void numbers_read_back_the_same(void)
{
    static const double rows[] = {0.1,           1e300, 5e-324, 1.0 / 3,
                                  123456789.123, -0.5,  1e15};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf b;
        struct jout j;
        struct err e = {0};
        buf_init(&b, 100);
        jout_init(&j, &b, false);
        jout_array(&j, NULL);
        jout_num(&j, NULL, rows[i]);
        jout_end_array(&j);
        json_t *root = json_parse(b.data, b.len, &e);
        CHECK(json_number_value(json_array_get(root, 0)) == rows[i]);
        json_decref(root);
        buf_release(&b);
    }
}

int main(void)
{
    RUN(errors_name_the_path);
    RUN(writing_is_valid);
    RUN(numbers_read_back_the_same);
    return check_report();
}
