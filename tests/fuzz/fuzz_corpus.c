/*
 * Any bytes as a file of prompts: refused with an error, or prompts of which jansson,
 * too, says that they are a text or messages with roles, once in quotes or brackets.
 */
#include "base/buf.h"
#include "workload/corpus.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_prompt(const struct corpus *c, uint32_t i)
{
    const struct corpus_prompt *p = &c->prompts[i];
    struct buf text;
    struct err e = {0};
    buf_init(&text, CORPUS_PROMPT_BYTES_MAX + 16);
    buf_putc(&text, p->is_messages ? '[' : '"');
    int rc = corpus_read(c, i, &text, &e);
    assert(rc == 0 && p->tokens >= 1);
    buf_putc(&text, p->is_messages ? ']' : '"');
    json_t *value =
        json_loadb(text.data, text.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    assert(value != NULL);
    assert(p->is_messages ? json_array_size(value) > 0 : json_string_length(value) > 0);
    for (size_t k = 0; k < json_array_size(value); k++)
        assert(json_is_string(json_object_get(json_array_get(value, k), "role")) ||
               json_is_string(json_object_get(json_array_get(value, k), "from")));
    json_decref(value);
    buf_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[] = "/tmp/fuzz_corpus.XXXXXX";
    int fd = mkstemp(path);
    if (fd < 0)
        return 0;
    FILE *f = fdopen(fd, "w");
    if (f != NULL && fwrite(data, 1, size, f) == size && fclose(f) == 0) {
        struct err e = {0};
        struct corpus *c = corpus_load(path, CORPUS_SHUFFLED, NULL, &e);
        assert((c == NULL) == e.is_set);
        for (uint32_t i = 0; c != NULL && i < c->count; i++)
            check_prompt(c, i);
        corpus_free(c);
    }
    (void)unlink(path);
    return 0;
}
