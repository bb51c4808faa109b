/* Price lists; see price.h. */
#include "measure/price.h"

#include "base/json.h"
#include "base/rng.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PER_MILLION_MAX 10000.0 /* the dearest price of a million tokens */
#define FACTOR_MAX 100.0
#define MILLION INT64_C(1000000)
#define ALIASES_MAX 64
#define DAY_NS (86400 * NS_PER_S)

__extension__ typedef unsigned __int128 wide;

const char *const price_tier_names[] = {"standard", "batch", "priority", NULL};

const char *const bill_column_names[] = {
    [BILL_PROMPT] = "prompt",
    [BILL_CACHED] = "cached",
    [BILL_OUTPUT] = "output",
    [BILL_REASONING] = "reasoning",
};

const char *const bill_part_names[] = {
    [BILL_SERVED] = "served",     [BILL_EXTRA] = "extra", [BILL_FAILED] = "failed",
    [BILL_CENSORED] = "censored", [BILL_DOUBT] = "doubt",
};

/* --- reading --------------------------------------------------------------------- */

/* A text that may be missing; owned. */
static int take_text(const struct jnode *o, const char *key, char **out, struct err *e)
{
    struct jnode n = jnode_get(o, key);
    const char *text = "";
    if (jnode_exists(&n) && jnode_string(o, key, &text, e) < 0)
        return -1;
    *out = xstrdup(text);
    return 0;
}

/* A number that is whole in millionths; *out stays where it is missing. */
static int take_millionths(const struct jnode *o, const char *key, double max,
                           int64_t *out, struct err *e)
{
    struct jnode n = jnode_get(o, key);
    double value = 0;
    if (!jnode_exists(&n))
        return 0;
    if (jnode_number(o, key, 0, max, &value, e) < 0)
        return -1;
    double scaled = value * (double)MILLION;
    if (fabs(scaled - nearbyint(scaled)) > 1e-6 * (1 + scaled * 1e-6))
        return jnode_fail(&n, e, "%g has more than 6 decimals", value);
    *out = llround(scaled);
    return 0;
}

bool price_date_day(const char *text, int64_t *out)
{
    static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    int y = 0, m = 0, d = 0, end = 0;
    if (strlen(text) != 10 || sscanf(text, "%4d-%2d-%2d%n", &y, &m, &d, &end) != 3 ||
        end != 10 || y < 1970 || m < 1 || m > 12 || d < 1 || d > 31)
        return false;
    bool is_leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    int64_t past = y - 1;
    int64_t days = past * 365 + past / 4 - past / 100 + past / 400 - 719162;
    *out = days + before[m - 1] + (m > 2 && is_leap) + d - 1;
    return true;
}

static int take_aliases(const struct jnode *model, char ***out, struct err *e)
{
    struct jnode n = jnode_get(model, "aliases");
    *out = xcalloc(ALIASES_MAX + 1, sizeof **out);
    if (!jnode_exists(&n))
        return 0;
    if (jnode_array(&n, 0, ALIASES_MAX, e) < 0)
        return -1;
    for (size_t i = 0; i < json_array_size(n.value); i++) {
        struct jnode item = jnode_at(&n, i);
        if (!json_is_string(item.value))
            return jnode_fail(&item, e, "is no string");
        (*out)[i] = xstrdup(json_string_value(item.value));
    }
    return 0;
}

/* Prices that are not by token, joined. */
static int take_other(const struct jnode *model, char **out, struct err *e)
{
    struct jnode n = jnode_get(model, "also");
    struct buf text;
    int rc = jnode_exists(&n) ? jnode_array(&n, 0, ALIASES_MAX, e) : 0;
    buf_init(&text, 4096);
    for (size_t i = 0; rc == 0 && i < json_array_size(n.value); i++) {
        struct jnode item = jnode_at(&n, i);
        if (!json_is_string(item.value))
            rc = jnode_fail(&item, e, "is no string");
        else
            buf_printf(&text, "%s%s", i > 0 ? ", " : "", json_string_value(item.value));
    }
    *out = buf_steal(&text);
    buf_release(&text);
    return rc;
}

static int take_model(const struct jnode *n, struct price_model *m, struct err *e)
{
    static const char *const keys[] = {"id",         "title",  "aliases", "status",
                                       "input",      "cached", "output",  "also",
                                       "retirement", NULL};
    m->price = (struct price){-1, -1, -1};
    if (jnode_object(n, keys, e) < 0 || take_text(n, "id", &m->id, e) < 0 ||
        take_text(n, "title", &m->title, e) < 0 ||
        take_text(n, "status", &m->status, e) < 0 ||
        take_text(n, "retirement", &m->retirement, e) < 0 ||
        take_aliases(n, &m->aliases, e) < 0 || take_other(n, &m->other, e) < 0 ||
        take_millionths(n, "input", PER_MILLION_MAX, &m->price.prompt, e) < 0 ||
        take_millionths(n, "cached", PER_MILLION_MAX, &m->price.cached, e) < 0 ||
        take_millionths(n, "output", PER_MILLION_MAX, &m->price.output, e) < 0)
        return -1;
    if (m->id[0] == '\0')
        return jnode_fail(n, e, "id is missing; it must be a string");
    if (m->price.prompt < 0 && (m->price.output >= 0 || m->other[0] == '\0'))
        return jnode_fail(n, e,
                          "input is missing; it is the price of a million tokens");
    return 0;
}

