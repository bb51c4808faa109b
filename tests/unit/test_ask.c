#include "check.h"
#include "fixtures/ask.h"

#define PARTS(parts) "{\"messages\":[{\"role\":\"user\",\"content\":[" parts "]}]}"
#define SAID "{\"role\":\"user\",\"content\":\"a\"}"
/* The first 33 bytes of a picture of 57 x 28 points, and of a document of 7 pages. */
#define PNG_57_28                                                                      \
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAADkAAAAcCAAAAABhYmNhYmNhYmM="
#define PDF_7                                                                          \
    "data:application/pdf;base64,JVBERi0xLjUKMSAwIG9iago8PC9UeXBlL1BhZ2VzL0NvdW50IDcvS2lkc1s0IDAgUl0+Pg=="

static const struct dialect lenient = {.name = "lenient"};
static const struct dialect positive = {
    .name = "positive",
    .min_is_exclusive = true,
    .temperature_max = 2,
    .top_p_below_one = true,
};

static const struct ask_rules loose = {
    .dialect = &lenient, .chat_overhead = 3, .block_words = 2};
static const struct ask_rules strict = {
    .dialect = &lenient, .is_strict = true, .chat_overhead = 3, .block_words = 2};
static const struct ask_rules bounded = {
    .dialect = &positive, .chat_overhead = 3, .block_words = 2};

#define ONE "\"messages\":[{\"role\":\"user\",\"content\":\"a b\"}]"

static struct span span_of(const char *text)
{
    return (struct span){text, strlen(text)};
}

