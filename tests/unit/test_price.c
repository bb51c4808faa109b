/*
 * Price lists: the shipped one, exact prices of bills against sums done by hand,
 * and lists that are refused.
 */
#include "base/json.h"
#include "check.h"
#include "measure/price.h"

#include <stdlib.h>

#define SHIPPED "profiles/prices/mistral.json"

static const struct price_terms standard = {0};

static struct price_list *parse(const char *text, struct err *e)
{
    return price_list_parse(text, strlen(text), e);
}

#define LIST(models)                                                                   \
    "{\"name\":\"x\",\"date\":\"2026-08-21\",\"currency\":\"USD\",\"models\":[" models \
    "]}"
#define ONE "{\"id\":\"a\",\"input\":1,\"output\":2}"

static void lists_are_refused(void)
{
    static const struct {
        const char *name, *text, *error; /* a part of the message */
    } rows[] = {
        {"no JSON", "{", "line 1"},
        {"no object", "[]", "(document)"},
        {"unknown key", "{\"modells\":[]}", "models"},
        {"no date", "{\"currency\":\"USD\",\"models\":[" ONE "]}", "date: \"\" is no"},
        {"no day",
         "{\"date\":\"2026-13-01\",\"currency\":\"USD\",\"models\":[" ONE "]}",
         "date: \"2026-13-01\""},
        {"no currency", "{\"date\":\"2026-08-21\",\"models\":[" ONE "]}", "currency"},
        {"small currency",
         "{\"date\":\"2026-08-21\",\"currency\":\"usd\",\"models\":[" ONE "]}",
         "\"usd\" is no currency"},
        {"no models", LIST(""), "models"},
        {"negative", LIST("{\"id\":\"a\",\"input\":-1,\"output\":2}"),
         "models[0].input: -1 is out of range"},
        {"dear", LIST("{\"id\":\"a\",\"input\":10001}"), "models[0].input"},
        {"fine", LIST("{\"id\":\"a\",\"input\":0.1234567}"), "more than 6 decimals"},
        {"text", LIST("{\"id\":\"a\",\"input\":\"1\"}"), "models[0].input"},
        {"no id", LIST("{\"input\":1}"), "id is missing"},
        {"no price", LIST("{\"id\":\"a\"}"), "models[0]: input is missing"},
        {"output alone", LIST("{\"id\":\"a\",\"output\":1,\"also\":[\"x\"]}"),
         "input is missing"},
        {"id twice", LIST(ONE "," ONE), "\"a\" is a name of a already"},
        {"alias twice", LIST(ONE ",{\"id\":\"b\",\"input\":1,\"aliases\":[\"a\"]}"),
         "models[1]: \"a\" is a name of a already"},
        {"alias no text", LIST("{\"id\":\"b\",\"input\":1,\"aliases\":[1]}"),
         "models[0].aliases[0]: is no string"},
        {"cached dearer",
         "{\"date\":\"2026-08-21\",\"currency\":\"USD\",\"modifiers\":{\"cached\":2},"
         "\"models\":[" ONE "]}",
         "modifiers.cached: 2 is out of range"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err e = {0};
        check_row = rows[i].name;
        struct price_list *l = parse(rows[i].text, &e);
        CHECK(l == NULL);
        CHECK(strstr(e.text, rows[i].error) != NULL);
        price_list_free(l);
    }
}

/* Per million tokens by hand, in micro-dollars: the same digits as pico-dollars a
 * token. */
static void models_have_their_price(void)
{
    static const struct {
        const char *name;
        struct price_terms terms;
        struct price price;
        const char *id;
    } rows[] = {
        {"mistral-small-2603",
         {0, false},
         {150000, 15000, 600000},
         "mistral-small-2603"},
        {"mistral-small-latest",
         {0, false},
         {150000, 15000, 600000},
         "mistral-small-2603"},
        /* the docs price this alias as magistral-small-2509; the API does not */
        {"magistral-small-latest",
         {0, false},
         {150000, 15000, 600000},
         "mistral-small-2603"},
        {"mistral-medium-3.5",
         {0, false},
         {1500000, 150000, 7500000},
         "mistral-medium-3-5"},
        {"mistral-large-latest",
         {PRICE_BATCH, false},
         {250000, 25000, 750000},
         "mistral-large-2512"},
        {"mistral-large-latest",
         {PRICE_PRIORITY, false},
         {875000, 87500, 2625000},
         "mistral-large-2512"},
        {"mistral-large-latest",
         {PRICE_PRIORITY, true},
         {962500, 96250, 2887500},
         "mistral-large-2512"},
        /* its own price of cached tokens */
        {"glm-5-2", {0, false}, {1400000, 140000, 4400000}, "zai-glm-5-2"},
        {"glm-5-2", {0, true}, {1540000, 154000, 4840000}, "zai-glm-5-2"},
        {"labs-leanstral-1-5", {0, false}, {0, 0, 0}, "labs-leanstral-1-5"},
        /* 0.15 * 0.1 * 0.5 * 1.1 = 0.00825 */
        {"mistral-small-2603",
         {PRICE_BATCH, true},
         {82500, 8250, 330000},
         "mistral-small-2603"},
        /* 0.04 * 0.1 * 1.75 * 1.1 = 0.0077 */
        {"ministral-3b-2410",
         {PRICE_PRIORITY, true},
         {77000, 7700, 77000},
         "ministral-3b-2410"},
    };
    struct err e = {0};
    struct price_list *l = price_list_load(SHIPPED, &e);
    CHECK_STR(e.text, "");
    for (size_t i = 0; l != NULL && i < ARRAY_LEN(rows); i++) {
        struct price p = {0};
        const struct price_model *m = NULL;
        check_row = rows[i].name;
        CHECK_INT(price_list_find(l, rows[i].name, &rows[i].terms, true, &p, &m, &e),
                  0);
        CHECK_INT(p.prompt, rows[i].price.prompt);
        CHECK_INT(p.cached, rows[i].price.cached);
        CHECK_INT(p.output, rows[i].price.output);
        CHECK_STR(m == NULL ? "" : m->id, rows[i].id);
    }
    price_list_free(l);
}

static void what_is_not_priced_is_an_error(void)
{
    static const struct {
        const char *name, *error;
        struct price_terms terms;
        bool needs_output;
    } rows[] = {
        {"mistral-smal-latest",
         "no price of model \"mistral-smal-latest\" in the list mistral of 2026-08-21; "
         "did you mean mistral-small-latest?",
         {0},
         true},
        {"qwen", "no price of model \"qwen\"", {0}, true},
        {"", "no price of model \"\"", {0}, true},
        {"mistral-ocr-latest",
         "mistral-ocr-4-1 is not priced by token (input $4 per",
         {0},
         false},
        {"codestral-embed", "has no price of output", {0}, true},
    };
    struct err e = {0};
    struct price_list *l = price_list_load(SHIPPED, &e);
    CHECK_STR(e.text, "");
    for (size_t i = 0; l != NULL && i < ARRAY_LEN(rows); i++) {
        struct price p;
        struct err why = {0};
        check_row = rows[i].name;
        CHECK_INT(price_list_find(l, rows[i].name, &rows[i].terms, rows[i].needs_output,
                                  &p, NULL, &why),
                  -1);
        CHECK(strstr(why.text, rows[i].error) != NULL);
    }
    struct price p;
    CHECK_INT(price_list_find(l, "codestral-embed", &standard, false, &p, NULL, &e), 0);
    CHECK_INT(p.output, 0);
    price_list_free(l);
    l = parse(LIST(ONE), &e);
    struct price_terms batch = {.tier = PRICE_BATCH}, regional = {.is_regional = true};
    CHECK_INT(price_list_find(l, "a", &batch, true, &p, NULL, &e), -1);
    CHECK_STR(e.text, "the list x has no batch price");
    err_clear(&e);
    CHECK_INT(price_list_find(l, "a", &regional, true, &p, NULL, &e), -1);
    CHECK_STR(e.text, "the list x has no regional price");
    err_clear(&e);
    /* without a modifier, a cached token costs what any other does */
    CHECK_INT(price_list_find(l, "a", &standard, true, &p, NULL, &e), 0);
    CHECK_INT(p.cached, 1000000);
    price_list_free(l);
}

static void bills_are_exact(void)
{
    static const struct {
        const char *name;
        struct price price;
        struct bill bill;
        int64_t amount;
    } rows[] = {
        {"nothing", {150000, 15000, 600000}, {{0, 0, 0, 0}}, 0},
        {"one of each", {150000, 15000, 600000}, {{1, 1, 1, 0}}, 765000},
        /* 1,000 * 0.15 + 64 * 0.015 + 129 * 0.6 per million: $0.00022836 */
        {"a request", {150000, 15000, 600000}, {{1000, 64, 129, 0}}, 228360000},
        {"reasoning is output", {150000, 15000, 600000}, {{0, 0, 100, 60}}, 60000000},
        {"most", {INT64_C(10000000000), 0, 0}, {{UINT32_MAX, 0, 0, 0}}, MONEY_MAX},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].name;
        CHECK(price_of(&rows[i].price, &rows[i].bill) == rows[i].amount);
    }
    /* a billion requests of a third of a cent: no rounding anywhere */
    uint64_t sums[BILL_COLUMNS] = {UINT64_C(1000000000000), 0, UINT64_C(3333333333), 0};
    struct price p = {150000, 15000, 600000};
    CHECK(price_of_sums(&p, sums) == INT64_C(150000000000000000) + 3333333333 * 600000);
}

