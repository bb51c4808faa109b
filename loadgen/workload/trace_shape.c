/*
 * Which column of a trace holds what; see trace_shape.h.
 *
 * Sources of the formats: facts on Azure LLM inference traces 2023 and 2024,
 * BurstGPT, Mooncake (FAST'25) and Qwen-Bailian as their repositories document
 * them. The first row of the table whose columns all occur in the first line is
 * the format; so the more special one stands first.
 */
#include "workload/trace_shape.h"

#include "base/buf.h"
#include "workload/trace_split.h"

#include <string.h>

const char *const trace_format_names[7] = {"auto", "azure", "burstgpt", "mooncake",
                                           "csv",  "jsonl", NULL};

struct preset {
    enum trace_format format;
    bool is_json;
    const char *marker; /* a further column that must be there, or NULL */
    const char *columns;
};

static const struct preset presets[] = {
    {TRACE_AZURE, false, NULL,
     "time=TIMESTAMP,prompt=ContextTokens,output=GeneratedTokens"},
    {TRACE_BURSTGPT, false, "Model",
     "time=Timestamp,prompt=Request tokens,output=Response tokens"},
    {TRACE_JSONL, true, "chat_id", /* Qwen-Bailian */
     "time=timestamp,prompt=input_length,output=output_length,blocks=hash_ids,"
     "block_tokens=16"},
    {TRACE_MOONCAKE, true, "hash_ids",
     "time=timestamp,unit=ms,prompt=input_length,output=output_length,"
     "blocks=hash_ids,block_tokens=512"},
    {TRACE_CSV, false, NULL, "time=time,prompt=prompt,output=output"},
    {TRACE_JSONL, true, NULL,
     "time=time,prompt=prompt,output=output,blocks=blocks,block_tokens=512"},
};

static const char *const column_keys[COLUMN_COUNT] = {"time", "prompt", "output",
                                                      "blocks"};

static const struct {
    const char *name;
    int64_t ns;
} units[] = {
    {"s", NS_PER_S},
    {"ms", NS_PER_MS},
    {"us", NS_PER_US},
    {"ns", 1},
};

static bool is_text(struct field f, const char *text)
{
    return strlen(text) == f.length && memcmp(f.text, text, f.length) == 0;
}

/* The next pair of "a=b,c=d": 1, 0 past the end, -1 without '='. */
static int next_pair(const char **text, struct field *key, struct field *value)
{
    if (**text == '\0')
        return 0;
    size_t length = strcspn(*text, ",");
    const char *equals = memchr(*text, '=', length);
    if (equals == NULL)
        return -1;
    *key = (struct field){*text, (size_t)(equals - *text)};
    *value = (struct field){equals + 1, (size_t)(*text + length - equals) - 1};
    *text += length + ((*text)[length] == ',');
    return 1;
}

static int set_unit(struct trace_shape *s, struct field value, struct err *e)
{
    for (size_t i = 0; i < ARRAY_LEN(units); i++)
        if (is_text(value, units[i].name)) {
            s->unit_ns = units[i].ns;
            return 0;
        }
    return err_set(e, "columns: unit=%.*s is none of s, ms, us, ns", (int)value.length,
                   value.text);
}

static int set_block_tokens(struct trace_shape *s, struct field value, struct err *e)
{
    uint32_t tokens;
    if (!value_count(value, &tokens) || tokens == 0)
        return err_set(e, "columns: block_tokens=%.*s is out of range 1..%d",
                       (int)value.length, value.text, TRACE_TOKENS_MAX);
    s->block_tokens = tokens;
    return 0;
}

static int set_key(struct trace_shape *s, struct field key, struct field value,
                   struct err *e)
{
    if (value.length == 0 || value.length >= TRACE_NAME_MAX)
        return err_set(e, "columns: the value of %.*s must have 1..%d bytes",
                       (int)key.length, key.text, TRACE_NAME_MAX - 1);
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        if (is_text(key, column_keys[i])) {
            memcpy(s->names[i], value.text, value.length);
            s->names[i][value.length] = '\0';
            return 0;
        }
    if (is_text(key, "unit"))
        return set_unit(s, value, e);
    if (is_text(key, "block_tokens"))
        return set_block_tokens(s, value, e);
    return err_set(e,
                   "columns: unknown key \"%.*s\"; known are time, prompt, output, "
                   "blocks, block_tokens, unit",
                   (int)key.length, key.text);
}

static int set_columns(struct trace_shape *s, const char *columns, struct err *e)
{
    struct field key, value;
    int got = next_pair(&columns, &key, &value);
    for (; got == 1; got = next_pair(&columns, &key, &value))
        if (set_key(s, key, value, e) != 0)
            return -1;
    if (got < 0)
        return err_set(e, "columns: \"%s\" is not KEY=COLUMN[,KEY=COLUMN]", columns);
    return 0;
}

