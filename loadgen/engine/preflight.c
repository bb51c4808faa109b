/* Preflight; see preflight.h. Blocking: nothing is measured here. */
#include "engine/preflight.h"

#include "base/clock.h"
#include "base/json.h"
#include "engine/redact.h"
#include "engine/transport.h"
#include "wire/exchange.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BODY_MAX (4u << 20)
#define PROBE_TIMEOUT_MS 10000L
#define CALIBRATE_WORDS 16
#define CALIBRATE_TRIES 3
#define WORDS_MAX 300 /* bytes of a server's words in a message */

/* One blocking exchange: a GET, or a POST of body. */
struct call {
    const struct plan *plan;
    const struct target *target;
    const char *url;
    const char *body; /* NULL: GET */
    size_t length;
    struct curl_slist *resolved;
    long timeout_ms;
    /* out */
    struct exchange exchange;
    struct buf reply;
    struct evidence evidence;
    enum outcome outcome;
    char server[128];
    bool has_correlation_id;
    char why[CURL_ERROR_SIZE];
    int64_t took_ns;
};

static size_t on_body(char *bytes, size_t size, size_t n, void *p)
{
    struct call *c = p;
    buf_append(&c->reply, bytes, size * n);
    (void)exchange_bytes(&c->exchange, bytes, size * n, clock_now_ns());
    return size * n;
}

static size_t on_header(char *line, size_t size, size_t n, void *p)
{
    struct call *c = p;
    size_t length = size * n;
    while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r'))
        length--;
    exchange_header(&c->exchange, line, length);
    static const char server[] = "server:";
    if (length > sizeof server && strncasecmp(line, server, sizeof server - 1) == 0)
        (void)snprintf(c->server, sizeof c->server, "%.*s",
                       (int)(length - sizeof server), line + sizeof server);
    if (length > 22 && strncasecmp(line, "mistral-correlation-id", 22) == 0)
        c->has_correlation_id = true;
    return size * n;
}

static void call_init(struct call *c, const struct plan *plan, const struct target *t,
                      struct curl_slist *resolved)
{
    *c = (struct call){.plan = plan,
                       .target = t,
                       .resolved = resolved,
                       .timeout_ms = PROBE_TIMEOUT_MS};
    exchange_init(&c->exchange);
    buf_init(&c->reply, BODY_MAX);
}

static void call_release(struct call *c)
{
    exchange_release(&c->exchange);
    buf_release(&c->reply);
}

static void call_setup(struct call *c, CURL *easy, struct curl_slist *headers)
{
    transport_defaults(easy, c->plan);
    curl_easy_setopt(easy, CURLOPT_URL, c->url);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_RESOLVE, c->resolved);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, c->timeout_ms);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, c);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, c);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, c->why);
    if (c->body == NULL)
        return;
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, c->body);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)c->length);
}

static void call_make(struct call *c)
{
    CURL *easy = curl_easy_init();
    if (easy == NULL)
        bug("curl_easy_init failed");
    struct curl_slist *headers = transport_headers(c->target, false);
    call_setup(c, easy, headers);
    struct exchange_ask ask = {.is_empty_allowed = true, .choices = 1};
    buf_reset(&c->reply);
    c->why[0] = '\0';
    int64_t start_ns = clock_now_ns();
    exchange_begin(&c->exchange, &ask, start_ns);
    CURLcode code = curl_easy_perform(easy);
    long os_errno = 0;
    (void)curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &os_errno);
    c->took_ns = clock_now_ns() - start_ns;
    enum transport transport = transport_of(code, os_errno);
    curl_off_t connected_us = 0;
    (void)curl_easy_getinfo(easy, CURLINFO_CONNECT_TIME_T, &connected_us);
    enum timer_fired timer =
        transport == TRANSPORT_TIMEOUT && connected_us > 0 ? TIMER_TOTAL : TIMER_NONE;
    c->outcome =
        exchange_end(&c->exchange, transport, timer, clock_now_ns(), &c->evidence);
    if (c->why[0] == '\0' && code != CURLE_OK)
        (void)snprintf(c->why, sizeof c->why, "%s", curl_easy_strerror(code));
    curl_slist_free_all(headers);
    curl_easy_cleanup(easy);
}

/* "what: HTTP 401 (auth_401): Invalid API Key; set MISTRAL_API_KEY ...". Server
 * words are one line, without the key. */
