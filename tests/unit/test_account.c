/*
 * Every figure of a request, from a scripted exchange. The script is the truth:
 * due at 1 s, handed to libcurl at 1.001, on the wire at 1.003, content at 1.1,
 * 1.15 and 1.3 s, usage and end after that.
 */
#include "engine/account.h"

#include "plan_world.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#define MS NS_PER_MS
#define EVENT(content)                                                                 \
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" content "\"}}]}\n\n"
#define THOUGHT                                                                        \
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"reasoning_content\":\"hm\"}}]}\n\n"
#define STOP                                                                           \
    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
#define USAGE(completion)                                                                     \
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":20,\"completion_tokens\":" completion \
    ",\"prompt_tokens_details\":{\"cached_tokens\":16}}}\n\n"
#define DONE "data: [DONE]\n\n"

static const struct phase one_minute[] = {
    {.kind = PHASE_STEADY, .duration_ns = 60 * NS_PER_S, .is_measured = true},
};

struct step {
    int64_t at_ms;
    const char *text;
};

/* A plan, a slot that holds a request of it, and what came of it. */
struct world {
    struct plan_world plan;
    struct slot slot;
    struct sample sample;
    struct evidence evidence;
    enum outcome outcome;
};

static void world_init(struct world *w)
{
    *w = (struct world){.plan = plan_world_new(CHAT_CLASS(""),
                                               "\"kind\":\"constant\",\"rate\":1",
                                               one_minute, 1)};
    struct target *t = &w->plan.plan.targets[0];
    t->prompt = (struct prompt_spec){
        .profile = w->plan.profile, .seed = 7, .overhead[0] = {.single = 7}};
    w->slot.easy = curl_easy_init();
    w->slot.wire_starts = 1;
    w->slot.start_ns = 1001 * MS;
    w->slot.arrival = (struct arrival){.number = 5,
                                       .turns = 1,
                                       .is_measured = true,
                                       .due_ns = 1000 * MS,
                                       .prompt_tokens = 20,
                                       .output_tokens = 10,
                                       .batch = 1};
    (void)snprintf(w->slot.id_text, sizeof w->slot.id_text, "x-request-id: run-5.0");
    exchange_init(&w->slot.exchange);
}

static void world_release(struct world *w)
{
    exchange_release(&w->slot.exchange);
    curl_easy_cleanup(w->slot.easy);
    plan_world_release(&w->plan);
}

static void header(struct world *w, const char *line)
{
    exchange_header(&w->slot.exchange, line, strlen(line));
}

/* Plays a stream; the last step's time is the end. */
static void play(struct world *w, const char *status, const char *type, bool is_stream,
                 const struct step *steps, size_t n)
{
    struct exchange *x = &w->slot.exchange;
    struct exchange_ask ask = {.is_stream = is_stream, .needs_end = true, .choices = 1};
    exchange_begin(x, &ask, 1001 * MS);
    x->wire_ns = 1003 * MS;
    header(w, status);
    header(w, type);
    header(w, "");
    for (size_t i = 0; i < n; i++)
        (void)exchange_bytes(x, steps[i].text, strlen(steps[i].text),
                             steps[i].at_ms * MS);
    w->outcome = exchange_end(x, TRANSPORT_OK, w->slot.timer,
                              (steps[n - 1].at_ms + 1) * MS, &w->evidence);
    account_sent(&w->sample, &w->plan.plan, &w->slot, w->outcome);
}

static const char ok_status[] = "HTTP/1.1 200 OK";
static const char stream_type[] = "content-type: text/event-stream";
static const char body_type[] = "content-type: application/json";

static const struct step usual[] = {
    {1100, EVENT("a")}, {1150, EVENT("b")}, {1300, EVENT("c")},
    {1310, STOP},       {1320, USAGE("3")}, {1321, DONE},
};

#define PLAY(w, steps) play(w, ok_status, stream_type, true, steps, ARRAY_LEN(steps))

