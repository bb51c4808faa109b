/* The decision tree: every leaf is reached by the facts that are its own. */
#include "policy/diagnosis.h"

#include "base/base.h"

#include "check.h"

#define MS NS_PER_MS
#define DAYS(n) ((n)*INT64_C(86400))

/* A server that works; rows change what they are about. */
#define WELL                                                                           \
    .name = NAME_RESOLVED, .addresses = 2, .open = 2, .reach = REACH_OPEN,             \
    .has_models = true, .models = OUTCOME_OK, .models_http = 200, .sent = 3,           \
    .ttft_ns = 100 * MS, .slow_ns = 5000 * MS
#define REQUESTS(n, bad, class, status, text)                                          \
    .name = NAME_RESOLVED, .addresses = 1, .open = 1, .has_models = true,              \
    .models = OUTCOME_OK, .models_http = 200, .sent = (n), .failed = (bad),            \
    .outcome = OUTCOME_##class, .http = (status), .words = (text)
#define MODELS(class, status, text)                                                    \
    .name = NAME_RESOLVED, .addresses = 1, .open = 1, .has_models = true,              \
    .models = OUTCOME_##class, .models_http = (status), .words = (text)
#define CLOSED(why)                                                                    \
    .name = NAME_RESOLVED, .addresses = 2, .open = 0, .reach = REACH_##why
#define SHAKEN(why)                                                                    \
    .name = NAME_RESOLVED, .addresses = 1, .open = 1, .trust = TRUST_##why

