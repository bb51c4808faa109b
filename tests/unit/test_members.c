/*
 * Further members of bodies: what --set takes and refuses, what it replaces, and
 * the allow-list: for each dialect, whether a profile may be sent to its servers.
 */
#include "check.h"

#include "base/buf.h"
#include "workload/profile.h"
#include "workload/prompt.h"

#define CHAT                                                                           \
    "{\"name\":\"chat\",\"api\":\"chat\",\"prompt\":3,\"output\":5,\"sampling\":"      \
    "{\"temperature\":0.5,\"seed\":true,\"top_k\":40,\"stop\":[\"x\"]}}"
#define EMBED "{\"name\":\"embed\",\"api\":\"embeddings\",\"prompt\":3}"
#define FIM(sampling)                                                                     \
    "{\"name\":\"fim\",\"api\":\"fim\",\"prompt\":3,\"output\":5,\"sampling\":{" sampling \
    "}}"

static struct profile *profile_of(const char *classes)
{
    char text[2048];
    struct err e = {0};
    (void)snprintf(text, sizeof text,
                   "{\"name\":\"p\",\"classes\":[%s],\"arrival\":{\"kind\":"
                   "\"constant\",\"rate\":1}}",
                   classes);
    struct profile *p = profile_parse(text, strlen(text), &e);
    CHECK_STR(e.text, "");
    return p;
}

/* The body that class i of the profile sends first, after model and prompt. */
static void put_body(const struct profile *p, const char *dialect, uint16_t i,
                     struct buf *out)
{
    struct buf text, body;
    struct prompt_spec spec = {
        .dialect = dialect_find(dialect), .profile = p, .model = "m", .seed = 1};
    struct arrival a = {.class_index = i,
                        .turns = 1,
                        .batch = 1,
                        .prompt_tokens = 3,
                        .output_tokens = p->classes[i].api == API_EMBEDDINGS ? 0 : 5};
    buf_init(&text, 1u << 20);
    buf_init(&body, 1u << 20);
    prompt_body(&spec, &a, &text, &body);
    const char *at = strstr(body.data, "\"max_tokens\"");
    at = at != NULL ? at : strstr(body.data, "\",\"");
    buf_puts(out, at != NULL ? at : body.data);
    buf_release(&text);
    buf_release(&body);
}

static void bodies(void)
{
    static const struct {
        const char *name, *dialect, *sets[3], *expected;
    } rows[] = {
        {"none",
         "vllm",
         {NULL},
         "\"max_tokens\":5,\"min_tokens\":5,\"ignore_eos\":true,\"temperature\":0.5,"
         "\"seed\":1251766272,\"stream\":true,\"stream_options\":{\"include_usage\":true},"
         "\"top_k\":40,\"stop\":[\"x\"]}"},
        {"one more",
         "mistral",
         {"safe_prompt=true"},
         "\"max_tokens\":5,\"temperature\":0.5,\"random_seed\":1251766272,\"stream\":true,"
         "\"top_k\":40,\"stop\":[\"x\"],\"safe_prompt\":true}"},
        {"the profile's value goes",
         "mistral",
         {"top_k=1", "top_k=2"},
         "\"max_tokens\":5,\"temperature\":0.5,\"random_seed\":1251766272,\"stream\":true,"
         "\"stop\":[\"x\"],\"top_k\":2}"},
        {"so does the dialect's",
         "vllm",
         {"stream_options={\"continuous_usage_stats\":true}", "ignore_eos=false",
          "min_tokens=1"},
         "\"max_tokens\":5,\"temperature\":0.5,\"seed\":1251766272,\"stream\":true,"
         "\"top_k\":40,\"stop\":[\"x\"],\"stream_options\":{\"continuous_usage_stats\":"
         "true},\"ignore_eos\":false,\"min_tokens\":1}"},
        {"sampling",
         "tgi",
         {"temperature=0", "seed=7", "top_p=1"},
         "\"max_tokens\":5,\"stream\":true,\"stream_options\":{\"include_usage\":true},"
         "\"top_k\":40,\"stop\":[\"x\"],\"temperature\":0,\"seed\":7,\"top_p\":1}"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct profile *p = profile_of(CHAT);
        struct err e = {0};
        struct buf out;
        check_row = rows[i].name;
        buf_init(&out, 1u << 16);
        for (size_t k = 0; k < 3 && rows[i].sets[k] != NULL; k++)
            CHECK_INT(members_set(p, rows[i].sets[k], &e), 0);
        put_body(p, rows[i].dialect, 0, &out);
        CHECK_STR(out.data, rows[i].expected);
        buf_release(&out);
        profile_free(p);
    }
    check_row = NULL;
}

static void every_class_gets_it(void)
{
    struct profile *p = profile_of(CHAT "," EMBED);
    struct err e = {0};
    struct buf out;
    buf_init(&out, 1u << 16);
    CHECK_INT(members_set(p, "metadata={\"team\":\"a b\"}", &e), 0);
    put_body(p, "mistral", 1, &out);
    CHECK(strstr(out.data, "\"metadata\":{\"team\":\"a b\"}}") != NULL);
    CHECK_INT(p->classes[0].extra.count, 3);
    CHECK_INT(p->classes[0].extra.set_count, 1);
    CHECK_INT(p->classes[1].extra.count, 1);
    buf_release(&out);
    profile_free(p);
}

static void refused(void)
{
    static char long_value[MEMBERS_BYTES_MAX + 32] = "k=\"";
    static const struct {
        const char *text, *expected;
    } rows[] = {
        {"top_k", "the form is KEY=JSON"},
        {"=1", "the form is KEY=JSON"},
        {"", "the form is KEY=JSON"},
        {"top_k=", "is no JSON"},
        {"top_k=abc", "--set top_k=abc: the value is no JSON; a text needs quotes"},
        {"top_k=1 2", "is no JSON"},
        {"x={\"a\":1,\"a\":2}", "is no JSON"},
        {"model=\"m\"", "the harness sets model itself"},
        {"messages=[]", "the harness sets messages itself"},
        {"stream=false", "the harness sets stream itself"},
        {"n=2", "the harness sets n itself"},
        {long_value, "class chat has more than 4096 bytes"},
    };
    memset(long_value + 3, 'x', MEMBERS_BYTES_MAX);
    long_value[MEMBERS_BYTES_MAX + 3] = '"';
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct profile *p = profile_of(CHAT);
        struct err e = {0};
        check_row = rows[i].text;
        CHECK_INT(members_set(p, rows[i].text, &e), -1);
        if (strstr(e.text, rows[i].expected) == NULL)
            check_fail(__FILE__, __LINE__, e.text);
        profile_free(p);
    }
    check_row = NULL;
}

