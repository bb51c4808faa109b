/*
 * Client policies: documents, and the shipped ones at work. The sleeps that a
 * preset makes are compared with its formula, written here once more from its
 * source and fed from the same random stream; and no sleep ends past a deadline.
 */
#include "policy/client.h"

#include "json_shape.h"

#include "base/json.h"
#include "workload/shipped.h"

#include <stdlib.h>
#include <string.h>

#define S NS_PER_S
#define MS NS_PER_MS

/* --- documents ------------------------------------------------------------------ */

static const struct {
    const char *text, *error; /* NULL: good */
} documents[] = {
    {"{\"name\":\"a\"}", NULL},
    {"{\"name\":\"a\",\"retry\":{\"attempts\":2,\"backoff\":{\"base\":0}}}", NULL},
    {"{\"name\":\"a\",\"deadline\":\"5s\",\"retry\":{\"backoff\":{\"base\":1}}}", NULL},
    {"{\"name\":\"a\",\"hedge\":{\"percentile\":95,\"share\":\"5%\"}}", NULL},
    {"{\"name\":\"a\",\"budget\":{\"kind\":\"share\",\"share\":\"20%\",\"floor\":10}}",
     NULL},
    {"{}", "name: is missing"},
    {"{\"name\":\"a/b\"}", "name: \"a/b\" is no name"},
    {"{\"name\":\"a\",\"retries\":{}}",
     "retries: unknown key; did you mean \"retry\"?"},
    {"{\"name\":\"a\",\"retry\":{\"backof\":{}}}",
     "retry.backof: unknown key; did you mean \"backoff\"?"},
    {"{\"name\":\"a\",\"retry\":{\"backoff\":{\"base\":1}}}",
     "retry: attempts, max_elapsed or a deadline must bound it"},
    {"{\"name\":\"a\",\"retry\":{\"attempts\":2}}", "retry.backoff: is missing"},
    {"{\"name\":\"a\",\"retry\":{\"attempts\":201,\"backoff\":{\"base\":1}}}",
     "retry.attempts: 201 is out of range 1..200"},
    {"{\"name\":\"a\",\"retry\":{\"attempts\":2,\"backoff\":{\"base\":\"9s\",\"max\":1}}}",
     "retry.backoff.max: is less than base"},
    {"{\"name\":\"a\",\"retry\":{\"attempts\":2,\"backoff\":{\"base\":1,\"jitter\":\"add\"}}}",
     "retry.backoff.spread: is missing"},
    {"{\"name\":\"a\",\"retry\":{\"attempts\":2,\"backoff\":{\"base\":1,\"jitter\":\"half\"}}}",
     "retry.backoff.jitter: \"half\" is unknown; allowed are none, full"},
    {"{\"name\":\"a\",\"retry\":{\"attempts\":2,\"on\":[\"server_501\"],\"backoff\":{\"base\":1}}}",
     "retry.on[0]: no failure class is called \"server_501\"; did you mean \"server_500\"?"},
    {"{\"name\":\"a\",\"retry\":{\"attempts\":2,\"on\":[\"shed\"],\"backoff\":{\"base\":1}}}",
     "retry.on[0]: no failure class is called \"shed\""},
    {"{\"name\":\"a\",\"retry\":{\"attempts\":2,\"on\":[],\"backoff\":{\"base\":1}}}",
     "retry.on: has 0 elements"},
    {"{\"name\":\"a\",\"budget\":{\"kind\":\"throttle\",\"max\":10}}",
     "budget.ratio: is missing"},
    {"{\"name\":\"a\",\"breaker\":{\"kind\":\"count\"}}",
     "breaker.failures: is missing"},
    {"{\"name\":\"a\",\"breaker\":{\"kind\":\"count\",\"failures\":65}}",
     "breaker.failures: 65 is out of range 1..64"},
    {"{\"name\":\"a\",\"hedge\":{\"share\":1}}", "hedge: needs after or a percentile"},
    {"{\"name\":\"a\",\"hedge\":{\"after\":1,\"share\":\"500%\"}}", "hedge.share: "},
    {"{\"name\":\"a\",\"failover\":{}}", "failover.endpoints: is missing"},
    {"{\"name\":\"a\",\"failover\":{\"endpoints\":[{\"url\":\"ftp://b\"}]}}",
     "failover.endpoints[0].url: \"ftp://b\" must begin with http://"},
    {"{\"name\":\"a\",\"failover\":{\"endpoints\":[{\"url\":\"http://b\",\"key\":\"x\"}]}}",
     "failover.endpoints[0].key: unknown key"},
    {"{\"name\":\"a\",\"timeouts\":{\"total\":\"soon\"}}", "timeouts.total: "},
    {"[1]", "(document): is an array"},
    {"{", "line 1 column 1"},
};

