/*
 * The replies of real servers, fixtures/streams, and what must come out of each:
 * fed whole, byte by byte and cut at every place. The tables here say in detail what
 * streams and whole answers hold, fixtures/streams/classes how each reply ends.
 */
#include "check.h"
#include "exchange_feed.h"

#include "fixtures/recorded.h"

#include <jansson.h>
#include <stdlib.h>

/* usage: "prompt/completion/cached/reasoning", "" when there must be none. */
static const struct {
    const char *file;
    uint32_t choices;
    enum outcome outcome;
    uint32_t events, content_events;
    bool saw_thinking;
    enum finish finish;
    const char *usage;
    int error_code;
} streams[] = {
    {"mistral_chat_stream", 1, OUTCOME_OK, 4, 2, false, FINISH_STOP, "20/6/0/0", 0},
    {"mistral_finish_in_last_content", 1, OUTCOME_OK, 4, 3, false, FINISH_STOP,
     "20/6/0/0", 0},
    {"mistral_n2_stream", 2, OUTCOME_OK, 4, 2, false, FINISH_LENGTH, "30/2/0/0", 0},
    {"mistral_n2_stream", 3, OUTCOME_TRUNCATED, 4, 2, false, FINISH_LENGTH, "30/2/0/0",
     0},
    {"mistral_thinking_stream", 1, OUTCOME_OK, 7, 3, true, FINISH_STOP, "10/232/0/0",
     0},
    {"mistral_thinking_transition", 1, OUTCOME_OK, 4, 3, true, FINISH_STOP, "12/20/0/0",
     0},
    {"mistral_tool_stream", 1, OUTCOME_OK, 2, 1, false, FINISH_TOOL, "20/6/0/0", 0},
    {"mistral_max_tokens_1", 1, OUTCOME_OK, 2, 1, false, FINISH_LENGTH, "9/1/0/0", 0},
    {"mistral_role_null", 1, OUTCOME_OK, 3, 1, false, FINISH_STOP, "12/3/0/0", 0},
    {"mistral_finish_error", 1, OUTCOME_FINISH_ERROR, 3, 1, false, FINISH_ERROR,
     "12/3/0/0", 0},
    {"mistral_model_length", 1, OUTCOME_CONTEXT, 3, 1, false, FINISH_CONTEXT,
     "12/3/0/0", 0},
    {"openai_content_filter", 1, OUTCOME_CONTENT_FILTER, 3, 1, false,
     FINISH_CONTENT_FILTER, "", 0},
    {"openai_refusal", 1, OUTCOME_CONTENT_FILTER, 4, 0, false, FINISH_STOP, "", 0},
    {"openai_tool_pieces", 1, OUTCOME_OK, 4, 3, false, FINISH_TOOL, "", 0},
    {"vllm_stream_usage", 1, OUTCOME_OK, 4, 2, false, FINISH_LENGTH, "12/3/0/0", 0},
    {"vllm_stream_continuous_usage", 1, OUTCOME_OK, 4, 2, false, FINISH_LENGTH,
     "12/3/0/0", 0},
    {"vllm_stream_reasoning", 1, OUTCOME_OK, 4, 3, true, FINISH_STOP, "", 0},
    {"vllm_logprobs", 1, OUTCOME_OK, 3, 1, false, FINISH_STOP, "", 0},
    {"vllm_stream_error", 1, OUTCOME_INBAND, 3, 1, false, FINISH_NONE, "", 500},
    {"vllm_flat_error", 1, OUTCOME_INBAND, 2, 0, false, FINISH_NONE, "", 400},
    {"completion_stream", 1, OUTCOME_OK, 5, 3, false, FINISH_LENGTH, "12/3/0/0", 0},
    {"sglang_stream_error", 1, OUTCOME_INBAND, 2, 0, false, FINISH_NONE, "", 500},
    {"sglang_abort", 1, OUTCOME_FINISH_ERROR, 3, 1, false, FINISH_ERROR, "", 0},
    {"sglang_sglext", 1, OUTCOME_OK, 5, 1, false, FINISH_STOP, "12/2/8/1", 0},
    {"llamacpp_pings", 1, OUTCOME_OK, 4, 1, false, FINISH_STOP, "12/3/0/0", 0},
    {"llamacpp_error_field", 1, OUTCOME_INBAND, 2, 0, false, FINISH_NONE, "", 400},
    {"llamacpp_error_data", 1, OUTCOME_INBAND, 2, 0, false, FINISH_NONE, "", 500},
    {"tgi_overloaded", 1, OUTCOME_INBAND, 1, 0, false, FINISH_NONE, "", 422},
    {"ollama_cut_by_failure", 1, OUTCOME_TRUNCATED, 3, 1, false, FINISH_NONE, "", 0},
    {"ollama_empty_finish", 1, OUTCOME_OK, 4, 2, false, FINISH_STOP, "12/3/0/0", 0},
    {"lmdeploy_usage_null", 1, OUTCOME_OK, 4, 1, false, FINISH_LENGTH, "12/3/0/0", 0},
    {"lmdeploy_parse_error", 1, OUTCOME_FINISH_ERROR, 3, 1, false, FINISH_ERROR, "", 0},
    {"lmdeploy_error", 1, OUTCOME_INBAND, 1, 0, false, FINISH_NONE, "", 503},
    {"gateway_flat_error", 1, OUTCOME_INBAND, 1, 0, false, FINISH_NONE, "", 0},
    {"gateway_choices_and_error", 1, OUTCOME_INBAND, 3, 1, false, FINISH_NONE, "", 502},
    {"conversations_stream", 1, OUTCOME_OK, 3, 1, false, FINISH_STOP, "18/1/0/0", 0},
    {"conversations_error", 1, OUTCOME_INBAND, 2, 0, false, FINISH_NONE, "", 3505},
    {"transcription_stream", 1, OUTCOME_OK, 3, 1, false, FINISH_STOP, "7/2/0/0", 0},
    {"empty_completion", 1, OUTCOME_EMPTY, 2, 0, false, FINISH_STOP, "", 0},
    {"finish_no_done", 1, OUTCOME_TRUNCATED, 2, 1, false, FINISH_STOP, "", 0},
    {"truncated_no_finish", 1, OUTCOME_TRUNCATED, 2, 1, false, FINISH_NONE, "", 0},
    {"cut_in_event", 1, OUTCOME_TRUNCATED, 2, 1, false, FINISH_NONE, "", 0},
    {"malformed_json", 1, OUTCOME_MALFORMED_JSON, 1, 0, false, FINISH_NONE, "", 0},
    {"array_event", 1, OUTCOME_MALFORMED_JSON, 1, 0, false, FINISH_NONE, "", 0},
    {"wrong_types", 1, OUTCOME_MALFORMED_JSON, 1, 0, false, FINISH_NONE, "", 0},
    {"not_a_stream", 1, OUTCOME_MALFORMED_SSE, 0, 0, false, FINISH_NONE, "", 0},
    {"lines_crlf", 1, OUTCOME_OK, 3, 2, false, FINISH_STOP, "12/3/0/0", 0},
    {"lines_cr", 1, OUTCOME_OK, 3, 2, false, FINISH_STOP, "12/3/0/0", 0},
    {"lines_bom", 1, OUTCOME_OK, 3, 2, false, FINISH_STOP, "12/3/0/0", 0},
    {"lines_no_end", 1, OUTCOME_OK, 3, 2, false, FINISH_STOP, "12/3/0/0", 0},
    {"lines_mixed", 1, OUTCOME_OK, 3, 2, false, FINISH_STOP, "", 0},
    {"lines_no_data", 1, OUTCOME_OK, 3, 2, false, FINISH_STOP, "", 0},
    {"vllm_metrics", 1, OUTCOME_OK, 4, 1, false, FINISH_STOP, "12/3/8/0", 0},
    {"llamacpp_progress", 1, OUTCOME_OK, 5, 1, false, FINISH_STOP, "12/3/0/0", 0},
    {"sglang_matched_stop", 1, OUTCOME_OK, 4, 1, false, FINISH_STOP, "12/3/0/0", 0},
    {"tgi_validation", 1, OUTCOME_INBAND, 1, 0, false, FINISH_NONE, "", 422},
    {"lmstudio_overflow", 1, OUTCOME_EMPTY, 2, 0, false, FINISH_STOP, "", 0},
    {"mistral_error_object", 1, OUTCOME_INBAND, 3, 1, false, FINISH_NONE, "", 1000},
    {"error_text", 1, OUTCOME_INBAND, 2, 0, false, FINISH_NONE, "", 0},
    {"conversations_tools", 1, OUTCOME_OK, 6, 1, false, FINISH_STOP, "18/9/0/0", 0},
    {"lines_split_data", 1, OUTCOME_OK, 2, 1, false, FINISH_STOP, "", 0},
};

