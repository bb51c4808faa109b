/*
 * The fast reader of replies: one pass, no tree, no allocation.
 *
 * It walks the document and validates every byte of it (skim.h). Objects that we
 * know are tables of members, each with a function that reads its value; other
 * values are skipped. Whatever is not certain returns false and is left to
 * jansson: errors, content in parts, tool calls, escapes in keys, known keys that
 * come twice, numbers that could overflow, nesting past 64, and everything that
 * is not valid. So the scanner may be narrower than reply_parse, but never
 * different.
 */
#include "wire/reply_note.h"
#include "wire/skim.h"

struct scan {
    struct skim text;
    struct reply *out;
    uint32_t index; /* of the choice being read */
    enum finish finish;
    bool has_payload; /* choices or data were there */
};

/* A member that we know, and how its value is read. */
struct member {
    const char *name;
    size_t length;
    bool (*read)(struct scan *s);
};

#define NAMED(text) (text), sizeof(text) - 1

static bool take_object(struct scan *s, const struct member *members, size_t count)
{
    unsigned seen = 0;
    struct span key;
    if (!skim_take(&s->text, '{'))
        return false;
    if (skim_take(&s->text, '}'))
        return true;
    do {
        if (!skim_key(&s->text, &key))
            return false;
        size_t i = 0;
        while (i < count && (members[i].length != key.length ||
                             memcmp(members[i].name, key.text, key.length) != 0))
            i++;
        if (i < count && (seen >> i & 1))
            return false;
        seen |= i < count ? 1u << i : 0;
        if (!(i < count ? members[i].read(s) : skim_value(&s->text)))
            return false;
    } while (skim_take(&s->text, ','));
    return skim_take(&s->text, '}');
}

/* An array whose elements are read one by one; *count becomes their number. */
static bool take_array(struct scan *s, bool (*read)(struct scan *s), uint32_t *count)
{
    *count = 0;
    if (!skim_take(&s->text, '['))
        return false;
    if (skim_take(&s->text, ']'))
        return true;
    do {
        if (!read(s))
            return false;
        ++*count;
    } while (skim_take(&s->text, ','));
    return skim_take(&s->text, ']');
}

static bool read_refused(struct scan *s)
{
    (void)s;
    return false;
}

static bool read_null(struct scan *s)
{
    return skim_null(&s->text);
}

static bool read_any(struct scan *s)
{
    return skim_value(&s->text);
}

/* Null, else a string whose decoded length goes to note. */
static bool read_text(struct scan *s, void (*note)(struct reply *r, size_t bytes))
{
    struct span text;
    if (skim_null(&s->text))
        return true;
    if (!skim_string(&s->text, &text))
        return false;
    note(s->out, text.decoded);
    return true;
}

static bool read_content(struct scan *s)
{
    return read_text(s, note_content);
}

static bool read_thinking(struct scan *s)
{
    return read_text(s, note_thinking);
}

static bool read_role(struct scan *s)
{
    struct span text;
    if (skim_null(&s->text))
        return true;
    s->out->has_role = true;
    return skim_string(&s->text, &text);
}

/* Null or nothing in it; a tool call is left to jansson. */
static bool read_no_tool(struct scan *s)
{
    return skim_null(&s->text) ||
           (skim_take(&s->text, '[') && skim_take(&s->text, ']'));
}

static const struct member delta_members[] = {
    {NAMED("content"), read_content},    {NAMED("role"), read_role},
    {NAMED("reasoning"), read_thinking}, {NAMED("reasoning_content"), read_thinking},
    {NAMED("tool_calls"), read_no_tool}, {NAMED("refusal"), read_null},
    {NAMED("function_call"), read_null},
};

static bool read_delta(struct scan *s)
{
    return skim_null(&s->text) ||
           take_object(s, delta_members, ARRAY_LEN(delta_members));
}

static bool read_index(struct scan *s)
{
    return skim_null(&s->text) || skim_count(&s->text, &s->index);
}

static bool read_finish(struct scan *s)
{
    struct span text;
    if (skim_null(&s->text))
        return true;
    if (!skim_string(&s->text, &text) || text.length != text.decoded)
        return false;
    s->finish = finish_find(text.text, text.length);
    return true;
}