static bool goes_by(const struct price_model *m, const char *name)
{
    if (strcmp(m->id, name) == 0)
        return true;
    for (char **alias = m->aliases; *alias != NULL; alias++)
        if (strcmp(*alias, name) == 0)
            return true;
    return false;
}

static const struct price_model *find(const struct price_list *l, const char *name)
{
    for (size_t i = 0; i < l->model_count; i++)
        if (goes_by(&l->models[i], name))
            return &l->models[i];
    return NULL;
}

/* A name that leads to two prices leads to none. */
static int check_names(const struct price_list *l, const struct price_model *m,
                       const struct jnode *n, struct err *e)
{
    const struct price_model *other = find(l, m->id);
    if (other != NULL)
        return jnode_fail(n, e, "\"%s\" is a name of %s already", m->id, other->id);
    for (char **alias = m->aliases; *alias != NULL; alias++) {
        other = find(l, *alias);
        if (other != NULL)
            return jnode_fail(n, e, "\"%s\" is a name of %s already", *alias,
                              other->id);
    }
    return 0;
}

static int take_models(const struct jnode *root, struct price_list *l, struct err *e)
{
    struct jnode models = jnode_get(root, "models");
    if (jnode_array(&models, 1, PRICE_MODELS_MAX, e) < 0)
        return -1;
    size_t n = json_array_size(models.value);
    l->models = xcalloc(n, sizeof *l->models);
    for (size_t i = 0; i < n; i++) {
        struct jnode item = jnode_at(&models, i);
        struct price_model m = {0};
        int rc = take_model(&item, &m, e);
        if (rc == 0)
            rc = check_names(l, &m, &item, e);
        l->models[i] = m; /* freed with the list, whole or not */
        if (rc < 0) {
            l->model_count = i + 1;
            return -1;
        }
        l->model_count = i + 1;
    }
    return 0;
}

static int take_modifiers(const struct jnode *root, struct price_list *l, struct err *e)
{
    static const char *const keys[] = {"cached", "batch", "priority", "regional", NULL};
    struct jnode n = jnode_get(root, "modifiers");
    l->cached = MILLION;
    if (!jnode_exists(&n))
        return 0;
    if (jnode_object(&n, keys, e) < 0 ||
        take_millionths(&n, "cached", 1.0, &l->cached, e) < 0 ||
        take_millionths(&n, "batch", FACTOR_MAX, &l->batch, e) < 0 ||
        take_millionths(&n, "priority", FACTOR_MAX, &l->priority, e) < 0)
        return -1;
    return take_millionths(&n, "regional", FACTOR_MAX, &l->regional, e);
}

