/*
 * Request classes from JSON: what one kind of request looks like.
 *
 * The API decides which members a class may have (a table below), so that a
 * suffix on a chat or a conversation of embeddings is an error and not ignored.
 */
#include "workload/profile_class.h"

#include "workload/lengths.h"
#include "workload/picture.h"
#include "workload/variant.h"

#include <stdlib.h>
#include <string.h>

/* Of the APIs that answer each input and generate nothing. */
#define INPUT_KEYS                                                                     \
    {                                                                                  \
        "name", "weight", "prompt", "batch", "model"                                   \
    }

static const struct variant class_kinds[] = {
    [API_CHAT] = {"chat",
                  {"name", "weight", "stream", "lengths", "prompt", "output",
                   "force_length", "sampling", "model", "prefix", "conversation",
                   "image"}},
    [API_COMPLETION] = {"completion",
                        {"name", "weight", "stream", "lengths", "prompt", "output",
                         "force_length", "sampling", "model", "prefix"}},
    [API_FIM] = {"fim",
                 {"name", "weight", "stream", "lengths", "prompt", "output",
                  "force_length", "sampling", "model", "prefix", "suffix"}},
    [API_EMBEDDINGS] = {"embeddings", INPUT_KEYS},
    [API_MODERATION] = {"moderation", INPUT_KEYS},
    [API_CHAT_MODERATION] = {"chat_moderation", INPUT_KEYS},
    [API_CLASSIFICATION] = {"classification", INPUT_KEYS},
    [API_CHAT_CLASSIFICATION] = {"chat_classification", INPUT_KEYS},
    [API_OCR] = {"ocr", {"name", "weight", "model", "page"}},
    {.name = NULL},
};
_Static_assert(ARRAY_LEN(class_kinds) == API_COUNT + 1, "one row per API");

/* An optional distribution within min..max. */
static int read_dist(const struct jnode *n, const char *key, double min, double max,
                     struct dist *out, bool *is_set, struct err *e)
{
    struct jnode member = jnode_get(n, key);
    *is_set = jnode_exists(&member);
    if (!*is_set)
        return 0;
    if (dist_parse(&member, out, e) < 0)
        return -1;
    if (dist_min(out) < min || dist_max(out) > max)
        return jnode_fail(&member, e,
                          "draws of %.12g..%.12g are out of range %.12g..%.12g",
                          dist_min(out), dist_max(out), min, max);
    return 0;
}

/* The same, but it must be there. */
static int need_dist(const struct jnode *n, const char *key, double min, double max,
                     struct dist *out, struct err *e)
{
    bool is_set = false;
    if (read_dist(n, key, min, max, out, &is_set, e) < 0)
        return -1;
    struct jnode member = jnode_get(n, key);
    if (!is_set)
        return jnode_fail(&member, e,
                          "is missing; it must be a number or a distribution");
    return 0;
}

static int read_grid(const struct jnode *n, const struct jnode *lengths,
                     struct request_class *c, struct err *e)
{
    static const char *const keys[] = {"grid", NULL};
    static const char *const others[] = {"prompt", "output"};
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        struct jnode other = jnode_get(n, others[i]);
        if (jnode_exists(&other))
            return jnode_fail(&other, e, "must not stand beside lengths");
    }
    if (jnode_object(lengths, keys, e) < 0)
        return -1;
    struct jnode grid = jnode_get(lengths, "grid");
    c->has_grid = true;
    return grid_parse(&grid, &c->grid, e);
}

static int read_lengths(const struct jnode *n, struct request_class *c, struct err *e)
{
    struct jnode lengths = jnode_get(n, "lengths");
    if (c->api == API_OCR)
        return 0;
    if (jnode_exists(&lengths))
        return read_grid(n, &lengths, c, e);
    if (need_dist(n, "prompt", 0.0, PROFILE_TOKENS_MAX, &c->prompt, e) < 0)
        return -1;
    if (!api_generates(c->api))
        return 0;
    return need_dist(n, "output", 0.0, PROFILE_TOKENS_MAX, &c->output, e);
}

