/*
 * The dialects: how each server family wants to be spoken to. One row each.
 *
 * A row is an allow-list: a body holds only fields that its server takes
 * (Mistral's API answers 422 to any other).
 */
#ifndef GUST_DIALECT_H
#define GUST_DIALECT_H

#include "base/buf.h"
#include "base/err.h"

enum api {
    API_CHAT,
    API_COMPLETION,
    API_FIM,
    API_EMBEDDINGS,
    API_MODERATION,
    API_CHAT_MODERATION, /* each input is a conversation */
    API_CLASSIFICATION,
    API_CHAT_CLASSIFICATION,
    API_OCR, /* a picture or a document of pages */
    API_COUNT
};

/* False where a reply has no generated tokens, and no stream. */
static inline bool api_generates(enum api api)
{
    return api == API_CHAT || api == API_COMPLETION || api == API_FIM;
}

extern const char *const api_names[API_COUNT + 1]; /* NULL-terminated */

struct dialect {
    const char *name;
    const char *title;            /* "Mistral API" */
    const char *paths[API_COUNT]; /* appended to the base URL; NULL: not offered */
    const char *models_path;
    const char *health_path;   /* NULL: none */
    const char *tokenize_path; /* NULL: none */
    const char *default_model; /* NULL: must be given or asked for */
    const char *max_tokens_key;
    const char *min_tokens_key;     /* NULL: length cannot be forced from below */
    const char *fim_min_tokens_key; /* the same on API_FIM */
    const char *ignore_eos_key;     /* NULL: no such field */
    const char *seed_key;           /* "seed", "random_seed" or NULL */
    bool has_stream_usage;          /* stream_options.include_usage must be asked for */
    bool has_end_marker;            /* streams end with data: [DONE] */
    bool needs_key;                 /* refuses requests without a bearer token */
    double temperature_min;         /* a lower value is left out of the body */
    bool min_is_exclusive;
    double temperature_max;
    bool top_p_below_one; /* 1.0 must be left out */
    /* Optional fields of bodies that may be sent, NULL-terminated; where FIM has its
     * own, fim_fields. */
    const char *const *fields;
    const char *const *fim_fields;
};

/* "mistral", "openai", "vllm", "sglang", "llamacpp", "tgi", "ollama". NULL: none. */
const struct dialect *dialect_find(const char *name);
/* The i-th row, NULL past the end. */
const struct dialect *dialect_at(size_t i);

/* One message or input; text is JSON-safe already (filler words need no escape,
 * other text is escaped by whoever made it). */
struct message {
    const char *role; /* "user"; ignored where the API has no roles */
    const char *text;
    size_t length;
};

/* A picture or document of a body, written as a data: URL. */
struct attachment {
    const char *mime; /* "image/png", "application/pdf" */
    const char *bytes;
    size_t length;
};

/* One body to write; all pointers are borrowed for the call. */
struct request_spec {
    enum api api;
    const char *model;
    bool is_stream;
    const struct message
        *messages;        /* chat turns; inputs of a batch; FIM: prompt, suffix */
    size_t message_count; /* OCR: none */
    /* Of the last message of a chat; the one document of OCR. */
    const struct attachment *attachments;
    size_t attachment_count;
    /* Inside of an array of messages as JSON text, of chats, instead of messages;
     * NULL: none. */
    const char *messages_json;
    size_t messages_json_length;
    uint32_t max_tokens; /* 0: field left out */
    bool force_length;   /* use min_tokens and ignore_eos where there are such */
    uint32_t choices;    /* n; 0 and 1 are left out */
    bool has_temperature, has_top_p, has_seed;
    double temperature, top_p;
    uint64_t seed;
    /* Further members: names, NULL-terminated, and as many JSON texts; NULL: none.
     * Of a name that the dialect would write itself, this value is the one. */
    const char *const *extra_keys, *const *extra_values;
};

/* Appends the body: always the same bytes for the same spec. Only fields of the
 * dialect's allow-list are written, extra excepted (it was checked or asked for
 * knowingly); temperature and top_p out of the server's range are left out.
 * APIs that generate nothing have a model, their inputs and extra only. FIM needs
 * one or two messages: prompt and suffix. */
void dialect_body(const struct dialect *d, const struct request_spec *spec,
                  struct buf *out);

/* Is an optional sampling field of this name (presence_penalty, stop, ...) in
 * the dialect's allow-list for this API? */
bool dialect_allows(const struct dialect *d, enum api api, const char *field);

/* base URL + path of the API into out; handles a base that already ends in /v1
 * or in a full endpoint path of the dialect, and slashes at its end. Fails when
 * the dialect lacks the API, and on a base that is empty or has a query. */
MUST_CHECK int dialect_url(const struct dialect *d, enum api api, const char *base,
                           struct buf *out, struct err *e);

/* What a probe of the server found; strings borrowed, NULL when absent. */
struct dialect_probe {
    const char *host;          /* of the target URL */
    const char *models_body;   /* GET /v1/models */
    const char *server_header; /* Server: */
    int models_http;
    int version_http; /* GET /version (vLLM) */
    const char *version_body;
    int api_version_http; /* GET /api/version (Ollama) */
    int info_http;        /* GET /info (TGI) */
    const char *info_body;
    int props_http;          /* GET /props (llama.cpp) */
    int server_info_http;    /* GET /get_server_info (SGLang) */
    bool has_correlation_id; /* mistral-correlation-id header */
};

/* Decides for --dialect auto, and says why in words: "vllm: /v1/models says
 * owned_by vllm". Falls back to openai. Never NULL. */
const struct dialect *dialect_detect(const struct dialect_probe *p, const char **why);

#endif
