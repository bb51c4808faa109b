/*
 * run.json of a merged run; see merge_manifest.h. A row says how a member of the
 * manifest is put together; what no row names is the first shard's, and the same in
 * all where merge_set has checked it.
 */
#include "command/merge_manifest.h"

#include "judge/member.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SHARDS_LISTED 10000

enum rule {
    RULE_SUM, /* numbers, and objects and arrays of them, member by member */
    RULE_MOST,
    RULE_LEAST,
    RULE_FARTHEST, /* from 0 */
};

static const struct {
    const char *object, *key; /* object NULL: the manifest itself */
    enum rule rule;
} rows[] = {
    {NULL, "totals", RULE_SUM},
    {NULL, "exit_code", RULE_MOST},
    {"policy", "counts", RULE_SUM},
    {"tokens", "drifted", RULE_SUM},
    {"cost", "budget", RULE_SUM},
    {"cost", "budget_per_h", RULE_SUM},
    {"cost", "preflight", RULE_SUM},
    {"cost", "requests", RULE_SUM},
    {"cost", "spent", RULE_SUM},
    {"cost", "at_most", RULE_SUM},
    {"progress", "elapsed_s", RULE_LEAST},
    {"progress", "planned_s", RULE_MOST},
    {"t0", "wall_s", RULE_LEAST},
    {"window", "end_s", RULE_LEAST},
    {"window", "duration_s", RULE_LEAST},
    {"health", "lag_us", RULE_MOST},
    {"health", "stall_us_max", RULE_MOST},
    {"health", "stamps", RULE_SUM},
    {"health", "workers", RULE_SUM},
    {"health", "core_idle_min", RULE_LEAST},
    {"health", "runq_share_max", RULE_MOST},
    {"health", "throttled_share", RULE_MOST},
    {"health", "clock_drift_s", RULE_FARTHEST},
    {"health", "in_flight_max", RULE_SUM},
    {"health", "connections_max", RULE_SUM},
    {"health", "connects", RULE_SUM},
    {"health", "samples_lost", RULE_SUM},
    {"health", "floor", RULE_MOST},
};

/* --- putting values together --------------------------------------------------------- */

static double farther(double a, double b)
{
    return fabs(b) > fabs(a) ? b : a;
}

static double together(double a, double b, enum rule rule)
{
    switch (rule) {
    case RULE_SUM:
        return a + b;
    case RULE_MOST:
        return fmax(a, b);
    case RULE_LEAST:
        return fmin(a, b);
    case RULE_FARTHEST:
        return farther(a, b);
    }
    bug("no such rule");
}

static void put_reals(json_t *into, double b, enum rule rule)
{
    double put = together(json_number_value(into), b, rule);
    if (json_is_integer(into))
        (void)json_integer_set(into, (json_int_t)llround(put));
    else
        (void)json_real_set(into, put);
}

/* Sums of whole numbers are exact. */
static void put_number(json_t *into, const json_t *value, enum rule rule)
{
    if (json_is_integer(into) && json_is_integer(value) && rule == RULE_SUM)
        (void)json_integer_set(into,
                               json_integer_value(into) + json_integer_value(value));
    else
        put_reals(into, json_number_value(value), rule);
}

/* A whole number that meets a fraction becomes one: JSON writes 2.0 as 2. */
static json_t *widened(json_t *into, const json_t *value)
{
    bool is_mixed = json_is_integer(into) && json_is_real(value);
    return is_mixed ? json_real((double)json_integer_value(into)) : NULL;
}

/* An object on the way: its members are still to be put together. */
struct pair {
    json_t *into;
    const json_t *value;
};

#define WAITING_MAX 512 /* objects and arrays that wait, all levels together */

/* Where `into` has nothing, or null, a copy of the value stands for it. Returns what is
 * to be put together within, or nothing. */
