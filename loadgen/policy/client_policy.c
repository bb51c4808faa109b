/*
 * Client policies as JSON documents; see client_policy.h. Every object is a table of
 * fields, which gives the known keys, the types and the ranges; what the fields of
 * an object must be to each other is checked after it.
 */
#include "policy/client_policy.h"

#include "policy/fields.h"
#include "workload/profile.h"
#include "workload/shipped.h"

#include <stdlib.h>
#include <string.h>

/* --- retries --------------------------------------------------------------------- */

#define YEAR_S 31536000.0
#define AT(type, member) offsetof(struct type, member)

static int read_backoff(const struct jnode *n, struct backoff *b, struct err *e)
{
    static const struct field fields[] = {
        {"base", FIELD_DURATION, AT(backoff, base_ns), 0, 86400, NULL, 0},
        {"factor", FIELD_NUMBER, AT(backoff, factor), 1, 100, NULL, 0},
        {"max", FIELD_DURATION, AT(backoff, max_ns), 0, 86400, NULL, 0},
        {"jitter", FIELD_CHOICE, AT(backoff, jitter), 0, 0, jitter_names, JITTER_COUNT},
        {"share", FIELD_SHARE, AT(backoff, share), 0, 1, NULL, 0},
        {"spread", FIELD_DURATION, AT(backoff, spread_ns), 0, 86400, NULL, 0},
        {0}};
    if (fields_read(n, fields, b, e) < 0 || fields_need(n, "base", e) < 0)
        return -1;
    if (!fields_has(n, "max"))
        b->max_ns = b->base_ns > 60 * NS_PER_S ? b->base_ns : 60 * NS_PER_S;
    if (b->max_ns < b->base_ns) {
        struct jnode max = jnode_get(n, "max");
        return jnode_fail(&max, e, "is less than base");
    }
    if (b->jitter == JITTER_ADD)
        return fields_need(n, "spread", e);
    if (b->jitter == JITTER_BELOW || b->jitter == JITTER_AROUND)
        return fields_need(n, "share", e);
    return 0;
}

static int read_retry_after(const struct jnode *n, struct retry_after_rule *r,
                            struct err *e)
{
    static const struct field fields[] = {
        {"honour", FIELD_FLAG, AT(retry_after_rule, is_honoured), 0, 0, NULL, 0},
        {"least", FIELD_FLAG, AT(retry_after_rule, is_least), 0, 0, NULL, 0},
        {"max", FIELD_DURATION, AT(retry_after_rule, max_ns), 0, YEAR_S, NULL, 0},
        {"over", FIELD_CHOICE, AT(retry_after_rule, over), 0, 0, retry_after_over_names,
         RETRY_AFTER_OVERS},
        {"jitter", FIELD_SHARE, AT(retry_after_rule, jitter), 0, 1, NULL, 0},
        {0}};
    return fields_read(n, fields, r, e);
}

/* What no client can know to be in vain; a policy may name its own. */
static const uint64_t usually_retried =
    OUTCOME_BIT(OUTCOME_DNS) | OUTCOME_BIT(OUTCOME_CONNECT_REFUSED) |
    OUTCOME_BIT(OUTCOME_CONNECT_TIMEOUT) | OUTCOME_BIT(OUTCOME_RESET) |
    OUTCOME_BIT(OUTCOME_TTFT_TIMEOUT) | OUTCOME_BIT(OUTCOME_TOTAL_TIMEOUT) |
    OUTCOME_BIT(OUTCOME_TIMEOUT_408) | OUTCOME_BIT(OUTCOME_CONFLICT_409) |
    OUTCOME_BIT(OUTCOME_RATE_LIMITED) | OUTCOME_BIT(OUTCOME_CAPACITY) |
    OUTCOME_BIT(OUTCOME_SERVER_500) | OUTCOME_BIT(OUTCOME_BAD_GATEWAY_502) |
    OUTCOME_BIT(OUTCOME_UNAVAILABLE_503) | OUTCOME_BIT(OUTCOME_GATEWAY_TIMEOUT_504) |
    OUTCOME_BIT(OUTCOME_OVERLOADED_529) | OUTCOME_BIT(OUTCOME_CDN_52X);

