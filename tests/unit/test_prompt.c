/*
 * Prompts: exactly the asked words, unique or shared as asked, the same bytes for
 * any sender, and bodies that a JSON reader gives back. Runs in the source tree's
 * root, for the shipped profiles.
 */
#include "check.h"
#include "prompt_bench.h"

#include "workload/prompt.h"
#include "workload/words.h"

#include <jansson.h>
#include <stdlib.h>

/* Words between single spaces; 0 when the text is not of that form. */
static size_t count_words(const char *text)
{
    size_t n = 0;
    while (*text != '\0') {
        size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz");
        if (length < 3 || length > 9)
            return 0;
        n++;
        text += length;
        if (*text == ' ')
            text++;
        else if (*text != '\0')
            return 0;
    }
    return n;
}

/* How many words two texts begin with in common. */
static size_t common_words(const char *a, const char *b)
{
    size_t n = 0;
    for (;;) {
        size_t x = strcspn(a, " "), y = strcspn(b, " ");
        if (x == 0 || x != y || memcmp(a, b, x) != 0)
            return n;
        n++;
        a += x + (a[x] == ' ');
        b += y + (b[y] == ' ');
    }
}

static struct schedule *schedule_of(const struct profile *p, uint32_t owner,
                                    uint32_t owners)
{
    struct err e = {0};
    struct schedule_spec spec = {.profile = p,
                                 .phases = &minute,
                                 .phase_count = 1,
                                 .seed = 42,
                                 .rate_per_s = 100.0,
                                 .users = p->arrival.users,
                                 .owner = owner,
                                 .owners = owners};
    struct schedule *s = schedule_new(&spec, &e);
    CHECK_STR(e.text, "");
    if (s == NULL)
        abort();
    return s;
}

static bool is_in(const struct word *table, unsigned count, const char *word, size_t n)
{
    for (unsigned i = 0; i < count; i++)
        if (table[i].length == n && memcmp(table[i].text, word, n) == 0)
            return true;
    return false;
}

/* Every word stands in the lists, the first in that of first words. */
static void words_are_from_the_lists(void)
{
    struct buf out;
    buf_init(&out, 4096);
    prompt_words(&out, 1, RNG_TEXT, 0, 0, true);
    CHECK_INT(out.len, 0);
    prompt_words(&out, 1, RNG_TEXT, 7, 100, true);
    CHECK_INT(count_words(out.data), 100);
    const char *at = out.data;
    size_t length = strcspn(at, " ");
    CHECK(is_in(words_first, words_first_count, at, length));
    for (at += length; *at != '\0'; at += length) {
        length = 1 + strcspn(at + 1, " ");
        CHECK(is_in(words_next, words_next_count, at, length));
    }
    size_t before = out.len;
    prompt_words(&out, 1, RNG_TEXT, 8, 1, false);
    CHECK_INT(out.data[before], ' ');
    CHECK_INT(count_words(out.data), 101);
    CHECK_INT(out.data[out.len], '\0');
    buf_release(&out);
}

/* 50,000 draws against the lists, by first letter: within 4 sigma each. */
static void words_are_drawn_evenly(void)
{
    struct buf out;
    static unsigned seen[26];
    buf_init(&out, 1 << 20);
    prompt_words(&out, 1, RNG_TEXT, 7, 50000, true);
    unsigned listed[26] = {0};
    for (unsigned i = 0; i < words_next_count; i++)
        listed[words_next[i].text[1] - 'a']++;
    for (const char *at = strchr(out.data, ' '); at != NULL; at = strchr(at + 1, ' '))
        seen[at[1] - 'a']++;
    for (size_t i = 0; i < 26; i++) {
        double expected = 49999.0 * listed[i] / words_next_count;
        double off = seen[i] - expected;
        CHECK(off * off <= 16.0 * expected + 1.0);
    }
    buf_release(&out);
}

