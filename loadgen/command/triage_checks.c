/*
 * The checks of a triage, a row each; see triage.h.
 *
 * A check needs that others before it have not failed; it sends what it must, notes
 * facts for the decision tree and one line of evidence for a person. A server that
 * refuses is not asked again in the same look.
 *
 * LIMIT: every call opens a connection of its own, so that its first token is later
 * than a warm client's by the name, the connection and the handshake.
 */
#include "base/clock.h"
#include "base/units.h"
#include "command/triage_looker.h"
#include "engine/identify.h"
#include "engine/pause.h"
#include "engine/transcript.h"
#include "wire/server_names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool looker_is_interrupted(const struct looker *k)
{
    return k->triage->pause != NULL && pause_wait(k->triage->pause, 0);
}

void looker_call(struct looker *k, const char *url)
{
    struct call *c = &k->call;
    c->url = url;
    call_make(c);
    transcript_call(&k->whole->transcript, c);
    c->url = NULL;
}

static void make_get(struct looker *k, const char *path)
{
    struct buf url;
    buf_init(&url, TRIAGE_URL_MAX);
    identify_root(looker_target(k)->base_url, &url);
    buf_puts(&url, path);
    looker_call(k, url.data);
    buf_release(&url);
}

void looker_words(struct looker *k)
{
    (void)call_words(&k->call, k->look->words);
    transcript_redact(looker_target(k), k->look->words);
}

/* --- HTTP ------------------------------------------------------------------------------ */

/* Where nobody answers, the host name alone has to do. */
static void guess(struct looker *k)
{
    struct target *t = looker_target(k);
    const char *why = NULL;
    if (t->dialect == NULL)
        t->dialect = dialect_detect(&(struct dialect_probe){.host = t->base_url}, &why);
    if (t->model[0] == '\0' && t->dialect->default_model != NULL)
        (void)snprintf(t->model, sizeof t->model, "%s", t->dialect->default_model);
}

static void note_identity(struct looker *k)
{
    const struct target *t = looker_target(k);
    (void)snprintf(k->look->dialect, sizeof k->look->dialect, "%s", t->dialect->name);
    (void)snprintf(k->look->model, sizeof k->look->model, "%s", t->model);
}

static void identify_it(struct looker *k)
{
    struct buf notes;
    buf_init(&notes, 65536);
    if (k->call.exchange.http != 0 && k->call.exchange.http < 500)
        identify_server(&k->call, looker_target(k), &notes);
    else
        guess(k);
    note_identity(k);
    buf_release(&notes);
}

static void check_http(struct looker *k, struct check_result *r)
{
    struct target_facts *f = &k->look->facts;
    struct call *c = &k->call;
    struct err e = {0};
    struct buf url;
    char status[CALL_STATUS];
    buf_init(&url, TRIAGE_URL_MAX);
    if (identify_models_url(looker_target(k), &url, &e) < 0) {
        check_say(r, CHECK_FAILED, "%s", e.text);
        goto out;
    }
    looker_call(k, url.data);
    r->took_ns = c->took_ns;
    f->has_models = true;
    bool is_list = call_is_2xx(c) && c->evidence.transport == TRANSPORT_OK;
    f->models = is_list ? OUTCOME_OK : c->outcome;
    f->models_http = c->exchange.http;
    if (!is_list)
        looker_words(k);
    else
        k->models = xstrndup(c->reply.data, c->reply.len);
    bool is_fine = c->exchange.http != 0 && c->exchange.http < 500;
    (void)call_status(c, status);
    char server[sizeof c->server];
    (void)snprintf(server, sizeof server, "%s", c->server);
    identify_it(k); /* asks further paths */
    check_say(r, is_fine ? CHECK_FINE : CHECK_FAILED, "%s%s%s; dialect %s%s%s", status,
              server[0] != '\0' ? " from " : "", server, k->look->dialect,
              is_fine ? "" : ": ", is_fine ? "" : k->look->words);
out:
    buf_release(&url);
}

/* Does a header of the user's look like a key? */
static bool has_key_header(const struct target *t)
{
    static const char *const names[] = {"authorization:", "x-api-key:", "api-key:"};
    for (size_t i = 0; t->headers != NULL && t->headers[i] != NULL; i++)
        for (size_t n = 0; n < ARRAY_LEN(names); n++)
            if (strncasecmp(t->headers[i], names[n], strlen(names[n])) == 0)
                return true;
    return false;
}

