/*
 * Answers as a client sees them: chunks are taken apart, events parsed with a
 * real JSON parser, and compared with what each dialect is known to send.
 */
#include "check.h"
#include "fixtures/job.h"

#include <jansson.h>
#include <stdlib.h>

/* What was seen of one answer. */
struct seen {
    char head[1024];
    bool is_chunked;
    bool has_last_chunk;
    size_t body_bytes, content_length;
    unsigned events, bad_events, role_events, content_events, finish_events,
        usage_events;
    unsigned done, padded, thinking;
    bool has_lone_usage; /* an event with usage and no choice */
    bool has_error;
    char text[512]; /* of all choices */
    char finish[32];
    char model[64];
    json_int_t prompt, completion, cached;
    json_t *document; /* of an answer that is no stream */
};

static const char *string_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static void see_usage(struct seen *s, const json_t *document)
{
    const json_t *usage = json_object_get(document, "usage");
    if (!json_is_object(usage))
        return;
    s->usage_events++;
    s->prompt = json_integer_value(json_object_get(usage, "prompt_tokens"));
    s->completion = json_integer_value(json_object_get(usage, "completion_tokens"));
    s->cached = json_integer_value(json_object_get(
        json_object_get(usage, "prompt_tokens_details"), "cached_tokens"));
}

static void see_choice(struct seen *s, const json_t *choice)
{
    const json_t *delta = json_object_get(choice, "delta");
    const json_t *content =
        json_object_get(delta ? delta : choice, delta ? "content" : "text");
    const char *text = json_string_value(content);
    bool is_thinking = json_is_array(content) ||
                       string_of(delta, "reasoning_content")[0] ||
                       string_of(delta, "reasoning")[0];
    s->role_events += json_is_string(json_object_get(delta, "role"));
    s->thinking += is_thinking;
    if (text && text[0]) {
        s->content_events++;
        size_t used = strlen(s->text);
        (void)snprintf(s->text + used, sizeof s->text - used, "%s", text);
    }
    if (json_is_string(json_object_get(choice, "finish_reason"))) {
        s->finish_events++;
        (void)snprintf(s->finish, sizeof s->finish, "%s",
                       string_of(choice, "finish_reason"));
    }
}

static void see_event(struct seen *s, const char *data, size_t length)
{
    if (length == 6 && memcmp(data, "[DONE]", 6) == 0) {
        s->done++;
        return;
    }
    json_t *event = json_loadb(data, length, JSON_REJECT_DUPLICATES, NULL);
    s->events++;
    s->bad_events += event == NULL;
    const json_t *choices = json_object_get(event, "choices");
    s->has_error |= json_object_get(event, "error") != NULL ||
                    strcmp(string_of(event, "object"), "error") == 0;
    s->has_lone_usage |=
        json_array_size(choices) == 0 && json_object_get(event, "usage");
    s->padded += json_is_string(json_object_get(event, "p"));
    (void)snprintf(s->model, sizeof s->model, "%s", string_of(event, "model"));
    see_usage(s, event);
    for (size_t i = 0; i < json_array_size(choices); i++)
        see_choice(s, json_array_get(choices, i));
    json_decref(event);
}

/* Takes chunks off; each holds whole events here. */
static void see_chunks(struct seen *s, const char *at)
{
    while (*at != '\0') {
        char *data;
        size_t length = strtoul(at, &data, 16);
        CHECK(data == at + 4 || length == 0);
        CHECK(memcmp(data, "\r\n", 2) == 0);
        data += 2;
        CHECK(memcmp(data + length, "\r\n", 2) == 0);
        at = data + length + 2;
        s->has_last_chunk |= length == 0;
        if (length > 8 && memcmp(data, "data: ", 6) == 0) {
            CHECK(memcmp(data + length - 2, "\n\n", 2) == 0);
            see_event(s, data + 6, length - 8);
        }
    }
}