/* The same bytes for ever: a change here changes every recorded run. */
static void words_are_pinned(void)
{
    struct buf out;
    buf_init(&out, 4096);
    prompt_words(&out, 42, RNG_TEXT, 0, 8, true);
    CHECK_STR(out.data, "notation random ethical promotion heated cheek funny credits");
    buf_release(&out);
}

static void chats_have_the_asked_tokens(void)
{
    struct bench b;
    bench_init(&b, make(CHAT), "vllm");
    struct schedule *s = schedule_of(b.profile, 0, 1);
    for (int i = 0; i < 200; i++) {
        struct arrival a = next_of(s);
        bench_body(&b, &a);
        bool is_short = a.prompt_tokens <= OVERHEAD;
        CHECK_INT(count_words(content(&b, 0)),
                  is_short ? 1 : a.prompt_tokens - OVERHEAD);
        CHECK_INT(prompt_expected_tokens(&b.spec, &a),
                  is_short ? OVERHEAD + 1 : a.prompt_tokens);
        CHECK_STR(role(&b, 0), "user");
        CHECK_STR(member(&b, "model"), "m-1");
        CHECK_INT(json_integer_value(json_object_get(b.json, "max_tokens")), 20);
        CHECK(json_is_true(json_object_get(b.json, "stream")));
    }
    schedule_free(s);
    bench_release(&b);
}

static void first_words_are_unique(void)
{
    enum { N = 1000, WORDS = 40 };
    static char starts[N][WORDS];
    struct bench b;
    bench_init(&b, make("{\"name\":\"c\",\"api\":\"chat\",\"prompt\":50,\"output\":1}"),
               "vllm");
    struct schedule *s = schedule_of(b.profile, 0, 1);
    for (size_t i = 0; i < N; i++) {
        struct arrival a = next_of(s);
        bench_body(&b, &a);
        (void)snprintf(starts[i], WORDS, "%s", content(&b, 0));
        for (size_t k = 0; k < i; k++)
            CHECK(common_words(starts[i], starts[k]) < 3);
    }
    schedule_free(s);
    bench_release(&b);
}

/* Arrival by arrival, the owner of four sends the bytes of the only owner. */
static void owners_send_the_same_bytes(void)
{
    struct bench one, four;
    bench_init(&one, make(CHAT), "mistral");
    bench_init(&four, make(CHAT), "mistral");
    struct schedule *all = schedule_of(one.profile, 0, 1);
    struct schedule *own[4];
    for (uint32_t i = 0; i < 4; i++)
        own[i] = schedule_of(four.profile, i, 4);
    for (int i = 0; i < 300; i++) {
        struct arrival a = next_of(all);
        struct arrival b = next_of(own[rng_owner(42, a.number, 4)]);
        bench_body(&one, &a);
        bench_body(&four, &b);
        CHECK_STR(four.body.data, one.body.data);
    }
    for (uint32_t i = 0; i < 4; i++)
        schedule_free(own[i]);
    schedule_free(all);
    bench_release(&one);
    bench_release(&four);
}

static void salt_and_seed_change_every_word(void)
{
    struct bench a, b;
    struct arrival x = {
        .prompt_tokens = 100, .output_tokens = 1, .turns = 1, .batch = 1};
    bench_init(&a, make(CHAT), "vllm");
    bench_init(&b, make(CHAT), "vllm");
    b.spec.salt = 1;
    bench_body(&a, &x);
    bench_body(&b, &x);
    CHECK_INT(common_words(content(&a, 0), content(&b, 0)), 0);
    CHECK_INT(count_words(content(&b, 0)), 97);
    bench_release(&a);
    bench_release(&b);
}