static void every_metric_of_a_stream(void)
{
    static const struct {
        enum metric metric;
        int64_t expected_ms; /* -1: undefined */
    } rows[] = {
        {METRIC_TTFT, 100},       /* from the due time */
        {METRIC_TTFT_SENT, 97},   /* from the wire */
        {METRIC_TTFT_ANSWER, -1}, /* nothing was thought */
        {METRIC_TPOT, 100},       /* 200 ms over two of three tokens */
        {METRIC_GAP, -1},         /* per event, booked elsewhere */
        {METRIC_E2E, 300},        /* the last content, not usage or end marker */
        {METRIC_E2E_SENT, 297},   {METRIC_TTFB, 97}, {METRIC_LAG, 3},
        {METRIC_QUEUE, -1},       {METRIC_DNS, -1}, /* the connection was reused */
        {METRIC_CONNECT, -1},     {METRIC_TLS, -1},
    };
    struct world w;
    world_init(&w);
    PLAY(&w, usual);
    CHECK_INT(w.outcome, OUTCOME_OK);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int64_t got = w.sample.value_ns[rows[i].metric];
        check_row = metric_rows[rows[i].metric].name;
        CHECK_INT(got, rows[i].expected_ms < 0 ? SAMPLE_UNDEFINED
                                               : rows[i].expected_ms * MS);
    }
    world_release(&w);
}

static void every_other_fact_of_a_stream(void)
{
    struct world w;
    world_init(&w);
    PLAY(&w, usual);
    const struct sample *s = &w.sample;
    CHECK_INT(s->number, 5);
    CHECK_INT(s->due_ns, 1000 * MS);
    CHECK_INT(s->end_ns, 1322 * MS);
    CHECK_INT(s->decode_ns, 200 * MS);
    CHECK_INT(s->prompt_asked, 20);
    CHECK_INT(s->output_asked, 10);
    CHECK_INT(s->prompt_tokens, 20);
    CHECK_INT(s->cached_tokens, 16);
    CHECK_INT(s->output_tokens, 3);
    CHECK_INT(s->token_source, TOKENS_USAGE);
    CHECK_INT(s->content_events, 3);
    CHECK_INT(s->reads, 3);
    CHECK_INT(s->http, 200);
    CHECK_INT(s->curl, 0);
    CHECK_INT(s->attempts, 1);
    CHECK_INT(s->hidden_attempts, 0);
    CHECK_INT(s->stratum, stratum_of(20));
    CHECK(s->is_measured && s->is_good && s->was_reused);
    CHECK(!s->has_drift); /* 13 words and 7 of the template */
    CHECK(s->is_short);   /* ten were asked for, three came, and it stopped */
    world_release(&w);
}

static void thinking_is_content_but_no_answer(void)
{
    static const struct step steps[] = {
        {1100, THOUGHT}, {1200, EVENT("a")}, {1201, STOP}, {1202, DONE}};
    struct world w;
    world_init(&w);
    PLAY(&w, steps);
    CHECK_INT(w.sample.value_ns[METRIC_TTFT], 100 * MS);
    CHECK_INT(w.sample.value_ns[METRIC_TTFT_ANSWER], 200 * MS);
    CHECK_INT(w.sample.token_source, TOKENS_COUNTED); /* no usage came */
    CHECK_INT(w.sample.output_tokens, 2);
    CHECK(!w.sample.has_drift);
    world_release(&w);
}

static void one_token_has_no_tpot(void)
{
    static const struct step steps[] = {
        {1100, EVENT("a")}, {1101, STOP}, {1102, USAGE("1")}, {1102, DONE}};
    struct world w;
    world_init(&w);
    PLAY(&w, steps);
    CHECK_INT(w.sample.value_ns[METRIC_TPOT], SAMPLE_UNDEFINED);
    CHECK_INT(w.sample.value_ns[METRIC_E2E], 100 * MS);
    world_release(&w);
}

static void usage_that_forgets_the_output_is_not_believed(void)
{
    static const struct step steps[] = {
        {1100, EVENT("a")}, {1150, EVENT("b")}, {1151, STOP}, {1152, USAGE("0") DONE}};
    struct world w;
    world_init(&w);
    PLAY(&w, steps);
    CHECK_INT(w.sample.output_tokens, 2);
    CHECK_INT(w.sample.token_source, TOKENS_COUNTED);
    CHECK_INT(w.sample.value_ns[METRIC_TPOT], 50 * MS);
    world_release(&w);
}