static void see_answer(struct seen *s, const struct buf *out)
{
    const char *body = strstr(out->data, "\r\n\r\n");
    if (!body)
        return;
    body += 4;
    (void)snprintf(s->head, sizeof s->head, "%.*s", (int)(body - out->data), out->data);
    s->is_chunked = strstr(s->head, "transfer-encoding: chunked") != NULL;
    s->body_bytes = out->len - (size_t)(body - out->data);
    const char *length = strstr(s->head, "content-length:");
    s->content_length = length ? strtoul(length + 15, NULL, 10) : 0;
    if (s->is_chunked) {
        see_chunks(s, body);
        return;
    }
    s->document = json_loadb(body, s->body_bytes, JSON_REJECT_DUPLICATES, NULL);
    see_usage(s, s->document);
}

struct setup {
    enum family family;
    enum api api;
    bool is_stream, wants_usage;
    uint32_t choices, output, chunk, thinking, max_tokens;
    struct plan plan;
};

/* Runs a job to its end; the last result is returned, stalls are counted. */
static enum job_step run(const struct setup *u, struct seen *s, unsigned *stalls)
{
    struct ask ask = {
        .api = u->api,
        .is_stream = u->is_stream,
        .wants_usage = u->wants_usage,
        .choices = u->choices ? u->choices : 1,
        .inputs = 3,
        .prompt_tokens = 40,
        .max_tokens = u->max_tokens,
    };
    struct job_spec spec = {
        .shape = &shapes[u->family],
        .ask = &ask,
        .plan = &u->plan,
        .key = 42,
        .model = {"mini", 4},
        .request_id = "run-1",
        .output_tokens = u->output,
        .cached_tokens = 16,
        .thinking_tokens = u->thinking,
        .chunk_tokens = u->chunk ? u->chunk : 1,
        .created_s = 1700000000,
    };
    struct job job;
    struct buf out;
    unsigned stalled = 0;
    *s = (struct seen){0};
    buf_init(&out, 1u << 20);
    job_begin(&job, &spec);
    enum job_step step = JOB_MORE;
    for (int i = 0; i < 1000 && (step == JOB_MORE || step == JOB_STALL); i++) {
        step = job_step(&job, &out);
        stalled += step == JOB_STALL;
    }
    see_answer(s, &out);
    if (stalls)
        *stalls = stalled;
    buf_release(&out);
    return step;
}

/* Facts of the dialects: facts of recordings and sources, see fixtures/shape.h. */
static const struct row {
    enum family family;
    unsigned finish_with_content; /* finish reason rides on the last content */
    unsigned usage_unasked;
    bool lone_usage, padded;
} rows[FAMILY_COUNT] = {
    {FAMILY_MISTRAL, 1, 1, false, true},  {FAMILY_OPENAI, 0, 0, true, false},
    {FAMILY_VLLM, 1, 0, true, false},     {FAMILY_SGLANG, 0, 0, true, false},
    {FAMILY_LLAMACPP, 0, 0, true, false}, {FAMILY_TGI, 1, 0, true, false},
    {FAMILY_OLLAMA, 0, 0, true, false},
};

static void streams_of_all_dialects(void)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct seen s;
        struct setup u = {.family = rows[i].family,
                          .is_stream = true,
                          .output = 5,
                          .wants_usage = true,
                          .max_tokens = 5};
        check_row = shapes[rows[i].family].name;
        CHECK_INT(run(&u, &s, NULL), JOB_DONE);
        CHECK(s.is_chunked && s.has_last_chunk);
        CHECK_INT(s.bad_events, 0);
        CHECK_INT(s.content_events, 5);
        CHECK(s.role_events >= 1);
        CHECK_INT(s.finish_events, 1);
        CHECK_STR(s.finish, "length");
        CHECK_STR(s.model, "mini");
        CHECK_INT(s.done, 1);
        CHECK_INT(s.usage_events, 1);
        CHECK_INT(s.has_lone_usage, rows[i].lone_usage);
        CHECK_INT(s.prompt, 40);
        CHECK_INT(s.completion, 5);
        CHECK_INT(s.cached, 16);
        CHECK_INT(s.padded, rows[i].padded ? 5 : 0);
        unsigned finish_alone = 1 - rows[i].finish_with_content;
        CHECK_INT(s.events, 1 + 5 + finish_alone + rows[i].lone_usage);
        u.wants_usage = false;
        u.max_tokens = 0;
        CHECK_INT(run(&u, &s, NULL), JOB_DONE);
        CHECK_INT(s.usage_events, rows[i].usage_unasked);
        CHECK_STR(s.finish, "stop");
    }
}

