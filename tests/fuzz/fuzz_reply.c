/*
 * Replies: what the scanner takes, jansson takes too, and both say the same. Error
 * bodies of any bytes give a text that is one line.
 */
#include "wire/reply.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#define SAME(field)                                                                    \
    do {                                                                               \
        if (a->field != b->field)                                                      \
            bug("the readers disagree about " #field);                                 \
    } while (0)

static void check_same(const struct reply *a, const struct reply *b)
{
    SAME(choices);
    SAME(choice_index);
    SAME(finished);
    SAME(finish);
    SAME(has_role);
    SAME(has_content);
    SAME(has_thinking);
    SAME(has_tool);
    SAME(has_refusal);
    SAME(is_done);
    SAME(content_bytes);
    SAME(usage.is_present);
    SAME(usage.prompt_tokens);
    SAME(usage.completion_tokens);
    SAME(usage.cached_tokens);
    SAME(usage.reasoning_tokens);
    SAME(is_error);
    SAME(items);
    SAME(is_flagged);
    if (strcmp(a->model, b->model) != 0)
        bug("the readers disagree about the model");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct reply scanned, parsed;
    char *json = xcalloc(size > 0 ? size : 1, 1); /* so that ASan guards its end */
    if (size > 0)
        memcpy(json, bytes, size);
    bool is_scanned = reply_scan(&scanned, json, size);
    enum reply_status status = reply_parse(&parsed, json, size);
    if (is_scanned && status != REPLY_OK)
        bug("the scanner takes what jansson refuses");
    if (is_scanned)
        check_same(&scanned, &parsed);
    reply_error_body(&parsed, json, size);
    for (const char *p = parsed.error_text; *p != '\0'; p++)
        if ((unsigned char)*p < ' ')
            bug("an error text with a control byte");
    free(json);
    return 0;
}
