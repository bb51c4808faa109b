/* What a run cost; see cost.h. */
#include "judge/cost.h"

#include "judge/member.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SECONDS_MAX (1u << 20) /* 12 days */

const char *const cost_per_names[] = {
    [COST_SCHEDULED] = "scheduled",
    [COST_SUCCESSFUL] = "successful",
    [COST_GOOD] = "good",
};

/* A class, its price, and the price of a second. */
struct priced_class {
    const char *name;
    struct price price;
};

struct reading {
    struct run_cost *cost;
    struct priced_class classes[PROFILE_CLASSES_MAX];
    size_t class_count;
    size_t second_cap;
};

static int64_t as_money(const json_t *value)
{
    double units = json_number_value(value);
    return units > 0 && units < 9e6 ? llround(units * (double)MONEY_UNIT) : 0;
}

/* --- prices ---------------------------------------------------------------------- */

static void own_price(const json_t *row, struct price *out)
{
    *out = (struct price){
        .prompt = (int64_t)member_count(row, "prompt_pico"),
        .cached = (int64_t)member_count(row, "cached_pico"),
        .output = (int64_t)member_count(row, "output_pico"),
    };
}

/* The row of an arm and class in the manifest's cost.prices, or NULL. */
static const json_t *price_row(const json_t *cost, const char *arm, const char *name)
{
    const json_t *rows = json_object_get(cost, "prices");
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        if (strcmp(member_text(row, "arm"), arm) == 0 &&
            strcmp(member_text(row, "class"), name) == 0)
            return row;
    }
    return NULL;
}

static const json_t *named(const json_t *array, const char *name)
{
    for (size_t i = 0; i < json_array_size(array); i++)
        if (strcmp(member_text(json_array_get(array, i), "name"), name) == 0)
            return json_array_get(array, i);
    return NULL;
}

/* The model that a class was asked of: its own, or the arm's. */
static const char *model_of(const struct summary *s, const json_t *class_document)
{
    const json_t *m = s->run->manifest;
    const char *own = member_text(class_document, "model");
    const json_t *target = named(json_object_get(m, "targets"), s->arm);
    return own[0] != '\0'
               ? own
               : member_text(target ? target : json_object_get(m, "target"), "model");
}

static void add_model(struct run_cost *c, const char *id)
{
    struct buf b;
    if (c->models != NULL && strstr(c->models, id) != NULL)
        return;
    buf_init(&b, 65536);
    buf_printf(&b, "%s%s%s", c->models ? c->models : "", c->models ? ", " : "", id);
    free(c->models);
    c->models = buf_steal(&b);
    buf_release(&b);
}

static int other_price(struct reading *r, const struct cost_pricing *p,
                       struct priced_class *out, struct err *e)
{
    const struct summary *s = r->cost->summary;
    const json_t *document =
        json_object_get(json_object_get(s->run->manifest, "profile"), "document");
    const json_t *row = named(json_object_get(document, "classes"), out->name);
    const char *api = member_text(row, "api");
    bool generates = strcmp(api, "embeddings") != 0 && strcmp(api, "moderation") != 0;
    const struct price_model *model = NULL;
    if (price_list_find(p->list, p->model ? p->model : model_of(s, row), &p->terms,
                        generates, &out->price, &model, e) < 0)
        return err_in(e, "%s: class %s", s->path, out->name);
    add_model(r->cost, model->id);
    return 0;
}

static int no_price(const struct summary *s, struct err *e)
{
    return err_set(e,
                   "%s: the run has no prices (model %s): give --prices FILE, or "
                   "--prices mistral with --model NAME",
                   s->path, s->model);
}