/* Rounded up, once: 0.000001 * 0.1 of a micro-dollar is one pico-dollar, not 0. */
static void a_price_is_never_rounded_to_nothing(void)
{
    struct err e = {0};
    struct price p = {0};
    struct price_list *l = parse("{\"date\":\"1970-01-01\",\"currency\":\"USD\","
                                 "\"modifiers\":{\"cached\":0.1,\"batch\":0.000001},"
                                 "\"models\":[{\"id\":\"a\",\"input\":0.000001}]}",
                                 &e);
    CHECK_STR(e.text, "");
    struct price_terms batch = {.tier = PRICE_BATCH};
    CHECK_INT(price_list_find(l, "a", &batch, false, &p, NULL, &e), 0);
    CHECK_INT(p.prompt, 1);
    CHECK_INT(p.cached, 1);
    price_list_free(l);
}

static void ages_are_counted_in_days(void)
{
    static const struct {
        const char *name;
        int64_t wall_s, days;
    } rows[] = {
        {"the day itself", 1787270400, 0}, {"its last second", 1787356799, 0},
        {"the next", 1787356800, 1},       {"the day before", 1787184000, -1},
        {"90 days", 1795046400, 90},
    };
    struct err e = {0};
    struct price_list *l = price_list_load(SHIPPED, &e);
    for (size_t i = 0; l != NULL && i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].name;
        CHECK_INT(price_list_age_days(l, rows[i].wall_s * NS_PER_S), rows[i].days);
    }
    price_list_free(l);
    l = parse("{\"date\":\"2024-03-01\",\"currency\":\"USD\",\"models\":[" ONE "]}",
              &e);
    check_row = "leap year";
    CHECK_INT(l == NULL ? -1 : l->day, 19783);
    price_list_free(l);
}

