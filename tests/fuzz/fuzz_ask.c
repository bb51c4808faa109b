/*
 * The mock's body reader: never crashes, and takes nothing that a real JSON
 * parser does not take.
 */
#include "fixtures/ask.h"
#include "fixtures/jscan.h"

#include <jansson.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* jscan does not look at UTF-8, escapes of surrogates, NUL and duplicate keys,
 * and has its own limits of depth and number length; jansson refuses those. */
static bool is_plain(const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)bytes[i] >= 0x80 || bytes[i] == '\0' ||
            (bytes[i] == '\\' && i + 1 < size && bytes[i + 1] == 'u') ||
            bytes[i] == 'e' || bytes[i] == 'E')
            return false;
    return size < 60;
}

static void compare(const char *bytes, size_t size)
{
    struct jscan s;
    jscan_init(&s, bytes, size);
    bool is_good = jscan_skip(&s, NULL) && jscan_end(&s);
    if (!is_plain(bytes, size))
        return;
    json_t *json =
        json_loadb(bytes, size, JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, NULL);
    assert(is_good == (json != NULL));
    json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct dialect dialect = {.name = "any", .top_p_below_one = true};
    struct span body = {(const char *)data, size};
    struct ask a;
    ask_init(&a);
    for (int api = 0; api < API_COUNT; api++)
        for (int is_strict = 0; is_strict < 2; is_strict++) {
            struct ask_rules rules = {.dialect = &dialect,
                                      .is_strict = is_strict,
                                      .chat_overhead = 3,
                                      .block_words = 2};
            enum ask_result result = ask_read(&a, &rules, (enum api)api, body);
            assert((result == ASK_INVALID) == (a.problems.len > 0) ||
                   result == ASK_BAD_JSON);
            assert(a.choices >= 1 && a.choices <= ASK_CHOICES_MAX);
        }
    ask_release(&a);
    compare(body.at, body.length);
    return 0;
}
