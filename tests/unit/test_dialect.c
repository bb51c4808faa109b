/*
 * Dialects: bodies compared byte by byte, URLs, and detection. Every body is also
 * parsed and checked against the dialect's allow-list.
 */
#include "check.h"

#include "wire/dialect.h"

#include <jansson.h>

static const struct message hello[] = {{"user", "hello world", 11}};
static const struct message turns[] = {
    {"user", "one", 3}, {"assistant", "two", 3}, {"user", "three", 5}};
static const struct message batch[] = {{"user", "a", 1}, {"user", "b", 1}};

#define CHAT(list) .api = API_CHAT, .messages = (list), .message_count = ARRAY_LEN(list)
#define OF(kind, list)                                                                 \
    .api = API_##kind, .messages = (list), .message_count = ARRAY_LEN(list)
#define LIST(...)                                                                      \
    (const char *const[])                                                              \
    {                                                                                  \
        __VA_ARGS__, NULL                                                              \
    }
#define EXTRA(key, value) .extra_keys = LIST(key), .extra_values = LIST(value)
#define EXTRA2(key, value, key2, value2)                                               \
    .extra_keys = LIST(key, key2), .extra_values = LIST(value, value2)
#define SAMPLING                                                                       \
    .has_temperature = true, .temperature = 0.7, .has_top_p = true, .top_p = 0.95,     \
    .has_seed = true, .seed = 42

static const struct {
    const char *name, *dialect;
    struct request_spec spec;
    const char *expected;
} rows[] = {
    {"smallest",
     "mistral",
     {CHAT(hello), .model = "m"},
     "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hello world\"}]}"},
    {"no model",
     "llamacpp",
     {CHAT(hello)},
     "{\"messages\":[{\"role\":\"user\",\"content\":\"hello world\"}]}"},
    {"conversation",
     "mistral",
     {CHAT(turns), .model = "m"},
     "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"one\"},{\"role\":"
     "\"assistant\",\"content\":\"two\"},{\"role\":\"user\",\"content\":\"three\"}]}"},
    {"everything, mistral",
     "mistral",
     {CHAT(hello), .model = "m", .max_tokens = 129, .force_length = true, SAMPLING,
      .choices = 2, .is_stream = true, EXTRA("safe_prompt", "true")},
     "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hello world\"}],"
     "\"max_tokens\":129,\"temperature\":0.7,\"top_p\":0.95,\"random_seed\":42,\"n\":2,"
     "\"stream\":true,\"safe_prompt\":true}"},
    {"everything, vllm",
     "vllm",
     {CHAT(hello), .model = "m", .max_tokens = 129, .force_length = true, SAMPLING,
      .choices = 2, .is_stream = true, EXTRA2("top_k", "5", "min_p", "0.1")},
     "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hello world\"}],"
     "\"max_tokens\":129,\"min_tokens\":129,\"ignore_eos\":true,\"temperature\":0.7,"
     "\"top_p\":0.95,\"seed\":42,\"n\":2,\"stream\":true,\"stream_options\":"
     "{\"include_usage\":true},\"top_k\":5,\"min_p\":0.1}"},
    {"length not forced",
     "vllm",
     {CHAT(hello), .max_tokens = 5, .choices = 1},
     "{\"messages\":[{\"role\":\"user\",\"content\":\"hello world\"}],\"max_tokens\":5}"},
    {"force without length",
     "vllm",
     {CHAT(hello), .force_length = true},
     "{\"messages\":[{\"role\":\"user\",\"content\":\"hello world\"}]}"},
    {"forced on llama.cpp",
     "llamacpp",
     {CHAT(hello), .max_tokens = 5, .force_length = true},
     "{\"messages\":[{\"role\":\"user\",\"content\":\"hello world\"}],\"max_tokens\":5,"
     "\"ignore_eos\":true}"},
    {"forced on tgi",
     "tgi",
     {CHAT(hello), .max_tokens = 5, .force_length = true},
     "{\"messages\":[{\"role\":\"user\",\"content\":\"hello world\"}],\"max_tokens\":5}"},
    {"completion",
     "vllm",
     {OF(COMPLETION, hello), .model = "m", .max_tokens = 5},
     "{\"model\":\"m\",\"prompt\":\"hello world\",\"max_tokens\":5}"},
    {"fim",
     "mistral",
     {OF(FIM, batch), .model = "c", .max_tokens = 5, .force_length = true, .choices = 2,
      .is_stream = true},
     "{\"model\":\"c\",\"prompt\":\"a\",\"suffix\":\"b\",\"max_tokens\":5,"
     "\"min_tokens\":5,\"stream\":true}"},
    {"fim without suffix",
     "mistral",
     {OF(FIM, hello), .model = "c"},
     "{\"model\":\"c\",\"prompt\":\"hello world\"}"},
    {"one embedding",
     "mistral",
     {OF(EMBEDDINGS, hello), .model = "e", .max_tokens = 5, SAMPLING, .choices = 2},
     "{\"model\":\"e\",\"input\":\"hello world\"}"},
    {"embeddings",
     "mistral",
     {OF(EMBEDDINGS, batch), .model = "e", EXTRA("output_dimension", "64")},
     "{\"model\":\"e\",\"input\":[\"a\",\"b\"],\"output_dimension\":64}"},
    {"moderation",
     "mistral",
     {OF(MODERATION, batch), .model = "e"},
     "{\"model\":\"e\",\"input\":[\"a\",\"b\"]}"},
};