static void check_key(struct looker *k, struct check_result *r)
{
    struct target *t = looker_target(k);
    struct target_facts *f = &k->look->facts;
    struct target keyless = *t;
    struct err e = {0};
    struct buf url;
    f->has_key = t->key != NULL || has_key_header(t);
    bool is_refused = f->models_http == 401;
    if (t->key == NULL && is_refused)
        check_say(r, CHECK_FAILED, "HTTP 401 %s: %s",
                  f->has_key ? "with the --header" : "without a key", k->look->words);
    else if (t->key == NULL)
        check_say(r, CHECK_SKIPPED, "none given, none wanted so far");
    if (t->key == NULL)
        return;
    buf_init(&url, TRIAGE_URL_MAX);
    keyless.key = NULL;
    k->call.target = &keyless;
    if (identify_models_url(t, &url, &e) == 0)
        looker_call(k, url.data);
    k->call.target = t;
    buf_release(&url);
    r->took_ns = k->call.took_ns;
    char without[CALL_STATUS];
    check_say(r, is_refused ? CHECK_FAILED : CHECK_FINE,
              "HTTP %u with the key, %s without%s%s", f->models_http,
              call_status(&k->call, without), is_refused ? ": " : "",
              is_refused ? k->look->words : "");
}

static void check_model(struct looker *k, struct check_result *r)
{
    const struct target *t = looker_target(k);
    const char *asked = k->target->setup.plan.targets[0].model;
    if (t->model[0] == '\0') {
        check_say(r, CHECK_FAILED, "none is known: give --model");
        return;
    }
    if (k->models == NULL) {
        check_say(r, CHECK_SKIPPED, "%s; no list came", t->model);
        return;
    }
    size_t n = identify_count(k->models);
    bool is_listed = identify_lists(k->models, t->model);
    k->look->facts.is_model_missing = !is_listed;
    check_say(r, is_listed ? CHECK_FINE : CHECK_ODD, "%s is %s the list of %zu%s",
              t->model, is_listed ? "in" : "not in", n,
              asked[0] == '\0' ? "; taken because no --model is given" : "");
}

/* --- what the server says of itself ------------------------------------------------------- */

static void check_health(struct looker *k, struct check_result *r)
{
    const char *path = looker_target(k)->dialect->health_path;
    struct target_facts *f = &k->look->facts;
    char status[CALL_STATUS], words[CALL_WORDS + 1];
    if (path == NULL) {
        check_say(r, CHECK_SKIPPED, "%s servers have none",
                  looker_target(k)->dialect->name);
        return;
    }
    make_get(k, path);
    r->took_ns = k->call.took_ns;
    f->has_health = k->call.exchange.http != 404;
    f->is_healthy = call_is_2xx(&k->call);
    (void)call_words(&k->call, words);
    transcript_redact(looker_target(k), words);
    if (!f->has_health)
        check_say(r, CHECK_SKIPPED, "%s is not there", path);
    else
        check_say(r, f->is_healthy ? CHECK_FINE : CHECK_FAILED, "%s: %s%s%.100s", path,
                  call_status(&k->call, status), words[0] != '\0' ? ", " : "", words);
}

/* Servers of one's own show their queue there; an API does not. */
static void check_metrics(struct looker *k, struct check_result *r)
{
    static const char path[] = "/metrics";
    struct server_values *v = &k->look->metrics;
    char status[CALL_STATUS];
    if (looker_target(k)->dialect->health_path == NULL) {
        check_say(r, CHECK_SKIPPED, "%s servers have none", k->look->dialect);
        return;
    }
    make_get(k, path);
    r->took_ns = k->call.took_ns;
    server_values_read(v, k->call.reply.data, k->call.reply.len);
    if (!call_is_2xx(&k->call))
        check_say(r, CHECK_SKIPPED, "%s: %s", path, call_status(&k->call, status));
    else if (!server_values_has(v, SERVER_RUNNING) ||
             !server_values_has(v, SERVER_QUEUE))
        check_say(r, CHECK_SKIPPED, "%s has no queue of a known name", path);
    else
        check_say(r, v->value[SERVER_QUEUE] > 0 ? CHECK_ODD : CHECK_FINE,
                  "%.0f running, %.0f queued", v->value[SERVER_RUNNING],
                  v->value[SERVER_QUEUE]);
}

