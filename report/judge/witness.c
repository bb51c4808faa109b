/*
 * What one run says about one arm; see witness.h. What an outcome means to the
 * judge is a table: an endpoint answers for its own failures, not for a quota, for
 * our machine, or for the end of the run.
 */
#include "judge/witness.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FIRST 1024
#define SETS(a) (1u << FAILURES_##a)

/* Outcomes that are not plain failures; zero is one. */
enum fate {
    FATE_FAILED,
    FATE_OK,
    FATE_QUOTA,
    FATE_OWN,
    FATE_UNSENT,
};

static const enum fate fates[OUTCOME_COUNT] = {
    [OUTCOME_OK] = FATE_OK,
    [OUTCOME_RATE_LIMITED] = FATE_QUOTA,
    [OUTCOME_QUOTA_SPENT] = FATE_QUOTA,
    [OUTCOME_NEVER_ALLOWED] = FATE_QUOTA,
    [OUTCOME_CLIENT_RESOURCE] = FATE_OWN,
    [OUTCOME_BUDGET] = FATE_UNSENT,
    [OUTCOME_CANCELLED] = FATE_UNSENT,
};

/* Sets of failures beside "all". Firm are not those that a burst or a slow reader can
 * bring about: timeouts, refusals of a full server, a closed client. */
static const unsigned failure_sets[OUTCOME_COUNT] = {
    [OUTCOME_CONNECT_REFUSED] = SETS(FIRM),
    [OUTCOME_CONNECT_TIMEOUT] = SETS(TIMEOUT),
    [OUTCOME_RESET] = SETS(FIRM),
    [OUTCOME_TRUNCATED] = SETS(FIRM),
    [OUTCOME_TTFT_TIMEOUT] = SETS(TIMEOUT),
    [OUTCOME_STALL_TIMEOUT] = SETS(TIMEOUT),
    [OUTCOME_TOTAL_TIMEOUT] = SETS(TIMEOUT),
    [OUTCOME_CONTEXT] = SETS(FIRM),
    [OUTCOME_HTTP_400] = SETS(FIRM),
    [OUTCOME_AUTH_401] = SETS(FIRM),
    [OUTCOME_PAYMENT_402] = SETS(FIRM),
    [OUTCOME_FORBIDDEN_403] = SETS(FIRM),
    [OUTCOME_NOT_FOUND_404] = SETS(FIRM),
    [OUTCOME_METHOD_405] = SETS(FIRM),
    [OUTCOME_TIMEOUT_408] = SETS(TIMEOUT),
    [OUTCOME_CONFLICT_409] = SETS(FIRM),
    [OUTCOME_TOO_LARGE_413] = SETS(FIRM),
    [OUTCOME_VALIDATION_422] = SETS(FIRM),
    [OUTCOME_DEPENDENCY_424] = SETS(FIRM),
    [OUTCOME_CAPACITY] = SETS(SERVER),
    [OUTCOME_SERVER_500] = SETS(SERVER) | SETS(FIRM),
    [OUTCOME_BAD_GATEWAY_502] = SETS(SERVER) | SETS(FIRM),
    [OUTCOME_UNAVAILABLE_503] = SETS(SERVER) | SETS(FIRM),
    [OUTCOME_GATEWAY_TIMEOUT_504] = SETS(SERVER),
    [OUTCOME_OVERLOADED_529] = SETS(SERVER),
    [OUTCOME_CDN_52X] = SETS(SERVER) | SETS(FIRM),
    [OUTCOME_INBAND] = SETS(FIRM),
    [OUTCOME_MALFORMED_SSE] = SETS(FIRM),
    [OUTCOME_MALFORMED_JSON] = SETS(FIRM),
    [OUTCOME_EMPTY] = SETS(FIRM),
    [OUTCOME_CONTENT_FILTER] = SETS(FIRM),
    [OUTCOME_FINISH_ERROR] = SETS(FIRM),
    [OUTCOME_MODEL_MISMATCH] = SETS(FIRM),
};

struct witness *witness_new(const char *path, const char *arm)
{
    struct witness *w = xcalloc(1, sizeof *w);
    w->path = xstrdup(path);
    w->arm = xstrdup(arm);
    return w;
}

static void facts_free(struct witness_facts *f)
{
    char *texts[] = {f->tool,   f->profile_name, f->profile_digest,
                     f->seed,   f->url,          f->schedule_digest,
                     f->model,  f->dialect,      f->load_kind,
                     f->split,  f->stop_text,    f->generator_reason,
                     f->kernel, f->run_id,       f->client_policy};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        free(texts[i]);
    free(f->slos);
}

void witness_free(struct witness *w)
{
    if (w == NULL)
        return;
    for (size_t m = 0; m < METRIC_COUNT; m++)
        free(w->values[m].items);
    for (size_t i = 0; i < w->class_count; i++)
        free(w->classes[i].name);
    facts_free(&w->facts);
    free(w->classes);
    free(w->losses);
    free(w->rows);
    free(w->path);
    free(w->arm);
    free(w);
}

static size_t grown(size_t cap)
{
    return cap == 0 ? FIRST : 2 * cap;
}

struct ledger_row *witness_row(struct witness *w, size_t second)
{
    assert(second < WITNESS_SECONDS_MAX);
    if (second >= w->row_cap) {
        size_t cap = grown(w->row_cap);
        w->row_cap = cap > second ? cap : second + 1;
        w->rows = xrealloc_array(w->rows, w->row_cap, sizeof w->rows[0]);
    }
    while (w->row_count <= second)
        w->rows[w->row_count++] = (struct ledger_row){0};
    return &w->rows[second];
}