/* What says that an endpoint is broken: not its limiter's 429. */
static const uint64_t usually_broken =
    OUTCOME_BIT(OUTCOME_DNS) | OUTCOME_BIT(OUTCOME_CONNECT_REFUSED) |
    OUTCOME_BIT(OUTCOME_CONNECT_TIMEOUT) | OUTCOME_BIT(OUTCOME_TLS) |
    OUTCOME_BIT(OUTCOME_RESET) | OUTCOME_BIT(OUTCOME_TRUNCATED) |
    OUTCOME_BIT(OUTCOME_TTFT_TIMEOUT) | OUTCOME_BIT(OUTCOME_STALL_TIMEOUT) |
    OUTCOME_BIT(OUTCOME_TOTAL_TIMEOUT) | OUTCOME_BIT(OUTCOME_SERVER_500) |
    OUTCOME_BIT(OUTCOME_BAD_GATEWAY_502) | OUTCOME_BIT(OUTCOME_UNAVAILABLE_503) |
    OUTCOME_BIT(OUTCOME_GATEWAY_TIMEOUT_504) | OUTCOME_BIT(OUTCOME_OVERLOADED_529) |
    OUTCOME_BIT(OUTCOME_CDN_52X) | OUTCOME_BIT(OUTCOME_HTTP2);

static int read_retry(const struct jnode *n, struct client_policy *p, struct err *e)
{
    static const struct field fields[] = {
        {"attempts", FIELD_UNSIGNED, AT(retry_rule, attempts), 1, CLIENT_ATTEMPTS_MAX,
         NULL, 0},
        {"on", FIELD_OUTCOMES, AT(retry_rule, on), 0, 0, NULL, 0},
        {"restart_content", FIELD_FLAG, AT(retry_rule, restarts_content), 0, 0, NULL,
         0},
        {"max_elapsed", FIELD_DURATION, AT(retry_rule, max_elapsed_ns), 0, YEAR_S, NULL,
         0},
        {"backoff", FIELD_OBJECT, 0, 0, 0, NULL, 0},
        {"retry_after", FIELD_OBJECT, 0, 0, 0, NULL, 0},
        {0}};
    struct retry_rule *r = &p->retry;
    struct jnode backoff = jnode_get(n, "backoff"), after = jnode_get(n, "retry_after");
    r->attempts = CLIENT_ATTEMPTS_MAX;
    r->on = usually_retried;
    if (fields_read(n, fields, r, e) < 0)
        return -1;
    if (!fields_has(n, "attempts") && r->max_elapsed_ns == 0 && p->deadline_ns == 0)
        return jnode_fail(n, e, "attempts, max_elapsed or a deadline must bound it");
    r->backoff = (struct backoff){.factor = 2};
    if (read_backoff(&backoff, &r->backoff, e) < 0)
        return -1;
    return jnode_exists(&after) ? read_retry_after(&after, &r->retry_after, e) : 0;
}

/* --- budget, breaker, hedge ------------------------------------------------------- */

static int read_budget(const struct jnode *n, struct client_policy *p, struct err *e)
{
    static const struct field fields[] = {
        {"kind", FIELD_CHOICE, AT(budget_rule, kind), 0, 0, budget_kind_names,
         BUDGET_KINDS},
        {"max", FIELD_NUMBER, AT(budget_rule, max), 1, 1000, NULL, 0},
        {"ratio", FIELD_NUMBER, AT(budget_rule, ratio), 0.001, 1000, NULL, 0},
        {"share", FIELD_SHARE, AT(budget_rule, share), 0, 1, NULL, 0},
        {"floor", FIELD_NUMBER, AT(budget_rule, floor), 0, 1e6, NULL, 0},
        {"k", FIELD_NUMBER, AT(budget_rule, k), 1, 100, NULL, 0},
        {"window", FIELD_DURATION, AT(budget_rule, window_ns), 0.1, 86400, NULL, 0},
        {0}};
    /* of each kind: the key it needs, and the window it has when none is given */
    static const struct {
        const char *key;
        int64_t window_ns;
    } kinds[BUDGET_KINDS] = {
        [BUDGET_NONE] = {"kind", 0},
        [BUDGET_THROTTLE] = {"max", 0},
        [BUDGET_SHARE] = {"share", 10 * NS_PER_S},
        [BUDGET_CONCURRENT] = {"share", 0},
        [BUDGET_ADAPTIVE] = {"k", 120 * NS_PER_S},
    };
    struct budget_rule *b = &p->budget;
    if (fields_read(n, fields, b, e) < 0 || fields_need(n, "kind", e) < 0 ||
        fields_need(n, kinds[b->kind].key, e) < 0)
        return -1;
    if (b->kind == BUDGET_THROTTLE && fields_need(n, "ratio", e) < 0)
        return -1;
    bool has_window = kinds[b->kind].window_ns > 0;
    if (!has_window || b->window_ns == 0)
        b->window_ns = kinds[b->kind].window_ns;
    return 0;
}

