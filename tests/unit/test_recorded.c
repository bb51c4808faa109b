/*
 * Bodies of recorded prompts: the text of the file, the lengths of file or profile,
 * what usage must say, and what the schedule's digest knows of them.
 */
#include "prompt_bench.h"
#include "scratch.h"

static const char recorded[] =
    "{\"prompt\":\"say \\\"hi\\\"\\n\\u00e9\",\"output_tokens\":7}\n"
    "{\"messages\":[{\"role\":\"system\",\"content\":\"s\"},"
    "{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\",\"content\":\"r\"},"
    "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"u\"}]}],"
    "\"max_tokens\":5}\n"
    "{\"messages\":[{\"role\":\"system\",\"content\":\"s\"},"
    "{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\",\"content\":\"r\"},"
    "{\"role\":\"user\",\"content\":\"u\"}]}\n";

static struct corpus *recorded_corpus(struct scratch *dir)
{
    struct err e = {0};
    const char *path = scratch_path(dir, "prompts");
    scratch_write(path, recorded, sizeof recorded - 1);
    struct corpus *c = corpus_load(path, CORPUS_FILE, NULL, &e);
    CHECK_STR(e.text, "");
    return c;
}

static struct schedule *recorded_schedule(const struct profile *p,
                                          const struct corpus *c)
{
    struct err e = {0};
    struct schedule_spec spec = {.profile = p,
                                 .phases = &minute,
                                 .phase_count = 1,
                                 .seed = 42,
                                 .rate_per_s = 100.0,
                                 .corpus = c,
                                 .owners = 1};
    struct schedule *s = schedule_new(&spec, &e);
    CHECK_STR(e.text, "");
    return s;
}

/* The next request's body, as the engine makes it. */
static struct arrival recorded_body(struct bench *b, struct schedule *s)
{
    struct err e = {0};
    struct arrival a = next_of(s);
    CHECK(a.has_text && a.turns == 1 && a.prefix_tokens == 0);
    buf_reset(&b->text);
    CHECK_INT(corpus_read(b->spec.corpus, a.text_index, &b->text, &e), 0);
    bench_body(b, &a);
    return a;
}

static void recorded_prompts_are_sent_as_they_are(void)
{
    struct bench b;
    struct scratch dir = scratch_new();
    struct corpus *c = recorded_corpus(&dir);
    bench_init(&b,
               make("{\"name\":\"c\",\"api\":\"chat\",\"prompt\":50,\"output\":20,"
                    "\"conversation\":{\"turns\":3,\"think_s\":1},"
                    "\"prefix\":{\"groups\":1,\"tokens\":9}}"),
               "vllm");
    b.spec.corpus = c;
    struct schedule *s = recorded_schedule(b.profile, c);
    struct arrival a = recorded_body(&b, s);
    CHECK_STR(content(&b, 0), "say \"hi\"\n\u00e9");
    CHECK_STR(role(&b, 0), "user");
    CHECK_INT(json_array_size(json_object_get(b.json, "messages")), 1);
    CHECK_INT(a.output_tokens, 7);
    CHECK_INT(json_integer_value(json_object_get(b.json, "max_tokens")), 7);
    CHECK_INT(json_integer_value(json_object_get(b.json, "min_tokens")), 7);
    a = recorded_body(&b, s);
    CHECK_INT(json_array_size(json_object_get(b.json, "messages")), 4);
    CHECK_STR(role(&b, 0), "system");
    CHECK_STR(content(&b, 2), "r");
    CHECK_INT(json_integer_value(json_object_get(b.json, "max_tokens")), 5);
    CHECK(json_object_get(b.json, "min_tokens") == NULL); /* a limit, not a length */
    CHECK(json_object_get(b.json, "ignore_eos") == NULL);
    a = recorded_body(&b, s);
    CHECK_STR(content(&b, 3), "u");
    CHECK_INT(a.output_tokens, 20); /* the profile's */
    CHECK_INT(json_integer_value(json_object_get(b.json, "min_tokens")), 20);
    a = recorded_body(&b, s);
    CHECK_INT(a.text_index, 0); /* the file begins again */
    schedule_free(s);
    bench_release(&b);
    corpus_free(c);
    scratch_remove(&dir);
}