static const struct {
    const char *row;
    enum leaf leaf;
    enum severity severity;
    struct target_facts facts;
} rows[] = {
    {"well", LEAF_RESOLVED, SEVERITY_P4, {WELL}},
    {"well over TLS",
     LEAF_RESOLVED,
     SEVERITY_P4,
     {WELL, .trust = TRUST_GOOD, .has_certificate = true,
      .certificate_left_s = DAYS(14)}},
    {"well, the list of models is not",
     LEAF_RESOLVED,
     SEVERITY_P4,
     {.name = NAME_RESOLVED,
      .addresses = 1,
      .open = 1,
      .has_models = true,
      .models = OUTCOME_SERVER_500,
      .models_http = 500,
      .sent = 3}},
    {"well, an alias that the list lacks",
     LEAF_RESOLVED,
     SEVERITY_P4,
     {WELL, .is_model_missing = true}},
    {"well, through a proxy", LEAF_RESOLVED, SEVERITY_P4, {.sent = 3}},
    {"nothing was sent", LEAF_UNKNOWN, SEVERITY_P3, {MODELS(OK, 200, "")}},

    {"name server is silent", LEAF_RESOLVER, SEVERITY_P1, {.name = NAME_NO_ANSWER}},
    {"no such name", LEAF_DNS, SEVERITY_P1, {.name = NAME_NOT_FOUND}},
    {"refused", LEAF_REFUSED, SEVERITY_P1, {CLOSED(REFUSED)}},
    {"silent", LEAF_NETWORK, SEVERITY_P1, {CLOSED(SILENT)}},
    {"unreachable", LEAF_NETWORK, SEVERITY_P1, {CLOSED(UNREACHABLE)}},
    {"no port is left here", LEAF_OUR_HOST, SEVERITY_P3, {CLOSED(NO_RESOURCE)}},
    {"no descriptor is left here",
     LEAF_OUR_HOST,
     SEVERITY_P3,
     {REQUESTS(1, 1, CLIENT_RESOURCE, 0, "")}},

    {"expired", LEAF_TLS_EXPIRED, SEVERITY_P1, {SHAKEN(EXPIRED)}},
    {"not yet valid", LEAF_TLS_NOT_YET, SEVERITY_P1, {SHAKEN(NOT_YET)}},
    {"another name", LEAF_TLS_NAME, SEVERITY_P1, {SHAKEN(WRONG_NAME)}},
    {"unknown issuer", LEAF_TLS_ISSUER, SEVERITY_P1, {SHAKEN(UNKNOWN_ISSUER)}},
    {"no handshake", LEAF_TLS, SEVERITY_P1, {SHAKEN(NO_HANDSHAKE)}},

    {"key refused by the list",
     LEAF_KEY,
     SEVERITY_P1,
     {MODELS(AUTH_401, 401, "Invalid API Key"), .has_key = true}},
    {"key refused by the request",
     LEAF_KEY,
     SEVERITY_P1,
     {REQUESTS(1, 1, AUTH_401, 401, ""), .has_key = true}},
    {"no key was given", LEAF_NO_KEY, SEVERITY_P3, {MODELS(AUTH_401, 401, "")}},
    {"forbidden",
     LEAF_FORBIDDEN,
     SEVERITY_P2,
     {REQUESTS(1, 1, FORBIDDEN_403, 403, "tier_not_allowed")}},
    {"never allowed",
     LEAF_NEVER,
     SEVERITY_P2,
     {REQUESTS(1, 1, NEVER_ALLOWED, 429, "")}},
    {"path", LEAF_PATH, SEVERITY_P2, {REQUESTS(1, 1, NOT_FOUND_404, 404, "Not Found")}},
    {"path of the list",
     LEAF_PATH,
     SEVERITY_P2,
     {MODELS(NOT_FOUND_404, 404, "no Route matched with those values")}},
    {"method", LEAF_PATH, SEVERITY_P2, {REQUESTS(1, 1, METHOD_405, 405, "")}},
    {"model, by status",
     LEAF_MODEL,
     SEVERITY_P2,
     {REQUESTS(1, 1, NOT_FOUND_404, 404, "The model `m` does not exist.")}},
    {"model, by the list",
     LEAF_MODEL,
     SEVERITY_P2,
     {REQUESTS(1, 1, NOT_FOUND_404, 404, "Not Found"), .is_model_missing = true}},
    {"model, Mistral's 400",
     LEAF_MODEL,
     SEVERITY_P2,
     {REQUESTS(1, 1, HTTP_400, 400, "Invalid model: m invalid_model 1500")}},
    {"body", LEAF_REQUEST, SEVERITY_P2, {REQUESTS(1, 1, VALIDATION_422, 422, "extra")}},
    {"body, 400", LEAF_REQUEST, SEVERITY_P2, {REQUESTS(1, 1, HTTP_400, 400, NULL)}},

    {"no credit", LEAF_SPEND, SEVERITY_P1, {REQUESTS(1, 1, PAYMENT_402, 402, "")}},
    {"month is spent", LEAF_SPEND, SEVERITY_P1, {REQUESTS(1, 1, QUOTA_SPENT, 429, "")}},
    {"quota",
     LEAF_QUOTA,
     SEVERITY_P2,
     {REQUESTS(1, 1, RATE_LIMITED, 429, "Rate limit exceeded")}},
    {"capacity",
     LEAF_CAPACITY,
     SEVERITY_P2,
     {REQUESTS(1, 1, CAPACITY, 429, "Service tier capacity exceeded")}},
    {"queue is full",
     LEAF_OVERLOADED,
     SEVERITY_P1,
     {REQUESTS(1, 1, CAPACITY, 503, "the queue is full")}},
    {"529", LEAF_OVERLOADED, SEVERITY_P1, {REQUESTS(1, 1, OVERLOADED_529, 529, "")}},
    {"overloaded inside of 200",
     LEAF_OVERLOADED,
     SEVERITY_P1,
     {REQUESTS(3, 3, INBAND, 200, "Model is overloaded")}},
    {"loading",
     LEAF_LOADING,
     SEVERITY_P2,
     {REQUESTS(3, 3, UNAVAILABLE_503, 503, "Loading model unavailable_error")}},
    {"500", LEAF_SERVER_ERROR, SEVERITY_P1, {REQUESTS(3, 3, SERVER_500, 500, "")}},
    {"502", LEAF_SERVER_ERROR, SEVERITY_P1, {REQUESTS(3, 3, BAD_GATEWAY_502, 502, "")}},
    {"503 without words",
     LEAF_SERVER_ERROR,
     SEVERITY_P1,
     {REQUESTS(3, 3, UNAVAILABLE_503, 503, "")}},
    {"504",
     LEAF_SERVER_ERROR,
     SEVERITY_P1,
     {REQUESTS(1, 1, GATEWAY_TIMEOUT_504, 504, "")}},
    {"520", LEAF_SERVER_ERROR, SEVERITY_P1, {REQUESTS(3, 3, CDN_52X, 520, "")}},
    {"500 now and then",
     LEAF_SERVER_ERROR,
     SEVERITY_P2,
     {REQUESTS(3, 1, SERVER_500, 500, "")}},
    {"404 now and then stays P2",
     LEAF_PATH,
     SEVERITY_P2,
     {REQUESTS(3, 1, NOT_FOUND_404, 404, "")}},
    {"no answer", LEAF_TIMEOUT, SEVERITY_P1, {REQUESTS(1, 1, TOTAL_TIMEOUT, 0, "")}},
    {"no answer of the list, no model",
     LEAF_TIMEOUT,
     SEVERITY_P1,
     {MODELS(TOTAL_TIMEOUT, 0, "")}},
    {"408", LEAF_TIMEOUT, SEVERITY_P1, {REQUESTS(1, 1, TIMEOUT_408, 408, "")}},
    {"reset", LEAF_BROKEN, SEVERITY_P1, {REQUESTS(3, 3, RESET, 0, "")}},
    {"cut", LEAF_BROKEN, SEVERITY_P1, {REQUESTS(3, 3, TRUNCATED, 200, "")}},
    {"error inside",
     LEAF_BAD_ANSWER,
     SEVERITY_P1,
     {REQUESTS(3, 3, INBAND, 200, "Internal server error")}},
    {"empty", LEAF_BAD_ANSWER, SEVERITY_P1, {REQUESTS(3, 3, EMPTY, 200, "")}},
    {"page instead of stream",
     LEAF_BAD_ANSWER,
     SEVERITY_P1,
     {REQUESTS(3, 3, MALFORMED_SSE, 200, "<html>")}},
    {"another model", LEAF_WRONG_MODEL, SEVERITY_P2, {WELL, .is_other_model = true}},
    {"an outcome without a rule",
     LEAF_OTHER,
     SEVERITY_P1,
     {REQUESTS(1, 1, OTHER, 0, "?")}},

    {"slow",
     LEAF_DEGRADED,
     SEVERITY_P2,
     {.name = NAME_RESOLVED,
      .addresses = 1,
      .open = 1,
      .sent = 3,
      .ttft_ns = 5001 * MS,
      .slow_ns = 5000 * MS}},
    {"as slow as allowed",
     LEAF_RESOLVED,
     SEVERITY_P4,
     {.name = NAME_RESOLVED,
      .addresses = 1,
      .open = 1,
      .sent = 3,
      .ttft_ns = 5000 * MS,
      .slow_ns = 5000 * MS}},
    {"slow is not asked for",
     LEAF_RESOLVED,
     SEVERITY_P4,
     {.name = NAME_RESOLVED,
      .addresses = 1,
      .open = 1,
      .sent = 3,
      .ttft_ns = 5001 * MS}},
    {"health says no", LEAF_UNHEALTHY, SEVERITY_P3, {WELL, .has_health = true}},
    {"one address is dead",
     LEAF_PART_DOWN,
     SEVERITY_P3,
     {.name = NAME_RESOLVED,
      .addresses = 2,
      .open = 1,
      .reach = REACH_SILENT,
      .sent = 3}},
    {"certificate runs out",
     LEAF_CERTIFICATE_SOON,
     SEVERITY_P3,
     {WELL, .trust = TRUST_GOOD, .has_certificate = true,
      .certificate_left_s = DAYS(14) - 1}},

    /* what is nearer to the wire explains what is above it */
    {"expired outranks a failure",
     LEAF_TLS_EXPIRED,
     SEVERITY_P1,
     {REQUESTS(1, 1, SERVER_500, 500, ""), .trust = TRUST_EXPIRED}},
    {"a failure outranks health",
     LEAF_SERVER_ERROR,
     SEVERITY_P1,
     {REQUESTS(3, 3, SERVER_500, 500, ""), .has_health = true}},
};