static void a_body_ends_with_its_last_byte(void)
{
    static const struct step steps[] = {
        {1200, "{\"choices\":[{\"index\":0,\"finish_reason\":\"length\",\"message\":"},
        {1250, "{\"content\":\"hello\"}}],\"usage\":{\"prompt_tokens\":30,"
               "\"completion_tokens\":10}}"}};
    struct world w;
    world_init(&w);
    play(&w, ok_status, body_type, false, steps, ARRAY_LEN(steps));
    CHECK_INT(w.outcome, OUTCOME_OK);
    CHECK_INT(w.sample.value_ns[METRIC_E2E], 250 * MS);
    CHECK_INT(w.sample.value_ns[METRIC_E2E_SENT], 247 * MS);
    CHECK_INT(w.sample.value_ns[METRIC_TTFB], 197 * MS);
    CHECK_INT(w.sample.value_ns[METRIC_TTFT], SAMPLE_UNDEFINED);
    CHECK_INT(w.sample.value_ns[METRIC_TPOT], SAMPLE_UNDEFINED);
    CHECK_INT(w.sample.output_tokens, 10);
    CHECK(w.sample.has_drift); /* 20 were expected */
    CHECK(!w.sample.is_short); /* the length was reached */
    world_release(&w);
}

/* A later turn whose overhead was not measured: what it should be is not known. */
static void unknown_lengths_do_not_drift(void)
{
    struct world w;
    world_init(&w);
    w.slot.arrival.turn = 1;
    w.slot.arrival.turns = 2;
    PLAY(&w, usual);
    CHECK(!w.sample.has_drift);
    world_release(&w);
}

static void limits_decide_what_is_good(void)
{
    static const struct {
        const char *slo;
        bool is_good;
    } rows[] = {
        {"ttft p95 <= 100ms", true}, {"ttft p95 <= 99ms", false},
        {"tpot p50 <= 100ms", true}, {"tpot p50 <= 99ms", false},
        {"e2e p99 <= 300ms", true},  {"e2e p99 <= 299ms", false},
        {"success >= 99.9%", true},  {"ttft_answer p95 <= 1ms", true},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct world w;
        struct slo slo;
        struct err e = {0};
        world_init(&w);
        check_row = rows[i].slo;
        CHECK_INT(slo_parse(rows[i].slo, &slo, &e), 0);
        w.plan.plan.slos = &slo;
        w.plan.plan.slo_count = 1;
        PLAY(&w, usual);
        CHECK_INT(w.sample.is_good, rows[i].is_good);
        world_release(&w);
    }
}

static void hidden_attempts_are_counted(void)
{
    static const struct {
        unsigned wire_starts, attempts, hidden;
    } rows[] = {{0, 1, 0}, {1, 1, 0}, {2, 2, 1}, {3, 3, 2}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct world w;
        world_init(&w);
        w.slot.wire_starts = rows[i].wire_starts;
        PLAY(&w, usual);
        CHECK_INT(w.sample.attempts, rows[i].attempts);
        CHECK_INT(w.sample.hidden_attempts, rows[i].hidden);
        world_release(&w);
    }
}

/* Under a policy: lag is the first attempt's, the sleeps are the queue, times are from
 * the due time over all attempts, or from the wire start of this one. */
static void earlier_attempts_count(void)
{
    static const struct client_policy policy = {.name = (char *)(uintptr_t) "p"};
    struct world w;
    world_init(&w);
    w.plan.plan.policy = &policy;
    w.slot.wire_starts = 2;
    w.slot.journey = (struct journey){.begun = 4,
                                      .retries = 2,
                                      .hedges = 1,
                                      .hidden = 3,
                                      .lag_ns = 2 * MS,
                                      .waited_ns = 700 * MS};
    PLAY(&w, usual);
    CHECK_INT(w.sample.attempts, 8);
    CHECK_INT(w.sample.hidden_attempts, 4);
    CHECK_INT(w.sample.hedges, 1);
    CHECK(w.sample.is_later);
    CHECK_INT(w.sample.value_ns[METRIC_LAG], 2 * MS);
    CHECK_INT(w.sample.value_ns[METRIC_QUEUE], 700 * MS);
    CHECK_INT(w.sample.value_ns[METRIC_TTFT], 100 * MS);
    CHECK_INT(w.sample.value_ns[METRIC_TTFT_SENT], 97 * MS);
    world_release(&w);
}

