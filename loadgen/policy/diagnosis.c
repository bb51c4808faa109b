/* The decision tree of a triage; see diagnosis.h. */
#include "policy/diagnosis.h"

#include "base/base.h"
#include "base/text.h"

#include <string.h>
#include <strings.h>

#define CERTIFICATE_SOON_S (14 * INT64_C(86400))

const char *const check_names[CHECK_COUNT] = {
#define CHECK_NAME_OF(id, name, title) [CHECK_##id] = (name),
    CHECK_LIST(CHECK_NAME_OF)
#undef CHECK_NAME_OF
};

const char *const check_titles[CHECK_COUNT] = {
#define CHECK_TITLE_OF(id, name, title) [CHECK_##id] = (title),
    CHECK_LIST(CHECK_TITLE_OF)
#undef CHECK_TITLE_OF
};

const char *const side_names[] = {
    [SIDE_NOBODY] = "nobody",
    [SIDE_OURS] = "ours",
    [SIDE_NETWORK] = "network",
    [SIDE_THEIRS] = "server",
};

const struct leaf_row leaf_rows[LEAF_COUNT] = {
#define LEAF_ROW(id, name, severity, side, check, title, reason, next)                 \
    [LEAF_##id] = {                                                                    \
        (name), SEVERITY_##severity, SIDE_##side, CHECK_##check, (title), (reason),    \
        (next)},
    LEAF_LIST(LEAF_ROW)
#undef LEAF_ROW
};

/* --- what a class of failure means ------------------------------------------------ */

/* Classes without a row are LEAF_OTHER; zero is LEAF_RESOLVED. */
static const enum leaf leaves[OUTCOME_COUNT] = {
    [OUTCOME_DNS] = LEAF_DNS,
    [OUTCOME_CONNECT_REFUSED] = LEAF_REFUSED,
    [OUTCOME_CONNECT_TIMEOUT] = LEAF_NETWORK,
    [OUTCOME_TLS] = LEAF_TLS,
    [OUTCOME_RESET] = LEAF_BROKEN,
    [OUTCOME_TRUNCATED] = LEAF_BROKEN,
    [OUTCOME_HTTP2] = LEAF_BROKEN,
    [OUTCOME_TTFT_TIMEOUT] = LEAF_TIMEOUT,
    [OUTCOME_STALL_TIMEOUT] = LEAF_TIMEOUT,
    [OUTCOME_TOTAL_TIMEOUT] = LEAF_TIMEOUT,
    [OUTCOME_TIMEOUT_408] = LEAF_TIMEOUT,
    [OUTCOME_CONTEXT] = LEAF_REQUEST,
    [OUTCOME_HTTP_400] = LEAF_REQUEST,
    [OUTCOME_METHOD_405] = LEAF_PATH,
    [OUTCOME_TOO_LARGE_413] = LEAF_REQUEST,
    [OUTCOME_VALIDATION_422] = LEAF_REQUEST,
    [OUTCOME_AUTH_401] = LEAF_KEY,
    [OUTCOME_PAYMENT_402] = LEAF_SPEND,
    [OUTCOME_FORBIDDEN_403] = LEAF_FORBIDDEN,
    [OUTCOME_NOT_FOUND_404] = LEAF_PATH,
    [OUTCOME_RATE_LIMITED] = LEAF_QUOTA,
    [OUTCOME_QUOTA_SPENT] = LEAF_SPEND,
    [OUTCOME_NEVER_ALLOWED] = LEAF_NEVER,
    [OUTCOME_CAPACITY] = LEAF_CAPACITY,
    [OUTCOME_SERVER_500] = LEAF_SERVER_ERROR,
    [OUTCOME_BAD_GATEWAY_502] = LEAF_SERVER_ERROR,
    [OUTCOME_UNAVAILABLE_503] = LEAF_SERVER_ERROR,
    [OUTCOME_GATEWAY_TIMEOUT_504] = LEAF_SERVER_ERROR,
    [OUTCOME_CDN_52X] = LEAF_SERVER_ERROR,
    [OUTCOME_DEPENDENCY_424] = LEAF_SERVER_ERROR,
    [OUTCOME_OVERLOADED_529] = LEAF_OVERLOADED,
    [OUTCOME_INBAND] = LEAF_BAD_ANSWER,
    [OUTCOME_MALFORMED_SSE] = LEAF_BAD_ANSWER,
    [OUTCOME_MALFORMED_JSON] = LEAF_BAD_ANSWER,
    [OUTCOME_EMPTY] = LEAF_BAD_ANSWER,
    [OUTCOME_FINISH_ERROR] = LEAF_BAD_ANSWER,
    [OUTCOME_MODEL_MISMATCH] = LEAF_WRONG_MODEL,
    [OUTCOME_CLIENT_RESOURCE] = LEAF_OUR_HOST,
};