static const struct row {
    const char *name;
    enum api api;
    const struct ask_rules *rules;
    const char *body;
    enum ask_result result;
    uint32_t prompt_tokens;
    const char *problem; /* part of problems */
} rows[] = {
    {"one message", API_CHAT, &loose, "{" ONE "}", ASK_OK, 5, NULL},
    {"system and an earlier turn", API_CHAT, &loose,
     "{\"messages\":[{\"role\":\"system\",\"content\":\"s\"},{\"role\":\"user\","
     "\"content\":\"a b\"},{\"role\":\"assistant\",\"content\":\"c d e\"},{\"role\":"
     "\"user\",\"content\":\"f\"}]}",
     ASK_OK, 3 + 2 + 3 + 7, NULL},
    {"parts", API_CHAT, &loose, PARTS("{\"type\":\"text\",\"text\":\"a b\"}"), ASK_OK,
     5, NULL},
    {"a picture is three fields", API_CHAT, &strict,
     PARTS(
         "{\"type\":\"text\",\"text\":\"a b\"},{\"type\":\"image_url\",\"image_url\":{"
         "\"url\":\"" PNG_57_28 "\"}}"),
     ASK_OK, 5 + 3, NULL},
    {"a picture as text", API_CHAT, &strict,
     PARTS("{\"type\":\"image_url\",\"image_url\":\"" PNG_57_28 "\"}"), ASK_OK, 3 + 3,
     NULL},
    {"a picture elsewhere", API_CHAT, &strict,
     PARTS("{\"type\":\"image_url\",\"image_url\":\"https://h/x.png\"}"), ASK_OK, 3,
     NULL},
    {"no picture", API_CHAT, &loose,
     PARTS("{\"type\":\"image_url\",\"image_url\":{\"url\":\"x y z\"}}"), ASK_INVALID,
     0, "\"messages\""},
    {"a picture of another kind", API_CHAT, &loose,
     PARTS("{\"type\":\"image_url\",\"image_url\":\"data:image/png;base64,"
           "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}"),
     ASK_INVALID, 0, "\"messages\""},
    {"ocr of a picture", API_OCR, &strict,
     "{\"model\":\"m\",\"document\":{\"type\":\"image_url\",\"image_url\":\"" PNG_57_28
     "\"},\"include_image_base64\":false}",
     ASK_OK, 1000, NULL},
    {"ocr of seven pages", API_OCR, &strict,
     "{\"document\":{\"type\":\"document_url\",\"document_url\":\"" PDF_7 "\"}}",
     ASK_OK, 7000, NULL},
    {"ocr of nothing", API_OCR, &strict, "{\"document\":{\"type\":\"image_url\"}}",
     ASK_INVALID, 0, "\"document\""},
    {"ocr without a document", API_OCR, &strict, "{\"model\":\"m\"}", ASK_INVALID, 0,
     "\"missing\",\"loc\":[\"body\",\"document\"]"},
    {"ocr has no temperature", API_OCR, &strict,
     "{\"document\":{\"image_url\":\"" PNG_57_28 "\"},\"temperature\":1}", ASK_INVALID,
     0, "\"temperature\""},
    {"classification", API_CLASSIFICATION, &strict, "{\"input\":[\"a\",\"b\"]}", ASK_OK,
     6, NULL},
    {"a chat to moderate", API_CHAT_MODERATION, &strict, "{\"input\":[" SAID "]}",
     ASK_OK, 3, NULL},
    {"chats to moderate", API_CHAT_MODERATION, &strict,
     "{\"input\":[[" SAID "],[" SAID "," SAID "]]}", ASK_OK, 3 + 4, NULL},
    {"a chat is no text", API_CHAT_MODERATION, &strict, "{\"input\":\"a\"}",
     ASK_INVALID, 0, "\"input\""},
    {"a chat to classify", API_CHAT_CLASSIFICATION, &strict,
     "{\"input\":{\"messages\":[" SAID "]}}", ASK_OK, 3, NULL},
    {"chats to classify", API_CHAT_CLASSIFICATION, &strict,
     "{\"input\":[{\"messages\":[" SAID "]},{\"messages\":[" SAID "]}]}", ASK_OK, 6,
     NULL},
    {"any white space", API_CHAT, &loose,
     "{\"messages\":[{\"role\":\"user\",\"content\":\" a\\n\\tb  c\\\"d \"}]}", ASK_OK,
     6, NULL},
    {"no content", API_CHAT, &loose,
     "{\"messages\":[{\"role\":\"assistant\",\"content\":null}]}", ASK_OK, 6, NULL},
    {"completion", API_COMPLETION, &loose, "{\"prompt\":\"a b c\"}", ASK_OK, 4, NULL},
    {"fim", API_FIM, &strict, "{\"prompt\":\"a b\",\"suffix\":\"c\"}", ASK_OK, 6, NULL},
    {"embeddings", API_EMBEDDINGS, &strict, "{\"input\":[\"a b\",\"c\"]}", ASK_OK, 7,
     NULL},
    {"one input", API_EMBEDDINGS, &strict, "{\"input\":\"a b\"}", ASK_OK, 4, NULL},
    {"token numbers", API_EMBEDDINGS, &loose, "{\"input\":[[1,2,3],[4]]}", ASK_OK, 8,
     NULL},
    {"moderation", API_MODERATION, &strict, "{\"input\":[\"a\"]}", ASK_OK, 3, NULL},
    {"unknown field", API_CHAT, &loose, "{" ONE ",\"store\":true}", ASK_OK, 5, NULL},

    {"strict: unknown field", API_CHAT, &strict, "{" ONE ",\"store\":[1,2]}",
     ASK_INVALID, 0, "\"extra_forbidden\",\"loc\":[\"body\",\"store\"]"},
    {"strict: its value", API_CHAT, &strict, "{" ONE ",\"store\":[1,2]}", ASK_INVALID,
     0, "\"input\":[1,2]"},
    {"strict: include_usage", API_CHAT, &strict,
     "{" ONE ",\"stream_options\":{\"include_usage\":true}}", ASK_INVALID, 0,
     "\"loc\":[\"body\",\"stream_options\",\"include_usage\"]"},
    {"strict: seed", API_CHAT, &strict, "{" ONE ",\"seed\":1}", ASK_INVALID, 0,
     "\"seed\""},
    {"strict: random_seed", API_CHAT, &strict, "{" ONE ",\"random_seed\":1}", ASK_OK, 5,
     NULL},
    {"strict: min_tokens on chat", API_CHAT, &strict, "{" ONE ",\"min_tokens\":1}",
     ASK_INVALID, 0, "\"min_tokens\""},
    {"strict: all are named", API_CHAT, &strict, "{\"a\":1," ONE ",\"b\":2}",
     ASK_INVALID, 0, "\"b\""},
    {"missing messages", API_CHAT, &loose, "{\"model\":\"m\"}", ASK_INVALID, 0,
     "\"missing\",\"loc\":[\"body\",\"messages\"]"},
    {"wrong type", API_CHAT, &loose, "{" ONE ",\"max_tokens\":\"9\"}", ASK_INVALID, 0,
     "\"input\":\"9\""},
    {"negative count", API_CHAT, &loose, "{" ONE ",\"max_tokens\":-1}", ASK_INVALID, 0,
     "max_tokens"},
    {"half a token", API_CHAT, &loose, "{" ONE ",\"max_tokens\":1.5}", ASK_INVALID, 0,
     "max_tokens"},
    {"n of 0", API_CHAT, &loose, "{" ONE ",\"n\":0}", ASK_INVALID, 0, "\"n\""},
    {"messages of wrong type", API_CHAT, &loose, "{\"messages\":[1]}", ASK_INVALID, 0,
     "messages"},
    {"temperature 0", API_CHAT, &bounded, "{" ONE ",\"temperature\":0}", ASK_INVALID, 0,
     "must be strictly positive"},
    {"temperature 0 is fine", API_CHAT, &loose, "{" ONE ",\"temperature\":0}", ASK_OK,
     5, NULL},
    {"temperature 3", API_CHAT, &bounded, "{" ONE ",\"temperature\":3}", ASK_INVALID, 0,
     "too large"},
    {"top_p 1", API_CHAT, &bounded, "{" ONE ",\"top_p\":1}", ASK_INVALID, 0, "top_p"},

    {"array", API_CHAT, &loose, "[]", ASK_BAD_JSON, 0, NULL},
    {"cut", API_CHAT, &loose, "{" ONE, ASK_BAD_JSON, 0, NULL},
    {"cut in a message", API_CHAT, &loose, "{\"messages\":[{\"role\":\"user\"",
     ASK_BAD_JSON, 0, NULL},
    {"behind the end", API_CHAT, &loose, "{" ONE "}x", ASK_BAD_JSON, 0, NULL},
    {"empty", API_CHAT, &loose, "", ASK_BAD_JSON, 0, NULL},
};

