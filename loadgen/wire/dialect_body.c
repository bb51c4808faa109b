/*
 * Request bodies: one spec and one dialect give one text. Members stand in a
 * fixed order and numbers have their shortest form, so that the same seed gives
 * the same bytes everywhere. Nothing is allocated beyond the buffer's growth.
 */
#include "wire/dialect.h"

#include "base/base64.h"
#include "base/jout.h"

#include <string.h>

/* A text that needs no escapes; jout would walk it byte by byte. */
static void text(struct jout *j, const char *key, const struct message *m)
{
    jout_raw(j, key, "\"", 1);
    buf_append(j->out, m->text, m->length);
    buf_putc(j->out, '"');
}

/* "data:image/png;base64,..." */
static void data_url(struct jout *j, const char *key, const struct attachment *a)
{
    struct buf *out = j->out;
    size_t room = BASE64_ENCODED(a->length);
    jout_raw(j, key, "\"", 1);
    buf_printf(out, "data:%s;base64,", a->mime);
    if (buf_reserve(out, room)) {
        base64_encode(out->data + out->len, (const unsigned char *)a->bytes, a->length);
        out->len += room;
        out->data[out->len] = '\0';
    }
    buf_putc(out, '"');
}

/* Content in parts: the text, then each picture. */
static void content_parts(struct jout *j, const struct request_spec *spec,
                          const struct message *m)
{
    jout_array(j, "content");
    jout_object(j, NULL);
    jout_str(j, "type", "text");
    text(j, "text", m);
    jout_end_object(j);
    for (size_t i = 0; i < spec->attachment_count; i++) {
        jout_object(j, NULL);
        jout_str(j, "type", "image_url");
        jout_object(j, "image_url");
        data_url(j, "url", &spec->attachments[i]);
        jout_end_object(j);
        jout_end_object(j);
    }
    jout_end_array(j);
}

static void chat_messages(struct jout *j, const struct request_spec *spec)
{
    jout_array(j, "messages");
    if (spec->messages_json != NULL)
        buf_append(j->out, spec->messages_json, spec->messages_json_length);
    for (size_t i = 0; i < spec->message_count; i++) {
        const struct message *m = &spec->messages[i];
        bool has_parts = i + 1 == spec->message_count && spec->attachment_count > 0;
        jout_object(j, NULL);
        jout_str(j, "role", m->role);
        if (has_parts)
            content_parts(j, spec, m);
        else
            text(j, "content", m);
        jout_end_object(j);
    }
    jout_end_array(j);
}

/* One conversation of one message: a list of messages, or an object around it. */
static void conversation(struct jout *j, const char *key, const struct message *m,
                         bool is_object)
{
    if (is_object)
        jout_object(j, key);
    jout_array(j, is_object ? "messages" : key);
    jout_object(j, NULL);
    jout_str(j, "role", m->role);
    text(j, "content", m);
    jout_end_object(j);
    jout_end_array(j);
    if (is_object)
        jout_end_object(j);
}

static void conversations(struct jout *j, const struct request_spec *spec,
                          bool is_object)
{
    if (spec->message_count == 1) {
        conversation(j, "input", &spec->messages[0], is_object);
        return;
    }
    jout_array(j, "input");
    for (size_t i = 0; i < spec->message_count; i++)
        conversation(j, NULL, &spec->messages[i], is_object);
    jout_end_array(j);
}

static void document(struct jout *j, const struct request_spec *spec)
{
    assert(spec->attachment_count == 1);
    const struct attachment *a = &spec->attachments[0];
    const char *key = strncmp(a->mime, "image/", 6) == 0 ? "image_url" : "document_url";
    jout_object(j, "document");
    jout_str(j, "type", key);
    data_url(j, key, a);
    jout_end_object(j);
}

/* One input as a string, several as an array. */
static void inputs(struct jout *j, const char *key, const struct request_spec *spec)
{
    if (spec->message_count == 1) {
        text(j, key, &spec->messages[0]);
        return;
    }
    jout_array(j, key);
    for (size_t i = 0; i < spec->message_count; i++)
        text(j, NULL, &spec->messages[i]);
    jout_end_array(j);
}

