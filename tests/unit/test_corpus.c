/*
 * Recorded prompts: what of each form is sent, counted and asked for; what is refused,
 * by file and line; which prompt a request sends. Runs in the source tree's root.
 */
#include "check.h"
#include "scratch.h"
#include "workload/corpus.h"
#include "workload/corpus_row.h"
#include "workload/tekken.h"

#define TINY "tests/unit/tekken/tiny.json"
#define USER "{\"role\":\"user\",\"content\":\"u\"}"
#define REPLY "{\"role\":\"assistant\",\"content\":\"a\"}"
#define SYSTEM "{\"role\":\"system\",\"content\":\"s\"}"

static void note_nothing(void *context, const struct span *key)
{
    (void)context;
    (void)key;
}

static const struct {
    const char *json, *text; /* what is sent */
    bool is_messages, is_plain, has_system;
    uint16_t pairs;
    uint32_t output;
    bool is_cap;
    const char *reply;
} good_rows[] = {
    {"{\"prompt\":\"a \\\"b\\\" \\u00e9\"}", "a \\\"b\\\" \\u00e9", 0, 1, 0, 0, 0, 0,
     NULL},
    {"{\"prompt\":\"a\",\"output_tokens\":7}", "a", 0, 1, 0, 0, 7, 0, NULL},
    {"{\"max_tokens\":9,\"prompt\":\"a\"}", "a", 0, 1, 0, 0, 9, 1, NULL},
    {"{\"max_tokens\":9,\"prompt\":\"a\",\"output_tokens\":7}", "a", 0, 1, 0, 0, 7, 0,
     NULL},
    {"{\"output_tokens\":7,\"prompt\":\"a\",\"max_tokens\":9}", "a", 0, 1, 0, 0, 7, 0,
     NULL},
    {"{\"prompt\":\"a\",\"max_tokens\":null}", "a", 0, 1, 0, 0, 0, 0, NULL},
    {"{\"messages\":[" USER "]}", USER, 1, 1, 0, 0, 0, 0, NULL},
    {"{\"messages\": [ " USER " , " REPLY " ] }", " " USER, 1, 1, 0, 0, 0, 0, "a"},
    {"{\"messages\":[" SYSTEM "," USER "," REPLY "," USER "]}",
     SYSTEM "," USER "," REPLY "," USER, 1, 1, 1, 1, 0, 0, NULL},
    {"{\"messages\":[" USER "," REPLY "," USER "," REPLY "," USER "," REPLY "]}",
     USER "," REPLY "," USER "," REPLY "," USER, 1, 1, 0, 2, 0, 0, "a"},
    {"{\"messages\":[" USER "," USER "]}", USER "," USER, 1, 0, 0, 0, 0, 0, NULL},
    {"{\"messages\":[" USER "," SYSTEM "]}", USER "," SYSTEM, 1, 0, 0, 0, 0, 0, NULL},
    {"{\"messages\":[" USER "," REPLY "," REPLY "]}", USER, 1, 1, 0, 0, 0, 0, NULL},
    {"{\"messages\":[" REPLY "," USER "]}", REPLY "," USER, 1, 0, 0, 0, 0, 0, NULL},
    {"{\"messages\":[" USER
     ",{\"role\":\"assistant\",\"content\":\"a\",\"prefix\":true}]}",
     USER ",{\"role\":\"assistant\",\"content\":\"a\",\"prefix\":true}", 1, 0, 0, 0, 0,
     0, NULL},
    {"{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":"
     "\"u\"}]}]}",
     "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"u\"}]}", 1, 0, 0, 0,
     0, 0, NULL},
    {"{\"messages\":[{\"role\":\"user\",\"content\":\"u\",\"name\":null}]}",
     "{\"role\":\"user\",\"content\":\"u\",\"name\":null}", 1, 1, 0, 0, 0, 0, NULL},
    {"{\"messages\":[{\"role\":\"user\",\"content\":\"u\",\"name\":\"n\"}]}",
     "{\"role\":\"user\",\"content\":\"u\",\"name\":\"n\"}", 1, 0, 0, 0, 0, 0, NULL},
    {"{\"conversations\":[{\"from\":\"human\",\"value\":\"q\"},"
     "{\"from\":\"gpt\",\"value\":\"r\"},{\"from\":\"human\",\"value\":\"q2\"},"
     "{\"from\":\"gpt\",\"value\":\"r2\"}]}",
     "q", 0, 1, 0, 0, 0, 0, "r"},
    {"{\"id\":\"x\",\"conversations\":[{\"from\":\"system\",\"value\":\"s\"},"
     "{\"from\":\"gpt\",\"value\":\"r\"},{\"from\":\"human\",\"value\":\"q\"},"
     "{\"from\":\"gpt\",\"value\":\"r\"}]}",
     "q", 0, 1, 0, 0, 0, 0, "r"},
    {"{\"prompt\":\"p\",\"prompt_id\":\"1\",\"messages\":[" USER "," REPLY "]}", USER,
     1, 1, 0, 0, 0, 0, "a"},
    {"{\"messages\":[" USER "],\"prompt\":\"p\"}", USER, 1, 1, 0, 0, 0, 0, NULL},
};