static int read_batch(const struct jnode *n, struct request_class *c, struct err *e)
{
    if (read_dist(n, "batch", 1.0, PROFILE_BATCH_MAX, &c->batch, &c->has_batch, e) < 0)
        return -1;
    struct jnode batch = jnode_get(n, "batch");
    if (c->has_batch && dist_max(&c->batch) * dist_max(&c->prompt) > PROFILE_TOKENS_MAX)
        return jnode_fail(&batch, e, "%.0f inputs of %.0f tokens are above %d tokens",
                          dist_max(&c->batch), dist_max(&c->prompt),
                          PROFILE_TOKENS_MAX);
    return 0;
}

/* An optional number within min..max. */
static int read_number(const struct jnode *n, const char *key, double min, double max,
                       double *out, bool *is_set, struct err *e)
{
    struct jnode member = jnode_get(n, key);
    *is_set = jnode_exists(&member);
    return *is_set ? jnode_number(n, key, min, max, out, e) : 0;
}

static int read_bool(const struct jnode *n, const char *key, bool *out, struct err *e)
{
    struct jnode member = jnode_get(n, key);
    return jnode_exists(&member) ? jnode_bool(n, key, out, e) : 0;
}

static int read_count(const struct jnode *n, const char *key, uint64_t min,
                      uint64_t max, uint32_t *out, struct err *e)
{
    uint64_t value = *out;
    struct jnode member = jnode_get(n, key);
    if (jnode_exists(&member) && jnode_u64(n, key, min, max, &value, e) < 0)
        return -1;
    *out = (uint32_t)value;
    return 0;
}

static int read_sampling(const struct jnode *parent, struct request_class *c,
                         struct err *e)
{
    static const char *const none[] = {NULL};
    struct jnode n = jnode_get(parent, "sampling");
    c->choices = 1;
    if (!jnode_exists(&n))
        return 0;
    if (!json_is_object(n.value))
        return jnode_object(&n, none, e);
    if (read_number(&n, "temperature", 0.0, 5.0, &c->temperature, &c->has_temperature,
                    e) < 0 ||
        read_number(&n, "top_p", 1e-6, 1.0, &c->top_p, &c->has_top_p, e) < 0 ||
        read_count(&n, "n", 1, 128, &c->choices, e) < 0 ||
        read_bool(&n, "seed", &c->has_seed, e) < 0)
        return -1;
    return members_read(&n, &c->extra, e);
}

static int read_prefix(const struct jnode *parent, struct prefix_plan *p, struct err *e)
{
    static const char *const keys[] = {"groups", "tokens", "share", "skew", NULL};
    bool is_set = false;
    struct jnode n = jnode_get(parent, "prefix");
    if (!jnode_exists(&n))
        return 0;
    if (jnode_object(&n, keys, e) < 0)
        return -1;
    p->groups = 1;
    p->share = 1.0;
    p->skew = 1.0;
    if (read_count(&n, "groups", 1, 1000000000, &p->groups, e) < 0 ||
        need_dist(&n, "tokens", 0.0, PROFILE_TOKENS_MAX, &p->tokens, e) < 0 ||
        read_number(&n, "share", 0.0, 1.0, &p->share, &is_set, e) < 0)
        return -1;
    return read_number(&n, "skew", 0.0, 20.0, &p->skew, &is_set, e);
}

static int read_side(const struct jnode *n, const char *key, uint32_t *out,
                     struct err *e)
{
    uint64_t value = 0;
    if (jnode_u64(n, key, PICTURE_SIDE_MIN, PICTURE_SIDE_MAX, &value, e) < 0)
        return -1;
    *out = (uint32_t)value;
    return 0;
}

static int read_size(const struct jnode *n, struct image_plan *p, struct err *e)
{
    if (read_side(n, "width", &p->width, e) < 0 ||
        read_side(n, "height", &p->height, e) < 0)
        return -1;
    if ((uint64_t)p->width * p->height > PROFILE_PIXELS_MAX)
        return jnode_fail(n, e, "%u x %u pixels are more than %d", p->width, p->height,
                          PROFILE_PIXELS_MAX);
    return 0;
}

/* "image" of a chat: {width, height, count}; "page" of OCR: {width, height, pages},
 * one picture where pages is left out. */
