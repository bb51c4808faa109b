/*
 * One row per outcome, and the order of evidence. A confusion matrix: every class
 * that an exchange can have is reached by its own row and by no other.
 */
#include "check.h"

#include "base/base.h"
#include "wire/outcome.h"

/* A stream that went well; rows say what differs. */
#define GOOD                                                                           \
    .http = 200, .is_stream_asked = true, .is_event_stream = true,                     \
    .saw_content = true, .saw_all_finishes = true, .saw_end = true, .needs_end = true, \
    .saw_body = true
#define ERROR(status, number, text)                                                    \
    .http = (status), .saw_body = true, .is_stream_asked = true,                       \
    .error_code = (number), .error_text = (text)
#define ABORT(name) .transport = TRANSPORT_ABORTED, .timer = TIMER_##name

static const struct {
    enum outcome expected;
    const char *name;
    struct evidence ev;
} rows[] = {
    {OUTCOME_OK, "good", {GOOD}},
    {OUTCOME_OK, "JSON", {.http = 200, .saw_body = true, .saw_content = true}},
    {OUTCOME_OK, "201", {.http = 201, .saw_body = true, .saw_content = true}},
    {OUTCOME_OK,
     "embeddings",
     {.http = 200, .saw_body = true, .is_empty_allowed = true}},
    {OUTCOME_OK,
     "no end marker in this dialect",
     {.http = 200,
      .is_stream_asked = true,
      .is_event_stream = true,
      .saw_content = true,
      .saw_all_finishes = true,
      .saw_body = true}},
    {OUTCOME_CENSORED, "run end", {ABORT(RUN_END), .http = 200}},
    /* transport */
    {OUTCOME_DNS, "name", {.transport = TRANSPORT_DNS}},
    {OUTCOME_CONNECT_REFUSED, "refused", {.transport = TRANSPORT_REFUSED}},
    {OUTCOME_CONNECT_TIMEOUT, "own connect timer", {ABORT(CONNECT)}},
    {OUTCOME_CONNECT_TIMEOUT, "their timer", {.transport = TRANSPORT_TIMEOUT}},
    {OUTCOME_TLS, "certificate", {.transport = TRANSPORT_TLS}},
    {OUTCOME_PROXY, "no tunnel", {.transport = TRANSPORT_PROXY}},
    {OUTCOME_PROXY, "no user", {.http = 407, .saw_body = true}},
    {OUTCOME_RESET, "no byte at all", {.transport = TRANSPORT_BROKEN}},
    {OUTCOME_RESET, "headers only", {.transport = TRANSPORT_PARTIAL, .http = 200}},
    {OUTCOME_RESET, "headers cut by FIN", {.transport = TRANSPORT_OK, .http = 200}},
    {OUTCOME_RESET, "nothing, and no error", {.transport = TRANSPORT_OK}},
    {OUTCOME_TRUNCATED,
     "RST in the body",
     {.transport = TRANSPORT_BROKEN, .http = 200, .saw_body = true}},
    {OUTCOME_TRUNCATED,
     "FIN in the body",
     {.transport = TRANSPORT_PARTIAL,
      .http = 200,
      .saw_body = true,
      .is_bad_json = true}},
    {OUTCOME_HTTP2, "stream error", {.transport = TRANSPORT_HTTP2, .http = 200}},
    {OUTCOME_CLIENT_RESOURCE, "no ports", {.transport = TRANSPORT_RESOURCE}},
    {OUTCOME_OTHER, "not HTTP", {.transport = TRANSPORT_NOT_HTTP}},
    {OUTCOME_OTHER, "gzip", {.transport = TRANSPORT_ENCODING, .http = 200}},
    {OUTCOME_OTHER, "unknown", {.transport = TRANSPORT_OTHER}},
    {OUTCOME_OTHER, "ended by us, no reason", {.transport = TRANSPORT_ABORTED, GOOD}},
    /* timers */
    {OUTCOME_TTFT_TIMEOUT, "no headers", {ABORT(TTFT)}},
    {OUTCOME_TTFT_TIMEOUT,
     "role chunk only",
     {ABORT(TTFT), .http = 200, .saw_body = true, .is_stream_asked = true,
      .is_event_stream = true}},
    {OUTCOME_STALL_TIMEOUT, "stall", {ABORT(STALL), .http = 200, .saw_content = true}},
    {OUTCOME_TOTAL_TIMEOUT, "total", {ABORT(TOTAL), .http = 200, .saw_content = true}},
    {OUTCOME_TOTAL_TIMEOUT,
     "their timer, later",
     {.transport = TRANSPORT_TIMEOUT, .http = 200, .saw_body = true}},
    /* error bodies and statuses */
    {OUTCOME_CONTEXT,
     "mistral",
     {ERROR(400, 3051, "3051: Prompt contains 9 tokens, too large for model with 8")}},
    {OUTCOME_CONTEXT, "vllm", {ERROR(400, 400, "This model's Maximum Context Length")}},
    {OUTCOME_CONTEXT, "llamacpp", {ERROR(400, 400, "exceed_context_size_error: 400")}},
    {OUTCOME_CONTEXT,
     "tgi",
     {ERROR(422, 0, "validation: `inputs` tokens + `max_new_tokens` must be <= 4")}},
    {OUTCOME_CONTEXT, "groq", {ERROR(413, 0, "Input is too long")}},
    {OUTCOME_CONTEXT,
     "lmdeploy",
     {ERROR(400, 400, "The request exceeds the model context length.")}},
    {OUTCOME_CONTEXT,
     "old vllm",
     {ERROR(400, 400, "max_tokens must be at least 1, got -186.")}},
    {OUTCOME_CONTEXT, "finish reason", {GOOD, .is_context_finish = true}},
    {OUTCOME_HTTP_400,
     "same code, other words",
     {ERROR(400, 3051, "3051: Logprobs are not enabled for this model")}},
    {OUTCOME_HTTP_400, "no body", {.http = 400, .error_text = ""}},
    {OUTCOME_AUTH_401, "401", {ERROR(401, 0, "Unauthorized")}},
    {OUTCOME_PAYMENT_402, "402", {ERROR(402, 0, "")}},
    {OUTCOME_FORBIDDEN_403, "403", {ERROR(403, 1910, "tier_not_allowed")}},
    {OUTCOME_NOT_FOUND_404, "404", {ERROR(404, 0, "no Route matched")}},
    {OUTCOME_METHOD_405, "405", {ERROR(405, 0, "Method Not Allowed")}},
    {OUTCOME_TIMEOUT_408, "408", {ERROR(408, 0, "")}},
    {OUTCOME_CONFLICT_409, "409", {ERROR(409, 0, "")}},
    {OUTCOME_TOO_LARGE_413, "413", {ERROR(413, 0, "request entity too large")}},
    {OUTCOME_VALIDATION_422, "422", {ERROR(422, 0, "extra_forbidden body.store")}},
    {OUTCOME_DEPENDENCY_424, "424", {ERROR(424, 0, "generation")}},
    {OUTCOME_RATE_LIMITED, "1300", {ERROR(429, 1300, "rate_limited: Rate limit")}},
    {OUTCOME_RATE_LIMITED, "no body", {.http = 429, .error_text = ""}},
    {OUTCOME_RATE_LIMITED,
     "the code outranks the text",
     {ERROR(429, 1300, "overloaded")}},
    {OUTCOME_CAPACITY, "3505", {ERROR(429, 3505, "")}},
    {OUTCOME_CAPACITY,
     "full, whatever the budgets",
     {ERROR(429, 3505, "Service tier capacity exceeded"), .is_quota_spent = true}},
    {OUTCOME_QUOTA_SPENT,
     "the month's tokens",
     {ERROR(429, 1300, "Rate limit exceeded"), .is_quota_spent = true}},
    {OUTCOME_QUOTA_SPENT,
     "no money",
     {ERROR(429, 0, "insufficient_quota: You exceeded your current quota")}},
    {OUTCOME_QUOTA_SPENT, "spend limit", {ERROR(429, 1300, "Spend limit reached")}},
    {OUTCOME_NEVER_ALLOWED,
     "limit 0",
     {ERROR(429, 1300, "Rate limit exceeded"), .is_never_allowed = true,
      .is_quota_spent = true}},
    {OUTCOME_NEVER_ALLOWED,
     "larger than the limit",
     {ERROR(429, 0,
            "Request too large on tokens per min (TPM): Limit 10, Requested 20")}},
    {OUTCOME_SERVER_500,
     "budgets matter to a 429 alone",
     {ERROR(500, 1000, ""), .is_never_allowed = true, .is_quota_spent = true}},
    {OUTCOME_CAPACITY, "3505 as 503", {ERROR(503, 3505, "")}},
    {OUTCOME_CAPACITY, "tgi", {ERROR(429, 0, "overloaded: Model is overloaded")}},
    {OUTCOME_CAPACITY, "ollama", {ERROR(503, 0, "Server Busy, please try again.")}},
    {OUTCOME_CLIENT_CLOSED_499, "499", {ERROR(499, 0, "")}},
    {OUTCOME_SERVER_500, "500", {ERROR(500, 1000, "internal_error_proxy")}},
    {OUTCOME_SERVER_500,
     "500 that was cut",
     {ERROR(500, 0, ""), .transport = TRANSPORT_BROKEN}},
    {OUTCOME_BAD_GATEWAY_502, "502", {ERROR(502, 0, "")}},
    {OUTCOME_UNAVAILABLE_503, "503", {ERROR(503, 503, "Loading model")}},
    {OUTCOME_GATEWAY_TIMEOUT_504, "504", {ERROR(504, 0, "")}},
    {OUTCOME_GATEWAY_TIMEOUT_504, "524", {ERROR(524, 0, "")}},
    {OUTCOME_CDN_52X, "520", {ERROR(520, 0, "520: Web server")}},
    {OUTCOME_CDN_52X, "527", {ERROR(527, 0, "")}},
    {OUTCOME_CDN_52X, "530", {ERROR(530, 0, "")}},
    {OUTCOME_OVERLOADED_529, "529", {ERROR(529, 0, "overloaded_error")}},
    {OUTCOME_HTTP_OTHER, "301", {ERROR(301, 0, "")}},
    {OUTCOME_HTTP_OTHER, "418", {ERROR(418, 0, "")}},
    {OUTCOME_HTTP_OTHER, "501", {ERROR(501, 501, "not_supported_error")}},
    {OUTCOME_HTTP_OTHER, "528", {ERROR(528, 0, "")}},
    {OUTCOME_HTTP_OTHER, "101", {ERROR(101, 0, "")}},
    /* HTTP 200, and yet */
    {OUTCOME_INBAND,
     "error event",
     {GOOD, .has_inband_error = true, .error_code = 500, .error_text = "boom"}},
    {OUTCOME_INBAND,
     "context, but inside",
     {GOOD, .has_inband_error = true, .error_text = "maximum context length"}},
    {OUTCOME_INBAND,
     "as JSON",
     {.http = 200,
      .is_stream_asked = true,
      .saw_body = true,
      .has_inband_error = true}},
    {OUTCOME_INBAND,
     "then cut",
     {GOOD, .has_inband_error = true, .transport = TRANSPORT_BROKEN}},
    {OUTCOME_MALFORMED_SSE,
     "no stream",
     {.http = 200, .is_stream_asked = true, .saw_body = true, .saw_content = true}},
    {OUTCOME_MALFORMED_SSE, "bad line", {GOOD, .is_bad_sse = true}},
    {OUTCOME_MALFORMED_SSE,
     "bad line, ended by us",
     {GOOD, .is_bad_sse = true, .transport = TRANSPORT_ABORTED}},
    {OUTCOME_MALFORMED_JSON, "bad event", {GOOD, .is_bad_json = true}},
    {OUTCOME_MODEL_MISMATCH, "other model", {GOOD, .is_wrong_model = true}},
    {OUTCOME_FINISH_ERROR, "error", {GOOD, .is_finish_error = true}},
    {OUTCOME_FINISH_ERROR,
     "abort without an end",
     {.http = 200,
      .is_stream_asked = true,
      .is_event_stream = true,
      .saw_body = true,
      .is_finish_error = true}},
    {OUTCOME_CONTENT_FILTER, "filter", {GOOD, .is_filtered = true}},
    {OUTCOME_TRUNCATED,
     "no finish",
     {.http = 200,
      .is_stream_asked = true,
      .is_event_stream = true,
      .saw_body = true,
      .saw_content = true,
      .saw_end = true,
      .needs_end = true}},
    {OUTCOME_TRUNCATED,
     "no end marker",
     {.http = 200,
      .is_stream_asked = true,
      .is_event_stream = true,
      .saw_body = true,
      .saw_content = true,
      .saw_all_finishes = true,
      .needs_end = true}},
    {OUTCOME_EMPTY,
     "stream without content",
     {.http = 200,
      .is_stream_asked = true,
      .is_event_stream = true,
      .saw_body = true,
      .saw_all_finishes = true,
      .saw_end = true,
      .needs_end = true}},
    {OUTCOME_EMPTY, "JSON without content", {.http = 200, .saw_body = true}},
};