static int read_breaker(const struct jnode *n, struct client_policy *p, struct err *e)
{
    static const struct field fields[] = {
        {"kind", FIELD_CHOICE, AT(breaker_rule, kind), 0, 0, breaker_kind_names,
         BREAKER_KINDS},
        {"scope", FIELD_CHOICE, AT(breaker_rule, scope), 0, 0, breaker_scope_names,
         BREAKER_SCOPES},
        {"failures", FIELD_UNSIGNED, AT(breaker_rule, failures), 1,
         BREAKER_FAILURES_MAX, NULL, 0},
        {"share", FIELD_SHARE, AT(breaker_rule, share), 0.001, 1, NULL, 0},
        {"min_volume", FIELD_UNSIGNED, AT(breaker_rule, min_volume), 1, 1e6, NULL, 0},
        {"window", FIELD_DURATION, AT(breaker_rule, window_ns), 0.1, 86400, NULL, 0},
        {"open", FIELD_DURATION, AT(breaker_rule, open_ns), 0.001, 86400, NULL, 0},
        {"probes", FIELD_UNSIGNED, AT(breaker_rule, probes), 1, 1000, NULL, 0},
        {"on", FIELD_OUTCOMES, AT(breaker_rule, counts), 0, 0, NULL, 0},
        {0}};
    struct breaker_rule *b = &p->breaker;
    *b = (struct breaker_rule){.window_ns = 60 * NS_PER_S,
                               .open_ns = 60 * NS_PER_S,
                               .min_volume = 100,
                               .probes = 1,
                               .counts = usually_broken};
    if (fields_read(n, fields, b, e) < 0 || fields_need(n, "kind", e) < 0)
        return -1;
    if (b->kind == BREAKER_RATIO)
        return fields_need(n, "share", e);
    return b->kind == BREAKER_NONE ? 0 : fields_need(n, "failures", e);
}

static int read_hedge(const struct jnode *n, struct client_policy *p, struct err *e)
{
    static const struct field fields[] = {
        {"after", FIELD_DURATION, AT(hedge_rule, after_ns), 0.001, 86400, NULL, 0},
        {"percentile", FIELD_NUMBER, AT(hedge_rule, percentile), 50, 99.9, NULL, 0},
        {"share", FIELD_SHARE, AT(hedge_rule, share), 0.0001, 1, NULL, 0},
        {0}};
    p->hedge.share = 0.05;
    if (fields_read(n, fields, &p->hedge, e) < 0)
        return -1;
    return hedge_is_on(&p->hedge) ? 0 : jnode_fail(n, e, "needs after or a percentile");
}

/* --- failover --------------------------------------------------------------------- */