static void documents_are_read_strictly(void)
{
    for (size_t i = 0; i < ARRAY_LEN(documents); i++) {
        struct err e = {0};
        check_row = documents[i].text;
        struct client_policy *p =
            client_policy_parse(documents[i].text, strlen(documents[i].text), &e);
        CHECK_INT(p != NULL, documents[i].error == NULL);
        if (documents[i].error != NULL)
            CHECK(strstr(e.text, documents[i].error) != NULL);
        client_policy_free(p);
    }
}

static struct client_policy *load(const char *name)
{
    struct err e = {0};
    struct client_policy *p = client_policy_load(name, &e);
    CHECK_STR(e.text, "");
    if (p == NULL)
        abort();
    return p;
}

static const char every_member[] =
    "{\"name\":\"all\",\"title\":\"All\",\"deadline\":\"20s\","
    "\"timeouts\":{\"connect\":1,\"ttft\":2,\"stall\":3,\"total\":4},"
    "\"budget\":{\"kind\":\"adaptive\",\"k\":1.5,\"window\":\"60s\"},"
    "\"breaker\":{\"kind\":\"ratio\",\"scope\":\"class\",\"share\":\"40%\","
    "\"min_volume\":7,\"window\":\"5s\",\"open\":\"6s\",\"probes\":8,"
    "\"on\":[\"server_500\"]},"
    "\"failover\":{\"sticky\":false,\"immediate\":false,\"failures\":9,"
    "\"after\":\"11s\",\"successes\":12,\"on\":[\"reset\"],\"endpoints\":["
    "{\"name\":\"b\",\"url\":\"http://b\",\"dialect\":\"vllm\",\"model\":\"m\","
    "\"key_env\":\"K\"},{\"url\":\"https://c\"}]},"
    "\"hedge\":{\"after\":\"100ms\",\"percentile\":95,\"share\":0.1}}";