static const struct member choice_members[] = {
    {NAMED("index"), read_index},          {NAMED("delta"), read_delta},
    {NAMED("finish_reason"), read_finish}, {NAMED("text"), read_content},
    {NAMED("message"), read_delta},
};

static bool read_choice(struct scan *s)
{
    s->index = s->out->choices;
    s->finish = FINISH_NONE;
    if (!take_object(s, choice_members, ARRAY_LEN(choice_members)))
        return false;
    note_choice(s->out, s->index, s->finish);
    return true;
}

static bool read_choices(struct scan *s)
{
    uint32_t count;
    s->has_payload = true;
    return take_array(s, read_choice, &count);
}

/* data[] of embeddings. */
static bool read_data(struct scan *s)
{
    s->has_payload = true;
    return take_array(s, read_any, &s->out->items);
}

static bool read_count(struct scan *s, uint32_t *field)
{
    uint32_t value;
    if (skim_null(&s->text))
        return true;
    if (!skim_count(&s->text, &value))
        return false;
    note_count(field, value);
    return true;
}

static bool read_prompt_tokens(struct scan *s)
{
    s->out->usage.is_present |= skim_peek(&s->text) != 'n';
    return read_count(s, &s->out->usage.prompt_tokens);
}

static bool read_completion_tokens(struct scan *s)
{
    s->out->usage.is_present |= skim_peek(&s->text) != 'n';
    return read_count(s, &s->out->usage.completion_tokens);
}

static bool read_cached_tokens(struct scan *s)
{
    return read_count(s, &s->out->usage.cached_tokens);
}

static bool read_reasoning_tokens(struct scan *s)
{
    return read_count(s, &s->out->usage.reasoning_tokens);
}

static const struct member details_members[] = {
    {NAMED("cached_tokens"), read_cached_tokens},
    {NAMED("reasoning_tokens"), read_reasoning_tokens},
};

static bool read_details(struct scan *s)
{
    return skim_null(&s->text) ||
           take_object(s, details_members, ARRAY_LEN(details_members));
}

static const struct member usage_members[] = {
    {NAMED("prompt_tokens"), read_prompt_tokens},
    {NAMED("completion_tokens"), read_completion_tokens},
    {NAMED("prompt_tokens_details"), read_details},
    {NAMED("completion_tokens_details"), read_details},
    {NAMED("cached_tokens"), read_cached_tokens},
    {NAMED("num_cached_tokens"), read_cached_tokens},
    {NAMED("prompt_cache_hit_tokens"), read_cached_tokens},
    {NAMED("reasoning_tokens"), read_reasoning_tokens},
};

static bool read_usage(struct scan *s)
{
    return skim_null(&s->text) ||
           take_object(s, usage_members, ARRAY_LEN(usage_members));
}

static bool read_model(struct scan *s)
{
    struct span text;
    if (skim_null(&s->text))
        return true;
    if (!skim_string(&s->text, &text) || text.length != text.decoded)
        return false;
    note_text(s->out->model, sizeof s->out->model, text.text, text.length);
    return true;
}

/* "object" tells errors apart: any other short word will do. */
static bool read_object(struct scan *s)
{
    struct span text;
    return skim_string(&s->text, &text) && text.length == text.decoded &&
           !is_error_word(text.text, text.length);
}

static const struct member document_members[] = {
    {NAMED("choices"), read_choices},    {NAMED("model"), read_model},
    {NAMED("object"), read_object},      {NAMED("usage"), read_usage},
    {NAMED("data"), read_data},          {NAMED("error"), read_null},
    {NAMED("type"), read_refused},       {NAMED("detail"), read_refused},
    {NAMED("results"), read_refused},    {NAMED("pages"), read_refused},
    {NAMED("error_type"), read_refused}, {NAMED("error_message"), read_refused},
};

bool reply_scan(struct reply *out, const char *json, size_t length)
{
    struct scan s = {.text = {json, json + length}, .out = out};
    reply_clear(out);
    if (!take_object(&s, document_members, ARRAY_LEN(document_members)))
        return false;
    (void)skim_peek(&s.text);
    return s.text.at == s.text.end && s.has_payload;
}