static struct pair put_member(json_t *object, const char *key, json_t *value,
                              enum rule rule)
{
    json_t *into = json_object_get(object, key);
    json_t *wide = widened(into, value);
    if (wide != NULL) {
        (void)json_object_set_new(object, key, wide);
        into = wide;
    }
    if (into == NULL || json_is_null(into)) {
        (void)json_object_set_new(object, key, json_deep_copy(value));
        return (struct pair){NULL, NULL};
    }
    if (json_is_number(into) && json_is_number(value))
        put_number(into, value, rule);
    bool is_nested = (json_is_object(into) && json_is_object(value)) ||
                     (json_is_array(into) && json_is_array(value));
    return is_nested ? (struct pair){into, value} : (struct pair){NULL, NULL};
}

static void put_items(struct pair p, enum rule rule)
{
    size_t i;
    json_t *item;
    json_array_foreach(p.value, i, item)
    {
        json_t *into = json_array_get(p.into, i);
        if (into == NULL)
            (void)json_array_append_new(p.into, json_deep_copy(item));
        else if (json_is_number(into) && json_is_number(item))
            put_number(into, item, rule);
    }
}

/* Members that are objects or arrays wait in a list, so that nothing recurses. */
static int put_together(json_t *object, const char *key, json_t *value, enum rule rule,
                        struct err *e)
{
    struct pair waiting[WAITING_MAX];
    size_t count = 0;
    waiting[count] = put_member(object, key, value, rule);
    count += waiting[count].into != NULL;
    while (count > 0) {
        struct pair p = waiting[--count];
        const char *name;
        json_t *member;
        if (json_is_array(p.into)) {
            put_items(p, rule);
            continue;
        }
        json_object_foreach((json_t *)(uintptr_t)p.value, name, member)
        {
            if (count == WAITING_MAX)
                return err_set(e, "%s: has too many parts", key);
            waiting[count] = put_member(p.into, name, member, rule);
            count += waiting[count].into != NULL;
        }
    }
    return 0;
}

static int add_manifest(json_t *into, const json_t *m, struct err *e)
{
    int rc = 0;
    for (size_t i = 0; i < ARRAY_LEN(rows) && rc == 0; i++) {
        json_t *object = rows[i].object ? json_object_get(into, rows[i].object) : into;
        const json_t *from = rows[i].object ? json_object_get(m, rows[i].object) : m;
        json_t *value = json_object_get(from, rows[i].key);
        if (json_is_object(object) && value != NULL && !json_is_null(value))
            rc = put_together(object, rows[i].key, value, rows[i].rule, e);
    }
    return rc;
}

/* Connections by server address: every shard went to the same ones, in this order. */
static int add_network(json_t *into, const json_t *m, struct err *e)
{
    const char *const counts[] = {"connects", "requests"};
    json_t *own = json_object_get(json_object_get(into, "network"), "addresses");
    const json_t *other = json_object_get(json_object_get(m, "network"), "addresses");
    for (size_t i = 0; i < json_array_size(own); i++) {
        json_t *a = json_array_get(own, i);
        const json_t *b = json_array_get(other, i);
        if (strcmp(member_text(a, "address"), member_text(b, "address")) != 0)
            continue;
        for (size_t k = 0; k < ARRAY_LEN(counts); k++) {
            json_t *value = json_object_get(b, counts[k]);
            if (json_is_number(value) &&
                put_together(a, counts[k], value, RULE_SUM, e) < 0)
                return -1;
        }
    }
    return 0;
}

/* --- what only the whole has ----------------------------------------------------------- */

static enum run_status status_of(const struct merge_set *set)
{
    enum run_status status = RUN_COMPLETE;
    for (size_t i = 0; i < set->count; i++) {
        const struct merge_shard *s = &set->shards[i];
        if (!s->is_used || s->status == RUN_COMPLETE || status == RUN_RUNNING)
            continue;
        status = s->status; /* an unsealed one outranks the others */
    }
    return status == RUN_COMPLETE && set->missing > 0 ? RUN_ABORTED : status;
}

static json_t *reason_of(const struct merge_reason *r)
{
    return json_pack("{s:s, s:s, s:b, s:s, s:n}", "code", r->code, "resource", "shards",
                     "fatal", r->is_fatal, "text", r->text, "advice");
}

