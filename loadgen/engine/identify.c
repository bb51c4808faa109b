/* Which server a target is; see identify.h. */
#include "engine/identify.h"

#include "base/json.h"
#include "engine/alias.h"
#include "engine/redact.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void identify_root(const char *base, struct buf *out)
{
    const char *scheme = strstr(base, "://");
    const char *host = scheme ? scheme + 3 : base;
    buf_append(out, base, (size_t)(host - base) + strcspn(host, "/?#"));
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

size_t identify_count(const char *models)
{
    struct err ignored = {0};
    json_t *root = json_parse(models, strlen(models), &ignored);
    size_t n = json_array_size(json_object_get(root, "data"));
    json_decref(root);
    return n;
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

bool identify_lists(const char *models, const char *name)
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
    if (usual != NULL && (http != 200 || identify_lists(models, usual)))
        (void)snprintf(t->model, sizeof t->model, "%s", usual);
    else if (http == 200 && first_model(models, t->model, sizeof t->model))
        buf_printf(notes, "model %s: the first that the server lists\n", t->model);
}

int identify_models_url(const struct target *t, struct buf *out, struct err *e)
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

void identify_server(struct call *c, struct target *t, struct buf *notes)
{
    struct buf root;
    char *models = xstrndup(c->reply.data, c->reply.len);
    int models_http = c->exchange.http;
    if (t->dialect == NULL) {
        buf_init(&root, 8192);
        identify_root(t->base_url, &root);
        detect_dialect(c, t, root.data, models, models_http);
        buf_printf(notes, "dialect %s: %s\n", t->dialect->name, t->dialect_why);
        buf_release(&root);
    }
    choose_model(t, models, models_http, notes);
    if (models_http == 200)
        alias_read(models, strlen(models), t->model, t->resolved);
    if (t->resolved[0] != '\0' && strcmp(t->resolved, t->model) != 0)
        buf_printf(notes, "model %s: stands for %s\n", t->model, t->resolved);
    free(models);
}

static int cannot_reach(const struct call *c, const struct target *t, struct err *e)
{
    struct buf what;
    buf_init(&what, 512);
    buf_puts(&what, "cannot reach ");
    redact_url(&what, t->base_url);
    int rc = call_fail(c, what.data, e);
    buf_release(&what);
    return rc;
}

int identify(struct call *c, struct target *t, struct buf *notes, struct err *e)
{
    struct buf url;
    buf_init(&url, 8192);
    int rc = identify_models_url(t, &url, e);
    if (rc < 0)
        goto out;
    c->url = t->warm_url = xstrdup(url.data);
    call_make(c);
    c->url = NULL;
    int models_http = c->exchange.http;
    if (models_http == 0 || c->outcome == OUTCOME_PROXY) {
        rc = cannot_reach(c, t, e);
        goto out;
    }
    identify_server(c, t, notes);
    if (t->model[0] == '\0')
        rc = err_set(e, "--model is needed: the server lists no models (HTTP %d)",
                     models_http);
out:
    buf_release(&url);
    return rc;
}
