/*
 * What an attempt is charged: streams as they come and go, against the rules of
 * charge.h; and what a request may cost at most.
 */
#include "engine/charge.h"

#include "plan_world.h"

#define CONTENT "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n"
#define STOP                                                                           \
    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
#define USAGE                                                                          \
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":7,"  \
    "\"prompt_tokens_details\":{\"cached_tokens\":64},"                                \
    "\"completion_tokens_details\":{\"reasoning_tokens\":3}}}\n\n"
#define RUNNING_USAGE                                                                  \
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}],\"usage\":{"     \
    "\"prompt_tokens\":100,\"completion_tokens\":2}}\n\n"
#define DONE "data: [DONE]\n\n"

static const struct bill worst = {{100, 0, 20, 0}};

static struct charge charge(const char *status, const char *body, bool is_stream,
                            unsigned wire_starts)
{
    struct exchange x;
    struct evidence ev;
    const struct exchange_ask ask = {.is_stream = is_stream, .choices = 1};
    static const char stream[] = "content-type: text/event-stream";
    static const char json[] = "content-type: application/json";
    exchange_init(&x);
    exchange_begin(&x, &ask, 0);
    if (status != NULL) {
        const char *type = is_stream ? stream : json;
        exchange_header(&x, status, strlen(status));
        exchange_header(&x, type, strlen(type));
        (void)exchange_bytes(&x, body, strlen(body), 1);
    }
    (void)exchange_end(&x, TRANSPORT_OK, TIMER_NONE, 2, &ev);
    struct charge c = charge_of(&x, wire_starts, &worst);
    exchange_release(&x);
    return c;
}

static void rules_hold(void)
{
    static const char ok[] = "HTTP/1.1 200 OK";
    static const struct {
        const char *name, *status, *body;
        bool is_stream;
        unsigned wire_starts;
        struct charge expected;
    } rows[] = {
        {"told",
         ok,
         CONTENT STOP USAGE DONE,
         true,
         1,
         {{{36, 64, 7, 3}}, {{0}}, false}},
        {"told in one body",
         ok,
         "{\"choices\":[{\"message\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}],"
         "\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2}}",
         false,
         1,
         {{{9, 0, 2, 0}}, {{0}}, false}},
        {"cut, told so far",
         ok,
         RUNNING_USAGE,
         true,
         1,
         {{{100, 0, 2, 0}}, {{0, 0, 18, 0}}, true}},
        {"cut, not told",
         ok,
         CONTENT CONTENT CONTENT,
         true,
         1,
         {{{100, 0, 3, 0}}, {{0, 0, 17, 0}}, true}},
        {"whole, not told",
         ok,
         CONTENT STOP DONE,
         true,
         1,
         {{{100, 0, 1, 0}}, {{0, 0, 19, 0}}, true}},
        {"cut before content", ok, "", true, 1, {{{0}}, {{100, 0, 20, 0}}, true}},
        {"in-band error before content",
         ok,
         "data: {\"error\":{\"message\":\"x\"}}\n\n",
         true,
         1,
         {{{0}}, {{100, 0, 20, 0}}, true}},
        {"refused", "HTTP/1.1 429 Too Many", "{}", false, 1, {{{0}}, {{0}}, false}},
        {"server error", "HTTP/1.1 500 No", "{}", false, 1, {{{0}}, {{0}}, false}},
        {"no answer", NULL, "", true, 1, {{{0}}, {{100, 0, 20, 0}}, true}},
        {"never sent", NULL, "", true, 0, {{{0}}, {{0}}, false}},
        {"sent twice by libcurl",
         ok,
         CONTENT STOP USAGE DONE,
         true,
         2,
         {{{36, 64, 7, 3}}, {{100, 0, 20, 0}}, false}},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct charge c = charge(rows[i].status, rows[i].body, rows[i].is_stream,
                                 rows[i].wire_starts);
        check_row = rows[i].name;
        for (int k = 0; k < BILL_COLUMNS; k++) {
            CHECK_INT(c.bill.tokens[k], rows[i].expected.bill.tokens[k]);
            CHECK_INT(c.doubt.tokens[k], rows[i].expected.doubt.tokens[k]);
        }
        CHECK_INT(c.is_assumed, rows[i].expected.is_assumed);
    }
}

/* No charge may pass what was set aside, unless the server counts more than that. */
static void bill_and_doubt_stay_within_the_worst(void)
{
    static const char *const bodies[] = {
        CONTENT STOP USAGE DONE,
        CONTENT USAGE,
        RUNNING_USAGE,
        CONTENT CONTENT,
        "",
        STOP,
    };
    const struct price p = {3, 1, 7};
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        struct charge c = charge("HTTP/1.1 200 OK", bodies[i], true, 1);
        check_row = bodies[i];
        bill_add(&c.bill, &c.doubt);
        CHECK(price_of(&p, &c.bill) <= price_of(&p, &worst));
    }
}

static void the_worst_is_all_that_was_asked_for(void)
{
    static const struct phase minute = {
        .kind = PHASE_STEADY, .duration_ns = 60 * NS_PER_S, .is_measured = true};
    struct plan_world w =
        plan_world_new(CHAT_CLASS(",\"sampling\":{\"n\":3}"),
                       "\"kind\":\"constant\",\"rate\":1", &minute, 1);
    struct target *t = &w.plan.targets[0];
    t->prompt =
        (struct prompt_spec){.profile = w.profile, .overhead[0] = {.single = 7}};
    struct arrival a = {.turns = 1,
                        .prompt_tokens = 20,
                        .history_tokens = 5,
                        .suffix_tokens = 2,
                        .output_tokens = 10,
                        .batch = 1};
    struct bill b = charge_worst(&w.plan, 0, &a);
    CHECK_INT(b.tokens[BILL_PROMPT], 27);
    CHECK_INT(b.tokens[BILL_CACHED], 0);
    CHECK_INT(b.tokens[BILL_OUTPUT], 30);
    CHECK_INT(charge_reserve(&w.plan, 0, &a), 0); /* nothing is priced */
    struct price_list list = {0};
    w.plan.pricing.list = &list;
    w.plan.pricing.prices[0][0] = (struct price){150000, 15000, 600000};
    CHECK_INT(charge_reserve(&w.plan, 0, &a), 27 * 150000 + 30 * 600000);
    a.prompt_tokens = 1; /* the template alone is longer */
    a.history_tokens = a.suffix_tokens = 0;
    CHECK_INT(charge_worst(&w.plan, 0, &a).tokens[BILL_PROMPT],
              prompt_expected_tokens(&t->prompt, &a));
    CHECK(prompt_expected_tokens(&t->prompt, &a) >= 7);
    plan_world_release(&w);
}

int main(void)
{
    RUN(rules_hold);
    RUN(bill_and_doubt_stay_within_the_worst);
    RUN(the_worst_is_all_that_was_asked_for);
    return check_report();
}
