/*
 * Bodies of requests for tests: a prompt spec with its buffers, the last body as
 * JSON, a profile of one class, and the schedule's next request.
 */
#ifndef GUST_PROMPT_BENCH_H
#define GUST_PROMPT_BENCH_H

#include "check.h"

#include "workload/prompt.h"

#include <jansson.h>
#include <stdlib.h>

#define BYTES (8u << 20)
#define OVERHEAD 3
#define PER_TURN 4

/* A prompt spec, its buffers, and the last body as JSON. */
struct bench {
    struct profile *profile;
    struct prompt_spec spec;
    struct buf text, body;
    json_t *json;
};

static inline void bench_init(struct bench *b, struct profile *p, const char *dialect)
{
    *b = (struct bench){.profile = p};
    b->spec = (struct prompt_spec){
        .dialect = dialect_find(dialect), .profile = p, .model = "m-1", .seed = 42};
    for (size_t i = 0; i < PROFILE_CLASSES_MAX; i++)
        b->spec.overhead[i] =
            (struct prompt_overhead){.single = OVERHEAD, .per_turn = PER_TURN};
    buf_init(&b->text, BYTES);
    buf_init(&b->body, BYTES);
}

static inline void bench_release(struct bench *b)
{
    json_decref(b->json);
    buf_release(&b->text);
    buf_release(&b->body);
    profile_free(b->profile);
}

static inline void bench_body(struct bench *b, const struct arrival *a)
{
    buf_reset(&b->body);
    prompt_body(&b->spec, a, &b->text, &b->body);
    CHECK(b->body.len <= prompt_body_bytes_max(a));
    CHECK(b->text.len <= prompt_body_bytes_max(a));
    json_decref(b->json);
    b->json = json_loadb(b->body.data, b->body.len, JSON_REJECT_DUPLICATES, NULL);
    CHECK(b->json != NULL);
}

/* Content of message i of a chat. */
static inline const char *content(const struct bench *b, size_t i)
{
    const json_t *m = json_array_get(json_object_get(b->json, "messages"), i);
    const char *text = json_string_value(json_object_get(m, "content"));
    return text != NULL ? text : "";
}

static inline const char *role(const struct bench *b, size_t i)
{
    const json_t *m = json_array_get(json_object_get(b->json, "messages"), i);
    return json_string_value(json_object_get(m, "role"));
}

static inline const char *member(const struct bench *b, const char *key)
{
    const char *text = json_string_value(json_object_get(b->json, key));
    return text != NULL ? text : "";
}

static inline struct profile *make(const char *class)
{
    char text[2048];
    struct err e = {0};
    (void)snprintf(text, sizeof text,
                   "{\"name\":\"p\",\"classes\":[%s],\"arrival\":{\"kind\":\"poisson\","
                   "\"rate\":\"100/s\"}}",
                   class);
    struct profile *p = profile_parse(text, strlen(text), &e);
    CHECK_STR(e.text, "");
    if (p == NULL)
        abort();
    return p;
}

static const struct phase minute = {.kind = PHASE_STEADY, .duration_ns = 60 * NS_PER_S};

static inline struct arrival next_of(struct schedule *s)
{
    struct err e = {0};
    struct arrival a;
    CHECK_INT(schedule_next(s, &a, &e), 1);
    return a;
}

#define CHAT                                                                           \
    "{\"name\":\"c\",\"api\":\"chat\",\"prompt\":{\"kind\":\"uniform\",\"min\":1,"     \
    "\"max\":400},\"output\":20}"

#endif