static void rows_are_read(void)
{
    const struct corpus_ignored ignored = {note_nothing, NULL};
    for (size_t i = 0; i < ARRAY_LEN(good_rows); i++) {
        struct err e = {0};
        struct corpus_row row;
        struct skim s = {good_rows[i].json,
                         good_rows[i].json + strlen(good_rows[i].json)};
        check_row = good_rows[i].json;
        CHECK_INT(corpus_row_read(&s, &ignored, &row, &e), 1);
        CHECK_STR(e.text, "");
        CHECK_INT(row.bytes, strlen(good_rows[i].text));
        CHECK(memcmp(row.text, good_rows[i].text, row.bytes) == 0);
        CHECK_INT(row.is_messages, good_rows[i].is_messages);
        CHECK_INT(row.is_plain, good_rows[i].is_plain);
        CHECK_INT(row.has_system, good_rows[i].has_system);
        CHECK_INT(row.pairs, good_rows[i].pairs);
        CHECK_INT(row.output_tokens, good_rows[i].output);
        CHECK_INT(row.is_cap, good_rows[i].is_cap);
        CHECK((row.reply.text != NULL) == (good_rows[i].reply != NULL));
        if (good_rows[i].reply != NULL && row.reply.text != NULL)
            CHECK(row.reply.length == strlen(good_rows[i].reply) &&
                  memcmp(row.reply.text, good_rows[i].reply, row.reply.length) == 0);
    }
}

/* A corpus of a file with this text, or the error. */
static struct corpus *load(struct scratch *dir, const char *text,
                           enum corpus_order order, const struct tokenizer *t,
                           struct err *e)
{
    const char *path = scratch_path(dir, "p");
    scratch_write(path, text, strlen(text));
    return corpus_load(path, order, t, e);
}

static void mistakes_are_named_by_line(void)
{
    static const struct {
        const char *text, *says; /* after the file's name */
    } rows[] = {
        {"", ": no prompts"},
        {"\n\n", ": no prompts"},
        {"[]", ": no prompts"},
        {"{\"prompt\":\"a\"}\n\n{\"prompt\":1}\n", ":3: prompt: not a string"},
        {"{\"prompt\":\"\"}", ":1: prompt: empty"},
        {"{\"prompt\":\"\xff\"}",
         ":1: prompt: not valid UTF-8, or a string that does not end"},
        {"{\"prompt\":\"a",
         ":1: prompt: not valid UTF-8, or a string that does not end"},
        {"{\"prompt\":\"a\"}{}", ":1: more than one JSON object in a line"},
        {"{\"prompt\":\"a\"}\n{\n\"prompt\":\"a\"}", ":2: not valid JSON"},
        {"{\"prompt\":\"a\",\"x\":tru}", ":1: not valid JSON"},
        {"hello", ":1: not a JSON object"},
        {"{\"text\":\"a\"}", ":1: no \"messages\", \"prompt\" or \"conversations\""},
        {"{\"prompt\":\"a\",\"max_tokens\":0}",
         ":1: max_tokens: not a whole number 1..10000000"},
        {"{\"prompt\":\"a\",\"output_tokens\":10000001}",
         ":1: output_tokens: not a whole number 1..10000000"},
        {"{\"prompt\":\"a\",\"output_tokens\":1.5}",
         ":1: output_tokens: not a whole number 1..10000000"},
        {"{\"messages\":{}}", ":1: messages: not an array"},
        {"{\"messages\":[]}", ":1: messages: no message asks anything"},
        {"{\"messages\":[" REPLY "]}", ":1: messages: no message asks anything"},
        {"{\"messages\":[" USER ",\"x\"]}", ":1: messages[1]: not a valid object"},
        {"{\"messages\":[{\"content\":\"u\"}]}", ":1: messages[0]: role is missing"},
        {"{\"messages\":[" USER "}", ":1: messages: not a valid array"},
        {"{\"conversations\":[1]}", ":1: conversations[0]: not a valid object"},
        {"[\n{\"prompt\":\"a\"},\n\n{\"prompt\":\n7}]", ":5: prompt: not a string"},
        {"[\n{\"prompt\":\"a\"}\n{\"prompt\":\"a\"}]",
         ":3: neither ',' nor ']' after an object"},
        {"[{\"prompt\":\"a\"}]\nx", ":2: more text after the array"},
        {"{\"conversations\":[]}", ": no prompts"},
    };
    struct scratch dir = scratch_new();
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char expected[640];
        struct err e = {0};
        check_row = rows[i].text;
        CHECK(load(&dir, rows[i].text, CORPUS_FILE, NULL, &e) == NULL);
        (void)snprintf(expected, sizeof expected, "%s%s", scratch_path(&dir, "p"),
                       rows[i].says);
        CHECK_STR(e.text, expected);
    }
    struct err e = {0};
    check_row = NULL;
    CHECK(corpus_load("/nowhere/p", CORPUS_FILE, NULL, &e) == NULL);
    CHECK_STR(e.text, "/nowhere/p: No such file or directory");
    scratch_remove(&dir);
}