/* Mistral's answer to max_tokens 1 is two events, as recorded. */
static void one_token(void)
{
    struct seen s;
    struct setup u = {.is_stream = true, .output = 1, .max_tokens = 1};
    CHECK_INT(run(&u, &s, NULL), JOB_DONE);
    CHECK_INT(s.events, 2);
    CHECK_INT(s.content_events, 1);
    CHECK_STR(s.finish, "length");
}

static void two_choices(void)
{
    struct seen s;
    struct setup u = {.is_stream = true, .output = 3, .choices = 2};
    CHECK_INT(run(&u, &s, NULL), JOB_DONE);
    CHECK_INT(s.role_events, 2);
    CHECK_INT(s.content_events, 6);
    CHECK_INT(s.finish_events, 2);
    CHECK_INT(s.usage_events, 1);
    CHECK_INT(s.completion, 6);
    CHECK_INT(s.prompt, 40);
}

static unsigned count_words(const char *text)
{
    unsigned n = 0;
    for (; *text; text++)
        n += *text == ' ';
    return n;
}

static void several_tokens_in_a_chunk(void)
{
    struct seen s;
    struct setup u = {.is_stream = true, .output = 10, .chunk = 4};
    CHECK_INT(run(&u, &s, NULL), JOB_DONE);
    CHECK_INT(s.content_events, 3);
    CHECK_INT(count_words(s.text), 10);
    CHECK_INT(s.completion, 10);
}

static void thinking_comes_first(void)
{
    static const enum family families[] = {FAMILY_MISTRAL, FAMILY_VLLM, FAMILY_OLLAMA};
    for (size_t i = 0; i < ARRAY_LEN(families); i++) {
        struct seen s;
        struct setup u = {.family = families[i],
                          .is_stream = true,
                          .output = 10,
                          .chunk = 4,
                          .thinking = 5};
        check_row = shapes[families[i]].name;
        CHECK_INT(run(&u, &s, NULL), JOB_DONE);
        CHECK_INT(s.thinking, 2); /* 4 + 1 tokens */
        CHECK_INT(s.content_events, 2);
        CHECK_INT(count_words(s.text), 5);
    }
}

static void completions_have_text(void)
{
    struct seen s;
    struct setup u = {
        .family = FAMILY_VLLM, .api = API_COMPLETION, .is_stream = true, .output = 3};
    CHECK_INT(run(&u, &s, NULL), JOB_DONE);
    CHECK_INT(s.role_events, 0);
    CHECK_INT(s.content_events, 3);
    CHECK_INT(count_words(s.text), 3);
}

static void whole_documents(void)
{
    for (int family = 0; family < FAMILY_COUNT; family++)
        for (int api = 0; api < API_COUNT; api++) {
            struct seen s;
            struct setup u = {
                .family = (enum family)family, .api = (enum api)api, .output = 4};
            check_row = shapes[family].name;
            CHECK_INT(run(&u, &s, NULL), JOB_DONE);
            CHECK(s.document != NULL);
            CHECK_INT(s.content_length, s.body_bytes);
            CHECK_INT(s.prompt, api == API_OCR ? 0 : 40);
            bool is_text = api <= API_FIM;
            CHECK_INT(s.completion, is_text ? 4 : 0);
            CHECK_INT(json_array_size(json_object_get(s.document, "choices")), is_text);
            CHECK_INT(json_array_size(json_object_get(s.document, "data")),
                      api == API_EMBEDDINGS ? 3 : 0);
            CHECK_INT(json_array_size(json_object_get(s.document, "results")),
                      api >= API_MODERATION && api != API_OCR ? 3 : 0);
            CHECK_INT(json_array_size(json_object_get(s.document, "pages")),
                      api == API_OCR ? 3 : 0);
            json_decref(s.document);
        }
}

