/* The API key: where it comes from, and to whom it may go. */
#include "command/key.h"

#include "check.h"

#include <stdlib.h>

#define MISTRAL 1 /* of run_dialects */

static const struct {
    const char *url;
    bool is_mistral;
} hosts[] = {
    {"https://api.mistral.ai", true},
    {"https://api.eu.mistral.ai:443/v1", true},
    {"https://API.MISTRAL.AI", true},
    {"http://api.mistral.ai", false}, /* in the clear */
    {"https://mistral.ai.evil.example", false},
    {"https://evil.example/api.mistral.ai", false},
    {"https://evil.example?api.mistral.ai", false},
    {"https://api.mistral.ai@evil.example", false},
    {"https://user:pass@api.mistral.ai", true},
    {"https://evilmistral.ai", false},
    {"https://evil.example\\.mistral.ai", false},
};

static void the_api_is_known_by_its_host(void)
{
    for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
        check_row = hosts[i].url;
        CHECK_INT(key_is_mistral_api(hosts[i].url), hosts[i].is_mistral);
    }
}

static const struct {
    const char *name, *url;
    int dialect;
    const char *key_env, *expected, *error;
} rows[] = {
    {"to the API", "https://api.mistral.ai", 0, NULL, "of-the-api", ""},
    {"to its dialect", "http://127.0.0.1:1", MISTRAL, NULL, "of-the-api", ""},
    {"to no other", "http://127.0.0.1:1", 0, NULL, NULL, ""},
    {"as named", "http://127.0.0.1:1", 0, "GUST_TEST_OTHER", "another", ""},
    {"named first", "https://api.mistral.ai", 0, "GUST_TEST_OTHER", "another", ""},
    {"not set", "http://h", 0, "GUST_TEST_UNSET", NULL, "GUST_TEST_UNSET is not set"},
    {"empty", "http://h", 0, "GUST_TEST_EMPTY", NULL, "GUST_TEST_EMPTY is not set"},
    {"two lines", "http://h", 0, "GUST_TEST_LINES", NULL, "holds a line break"},
};

static void keys_go_where_they_belong(void)
{
    (void)setenv("MISTRAL_API_KEY", "of-the-api", 1);
    (void)setenv("GUST_TEST_OTHER", "another", 1);
    (void)setenv("GUST_TEST_EMPTY", "", 1);
    (void)setenv("GUST_TEST_LINES", "one\nX-Evil: 1", 1);
    (void)unsetenv("GUST_TEST_UNSET");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct target_settings t = {
            .url = rows[i].url, .dialect = rows[i].dialect, .key_env = rows[i].key_env};
        struct err e = {0};
        char *key = NULL;
        int rc = key_find(&t, &key, &e);
        check_row = rows[i].name;
        CHECK_INT(rc, rows[i].error[0] == '\0' ? 0 : -1);
        CHECK(strstr(e.text, rows[i].error) != NULL);
        CHECK(strstr(e.text, "X-Evil") == NULL);
        if (rc == 0 && rows[i].expected == NULL)
            CHECK(key == NULL);
        else if (rc == 0)
            CHECK_STR(key, rows[i].expected);
        key_free(key);
    }
}

int main(void)
{
    RUN(the_api_is_known_by_its_host);
    RUN(keys_go_where_they_belong);
    return check_report();
}