static void the_shipped_list_says_where_it_is_from(void)
{
    struct err e = {0};
    struct price_list *l = price_list_load(SHIPPED, &e);
    CHECK_STR(e.text, "");
    if (l == NULL)
        return;
    CHECK_STR(l->name, "mistral");
    CHECK_STR(l->date, "2026-08-21");
    CHECK_STR(l->currency, "USD");
    CHECK(strstr(l->source, "platform-docs") != NULL && l->licence[0] != '\0');
    CHECK_INT(l->model_count, 39);
    for (size_t i = 0; i < l->model_count; i++) {
        check_row = l->models[i].id;
        CHECK(l->models[i].title[0] != '\0' && l->models[i].status[0] != '\0');
        CHECK(price_list_has(l, l->models[i].id));
    }
    CHECK(!price_list_has(l, "gust-mock"));
    price_list_free(l);
}

/* The schema knows every key of the shipped list's models. */
static void the_schema_has_the_keys(void)
{
    struct err e = {0};
    json_t *schema = json_load("profiles/prices/prices.schema.json", 1 << 20, &e);
    json_t *list = json_load(SHIPPED, 1 << 20, &e);
    CHECK_STR(e.text, "");
    json_t *top = json_object_get(schema, "properties"), *value;
    json_t *model = json_object_get(
        json_object_get(json_object_get(top, "models"), "items"), "properties");
    const char *key;
    json_object_foreach(list, key, value)
    {
        check_row = key;
        CHECK(key[0] == '$' || json_object_get(top, key) != NULL);
    }
    for (size_t i = 0; i < json_array_size(json_object_get(list, "models")); i++)
        json_object_foreach(json_array_get(json_object_get(list, "models"), i), key,
                            value)
        {
            check_row = key;
            CHECK(json_object_get(model, key) != NULL);
        }
    json_decref(list);
    json_decref(schema);
}

int main(void)
{
    RUN(lists_are_refused);
    RUN(models_have_their_price);
    RUN(what_is_not_priced_is_an_error);
    RUN(bills_are_exact);
    RUN(a_price_is_never_rounded_to_nothing);
    RUN(ages_are_counted_in_days);
    RUN(the_shipped_list_says_where_it_is_from);
    RUN(the_schema_has_the_keys);
    return check_report();
}