static void a_first_attempt_under_a_policy(void)
{
    static const struct client_policy policy = {.name = (char *)(uintptr_t) "p"};
    struct world w;
    world_init(&w);
    w.plan.plan.policy = &policy;
    w.slot.journey = (struct journey){.begun = 1, .is_first = true};
    PLAY(&w, usual);
    CHECK_INT(w.sample.attempts, 1);
    CHECK(!w.sample.is_later);
    CHECK_INT(w.sample.value_ns[METRIC_LAG], 3 * MS);
    CHECK_INT(w.sample.value_ns[METRIC_QUEUE], SAMPLE_UNDEFINED);
    world_release(&w);
}

/* The first attempt answers though a hedge was sent: its lag is its own. */
static void a_first_attempt_beside_a_hedge(void)
{
    static const struct client_policy policy = {.name = (char *)(uintptr_t) "p"};
    struct world w;
    world_init(&w);
    w.plan.plan.policy = &policy;
    w.slot.journey = (struct journey){.begun = 2, .hedges = 1, .is_first = true};
    PLAY(&w, usual);
    CHECK_INT(w.sample.attempts, 2);
    CHECK_INT(w.sample.hedges, 1);
    CHECK(!w.sample.is_later);
    CHECK_INT(w.sample.value_ns[METRIC_LAG], 3 * MS);
    world_release(&w);
}

/* --- failures ---------------------------------------------------------------- */

static const struct step refused[] = {
    {1020, "{\"error\":{\"message\":\"no such key: sesame\",\"code\":\"bad_key\"}}"}};

static void failures_have_a_latency_of_their_own(void)
{
    struct world w;
    world_init(&w);
    w.slot.code = CURLE_PARTIAL_FILE;
    play(&w, "HTTP/1.1 401 Unauthorized", body_type, true, refused, 1);
    CHECK_INT(w.outcome, OUTCOME_AUTH_401);
    CHECK_INT(w.sample.value_ns[METRIC_FAILURE], 21 * MS);
    CHECK_INT(w.sample.value_ns[METRIC_TTFT], SAMPLE_UNDEFINED);
    CHECK_INT(w.sample.value_ns[METRIC_E2E], SAMPLE_UNDEFINED);
    CHECK_INT(w.sample.http, 401);
    CHECK_INT(w.sample.curl, CURLE_PARTIAL_FILE);
    CHECK_INT(w.sample.token_source, TOKENS_NONE);
    CHECK(!w.sample.is_good);
    world_release(&w);
}

static void a_note_says_why_without_the_key(void)
{
    struct world w;
    struct failure_note n;
    world_init(&w);
    header(&w, "");
    play(&w, "HTTP/1.1 401 Unauthorized", body_type, true, refused, 1);
    account_note(&n, &w.slot, &w.sample, &w.evidence, "sesame");
    CHECK_INT(n.number, 5);
    CHECK_INT(n.outcome, OUTCOME_AUTH_401);
    CHECK_INT(n.http, 401);
    CHECK_INT(n.due_ns, 1000 * MS);
    CHECK_STR(n.request_id, "run-5.0");
    CHECK_STR(n.provider_code, "bad_key");
    CHECK(strstr(n.snippet, "no such key: ******") != NULL);
    world_release(&w);
}

/* The key lies across the place where the snippet is cut. */
static void a_cut_key_does_not_leak(void)
{
    char body[600];
    const struct step steps[] = {{1020, body}};
    struct world w;
    struct failure_note n;
    memset(body, 'x', sizeof body);
    memcpy(body + sizeof n.snippet - 4, "sesame", 6);
    body[sizeof body - 1] = '\0';
    world_init(&w);
    play(&w, "HTTP/1.1 500 Oops", "content-type: text/plain", true, steps, 1);
    account_note(&n, &w.slot, &w.sample, &w.evidence, "sesame");
    CHECK_INT(strlen(n.snippet), sizeof n.snippet - 1);
    CHECK_STR(n.snippet + sizeof n.snippet - 5, "x***");
    world_release(&w);
}