static void each_row_has_its_leaf(void)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct diagnosis d = diagnose_target(&rows[i].facts);
        check_row = rows[i].row;
        CHECK_STR(leaf_rows[d.leaf].name, leaf_rows[rows[i].leaf].name);
        CHECK_INT(d.severity, rows[i].severity);
        CHECK_INT(d.is_intermittent, rows[i].facts.failed > 0 &&
                                         rows[i].facts.failed < rows[i].facts.sent);
    }
}

/* Of all targets together. */
static bool is_of_the_whole(enum leaf leaf)
{
    return leaf == LEAF_CUT_OFF || leaf == LEAF_ERRORS_SEEN || leaf == LEAF_OUR_SIDE ||
           leaf == LEAF_STANDBY_DOWN;
}

static void no_leaf_is_without_a_row(void)
{
    bool is_reached[LEAF_COUNT] = {false};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        is_reached[rows[i].leaf] = true;
    for (unsigned leaf = 0; leaf < LEAF_COUNT; leaf++) {
        check_row = leaf_rows[leaf].name;
        CHECK(is_reached[leaf] != is_of_the_whole((enum leaf)leaf));
    }
}

/* Every class of failure leads to a leaf that is no success. */
static void no_failure_is_resolved(void)
{
    for (unsigned o = 0; o < OUTCOME_COUNT; o++) {
        struct target_facts f = {REQUESTS(1, 1, OK, 0, "")};
        f.outcome = (enum outcome)o;
        struct diagnosis d = diagnose_target(&f);
        check_row = outcome_rows[o].name;
        CHECK(d.leaf != LEAF_RESOLVED && d.leaf != LEAF_UNKNOWN);
        CHECK(!diagnosis_is_recovered(&d));
    }
}