static void same_key_same_bytes(void)
{
    struct seen a, b;
    struct setup u = {.is_stream = true, .output = 6};
    (void)run(&u, &a, NULL);
    (void)run(&u, &b, NULL);
    CHECK_STR(a.text, b.text);
}

/* What a client must find wrong with each plan. */
static void plans(void)
{
    struct seen s;
    unsigned stalls;
    struct setup u = {.family = FAMILY_VLLM, .is_stream = true, .output = 20};

    u.plan = (struct plan){.cut = CUT_STALL, .stall_ns = 1};
    CHECK_INT(run(&u, &s, &stalls), JOB_DONE);
    CHECK_INT(stalls, 1);
    CHECK_INT(s.content_events, 20);

    u.plan = (struct plan){.cut = CUT_RESET};
    CHECK_INT(run(&u, &s, NULL), JOB_RESET);
    CHECK(s.content_events >= 1 && s.content_events < 20);
    CHECK(!s.has_last_chunk && s.done == 0);

    u.plan = (struct plan){.cut = CUT_CLOSE, .is_cut_at_start = true};
    CHECK_INT(run(&u, &s, NULL), JOB_CLOSE);
    CHECK_STR(s.head, "");

    u.plan = (struct plan){.cut = CUT_ERROR};
    CHECK_INT(run(&u, &s, NULL), JOB_DONE);
    CHECK(s.has_error && s.has_last_chunk);
    CHECK_INT(s.finish_events, 0);
    CHECK_INT(s.done, 1);

    u.plan = (struct plan){.cut = CUT_GARBAGE};
    CHECK_INT(run(&u, &s, NULL), JOB_DONE);
    CHECK_INT(s.bad_events, 1);
    CHECK_INT(s.content_events, 20);

    u.plan = (struct plan){.skips_end = true};
    CHECK_INT(run(&u, &s, NULL), JOB_DONE);
    CHECK_INT(s.done, 0);
    CHECK(s.has_last_chunk);

    u.plan = (struct plan){.is_empty = true};
    CHECK_INT(run(&u, &s, NULL), JOB_DONE);
    CHECK_INT(s.content_events, 0);
    CHECK_INT(s.finish_events, 1);

    u.plan = (struct plan){.finish = "content_filter", .model = "other"};
    CHECK_INT(run(&u, &s, NULL), JOB_DONE);
    CHECK_STR(s.finish, "content_filter");
    CHECK_STR(s.model, "other");

    u.plan = (struct plan){.content_type = "text/html"};
    (void)run(&u, &s, NULL);
    CHECK(strstr(s.head, "content-type: text/html\r\n") != NULL);
}

/* Cuts at a place: so many events, bytes or ns since the request came. */
static void cuts_have_their_place(void)
{
    struct seen s;
    struct setup u = {.family = FAMILY_VLLM, .is_stream = true, .output = 20};
    for (unsigned n = 0; n < 20; n++) {
        u.plan = (struct plan){.cut = CUT_RESET,
                               .after = {.unit = AFTER_EVENTS, .value = n}};
        CHECK_INT(run(&u, &s, NULL), JOB_RESET);
        CHECK_INT(s.content_events, n);
    }
    u.plan.after.value = 21; /* beyond the end: it never strikes */
    CHECK_INT(run(&u, &s, NULL), JOB_DONE);
    size_t whole = s.body_bytes;
    u.plan.after = (struct after){.unit = AFTER_BYTES, .value = (int64_t)whole / 2};
    CHECK_INT(run(&u, &s, NULL), JOB_RESET);
    CHECK(s.body_bytes < whole && s.body_bytes > whole / 4);
    u.plan.after = (struct after){.unit = AFTER_TIME, .value = 1}; /* time stands */
    CHECK_INT(run(&u, &s, NULL), JOB_DONE);
    u.plan.after.value = 0;
    CHECK_INT(run(&u, &s, NULL), JOB_RESET);
    CHECK_INT(s.content_events, 0);
}