static void every_member_is_taken(void)
{
    struct err e = {0};
    struct client_policy *p =
        client_policy_parse(every_member, strlen(every_member), &e);
    CHECK_STR(e.text, "");
    if (p == NULL)
        abort();
    CHECK_STR(p->name, "all");
    CHECK_INT(p->deadline_ns, 20 * S);
    CHECK_INT(p->timeouts.connect_ns, S);
    CHECK_INT(p->timeouts.ttft_ns, 2 * S);
    CHECK_INT(p->timeouts.stall_ns, 3 * S);
    CHECK_INT(p->timeouts.total_ns, 4 * S);
    CHECK_INT(p->retry.attempts, 1);
    CHECK_INT(p->budget.kind, BUDGET_ADAPTIVE);
    CHECK_NEAR(p->budget.k, 1.5, 0);
    CHECK_INT(p->budget.window_ns, 60 * S);
    CHECK_INT(p->breaker.kind, BREAKER_RATIO);
    CHECK_INT(p->breaker.scope, BREAKER_PER_CLASS);
    CHECK_NEAR(p->breaker.share, 0.4, 1e-12);
    CHECK_INT(p->breaker.min_volume, 7);
    CHECK_INT(p->breaker.window_ns, 5 * S);
    CHECK_INT(p->breaker.open_ns, 6 * S);
    CHECK_INT(p->breaker.probes, 8);
    CHECK(p->breaker.counts == OUTCOME_BIT(OUTCOME_SERVER_500));
    CHECK(!p->failover.is_sticky && !p->failover.is_immediate);
    CHECK_INT(p->failover.endpoints, 3);
    CHECK_INT(p->failover.failures, 9);
    CHECK_INT(p->failover.after_ns, 11 * S);
    CHECK_INT(p->failover.successes, 12);
    CHECK(p->failover_on == OUTCOME_BIT(OUTCOME_RESET));
    CHECK_STR(p->endpoints[0].name, "b");
    CHECK_STR(p->endpoints[0].dialect, "vllm");
    CHECK_STR(p->endpoints[0].model, "m");
    CHECK_STR(p->endpoints[0].key_env, "K");
    CHECK_STR(p->endpoints[1].name, "https://c");
    CHECK(p->endpoints[1].dialect == NULL && p->endpoints[1].key_env == NULL);
    CHECK_INT(p->hedge.after_ns, 100 * MS);
    CHECK_NEAR(p->hedge.percentile, 95, 0);
    CHECK_NEAR(p->hedge.share, 0.1, 0);
    CHECK(!client_policy_is_none(p));
    client_policy_free(p);
}

static void check_shape(const json_t *schema, json_t *document)
{
    struct shape shape = {.root = schema};
    shape_check(&shape, "policy", document, schema);
    CHECK_STR(shape.problem, "");
    json_decref(document);
}

/* The published shape fits what the parser takes. */
static void the_schema_knows_all_of_it(void)
{
    struct err e = {0};
    json_t *schema = json_load("profiles/policies/policy.schema.json", 1 << 20, &e);
    CHECK_STR(e.text, "");
    check_shape(schema, json_parse(every_member, strlen(every_member), &e));
    struct shipped_names names = shipped_list("policies");
    CHECK(names.count >= 7);
    for (size_t i = 0; i < names.count; i++) {
        char path[SHIPPED_PATH];
        check_row = names.items[i];
        CHECK(shipped_find("policies", names.items[i], path));
        check_shape(schema, json_load(path, 1 << 20, &e));
    }
    CHECK_STR(e.text, "");
    shipped_names_release(&names);
    json_decref(schema);
}

/* --- the shipped ones at work ------------------------------------------------------ */

static double least(double a, double b)
{
    return a < b ? a : b;
}

static double power(double base, unsigned n)
{
    double v = 1;
    while (n-- > 0)
        v *= base;
    return v;
}

/* Seconds of the n-th sleep, n = 0 first, as the client's own source has it. */
static double mistral_s(unsigned n, double u)
{
    return least(60, 0.5 * power(1.5, n) + u * 1.0);
}

static double openai_s(unsigned n, double u)
{
    return least(8, 0.5 * power(2, n)) * (1 - 0.25 * u);
}

static double vibe_s(unsigned n, double u)
{
    return least(30, 0.5 * power(1.5, n) + u * 1.0);
}

static double naive_s(unsigned n, double u)
{
    (void)n;
    (void)u;
    return 0;
}

static double grpc_s(unsigned n, double u)
{
    return least(1, 0.1 * power(2, n)) * (0.8 + 0.4 * u);
}

static double checklist_s(unsigned n, double u)
{
    static const double s[] = {1, 2, 4, 8};
    (void)u;
    return s[n < 4 ? n : 3];
}

/* One request whose every attempt fails after took_ns. */
struct story {
    enum outcome outcome;
    int64_t told_ns, took_ns, deadline_ns;
};

