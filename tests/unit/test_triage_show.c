/* What a look looks like: text in any width, JSON of the published shape, nothing
 * that commands a terminal, transcripts without secrets. */
#include "command/triage.h"
#include "engine/redact.h"
#include "engine/transcript.h"

#include "json_shape.h"

#include <stdlib.h>

#define KEY "sesame-0123456789"

static void result(struct check_result *r, enum check_state state, int64_t took_ns,
                   const char *text)
{
    check_say(r, state, "%s", text);
    r->took_ns = took_ns;
}

/* Two targets: the first fails as it is told, the second works. */
static void fake(struct triage *t, struct look *l, enum leaf leaf)
{
    *t = (struct triage){.target_count = 2, .prometheus = "http://prometheus:9090"};
    (void)snprintf(t->targets[0].shown, sizeof t->targets[0].shown,
                   "https://first.example");
    (void)snprintf(t->targets[1].shown, sizeof t->targets[1].shown,
                   "http://second.example:8000");
    look_init(l);
    l->target_count = 2;
    l->wall_ns = 1795274725 * NS_PER_S;
    l->took_ns = 62 * NS_PER_MS;
    struct target_look *one = &l->targets[0], *two = &l->targets[1];
    one->diagnosis = (struct diagnosis){leaf, leaf_rows[leaf].severity, false};
    two->diagnosis = (struct diagnosis){LEAF_RESOLVED, SEVERITY_P4, false};
    one->facts = (struct target_facts){.addresses = 2,
                                       .open = 1,
                                       .sent = 1,
                                       .failed = 1,
                                       .outcome = OUTCOME_RATE_LIMITED};
    two->facts = (struct target_facts){.sent = 3, .ttft_ns = 143 * NS_PER_MS};
    (void)snprintf(one->dialect, sizeof one->dialect, "mistral");
    (void)snprintf(one->model, sizeof one->model, "mistral-small-latest");
    for (unsigned i = 0; i < CHECK_COUNT; i++)
        result(&one->checks[i], CHECK_FAILED, 1200 * NS_PER_US,
               "0 of 1 answered; HTTP 429 (rate_limited_429): Rate limit exceeded");
    result(&one->checks[CHECK_HEALTH], CHECK_SKIPPED, 0, "not tried: key failed");
    result(&one->checks[CHECK_METRICS], CHECK_SKIPPED, 0, "not tried: key failed");
    result(&two->checks[CHECK_REQUEST], CHECK_FINE, 429 * NS_PER_MS, "3 of 3 answered");
    result(&l->checks[CHECK_PROMETHEUS], CHECK_ODD, 0, "HTTP 502: not an answer");
    struct diagnosis of[] = {one->diagnosis, two->diagnosis};
    l->diagnosis = diagnose(of, 2, &l->scene, &l->about);
}

static size_t longest_line(const char *text)
{
    size_t longest = 0;
    while (*text != '\0') {
        size_t n = strcspn(text, "\n");
        longest = n > longest ? n : longest;
        text += n + (text[n] == '\n');
    }
    return longest;
}

static void text_fits_any_width(void)
{
    static const size_t widths[] = {60, 80, 120};
    for (unsigned leaf = 0; leaf < LEAF_COUNT; leaf++)
        for (size_t w = 0; w < ARRAY_LEN(widths); w++) {
            struct triage t;
            struct look l;
            struct buf out;
            buf_init(&out, 1u << 20);
            fake(&t, &l, (enum leaf)leaf);
            triage_text(&l, &t, widths[w], false, &out);
            check_row = leaf_rows[leaf].name;
            CHECK(longest_line(out.data) <= widths[w]);
            CHECK(strchr(out.data, '\033') == NULL);
            CHECK(out.data[0] == 'P' && out.data[2] == ' ');
            buf_release(&out);
            look_release(&l);
        }
}

static void text_says_it_all(void)
{
    static const char *const parts[] = {
        "P2  the rate limit of the key is used up: 0 of 1 answered; HTTP 429 (rate_limited"
        "_429):",
        "; the cause is on our side\n",
        "  1. send the traffic to http://second.example:8000: it works now\n"
        "  2. find who sends: a batch job, a retry storm?\n",
        "\nhttps://first.example, mistral, mistral-small-latest\n  P2  the rate limit",
        "\nhttp://second.example:8000\n  P4  nothing wrong is seen: it can take traffic\n",
        "\n  ok      request        429 ms  3 of 3 answered\n",
        "\n  -       health, metrics: not tried: key failed\n",
        "\nBeside it\n  odd     prometheus             HTTP 502: not an answer\n",
    };
    struct triage t;
    struct look l;
    struct buf out;
    buf_init(&out, 1u << 20);
    fake(&t, &l, LEAF_QUOTA);
    triage_text(&l, &t, 120, false, &out);
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        check_row = parts[i];
        CHECK(strstr(out.data, parts[i]) != NULL);
    }
    buf_reset(&out);
    triage_text(&l, &t, 120, true, &out);
    check_row = "colour";
    CHECK(strncmp(out.data, "\033[1;31mP2\033[0m  the", 18) == 0);
    buf_release(&out);
    look_release(&l);
}

/* The schema lists the leaves by name. */
static void schema_names_every_leaf(const json_t *schema)
{
    const json_t *names = json_object_get(
        json_object_get(json_object_get(schema, "$defs"), "leaf"), "enum");
    CHECK_INT(json_array_size(names), LEAF_COUNT);
    for (size_t i = 0; i < LEAF_COUNT && i < json_array_size(names); i++)
        CHECK_STR(json_string_value(json_array_get(names, i)), leaf_rows[i].name);
}