static int read_image(const struct jnode *parent, struct request_class *c,
                      struct err *e)
{
    static const char *const image_keys[] = {"width", "height", "count", NULL};
    static const char *const page_keys[] = {"width", "height", "pages", NULL};
    bool is_ocr = c->api == API_OCR, has_count = false;
    struct image_plan *p = &c->image;
    struct jnode n = jnode_get(parent, is_ocr ? "page" : "image");
    if (!jnode_exists(&n) && !is_ocr)
        return 0;
    if (jnode_object(&n, is_ocr ? page_keys : image_keys, e) < 0 ||
        read_size(&n, p, e) < 0 ||
        read_dist(&n, is_ocr ? "pages" : "count", 1.0,
                  is_ocr ? PROFILE_PAGES_MAX : PROFILE_IMAGES_MAX, &p->count,
                  &has_count, e) < 0)
        return -1;
    p->is_set = true;
    p->is_document = is_ocr && has_count;
    return 0; /* without a count, a draw of the zeroed distribution is raised to 1 */
}

#define CLASS_NAME_BYTES_MAX 32
#define THINK_S_MAX 86400.0

static int read_conversation(const struct jnode *parent, struct conversation_plan *c,
                             struct err *e)
{
    static const char *const keys[] = {"turns", "think_s", NULL};
    struct jnode n = jnode_get(parent, "conversation");
    c->is_set = jnode_exists(&n);
    if (!c->is_set)
        return 0;
    if (jnode_object(&n, keys, e) < 0 ||
        need_dist(&n, "turns", 0.0, PROFILE_TURNS_MAX, &c->turns, e) < 0)
        return -1;
    return need_dist(&n, "think_s", 0.0, THINK_S_MAX, &c->think_s, e);
}

/* A string of 1 .. max bytes without control bytes: it goes into tags and files. */
static int read_text(const struct jnode *n, const char *key, size_t max, char **out,
                     struct err *e)
{
    const char *text = NULL;
    struct jnode member = jnode_get(n, key);
    if (jnode_string(n, key, &text, e) < 0)
        return -1;
    size_t length = strlen(text);
    if (length < 1 || length > max)
        return jnode_fail(&member, e, "has %zu bytes; allowed are 1 to %zu", length,
                          max);
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] < 0x20)
            return jnode_fail(&member, e, "holds a control character");
    *out = xstrdup(text);
    return 0;
}

int profile_name_parse(const struct jnode *n, size_t max, char **out, struct err *e)
{
    struct jnode member = jnode_get(n, "name");
    if (read_text(n, "name", max, out, e) < 0)
        return -1;
    size_t good = strspn(*out, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "0123456789-_");
    if ((*out)[good] != '\0')
        return jnode_fail(&member, e, "\"%s\": only letters, digits, - and _", *out);
    return 0;
}

int profile_class_parse(const struct jnode *n, struct request_class *out, struct err *e)
{
    size_t api = 0;
    bool is_set = false;
    *out = (struct request_class){.weight = 1.0};
    if (variant_parse(n, "api", class_kinds, NULL, &api, e) < 0)
        return -1;
    out->api = (enum api)api;
    out->is_stream = out->force_length = api_generates(out->api);
    struct jnode model = jnode_get(n, "model");
    if (profile_name_parse(n, CLASS_NAME_BYTES_MAX, &out->name, e) < 0 ||
        read_number(n, "weight", 0.0, 1e9, &out->weight, &is_set, e) < 0 ||
        read_bool(n, "stream", &out->is_stream, e) < 0 ||
        read_bool(n, "force_length", &out->force_length, e) < 0 ||
        read_lengths(n, out, e) < 0 || read_batch(n, out, e) < 0 ||
        read_dist(n, "suffix", 0.0, PROFILE_TOKENS_MAX, &out->suffix, &out->has_suffix,
                  e) < 0 ||
        read_sampling(n, out, e) < 0 || read_prefix(n, &out->prefix, e) < 0 ||
        read_conversation(n, &out->conversation, e) < 0 || read_image(n, out, e) < 0)
        return -1;
    if (!jnode_exists(&model))
        return 0;
    return read_text(n, "model", PROFILE_MODEL_BYTES_MAX, &out->model, e);
}

void profile_class_release(struct request_class *c)
{
    members_release(&c->extra);
    free(c->name);
    free(c->model);
    grid_release(&c->grid);
    picture_free(c->image.picture);
    struct dist *const dists[] = {&c->prompt,
                                  &c->output,
                                  &c->suffix,
                                  &c->batch,
                                  &c->image.count,
                                  &c->prefix.tokens,
                                  &c->conversation.turns,
                                  &c->conversation.think_s};
    for (size_t i = 0; i < ARRAY_LEN(dists); i++)
        dist_release(dists[i]);
    *c = (struct request_class){0};
}