/* Walks it; the sleeps go to sleeps, the first uniform number of each decision to
 * units. Returns the number of sleeps; *end_ns is when it was over. */
static size_t walk(const struct client_policy *p, const struct story *story,
                   double *sleeps, double *units, size_t max, int64_t *end_ns)
{
    struct client c;
    struct rng rng, twin;
    size_t n = 0;
    int64_t now_ns = 7 * S, due_ns = now_ns, previous_ns = 0, delay_ns = 0;
    enum retry_why why = RETRY_YES;
    client_init(&c, p, 1);
    rng_init(&rng, 42, RNG_JITTER, 1);
    rng_init(&twin, 42, RNG_JITTER, 1);
    for (unsigned attempt = 0; why == RETRY_YES && n < max; attempt++) {
        struct ticket t;
        if (client_admit(&c, now_ns, 0, attempt, &rng, &t) != OUTCOME_OK)
            break;
        if (attempt == 0)
            (void)rng_unit(&twin);
        now_ns += story->took_ns;
        struct client_facts f = {
            .retry = {.outcome = story->outcome,
                      .attempts = attempt + 1,
                      .due_ns = due_ns,
                      .now_ns = now_ns,
                      .deadline_ns = story->deadline_ns,
                      .retry_after_ns = story->told_ns,
                      .previous_ns = previous_ns},
            .in_flight = 1,
            .was_retry = attempt > 0,
        };
        why = client_ended(&c, &t, &f, &rng, &delay_ns);
        if (why != RETRY_YES)
            break;
        units[n] = rng_unit(&twin);
        (void)rng_unit(&twin);
        (void)rng_unit(&twin);
        sleeps[n++] = (double)delay_ns / 1e9;
        previous_ns = delay_ns;
        now_ns += delay_ns;
    }
    *end_ns = now_ns;
    client_release(&c);
    return n;
}

static const struct preset {
    const char *name;
    double (*formula_s)(unsigned n, double u);
    size_t sleeps; /* of a request whose attempts all fail at once; 0: by max_s */
    double max_s;  /* no sleep ends later than this after the request was due */
} presets[] = {
    {"mistral-python", mistral_s, 0, 3600},
    {"openai-python", openai_s, 2, 0},
    {"vibe", vibe_s, 0, 300},
    {"naive-3x", naive_s, 3, 0},
    {"grpc-throttle", grpc_s, 3, 0},
    {"sre-checklist", checklist_s, 4, 0},
};

static void sleeps_are_the_formulas(void)
{
    for (size_t i = 0; i < ARRAY_LEN(presets); i++) {
        static const struct story at_once = {.outcome = OUTCOME_UNAVAILABLE_503,
                                             .told_ns = -1,
                                             .took_ns = MS,
                                             .deadline_ns = INT64_MAX};
        double sleeps[200], units[200];
        int64_t end_ns = 0;
        struct client_policy *p = load(presets[i].name);
        check_row = presets[i].name;
        size_t n = walk(p, &at_once, sleeps, units, 200, &end_ns);
        for (size_t k = 0; k < n; k++)
            CHECK_NEAR(sleeps[k], presets[i].formula_s((unsigned)k, units[k]), 1e-8);
        if (presets[i].sleeps > 0) {
            CHECK_INT(n, presets[i].sleeps);
        } else { /* until the next sleep would end too late */
            double spent_s = (double)(end_ns - 7 * S) / 1e9;
            CHECK(n > 5 && spent_s <= presets[i].max_s);
            CHECK(spent_s + 61 > presets[i].max_s);
        }
        client_policy_free(p);
    }
}

static void none_sends_once(void)
{
    static const struct story story = {
        .outcome = OUTCOME_UNAVAILABLE_503, .told_ns = -1, .deadline_ns = INT64_MAX};
    double sleeps[4], units[4];
    int64_t end_ns = 0;
    struct client_policy *p = load("none");
    CHECK(client_policy_is_none(p));
    CHECK_INT(walk(p, &story, sleeps, units, 4, &end_ns), 0);
    client_policy_free(p);
}