static void json_has_the_published_shape(void)
{
    json_t *schema = json_load_file("report/triage.schema.json", 0, NULL);
    struct shape shape = {.root = schema};
    struct changes changes = {.count = 2};
    changes.items[0] = (struct change){.leaf = LEAF_REFUSED, .severity = SEVERITY_P1};
    changes.items[1] = (struct change){
        .leaf = LEAF_QUOTA, .severity = SEVERITY_P2, .start_ns = 90 * NS_PER_S};
    CHECK(schema != NULL);
    schema_names_every_leaf(schema);
    for (unsigned leaf = 0; leaf < LEAF_COUNT; leaf++) {
        struct triage t;
        struct look l;
        struct buf out;
        buf_init(&out, 1u << 20);
        fake(&t, &l, (enum leaf)leaf);
        l.start_ns = 100 * NS_PER_S;
        triage_json(&l, &t, &changes, leaf % 2 == 0, &out);
        json_t *document = json_loadb(out.data, out.len, 0, NULL);
        check_row = leaf_rows[leaf].name;
        CHECK(document != NULL);
        shape_check(&shape, "look", document, schema);
        CHECK_STR(shape.problem, "");
        const json_t *course = json_object_get(document, "changes");
        for (size_t i = 0; i < 2; i++)
            CHECK_NEAR(json_number_value(
                           json_object_get(json_array_get(course, i), "seconds")),
                       i == 0 ? 90.0 : 10.0, 1e-9);
        json_decref(document);
        buf_release(&out);
        look_release(&l);
    }
    json_decref(schema);
}

static const struct {
    const char *row;
    enum leaf first;
    enum exit_code code;
    size_t stand_in; /* 2: none */
} ends[] = {
    {"well", LEAF_RESOLVED, EXIT_GO, 2},
    {"users get nothing", LEAF_REFUSED, EXIT_NO_GO, 1},
    {"some get nothing", LEAF_QUOTA, EXIT_NO_GO, 1},
    {"served", LEAF_PART_DOWN, EXIT_INCONCLUSIVE, 2},
    {"not looked at", LEAF_NO_KEY, EXIT_CANNOT_RUN, 1},
    {"nothing left to look with", LEAF_OUR_HOST, EXIT_CANNOT_RUN, 1},
};

static void codes_follow_severity(void)
{
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        struct triage t;
        struct look l;
        fake(&t, &l, ends[i].first);
        check_row = ends[i].row;
        CHECK_INT(look_exit_code(&l), ends[i].code);
        CHECK_INT(look_stand_in(&l), ends[i].stand_in);
        look_release(&l);
    }
}

static void words_do_not_command_the_terminal(void)
{
    struct check_result r = {0};
    char long_text[2000];
    check_say(&r, CHECK_ODD, "a\033[2Jb\nc\x7f");
    CHECK_STR(r.text, "a?[2Jb?c?");
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    check_say(&r, CHECK_ODD, "%s", long_text);
    CHECK_INT(strlen(r.text), sizeof r.text - 1);
}

/* --- transcripts -------------------------------------------------------------------- */

static void transcripts_hold_no_secret(void)
{
    static const char *const headers[] = {"X-Secret: swordfish", "X-Short: ab", NULL};
    struct plan plan = {0};
    struct target t = {.key = KEY, .headers = headers};
    struct call c;
    struct buf out;
    call_init(&c, &plan, &t, NULL);
    buf_init(&out, 1u << 20);
    c.url = "https://user:hunter2@host/v1?token=open#part";
    c.body = "{\"key\":\"" KEY "\"}";
    c.length = strlen(c.body);
    c.exchange.http = 401;
    c.outcome = OUTCOME_AUTH_401;
    buf_puts(&c.headers, "HTTP/1.1 401 X\nSet-Cookie: session=1\nX-Echo: swordfish\n");
    buf_puts(&c.reply, "no: " KEY " and swordfish, ab\n\033[2J");
    transcript_call(&out, &c);
    CHECK_STR(out.data, "> POST https://***@host/v1?***\n"
                        "> Authorization: Bearer ***\n"
                        "> X-Secret: ***\n"
                        "> X-Short: ***\n"
                        "> {\"key\":\"*****************\"}\n"
                        "< HTTP/1.1 401 X\n"
                        "< set-cookie: ***\n"
                        "< X-Echo: *********\n"
                        "no: ***************** and *********, ab\n?[2J\n"
                        "= auth_401 after 0 ms\n\n");
    buf_release(&out);
    call_release(&c);
}

/* What is cut in the middle of a key is no less a secret. */
static void cut_bodies_hold_no_part_of_a_key(void)
{
    struct plan plan = {0};
    struct target t = {.key = KEY};
    for (size_t before = TRANSCRIPT_BODY_MAX - sizeof KEY;
         before < TRANSCRIPT_BODY_MAX - 4; before++) {
        struct call c;
        struct buf out;
        call_init(&c, &plan, &t, NULL);
        buf_init(&out, 1u << 20);
        c.url = "http://host";
        for (size_t i = 0; i < before; i++)
            buf_putc(&c.reply, 'x');
        buf_puts(&c.reply, KEY " and more");
        transcript_call(&out, &c);
        CHECK(strstr(out.data, "sesa") == NULL);
        CHECK(strstr(out.data, "bytes more\n") != NULL);
        buf_release(&out);
        call_release(&c);
    }
}

int main(void)
{
    RUN(text_fits_any_width);
    RUN(text_says_it_all);
    RUN(json_has_the_published_shape);
    RUN(codes_follow_severity);
    RUN(words_do_not_command_the_terminal);
    RUN(transcripts_hold_no_secret);
    RUN(cut_bodies_hold_no_part_of_a_key);
    return check_report();
}