static int price_classes(struct reading *r, const struct cost_pricing *p,
                         bool needs_price, struct err *e)
{
    struct run_cost *c = r->cost;
    const struct summary *s = c->summary;
    const json_t *cost = json_object_get(s->run->manifest, "cost");
    c->is_priced = p->list != NULL || json_is_object(cost);
    if (!c->is_priced && needs_price)
        return no_price(s, e);
    for (size_t i = 0; i < s->class_count && i < PROFILE_CLASSES_MAX; i++) {
        struct priced_class *out = &r->classes[r->class_count++];
        *out = (struct priced_class){.name = s->classes[i].name};
        const json_t *row = price_row(cost, s->arm, out->name);
        if (p->list != NULL && other_price(r, p, out, e) < 0)
            return -1;
        if (p->list == NULL && row != NULL) {
            own_price(row, &out->price);
            add_model(c, member_text(row, "model"));
        }
        if (p->list == NULL && row == NULL && c->is_priced)
            return err_set(e, "%s/run.json: cost.prices has no class %s", s->path,
                           out->name);
    }
    c->currency = xstrdup(p->list ? p->list->currency : member_text(cost, "currency"));
    c->list = xstrdup(p->list ? p->list->name : member_text(cost, "list"));
    c->date = xstrdup(p->list ? p->list->date : member_text(cost, "date"));
    c->source = xstrdup(p->list ? p->list->source : member_text(cost, "source"));
    if (p->list == NULL && s->arm_count < 2)
        c->preflight = as_money(json_object_get(cost, "preflight"));
    return 0;
}

static const struct price *price_named(const struct reading *r, const char *name)
{
    for (size_t i = 0; i < r->class_count; i++)
        if (strcmp(r->classes[i].name, name) == 0)
            return &r->classes[i].price;
    return NULL;
}

/* --- the whole run ----------------------------------------------------------------- */

static void add_part(struct run_cost *c, enum bill_part part, const struct price *price,
                     const uint64_t tokens[BILL_COLUMNS])
{
    c->parts[part] = money_add(c->parts[part], price_of_sums(price, tokens));
    if (part == BILL_DOUBT)
        return;
    const int64_t prices[BILL_COLUMNS] = {price->prompt, price->cached, price->output,
                                          price->output};
    for (int i = 0; i < BILL_COLUMNS; i++)
        c->columns[i] = money_add(c->columns[i], money_times(prices[i], tokens[i]));
}

/* Of a run that an older program wrote only what succeeded is known. */
static void add_successes(struct run_cost *c, const struct price *price,
                          const json_t *totals)
{
    uint64_t prompt = member_count(totals, "prompt_tokens");
    uint64_t cached = member_count(totals, "cached_tokens");
    const uint64_t tokens[BILL_COLUMNS] = {prompt > cached ? prompt - cached : 0,
                                           cached,
                                           member_count(totals, "output_tokens"), 0};
    add_part(c, BILL_SERVED, price, tokens);
}

static void add_class(struct reading *r, const char *name, const json_t *totals)
{
    struct run_cost *c = r->cost;
    const struct price *price = price_named(r, name);
    const json_t *billed = json_object_get(totals, "billed");
    if (price == NULL)
        return;
    if (!json_is_object(billed)) {
        c->has_bills = false;
        add_successes(c, price, totals);
        return;
    }
    for (int part = 0; part < BILL_PARTS; part++) {
        const json_t *row = json_object_get(billed, bill_part_names[part]);
        uint64_t tokens[BILL_COLUMNS];
        for (size_t i = 0; i < BILL_COLUMNS; i++)
            tokens[i] = member_as_count(json_array_get(row, i));
        add_part(c, (enum bill_part)part, price, tokens);
    }
}

static void read_whole(struct reading *r)
{
    struct run_cost *c = r->cost;
    json_t *totals = json_object_get(c->summary->run->manifest, "totals");
    const char *name;
    json_t *object;
    c->has_bills = true;
    json_object_foreach(json_object_get(totals, c->summary->arm), name, object)
        add_class(r, name, object);
    for (int part = 0; part < BILL_DOUBT; part++)
        c->requests = money_add(c->requests, c->parts[part]);
    c->total = money_add(c->requests, c->preflight);
    c->at_most = money_add(c->total, c->parts[BILL_DOUBT]);
}

/* --- the seconds ------------------------------------------------------------------- */

