/*
 * The manifest's part of a witness; see witness_manifest.h. One row per fact. Only
 * "schema" and "status" are essential (runread checks them); what else is missing is
 * empty or not a number.
 */
#include "judge/witness_manifest.h"

#include "judge/member.h"

#include <math.h>
#include <stdlib.h>

static const struct {
    const char *object, *key; /* object NULL: the manifest itself */
    size_t offset;
} text_rows[] = {
    {NULL, "tool", offsetof(struct witness_facts, tool)},
    {"profile", "name", offsetof(struct witness_facts, profile_name)},
    {"profile", "digest", offsetof(struct witness_facts, profile_digest)},
    {NULL, "schedule_digest", offsetof(struct witness_facts, schedule_digest)},
    {NULL, "seed", offsetof(struct witness_facts, seed)},
    {"load", "kind", offsetof(struct witness_facts, load_kind)},
    {"load", "split", offsetof(struct witness_facts, split)},
    {"stop", "text", offsetof(struct witness_facts, stop_text)},
    {"host", "kernel", offsetof(struct witness_facts, kernel)},
    {NULL, "run_id", offsetof(struct witness_facts, run_id)},
    {"policy", "name", offsetof(struct witness_facts, client_policy)},
};

static const struct {
    const char *object, *key;
    size_t offset;
} number_rows[] = {
    {"load", "rate_per_s", offsetof(struct witness_facts, rate_per_s)},
    {"load", "users", offsetof(struct witness_facts, users)},
    {"host", "cores", offsetof(struct witness_facts, cores)},
    {"timers", "connect_s", offsetof(struct witness_facts, connect_s)},
    {"timers", "ttft_s", offsetof(struct witness_facts, ttft_s)},
    {"timers", "stall_s", offsetof(struct witness_facts, stall_s)},
    {"timers", "total_s", offsetof(struct witness_facts, total_s)},
    {"looks", "planned_s", offsetof(struct witness_facts, look_planned_s)},
    {"looks", "decided_s", offsetof(struct witness_facts, look_decided_s)},
    {"looks", "ends", offsetof(struct witness_facts, ends)},
    {"t0", "wall_s", offsetof(struct witness_facts, started_wall_s)},
    {"progress", "planned_s", offsetof(struct witness_facts, planned_s)},
    {"progress", "elapsed_s", offsetof(struct witness_facts, elapsed_s)},
    {"window", "start_s", offsetof(struct witness_facts, window_start_s)},
    {"window", "end_s", offsetof(struct witness_facts, window_end_s)},
    {"health", "core_idle_min", offsetof(struct witness_facts, core_idle_min)},
    {"health", "clock_drift_s", offsetof(struct witness_facts, clock_drift_s)},
};

static void set_text(char **field, const char *text)
{
    free(*field);
    *field = xstrdup(text);
}

/* The target of that arm: targets[i] of several, or target. */
static const json_t *target_of(const json_t *m, size_t arm)
{
    const json_t *target = json_array_get(json_object_get(m, "targets"), arm);
    return target != NULL ? target : json_object_get(m, "target");
}

static void read_health(struct witness_facts *f, const json_t *health)
{
    const json_t *reasons = json_object_get(health, "reasons");
    f->lag_us_p99 =
        member_number(json_object_get(health, "lag_us"), "p99", (double)NAN);
    f->is_generator_valid = !json_is_false(json_object_get(health, "valid"));
    set_text(&f->generator_reason, "");
    for (size_t i = json_array_size(reasons); i > 0; i--)
        if (!json_is_false(json_object_get(json_array_get(reasons, i - 1), "fatal")))
            set_text(&f->generator_reason,
                     member_text(json_array_get(reasons, i - 1), "code"));
}

/* Of the arm's totals, all classes; NAN: no class tells. */
static double total_of(json_t *classes, const char *key)
{
    const char *name;
    json_t *totals;
    double sum = (double)NAN;
    json_object_foreach(classes, name, totals)
    {
        const json_t *value = json_object_get(totals, key);
        if (json_is_number(value))
            sum = (isnan(sum) ? 0 : sum) + json_number_value(value);
    }
    return sum;
}

static void read_totals(struct witness_facts *f, json_t *classes)
{
    f->counted_tokens = total_of(classes, "counted_tokens");
    f->scheduled = total_of(classes, "scheduled");
    f->sent = total_of(classes, "sent");
    f->attempts = total_of(classes, "attempts");
}

static int read_slos(struct witness_facts *f, const json_t *slos, struct err *e)
{
    size_t n = json_array_size(slos);
    f->slos = xrealloc_array(f->slos, n + 1, sizeof f->slos[0]);
    for (f->slo_count = 0; f->slo_count < n; f->slo_count++) {
        const char *text = json_string_value(json_array_get(slos, f->slo_count));
        if (slo_parse(text == NULL ? "" : text, &f->slos[f->slo_count], e) < 0)
            return err_in(e, "slos[%zu]", f->slo_count);
    }
    return 0;
}

int witness_manifest(struct witness *w, const struct runread *r, size_t arm,
                     struct err *e)
{
    const json_t *m = r->manifest, *target = target_of(m, arm);
    struct witness_facts *f = &w->facts;
    w->torn_lines = r->torn_lines;
    f->status = r->status;
    for (size_t i = 0; i < ARRAY_LEN(text_rows); i++) {
        const char *in = text_rows[i].object;
        char *field = (char *)f + text_rows[i].offset;
        set_text(
            (char **)(void *)field,
            member_text(in == NULL ? m : json_object_get(m, in), text_rows[i].key));
    }
    for (size_t i = 0; i < ARRAY_LEN(number_rows); i++) {
        char *field = (char *)f + number_rows[i].offset;
        *(double *)(void *)field = member_number(
            json_object_get(m, number_rows[i].object), number_rows[i].key, (double)NAN);
    }
    set_text(&f->url, member_text(target, "url"));
    set_text(&f->model, member_text(target, "model"));
    set_text(&f->dialect, member_text(target, "dialect"));
    read_totals(f, json_object_get(json_object_get(m, "totals"), w->arm));
    read_health(f, json_object_get(m, "health"));
    return read_slos(f, json_object_get(m, "slos"), e);
}

void witness_window(struct witness *w, const json_t *phases)
{
    double end = w->facts.window_end_s;
    bool is_sealed = w->facts.status != RUN_RUNNING && end > 0;
    for (size_t i = 0; i < json_array_size(phases); i++) {
        const json_t *phase = json_array_get(phases, i);
        double start = member_number(phase, "start_s", (double)NAN),
               length = member_number(phase, "duration_s", (double)NAN);
        double stop = isfinite(length) ? start + length : (double)w->row_count;
        if (is_sealed)
            stop = fmin(stop, end);
        else
            stop = fmin(stop, (double)w->row_count);
        if (!json_is_true(json_object_get(phase, "measured")) || !(start >= 0) ||
            !(stop < WITNESS_SECONDS_MAX))
            continue;
        w->is_dense = true;
        for (double t = ceil(start); t + 1 <= stop; t++)
            witness_row(w, (size_t)t)->is_measured = true;
    }
}
