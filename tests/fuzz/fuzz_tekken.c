/*
 * Any bytes as tekken.json: refused with an error, or a tokenizer whose ids of any
 * text are the text again.
 */
#include "workload/tekken.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err e = {0};
    struct tokenizer t;
    int rc = tekken_read((const char *)data, size, &t, &e);
    assert((rc < 0) == e.is_set);
    assert((rc < 0) == (t.bpe == NULL));
    if (rc == 0) {
        struct bpe_work work = {0};
        size_t n = size < 4096 ? size : 4096, at = 0;
        uint32_t *ids = xcalloc(n, sizeof *ids);
        size_t count = tokenizer_encode(&t, &work, (const char *)data, n, ids);
        for (size_t i = 0; i < count; i++) {
            size_t length = 0;
            const char *token = tokenizer_decode(&t, ids[i], &length);
            assert(token != NULL && length <= n - at);
            assert(memcmp(token, data + at, length) == 0);
            at += length;
        }
        assert(at == n);
        free(ids);
        bpe_work_release(&work);
    }
    tokenizer_release(&t);
    return 0;
}