static int read_endpoint(const struct jnode *n, struct client_endpoint *out,
                         struct err *e)
{
    static const struct field fields[] = {
        {"name", FIELD_TEXT, AT(client_endpoint, name), 0, 0, NULL, 0},
        {"url", FIELD_TEXT, AT(client_endpoint, url), 0, 0, NULL, 0},
        {"dialect", FIELD_TEXT, AT(client_endpoint, dialect), 0, 0, NULL, 0},
        {"model", FIELD_TEXT, AT(client_endpoint, model), 0, 0, NULL, 0},
        {"key_env", FIELD_TEXT, AT(client_endpoint, key_env), 0, 0, NULL, 0},
        {0}};
    struct client_endpoint seen = {0}; /* borrowed from the document */
    if (fields_read(n, fields, &seen, e) < 0 || fields_need(n, "url", e) < 0)
        return -1;
    *out = (struct client_endpoint){.name = xstrdup(seen.name ? seen.name : seen.url),
                                    .url = xstrdup(seen.url),
                                    .dialect = xstrdup(seen.dialect),
                                    .model = xstrdup(seen.model),
                                    .key_env = xstrdup(seen.key_env)};
    struct jnode url = jnode_get(n, "url");
    if (strncmp(out->url, "http://", 7) != 0 && strncmp(out->url, "https://", 8) != 0)
        return jnode_fail(&url, e, "\"%s\" must begin with http:// or https://",
                          out->url);
    return 0;
}

static int read_failover(const struct jnode *n, struct client_policy *p, struct err *e)
{
    static const struct field fields[] = {
        {"sticky", FIELD_FLAG, AT(client_policy, failover.is_sticky), 0, 0, NULL, 0},
        {"immediate", FIELD_FLAG, AT(client_policy, failover.is_immediate), 0, 0, NULL,
         0},
        {"failures", FIELD_UNSIGNED, AT(client_policy, failover.failures), 1, 1000,
         NULL, 0},
        {"after", FIELD_DURATION, AT(client_policy, failover.after_ns), 0, 86400, NULL,
         0},
        {"successes", FIELD_UNSIGNED, AT(client_policy, failover.successes), 1, 1000,
         NULL, 0},
        {"on", FIELD_OUTCOMES, AT(client_policy, failover_on), 0, 0, NULL, 0},
        {"endpoints", FIELD_OBJECT, 0, 0, 0, NULL, 0},
        {0}};
    struct jnode array = jnode_get(n, "endpoints");
    p->failover = (struct failover_rule){.endpoints = 1,
                                         .is_sticky = true,
                                         .is_immediate = true,
                                         .failures = 5,
                                         .after_ns = 30 * NS_PER_S,
                                         .successes = 3};
    if (fields_read(n, fields, p, e) < 0 ||
        jnode_array(&array, 1, ENDPOINTS_MAX - 1, e) < 0)
        return -1;
    for (size_t i = 0; i < json_array_size(array.value); i++) {
        struct jnode one = jnode_at(&array, i);
        if (read_endpoint(&one, &p->endpoints[p->endpoint_count++], e) < 0)
            return -1;
    }
    p->failover.endpoints = p->endpoint_count + 1;
    return 0;
}

/* --- the document ----------------------------------------------------------------- */

static int read_timeouts(const struct jnode *n, struct client_policy *p, struct err *e)
{
    static const struct field fields[] = {
        {"connect", FIELD_DURATION, AT(client_timeouts, connect_ns), 0.001, 3600, NULL,
         0},
        {"ttft", FIELD_DURATION, AT(client_timeouts, ttft_ns), 0.001, 86400, NULL, 0},
        {"stall", FIELD_DURATION, AT(client_timeouts, stall_ns), 0.001, 86400, NULL, 0},
        {"total", FIELD_DURATION, AT(client_timeouts, total_ns), 0.001, 86400, NULL, 0},
        {0}};
    return fields_read(n, fields, &p->timeouts, e);
}

static const struct {
    const char *key;
    int (*read)(const struct jnode *n, struct client_policy *p, struct err *e);
} parts[] = {
    {"timeouts", read_timeouts}, {"retry", read_retry},       {"budget", read_budget},
    {"breaker", read_breaker},   {"failover", read_failover}, {"hedge", read_hedge},
};

/* The words of a document; "source" and the like are for people. */
struct heading {
    const char *name, *title, *description, *source, *date;
    int64_t deadline_ns;
};