static struct evidence evidence_at(size_t i)
{
    struct evidence ev = rows[i].ev;
    if (ev.error_text == NULL)
        ev.error_text = "";
    return ev;
}

static void rows_have_their_class(void)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].name;
        struct evidence ev = evidence_at(i);
        CHECK_STR(outcome_rows[outcome_of(&ev)].name,
                  outcome_rows[rows[i].expected].name);
    }
}

static void every_class_is_reached(void)
{
    bool is_reached[OUTCOME_COUNT] = {false};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct evidence ev = evidence_at(i);
        is_reached[outcome_of(&ev)] = true;
    }
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        check_row = outcome_rows[i].name;
        CHECK_INT(is_reached[i], outcome_rows[i].kind != KIND_NOT_SENT);
    }
}

/* Run end outranks all; an in-band error all but it; a status all below. */
static void the_most_specific_evidence_wins(void)
{
    struct evidence ev = {GOOD, .has_inband_error = true, .error_text = ""};
    ev.timer = TIMER_STALL;
    CHECK_INT(outcome_of(&ev), OUTCOME_INBAND);
    ev.timer = TIMER_RUN_END;
    CHECK_INT(outcome_of(&ev), OUTCOME_CENSORED);
    ev.timer = TIMER_BEATEN;
    CHECK_INT(outcome_of(&ev), OUTCOME_CANCELLED);
    ev = (struct evidence){ERROR(503, 0, ""), ABORT(TOTAL)};
    CHECK_INT(outcome_of(&ev), OUTCOME_UNAVAILABLE_503);
    ev = (struct evidence){GOOD, .transport = TRANSPORT_BROKEN, .error_text = ""};
    CHECK_INT(outcome_of(&ev), OUTCOME_TRUNCATED);
    ev = (struct evidence){GOOD, ABORT(STALL), .is_bad_json = true, .error_text = ""};
    CHECK_INT(outcome_of(&ev), OUTCOME_STALL_TIMEOUT);
}