static void retry_after_by_preset(void)
{
    static const struct {
        const char *name;
        int64_t told_ns;
        double first_s; /* -1: by the formula; -2: no retry */
    } rows[] = {
        {"mistral-python", 700 * S, 700},
        {"mistral-python", 0, -1},
        {"openai-python", 120 * S, 120},
        {"openai-python", 121 * S, -1},
        {"vibe", 20 * S, 20},
        {"vibe", 301 * S, -2},
        {"naive-3x", 5 * S, 0},
        {"grpc-throttle", 5 * S, -1},
        {"sre-checklist", 5 * S, 5},
        {"sre-checklist", S / 2, 1},
        {"sre-checklist", 61 * S, -2},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct story story = {.outcome = OUTCOME_UNAVAILABLE_503,
                              .told_ns = rows[i].told_ns,
                              .deadline_ns = INT64_MAX};
        double sleeps[200], units[200], expected = rows[i].first_s;
        int64_t end_ns = 0;
        struct client_policy *p = load(rows[i].name);
        check_row = rows[i].name;
        size_t n = walk(p, &story, sleeps, units, 200, &end_ns);
        for (size_t k = 0; expected == -1 && k < ARRAY_LEN(presets); k++)
            if (strcmp(presets[k].name, rows[i].name) == 0)
                expected = presets[k].formula_s(0, units[0]);
        CHECK_INT(n > 0, expected >= 0);
        if (n > 0 && expected >= 0)
            CHECK_NEAR(sleeps[0], expected, 1e-8);
        client_policy_free(p);
    }
}

