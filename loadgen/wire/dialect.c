/*
 * The dialects as rows, and the URLs of their APIs. Bodies are written in
 * dialect_body.c, dialect_detect.c tells servers apart. Sources: the vendors'
 * schemas (Mistral's says additionalProperties: false) and the servers' own code.
 *
 * LIMIT: the openai row is also the fallback for servers that nothing is known
 * about, so it says max_tokens, which every one of them takes; OpenAI's own
 * reasoning models want max_completion_tokens instead.
 */
#include "wire/dialect.h"

#include <string.h>

const char *const api_names[API_COUNT + 1] = {
    [API_CHAT] = "chat",
    [API_COMPLETION] = "completion",
    [API_FIM] = "fim",
    [API_EMBEDDINGS] = "embeddings",
    [API_MODERATION] = "moderation",
    [API_CHAT_MODERATION] = "chat_moderation",
    [API_CLASSIFICATION] = "classification",
    [API_CHAT_CLASSIFICATION] = "chat_classification",
    [API_OCR] = "ocr",
};

/* No limit that is known: what the server refuses, it says itself. */
#define ANY_TEMPERATURE 1e6

static const char *const mistral_fields[] = {
    "stop",
    "metadata",
    "response_format",
    "tools",
    "tool_choice",
    "presence_penalty",
    "frequency_penalty",
    "prediction",
    "parallel_tool_calls",
    "reasoning_effort",
    "prompt_mode",
    "guardrails",
    "prompt_cache_key",
    "service_tier",
    "safe_prompt",
    NULL,
};

static const char *const mistral_fim_fields[] = {"stop", "metadata", NULL};

static const char *const openai_fields[] = {
    "stop",
    "metadata",
    "response_format",
    "tools",
    "tool_choice",
    "presence_penalty",
    "frequency_penalty",
    "prediction",
    "parallel_tool_calls",
    "reasoning_effort",
    "prompt_cache_key",
    "service_tier",
    "logprobs",
    "top_logprobs",
    "logit_bias",
    "user",
    "store",
    "max_completion_tokens",
    "verbosity",
    NULL,
};

static const char *const vllm_fields[] = {
    "stop",
    "response_format",
    "tools",
    "tool_choice",
    "presence_penalty",
    "frequency_penalty",
    "parallel_tool_calls",
    "reasoning_effort",
    "logprobs",
    "top_logprobs",
    "logit_bias",
    "user",
    "max_completion_tokens",
    "top_k",
    "min_p",
    "repetition_penalty",
    "length_penalty",
    "stop_token_ids",
    "skip_special_tokens",
    "truncate_prompt_tokens",
    "chat_template_kwargs",
    "cache_salt",
    "priority",
    "request_id",
    "return_token_ids",
    "include_stop_str_in_output",
    NULL,
};

static const char *const sglang_fields[] = {
    "stop",
    "response_format",
    "tools",
    "tool_choice",
    "presence_penalty",
    "frequency_penalty",
    "parallel_tool_calls",
    "reasoning_effort",
    "logprobs",
    "top_logprobs",
    "logit_bias",
    "user",
    "max_completion_tokens",
    "top_k",
    "min_p",
    "repetition_penalty",
    "stop_token_ids",
    "skip_special_tokens",
    "chat_template_kwargs",
    "separate_reasoning",
    "stream_reasoning",
    NULL,
};

static const char *const llamacpp_fields[] = {
    "stop",
    "response_format",
    "tools",
    "tool_choice",
    "presence_penalty",
    "frequency_penalty",
    "parallel_tool_calls",
    "logprobs",
    "top_logprobs",
    "logit_bias",
    "top_k",
    "min_p",
    "repeat_penalty",
    "cache_prompt",
    "id_slot",
    "timings_per_token",
    "sse_ping_interval",
    "chat_template_kwargs",
    "grammar",
    "reasoning_format",
    NULL,
};

static const char *const tgi_fields[] = {
    "stop",        "response_format",  "tools",
    "tool_choice", "presence_penalty", "frequency_penalty",
    "logprobs",    "top_logprobs",     "logit_bias",
    NULL,
};

static const char *const ollama_fields[] = {
    "stop",
    "response_format",
    "tools",
    "presence_penalty",
    "frequency_penalty",
    "reasoning_effort",
    NULL,
};