/* Reasons against single shards became those of the set, which name them. */
static void set_health(json_t *m, const struct merge_set *set)
{
    json_t *health = json_object_get(m, "health");
    json_t *reasons = json_array();
    bool is_valid = true;
    if (health == NULL) {
        health = json_object();
        (void)json_object_set_new(m, "health", health);
    }
    for (size_t i = 0; i < set->reason_count; i++) {
        (void)json_array_append_new(reasons, reason_of(&set->reasons[i]));
        is_valid = is_valid && !set->reasons[i].is_fatal;
    }
    (void)json_object_set_new(health, "reasons", reasons);
    (void)json_object_set_new(health, "valid", json_boolean(is_valid));
}

static json_t *shard_of(const struct merge_shard *s)
{
    return json_pack("{s:i, s:s, s:s, s:s, s:b, s:f}", "index", (int)s->index, "name",
                     s->name, "host", s->host, "status", run_status_names[s->status],
                     "valid", s->is_valid, "elapsed_s", s->elapsed_s);
}

static void set_shards(json_t *m, const struct merge_set *set)
{
    struct buf missing;
    json_t *list = json_array();
    buf_init(&missing, 1u << 16);
    merge_set_missing(set, &missing);
    for (size_t i = 0; i < set->count && i < SHARDS_LISTED; i++)
        if (set->shards[i].is_used)
            (void)json_array_append_new(list, shard_of(&set->shards[i]));
    json_t *merged = json_pack(
        "{s:I, s:I, s:I, s:s, s:f, s:o}", "expected", (json_int_t)set->expected,
        "found", (json_int_t)set->used, "complete", (json_int_t)set->complete,
        "missing", missing.len > 0 ? missing.data : "", "start_spread_s",
        set->start_spread_s, "shards", list);
    (void)json_object_set_new(m, "merged", merged);
    (void)json_object_set_new(
        m, "shard", json_pack("{s:i, s:i, s:n}", "index", 0, "count", 1, "source"));
    buf_release(&missing);
}

static void set_status(json_t *m, const struct merge_set *set)
{
    enum run_status status = status_of(set);
    const char *text = set->reason_count > 0 ? set->reasons[0].text : "";
    json_t *stop = json_pack("{s:s, s:s}", "reason",
                             status == RUN_COMPLETE ? "duration" : "shards", "text",
                             status == RUN_COMPLETE ? "" : text);
    (void)json_object_set_new(m, "status", json_string(run_status_names[status]));
    (void)json_object_set_new(m, "stop", stop);
}

static int add_all(json_t *m, const struct merge_set *set, struct err *e)
{
    for (size_t i = 0; i < set->count; i++) {
        if (!set->shards[i].is_used || i == set->first)
            continue;
        struct runread *r = runread_open(set->shards[i].path, e);
        if (r == NULL)
            return -1;
        int rc = add_manifest(m, r->manifest, e);
        if (rc == 0)
            rc = add_network(m, r->manifest, e);
        runread_close(r);
        if (rc < 0)
            return err_in(e, "%s/run.json", set->shards[i].path);
    }
    return 0;
}

int merge_manifest(const struct merge_set *set, struct buf *out, struct err *e)
{
    struct runread *first = runread_open(set->shards[set->first].path, e);
    if (first == NULL)
        return -1;
    json_t *m = json_deep_copy(first->manifest);
    runread_close(first);
    int rc = add_all(m, set, e);
    if (rc == 0) {
        set_status(m, set);
        set_health(m, set);
        set_shards(m, set);
        char *text = json_dumps(m, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
        rc = text == NULL ? err_set(e, "run.json cannot be written") : 0;
        buf_puts(out, text != NULL ? text : "");
        buf_putc(out, '\n');
        free(text);
        if (rc == 0 && out->is_full)
            rc = err_set(e, "run.json is too large");
    }
    json_decref(m);
    return rc;
}