static void what_is_not_retried(void)
{
    static const struct {
        const char *name;
        enum outcome outcome;
        bool is_retried;
    } rows[] = {
        {"mistral-python", OUTCOME_RATE_LIMITED, true},
        {"mistral-python", OUTCOME_CONNECT_REFUSED, false},
        {"mistral-python", OUTCOME_AUTH_401, false},
        {"openai-python", OUTCOME_CONNECT_REFUSED, true},
        {"openai-python", OUTCOME_CONFLICT_409, true},
        {"openai-python", OUTCOME_CONTEXT, false},
        {"openai-python", OUTCOME_TRUNCATED, false},
        {"vibe", OUTCOME_CONNECT_REFUSED, true},
        {"naive-3x", OUTCOME_TRUNCATED, true},
        {"naive-3x", OUTCOME_VALIDATION_422, false},
        {"grpc-throttle", OUTCOME_RATE_LIMITED, false},
        {"sre-checklist", OUTCOME_AUTH_401, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct story story = {
            .outcome = rows[i].outcome, .told_ns = -1, .deadline_ns = INT64_MAX};
        double sleeps[200], units[200];
        int64_t end_ns = 0;
        struct client_policy *p = load(rows[i].name);
        check_row = rows[i].name;
        CHECK_INT(walk(p, &story, sleeps, units, 200, &end_ns) > 0, rows[i].is_retried);
        client_policy_free(p);
    }
}

/* Whatever the deadline, the attempts' length and what the server says. */
static void no_sleep_ends_past_the_deadline(void)
{
    for (size_t i = 0; i < ARRAY_LEN(presets); i++) {
        struct client_policy *p = load(presets[i].name);
        struct rng r;
        check_row = presets[i].name;
        rng_init(&r, 99, RNG_TEXT, i);
        for (int k = 0; k < 3000; k++) {
            double sleeps[200], units[200];
            int64_t end_ns = 0;
            struct story story = {
                .outcome = OUTCOME_CAPACITY,
                .took_ns = (int64_t)rng_below(&r, (uint64_t)(5 * S)),
                .told_ns = rng_unit(&r) < 0.5
                               ? -1
                               : (int64_t)rng_below(&r, (uint64_t)(100 * S)),
                .deadline_ns = 7 * S + (int64_t)rng_below(&r, (uint64_t)(60 * S)),
            };
            size_t n = walk(p, &story, sleeps, units, 200, &end_ns);
            CHECK(n == 0 || end_ns - story.took_ns < story.deadline_ns);
        }
        client_policy_free(p);
    }
}

/* --- what the parts are to each other ---------------------------------------------- */

static struct client_policy *parsed(const char *text)
{
    struct err e = {0};
    struct client_policy *p = client_policy_parse(text, strlen(text), &e);
    CHECK_STR(e.text, "");
    if (p == NULL)
        abort();
    return p;
}

/* An attempt from admission to its end; the reason of its refusal, or OK. */
static enum outcome attempt(struct client *c, int64_t now_ns, enum outcome outcome,
                            enum retry_why *why)
{
    struct ticket t;
    struct rng rng;
    int64_t delay_ns;
    rng_init(&rng, 1, RNG_JITTER, 1);
    enum outcome admitted = client_admit(c, now_ns, 0, 0, &rng, &t);
    if (admitted != OUTCOME_OK)
        return admitted;
    struct client_facts f = {.retry = {.outcome = outcome,
                                       .attempts = 1,
                                       .due_ns = now_ns,
                                       .now_ns = now_ns,
                                       .deadline_ns = INT64_MAX,
                                       .retry_after_ns = -1}};
    *why = client_ended(c, &t, &f, &rng, &delay_ns);
    if (*why == RETRY_YES)
        client_drop_retry(c);
    return OUTCOME_OK;
}

static void a_breaker_refuses_and_says_so(void)
{
    struct client_policy *p = load("sre-checklist");
    struct client c;
    struct client_counts counts;
    enum retry_why why = RETRY_YES;
    client_init(&c, p, 1);
    for (int i = 0; i < 5; i++)
        CHECK_INT(attempt(&c, i * S, OUTCOME_SERVER_500, &why), OUTCOME_OK);
    CHECK_INT(attempt(&c, 5 * S, OUTCOME_OK, &why), OUTCOME_BREAKER_OPEN);
    CHECK_INT(attempt(&c, 34 * S, OUTCOME_RATE_LIMITED, &why), OUTCOME_OK); /* silent */
    CHECK_INT(attempt(&c, 35 * S, OUTCOME_OK, &why), OUTCOME_OK);
    CHECK_INT(attempt(&c, 35 * S, OUTCOME_OK, &why), OUTCOME_OK);
    client_counts(&c, &counts);
    CHECK_INT(counts.breaker.opens, 1);
    CHECK_INT(counts.breaker.closes, 1);
    CHECK_INT(counts.breaker.refused, 1);
    CHECK_INT(counts.changes, 3);
    CHECK_INT(c.change_count, 3);
    CHECK_INT(c.changes[0].kind, CHANGE_BREAKER_OPEN);
    CHECK_INT(c.changes[0].at_ns, 4 * S);
    CHECK_INT(c.changes[1].kind, CHANGE_BREAKER_HALF_OPEN);
    CHECK_INT(c.changes[2].kind, CHANGE_BREAKER_CLOSED);
    client_release(&c);
    client_policy_free(p);
}

static void the_throttle_stops_retries(void)
{
    struct client_policy *p = load("grpc-throttle");
    struct client c;
    struct client_counts counts;
    enum retry_why why = RETRY_YES;
    client_init(&c, p, 1);
    for (int i = 0; i < 4; i++) {
        CHECK_INT(attempt(&c, i * S, OUTCOME_SERVER_500, &why), OUTCOME_OK);
        CHECK_INT(why, RETRY_YES);
    }
    for (int i = 4; i < 20; i++) {
        CHECK_INT(attempt(&c, i * S, OUTCOME_SERVER_500, &why), OUTCOME_OK);
        CHECK_INT(why, RETRY_BUDGET);
    }
    client_counts(&c, &counts);
    CHECK_INT(counts.denied[RETRY_YES], 4);
    CHECK_INT(counts.denied[RETRY_BUDGET], 16);
    client_release(&c);
    client_policy_free(p);
}

static void a_backup_takes_over_at_once(void)
{
    struct client_policy *p = parsed(
        "{\"name\":\"f\",\"retry\":{\"attempts\":3,\"backoff\":{\"base\":\"5s\"}},"
        "\"failover\":{\"failures\":1,\"endpoints\":[{\"url\":\"http://b\"}]}}");
    struct client c;
    struct ticket t;
    struct rng rng;
    int64_t delay_ns = -1;
    client_init(&c, p, 1);
    rng_init(&rng, 1, RNG_JITTER, 1);
    CHECK_INT(client_admit(&c, 0, 0, 0, &rng, &t), OUTCOME_OK);
    CHECK_INT(t.endpoint, 0);
    struct client_facts f = {.retry = {.outcome = OUTCOME_CONNECT_REFUSED,
                                       .attempts = 1,
                                       .deadline_ns = INT64_MAX,
                                       .retry_after_ns = -1}};
    CHECK_INT(client_ended(&c, &t, &f, &rng, &delay_ns), RETRY_YES);
    CHECK_INT(delay_ns, 0);
    CHECK_INT(client_admit(&c, 0, 0, 1, &rng, &t), OUTCOME_OK);
    CHECK_INT(t.endpoint, 1);
    f.retry.attempts = 2; /* both are down: now it sleeps */
    f.was_retry = true;
    CHECK_INT(client_ended(&c, &t, &f, &rng, &delay_ns), RETRY_YES);
    CHECK_INT(delay_ns, 10 * S);
    client_drop_retry(&c);
    client_release(&c);
    client_policy_free(p);
}

static void changes_are_bounded(void)
{
    struct client_policy *p =
        parsed("{\"name\":\"b\",\"breaker\":{\"kind\":\"consecutive\",\"failures\":1,"
               "\"open\":\"1s\"}}");
    struct client c;
    struct client_counts counts;
    enum retry_why why;
    client_init(&c, p, 1);
    for (int i = 0; i < 100; i++)
        CHECK_INT(attempt(&c, i * 2 * S, OUTCOME_SERVER_500, &why), OUTCOME_OK);
    client_counts(&c, &counts);
    CHECK_INT(c.change_count, CLIENT_CHANGES_MAX);
    CHECK_INT(counts.changes, 199);
    CHECK_INT(counts.breaker.flaps, 99);
    client_release(&c);
    client_policy_free(p);
}

static void unknown_names(void)
{
    static const struct {
        const char *name, *error;
    } rows[] = {
        {"naive-3", "unknown client policy \"naive-3\"; did you mean naive-3x?"},
        {"policy.schema", "policy.schema"},
        {"./nowhere.json", "cannot open ./nowhere.json"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err e = {0};
        check_row = rows[i].name;
        CHECK(client_policy_load(rows[i].name, &e) == NULL);
        CHECK(strstr(e.text, rows[i].error) != NULL);
    }
}

int main(void)
{
    if (setenv("GUST_PROFILE_DIR", "profiles", 1) != 0)
        return 1;
    RUN(documents_are_read_strictly);
    RUN(every_member_is_taken);
    RUN(the_schema_knows_all_of_it);
    RUN(sleeps_are_the_formulas);
    RUN(none_sends_once);
    RUN(retry_after_by_preset);
    RUN(what_is_not_retried);
    RUN(no_sleep_ends_past_the_deadline);
    RUN(a_breaker_refuses_and_says_so);
    RUN(the_throttle_stops_retries);
    RUN(a_backup_takes_over_at_once);
    RUN(changes_are_bounded);
    RUN(unknown_names);
    return check_report();
}
