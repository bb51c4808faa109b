/* Which model stands behind a name, from lists as servers print them. */
#include "engine/alias.h"

#include "check.h"

#define MISTRAL                                                                        \
    "{\"object\":\"list\",\"data\":[{\"id\":\"mistral-large-2512\",\"name\":"          \
    "\"mistral-large-2512\",\"aliases\":[\"mistral-large-latest\"]},{\"id\":"          \
    "\"mistral-small-latest\",\"name\":\"mistral-small-2603\",\"aliases\":"            \
    "[\"magistral-small-latest\"]}]}"

static void lists(void)
{
    static const struct {
        const char *name, *models, *asked, *expected;
    } rows[] = {
        {"an alias with an entry of its own", MISTRAL, "mistral-small-latest",
         "mistral-small-2603"},
        {"an alias of an entry", MISTRAL, "mistral-large-latest", "mistral-large-2512"},
        {"another alias", MISTRAL, "magistral-small-latest", "mistral-small-2603"},
        {"the model itself", MISTRAL, "mistral-large-2512", "mistral-large-2512"},
        {"not listed", MISTRAL, "mistral", ""},
        {"vLLM says the root",
         "{\"data\":[{\"id\":\"prod\",\"root\":\"mistralai/Small-24B\"}]}", "prod",
         "mistralai/Small-24B"},
        {"nothing but an id", "{\"data\":[{\"id\":\"m\",\"name\":\"\"}]}", "m", "m"},
        {"odd types",
         "{\"data\":[{\"id\":1,\"aliases\":\"m\"},[],{\"id\":\"m\",\"name\":7}]}", "m",
         "m"},
        {"no list", "{\"data\":{\"id\":\"m\"}}", "m", ""},
        {"no JSON", "<html>", "m", ""},
        {"empty", "", "m", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char out[MODEL_BYTES];
        check_row = rows[i].name;
        alias_read(rows[i].models, strlen(rows[i].models), rows[i].asked, out);
        CHECK_STR(out, rows[i].expected);
    }
}

/* A name as long as its room is cut, not written past it. */
static void long_names(void)
{
    char models[1024], out[MODEL_BYTES];
    (void)snprintf(models, sizeof models,
                   "{\"data\":[{\"id\":\"m\",\"name\":\"%0400d\"}]}", 0);
    alias_read(models, strlen(models), "m", out);
    CHECK_INT(strlen(out), MODEL_BYTES - 1);
}

int main(void)
{
    RUN(lists);
    RUN(long_names);
    return check_report();
}