static void prompt(struct jout *j, const struct request_spec *spec)
{
    switch (spec->api) {
    case API_CHAT:
        chat_messages(j, spec);
        return;
    case API_COMPLETION:
        inputs(j, "prompt", spec);
        return;
    case API_FIM:
        assert(spec->message_count == 1 || spec->message_count == 2);
        text(j, "prompt", &spec->messages[0]);
        if (spec->message_count == 2)
            text(j, "suffix", &spec->messages[1]);
        return;
    case API_EMBEDDINGS:
    case API_MODERATION:
    case API_CLASSIFICATION:
        inputs(j, "input", spec);
        return;
    case API_CHAT_MODERATION:
        conversations(j, spec, false);
        return;
    case API_CHAT_CLASSIFICATION:
        conversations(j, spec, true);
        return;
    case API_OCR:
        document(j, spec);
        return;
    case API_COUNT:
        break;
    }
    bug("no such API");
}

/* Does this member come with the extra ones, in place of the dialect's? */
static bool is_extra(const struct request_spec *spec, const char *key)
{
    const char *const *k = spec->extra_keys;
    while (k != NULL && *k != NULL && strcmp(*k, key) != 0)
        k++;
    return k != NULL && *k != NULL;
}

/* How long the answer may be and, where that can be asked for, must be. */
static void lengths(struct jout *j, const struct dialect *d,
                    const struct request_spec *spec)
{
    const char *min_key =
        spec->api == API_FIM ? d->fim_min_tokens_key : d->min_tokens_key;
    const char *eos_key = d->ignore_eos_key;
    if (spec->max_tokens == 0)
        return;
    jout_u64(j, d->max_tokens_key, spec->max_tokens);
    if (spec->force_length && min_key != NULL && !is_extra(spec, min_key))
        jout_u64(j, min_key, spec->max_tokens);
    if (spec->force_length && eos_key != NULL && !is_extra(spec, eos_key))
        jout_bool(j, eos_key, true);
}

static bool takes_temperature(const struct dialect *d, double temperature)
{
    bool is_low = d->min_is_exclusive ? temperature <= d->temperature_min
                                      : temperature < d->temperature_min;
    return !is_low && temperature <= d->temperature_max;
}

static bool takes_top_p(const struct dialect *d, double top_p)
{
    return top_p > 0 && (d->top_p_below_one ? top_p < 1 : top_p <= 1);
}

static void sampling(struct jout *j, const struct dialect *d,
                     const struct request_spec *spec)
{
    if (spec->has_temperature && takes_temperature(d, spec->temperature))
        jout_num(j, "temperature", spec->temperature);
    if (spec->has_top_p && takes_top_p(d, spec->top_p))
        jout_num(j, "top_p", spec->top_p);
    if (spec->has_seed && d->seed_key != NULL)
        jout_u64(j, d->seed_key, spec->seed);
    if (spec->choices > 1 && spec->api != API_FIM)
        jout_u64(j, "n", spec->choices);
}

static void streaming(struct jout *j, const struct dialect *d,
                      const struct request_spec *spec)
{
    if (!spec->is_stream)
        return;
    jout_bool(j, "stream", true);
    if (!d->has_stream_usage || is_extra(spec, "stream_options"))
        return;
    jout_object(j, "stream_options");
    jout_bool(j, "include_usage", true);
    jout_end_object(j);
}

/* Servers refuse stream_options without a stream: a calibration has none. */
static void extras(struct jout *j, const struct request_spec *spec)
{
    for (size_t i = 0; spec->extra_keys != NULL && spec->extra_keys[i] != NULL; i++) {
        const char *key = spec->extra_keys[i], *value = spec->extra_values[i];
        if (spec->is_stream || strcmp(key, "stream_options") != 0)
            jout_raw(j, key, value, strlen(value));
    }
}

void dialect_body(const struct dialect *d, const struct request_spec *spec,
                  struct buf *out)
{
    struct jout j;
    assert(spec->message_count > 0 || spec->messages_json != NULL ||
           spec->api == API_OCR);
    jout_init(&j, out, false);
    jout_object(&j, NULL);
    if (spec->model != NULL)
        jout_str(&j, "model", spec->model);
    prompt(&j, spec);
    if (api_generates(spec->api)) {
        lengths(&j, d, spec);
        sampling(&j, d, spec);
        streaming(&j, d, spec);
    }
    extras(&j, spec);
    jout_end_object(&j);
}