static struct buf load(const char *name)
{
    char path[256];
    struct buf b;
    (void)snprintf(path, sizeof path, "fixtures/streams/%s.sse", name);
    buf_init(&b, 1u << 20);
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        check_fail(__FILE__, __LINE__, path);
        return b;
    }
    for (int c = fgetc(f); c != EOF; c = fgetc(f))
        buf_putc(&b, (char)c);
    (void)fclose(f);
    return b;
}

static void check_stream(const struct exchange *x, size_t row, enum outcome outcome)
{
    char usage[64] = "";
    if (x->usage.is_present)
        (void)snprintf(usage, sizeof usage, "%u/%u/%u/%u", x->usage.prompt_tokens,
                       x->usage.completion_tokens, x->usage.cached_tokens,
                       x->usage.reasoning_tokens);
    CHECK_STR(outcome_rows[outcome].name, outcome_rows[streams[row].outcome].name);
    CHECK_INT(x->events, streams[row].events);
    CHECK_INT(x->content_events, streams[row].content_events);
    CHECK_INT(x->saw_thinking, streams[row].saw_thinking);
    CHECK_INT(x->finish, streams[row].finish);
    CHECK_STR(usage, streams[row].usage);
    CHECK_INT(x->error.is_error ? x->error.error_code : 0, streams[row].error_code);
}