/* What a client must live with leaves all content there. */
static void garnishes(void)
{
    struct seen plain, s;
    struct setup u = {
        .family = FAMILY_OPENAI, .is_stream = true, .output = 5, .wants_usage = true};
    CHECK_INT(run(&u, &plain, NULL), JOB_DONE);
    u.plan = (struct plan){.garnish = GARNISH_COMMENT};
    CHECK_INT(run(&u, &s, NULL), JOB_DONE);
    CHECK_STR(s.text, plain.text);
    CHECK_INT(s.events, plain.events);
    u.plan = (struct plan){.garnish = GARNISH_EMPTY};
    CHECK_INT(run(&u, &s, NULL), JOB_DONE);
    CHECK_STR(s.text, plain.text);
    CHECK_INT(s.events, plain.events + 5);
    u.plan = (struct plan){.garnish = GARNISH_TWICE};
    CHECK_INT(run(&u, &s, NULL), JOB_DONE);
    CHECK_INT(s.content_events, 10);
    CHECK_INT(s.completion, 5);
    u.plan = (struct plan){.has_no_usage = true};
    CHECK_INT(run(&u, &s, NULL), JOB_DONE);
    CHECK_INT(s.usage_events, 0);
    CHECK_INT(s.done, 1);
    u.plan = (struct plan){.usage_milli = 2500};
    CHECK_INT(run(&u, &s, NULL), JOB_DONE);
    CHECK_INT(s.completion, 12);
    CHECK_INT(s.prompt, 100);
    u.plan = (struct plan){.cut = CUT_LETTER};
    CHECK_INT(run(&u, &s, NULL), JOB_DONE);
    CHECK_INT(s.bad_events, 1);
    CHECK_INT(s.content_events, 5);
}

/* All bytes of a job, as they go out. */
static enum job_step bytes_of(const struct plan *plan, struct buf *out)
{
    struct ask ask = {.api = API_CHAT, .is_stream = true, .choices = 1};
    struct job_spec spec = {
        .shape = &shapes[FAMILY_OPENAI],
        .ask = &ask,
        .plan = plan,
        .key = 42,
        .model = {"mini", 4},
        .request_id = "",
        .output_tokens = 5,
        .chunk_tokens = 1,
    };
    struct job job;
    enum job_step step = JOB_MORE;
    job_begin(&job, &spec);
    while (step == JOB_MORE)
        step = job_step(&job, out);
    return step;
}

/* The body without its chunks: any chunk sizes, and none. */
static void dechunk(const struct buf *in, struct buf *out)
{
    const char *at = strstr(in->data, "\r\n\r\n") + 4;
    for (;;) {
        char *data;
        size_t n = strtoul(at, &data, 16);
        if (n == 0)
            return;
        CHECK(memcmp(data, "\r\n", 2) == 0);
        buf_append(out, data + 2, n);
        CHECK(memcmp(data + 2 + n, "\r\n", 2) == 0);
        at = data + 2 + n + 2;
    }
}

static void one_byte_chunks_carry_the_same(void)
{
    static const struct plan plain = {0}, split = {.garnish = GARNISH_LETTERS};
    struct buf raw[2], body[2];
    for (int i = 0; i < 2; i++) {
        buf_init(&raw[i], 1u << 20);
        buf_init(&body[i], 1u << 20);
        CHECK_INT(bytes_of(i ? &split : &plain, &raw[i]), JOB_DONE);
        dechunk(&raw[i], &body[i]);
    }
    CHECK_STR(body[1].data, body[0].data);
    CHECK(raw[1].len > raw[0].len + 4 * body[0].len);
    CHECK(strstr(raw[1].data, "\r\n0001") == NULL);
    for (int i = 0; i < 2; i++) {
        buf_release(&raw[i]);
        buf_release(&body[i]);
    }
}