static int next_name(bool is_json, struct split *s, struct field *name)
{
    struct field ignored;
    return is_json ? split_json(s, name, &ignored) : split_csv(s, name);
}

/* Position of a column in the first line; SIZE_MAX: there is none. */
static size_t find_column(bool is_json, const char *line, const char *wanted)
{
    struct split s = {line, true};
    struct field name;
    for (size_t i = 0; next_name(is_json, &s, &name) == 1; i++)
        if (is_text(name, wanted))
            return i;
    return SIZE_MAX;
}

static int missing_column(const struct trace_shape *s, const char *line,
                          const char *name, struct err *e)
{
    struct buf there;
    buf_init(&there, 512);
    struct split split = {line, true};
    struct field found;
    while (next_name(s->is_json, &split, &found) == 1 && !there.is_full)
        buf_printf(&there, "%s\"%.*s\"", there.len > 0 ? ", " : "", (int)found.length,
                   found.text);
    err_set(e,
            "line 1: no column \"%s\" among %s: name yours with "
            "columns time=...,prompt=...,output=...",
            name, there.len > 0 ? there.data : "no columns at all");
    buf_release(&there);
    return -1;
}

static int find_columns(struct trace_shape *s, const char *line, struct err *e)
{
    s->last = 0;
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        s->index[i] =
            s->names[i][0] ? find_column(s->is_json, line, s->names[i]) : SIZE_MAX;
        if (s->index[i] == SIZE_MAX && i != COLUMN_BLOCKS)
            return missing_column(s, line, s->names[i], e);
        if (s->index[i] != SIZE_MAX && s->index[i] > s->last)
            s->last = s->index[i];
    }
    return 0;
}

/* Names and units of a preset; its columns are not looked for yet. */
static void take_preset(struct trace_shape *s, const struct preset *p)
{
    *s = (struct trace_shape){.format = p->format,
                              .is_json = p->is_json,
                              .unit_ns = NS_PER_S,
                              .block_tokens = 1};
    struct err impossible = {0};
    if (set_columns(s, p->columns, &impossible) != 0)
        bug("a preset is wrong");
}

static bool preset_fits(const struct preset *p, const char *line)
{
    if (p->marker && find_column(p->is_json, line, p->marker) == SIZE_MAX)
        return false;
    struct trace_shape s;
    struct err ignored = {0};
    take_preset(&s, p);
    return find_columns(&s, line, &ignored) == 0;
}

/* The first preset of the asked format that fits the line; when none does, the
 * last one of them, which is the generic one. */
static const struct preset *choose(const char *line, enum trace_format format)
{
    bool is_json = line[strspn(line, " \t")] == '{';
    const struct preset *chosen = NULL;
    for (size_t i = 0; i < ARRAY_LEN(presets); i++) {
        const struct preset *p = &presets[i];
        bool is_asked =
            format == TRACE_AUTO ? p->is_json == is_json : p->format == format;
        if (!is_asked)
            continue;
        chosen = p;
        if (preset_fits(p, line))
            break;
    }
    assert(chosen != NULL);
    return chosen;
}

int shape_detect(const char *line, enum trace_format format, const char *columns,
                 struct trace_shape *out, struct err *e)
{
    take_preset(out, choose(line, format));
    if (columns && set_columns(out, columns, e) != 0)
        return -1;
    return find_columns(out, line, e);
}

static int csv_fields(const struct trace_shape *shape, const char *line,
                      struct field fields[COLUMN_COUNT], struct err *e)
{
    struct split s = {line, true};
    struct field value;
    for (size_t i = 0; i <= shape->last; i++) {
        int got = split_csv(&s, &value);
        if (got < 0)
            return err_set(e, "a quote is not closed in \"%.80s\"", line);
        if (got == 0)
            break;
        for (size_t c = 0; c < COLUMN_COUNT; c++)
            if (shape->index[c] == i)
                fields[c] = value;
    }
    return 0;
}

static int json_fields(const struct trace_shape *shape, const char *line,
                       struct field fields[COLUMN_COUNT], struct err *e)
{
    struct split s = {line, true};
    struct field key, value;
    int got = split_json(&s, &key, &value);
    for (; got == 1; got = split_json(&s, &key, &value))
        for (size_t c = 0; c < COLUMN_COUNT; c++)
            if (is_text(key, shape->names[c]))
                fields[c] = value;
    if (got < 0)
        return err_set(e, "not a JSON object: \"%.80s\"", line);
    return 0;
}

int shape_fields(const struct trace_shape *shape, const char *line,
                 struct field fields[COLUMN_COUNT], struct err *e)
{
    for (size_t c = 0; c < COLUMN_COUNT; c++)
        fields[c] = (struct field){NULL, 0};
    return shape->is_json ? json_fields(shape, line, fields, e)
                          : csv_fields(shape, line, fields, e);
}