static void groups_share_their_prefix(void)
{
    struct bench b, c;
    struct arrival x = {.number = 1,
                        .prompt_tokens = 200,
                        .output_tokens = 1,
                        .turns = 1,
                        .batch = 1,
                        .prefix_tokens = 64};
    struct arrival y = x;
    bench_init(&b, make(CHAT), "vllm");
    bench_init(&c, make(CHAT), "vllm");
    bench_body(&b, &x);
    y.number = 2;
    bench_body(&c, &y);
    CHECK_INT(common_words(content(&b, 0), content(&c, 0)), 64);
    y.prompt_tokens = 300;
    bench_body(&c, &y);
    CHECK_INT(common_words(content(&b, 0), content(&c, 0)), 64);
    CHECK_INT(count_words(content(&c, 0)), 297);
    y.prefix_group = 1;
    bench_body(&c, &y);
    CHECK_INT(common_words(content(&b, 0), content(&c, 0)), 0);
    y.prefix_group = 0;
    y.prompt_tokens = 65; /* 62 words: one is kept unique */
    bench_body(&c, &y);
    CHECK_INT(common_words(content(&b, 0), content(&c, 0)), 61);
    bench_release(&b);
    bench_release(&c);
}

static void trace_blocks_share_their_words(void)
{
    static const uint64_t first[] = {5, 6, 7}, second[] = {5, 6, 9};
    struct bench b, c;
    struct arrival x = {.number = 1,
                        .prompt_tokens = 40,
                        .output_tokens = 1,
                        .turns = 1,
                        .batch = 1,
                        .is_traced = true,
                        .blocks = first,
                        .block_count = 3,
                        .block_tokens = 16};
    struct arrival y = x;
    bench_init(&b, make(CHAT), "vllm");
    bench_init(&c, make(CHAT), "vllm");
    bench_body(&b, &x);
    CHECK_INT(count_words(content(&b, 0)), 37); /* the last block is cut to 5 */
    y.number = 2;
    y.blocks = second;
    bench_body(&c, &y);
    CHECK_INT(common_words(content(&b, 0), content(&c, 0)), 32);
    y.blocks = first;
    bench_body(&c, &y);
    CHECK_INT(common_words(content(&b, 0), content(&c, 0)), 37);
    y.prompt_tokens = 63; /* 60 words: 48 of blocks, then unique ones */
    x.prompt_tokens = 63;
    bench_body(&b, &x);
    bench_body(&c, &y);
    CHECK_INT(count_words(content(&c, 0)), 60);
    CHECK_INT(common_words(content(&b, 0), content(&c, 0)), 48);
    bench_release(&b);
    bench_release(&c);
}

static const char talk[] =
    "{\"name\":\"c\",\"api\":\"chat\",\"prompt\":{\"kind\":\"uniform\",\"min\":20,\"max\":"
    "60},\"output\":{\"kind\":\"uniform\",\"min\":5,\"max\":9},\"prefix\":{\"tokens\":8},"
    "\"conversation\":{\"turns\":4,\"think_s\":1}}";

/* Each turn re-sends the turn before, word for word, and adds reply and question;
 * the tokens add up to what was asked in all turns. */
static void turns_resend_their_history(void)
{
    struct bench now, before;
    bench_init(&now, make(talk), "vllm");
    bench_init(&before, make(talk), "vllm");
    struct schedule *s = schedule_of(now.profile, 0, 1);
    struct arrival a = next_of(s), next;
    bench_body(&before, &a);
    for (uint16_t turn = 1; turn < 4; turn++) {
        schedule_turn(s, &a, &next);
        bench_body(&now, &next);
        size_t messages = json_array_size(json_object_get(now.json, "messages"));
        CHECK_INT(messages, 2 * turn + 1);
        for (size_t i = 0; i + 2 < messages; i++)
            CHECK_STR(content(&now, i), content(&before, i));
        CHECK_INT(
            common_words(content(&now, messages - 1), content(&now, messages - 3)), 0);
        CHECK_INT(
            common_words(content(&now, messages - 2), content(&now, messages - 3)), 0);
        CHECK_STR(role(&now, messages - 2), "assistant");
        CHECK_STR(role(&now, messages - 1), "user");
        CHECK_INT(count_words(content(&now, messages - 2)), a.output_tokens);
        CHECK_INT(count_words(content(&now, messages - 1)),
                  next.prompt_tokens - PER_TURN);
        size_t words = 0;
        for (size_t i = 0; i < messages; i++)
            words += count_words(content(&now, i));
        CHECK_INT(words + OVERHEAD + (size_t)turn * PER_TURN,
                  next.history_tokens + next.prompt_tokens);
        CHECK_INT(prompt_expected_tokens(&now.spec, &next),
                  next.history_tokens + next.prompt_tokens);
        a = next;
        bench_body(&before, &a);
    }
    now.spec.overhead[0].per_turn = 0;
    CHECK_INT(prompt_expected_tokens(&now.spec, &a), 0); /* not calibrated */
    schedule_free(s);
    bench_release(&now);
    bench_release(&before);
}

