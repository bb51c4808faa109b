/*
 * Writes a tekken.json in which every filler word is one token, with and without a
 * blank before it, so that the built-in server, which counts words, counts its tokens.
 *
 *   fake_tekken [WITHOUT] > FILE     WITHOUT: a word that is left out
 */
#include "base/base64.h"
#include "base/buf.h"
#include "workload/pretoken.h"
#include "workload/words.h"

#include <stdio.h>
#include <string.h>

struct output {
    struct buf text;
    unsigned rank;
};

static void put(struct output *o, const char *bytes, size_t length)
{
    char code[32] = "";
    base64_encode(code, (const unsigned char *)bytes, length);
    buf_printf(&o->text, "%s{\"rank\":%u,\"token_bytes\":\"%s\",\"token_str\":null}",
               o->rank > 0 ? ",\n" : "", o->rank, code);
    o->rank++;
}

/* Both lists have the same words, one of them with a blank; a word may be in both. */
static void put_words(struct output *o, const struct word *words, unsigned count,
                      const char *without)
{
    for (unsigned i = 0; i < count; i++) {
        const char *bare = words[i].text + (words[i].text[0] == ' ');
        size_t length = (size_t)(words[i].text + words[i].length - bare);
        if (without == NULL || strlen(without) != length ||
            memcmp(without, bare, length) != 0)
            put(o, words[i].text, words[i].length);
    }
}

int main(int argc, char **argv)
{
    const char *without = argc > 1 ? argv[1] : NULL;
    struct output o = {0};
    buf_init(&o.text, (size_t)16 << 20);
    buf_puts(&o.text, "{\"vocab\":[\n");
    for (unsigned i = 0; i < 256; i++) {
        char byte = (char)i;
        put(&o, &byte, 1);
    }
    put_words(&o, words_first, words_first_count, without);
    put_words(&o, words_next, words_next_count, without);
    buf_puts(&o.text, "],\n\"config\":{\"pattern\":\"");
    buf_json_escape(&o.text, pretoken_pattern, strlen(pretoken_pattern));
    buf_printf(&o.text,
               "\",\"default_vocab_size\":%u,\"default_num_special_tokens\":1000,"
               "\"version\":\"v3\"}}\n",
               o.rank + 1000);
    (void)fwrite(o.text.data, 1, o.text.len, stdout);
    buf_release(&o.text);
    return ferror(stdout) != 0 || fflush(stdout) != 0;
}
