/*
 * Which dialect a server speaks, from what a probe of it found: a table of signs.
 */
#include "wire/dialect.h"

#include <string.h>
#include <strings.h>

/* Does the JSON text hold this key with a value that begins so? Both in quotes.
 * Exact enough for a hint: --dialect overrides it. */
static bool has_pair(const char *json, const char *key, const char *value)
{
    const char *at = json != NULL ? strstr(json, key) : NULL;
    while (at != NULL) {
        at += strlen(key);
        at += strspn(at, " \t\r\n:");
        if (strncmp(at, value, strlen(value)) == 0)
            return true;
        at = strstr(at, key);
    }
    return false;
}

static bool is_owned_by(const struct dialect_probe *p, const char *owner)
{
    return has_pair(p->models_body, "\"owned_by\"", owner);
}

static bool is_host_of(const struct dialect_probe *p, const char *domain)
{
    size_t length = p->host != NULL ? strlen(p->host) : 0, n = strlen(domain);
    if (length < n || strcasecmp(p->host + length - n, domain) != 0)
        return false;
    return length == n || p->host[length - n - 1] == '.';
}

static bool has_mistral_host(const struct dialect_probe *p)
{
    return is_host_of(p, "mistral.ai");
}

static bool has_mistral_id(const struct dialect_probe *p)
{
    return p->has_correlation_id;
}

static bool has_openai_host(const struct dialect_probe *p)
{
    return is_host_of(p, "openai.com");
}

static bool has_vllm_owner(const struct dialect_probe *p)
{
    return is_owned_by(p, "\"vllm\"");
}

static bool has_sglang_owner(const struct dialect_probe *p)
{
    return is_owned_by(p, "\"sglang\"");
}

static bool has_llamacpp_owner(const struct dialect_probe *p)
{
    return is_owned_by(p, "\"llamacpp\"");
}

static bool has_ollama_version(const struct dialect_probe *p)
{
    return p->api_version_http == 200;
}

static bool has_tgi_info(const struct dialect_probe *p)
{
    return p->info_http == 200 && p->info_body != NULL &&
           strstr(p->info_body, "\"max_total_tokens\"") != NULL;
}

static bool has_sglang_info(const struct dialect_probe *p)
{
    return p->server_info_http == 200;
}

static bool has_llamacpp_header(const struct dialect_probe *p)
{
    return p->server_header != NULL && strncmp(p->server_header, "llama.cpp", 9) == 0;
}

static bool has_llamacpp_props(const struct dialect_probe *p)
{
    return p->props_http == 200;
}

static bool has_vllm_version(const struct dialect_probe *p)
{
    return p->version_http == 200 && p->version_body != NULL &&
           strstr(p->version_body, "\"version\"") != NULL;
}

/* The surest sign first; the first that holds decides. */
static const struct {
    const char *dialect;
    bool (*holds)(const struct dialect_probe *p);
    const char *why;
} signs[] = {
    {"mistral", has_mistral_host, "mistral: the host is mistral.ai's"},
    {"openai", has_openai_host, "openai: the host is openai.com's"},
    {"mistral", has_mistral_id, "mistral: replies carry mistral-correlation-id"},
    {"vllm", has_vllm_owner, "vllm: /v1/models says owned_by vllm"},
    {"sglang", has_sglang_owner, "sglang: /v1/models says owned_by sglang"},
    {"llamacpp", has_llamacpp_owner, "llamacpp: /v1/models says owned_by llamacpp"},
    {"llamacpp", has_llamacpp_header, "llamacpp: the server header says llama.cpp"},
    {"ollama", has_ollama_version, "ollama: /api/version answers"},
    {"tgi", has_tgi_info, "tgi: /info tells max_total_tokens"},
    {"sglang", has_sglang_info, "sglang: /get_server_info answers"},
    {"llamacpp", has_llamacpp_props, "llamacpp: /props answers"},
    {"vllm", has_vllm_version, "vllm: /version answers"},
};

const struct dialect *dialect_detect(const struct dialect_probe *p, const char **why)
{
    for (size_t i = 0; i < ARRAY_LEN(signs); i++)
        if (signs[i].holds(p)) {
            *why = signs[i].why;
            return dialect_find(signs[i].dialect);
        }
    *why = "openai: no sign of another server";
    return dialect_find("openai");
}