static struct exchange_ask ask_of(size_t row)
{
    return (struct exchange_ask){
        .is_stream = true, .needs_end = true, .choices = streams[row].choices};
}

static void streams_whole_and_cut_in_two(void)
{
    struct exchange x;
    exchange_init(&x);
    for (size_t i = 0; i < ARRAY_LEN(streams); i++) {
        check_row = streams[i].file;
        struct buf text = load(streams[i].file);
        struct exchange_ask ask = ask_of(i);
        for (size_t cut = 0; cut < text.len; cut++) {
            begin(&x, &ask, stream_line);
            (void)exchange_bytes(&x, text.data, cut, 2000);
            (void)exchange_bytes(&x, text.data + cut, text.len - cut, 3000);
            check_stream(&x, i, end(&x, 4000));
        }
        buf_release(&text);
    }
    exchange_release(&x);
}

static void streams_byte_by_byte(void)
{
    struct exchange x;
    exchange_init(&x);
    for (size_t i = 0; i < ARRAY_LEN(streams); i++) {
        check_row = streams[i].file;
        struct buf text = load(streams[i].file);
        struct exchange_ask ask = ask_of(i);
        begin(&x, &ask, stream_line);
        for (size_t at = 0; at < text.len; at++) {
            char byte = text.data[at]; /* gone after the call */
            (void)exchange_bytes(&x, &byte, 1, 2000 + (int64_t)at);
        }
        check_stream(&x, i, end(&x, 1000000));
        CHECK_INT(x.content_reads, streams[i].content_events);
        buf_release(&text);
    }
    exchange_release(&x);
}

/* fixtures/streams/bodies.json: answers in one piece. */
static const struct {
    const char *name;
    bool is_stream_asked, is_empty_allowed;
    enum outcome outcome;
    uint32_t items;
    uint32_t prompt_tokens;
} bodies[] = {
    {"mistral_chat", false, false, OUTCOME_OK, 0, 26},
    {"mistral_chat", true, false, OUTCOME_MALFORMED_SSE, 0, 26},
    {"mistral_chat_thinking", false, false, OUTCOME_OK, 0, 10},
    {"openai_chat_reasoning", false, false, OUTCOME_OK, 0, 5},
    {"chat_empty", false, false, OUTCOME_EMPTY, 0, 5},
    {"chat_empty", false, true, OUTCOME_OK, 0, 5},
    {"embeddings", false, true, OUTCOME_OK, 2, 8},
    {"moderations", false, true, OUTCOME_OK, 2, 9},
    {"moderations_clean", false, true, OUTCOME_OK, 1, 0},
    {"error_with_200", false, false, OUTCOME_INBAND, 0, 0},
    {"error_with_200", true, false, OUTCOME_INBAND, 0, 0},
    {"ocr", false, true, OUTCOME_OK, 2, 0},
    {"classifications", false, true, OUTCOME_OK, 2, 9},
    {"chat_content_filter", false, false, OUTCOME_CONTENT_FILTER, 0, 5},
    {"chat_refusal", false, false, OUTCOME_CONTENT_FILTER, 0, 5},
    {"wrong_endpoint", false, false, OUTCOME_EMPTY, 0, 0},
    {"wrong_endpoint", false, true, OUTCOME_EMPTY, 0, 0},
};

