/*
 * The patient reader of replies: a whole JSON tree by jansson, for documents of
 * any shape that servers send. It says REPLY_BAD to what is not JSON and to known
 * members of a wrong type; null counts as absent.
 *
 * Numbers are read as doubles, so that 64-bit ids of any server do not overflow.
 *
 * LIMIT: an escape of half a surrogate pair is no JSON to jansson, hence a
 * malformed event; servers send U+FFFD for text that they cut there.
 */
#include "wire/reply.h"

#include "wire/reply_error.h"
#include "wire/reply_note.h"

#include <math.h>

#define LOAD_FLAGS (JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL)

/* The member, NULL when absent or null. */
static const json_t *member(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_null(value) ? NULL : value;
}

/* ---- counts ---- */

static bool read_count(const json_t *value, uint32_t *out)
{
    double number = json_number_value(value);
    if (!json_is_number(value) || number < 0 || number > UINT32_MAX ||
        floor(number) < number)
        return false;
    *out = (uint32_t)number;
    return true;
}

#define USAGE(field) offsetof(struct usage, field)

/* Which member of usage, or of a group inside it, is which number. */
static const struct usage_row {
    const char *group; /* NULL: usage itself */
    const char *name;
    size_t offset;    /* of the uint32_t in struct usage */
    bool is_presence; /* its being there makes the usage present */
} usage_rows[] = {
    {NULL, "prompt_tokens", USAGE(prompt_tokens), true},
    {NULL, "completion_tokens", USAGE(completion_tokens), true},
    {NULL, "cached_tokens", USAGE(cached_tokens), false},           /* SGLang */
    {NULL, "num_cached_tokens", USAGE(cached_tokens), false},       /* Mistral */
    {NULL, "prompt_cache_hit_tokens", USAGE(cached_tokens), false}, /* DeepSeek */
    {NULL, "reasoning_tokens", USAGE(reasoning_tokens), false},     /* SGLang */
    {"prompt_tokens_details", "cached_tokens", USAGE(cached_tokens), false},
    {"prompt_tokens_details", "reasoning_tokens", USAGE(reasoning_tokens), false},
    {"completion_tokens_details", "cached_tokens", USAGE(cached_tokens), false},
    {"completion_tokens_details", "reasoning_tokens", USAGE(reasoning_tokens), false},
};

static bool read_usage_row(struct usage *out, const json_t *usage,
                           const struct usage_row *row)
{
    const json_t *group = row->group != NULL ? member(usage, row->group) : usage;
    if (group == NULL)
        return true;
    if (!json_is_object(group))
        return false;
    const json_t *value = member(group, row->name);
    uint32_t number;
    if (value == NULL)
        return true;
    if (!read_count(value, &number))
        return false;
    note_count((uint32_t *)(void *)((char *)out + row->offset), number);
    out->is_present |= row->is_presence;
    return true;
}

static bool read_usage(struct reply *r, const json_t *root)
{
    const json_t *usage = member(root, "usage");
    if (usage == NULL)
        return true;
    bool is_good = json_is_object(usage);
    for (size_t i = 0; i < ARRAY_LEN(usage_rows) && is_good; i++)
        is_good = read_usage_row(&r->usage, usage, &usage_rows[i]);
    return is_good;
}

/* ---- content ---- */

/* How a piece of text counts: note_content or note_thinking. */
struct sink {
    struct reply *reply;
    void (*note)(struct reply *r, size_t bytes);
};

/* Text, null or absent. */
static bool read_text(const struct sink *sink, const json_t *value)
{
    if (value == NULL)
        return true;
    if (json_is_string(value))
        sink->note(sink->reply, json_string_length(value));
    return json_is_string(value);
}

/* "thinking": a text, or a list of {"type": "text", "text": ...}. */
static bool read_thinking(struct reply *r, const json_t *value)
{
    const struct sink sink = {r, note_thinking};
    if (!json_is_array(value))
        return read_text(&sink, value);
    size_t i;
    json_t *part;
    json_array_foreach(value, i, part)
    {
        if (!json_is_object(part) || !read_text(&sink, member(part, "text")))
            return false;
    }
    return true;
}

/* One part of a content list: {"type": "thinking" | "text" | ...}. */
static bool read_part(struct reply *r, const json_t *part)
{
    const struct sink sink = {r, note_content};
    if (json_is_string(part))
        return read_text(&sink, part);
    return json_is_object(part) && read_text(&sink, member(part, "text")) &&
           read_thinking(r, member(part, "thinking"));
}

/* Content: a text, one part, or a list of parts (Mistral's reasoning models). */
static bool read_content(struct reply *r, const json_t *value)
{
    if (value == NULL)
        return true;
    if (!json_is_array(value))
        return read_part(r, value);
    size_t i;
    json_t *part;
    json_array_foreach(value, i, part)
    {
        if (!read_part(r, part))
            return false;
    }
    return true;
}