size_t witness_class(struct witness *w, const char *name, size_t length)
{
    for (size_t i = 0; i < w->class_count; i++)
        if (strlen(w->classes[i].name) == length &&
            memcmp(w->classes[i].name, name, length) == 0)
            return i;
    if (w->class_count == WITNESS_CLASSES_MAX)
        return WITNESS_CLASSES_MAX;
    w->classes = xrealloc_array(w->classes, w->class_count + 1, sizeof w->classes[0]);
    w->classes[w->class_count] = (struct witness_class){.name = xstrndup(name, length)};
    return w->class_count++;
}

static void append(struct observations *o, struct observation item)
{
    if (o->count == o->cap) {
        o->cap = grown(o->cap);
        o->items = xrealloc_array(o->items, o->cap, sizeof o->items[0]);
    }
    o->items[o->count++] = item;
}

void witness_observe(struct witness *w, enum metric metric, size_t class_index,
                     size_t second, unsigned stratum, const struct hist_bin *bins,
                     size_t n)
{
    struct observation item = {.second = (uint32_t)second, .stratum = (uint8_t)stratum};
    assert(second < WITNESS_SECONDS_MAX && stratum < STRATUM_COUNT);
    for (size_t i = 0; i < n; i++) {
        item.slot = (uint16_t)bins[i].slot;
        w->classes[class_index].values[metric] += bins[i].count;
        for (uint64_t left = bins[i].count; left > 0; left -= item.count) {
            item.count = left < UINT8_MAX ? (uint8_t)left : UINT8_MAX;
            append(&w->values[metric], item);
        }
    }
}

static void lose(struct witness *w, size_t class_index, size_t second, unsigned stratum,
                 uint32_t count)
{
    if (w->loss_count == w->loss_cap) {
        w->loss_cap = grown(w->loss_cap);
        w->losses = xrealloc_array(w->losses, w->loss_cap, sizeof w->losses[0]);
    }
    w->losses[w->loss_count++] = (struct loss){
        .second = (uint32_t)second,
        .count = count,
        .stratum = (uint8_t)stratum,
        .class_index = (uint8_t)class_index,
    };
}

static void count_failure(struct ledger_row *row, enum outcome outcome, uint32_t count)
{
    row->requests += count;
    row->failed[FAILURES_ALL] += count;
    for (unsigned set = 1; set < FAILURES_SETS; set++)
        if ((failure_sets[outcome] >> set & 1) != 0)
            row->failed[set] += count;
}

void witness_count(struct witness *w, enum outcome outcome, size_t class_index,
                   size_t second, unsigned stratum, uint32_t count)
{
    struct ledger_row *row = witness_row(w, second);
    if (count == 0)
        return;
    w->outcomes[outcome] += count;
    switch (fates[outcome]) {
    case FATE_OK:
        row->requests += count;
        row->ok += count;
        w->classes[class_index].ok += count;
        break;
    case FATE_FAILED:
        count_failure(row, outcome, count);
        lose(w, class_index, second, stratum, count);
        break;
    case FATE_QUOTA:
        row->quota += count;
        break;
    case FATE_OWN:
        row->own += count;
        break;
    case FATE_UNSENT:
        row->unsent += count;
        break;
    }
}

/* A class whose successes never have the metric (no stream) does not have it when
 * it fails either; of a class without any success that is unknown. */
bool witness_loses(const struct witness *w, size_t class_index, enum metric metric)
{
    const struct witness_class *c = &w->classes[class_index];
    return c->values[metric] > 0 || c->ok == 0;
}

void testimony_add(struct testimony *t, struct witness *take)
{
    t->runs = xrealloc_array(t->runs, t->count + 1, sizeof t->runs[0]);
    t->runs[t->count++] = take;
}

size_t testimony_seconds(const struct testimony *t)
{
    size_t n = 0;
    for (size_t i = 0; i < t->count; i++)
        n += t->runs[i]->row_count;
    return n;
}

static bool is_same_run(const struct witness *a, const struct witness *b)
{
    const char *id = a->facts.run_id;
    bool is_same = (id[0] != '\0' && strcmp(id, b->facts.run_id) == 0) ||
                   strcmp(a->path, b->path) == 0;
    return is_same && strcmp(a->arm, b->arm) == 0;
}

static const struct witness *nth(const struct testimony *a, const struct testimony *b,
                                 size_t i)
{
    return i < a->count ? a->runs[i] : b->runs[i - a->count];
}

int testimony_distinct(const struct testimony *a, const struct testimony *b,
                       struct err *e)
{
    for (size_t i = 0; i < a->count + b->count; i++)
        for (size_t k = 0; k < i; k++) {
            const struct witness *x = nth(a, b, k), *y = nth(a, b, i);
            if (is_same_run(x, y))
                return err_set(e,
                               "%s and %s are one run%s%s: it counts once, or it would "
                               "look surer than it is",
                               x->path, y->path, x->facts.run_id[0] ? ", run_id " : "",
                               x->facts.run_id);
        }
    return 0;
}

void testimony_release(struct testimony *t)
{
    for (size_t i = 0; i < t->count; i++)
        witness_free(t->runs[i]);
    free(t->runs);
    *t = (struct testimony){0};
}