static void bodies(void)
{
    struct ask a;
    ask_init(&a);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct row *r = &rows[i];
        check_row = r->name;
        CHECK_INT(ask_read(&a, r->rules, r->api, span_of(r->body)), r->result);
        if (r->result == ASK_OK)
            CHECK_INT(a.prompt_tokens, r->prompt_tokens);
        if (r->problem)
            CHECK(strstr(a.problems.data, r->problem) != NULL);
    }
    ask_release(&a);
}

static void sampling(void)
{
    struct ask a;
    ask_init(&a);
    struct span body = span_of(
        "{\"model\":\"m-1\"," ONE ",\"stream\":true,\"max_completion_tokens\":7,"
        "\"min_tokens\":5,\"ignore_eos\":true,\"n\":2,\"temperature\":0.5,"
        "\"stream_options\":{\"include_usage\":true}}");
    CHECK_INT(ask_read(&a, &loose, API_CHAT, body), ASK_OK);
    CHECK(span_is(a.model, "m-1"));
    CHECK(a.is_stream && a.wants_usage && a.is_forced);
    CHECK_INT(a.max_tokens, 7);
    CHECK_INT(a.min_tokens, 5);
    CHECK_INT(a.choices, 2);
    CHECK_INT(ask_read(&a, &loose, API_CHAT, span_of("{" ONE "}")), ASK_OK);
    CHECK(!a.is_stream && !a.wants_usage && !a.is_forced); /* nothing is left over */
    CHECK_INT(a.max_tokens, 0);
    CHECK_INT(a.choices, 1);
    ask_release(&a);
}

static size_t common_blocks(const char *one, const char *other)
{
    struct ask a, b;
    ask_init(&a);
    ask_init(&b);
    CHECK_INT(ask_read(&a, &loose, API_COMPLETION, span_of(one)), ASK_OK);
    CHECK_INT(ask_read(&b, &loose, API_COMPLETION, span_of(other)), ASK_OK);
    size_t n = 0;
    while (n < a.block_count && n < b.block_count && a.blocks[n] == b.blocks[n])
        n++;
    ask_release(&a);
    ask_release(&b);
    return n;
}

/* Two words are a block; a block is the same only with all before it the same. */
static void prefixes(void)
{
    CHECK_INT(common_blocks("{\"prompt\":\"a b c d e\"}", "{\"prompt\":\"a b c d f\"}"),
              2);
    CHECK_INT(common_blocks("{\"prompt\":\"a b c d\"}", "{\"prompt\":\"a b c x\"}"), 1);
    CHECK_INT(common_blocks("{\"prompt\":\"a b c d\"}", "{\"prompt\":\"x b c d\"}"), 0);
    CHECK_INT(common_blocks("{\"prompt\":\"ab c d\"}", "{\"prompt\":\"a bc d\"}"), 0);
    CHECK_INT(common_blocks("{\"prompt\":\"a b  c d\"}", "{\"prompt\":\"a b c\\nd\"}"),
              2);
}

int main(void)
{
    RUN(bodies);
    RUN(sampling);
    RUN(prefixes);
    return check_report();
}