static int say_failure(const struct call *c, const char *what, struct err *e)
{
    char words[2048];
    const char *text = c->evidence.error_text[0] ? c->evidence.error_text
                       : c->why[0]               ? c->why
                                                 : c->reply.data;
    (void)snprintf(words, sizeof words, "%s", text);
    redact_key(words, c->target->key); /* before it is cut: a part is a leak too */
    words[WORDS_MAX] = '\0';
    for (char *p = words; *p != '\0'; p++)
        if ((unsigned char)*p < 0x20)
            *p = ' ';
    const struct outcome_row *row = &outcome_rows[c->outcome];
    /* the limit was ours, not --timeout's; the words say how long it was */
    const char *hint = c->outcome == OUTCOME_TOTAL_TIMEOUT ? "" : row->hint;
    if (c->exchange.http != 0)
        return err_set(e, "%s: HTTP %u (%s)%s%s%s%s", what, c->exchange.http, row->name,
                       words[0] ? ": " : "", words, hint[0] ? "; " : "", hint);
    return err_set(e, "%s: %s%s%s%s%s", what, row->name, words[0] ? ": " : "", words,
                   hint[0] ? "; " : "", hint);
}

/* --- which server is it? ------------------------------------------------------ */

/* scheme://host:port of a base URL, where servers keep /version and the like. */
static void root_of(const char *base, struct buf *out)
{
    const char *scheme = strstr(base, "://");
    const char *host = scheme ? scheme + 3 : base;
    buf_append(out, base, (size_t)(host - base) + strcspn(host, "/"));
}

static int probe(struct call *c, const char *root, const char *path, char **body)
{
    struct buf url;
    buf_init(&url, 8192);
    buf_printf(&url, "%s%s", root, path);
    c->url = url.data;
    call_make(c);
    c->url = NULL;
    buf_release(&url);
    if (body != NULL)
        *body = xstrndup(c->reply.data, c->reply.len);
    return c->exchange.http;
}

static void detect_dialect(struct call *c, struct target *t, const char *root,
                           const char *models, int models_http)
{
    char *version = NULL, *info = NULL;
    char server[sizeof c->server];
    (void)snprintf(server, sizeof server, "%s", c->server);
    struct dialect_probe p = {.host = root,
                              .models_body = models,
                              .models_http = models_http,
                              .server_header = server[0] ? server : NULL,
                              .has_correlation_id = c->has_correlation_id};
    p.version_http = probe(c, root, "/version", &version);
    p.api_version_http = probe(c, root, "/api/version", NULL);
    p.info_http = probe(c, root, "/info", &info);
    p.props_http = probe(c, root, "/props", NULL);
    p.server_info_http = probe(c, root, "/get_server_info", NULL);
    p.version_body = version;
    p.info_body = info;
    t->dialect = dialect_detect(&p, &t->dialect_why);
    free(version);
    free(info);
}

/* The first model that the list names; false when there is none. */
static bool first_model(const char *models, char *out, size_t size)
{
    struct err ignored = {0};
    json_t *root = json_parse(models, strlen(models), &ignored);
    const json_t *data = json_object_get(root, "data");
    const char *id = json_string_value(json_object_get(json_array_get(data, 0), "id"));
    if (id != NULL)
        (void)snprintf(out, size, "%s", id);
    json_decref(root);
    return id != NULL;
}

/* Does the list name this model? */
static bool lists_model(const char *models, const char *name)
{
    char quoted[160];
    (void)snprintf(quoted, sizeof quoted, "\"%s\"", name);
    return strstr(models, quoted) != NULL;
}

/* The dialect's usual model where the server has it, else the first it lists. */
static void choose_model(struct target *t, const char *models, int http,
                         struct buf *notes)
{
    const char *usual = t->dialect->default_model;
    if (t->model[0] != '\0')
        return;
    if (usual != NULL && (http != 200 || lists_model(models, usual)))
        (void)snprintf(t->model, sizeof t->model, "%s", usual);
    else if (http == 200 && first_model(models, t->model, sizeof t->model))
        buf_printf(notes, "model %s: the first that the server lists\n", t->model);
}

static int models_url(const struct target *t, struct buf *out, struct err *e)
{
    const struct dialect *d = t->dialect ? t->dialect : dialect_find("openai");
    struct buf chat;
    buf_init(&chat, 8192);
    int rc = dialect_url(d, API_CHAT, t->base_url, &chat, e);
    size_t tail = strlen(d->paths[API_CHAT]);
    if (rc == 0 && chat.len >= tail) {
        buf_append(out, chat.data, chat.len - tail);
        buf_puts(out, d->models_path);
    }
    buf_release(&chat);
    return rc;
}