/* --- the table ---------------------------------------------------------------------------- */

#define BIT(check) (1u << CHECK_##check)
#define WIRE (BIT(NAME) | BIT(CONNECT) | BIT(TLS))

/* needs: checks that must not have failed. A server whose list of models fails is
 * asked for a token all the same: that is what its users do. */
static const struct row {
    enum check check;
    unsigned needs;
    void (*make)(struct looker *k, struct check_result *r);
} rows[] = {
    {CHECK_NAME, 0, check_name},
    {CHECK_CONNECT, BIT(NAME), check_connect},
    {CHECK_TLS, BIT(NAME) | BIT(CONNECT), check_tls},
    {CHECK_HTTP, WIRE, check_http},
    {CHECK_KEY, WIRE | BIT(HTTP), check_key},
    {CHECK_MODEL, WIRE | BIT(KEY), check_model},
    {CHECK_REQUEST, WIRE | BIT(KEY), check_request},
    {CHECK_LIMITS, WIRE | BIT(KEY), check_limits},
    {CHECK_HEALTH, WIRE, check_health},
    {CHECK_METRICS, WIRE, check_metrics},
};

/* The first failed one of those, or CHECK_COUNT. */
static enum check failed_of(const struct target_look *l, unsigned needs)
{
    for (unsigned i = 0; i < CHECK_COUNT; i++)
        if ((needs & (1u << i)) && l->checks[i].state == CHECK_FAILED)
            return (enum check)i;
    return CHECK_COUNT;
}

static void run_row(struct looker *k, const struct row *row)
{
    struct check_result *r = &k->look->checks[row->check];
    enum check failed = failed_of(k->look, row->needs);
    if (failed != CHECK_COUNT)
        check_say(r, CHECK_SKIPPED, "not tried: %s failed", check_names[failed]);
    else
        row->make(k, r);
}

static void look_at_target(struct look *l, const struct triage *t, size_t i)
{
    struct looker k = {.triage = t,
                       .target = &t->targets[i],
                       .look = &l->targets[i],
                       .whole = l,
                       .plan = t->targets[i].setup.plan};
    struct target *target = looker_target(&k);
    buf_printf(&l->transcript, "## %s\n\n", t->targets[i].shown);
    call_init(&k.call, &k.plan, target, NULL);
    k.call.timeout_ns = t->timeout_ns;
    k.call.pause = t->pause;
    for (size_t r = 0; r < ARRAY_LEN(rows) && !looker_is_interrupted(&k); r++)
        run_row(&k, &rows[r]);
    k.look->facts.words = k.look->words;
    k.look->diagnosis = diagnose_target(&k.look->facts);
    k.look->facts.words = NULL; /* a look may be moved */
    l->is_interrupted = looker_is_interrupted(&k);
    call_release(&k.call);
    free(k.models);
}

/* --- a look ---------------------------------------------------------------------------------- */

/* Whoever answered may have shown any target's secret: the application in front knows
 * the key of the server behind. */
static void hide_secrets(struct look *l, const struct triage *t)
{
    for (size_t i = 0; i < t->target_count; i++) {
        const struct target *secret = &t->targets[i].setup.plan.targets[0];
        transcript_redact(secret, l->transcript.data);
        for (unsigned c = 0; c < CHECK_COUNT; c++) {
            transcript_redact(secret, l->checks[c].text);
            for (size_t o = 0; o < t->target_count; o++)
                transcript_redact(secret, l->targets[o].checks[c].text);
        }
    }
}

void look_make(struct look *l, const struct triage *t)
{
    struct diagnosis found[TRIAGE_TARGETS_MAX];
    l->wall_ns = clock_wall_ns();
    l->start_ns = clock_now_ns();
    l->target_count = t->target_count;
    for (size_t i = 0; i < t->target_count && !l->is_interrupted; i++)
        look_at_target(l, t, i);
    if (!l->is_interrupted)
        look_at_scene(l, t);
    hide_secrets(l, t);
    for (size_t i = 0; i < t->target_count; i++)
        found[i] = l->targets[i].diagnosis;
    l->diagnosis = diagnose(found, t->target_count, &l->scene, &l->about);
    l->is_interrupted =
        l->is_interrupted || (t->pause != NULL && pause_wait(t->pause, 0));
    l->took_ns = clock_now_ns() - l->start_ns;
}