static void fim_has_prompt_and_suffix(void)
{
    struct bench b;
    bench_init(&b,
               make("{\"name\":\"c\",\"api\":\"fim\",\"prompt\":90,\"suffix\":30,"
                    "\"output\":5}"),
               "mistral");
    struct schedule *s = schedule_of(b.profile, 0, 1);
    struct arrival a = next_of(s);
    bench_body(&b, &a);
    CHECK_INT(count_words(member(&b, "prompt")), 87);
    CHECK_INT(count_words(member(&b, "suffix")), 30);
    CHECK_INT(common_words(member(&b, "prompt"), member(&b, "suffix")), 0);
    CHECK_INT(prompt_expected_tokens(&b.spec, &a), 120);
    schedule_free(s);
    bench_release(&b);
}

static void batches_have_their_inputs(void)
{
    struct bench b;
    bench_init(
        &b, make("{\"name\":\"c\",\"api\":\"embeddings\",\"prompt\":21,\"batch\":5}"),
        "mistral");
    struct schedule *s = schedule_of(b.profile, 0, 1);
    struct arrival a = next_of(s);
    CHECK_INT(a.prompt_tokens, 105);
    a.prompt_tokens = 107; /* as a trace might: two inputs get one more */
    bench_body(&b, &a);
    const json_t *input = json_object_get(b.json, "input");
    CHECK_INT(json_array_size(input), 5);
    for (size_t i = 0; i < 5; i++) {
        const char *text = json_string_value(json_array_get(input, i));
        CHECK_INT(count_words(text != NULL ? text : ""), i < 2 ? 19 : 18);
    }
    CHECK_INT(prompt_expected_tokens(&b.spec, &a), 107);
    CHECK(json_object_get(b.json, "max_tokens") == NULL);
    CHECK(json_object_get(b.json, "stream") == NULL);
    schedule_free(s);
    bench_release(&b);
}

static void sampling_is_sent(void)
{
    struct bench b;
    bench_init(
        &b,
        make("{\"name\":\"c\",\"api\":\"chat\",\"prompt\":9,\"output\":5,\"stream\":"
             "false,\"model\":\"other\",\"sampling\":{\"temperature\":0.25,\"top_p\":"
             "0.5,\"n\":3,\"seed\":true,\"presence_penalty\":0.1}}"),
        "vllm");
    struct arrival a = {.prompt_tokens = 9, .output_tokens = 5, .turns = 1, .batch = 1};
    bench_body(&b, &a);
    CHECK_STR(member(&b, "model"), "other");
    CHECK_NEAR(json_number_value(json_object_get(b.json, "temperature")), 0.25, 0);
    CHECK_NEAR(json_number_value(json_object_get(b.json, "top_p")), 0.5, 0);
    CHECK_NEAR(json_number_value(json_object_get(b.json, "presence_penalty")), 0.1, 0);
    CHECK_INT(json_integer_value(json_object_get(b.json, "n")), 3);
    json_int_t seed = json_integer_value(json_object_get(b.json, "seed"));
    CHECK(seed > 0 && seed <= INT32_MAX);
    a.number = 1;
    bench_body(&b, &a);
    CHECK(json_integer_value(json_object_get(b.json, "seed")) != seed);
    bench_release(&b);
}