static void bodies_are_exact(void)
{
    struct buf body;
    buf_init(&body, 1u << 16);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].name;
        buf_reset(&body);
        dialect_body(dialect_find(rows[i].dialect), &rows[i].spec, &body);
        CHECK_STR(body.data, rows[i].expected);
    }
    buf_release(&body);
}

/* Values at and around each server's limits: is the member written? */
static void limits_of_sampling(void)
{
    static const struct {
        const char *dialect;
        double temperature, top_p;
        bool has_temperature, has_top_p;
    } limits[] = {
        {"mistral", 0, 1, true, true},
        {"mistral", 1.5, 0, true, false},
        {"mistral", 1.51, 1.01, false, false},
        {"mistral", -0.1, -1, false, false},
        {"openai", 2, 1, true, true},
        {"openai", 2.1, 1, false, true},
        {"tgi", 0, 1, false, false},
        {"tgi", 0.01, 0.99, true, true},
        {"vllm", 0, 1, true, true},
        {"vllm", 5, 1, true, true},
    };
    struct buf body;
    buf_init(&body, 1u << 16);
    for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
        struct request_spec spec = {CHAT(hello), .has_temperature = true,
                                    .temperature = limits[i].temperature,
                                    .has_top_p = true, .top_p = limits[i].top_p};
        check_row = limits[i].dialect;
        buf_reset(&body);
        dialect_body(dialect_find(limits[i].dialect), &spec, &body);
        CHECK_INT(strstr(body.data, "temperature") != NULL, limits[i].has_temperature);
        CHECK_INT(strstr(body.data, "top_p") != NULL, limits[i].has_top_p);
    }
    buf_release(&body);
}

/* Members that Mistral's API answers with 422 are in none of its bodies. */
static void mistral_gets_no_foreign_member(void)
{
    static const char *const foreign[] = {"seed",       "stream_options",
                                          "ignore_eos", "max_completion_tokens",
                                          "store",      "user"};
    const struct dialect *d = dialect_find("mistral");
    struct request_spec spec = {
        CHAT(hello),       SAMPLING,     .max_tokens = 9, .force_length = true,
        .is_stream = true, .choices = 3, .model = "m"};
    struct buf body;
    buf_init(&body, 1u << 16);
    dialect_body(d, &spec, &body);
    json_t *root = json_loads(body.data, 0, NULL);
    CHECK(json_is_object(root));
    for (size_t i = 0; i < ARRAY_LEN(foreign); i++) {
        check_row = foreign[i];
        CHECK(json_object_get(root, foreign[i]) == NULL);
        CHECK(!dialect_allows(d, API_CHAT, foreign[i]));
    }
    CHECK(json_object_get(root, "min_tokens") == NULL);
    CHECK(dialect_allows(d, API_CHAT, "safe_prompt"));
    CHECK(!dialect_allows(d, API_FIM, "safe_prompt"));
    CHECK(dialect_allows(d, API_FIM, "stop"));
    CHECK(!dialect_allows(d, API_CHAT, ""));
    json_decref(root);
    buf_release(&body);
}

static void urls(void)
{
    static const struct {
        const char *name, *dialect;
        enum api api;
        const char *base, *expected; /* NULL: an error */
    } table[] = {
        {"host", "mistral", API_CHAT, "https://api.mistral.ai",
         "https://api.mistral.ai/v1/chat/completions"},
        {"slash", "mistral", API_CHAT, "https://api.mistral.ai//",
         "https://api.mistral.ai/v1/chat/completions"},
        {"v1", "mistral", API_FIM, "https://api.mistral.ai/v1",
         "https://api.mistral.ai/v1/fim/completions"},
        {"v1 and slash", "vllm", API_EMBEDDINGS, "http://h:8000/v1/",
         "http://h:8000/v1/embeddings"},
        {"whole path", "vllm", API_CHAT, "http://h:8000/v1/chat/completions",
         "http://h:8000/v1/chat/completions"},
        {"path of another API", "mistral", API_EMBEDDINGS,
         "http://h/v1/chat/completions/", "http://h/v1/embeddings"},
        {"prefix", "openai", API_COMPLETION, "http://h/proxy/v1",
         "http://h/proxy/v1/completions"},
        {"prefix without v1", "openai", API_COMPLETION, "http://h/proxy",
         "http://h/proxy/v1/completions"},
        {"a name that ends in v1", "openai", API_CHAT, "http://h/modelv1",
         "http://h/modelv1/v1/chat/completions"},
        {"not offered", "tgi", API_FIM, "http://h", NULL},
        {"not offered by Mistral", "mistral", API_COMPLETION, "http://h", NULL},
        {"empty", "openai", API_CHAT, "", NULL},
        {"slashes only", "openai", API_CHAT, "//", NULL},
        {"query", "openai", API_CHAT, "http://h/?a=b", NULL},
    };
    struct buf url;
    buf_init(&url, 4096);
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct err e = {0};
        check_row = table[i].name;
        buf_reset(&url);
        int status = dialect_url(dialect_find(table[i].dialect), table[i].api,
                                 table[i].base, &url, &e);
        CHECK_INT(status, table[i].expected != NULL ? 0 : -1);
        CHECK_INT(e.is_set, table[i].expected == NULL);
        CHECK_STR(url.data, table[i].expected != NULL ? table[i].expected : "");
    }
    buf_release(&url);
}