/* Words that tell a class apart: part of the words, in any case. */
static const struct {
    enum leaf from;
    const char *part;
    enum leaf to;
} words[] = {
    {LEAF_SERVER_ERROR, "loading model", LEAF_LOADING},
    {LEAF_SERVER_ERROR, "model is loading", LEAF_LOADING},
    {LEAF_REQUEST, "invalid_model", LEAF_MODEL},
    {LEAF_REQUEST, "invalid model", LEAF_MODEL},
    {LEAF_PATH, "model", LEAF_MODEL},
    {LEAF_BAD_ANSWER, "overloaded", LEAF_OVERLOADED},
};

static enum leaf leaf_of(enum outcome outcome, uint16_t http, const char *said)
{
    enum leaf leaf = leaves[outcome];
    if (leaf == LEAF_RESOLVED)
        leaf = LEAF_OTHER;
    for (size_t i = 0; said != NULL && i < ARRAY_LEN(words); i++)
        if (words[i].from == leaf && text_has(said, words[i].part))
            return words[i].to;
    return leaf == LEAF_CAPACITY && http != 429 ? LEAF_OVERLOADED : leaf;
}

/* The leaf of the requests, or of the list of models where none was sent. */
static enum leaf failure_of(const struct target_facts *f)
{
    enum leaf leaf = LEAF_RESOLVED;
    if (f->failed > 0)
        leaf = leaf_of(f->outcome, f->http, f->words);
    else if (f->sent == 0 && f->has_models && f->models != OUTCOME_OK)
        leaf = leaf_of(f->models, f->models_http, f->words);
    if (leaf == LEAF_PATH && f->is_model_missing)
        return LEAF_MODEL;
    return leaf == LEAF_KEY && !f->has_key ? LEAF_NO_KEY : leaf;
}

/* --- the tree ----------------------------------------------------------------------- */

static bool is_silent_resolver(const struct target_facts *f)
{
    return f->name == NAME_NO_ANSWER;
}

static bool is_nameless(const struct target_facts *f)
{
    return f->name == NAME_NOT_FOUND;
}

static bool is_all_closed(const struct target_facts *f)
{
    return f->addresses > 0 && f->open == 0;
}

static bool is_exhausted(const struct target_facts *f)
{
    return is_all_closed(f) && f->reach == REACH_NO_RESOURCE;
}

static bool is_refused(const struct target_facts *f)
{
    return is_all_closed(f) && f->reach == REACH_REFUSED;
}

static bool is_expired(const struct target_facts *f)
{
    return f->trust == TRUST_EXPIRED;
}

static bool is_not_yet(const struct target_facts *f)
{
    return f->trust == TRUST_NOT_YET;
}

static bool is_wrong_name(const struct target_facts *f)
{
    return f->trust == TRUST_WRONG_NAME;
}

static bool is_unknown_issuer(const struct target_facts *f)
{
    return f->trust == TRUST_UNKNOWN_ISSUER;
}

static bool is_no_handshake(const struct target_facts *f)
{
    return f->trust == TRUST_NO_HANDSHAKE;
}

static bool is_wrong_model(const struct target_facts *f)
{
    return f->is_other_model;
}

static bool is_slow(const struct target_facts *f)
{
    return f->sent > f->failed && f->slow_ns > 0 && f->ttft_ns > f->slow_ns;
}

static bool is_unhealthy(const struct target_facts *f)
{
    return f->has_health && !f->is_healthy;
}