/* What usage must say: with the template where it is known, else nothing. */
static void recorded_prompts_are_expected(void)
{
    static const struct {
        const char *name;
        enum corpus_count counted;
        struct prompt_overhead overhead;
        uint32_t expected[3];
    } rows[] = {
        {"tokenizer",
         CORPUS_TOKENIZER,
         {.single = 3, .per_turn = 4, .system = 6},
         {103, 0, 310}},
        {"no system", CORPUS_TOKENIZER, {.single = 3, .per_turn = 4}, {103, 0, 0}},
        {"no turns", CORPUS_TOKENIZER, {.single = 3, .system = 6}, {103, 0, 0}},
        {"server",
         CORPUS_SERVER,
         {.single = 3, .per_turn = 4, .system = 6},
         {100, 200, 300}},
        {"estimated",
         CORPUS_ESTIMATED,
         {.single = 3, .per_turn = 4, .system = 6},
         {0, 0, 0}},
    };
    struct bench b;
    struct scratch dir = scratch_new();
    struct corpus *c = recorded_corpus(&dir);
    bench_init(&b, make(CHAT), "vllm");
    b.spec.corpus = c;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].name;
        c->counted = rows[i].counted;
        b.spec.overhead[0] = rows[i].overhead;
        for (uint32_t k = 0; k < 3; k++) {
            struct arrival a = {.has_text = true, .text_index = k, .turns = 1};
            c->prompts[k].tokens = 100 * (k + 1);
            CHECK_INT(prompt_expected_tokens(&b.spec, &a), rows[i].expected[k]);
        }
    }
    bench_release(&b);
    corpus_free(c);
    scratch_remove(&dir);
}

static void completions_take_prompts(void)
{
    struct bench b;
    struct scratch dir = scratch_new();
    struct corpus *c = recorded_corpus(&dir);
    bench_init(
        &b, make("{\"name\":\"c\",\"api\":\"completion\",\"prompt\":50,\"output\":20}"),
        "vllm");
    b.spec.corpus = c;
    struct schedule *s = recorded_schedule(b.profile, c);
    (void)recorded_body(&b, s);
    CHECK_STR(member(&b, "prompt"), "say \"hi\"\n\u00e9");
    schedule_free(s);
    bench_release(&b);
    corpus_free(c);
    scratch_remove(&dir);
}

/* The same seed and the same file, the same sequence; another file or order, not. */
static void digests_know_the_corpus(void)
{
    struct scratch dir = scratch_new();
    struct corpus *c = recorded_corpus(&dir);
    struct profile *p = make(CHAT);
    uint64_t digests[4];
    for (size_t i = 0; i < ARRAY_LEN(digests); i++) {
        struct err e = {0};
        struct arrival a;
        c->order = i == 2 ? CORPUS_SHUFFLED : CORPUS_FILE;
        c->digest += i == 3;
        struct schedule *s = recorded_schedule(p, c);
        for (int n = 0; n < 9; n++)
            CHECK_INT(schedule_next(s, &a, &e), 1);
        digests[i] = schedule_digest(s);
        schedule_free(s);
    }
    CHECK(digests[0] == digests[1]);
    CHECK(digests[0] != digests[2] && digests[0] != digests[3]);
    profile_free(p);
    corpus_free(c);
    scratch_remove(&dir);
}

int main(void)
{
    RUN(recorded_prompts_are_sent_as_they_are);
    RUN(recorded_prompts_are_expected);
    RUN(completions_take_prompts);
    RUN(digests_know_the_corpus);
    return check_report();
}
