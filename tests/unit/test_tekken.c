/*
 * tekken.json: known answers of the reference implementation on a small vocabulary
 * (tests/interop/tekken_tiny.py made both), and what is refused. Runs in the source
 * tree's root.
 */
#include "base/json.h"
#include "check.h"
#include "scratch.h"
#include "workload/pretoken.h"
#include "workload/tekken.h"

#define TINY "tests/unit/tekken/tiny.json"
#define VECTORS "tests/unit/tekken/vectors.jsonl"
#define IDS_MAX 4096

static void check_vector(const struct tokenizer *t, const json_t *v)
{
    static uint32_t ids[IDS_MAX];
    struct bpe_work work = {0};
    const json_t *text = json_object_get(v, "text"),
                 *expected = json_object_get(v, "ids");
    const char *bytes = json_string_value(text);
    size_t length = json_string_length(text), at = 0;
    check_row = bytes;
    CHECK(length <= IDS_MAX);
    size_t n = tokenizer_encode(t, &work, bytes, length, ids);
    CHECK_INT(n, json_array_size(expected));
    CHECK_INT(tokenizer_count(t, &work, bytes, length), n);
    for (size_t i = 0; i < n; i++) {
        size_t part = 0;
        const char *token = tokenizer_decode(t, ids[i], &part);
        CHECK_INT(ids[i], json_integer_value(json_array_get(expected, i)));
        CHECK(token != NULL && part <= length - at && !memcmp(token, bytes + at, part));
        at += part;
    }
    CHECK_INT(at, length);
    bpe_work_release(&work);
}

static void answers_are_the_references(void)
{
    struct err e = {0};
    struct tokenizer t;
    size_t length = 0, count = 0;
    CHECK_INT(tekken_load(TINY, &t, &e), 0);
    CHECK_STR(e.text, "");
    CHECK_STR(t.version, "v3");
    CHECK_INT(t.specials, 20);
    CHECK_INT(bpe_count(t.bpe), 412); /* 452 in the file */
    char *vectors = scratch_read(VECTORS, &length);
    for (char *line = vectors; line != NULL && *line != '\0'; count++) {
        char *newline = strchr(line, '\n');
        json_t *v = json_loadb(line, (size_t)(newline - line), JSON_ALLOW_NUL, NULL);
        CHECK(v != NULL);
        check_vector(&t, v);
        json_decref(v);
        line = newline + 1;
    }
    CHECK_INT(count, 51);
    free(vectors);
    tokenizer_release(&t);
}

static void ids_are_tokens_or_nothing(void)
{
    struct err e = {0};
    struct tokenizer t;
    size_t n = 0;
    CHECK_INT(tekken_load(TINY, &t, &e), 0);
    CHECK(tokenizer_decode(&t, 19, &n) == NULL);
    CHECK(tokenizer_decode(&t, 20, &n) != NULL && n == 1);
    CHECK(tokenizer_decode(&t, 431, &n) != NULL);
    CHECK(tokenizer_decode(&t, 432, &n) == NULL);
    tokenizer_release(&t);
}

/* A document with one part replaced; NULL: as it should be. */
static void write_document(struct buf *out, const char *config, const char *entry)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    buf_puts(out, "{\"vocab\": [");
    for (unsigned i = 0; i < 256; i++)
        buf_printf(out, "{\"rank\": %u, \"token_bytes\": \"%c%c==\"},\n", i,
                   alphabet[i >> 2], alphabet[(i & 3) << 4]);
    buf_puts(out, entry ? entry : "{\"token_bytes\": \"YWI=\", \"rank\": 256}");
    buf_puts(out, "], \"more\": {\"x\": [1, \"\\u00e9\"]}, \"config\": ");
    if (config != NULL) {
        buf_puts(out, config);
    } else {
        buf_puts(out, "{\"default_vocab_size\": 267, \"version\": \"v13\", "
                      "\"default_num_special_tokens\": 10, \"pattern\": \"");
        buf_json_escape(out, pretoken_pattern, strlen(pretoken_pattern));
        buf_puts(out, "\"}");
    }
    buf_puts(out, "}");
}