static void bodies_in_one_piece(void)
{
    json_t *all = json_load_file("fixtures/streams/bodies.json", 0, NULL);
    struct exchange x;
    exchange_init(&x);
    CHECK(all != NULL);
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        check_row = bodies[i].name;
        struct exchange_ask ask = {.is_stream = bodies[i].is_stream_asked,
                                   .needs_end = bodies[i].is_stream_asked,
                                   .is_empty_allowed = bodies[i].is_empty_allowed};
        char *text = json_dumps(json_object_get(all, bodies[i].name), 0);
        CHECK(text != NULL);
        if (text == NULL)
            continue;
        size_t half = strlen(text) / 2;
        begin(&x, &ask, json_line);
        (void)exchange_bytes(&x, text, half, 2000);
        (void)exchange_bytes(&x, text + half, strlen(text) - half, 3000);
        enum outcome outcome = end(&x, 4000);
        CHECK_STR(outcome_rows[outcome].name, outcome_rows[bodies[i].outcome].name);
        CHECK_INT(x.items, bodies[i].items);
        CHECK_INT(x.is_flagged, strcmp(bodies[i].name, "moderations") == 0);
        CHECK_INT(x.usage.prompt_tokens, bodies[i].prompt_tokens);
        CHECK_INT(x.first_byte_ns, 2000);
        CHECK_INT(x.first_content_ns, -1);
        CHECK_INT(x.last_content_ns, 3000);
        free(text);
    }
    json_decref(all);
    exchange_release(&x);
}

/* ---- every reply, as fixtures/streams/classes says */

/* Answers of these have no text. */
static bool is_textless(const char *request)
{
    return strcmp(request, "embeddings") == 0 || strcmp(request, "moderation") == 0 ||
           strcmp(request, "ocr") == 0;
}

static void begin_reply(struct exchange *x, const struct recorded *r,
                        const char *request)
{
    char status[64], type[96];
    bool is_stream = strcmp(request, "stream") == 0 || strcmp(request, "refusal") == 0;
    struct exchange_ask ask = {.is_stream = is_stream,
                               .needs_end = is_stream,
                               .is_empty_allowed = is_textless(request)};
    (void)snprintf(status, sizeof status, "HTTP/1.1 %d Whatever", r->status);
    (void)snprintf(type, sizeof type, "content-type: %s", r->content_type);
    exchange_begin(x, &ask, 0);
    header(x, status);
    header(x, type);
}

/* Whole and cut in two at every place; byte by byte. */
static void check_reply(struct exchange *x, const struct recorded *r,
                        const char *request, const char *expected)
{
    for (size_t cut = 0; cut <= r->body.length; cut++) {
        begin_reply(x, r, request);
        (void)exchange_bytes(x, r->body.at, cut, 2000);
        (void)exchange_bytes(x, r->body.at + cut, r->body.length - cut, 3000);
        CHECK_STR(outcome_rows[end(x, 4000)].name, expected);
    }
    begin_reply(x, r, request);
    for (size_t i = 0; i < r->body.length; i++) {
        char byte = r->body.at[i]; /* gone after the call */
        (void)exchange_bytes(x, &byte, 1, 2000);
    }
    CHECK_STR(outcome_rows[end(x, 4000)].name, expected);
}

static void every_reply_lands_in_its_class(void)
{
    char line[256], name[RECORDED_NAME], request[16], expected[32];
    size_t count = 0;
    struct exchange x;
    struct recorded r;
    FILE *f = fopen("fixtures/streams/classes", "r");
    CHECK(f != NULL);
    exchange_init(&x);
    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        if (line[0] == '#')
            continue;
        CHECK_INT(sscanf(line, "%47s %15s %31s", name, request, expected), 3);
        check_row = name;
        bool is_there = recorded_find(name, &r);
        CHECK(is_there);
        if (is_there)
            check_reply(&x, &r, request, expected);
        count++;
    }
    check_row = NULL;
    CHECK(recorded_at(count - 1, &r) && !recorded_at(count, &r));
    if (f != NULL)
        (void)fclose(f);
    exchange_release(&x);
}

int main(void)
{
    RUN(streams_whole_and_cut_in_two);
    RUN(streams_byte_by_byte);
    RUN(bodies_in_one_piece);
    RUN(every_reply_lands_in_its_class);
    return check_report();
}
