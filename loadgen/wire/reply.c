/*
 * What a document of a reply says: the choice between the two readers, and what
 * they share (reply_note.h). The scanner is in reply_scan.c, the reader of whole
 * JSON trees in reply_parse.c, errors in reply_error.c.
 */
#include "wire/reply.h"

#include "wire/reply_note.h"

#include <strings.h>

static const struct {
    const char *name;
    enum finish finish;
} finish_rows[] = {
    {"", FINISH_NONE},
    {"stop", FINISH_STOP},
    {"eos_token", FINISH_STOP},     /* TGI */
    {"stop_sequence", FINISH_STOP}, /* TGI */
    {"length", FINISH_LENGTH},
    {"max_tokens", FINISH_LENGTH},
    {"tool_calls", FINISH_TOOL},
    {"function_call", FINISH_TOOL}, /* OpenAI until 2023 */
    {"content_filter", FINISH_CONTENT_FILTER},
    {"model_length", FINISH_CONTEXT}, /* Mistral */
    {"error", FINISH_ERROR},          /* Mistral */
    {"abort", FINISH_ERROR},          /* vLLM, SGLang */
    {"parse_error", FINISH_ERROR},    /* LMDeploy */
};

enum finish finish_find(const char *name, size_t length)
{
    for (size_t i = 0; i < ARRAY_LEN(finish_rows); i++)
        if (strlen(finish_rows[i].name) == length &&
            memcmp(finish_rows[i].name, name, length) == 0)
            return finish_rows[i].finish;
    return FINISH_OTHER;
}

bool is_error_word(const char *text, size_t length)
{
    return length == 5 && strncasecmp(text, "error", 5) == 0;
}

void reply_clear(struct reply *r)
{
    r->choices = r->choice_index = r->finished = 0;
    r->finish = FINISH_NONE;
    r->has_role = r->has_content = r->has_thinking = false;
    r->has_tool = r->has_refusal = r->is_done = false;
    r->content_bytes = 0;
    r->usage = (struct usage){0};
    r->is_error = false;
    r->error_code = 0;
    r->error_text[0] = r->provider_code[0] = r->model[0] = '\0';
    r->items = 0;
    r->is_flagged = false;
}

void note_choice(struct reply *r, uint32_t index, enum finish finish)
{
    r->choices++;
    r->choice_index = index;
    if (finish == FINISH_NONE)
        return;
    r->finish = finish;
    if (index < 32)
        r->finished |= UINT32_C(1) << index;
}

void note_text(char *field, size_t size, const char *text, size_t length)
{
    size_t n = length < size ? length : size - 1;
    memcpy(field, text, n);
    field[n] = '\0';
}

enum reply_status reply_read(struct reply *out, const char *json, size_t length,
                             bool want_model)
{
    enum reply_status status = REPLY_OK;
    if (!reply_scan(out, json, length))
        status = reply_parse(out, json, length);
    if (!want_model)
        out->model[0] = '\0';
    return status;
}