static int identify(struct call *c, struct target *t, struct buf *notes, struct err *e)
{
    int rc = -1;
    char *models = NULL;
    struct buf url, root;
    buf_init(&url, 8192);
    buf_init(&root, 8192);
    if (models_url(t, &url, e) < 0)
        goto out;
    c->url = t->warm_url = xstrdup(url.data);
    call_make(c);
    c->url = NULL;
    if (c->exchange.http == 0) {
        struct buf what;
        buf_init(&what, 512);
        buf_puts(&what, "cannot reach ");
        redact_url(&what, t->base_url);
        (void)say_failure(c, what.data, e);
        buf_release(&what);
        goto out;
    }
    models = xstrndup(c->reply.data, c->reply.len);
    int models_http = c->exchange.http;
    root_of(t->base_url, &root);
    if (t->dialect == NULL) {
        detect_dialect(c, t, root.data, models, models_http);
        buf_printf(notes, "dialect %s: %s\n", t->dialect->name, t->dialect_why);
    }
    choose_model(t, models, models_http, notes);
    if (t->model[0] == '\0') {
        (void)err_set(e, "--model is needed: the server lists no models (HTTP %d)",
                      models_http);
        goto out;
    }
    rc = 0;
out:
    free(models);
    buf_release(&url);
    buf_release(&root);
    return rc;
}

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

static int send_calibration(struct call *c, const struct target *t, uint16_t i,
                            const struct buf *body, struct err *e)
{
    const struct request_class *rc = &c->plan->profile->classes[i];
    c->url = t->urls[rc->api];
    c->body = body->data;
    c->length = body->len;
    /* a failure that may pass is no answer yet; a refusal is one, at once */
    for (unsigned tries = 0; tries < CALIBRATE_TRIES; tries++) {
        call_make(c);
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
    return say_failure(c, what, e);
}

static int calibrate_class(struct call *c, struct target *t, uint16_t i,
                           struct buf *notes, struct err *e)
{
    const struct request_class *rc = &c->plan->profile->classes[i];
    struct prompt_overhead *o = &t->prompt.overhead[i];
    struct buf text, body;
    buf_init(&text, 1u << 20);
    buf_init(&body, 1u << 20);
    prompt_calibration(&t->prompt, i, CALIBRATE_WORDS, &text, &body);
    int result = send_calibration(c, t, i, &body, e);
    if (result == 0 && c->exchange.usage.is_present) {
        o->single = above(c->exchange.usage.prompt_tokens, CALIBRATE_WORDS);
        buf_printf(notes, "class %s: the template adds %" PRIu32 " tokens\n", rc->name,
                   o->single);
    } else if (result == 0) {
        buf_printf(notes, "class %s: the server reports no usage; tokens are counted\n",
                   rc->name);
    }
    if (rc->model == NULL)
        (void)snprintf(t->echo, sizeof t->echo, "%s", c->exchange.model);
    t->calibration_ns = c->took_ns;
    if (result == 0 && rc->conversation.is_set && c->exchange.usage.is_present) {
        buf_reset(&body);
        prompt_calibration_turns(&t->prompt, i, CALIBRATE_WORDS, &text, &body);
        result = send_calibration(c, t, i, &body, e);
        if (result == 0)
            o->per_turn =
                above(c->exchange.usage.prompt_tokens, 3 * CALIBRATE_WORDS + o->single);
    }
    buf_release(&text);
    buf_release(&body);
    return result;
}

static int preflight_target(struct plan *plan, struct target *t, struct buf *notes,
                            struct curl_slist *resolved, struct err *e)
{
    struct call c;
    call_init(&c, plan, t, resolved);
    int rc = identify(&c, t, notes, e);
    if (rc == 0)
        rc = fill_urls(plan, t, e);
    t->prompt.dialect = t->dialect;
    t->prompt.profile = plan->profile;
    t->prompt.model = t->model;
    t->prompt.seed = plan->schedule.seed;
    /* mirrored prompts must not find each other in one prefix cache */
    size_t arm = (size_t)(t - plan->targets);
    t->prompt.salt = arm == 0 ? 0 : rng_hash(plan->schedule.seed, RNG_ARM, arm);
    c.timeout_ms =
        (long)((plan->timers.total_ns ? plan->timers.total_ns : 900 * NS_PER_S) /
               NS_PER_MS);
    for (uint16_t i = 0; rc == 0 && i < plan->profile->class_count; i++)
        rc = calibrate_class(&c, t, i, notes, e);
    t->echoes[0] = t->echo[0] ? t->model : NULL;
    t->echoes[1] = t->echo[0] ? t->echo : NULL;
    call_release(&c);
    return rc;
}

int preflight(struct plan *plan, struct buf *notes, enum exit_code *code, struct err *e)
{
    struct curl_slist *resolved = NULL;
    *code = EXIT_CANNOT_RUN;
    if (transport_resolve(plan, &resolved, e) < 0)
        return -1;
    int rc = 0;
    for (uint32_t i = 0; rc == 0 && i < plan->arms; i++)
        rc = preflight_target(plan, &plan->targets[i], notes, resolved, e);
    curl_slist_free_all(resolved);
    return rc;
}

void preflight_release(struct plan *plan)
{
    for (uint32_t i = 0; i < plan->arms; i++) {
        for (int a = 0; a < API_COUNT; a++)
            free(plan->targets[i].urls[a]);
        free(plan->targets[i].warm_url);
    }
}