static void censored_is_no_failure(void)
{
    static const struct step steps[] = {{1100, EVENT("a")}};
    struct world w;
    world_init(&w);
    w.slot.timer = TIMER_RUN_END;
    PLAY(&w, steps);
    CHECK_INT(w.outcome, OUTCOME_CENSORED);
    CHECK(!w.sample.is_good);
    CHECK_INT(w.sample.value_ns[METRIC_LAG], 3 * MS);
    world_release(&w);
}

static void what_is_not_sent_has_no_values(void)
{
    struct sample s;
    struct arrival a = {.number = 9,
                        .turn = 2,
                        .turns = 3,
                        .class_index = 1,
                        .phase = 4,
                        .due_ns = 7,
                        .prompt_tokens = 100,
                        .history_tokens = 50,
                        .suffix_tokens = 5,
                        .output_tokens = 6};
    account_not_sent(&s, &a, 1, OUTCOME_SHED, 99);
    CHECK_INT(s.number, 9);
    CHECK_INT(s.turn, 2);
    CHECK_INT(s.arm, 1);
    CHECK_INT(s.class_index, 1);
    CHECK_INT(s.phase, 4);
    CHECK_INT(s.due_ns, 7);
    CHECK_INT(s.end_ns, 99);
    CHECK_INT(s.outcome, OUTCOME_SHED);
    CHECK_INT(s.prompt_asked, 155); /* all that the server would have read */
    CHECK_INT(s.output_asked, 6);
    CHECK_INT(s.attempts, 0);
    for (int m = 0; m < METRIC_COUNT; m++)
        CHECK_INT(s.value_ns[m], SAMPLE_UNDEFINED);
}

/* --- new connections --------------------------------------------------------- */

/* Opens a real connection to ourselves with the slot's handle. */
static void connect_slot(struct slot *s)
{
    char url[64];
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_INT(bind(listener, (struct sockaddr *)&at, sizeof at), 0);
    CHECK_INT(listen(listener, 1), 0);
    CHECK_INT(getsockname(listener, (struct sockaddr *)&at, &length), 0);
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d", ntohs(at.sin_port));
    curl_easy_setopt(s->easy, CURLOPT_URL, url);
    curl_easy_setopt(s->easy, CURLOPT_PROXY, "");
    curl_easy_setopt(s->easy, CURLOPT_CONNECT_ONLY, 1L);
    CHECK_INT(curl_easy_perform(s->easy), CURLE_OK);
    (void)close(listener);
}

static void a_handshake_is_no_lag_of_ours(void)
{
    struct world w;
    world_init(&w);
    connect_slot(&w.slot);
    PLAY(&w, usual);
    CHECK(!w.sample.was_reused);
    CHECK_INT(w.sample.value_ns[METRIC_LAG], 1 * MS);
    CHECK(w.sample.value_ns[METRIC_CONNECT] > 0);
    CHECK(w.sample.value_ns[METRIC_CONNECT] < NS_PER_S);
    CHECK_INT(w.sample.value_ns[METRIC_TLS], SAMPLE_UNDEFINED);
    CHECK_INT(w.sample.value_ns[METRIC_TTFT], 100 * MS); /* its user waited */
    world_release(&w);
}

int main(void)
{
    transport_init();
    RUN(every_metric_of_a_stream);
    RUN(every_other_fact_of_a_stream);
    RUN(thinking_is_content_but_no_answer);
    RUN(one_token_has_no_tpot);
    RUN(usage_that_forgets_the_output_is_not_believed);
    RUN(a_body_ends_with_its_last_byte);
    RUN(unknown_lengths_do_not_drift);
    RUN(limits_decide_what_is_good);
    RUN(hidden_attempts_are_counted);
    RUN(earlier_attempts_count);
    RUN(a_first_attempt_under_a_policy);
    RUN(a_first_attempt_beside_a_hedge);
    RUN(failures_have_a_latency_of_their_own);
    RUN(a_note_says_why_without_the_key);
    RUN(a_cut_key_does_not_leak);
    RUN(censored_is_no_failure);
    RUN(what_is_not_sent_has_no_values);
    RUN(a_handshake_is_no_lag_of_ours);
    transport_cleanup();
    return check_report();
}