static const struct field document_fields[] = {
    {"name", FIELD_TEXT, AT(heading, name), 0, 0, NULL, 0},
    {"title", FIELD_TEXT, AT(heading, title), 0, 0, NULL, 0},
    {"description", FIELD_TEXT, AT(heading, description), 0, 0, NULL, 0},
    {"source", FIELD_TEXT, AT(heading, source), 0, 0, NULL, 0},
    {"date", FIELD_TEXT, AT(heading, date), 0, 0, NULL, 0},
    {"deadline", FIELD_DURATION, AT(heading, deadline_ns), 0.001, YEAR_S, NULL, 0},
    {"timeouts", FIELD_OBJECT, 0, 0, 0, NULL, 0},
    {"retry", FIELD_OBJECT, 0, 0, 0, NULL, 0},
    {"budget", FIELD_OBJECT, 0, 0, 0, NULL, 0},
    {"breaker", FIELD_OBJECT, 0, 0, 0, NULL, 0},
    {"failover", FIELD_OBJECT, 0, 0, 0, NULL, 0},
    {"hedge", FIELD_OBJECT, 0, 0, 0, NULL, 0},
    {0}};

/* The name becomes a folder and a column. */
static int check_name(const struct jnode *root, const char *name, struct err *e)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    struct jnode n = jnode_get(root, "name");
    if (name == NULL)
        return jnode_fail(&n, e, "is missing");
    size_t length = strlen(name);
    if (length == 0 || length > 40 || strspn(name, allowed) != length)
        return jnode_fail(
            &n, e, "\"%.60s\" is no name: 1 to 40 letters, digits, - and _", name);
    return 0;
}

static int read_document(const struct jnode *root, struct client_policy *p,
                         struct err *e)
{
    struct heading h = {0};
    if (fields_read(root, document_fields, &h, e) < 0 ||
        check_name(root, h.name, e) < 0)
        return -1;
    p->name = xstrdup(h.name);
    p->title = xstrdup(h.title ? h.title : "");
    p->deadline_ns = h.deadline_ns;
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        struct jnode n = jnode_get(root, parts[i].key);
        if (jnode_exists(&n) && parts[i].read(&n, p, e) < 0)
            return -1;
    }
    return 0;
}

struct client_policy *client_policy_parse(const char *text, size_t length,
                                          struct err *e)
{
    json_t *document = json_parse(text, length, e);
    if (document == NULL)
        return NULL;
    struct client_policy *p = xcalloc(1, sizeof *p);
    struct jnode root = jnode_root(document);
    struct buf compact;
    p->retry.attempts = 1;
    p->failover.endpoints = 1;
    p->failover_on = usually_broken;
    buf_init(&compact, length + 1);
    int rc = read_document(&root, p, e);
    if (rc == 0)
        profile_compact(text, length, &compact);
    p->text = buf_steal(&compact);
    buf_release(&compact);
    json_decref(document);
    if (rc == 0)
        return p;
    client_policy_free(p);
    return NULL;
}

void client_policy_free(struct client_policy *p)
{
    if (p == NULL)
        return;
    for (unsigned i = 0; i < p->endpoint_count; i++) {
        struct client_endpoint *c = &p->endpoints[i];
        free(c->name);
        free(c->url);
        free(c->dialect);
        free(c->model);
        free(c->key_env);
    }
    free(p->name);
    free(p->title);
    free(p->text);
    free(p);
}

static struct client_policy *load_file(const char *path, struct err *e)
{
    json_t *document = json_load(path, CLIENT_POLICY_BYTES_MAX, e);
    if (document == NULL)
        return NULL;
    char *text = json_dumps(document, JSON_COMPACT);
    json_decref(document);
    assert(text != NULL);
    struct client_policy *p = client_policy_parse(text, strlen(text), e);
    free(text);
    if (p == NULL)
        (void)err_in(e, "%s", path);
    return p;
}

struct client_policy *client_policy_load(const char *name, struct err *e)
{
    char path[SHIPPED_PATH];
    if (shipped_is_file(name))
        return load_file(name, e);
    if (shipped_find("policies", name, path))
        return load_file(path, e);
    (void)shipped_unknown("policies", "client policy", name,
                          "it may also be a file; profiles/README.md lists the shipped "
                          "ones",
                          e);
    return NULL;
}

bool client_policy_is_none(const struct client_policy *p)
{
    return p->retry.attempts == 1 && p->budget.kind != BUDGET_ADAPTIVE &&
           p->breaker.kind == BREAKER_NONE && p->failover.endpoints == 1 &&
           !hedge_is_on(&p->hedge) && p->deadline_ns == 0;
}