static void whole_byte_scripts(void)
{
    static const struct {
        struct plan plan;
        enum job_step end;
        const char *has, *lacks;
    } scripts[] = {
        {{.cut = CUT_HEAD, .is_cut_at_start = true}, JOB_CLOSE, "text/ev", "\r\n\r\n"},
        {{.cut = CUT_NOT_HTTP, .is_cut_at_start = true}, JOB_CLOSE, "no HTTP", "200"},
        {{.cut = CUT_NO_BODY, .is_cut_at_start = true}, JOB_DONE, " 0\r\n\r\n", "data"},
        {{.cut = CUT_BAD_CHUNK}, JOB_CLOSE, "no size\r\n", "[DONE]"},
        {{.cut = CUT_HALF_EVENT}, JOB_CLOSE, "{\"index\":0,\"del\r\n", "[DONE]"},
        {{.cut = CUT_CLOSE, .garnish = GARNISH_NO_CHUNK},
         JOB_CLOSE,
         "close\r\n\r\ndata:",
         "chunked"},
        {{.garnish = GARNISH_NO_CHUNK}, JOB_CLOSE, "data: [DONE]\n\n", "0\r\n\r\n"},
    };
    for (size_t i = 0; i < ARRAY_LEN(scripts); i++) {
        struct buf out;
        buf_init(&out, 1u << 20);
        check_row = scripts[i].has;
        CHECK_INT(bytes_of(&scripts[i].plan, &out), scripts[i].end);
        CHECK(strstr(out.data, scripts[i].has) != NULL);
        CHECK(strstr(out.data, scripts[i].lacks) == NULL);
        buf_release(&out);
    }
}

static void a_huge_event_is_one(void)
{
    static const struct plan plan = {.cut = CUT_HUGE, .huge_bytes = 200000};
    struct buf raw, body;
    buf_init(&raw, 1u << 20);
    buf_init(&body, 1u << 20);
    CHECK_INT(bytes_of(&plan, &raw), JOB_DONE);
    dechunk(&raw, &body);
    const char *start = strstr(body.data, "aaaaaaa");
    CHECK(start != NULL);
    const char *end = start ? strchr(start, '\n') : NULL;
    CHECK(end != NULL && end - start >= 200000 - 8 && end - start < 200200);
    buf_release(&raw);
    buf_release(&body);
}

static void plans_without_a_stream(void)
{
    struct seen s;
    struct setup u = {.family = FAMILY_VLLM, .output = 20};

    u.plan = (struct plan){.cut = CUT_CLOSE};
    CHECK_INT(run(&u, &s, NULL), JOB_CLOSE);
    CHECK(s.body_bytes > 0 && s.body_bytes < s.content_length);

    u.plan = (struct plan){.cut = CUT_GARBAGE};
    CHECK_INT(run(&u, &s, NULL), JOB_DONE);
    CHECK_INT(s.body_bytes, s.content_length);
    CHECK(s.document == NULL);

    u.plan = (struct plan){.cut = CUT_ERROR};
    CHECK_INT(run(&u, &s, NULL), JOB_DONE);
    CHECK(json_object_get(s.document, "error") != NULL);
    json_decref(s.document);
}

int main(void)
{
    RUN(streams_of_all_dialects);
    RUN(one_token);
    RUN(two_choices);
    RUN(several_tokens_in_a_chunk);
    RUN(thinking_comes_first);
    RUN(completions_have_text);
    RUN(whole_documents);
    RUN(same_key_same_bytes);
    RUN(plans);
    RUN(cuts_have_their_place);
    RUN(garnishes);
    RUN(one_byte_chunks_carry_the_same);
    RUN(whole_byte_scripts);
    RUN(a_huge_event_is_one);
    RUN(plans_without_a_stream);
    return check_report();
}