static bool read_tools(struct reply *r, const json_t *delta)
{
    const json_t *calls = member(delta, "tool_calls");
    const json_t *call = member(delta, "function_call");
    r->has_tool |= json_array_size(calls) > 0 || call != NULL;
    return (calls == NULL || json_is_array(calls)) &&
           (call == NULL || json_is_object(call));
}

/* The delta of a chunk or the message of a whole answer. */
static bool read_delta(struct reply *r, const json_t *delta)
{
    const struct sink thinking = {r, note_thinking};
    if (delta == NULL)
        return true;
    const json_t *role = member(delta, "role");
    const json_t *refusal = member(delta, "refusal");
    r->has_role |= role != NULL;
    r->has_refusal |= json_string_length(refusal) > 0;
    return json_is_object(delta) && (role == NULL || json_is_string(role)) &&
           (refusal == NULL || json_is_string(refusal)) &&
           read_content(r, member(delta, "content")) &&
           read_text(&thinking, member(delta, "reasoning")) &&
           read_text(&thinking, member(delta, "reasoning_content")) &&
           read_tools(r, delta);
}

/* ---- choices ---- */

static bool read_choice(struct reply *r, const json_t *choice)
{
    const struct sink content = {r, note_content};
    const json_t *index = member(choice, "index");
    const json_t *finish = member(choice, "finish_reason");
    uint32_t number = r->choices;
    if (!json_is_object(choice) || (index != NULL && !read_count(index, &number)) ||
        (finish != NULL && !json_is_string(finish)) ||
        !read_text(&content, member(choice, "text")) ||
        !read_delta(r, member(choice, "delta")) ||
        !read_delta(r, member(choice, "message")))
        return false;
    note_choice(r, number,
                finish == NULL ? FINISH_NONE
                               : finish_find(json_string_value(finish),
                                             json_string_length(finish)));
    return true;
}

static bool read_choices(struct reply *r, const json_t *root)
{
    const json_t *choices = member(root, "choices");
    if (choices == NULL)
        return true;
    if (!json_is_array(choices))
        return false;
    size_t i;
    json_t *choice;
    json_array_foreach(choices, i, choice)
    {
        if (!read_choice(r, choice))
            return false;
    }
    return true;
}

/* ---- other documents ---- */

/* data[] of embeddings, results[] of moderations and classifications, pages[] of
 * documents. A result is flagged when it
 * says so (OpenAI) or when any category is true (Mistral). */
static bool read_items(struct reply *r, const json_t *root)
{
    const json_t *data = member(root, "data");
    const json_t *results = member(root, "results");
    const json_t *pages = member(root, "pages");
    r->items = (uint32_t)(json_array_size(data) + json_array_size(results) +
                          json_array_size(pages));
    size_t i;
    json_t *result;
    json_array_foreach(results, i, result)
    {
        const char *key;
        json_t *hit;
        r->is_flagged |= json_is_true(json_object_get(result, "flagged"));
        json_object_foreach(json_object_get(result, "categories"), key, hit)
            r->is_flagged |= json_is_true(hit);
    }
    return (data == NULL || json_is_array(data)) &&
           (results == NULL || json_is_array(results)) &&
           (pages == NULL || json_is_array(pages));
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), n = strlen(end);
    return length >= n && strcmp(text + length - n, end) == 0;
}

/* Streams whose events have a type instead of choices: conversations and
 * transcriptions of Mistral's API. Their last event is the end marker and stands
 * for the finish reason of the one choice. */
static bool read_typed(struct reply *r, const json_t *root)
{
    const json_t *type = member(root, "type");
    const char *name = json_is_string(type) ? json_string_value(type) : "";
    if (strcmp(name, "conversation.response.done") == 0 ||
        strcmp(name, "transcription.done") == 0) {
        r->is_done = true;
        note_choice(r, 0, FINISH_STOP);
    }
    const struct sink content = {r, note_content};
    r->has_tool |= strcmp(name, "function.call.delta") == 0;
    if (!ends_with(name, ".delta"))
        return true;
    return read_content(r, member(root, "content")) &&
           read_text(&content, member(root, "text"));
}

static bool read_model(struct reply *r, const json_t *root)
{
    const json_t *model = member(root, "model");
    if (model != NULL && json_is_string(model))
        note_text(r->model, sizeof r->model, json_string_value(model),
                  json_string_length(model));
    return model == NULL || json_is_string(model);
}

enum reply_status reply_parse(struct reply *out, const char *json, size_t length)
{
    reply_clear(out);
    json_t *root = json_loadb(json, length, LOAD_FLAGS, NULL);
    bool is_good = json_is_object(root);
    if (is_good && reply_error_is(root))
        reply_error_note(out, root);
    is_good = is_good && read_choices(out, root) && read_usage(out, root) &&
              read_items(out, root) && read_typed(out, root) && read_model(out, root);
    json_decref(root);
    return is_good || out->is_error ? REPLY_OK : REPLY_BAD;
}