static const struct dialect dialects[] = {
    {
        .name = "mistral",
        .title = "Mistral API",
        .paths = {[API_CHAT] = "/v1/chat/completions",
                  [API_FIM] = "/v1/fim/completions",
                  [API_EMBEDDINGS] = "/v1/embeddings",
                  [API_MODERATION] = "/v1/moderations",
                  [API_CHAT_MODERATION] = "/v1/chat/moderations",
                  [API_CLASSIFICATION] = "/v1/classifications",
                  [API_CHAT_CLASSIFICATION] = "/v1/chat/classifications",
                  [API_OCR] = "/v1/ocr"},
        .models_path = "/v1/models",
        .default_model = "mistral-small-latest",
        .max_tokens_key = "max_tokens",
        .fim_min_tokens_key = "min_tokens",
        .seed_key = "random_seed",
        .has_end_marker = true,
        .needs_key = true,
        .temperature_max = 1.5,
        .fields = mistral_fields,
        .fim_fields = mistral_fim_fields,
    },
    {
        .name = "openai",
        .title = "OpenAI-compatible API",
        .paths = {[API_CHAT] = "/v1/chat/completions",
                  [API_COMPLETION] = "/v1/completions",
                  [API_FIM] = "/v1/completions",
                  [API_EMBEDDINGS] = "/v1/embeddings",
                  [API_MODERATION] = "/v1/moderations"},
        .models_path = "/v1/models",
        .max_tokens_key = "max_tokens",
        .seed_key = "seed",
        .has_stream_usage = true,
        .has_end_marker = true,
        .temperature_max = 2,
        .fields = openai_fields,
    },
    {
        .name = "vllm",
        .title = "vLLM",
        .paths = {[API_CHAT] = "/v1/chat/completions",
                  [API_COMPLETION] = "/v1/completions",
                  [API_EMBEDDINGS] = "/v1/embeddings"},
        .models_path = "/v1/models",
        .health_path = "/health",
        .tokenize_path = "/tokenize",
        .max_tokens_key = "max_tokens",
        .min_tokens_key = "min_tokens",
        .ignore_eos_key = "ignore_eos",
        .seed_key = "seed",
        .has_stream_usage = true,
        .has_end_marker = true,
        .temperature_max = ANY_TEMPERATURE,
        .fields = vllm_fields,
    },
    {
        .name = "sglang",
        .title = "SGLang",
        .paths = {[API_CHAT] = "/v1/chat/completions",
                  [API_COMPLETION] = "/v1/completions",
                  [API_FIM] = "/v1/completions",
                  [API_EMBEDDINGS] = "/v1/embeddings"},
        .models_path = "/v1/models",
        .health_path = "/health",
        .tokenize_path = "/tokenize",
        .max_tokens_key = "max_tokens",
        .min_tokens_key = "min_tokens",
        .fim_min_tokens_key = "min_tokens",
        .ignore_eos_key = "ignore_eos",
        .seed_key = "seed",
        .has_stream_usage = true,
        .has_end_marker = true,
        .temperature_max = ANY_TEMPERATURE,
        .fields = sglang_fields,
    },
    {
        .name = "llamacpp",
        .title = "llama.cpp server",
        .paths = {[API_CHAT] = "/v1/chat/completions",
                  [API_COMPLETION] = "/v1/completions",
                  [API_EMBEDDINGS] = "/v1/embeddings"},
        .models_path = "/v1/models",
        .health_path = "/health",
        .tokenize_path = "/tokenize",
        .max_tokens_key = "max_tokens",
        .ignore_eos_key = "ignore_eos",
        .seed_key = "seed",
        .has_stream_usage = true,
        .has_end_marker = true,
        .temperature_max = ANY_TEMPERATURE,
        .fields = llamacpp_fields,
    },
    {
        .name = "tgi",
        .title = "Text Generation Inference",
        .paths =
            {[API_CHAT] = "/v1/chat/completions", [API_COMPLETION] = "/v1/completions"},
        .models_path = "/v1/models",
        .health_path = "/health",
        .tokenize_path = "/tokenize",
        .default_model = "tgi",
        .max_tokens_key = "max_tokens",
        .seed_key = "seed",
        .has_stream_usage = true,
        .has_end_marker = true,
        .min_is_exclusive = true,
        .temperature_max = ANY_TEMPERATURE,
        .top_p_below_one = true,
        .fields = tgi_fields,
    },
    {
        .name = "ollama",
        .title = "Ollama",
        .paths = {[API_CHAT] = "/v1/chat/completions",
                  [API_COMPLETION] = "/v1/completions",
                  [API_FIM] = "/v1/completions",
                  [API_EMBEDDINGS] = "/v1/embeddings"},
        .models_path = "/v1/models",
        .health_path = "/api/version",
        .max_tokens_key = "max_tokens",
        .seed_key = "seed",
        .has_stream_usage = true,
        .has_end_marker = true,
        .temperature_max = ANY_TEMPERATURE,
        .fields = ollama_fields,
    },
};

const struct dialect *dialect_at(size_t i)
{
    return i < ARRAY_LEN(dialects) ? &dialects[i] : NULL;
}

const struct dialect *dialect_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(dialects); i++)
        if (strcmp(dialects[i].name, name) == 0)
            return &dialects[i];
    return NULL;
}

bool dialect_allows(const struct dialect *d, enum api api, const char *field)
{
    bool is_own = api == API_FIM && d->fim_fields != NULL;
    for (const char *const *f = is_own ? d->fim_fields : d->fields; *f != NULL; f++)
        if (strcmp(*f, field) == 0)
            return true;
    return false;
}

/* ---- URLs ---- */

static bool ends_with(const char *text, size_t length, const char *end)
{
    size_t n = strlen(end);
    return length >= n && memcmp(text + length - n, end, n) == 0;
}

/* Length of base without an endpoint path of the dialect and slashes. */
static size_t root_length(const struct dialect *d, const char *base)
{
    size_t length = strlen(base);
    while (length > 0 && base[length - 1] == '/')
        length--;
    for (size_t i = 0; i < API_COUNT; i++)
        if (d->paths[i] != NULL && ends_with(base, length, d->paths[i]))
            return length - strlen(d->paths[i]);
    return length;
}

int dialect_url(const struct dialect *d, enum api api, const char *base,
                struct buf *out, struct err *e)
{
    const char *path = d->paths[api];
    if (path == NULL)
        return err_set(e, "%s has no %s API", d->title, api_names[api]);
    if (strpbrk(base, "?#") != NULL)
        return err_set(e, "the base URL %s has a query or fragment", base);
    size_t length = root_length(d, base);
    if (length == 0)
        return err_set(e, "the base URL is empty");
    if (ends_with(base, length, "/v1") && strncmp(path, "/v1/", 4) == 0)
        length -= strlen("/v1");
    buf_append(out, base, length);
    buf_puts(out, path);
    return 0;
}