static void rows_are_complete(void)
{
    for (unsigned i = 0; i < LEAF_COUNT; i++) {
        const struct leaf_row *row = &leaf_rows[i];
        check_row = row->name;
        CHECK(row->title[0] != '\0' && row->reason[0] != '\0');
        CHECK((row->next[0] == '\0') == (i == LEAF_RESOLVED));
        CHECK(row->severity >= SEVERITY_P1 && row->severity <= SEVERITY_P4);
        for (unsigned k = 0; k < i; k++)
            CHECK(strcmp(row->name, leaf_rows[k].name) != 0);
    }
}

/* --- several targets, and what is beside them ------------------------------------- */

#define NONE 9 /* the verdict is about no target */

static const struct {
    const char *row;
    enum leaf targets[3];
    size_t n;
    struct scene_facts scene;
    enum leaf leaf;
    enum severity severity;
    size_t about; /* NONE: the scene */
} scenes[] = {
    {"well", {LEAF_RESOLVED}, 1, {0}, LEAF_RESOLVED, SEVERITY_P4, 0},
    {"the first is down",
     {LEAF_SERVER_ERROR, LEAF_RESOLVED},
     2,
     {0},
     LEAF_SERVER_ERROR,
     SEVERITY_P1,
     0},
    {"the second is down",
     {LEAF_RESOLVED, LEAF_SERVER_ERROR},
     2,
     {0},
     LEAF_STANDBY_DOWN,
     SEVERITY_P3,
     1},
    {"the third is down",
     {LEAF_RESOLVED, LEAF_RESOLVED, LEAF_QUOTA},
     3,
     {0},
     LEAF_STANDBY_DOWN,
     SEVERITY_P3,
     2},
    {"both fail in their own way",
     {LEAF_QUOTA, LEAF_SERVER_ERROR},
     2,
     {0},
     LEAF_QUOTA,
     SEVERITY_P2,
     0},
    {"none can be reached",
     {LEAF_NETWORK, LEAF_RESOLVER},
     2,
     {0},
     LEAF_CUT_OFF,
     SEVERITY_P1,
     0},
    {"one alone is not cut off", {LEAF_NETWORK}, 1, {0}, LEAF_NETWORK, SEVERITY_P1, 0},
    {"refused is theirs",
     {LEAF_NETWORK, LEAF_REFUSED},
     2,
     {0},
     LEAF_NETWORK,
     SEVERITY_P1,
     0},
    {"the application is ill",
     {LEAF_RESOLVED},
     1,
     {.has_app = true},
     LEAF_OUR_SIDE,
     SEVERITY_P1,
     NONE},
    {"the application is well",
     {LEAF_RESOLVED},
     1,
     {.has_app = true, .is_app_healthy = true},
     LEAF_RESOLVED,
     SEVERITY_P4,
     0},
    {"both are ill",
     {LEAF_TIMEOUT},
     1,
     {.has_app = true},
     LEAF_TIMEOUT,
     SEVERITY_P1,
     0},
    {"others fail",
     {LEAF_RESOLVED},
     1,
     {.has_error_share = true, .error_share = 0.02, .error_limit = 0.01},
     LEAF_ERRORS_SEEN,
     SEVERITY_P2,
     NONE},
    {"few others fail",
     {LEAF_RESOLVED},
     1,
     {.has_error_share = true, .error_share = 0.01, .error_limit = 0.01},
     LEAF_RESOLVED,
     SEVERITY_P4,
     0},
    {"what is soon wrong is still said",
     {LEAF_CERTIFICATE_SOON},
     1,
     {0},
     LEAF_CERTIFICATE_SOON,
     SEVERITY_P3,
     0},
    {"others fail outranks soon",
     {LEAF_CERTIFICATE_SOON},
     1,
     {.has_error_share = true, .error_share = 1, .error_limit = 0.01},
     LEAF_ERRORS_SEEN,
     SEVERITY_P2,
     NONE},
    {"not looked at is not well",
     {LEAF_NO_KEY, LEAF_RESOLVED},
     2,
     {0},
     LEAF_NO_KEY,
     SEVERITY_P3,
     0},
};