static int take_list(const struct jnode *root, struct price_list *l, struct err *e)
{
    static const char *const keys[] = {"name",    "title",     "source",
                                       "licence", "date",      "currency",
                                       "models",  "modifiers", NULL};
    struct jnode date = jnode_get(root, "date"), currency = jnode_get(root, "currency");
    if (jnode_object(root, keys, e) < 0 || take_text(root, "name", &l->name, e) < 0 ||
        take_text(root, "title", &l->title, e) < 0 ||
        take_text(root, "source", &l->source, e) < 0 ||
        take_text(root, "licence", &l->licence, e) < 0 ||
        take_text(root, "date", &l->date, e) < 0 ||
        take_text(root, "currency", &l->currency, e) < 0)
        return -1;
    if (!price_date_day(l->date, &l->day))
        return jnode_fail(&date, e, "\"%s\" is no date such as 2026-08-21", l->date);
    size_t length = strlen(l->currency);
    if (length != 3 || strspn(l->currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 3)
        return jnode_fail(&currency, e, "\"%s\" is no currency such as USD",
                          l->currency);
    return take_modifiers(root, l, e) < 0 ? -1 : take_models(root, l, e);
}

static uint64_t digest_of(const char *text, size_t length)
{
    uint64_t digest = length;
    for (size_t i = 0; i < length; i++)
        digest = rng_hash(digest, RNG_TEXT, (unsigned char)text[i]);
    return digest;
}

struct price_list *price_list_parse(const char *text, size_t length, struct err *e)
{
    json_t *document = json_parse(text, length, e);
    if (document == NULL)
        return NULL;
    struct price_list *l = xcalloc(1, sizeof *l);
    struct jnode root = jnode_root(document);
    int rc = take_list(&root, l, e);
    json_decref(document);
    if (rc < 0) {
        price_list_free(l);
        return NULL;
    }
    l->digest = digest_of(text, length);
    return l;
}

struct price_list *price_list_load(const char *path, struct err *e)
{
    json_t *document = json_load(path, PRICE_LIST_BYTES_MAX, e);
    if (document == NULL)
        return NULL;
    char *text = json_dumps(document, JSON_COMPACT);
    struct price_list *l = price_list_parse(text, strlen(text), e);
    if (l == NULL)
        (void)err_in(e, "%s", path);
    free(text);
    json_decref(document);
    return l;
}

void price_list_free(struct price_list *l)
{
    if (l == NULL)
        return;
    for (size_t i = 0; i < l->model_count; i++) {
        struct price_model *m = &l->models[i];
        for (char **alias = m->aliases; alias != NULL && *alias != NULL; alias++)
            free(*alias);
        free(m->aliases);
        free(m->id);
        free(m->title);
        free(m->status);
        free(m->retirement);
        free(m->other);
    }
    free(l->models);
    free(l->name);
    free(l->title);
    free(l->source);
    free(l->licence);
    free(l->date);
    free(l->currency);
    free(l);
}

/* --- pricing --------------------------------------------------------------------- */

static int unknown_model(const struct price_list *l, const char *model, struct err *e)
{
    size_t n = 0, cap = l->model_count * (ALIASES_MAX + 1) + 1;
    const char **names = xcalloc(cap, sizeof *names);
    for (size_t i = 0; i < l->model_count; i++) {
        names[n++] = l->models[i].id;
        for (char **alias = l->models[i].aliases; *alias != NULL; alias++)
            names[n++] = *alias;
    }
    const char *near = json_nearest(model, names);
    (void)err_set(e,
                  "no price of model \"%s\" in the list %s of %s%s%s%s; give a list "
                  "that has it with --prices FILE",
                  model, l->name, l->date, near ? "; did you mean " : "",
                  near ? near : "", near ? "?" : "");
    free(names);
    return -1;
}

/* price * factors / 10^6 each, rounded up once. */
static int64_t modified(int64_t price, const int64_t *factors, size_t n)
{
    wide value = (wide)(uint64_t)price, unit = 1;
    for (size_t i = 0; i < n; i++) {
        value *= (wide)(uint64_t)factors[i];
        unit *= (wide)(uint64_t)MILLION;
    }
    return (int64_t)((value + unit - 1) / unit);
}

/* The factor of the terms, in millionths; 0 with err: the list has no such price. */
static int64_t term_factor(const struct price_list *l, int64_t factor, const char *what,
                           struct err *e)
{
    if (factor == 0)
        (void)err_set(e, "the list %s has no %s price", l->name, what);
    return factor;
}

static int find_factors(const struct price_list *l, const struct price_terms *terms,
                        int64_t factors[2], struct err *e)
{
    factors[0] = factors[1] = MILLION;
    if (terms->tier == PRICE_BATCH)
        factors[0] = term_factor(l, l->batch, "batch", e);
    if (terms->tier == PRICE_PRIORITY)
        factors[0] = term_factor(l, l->priority, "priority", e);
    if (terms->is_regional)
        factors[1] = term_factor(l, l->regional, "regional", e);
    return factors[0] == 0 || factors[1] == 0 ? -1 : 0;
}

int price_list_find(const struct price_list *l, const char *model,
                    const struct price_terms *terms, bool needs_output,
                    struct price *out, const struct price_model **row, struct err *e)
{
    const struct price_model *m = find(l, model);
    int64_t factors[3];
    if (m == NULL)
        return unknown_model(l, model, e);
    if (m->price.prompt < 0)
        return err_set(e, "model %s is not priced by token (%s)", m->id, m->other);
    if (needs_output && m->price.output < 0)
        return err_set(e, "model %s has no price of output: it generates nothing",
                       m->id);
    if (find_factors(l, terms, factors, e) < 0)
        return -1;
    factors[2] = l->cached;
    out->prompt = modified(m->price.prompt, factors, 2);
    out->output = m->price.output < 0 ? 0 : modified(m->price.output, factors, 2);
    out->cached = m->price.cached >= 0 ? modified(m->price.cached, factors, 2)
                                       : modified(m->price.prompt, factors, 3);
    if (row != NULL)
        *row = m;
    return 0;
}

bool price_list_has(const struct price_list *l, const char *model)
{
    return find(l, model) != NULL;
}

int64_t price_list_age_days(const struct price_list *l, int64_t wall_ns)
{
    return wall_ns / DAY_NS - l->day;
}

int64_t price_of_sums(const struct price *p, const uint64_t tokens[BILL_COLUMNS])
{
    int64_t prompt = money_times(p->prompt, tokens[BILL_PROMPT]);
    int64_t cached = money_times(p->cached, tokens[BILL_CACHED]);
    int64_t output = money_times(p->output, tokens[BILL_OUTPUT]);
    return money_add(money_add(prompt, cached), output);
}

int64_t price_of(const struct price *p, const struct bill *b)
{
    uint64_t tokens[BILL_COLUMNS];
    for (int c = 0; c < BILL_COLUMNS; c++)
        tokens[c] = b->tokens[c];
    return price_of_sums(p, tokens);
}
