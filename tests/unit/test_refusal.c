#include "check.h"
#include "fixtures/refusal.h"

#include <jansson.h>

static const struct row {
    const char *name;
    struct refusal_facts facts;
    int status;
    const char *part;
} rows[] = {
    {"mistral auth",
     {.family = FAMILY_MISTRAL, .reason = REFUSAL_AUTH},
     401,
     "{\"detail\":\"Invalid API Key\"}"},
    {"vllm auth",
     {.family = FAMILY_VLLM, .reason = REFUSAL_AUTH},
     401,
     "{\"error\":\"Unauthorized\"}"},
    {"mistral model",
     {.family = FAMILY_MISTRAL, .reason = REFUSAL_MODEL, .model = {"mini", 4}},
     400,
     "Invalid model: mini\",\"type\":\"invalid_model\",\"param\":null,\"code\":\"1500\","
     "\"raw_status_code\":400}"},
    {"vllm model",
     {.family = FAMILY_VLLM, .reason = REFUSAL_MODEL, .model = {"mini", 4}},
     404,
     "The model `mini` does not exist."},
    {"vllm context",
     {.family = FAMILY_VLLM,
      .reason = REFUSAL_CONTEXT,
      .prompt_tokens = 90,
      .max_tokens = 20,
      .context = 100},
     400,
     "maximum context length is 100 tokens. However, you requested 110 tokens (90 in"},
    {"llamacpp context",
     {.family = FAMILY_LLAMACPP,
      .reason = REFUSAL_CONTEXT,
      .prompt_tokens = 90,
      .context = 80},
     400,
     "\"n_prompt_tokens\":90,\"n_ctx\":80"},
    {"tgi context",
     {.family = FAMILY_TGI, .reason = REFUSAL_CONTEXT},
     422,
     "\"error_type\":\"validation\""},
    {"tgi overloaded stream",
     {.family = FAMILY_TGI, .reason = REFUSAL_OVERLOADED, .is_stream = true},
     200,
     "\"http_status_code\":422"},
    {"mistral overloaded",
     {.family = FAMILY_MISTRAL, .reason = REFUSAL_OVERLOADED},
     429,
     "\"3505\""},
    {"vllm overloaded",
     {.family = FAMILY_VLLM, .reason = REFUSAL_OVERLOADED},
     503,
     "queue is full"},
    {"mistral rate",
     {.family = FAMILY_MISTRAL, .reason = REFUSAL_RATE},
     429,
     "\"1300\""},
    {"mistral invalid",
     {.family = FAMILY_MISTRAL, .reason = REFUSAL_INVALID, .detail = {"{\"a\":1}", 7}},
     422,
     "{\"detail\":[{\"a\":1}]}"},
    {"openai invalid",
     {.family = FAMILY_OPENAI, .reason = REFUSAL_INVALID, .detail = {"{\"a\":1}", 7}},
     400,
     "[{\\\"a\\\":1}]"},
    {"any status",
     {.family = FAMILY_OPENAI, .reason = REFUSAL_STATUS, .status = 418},
     418,
     "\"code\":418"},
    {"gateway",
     {.family = FAMILY_VLLM, .reason = REFUSAL_GATEWAY, .status = 504},
     504,
     "<h1>504 Gateway Timeout</h1>"},
};

static void bodies(void)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf b;
        buf_init(&b, 4096);
        check_row = rows[i].name;
        struct refusal_answer a = refusal_body(&rows[i].facts, &b);
        CHECK_INT(a.status, rows[i].status);
        CHECK_INT(a.is_event, a.status == 200);
        CHECK(strstr(b.data, rows[i].part) != NULL);
        buf_release(&b);
    }
}

/* Whatever the family and the reason: there is a row, and its JSON is JSON. */
static void every_row_is_valid(void)
{
    for (int family = 0; family < FAMILY_COUNT; family++)
        for (int reason = REFUSAL_AUTH; reason <= REFUSAL_INBAND; reason++)
            for (int is_stream = 0; is_stream < 2; is_stream++) {
                struct refusal_facts facts = {
                    .family = (enum family)family,
                    .reason = (enum refusal)reason,
                    .is_stream = is_stream,
                    .model = {"m", 1},
                    .detail = {"{\"msg\":\"`x`\"}", 13},
                };
                struct buf b;
                buf_init(&b, 4096);
                struct refusal_answer a = refusal_body(&facts, &b);
                json_t *json = json_loadb(b.data, b.len, JSON_REJECT_DUPLICATES, NULL);
                CHECK((json != NULL) == (reason != REFUSAL_GATEWAY));
                CHECK(strchr(b.data, '$') == NULL);
                CHECK(a.status == 200 ? a.is_event : a.status >= 400);
                json_decref(json);
                buf_release(&b);
            }
}

static void statuses(void)
{
    CHECK_INT(refusal_of_status(429), REFUSAL_RATE);
    CHECK_INT(refusal_of_status(401), REFUSAL_AUTH);
    CHECK_INT(refusal_of_status(503), REFUSAL_STATUS);
    CHECK_INT(refusal_of_status(522), REFUSAL_GATEWAY);
    CHECK_STR(refusal_status_text(404), "Not Found");
}

int main(void)
{
    RUN(bodies);
    RUN(every_row_is_valid);
    RUN(statuses);
    return check_report();
}