static void the_whole_is_judged(void)
{
    for (size_t i = 0; i < ARRAY_LEN(scenes); i++) {
        struct diagnosis of[3];
        size_t about = 77;
        for (size_t t = 0; t < scenes[i].n; t++)
            of[t] = (struct diagnosis){.leaf = scenes[i].targets[t],
                                       .severity =
                                           leaf_rows[scenes[i].targets[t]].severity};
        struct diagnosis d = diagnose(of, scenes[i].n, &scenes[i].scene, &about);
        check_row = scenes[i].row;
        CHECK_STR(leaf_rows[d.leaf].name, leaf_rows[scenes[i].leaf].name);
        CHECK_INT(d.severity, scenes[i].severity);
        CHECK_INT(about, scenes[i].about == NONE ? scenes[i].n : scenes[i].about);
    }
}

static void blind_is_no_recovery(void)
{
    struct diagnosis blind = {.leaf = LEAF_NO_KEY, .severity = SEVERITY_P3};
    struct diagnosis served = {.leaf = LEAF_PART_DOWN, .severity = SEVERITY_P3};
    struct diagnosis slow = {.leaf = LEAF_DEGRADED, .severity = SEVERITY_P2};
    CHECK(diagnosis_is_blind(&blind) && !diagnosis_is_recovered(&blind));
    CHECK(!diagnosis_can_take_over(&blind));
    CHECK(!diagnosis_is_blind(&served) && diagnosis_is_recovered(&served));
    CHECK(diagnosis_can_take_over(&served));
    CHECK(!diagnosis_is_recovered(&slow) && !diagnosis_can_take_over(&slow));
}

int main(void)
{
    RUN(each_row_has_its_leaf);
    RUN(no_leaf_is_without_a_row);
    RUN(no_failure_is_resolved);
    RUN(rows_are_complete);
    RUN(the_whole_is_judged);
    RUN(blind_is_no_recovery);
    return check_report();
}