static const char mixed[] =
    "{\"prompt\": \"The wind blows\", \"id\": 1}\n"
    "\r\n"
    "{\"messages\": [" SYSTEM ", " USER "], \"temperature\": 1, \"id\": 2}\r\n"
    "{\"conversations\": [{\"from\": \"human\", \"value\": \"q\"}]}\n"
    "{\"conversations\": [{\"from\": \"human\", \"value\": \"the wind\\n\"}, "
    "{\"from\": \"gpt\", \"value\": \"over the hill.\"}], \"id\": 3}";

static void read_into(const struct corpus *c, uint32_t i, char *out, size_t size)
{
    struct err e = {0};
    struct buf text;
    buf_init(&text, 1u << 20);
    CHECK_INT(corpus_read(c, i, &text, &e), 0);
    CHECK_STR(e.text, "");
    (void)snprintf(out, size, "%s", text.data);
    buf_release(&text);
}

static void files_are_read_back(void)
{
    struct scratch dir = scratch_new();
    struct err e = {0};
    char text[256];
    struct corpus *c = load(&dir, mixed, CORPUS_FILE, NULL, &e);
    CHECK_STR(e.text, "");
    CHECK_INT(c->count, 3);
    CHECK_INT(c->skipped, 1);
    CHECK_INT(c->counted, CORPUS_ESTIMATED);
    CHECK_INT(c->first_messages, 1);
    CHECK_INT(c->first_messages_line, 3);
    CHECK(c->has_system && c->pairs_max == 0);
    CHECK_INT(c->ignored_count, 2);
    CHECK_STR(c->ignored[0], "id");
    CHECK_STR(c->ignored[1], "temperature");
    read_into(c, 0, text, sizeof text);
    CHECK_STR(text, "The wind blows");
    read_into(c, 1, text, sizeof text);
    CHECK_STR(text, SYSTEM ", " USER);
    read_into(c, 2, text, sizeof text);
    CHECK_STR(text, "the wind\\n");
    CHECK_INT(c->prompts[0].tokens, 4); /* 14 bytes, four a token */
    CHECK_INT(c->prompts[1].tokens, 1);
    CHECK_INT(c->prompts[2].tokens, 3); /* 9 bytes: the escape is one */
    corpus_free(c);
    scratch_remove(&dir);
}

static void tokens_are_counted(void)
{
    struct scratch dir = scratch_new();
    struct err e = {0};
    struct tokenizer t;
    CHECK_INT(tekken_load(TINY, &t, &e), 0);
    struct corpus *c = load(&dir, mixed, CORPUS_FILE, &t, &e);
    CHECK_INT(c->counted, CORPUS_TOKENIZER);
    CHECK_INT(c->prompts[0].tokens, 3); /* The| wind| blows */
    CHECK_INT(c->prompts[0].output_tokens, 0);
    CHECK_INT(c->prompts[1].tokens, 2);
    CHECK_INT(c->prompts[2].tokens, 4);        /* t|he| wind|\n */
    CHECK_INT(c->prompts[2].output_tokens, 6); /* o|v|er| the| hill|. */
    CHECK(!c->prompts[2].is_cap);
    corpus_free(c);
    tokenizer_release(&t);
    scratch_remove(&dir);
}