static void calibration_is_small_and_exact(void)
{
    struct bench b;
    bench_init(&b, make(talk), "vllm");
    prompt_calibration(&b.spec, 0, 32, &b.text, &b.body);
    b.json = json_loadb(b.body.data, b.body.len, 0, NULL);
    CHECK_INT(json_array_size(json_object_get(b.json, "messages")), 1);
    CHECK_INT(count_words(content(&b, 0)), 32);
    CHECK_INT(json_integer_value(json_object_get(b.json, "max_tokens")), 1);
    CHECK(!json_is_true(json_object_get(b.json, "stream")));
    json_decref(b.json);
    buf_reset(&b.body);
    prompt_calibration_turns(&b.spec, 0, 16, &b.text, &b.body);
    b.json = json_loadb(b.body.data, b.body.len, 0, NULL);
    CHECK_INT(json_array_size(json_object_get(b.json, "messages")), 3);
    for (size_t i = 0; i < 3; i++)
        CHECK_INT(count_words(content(&b, i)), 16);
    CHECK_STR(role(&b, 1), "assistant");
    bench_release(&b);
}

static void calibration_knows_the_roles(void)
{
    struct bench b;
    bench_init(&b, make(CHAT), "vllm");
    prompt_calibration_system(&b.spec, 0, 16, &b.text, &b.body);
    b.json = json_loadb(b.body.data, b.body.len, 0, NULL);
    CHECK_INT(json_array_size(json_object_get(b.json, "messages")), 2);
    CHECK_STR(role(&b, 0), "system");
    CHECK_STR(role(&b, 1), "user");
    CHECK_INT(count_words(content(&b, 0)) + count_words(content(&b, 1)), 32);
    bench_release(&b);
}

/* Bodies of every shipped profile: whole JSON within the promised bounds. */
static void shipped_profiles_make_bodies(void)
{
    struct err e = {0};
    struct buf list;
    buf_init(&list, 65536);
    CHECK_INT(profile_list(&list, &e), 0);
    for (char *at = list.data; *at != '\0'; at = strchr(at, '\n') + 1) {
        char name[65] = "";
        struct bench b;
        memcpy(name, at, strcspn(at, "\t"));
        check_row = name;
        bench_init(&b, profile_load(name, &e), "mistral");
        if (b.profile->classes[0].image.is_set) { /* test_shipped.c's */
            bench_release(&b);
            continue;
        }
        struct schedule *s = schedule_of(b.profile, 0, 1);
        for (uint32_t i = 0; i < 30; i++) {
            struct arrival a;
            if (schedule_users_max(s) > 0)
                schedule_user(s, i % schedule_users_max(s), i, &a);
            else
                a = next_of(s);
            bench_body(&b, &a);
            uint32_t expected = prompt_expected_tokens(&b.spec, &a);
            CHECK(expected >= a.prompt_tokens);
            if (a.turns > 1) {
                schedule_turn(s, &a, &a);
                bench_body(&b, &a);
            }
        }
        schedule_free(s);
        bench_release(&b);
    }
    buf_release(&list);
}

int main(void)
{
    (void)setenv("GUST_PROFILE_DIR", "profiles", 1);
    RUN(words_are_from_the_lists);
    RUN(words_are_drawn_evenly);
    RUN(words_are_pinned);
    RUN(chats_have_the_asked_tokens);
    RUN(first_words_are_unique);
    RUN(owners_send_the_same_bytes);
    RUN(salt_and_seed_change_every_word);
    RUN(groups_share_their_prefix);
    RUN(trace_blocks_share_their_words);
    RUN(turns_resend_their_history);
    RUN(fim_has_prompt_and_suffix);
    RUN(batches_have_their_inputs);
    RUN(sampling_is_sent);
    RUN(calibration_is_small_and_exact);
    RUN(calibration_knows_the_roles);
    RUN(shipped_profiles_make_bodies);
    return check_report();
}