/* Whatever the evidence, there is a class, and but for an attempt that was beaten it is
 * no class of the unsent. */
static void all_evidence_has_a_class(void)
{
    static const uint16_t statuses[] = {0,   100, 200, 299, 300,
                                        400, 429, 503, 600, 65535};
    for (unsigned bits = 0; bits < 1u << 15; bits++) {
        struct evidence ev = {
            .transport = (enum transport)(bits % (TRANSPORT_OTHER + 1)),
            .timer = (enum timer_fired)(bits % (TIMER_RUN_END + 1)),
            .http = statuses[bits % ARRAY_LEN(statuses)],
            .is_stream_asked = bits & 1,
            .is_event_stream = bits & 2,
            .saw_content = bits & 4,
            .saw_all_finishes = bits & 8,
            .saw_end = bits & 16,
            .needs_end = bits & 32,
            .saw_body = bits & 64,
            .is_bad_sse = bits & 128,
            .is_bad_json = bits & 256,
            .is_empty_allowed = bits & 512,
            .is_wrong_model = bits & 1024,
            .has_inband_error = bits & 2048,
            .is_filtered = bits & 4096,
            .is_finish_error = bits & 8192,
            .is_context_finish = bits & 16384,
            .error_text = "",
        };
        enum outcome found = outcome_of(&ev);
        CHECK(found < OUTCOME_COUNT && outcome_rows[found].kind != KIND_NOT_SENT);
        if (found == OUTCOME_OK)
            CHECK(ev.transport == TRANSPORT_OK && ev.timer == TIMER_NONE);
    }
}

static void names_are_unique_and_found(void)
{
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        check_row = outcome_rows[i].name;
        CHECK_INT(outcome_find(outcome_rows[i].name), i);
        CHECK(outcome_rows[i].severity <= 3);
        CHECK(!outcome_rows[i].is_config_error || outcome_rows[i].hint[0] != '\0');
    }
    CHECK_INT(outcome_find("rate_limited"), OUTCOME_COUNT);
    CHECK_INT(outcome_find("rate_limited_429"), OUTCOME_RATE_LIMITED);
}

int main(void)
{
    RUN(rows_have_their_class);
    RUN(every_class_is_reached);
    RUN(the_most_specific_evidence_wins);
    RUN(all_evidence_has_a_class);
    RUN(names_are_unique_and_found);
    return check_report();
}
