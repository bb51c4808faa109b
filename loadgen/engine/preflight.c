/* Preflight; see preflight.h. Blocking: nothing is measured here. */
#include "engine/preflight.h"

#include "engine/charge.h"
#include "engine/identify.h"
#include "engine/tokenize.h"
#include "engine/transport.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALIBRATE_WORDS 16
#define CALIBRATE_BYTES_MAX (128u << 20) /* a picture may be large */
#define CALIBRATE_TRIES 3

/* --- calibration --------------------------------------------------------------- */

static int fill_urls(const struct plan *plan, struct target *t, struct err *e)
{
    struct buf url;
    buf_init(&url, 8192);
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < plan->profile->class_count; i++) {
        const struct request_class *c = &plan->profile->classes[i];
        if (t->urls[c->api] != NULL)
            continue;
        buf_reset(&url);
        rc = dialect_url(t->dialect, c->api, t->base_url, &url, e);
        if (rc < 0)
            (void)err_in(e, "class %s", c->name);
        else
            t->urls[c->api] = xstrdup(url.data);
    }
    buf_release(&url);
    return rc;
}

static uint32_t above(uint32_t tokens, uint32_t words)
{
    return tokens > words ? tokens - words : 0;
}

/* A reply that only lacks text is fine here: one token was asked for. */
static bool is_usable(const struct call *c)
{
    return c->outcome == OUTCOME_OK ||
           (c->exchange.http == 200 && c->exchange.usage.is_present);
}

/* What preflight asks for is charged, too. */
static void bill_calibration(const struct call *c, struct target *t, uint16_t i)
{
    const struct bill unknown = {{0}};
    struct charge charge = charge_of(&c->exchange, 1, &unknown);
    bill_add(&t->calibration[i], &charge.bill);
}

static int send_calibration(struct call *c, struct target *t, uint16_t i,
                            const struct buf *body, struct err *e)
{
    const struct request_class *rc = &c->plan->profile->classes[i];
    c->url = t->urls[rc->api];
    c->body = body->data;
    c->length = body->len;
    /* a failure that may pass is no answer yet; a refusal is one, at once */
    for (unsigned tries = 0; tries < CALIBRATE_TRIES; tries++) {
        call_make(c);
        bill_calibration(c, t, i);
        if (is_usable(c) || outcome_rows[c->outcome].is_config_error)
            break;
    }
    c->url = c->body = NULL;
    if (is_usable(c))
        return 0;
    char what[256];
    (void)snprintf(what, sizeof what,
                   "the first request (class %.60s, model %.100s) failed", rc->name,
                   t->model);
    return call_fail(c, what, e);
}

/* What earlier turns add. */
static int calibrate_turns(struct call *c, struct target *t, uint16_t i,
                           struct buf *text, struct buf *body, struct err *e)
{
    struct prompt_overhead *o = &t->prompt.overhead[i];
    buf_reset(body);
    prompt_calibration_turns(&t->prompt, i, CALIBRATE_WORDS, text, body);
    if (send_calibration(c, t, i, body, e) < 0)
        return -1;
    o->per_turn =
        above(c->exchange.usage.prompt_tokens, 3 * CALIBRATE_WORDS + o->single);
    return 0;
}

/* What a system message adds to a user's. */
static int calibrate_system(struct call *c, struct target *t, uint16_t i,
                            struct buf *text, struct buf *body, struct err *e)
{
    buf_reset(body);
    prompt_calibration_system(&t->prompt, i, CALIBRATE_WORDS, text, body);
    if (send_calibration(c, t, i, body, e) < 0)
        return -1;
    t->prompt.overhead[i].system =
        above(c->exchange.usage.prompt_tokens, 2 * CALIBRATE_WORDS);
    return 0;
}

/* What the template adds to longer chats, as far as some are sent. */
static int calibrate_shapes(struct call *c, struct target *t, uint16_t i,
                            struct buf *text, struct buf *body, struct err *e)
{
    const struct request_class *rc = &c->plan->profile->classes[i];
    const struct corpus *corpus = c->plan->corpus;
    bool is_counted = corpus != NULL && corpus->counted == CORPUS_TOKENIZER;
    bool has_turns =
        corpus != NULL ? is_counted && corpus->pairs_max > 0 : rc->conversation.is_set;
    bool has_system = is_counted && corpus->has_system;
    if (rc->api == API_CHAT && has_turns && calibrate_turns(c, t, i, text, body, e) < 0)
        return -1;
    if (rc->api == API_CHAT && has_system &&
        calibrate_system(c, t, i, text, body, e) < 0)
        return -1;
    return 0;
}

/* Does the model take pictures, and how many tokens is one? */
static int calibrate_image(struct call *c, struct target *t, uint16_t i,
                           struct buf *text, struct buf *body, struct buf *notes,
                           struct err *e)
{
    const struct request_class *rc = &c->plan->profile->classes[i];
    struct prompt_overhead *o = &t->prompt.overhead[i];
    buf_reset(body);
    prompt_calibration_image(&t->prompt, i, CALIBRATE_WORDS, text, body);
    if (send_calibration(c, t, i, body, e) < 0)
        return -1;
    if (!c->exchange.usage.is_present)
        return 0;
    o->per_image = above(c->exchange.usage.prompt_tokens, CALIBRATE_WORDS + o->single);
    buf_printf(notes, "class %s: a picture adds %" PRIu32 " tokens\n", rc->name,
               o->per_image);
    return 0;
}