/* Texts of parts count, pictures do not. */
static void parts_are_counted(void)
{
    static const char parts[] =
        "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":"
        "\"The wind\"},{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:The\"}},7,"
        "{\"type\":\"text\",\"text\":\" blows\"}]}]}";
    struct scratch dir = scratch_new();
    struct err e = {0};
    struct tokenizer t;
    CHECK_INT(tekken_load(TINY, &t, &e), 0);
    struct corpus *c = load(&dir, parts, CORPUS_FILE, &t, &e);
    CHECK_INT(c->prompts[0].tokens, 3);
    corpus_free(c);
    tokenizer_release(&t);
    scratch_remove(&dir);
}

static void arrays_are_as_lines(void)
{
    struct scratch dir = scratch_new();
    struct err e = {0};
    char text[64];
    struct corpus *c = load(&dir, " [ {\"prompt\":\"a\"},\n{\"prompt\":\"b\"} ]\n",
                            CORPUS_FILE, NULL, &e);
    CHECK_STR(e.text, "");
    CHECK_INT(c->count, 2);
    read_into(c, 1, text, sizeof text);
    CHECK_STR(text, "b");
    corpus_free(c);
    scratch_remove(&dir);
}

static void digests_tell_files_apart(void)
{
    static const char *const texts[] = {"{\"prompt\":\"a\"}", "{\"prompt\":\"b\"}",
                                        "{\"prompt\":\"a\"} "};
    struct scratch dir = scratch_new();
    uint64_t digests[3];
    for (size_t i = 0; i < 3; i++) {
        struct err e = {0};
        struct corpus *c = load(&dir, texts[i], CORPUS_FILE, NULL, &e);
        digests[i] = c->digest;
        corpus_free(c);
    }
    CHECK(digests[0] != digests[1] && digests[0] != digests[2]);
    scratch_remove(&dir);
}

static void changed_files_are_refused(void)
{
    struct scratch dir = scratch_new();
    struct err e = {0};
    struct buf out;
    char expected[640];
    struct corpus *c = load(&dir, "{\"prompt\":\"abcdef\"}", CORPUS_FILE, NULL, &e);
    buf_init(&out, 1024);
    scratch_write(scratch_path(&dir, "p"), "{\"prompt\"", 9); /* cut short, in place */
    CHECK_INT(corpus_read(c, 0, &out, &e), -1);
    (void)snprintf(expected, sizeof expected, "%s was written to during the run",
                   scratch_path(&dir, "p"));
    CHECK_STR(e.text, expected);
    CHECK_INT(out.len, 0);
    buf_release(&out);
    corpus_free(c);
    scratch_remove(&dir);
}

/* Each round of a shuffled file has every prompt once; rounds and seeds differ. */
static void shuffling_is_a_permutation(void)
{
    static const uint32_t counts[] = {1, 2, 3, 4, 5, 16, 17, 100, 1000, 4097};
    static uint8_t seen[2][3][5000];
    for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
        struct corpus c = {.count = counts[i], .order = CORPUS_SHUFFLED};
        uint64_t moved = 0, same_round = 0, same_seed = 0;
        memset(seen, 0, sizeof seen);
        for (uint64_t n = 0; n < 3 * (uint64_t)c.count; n++) {
            uint32_t a = corpus_pick(&c, 1, n), b = corpus_pick(&c, 2, n);
            CHECK(a < c.count && b < c.count);
            seen[0][n / c.count][a]++;
            seen[1][n / c.count][b]++;
            moved += a != n % c.count;
            same_round += a == corpus_pick(&c, 1, (n + c.count) % (3 * c.count));
            same_seed += a == b;
        }
        for (int round = 0; round < 3; round++)
            for (uint32_t k = 0; k < c.count; k++)
                CHECK(seen[0][round][k] == 1 && seen[1][round][k] == 1);
        if (c.count < 100)
            continue; /* by chance one of c.count stays: 3 of all */
        CHECK(moved > 3 * (uint64_t)c.count - 30);
        CHECK(same_round < 30 && same_seed < 30);
    }
}

static void file_order_is_the_files(void)
{
    struct corpus c = {.count = 3, .order = CORPUS_FILE};
    for (uint64_t n = 0; n < 10; n++)
        CHECK_INT(corpus_pick(&c, 5, n), n % 3);
}

int main(void)
{
    RUN(rows_are_read);
    RUN(mistakes_are_named_by_line);
    RUN(files_are_read_back);
    RUN(tokens_are_counted);
    RUN(parts_are_counted);
    RUN(arrays_are_as_lines);
    RUN(digests_tell_files_apart);
    RUN(changed_files_are_refused);
    RUN(shuffling_is_a_permutation);
    RUN(file_order_is_the_files);
    return check_report();
}