static bool is_part_down(const struct target_facts *f)
{
    return f->open > 0 && f->open < f->addresses;
}

static bool is_soon(const struct target_facts *f)
{
    return f->has_certificate && f->certificate_left_s < CERTIFICATE_SOON_S;
}

static bool is_not_asked(const struct target_facts *f)
{
    return f->sent == 0;
}

/* In this order: what is nearer to the wire explains what is above it. */
static const struct {
    enum leaf leaf;
    bool (*holds)(const struct target_facts *f);
} below[] =
    {
        {LEAF_RESOLVER, is_silent_resolver},  {LEAF_DNS, is_nameless},
        {LEAF_OUR_HOST, is_exhausted},        {LEAF_REFUSED, is_refused},
        {LEAF_NETWORK, is_all_closed},        {LEAF_TLS_EXPIRED, is_expired},
        {LEAF_TLS_NOT_YET, is_not_yet},       {LEAF_TLS_NAME, is_wrong_name},
        {LEAF_TLS_ISSUER, is_unknown_issuer}, {LEAF_TLS, is_no_handshake},
},
  above[] = {
      {LEAF_WRONG_MODEL, is_wrong_model}, {LEAF_DEGRADED, is_slow},
      {LEAF_UNKNOWN, is_not_asked},       {LEAF_UNHEALTHY, is_unhealthy},
      {LEAF_PART_DOWN, is_part_down},     {LEAF_CERTIFICATE_SOON, is_soon},
};

static enum leaf walk(const struct target_facts *f)
{
    for (size_t i = 0; i < ARRAY_LEN(below); i++)
        if (below[i].holds(f))
            return below[i].leaf;
    enum leaf failure = failure_of(f);
    if (failure != LEAF_RESOLVED)
        return failure;
    for (size_t i = 0; i < ARRAY_LEN(above); i++)
        if (above[i].holds(f))
            return above[i].leaf;
    return LEAF_RESOLVED;
}

static struct diagnosis of_leaf(enum leaf leaf)
{
    return (struct diagnosis){.leaf = leaf, .severity = leaf_rows[leaf].severity};
}

struct diagnosis diagnose_target(const struct target_facts *f)
{
    struct diagnosis d = of_leaf(walk(f));
    d.is_intermittent = f->failed > 0 && f->failed < f->sent;
    if (d.is_intermittent && d.severity == SEVERITY_P1)
        d.severity = SEVERITY_P2;
    return d;
}

bool diagnosis_can_take_over(const struct diagnosis *d)
{
    return diagnosis_is_recovered(d);
}

bool diagnosis_is_blind(const struct diagnosis *d)
{
    return d->leaf == LEAF_UNKNOWN || d->leaf == LEAF_NO_KEY ||
           d->leaf == LEAF_OUR_HOST;
}

bool diagnosis_is_recovered(const struct diagnosis *d)
{
    return d->severity >= SEVERITY_P3 && !diagnosis_is_blind(d);
}

/* --- all of them --------------------------------------------------------------------- */

static bool is_on_the_way(enum leaf leaf)
{
    return leaf == LEAF_RESOLVER || leaf == LEAF_NETWORK;
}

/* None of several can be reached: that is this side's network, not theirs. */
static bool is_cut_off(const struct diagnosis *targets, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!is_on_the_way(targets[i].leaf))
            return false;
    return n > 1;
}

struct diagnosis diagnose(const struct diagnosis *targets, size_t n,
                          const struct scene_facts *scene, size_t *about)
{
    assert(n > 0);
    *about = 0;
    if (is_cut_off(targets, n))
        return of_leaf(LEAF_CUT_OFF);
    if (!diagnosis_is_recovered(&targets[0]))
        return targets[0];
    *about = n;
    if (scene->has_app && !scene->is_app_healthy)
        return of_leaf(LEAF_OUR_SIDE);
    if (scene->has_error_share && scene->error_share > scene->error_limit)
        return of_leaf(LEAF_ERRORS_SEEN);
    for (size_t i = 1; i < n; i++)
        if (!diagnosis_is_recovered(&targets[i])) {
            *about = i;
            return of_leaf(LEAF_STANDBY_DOWN);
        }
    *about = 0;
    return targets[0];
}