static struct cost_second *second_at(struct reading *r, size_t at)
{
    struct run_cost *c = r->cost;
    while (at >= r->second_cap) {
        size_t cap = r->second_cap ? r->second_cap * 2 : 256;
        c->seconds = xrealloc_array(c->seconds, cap, sizeof *c->seconds);
        r->second_cap = cap;
    }
    for (; c->second_count <= at; c->second_count++)
        c->seconds[c->second_count] = (struct cost_second){0};
    return &c->seconds[at];
}

static double sum_of(json_t *counts)
{
    double sum = 0;
    const char *name;
    json_t *value;
    json_object_foreach(counts, name, value) sum += (double)member_as_count(value);
    return sum;
}

static double count_at(const json_t *line, const char *key)
{
    return (double)member_count(line, key);
}

static void take_slice(struct reading *r, const json_t *line, const struct price *price)
{
    struct run_cost *c = r->cost;
    bool is_billed = json_object_get(line, "billed_prompt") != NULL;
    double cached = count_at(line, is_billed ? "billed_cached" : "cached_tokens");
    double prompt = count_at(line, is_billed ? "billed_prompt" : "prompt_tokens") -
                    (is_billed ? 0 : cached);
    double output = count_at(line, is_billed ? "billed_output" : "output_tokens");
    double t =
        json_number_value(json_object_get(line, "t")) - c->summary->window_start_s;
    if (!(t >= 0) || t >= SECONDS_MAX)
        return;
    struct cost_second *s = second_at(r, (size_t)t);
    double cost = (prompt * (double)price->prompt + cached * (double)price->cached +
                   output * (double)price->output) /
                  (double)MONEY_UNIT;
    double ok = count_at(line, "ok");
    s->cost += cost;
    s->ok += ok;
    s->good += count_at(line, "good");
    s->scheduled += ok + count_at(line, "censored") +
                    sum_of(json_object_get(line, "failed")) +
                    sum_of(json_object_get(line, "not_sent"));
    c->window_cost += cost;
    c->window_prompt += prompt + cached;
    c->window_output += output;
}

static bool visit(void *context, const json_t *line)
{
    struct reading *r = context;
    bool is_slice = strcmp(member_text(line, "kind"), "slice") == 0;
    if (!is_slice || !json_is_true(json_object_get(line, "measured")) ||
        strcmp(member_text(line, "arm"), r->cost->summary->arm) != 0)
        return true;
    const struct price *price = price_named(r, member_text(line, "class"));
    if (price != NULL)
        take_slice(r, line, price);
    return true;
}

/* --- life -------------------------------------------------------------------------- */

struct run_cost *run_cost_read(const char *path, const char *arm,
                               const struct cost_pricing *p, bool needs_price,
                               struct err *e)
{
    struct run_cost *c = xcalloc(1, sizeof *c);
    struct reading r = {.cost = c};
    c->summary = summary_read(path, arm, e);
    if (c->summary == NULL || price_classes(&r, p, needs_price, e) < 0)
        goto fail;
    read_whole(&r);
    if (runread_lines(c->summary->run, "intervals.jsonl", visit, &r, e) < 0)
        goto fail;
    return c;
fail:
    run_cost_free(c);
    return NULL;
}

void run_cost_free(struct run_cost *c)
{
    if (c == NULL)
        return;
    summary_free(c->summary);
    free(c->currency);
    free(c->list);
    free(c->date);
    free(c->source);
    free(c->models);
    free(c->seconds);
    free(c);
}

struct ratio_slice *run_cost_slices(const struct run_cost *c, enum cost_per per)
{
    struct ratio_slice *out = xcalloc(c->second_count + 1, sizeof *out);
    for (size_t i = 0; i < c->second_count; i++) {
        const struct cost_second *s = &c->seconds[i];
        const double counts[COST_PERS] = {[COST_SCHEDULED] = s->scheduled,
                                          [COST_SUCCESSFUL] = s->ok,
                                          [COST_GOOD] = s->good};
        out[i] = (struct ratio_slice){.y = s->cost, .x = counts[per]};
    }
    return out;
}