static void rows_are_complete(void)
{
    size_t count = 0;
    for (const struct dialect *d = dialect_at(0); d != NULL; d = dialect_at(++count)) {
        check_row = d->name;
        CHECK(dialect_find(d->name) == d);
        CHECK(d->title != NULL && d->models_path != NULL && d->max_tokens_key != NULL);
        CHECK(d->paths[API_CHAT] != NULL && d->fields != NULL && d->has_end_marker);
        CHECK(d->temperature_max > d->temperature_min);
        CHECK(d->paths[API_FIM] == NULL || strchr(d->paths[API_FIM], '/') != NULL);
        for (const char *const *f = d->fields; *f != NULL; f++)
            CHECK(strcmp(*f, "stream") != 0 && strcmp(*f, "messages") != 0);
    }
    CHECK_INT(count, 7);
    CHECK(dialect_find("nonesuch") == NULL && dialect_find("") == NULL);
    for (size_t i = 0; i < API_COUNT; i++)
        CHECK(api_names[i] != NULL);
    CHECK(api_names[API_COUNT] == NULL);
}

static void detection(void)
{
    static const struct {
        const char *name;
        struct dialect_probe probe;
        const char *expected;
    } table[] = {
        {"nothing known", {0}, "openai"},
        {"mistral", {.host = "api.mistral.ai"}, "mistral"},
        {"the domain itself", {.host = "mistral.ai"}, "mistral"},
        {"mistral in Europe", {.host = "API.EU.MISTRAL.AI"}, "mistral"},
        {"looks like it only", {.host = "notmistral.ai"}, "openai"},
        {"a path is no host", {.host = "mistral.ai.example.org"}, "openai"},
        {"openai", {.host = "api.openai.com"}, "openai"},
        {"correlation id",
         {.host = "localhost", .has_correlation_id = true},
         "mistral"},
        {"vllm", {.models_body = "{\"data\":[{\"owned_by\":\"vllm\"}]}"}, "vllm"},
        {"vllm, blanks", {.models_body = "{\"owned_by\" : \"vllm\"}"}, "vllm"},
        {"second model",
         {.models_body = "{\"owned_by\":\"x\",\"owned_by\":\"sglang\"}"},
         "sglang"},
        {"longer owner", {.models_body = "{\"owned_by\":\"vllm-fork\"}"}, "openai"},
        {"llamacpp", {.models_body = "{\"owned_by\":\"llamacpp\"}"}, "llamacpp"},
        {"llamacpp header", {.server_header = "llama.cpp"}, "llamacpp"},
        {"llamacpp props", {.props_http = 200}, "llamacpp"},
        {"no props", {.props_http = 404}, "openai"},
        {"ollama", {.api_version_http = 200, .models_http = 200}, "ollama"},
        {"tgi", {.info_http = 200, .info_body = "{\"max_total_tokens\":4096}"}, "tgi"},
        {"info of something else", {.info_http = 200, .info_body = "{}"}, "openai"},
        {"info without a body", {.info_http = 200}, "openai"},
        {"sglang info", {.server_info_http = 200}, "sglang"},
        {"vllm version",
         {.version_http = 200, .version_body = "{\"version\":\"0.9\"}"},
         "vllm"},
        {"the owner outranks a path",
         {.models_body = "{\"owned_by\":\"vllm\"}", .api_version_http = 200},
         "vllm"},
    };
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        const char *why = NULL;
        check_row = table[i].name;
        CHECK_STR(dialect_detect(&table[i].probe, &why)->name, table[i].expected);
        CHECK(why != NULL &&
              strncmp(why, table[i].expected, strlen(table[i].expected)) == 0);
    }
}

int main(void)
{
    RUN(bodies_are_exact);
    RUN(limits_of_sampling);
    RUN(mistral_gets_no_foreign_member);
    RUN(urls);
    RUN(rows_are_complete);
    RUN(detection);
    return check_report();
}