static int calibrate_class(struct call *c, struct target *t, uint16_t i,
                           struct buf *notes, struct err *e)
{
    const struct request_class *rc = &c->plan->profile->classes[i];
    struct prompt_overhead *o = &t->prompt.overhead[i];
    struct buf text, body;
    buf_init(&text, CALIBRATE_BYTES_MAX);
    buf_init(&body, CALIBRATE_BYTES_MAX);
    prompt_calibration(&t->prompt, i, CALIBRATE_WORDS, &text, &body);
    int result = send_calibration(c, t, i, &body, e);
    bool has_usage = c->exchange.usage.is_present;
    if (result == 0 && has_usage) {
        o->single = above(c->exchange.usage.prompt_tokens, CALIBRATE_WORDS);
        buf_printf(notes, "class %s: the template adds %" PRIu32 " tokens\n", rc->name,
                   o->single);
    } else if (result == 0 && rc->api != API_OCR) {
        buf_printf(notes, "class %s: the server reports no usage; tokens are counted\n",
                   rc->name);
    }
    if (rc->model == NULL)
        (void)snprintf(t->echo, sizeof t->echo, "%s", c->exchange.model);
    t->calibration_ns = c->took_ns;
    t->limits = c->exchange.limits;
    if (result == 0 && has_usage)
        result = calibrate_shapes(c, t, i, &text, &body, e);
    if (result == 0 && rc->image.is_set && rc->api == API_CHAT &&
        c->plan->corpus == NULL)
        result = calibrate_image(c, t, i, &text, &body, notes, e);
    buf_release(&text);
    buf_release(&body);
    return result;
}

/* "rate limits: 59 of 60 requests per 60 s left, ..." */
static void say_limits(const struct plan *plan, const struct target *t,
                       struct buf *notes)
{
    const struct ratelimit *r = &t->limits;
    for (uint32_t i = 0; i < r->count; i++) {
        const struct ratelimit_budget *b = &r->budgets[i];
        if (b->limit == RATELIMIT_UNKNOWN)
            continue;
        buf_printf(notes, "rate limit: %" PRId64 " %s", b->limit,
                   ratelimit_thing_names[b->thing]);
        if (b->window_s > 0)
            buf_printf(notes, " in %" PRId32 " s", b->window_s);
        if (b->remaining != RATELIMIT_UNKNOWN)
            buf_printf(notes, ", %" PRId64 " left", b->remaining);
        buf_putc(notes, '\n');
    }
    if (r->count == 0 && plan->respects_limits)
        buf_puts(notes, "the server publishes no rate limit: --respect-limits waits "
                        "only after a 429\n");
}

static int identify_target(struct plan *plan, struct target *t, struct buf *notes,
                           struct curl_slist *resolved, enum exit_code *code,
                           struct err *e)
{
    struct call c;
    call_init(&c, plan, t, resolved);
    int rc = identify(&c, t, notes, e);
    if (rc < 0 && net_is_h2c(&plan->net, t->base_url))
        (void)err_in(e, "--http 2 without TLS, which few servers speak");
    if (rc == 0 && plan->net.http == NET_HTTP_2 && !c.is_http2)
        rc = err_set(e, "--http 2: %s at %s:%u speaks HTTP/1.1 only", t->name,
                     plan->peers[t - plan->targets].place.host,
                     plan->peers[t - plan->targets].place.port);
    if (rc == 0 && members_check(plan->profile, t->dialect, e) < 0) {
        *code = EXIT_USAGE; /* of the workload nothing was sent */
        rc = -1;
    }
    if (rc == 0)
        rc = fill_urls(plan, t, e);
    t->prompt.dialect = t->dialect;
    t->prompt.profile = plan->profile;
    t->prompt.corpus = plan->corpus;
    t->prompt.model = t->model;
    t->prompt.seed = plan->schedule.seed;
    /* mirrored prompts must not find each other in one prefix cache */
    size_t arm = (size_t)(t - plan->targets);
    t->prompt.salt = arm == 0 ? 0 : rng_hash(plan->schedule.seed, RNG_ARM, arm);
    call_release(&c);
    return rc;
}

static int calibrate_target(struct plan *plan, struct target *t, struct buf *notes,
                            struct curl_slist *resolved, struct err *e)
{
    struct call c;
    int rc = 0;
    call_init(&c, plan, t, resolved);
    c.timeout_ns = plan->timers.total_ns ? plan->timers.total_ns : 900 * NS_PER_S;
    for (uint16_t i = 0; rc == 0 && i < plan->profile->class_count; i++)
        rc = calibrate_class(&c, t, i, notes, e);
    if (rc == 0)
        say_limits(plan, t, notes);
    if (rc == 0 && plan->corpus != NULL && t == plan->targets &&
        plan->corpus->counted == CORPUS_ESTIMATED)
        tokenize_corpus(&c, t, plan->corpus, notes);
    t->echoes[0] = t->echo[0] ? t->model : NULL;
    t->echoes[1] = t->echo[0] ? t->echo : NULL;
    call_release(&c);
    return rc;
}