static void mistakes_are_named(void)
{
    static const struct {
        const char *name, *config, *entry, *says; /* says NULL: fine */
    } rows[] = {
        {"fine", NULL, NULL, NULL},
        {"escaped base64", NULL, "{\"rank\":256,\"token_bytes\":\"\\u0059WI\\u003d\"}",
         NULL},
        {"no config", "null", NULL, "config: not an object"},
        {"no pattern", "{}", NULL, "config.pattern: missing; only tekken's is known"},
        {"foreign pattern", "{\"pattern\": \"\\\\w+\"}", NULL,
         "config.pattern: another pattern; only tekken's is known"},
        {"size", "{\"default_vocab_size\": -1}", NULL,
         "config.default_vocab_size: not what this program can read"},
        {"rank", NULL, "{\"rank\": 7, \"token_bytes\": \"YWI=\"}",
         "vocab[256]: rank: 7, where 256 stands"},
        {"rank's type", NULL, "{\"rank\": \"256\", \"token_bytes\": \"YWI=\"}",
         "vocab[256]: rank: not a whole number"},
        {"base64", NULL, "{\"rank\": 256, \"token_bytes\": \"YWI\"}",
         "vocab[256]: token_bytes: not base64 of at most 1024 bytes"},
        {"no bytes", NULL, "{\"rank\": 256}", "vocab[256]: token_bytes is missing"},
        {"no rank", NULL, "{\"token_bytes\": \"YWI=\"}", "vocab[256]: rank is missing"},
        {"empty token", NULL, "{\"rank\": 256, \"token_bytes\": \"\"}",
         "vocab[256]: a token of 0 bytes; allowed are 1 to 1024"},
        {"repeated token", NULL, "{\"rank\": 256, \"token_bytes\": \"YQ==\"}",
         "vocab[256]: is the same token as rank 97"},
        {"number", NULL, "5", "vocab[256]: not an object"},
        {"JSON", NULL, "{\"rank\": }", "not valid JSON at byte 9639"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf text;
        struct err e = {0};
        struct tokenizer t;
        check_row = rows[i].name;
        buf_init(&text, 1u << 20);
        write_document(&text, rows[i].config, rows[i].entry);
        CHECK_INT(tekken_read(text.data, text.len, &t, &e), rows[i].says ? -1 : 0);
        CHECK_STR(e.text, rows[i].says ? rows[i].says : "");
        tokenizer_release(&t);
        buf_release(&text);
    }
}

static void sizes_are_checked(void)
{
    static const struct {
        const char *numbers, *says;
    } rows[] = {
        {"\"default_vocab_size\":268,\"default_num_special_tokens\":10",
         "vocab: 257 entries, 258 are needed"},
        {"\"default_vocab_size\":256,\"default_num_special_tokens\":10",
         "config.default_vocab_size: 256 with 10 special tokens; allowed are 256 to "
         "2097152 besides those"},
        {"\"default_vocab_size\":5,\"default_num_special_tokens\":10",
         "config.default_vocab_size: 5 with 10 special tokens; allowed are 256 to "
         "2097152 besides those"},
        {"\"default_vocab_size\":999999999",
         "config.default_vocab_size: 999999999 with 0 special tokens; allowed are 256 "
         "to 2097152 besides those"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf text, config;
        struct err e = {0};
        struct tokenizer t;
        check_row = rows[i].numbers;
        buf_init(&text, 1u << 20);
        buf_init(&config, 1u << 16);
        buf_puts(&config, "{\"pattern\":\"");
        buf_json_escape(&config, pretoken_pattern, strlen(pretoken_pattern));
        buf_printf(&config, "\",%s}", rows[i].numbers);
        write_document(&text, config.data, NULL);
        CHECK_INT(tekken_read(text.data, text.len, &t, &e), -1);
        CHECK_STR(e.text, rows[i].says);
        buf_release(&text);
        buf_release(&config);
    }
}

/* Cut anywhere, a document is refused, and nothing past its end is read. */
static void cut_documents_are_refused(void)
{
    struct buf text;
    buf_init(&text, 1u << 20);
    write_document(&text, NULL, NULL);
    for (size_t n = 0; n < text.len; n += n < 200 ? 1 : 97) {
        struct err e = {0};
        struct tokenizer t;
        char *cut = calloc(n + 1, 1);
        memcpy(cut, text.data, n);
        CHECK_INT(tekken_read(cut, n, &t, &e), -1);
        CHECK(e.is_set && t.bpe == NULL);
        free(cut);
    }
    buf_release(&text);
}

static void files_are_named(void)
{
    struct err e = {0};
    struct tokenizer t;
    CHECK_INT(tekken_load("tests/unit/tekken/none.json", &t, &e), -1);
    CHECK_STR(e.text, "tests/unit/tekken/none.json: No such file or directory");
    err_clear(&e);
    CHECK_INT(tekken_load("tests/unit/tekken", &t, &e), -1);
    CHECK_STR(e.text, "tests/unit/tekken: not a regular file");
    err_clear(&e);
    CHECK_INT(tekken_load(VECTORS, &t, &e), -1);
    CHECK_STR(e.text, VECTORS ": not valid JSON at byte 25");
}

int main(void)
{
    RUN(answers_are_the_references);
    RUN(ids_are_tokens_or_nothing);
    RUN(mistakes_are_named);
    RUN(sizes_are_checked);
    RUN(cut_documents_are_refused);
    RUN(files_are_named);
    return check_report();
}