static void allow_list(void)
{
    static const struct {
        const char *name, *classes, *dialect, *set;
        const char *expected; /* NULL: it may be sent */
    } rows[] = {
        {"vllm lists top_k", CHAT, "vllm", NULL, NULL},
        {"mistral does not", CHAT, "mistral", NULL,
         "class chat: dialect mistral (Mistral API) does not list the field top_k; take "
         "it out of \"sampling\", or send it knowingly: --set 'top_k=40'"},
        {"knowingly", CHAT, "mistral", "top_k=40", NULL},
        {"another one does not help", CHAT, "mistral", "top_q=40", "the field top_k"},
        {"ollama neither", CHAT, "ollama", NULL, "dialect ollama (Ollama)"},
        {"no such API", EMBED, "tgi", NULL,
         "class embed: Text Generation Inference has no embeddings API"},
        {"FIM has a list of its own", FIM("\"presence_penalty\":1"), "mistral", NULL,
         "class fim: dialect mistral (Mistral API) does not list the field "
         "presence_penalty"},
        {"which has stop", FIM("\"stop\":\"x\""), "mistral", NULL, NULL},
        {"where there is none, that of chats", FIM("\"presence_penalty\":1"), "openai",
         NULL, NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct profile *p = profile_of(rows[i].classes);
        struct err e = {0};
        check_row = rows[i].name;
        if (rows[i].set != NULL)
            CHECK_INT(members_set(p, rows[i].set, &e), 0);
        int rc = members_check(p, dialect_find(rows[i].dialect), &e);
        CHECK_INT(rc, rows[i].expected != NULL ? -1 : 0);
        if (rows[i].expected != NULL && strstr(e.text, rows[i].expected) == NULL)
            check_fail(__FILE__, __LINE__, e.text);
        profile_free(p);
    }
    check_row = NULL;
}

/* A calibration has no stream, and servers refuse stream_options without one. */
static void calibration_says_what_the_class_does(void)
{
    struct profile *p = profile_of(CHAT);
    struct err e = {0};
    struct buf text, body;
    struct prompt_spec spec = {
        .dialect = dialect_find("vllm"), .profile = p, .model = "m", .seed = 1};
    buf_init(&text, 1u << 20);
    buf_init(&body, 1u << 20);
    CHECK_INT(members_set(p, "stream_options={}", &e), 0);
    prompt_calibration(&spec, 0, 4, &text, &body);
    CHECK(strstr(body.data, "\"top_k\":40,\"stop\":[\"x\"]}") != NULL);
    CHECK(strstr(body.data, "\"temperature\":0.5") != NULL);
    CHECK(strstr(body.data, "stream") == NULL);
    buf_release(&text);
    buf_release(&body);
    profile_free(p);
}

int main(void)
{
    RUN(bodies);
    RUN(every_class_gets_it);
    RUN(refused);
    RUN(allow_list);
    RUN(calibration_says_what_the_class_does);
    return check_report();
}