/* Two arms that were given different models must not answer with the same one. */
static int check_arms(const struct plan *plan, struct buf *notes, struct err *e)
{
    const struct target *a = &plan->targets[0], *b = &plan->targets[1];
    if (plan->arms < 2 || strcmp(a->model, b->model) == 0)
        return 0;
    bool is_other = strcmp(b->echo, a->model) == 0 || strcmp(b->echo, a->echo) == 0;
    if (b->echo[0] != '\0' && is_other)
        return err_set(e,
                       "%s: model_mismatch: %.100s was asked for, and %.100s answered, "
                       "which is the %s's model",
                       b->name, b->model, b->echo, a->name);
    if (a->resolved[0] != '\0' && strcmp(a->resolved, b->resolved) == 0)
        buf_printf(notes, "both arms have the same model: %s and %s stand for %s\n",
                   a->model, b->model, a->resolved);
    return 0;
}

/* A backup that is down or odd is noted and taken to be like the target: whether it
 * can take over is what the run will show. */
static int identify_backup(struct plan *plan, struct target *t, struct buf *notes,
                           struct curl_slist *resolved, struct err *e)
{
    struct err why = {0};
    enum exit_code code = EXIT_CANNOT_RUN;
    const struct target *first = &plan->targets[0];
    if (identify_target(plan, t, notes, resolved, &code, &why) == 0)
        return 0;
    buf_printf(notes, "backup %s cannot be checked: %s\n", t->name, why.text);
    t->is_unchecked = true;
    if (t->dialect == NULL)
        t->dialect = t->prompt.dialect = first->dialect;
    if (t->model[0] == '\0')
        (void)snprintf(t->model, sizeof t->model, "%s", first->model);
    if (members_check(plan->profile, t->dialect, e) < 0 || fill_urls(plan, t, e) < 0)
        return err_in(e, "backup %s", t->name);
    return 0;
}

static void calibrate_backup(struct plan *plan, struct target *t, struct buf *notes,
                             struct curl_slist *resolved)
{
    struct err why = {0};
    if (!t->is_unchecked && calibrate_target(plan, t, notes, resolved, &why) == 0)
        return;
    if (!t->is_unchecked)
        buf_printf(notes, "backup %s cannot be checked: %s\n", t->name, why.text);
    for (size_t i = 0; i < PROFILE_CLASSES_MAX; i++)
        t->prompt.overhead[i] = plan->targets[0].prompt.overhead[i];
    t->echoes[0] = NULL;
}

int preflight_identify(struct plan *plan, struct buf *notes, enum exit_code *code,
                       struct err *e)
{
    const char *urls[PLAN_TARGETS_MAX] = {NULL};
    for (uint32_t i = 0; i < plan_targets(plan); i++)
        urls[i] = plan->targets[i].base_url;
    *code = EXIT_USAGE;
    if (net_check_targets(&plan->net, urls, plan_targets(plan), e) < 0)
        return -1;
    *code = EXIT_CANNOT_RUN;
    if (peers_resolve(plan, e) < 0)
        return -1;
    struct curl_slist *resolved = peers_lines(plan);
    int rc = 0;
    for (uint32_t i = 0; rc == 0 && i < plan->arms; i++)
        rc = identify_target(plan, &plan->targets[i], notes, resolved, code, e);
    for (uint32_t i = plan->arms; rc == 0 && i < plan_targets(plan); i++)
        rc = identify_backup(plan, &plan->targets[i], notes, resolved, e);
    curl_slist_free_all(resolved);
    return rc;
}

int preflight_calibrate(struct plan *plan, struct buf *notes, enum exit_code *code,
                        struct err *e)
{
    *code = EXIT_CANNOT_RUN;
    struct curl_slist *resolved = peers_lines(plan);
    int rc = 0;
    for (uint32_t i = 0; rc == 0 && i < plan->arms; i++)
        rc = calibrate_target(plan, &plan->targets[i], notes, resolved, e);
    if (rc == 0)
        rc = check_arms(plan, notes, e);
    for (uint32_t i = plan->arms; rc == 0 && i < plan_targets(plan); i++)
        calibrate_backup(plan, &plan->targets[i], notes, resolved);
    curl_slist_free_all(resolved);
    return rc;
}

int preflight(struct plan *plan, struct buf *notes, enum exit_code *code, struct err *e)
{
    if (preflight_identify(plan, notes, code, e) < 0)
        return -1;
    return preflight_calibrate(plan, notes, code, e);
}

void preflight_release(struct plan *plan)
{
    for (uint32_t i = 0; i < plan_targets(plan); i++) {
        for (int a = 0; a < API_COUNT; a++)
            free(plan->targets[i].urls[a]);
        free(plan->targets[i].warm_url);
    }
}
