/*
 * capacity.json and the lines of capacity.jsonl; see capacity.h and
 * capacity.schema.json. Members that are one number have one row, which writes and
 * reads them; null is NAN.
 */
#include "judge/capacity.h"

#include "base/jout.h"
#include "base/json.h"
#include "base/units.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define FILE_BYTES_MAX ((size_t)64 << 20)
#define COUNT_MAX (UINT64_C(1) << 53)

/* --- members that are one number ---------------------------------------------------- */

struct number_row {
    const char *key;
    size_t offset;
};

#define POINT(member) offsetof(struct capacity_point, member)
static const struct number_row point_numbers[] = {
    {"load", POINT(load)},
    {"seconds", POINT(seconds)},
    {"rate", POINT(rate)},
    {"goodput", POINT(goodput)},
    {"success", POINT(success)},
    {"output_tokens_per_s", POINT(output_tokens_per_s)},
    {"prompt_tokens_mean", POINT(prompt_tokens_mean)},
    {"output_tokens_mean", POINT(output_tokens_mean)},
    {"in_flight_mean", POINT(in_flight_mean)},
    {"littles_residual", POINT(littles_residual)},
    {"server_running", POINT(server_running)},
    {"server_waiting", POINT(server_waiting)},
    {"generator_headroom", POINT(generator_headroom)},
    {"spent", POINT(spent)},
    {"took_s", POINT(took_s)},
};

static const struct number_row point_latencies[] = {
    {"ttft_s", POINT(ttft_s)},
    {"e2e_s", POINT(e2e_s)},
    {"tpot_s", POINT(tpot_s)},
};

#define LATENCY(member) offsetof(struct capacity_latency, member)
static const struct number_row percentiles[] = {
    {"p50", LATENCY(p50)},
    {"p95", LATENCY(p95)},
    {"p99", LATENCY(p99)},
};

#define WHOLE(member) offsetof(struct capacity, member)
static const struct number_row whole_numbers[] = {
    {"feasible_max", WHOLE(feasible_max)}, {"infeasible_min", WHOLE(infeasible_min)},
    {"confidence", WHOLE(confidence)},     {"knee", WHOLE(knee)},
    {"replicas", WHOLE(replicas)},         {"headroom", WHOLE(headroom)},
    {"elapsed_s", WHOLE(elapsed_s)},       {"spent", WHOLE(spent)},
};

#define USL(member) offsetof(struct capacity_usl, member)
static const struct number_row usl_numbers[] = {
    {"lambda", USL(lambda)},
    {"sigma", USL(sigma)},
    {"kappa", USL(kappa)},
    {"peak", USL(peak)},
};

static void write_numbers(struct jout *j, const void *object,
                          const struct number_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const void *at = (const char *)object + rows[i].offset;
        const double *x = at;
        jout_num(j, rows[i].key, *x);
    }
}

static int read_numbers(const struct jnode *n, void *object,
                        const struct number_row *rows, size_t count, struct err *e)
{
    for (size_t i = 0; i < count; i++) {
        void *at = (char *)object + rows[i].offset;
        double *out = at;
        struct jnode member = jnode_get(n, rows[i].key);
        *out = (double)NAN;
        if (!json_is_null(member.value) &&
            jnode_number(n, rows[i].key, -1e18, 1e18, out, e) < 0)
            return -1;
    }
    return 0;
}

static int read_text(const struct jnode *n, const char *key, char *out, size_t size,
                     struct err *e)
{
    const char *text = NULL;
    if (jnode_string(n, key, &text, e) < 0)
        return -1;
    if (strlen(text) >= size) {
        struct jnode member = jnode_get(n, key);
        return jnode_fail(&member, e, "is longer than %zu bytes", size - 1);
    }
    (void)snprintf(out, size, "%s", text);
    return 0;
}

/* A choice as a number; names[count]. */
static int read_choice(const struct jnode *n, const char *key, const char *const *names,
                       size_t count, unsigned *out, struct err *e)
{
    size_t index = 0;
    if (jnode_choice(n, key, names, count, &index, e) < 0)
        return -1;
    *out = (unsigned)index;
    return 0;
}

/* --- a point ------------------------------------------------------------------------- */

static void write_counts(struct jout *j, const struct capacity_point *p, size_t count)
{
    jout_array(j, "slos");
    for (size_t i = 0; i < count; i++) {
        jout_object(j, NULL);
        jout_u64(j, "within", p->slos[i].within);
        jout_u64(j, "n", p->slos[i].n);
        jout_num(j, "effective", p->slos[i].effective);
        jout_end_object(j);
    }
    jout_end_array(j);
}

static void write_point(struct jout *j, const struct capacity_point *p,
                        size_t slo_count)
{
    char seed[32];
    (void)snprintf(seed, sizeof seed, "%" PRIu64, p->seed);
    jout_object(j, NULL);
    jout_str(j, "phase", capacity_phases[p->phase]);
    jout_str(j, "state", capacity_states[p->state]);
    jout_str(j, "reason", p->reason);
    jout_str(j, "trial", p->trial);
    jout_str(j, "seed", seed);
    jout_u64(j, "requests", p->requests);
    jout_u64(j, "good", p->good);
    write_numbers(j, p, point_numbers, ARRAY_LEN(point_numbers));
    for (size_t i = 0; i < ARRAY_LEN(point_latencies); i++) {
        jout_object(j, point_latencies[i].key);
        write_numbers(j, (const char *)p + point_latencies[i].offset, percentiles,
                      ARRAY_LEN(percentiles));
        jout_end_object(j);
    }
    write_counts(j, p, slo_count);
    jout_end_object(j);
}

void capacity_point_write(const struct capacity_point *p, size_t slo_count,
                          struct buf *out)
{
    struct jout j;
    jout_init(&j, out, false);
    write_point(&j, p, slo_count);
}

static int read_counts(const struct jnode *n, struct capacity_point *out, struct err *e)
{
    struct jnode rows = jnode_get(n, "slos");
    if (jnode_array(&rows, 0, PROFILE_SLOS_MAX, e) < 0)
        return -1;
    for (size_t i = 0; i < json_array_size(rows.value); i++) {
        struct jnode row = jnode_at(&rows, i);
        struct capacity_count *c = &out->slos[i];
        if (jnode_u64(&row, "n", 0, COUNT_MAX, &c->n, e) < 0 ||
            jnode_u64(&row, "within", 0, c->n, &c->within, e) < 0 ||
            jnode_number(&row, "effective", 0, (double)c->n, &c->effective, e) < 0)
            return -1;
    }
    return 0;
}

static int read_latencies(const struct jnode *n, struct capacity_point *out,
                          struct err *e)
{
    for (size_t i = 0; i < ARRAY_LEN(point_latencies); i++) {
        struct jnode l = jnode_get(n, point_latencies[i].key);
        if (read_numbers(&l, (char *)out + point_latencies[i].offset, percentiles,
                         ARRAY_LEN(percentiles), e) < 0)
            return -1;
    }
    return 0;
}

static int read_seed(const struct jnode *n, uint64_t *out, struct err *e)
{
    const char *text = NULL;
    struct err why = {0};
    if (jnode_string(n, "seed", &text, e) < 0)
        return -1;
    if (units_u64(text, out, &why) < 0) {
        struct jnode member = jnode_get(n, "seed");
        return jnode_fail(&member, e, "%s", why.text);
    }
    return 0;
}

static int read_point(const struct jnode *n, struct capacity_point *out, struct err *e)
{
    unsigned phase = 0, state = 0;
    *out = (struct capacity_point){0};
    if (read_choice(n, "phase", capacity_phases, CAPACITY_PHASES, &phase, e) < 0 ||
        read_choice(n, "state", capacity_states, CAPACITY_STATES, &state, e) < 0 ||
        read_text(n, "reason", out->reason, sizeof out->reason, e) < 0 ||
        read_text(n, "trial", out->trial, sizeof out->trial, e) < 0 ||
        read_seed(n, &out->seed, e) < 0 ||
        jnode_u64(n, "requests", 0, COUNT_MAX, &out->requests, e) < 0 ||
        jnode_u64(n, "good", 0, out->requests, &out->good, e) < 0 ||
        read_numbers(n, out, point_numbers, ARRAY_LEN(point_numbers), e) < 0 ||
        read_latencies(n, out, e) < 0 || read_counts(n, out, e) < 0)
        return -1;
    out->phase = (enum capacity_phase)phase;
    out->state = (enum capacity_state)state;
    return 0;
}

int capacity_point_read(const char *text, size_t length, struct capacity_point *out,
                        struct err *e)
{
    json_t *document = json_parse(text, length, e);
    if (document == NULL)
        return -1;
    struct jnode root = jnode_root(document);
    int rc = read_point(&root, out, e);
    json_decref(document);
    return rc;
}

/* --- the whole ------------------------------------------------------------------------ */

static void write_overload(struct jout *j, double recovery_s)
{
    if (isnan(recovery_s)) {
        jout_null(j, "overload");
        return;
    }
    jout_object(j, "overload");
    jout_bool(j, "recovered", isfinite(recovery_s));
    jout_num(j, "recovery_s", recovery_s);
    jout_end_object(j);
}

static void write_slos(struct jout *j, const struct capacity *c)
{
    jout_array(j, "slos");
    for (size_t i = 0; i < c->slo_count; i++) {
        jout_object(j, NULL);
        jout_str(j, "text", c->slos[i]);
        jout_bool(j, "binding", c->is_binding[i]);
        jout_end_object(j);
    }
    jout_end_array(j);
}

void capacity_write(const struct capacity *c, struct buf *out)
{
    struct jout j;
    jout_init(&j, out, true);
    jout_object(&j, NULL);
    jout_u64(&j, "schema", CAPACITY_SCHEMA);
    jout_str(&j, "tool", "gust capacity");
    jout_str(&j, "version", gust_version);
    jout_str(&j, "started", c->started);
    jout_str(&j, "profile", c->profile);
    jout_str(&j, "target", c->target);
    jout_str(&j, "model", c->model);
    jout_str(&j, "axis", capacity_axes[c->axis]);
    write_slos(&j, c);
    jout_str(&j, "verdict", capacity_verdicts[c->verdict]);
    jout_str(&j, "end", c->end);
    write_numbers(&j, c, whole_numbers, ARRAY_LEN(whole_numbers));
    jout_u64(&j, "trials", c->point_count);
    jout_object(&j, "usl");
    write_numbers(&j, &c->usl, usl_numbers, ARRAY_LEN(usl_numbers));
    jout_end_object(&j);
    write_overload(&j, c->recovery_s);
    jout_array(&j, "points");
    for (size_t i = 0; i < c->point_count; i++)
        write_point(&j, &c->points[i], c->slo_count);
    jout_end_array(&j);
    jout_end_object(&j);
    buf_putc(out, '\n');
}

static int read_word(const struct jnode *n, const char *key, char **out, struct err *e)
{
    const char *text = NULL;
    if (jnode_string(n, key, &text, e) < 0)
        return -1;
    *out = xstrdup(text);
    return 0;
}

static int read_slos(const struct jnode *n, struct capacity *out, struct err *e)
{
    struct jnode rows = jnode_get(n, "slos");
    if (jnode_array(&rows, 1, PROFILE_SLOS_MAX, e) < 0)
        return -1;
    for (size_t i = 0; i < json_array_size(rows.value); i++) {
        struct jnode row = jnode_at(&rows, i);
        if (read_word(&row, "text", &out->slos[i], e) < 0)
            return -1;
        out->slo_count++;
        if (jnode_bool(&row, "binding", &out->is_binding[i], e) < 0)
            return -1;
    }
    return 0;
}

static int read_overload(const struct jnode *n, struct capacity *out, struct err *e)
{
    struct jnode o = jnode_get(n, "overload");
    bool has_recovered = false;
    out->recovery_s = (double)NAN;
    if (json_is_null(o.value))
        return 0;
    if (jnode_bool(&o, "recovered", &has_recovered, e) < 0)
        return -1;
    out->recovery_s = (double)INFINITY;
    return has_recovered ? jnode_number(&o, "recovery_s", 0, 1e9, &out->recovery_s, e)
                         : 0;
}

static int read_points(const struct jnode *n, struct capacity *out, struct err *e)
{
    struct jnode rows = jnode_get(n, "points");
    if (jnode_array(&rows, 0, CAPACITY_POINTS_MAX, e) < 0)
        return -1;
    for (size_t i = 0; i < json_array_size(rows.value); i++) {
        struct jnode row = jnode_at(&rows, i);
        struct capacity_point p;
        if (read_point(&row, &p, e) < 0)
            return -1;
        if (!capacity_add(out, &p))
            bug("the array was checked");
    }
    return 0;
}

static int read_whole(const struct jnode *n, struct capacity *out, struct err *e)
{
    unsigned axis = 0, verdict = 0;
    uint64_t schema = 0;
    struct jnode usl = jnode_get(n, "usl");
    if (jnode_u64(n, "schema", CAPACITY_SCHEMA, CAPACITY_SCHEMA, &schema, e) < 0 ||
        read_word(n, "started", &out->started, e) < 0 ||
        read_word(n, "profile", &out->profile, e) < 0 ||
        read_word(n, "target", &out->target, e) < 0 ||
        read_word(n, "model", &out->model, e) < 0 ||
        read_choice(n, "axis", capacity_axes, CAPACITY_AXES, &axis, e) < 0 ||
        read_choice(n, "verdict", capacity_verdicts, CAPACITY_VERDICTS, &verdict, e) <
            0 ||
        read_text(n, "end", out->end, sizeof out->end, e) < 0 ||
        read_slos(n, out, e) < 0 ||
        read_numbers(n, out, whole_numbers, ARRAY_LEN(whole_numbers), e) < 0 ||
        read_numbers(&usl, &out->usl, usl_numbers, ARRAY_LEN(usl_numbers), e) < 0 ||
        read_overload(n, out, e) < 0 || read_points(n, out, e) < 0)
        return -1;
    out->axis = (enum capacity_axis)axis;
    out->verdict = (enum capacity_verdict)verdict;
    if (!isnan(out->usl.lambda) && isnan(out->usl.peak))
        out->usl.peak = (double)INFINITY;
    return 0;
}

/* Takes the document; NULL: e says why there is none. */
static int read_document(json_t *document, struct capacity *out, struct err *e)
{
    capacity_init(out);
    if (document == NULL)
        return -1;
    struct jnode root = jnode_root(document);
    int rc = read_whole(&root, out, e);
    json_decref(document);
    if (rc < 0)
        capacity_release(out);
    return rc;
}

int capacity_parse(const char *text, size_t length, struct capacity *out, struct err *e)
{
    return read_document(json_parse(text, length, e), out, e);
}

int capacity_read(const char *path, struct capacity *out, struct err *e)
{
    json_t *document = json_load(path, FILE_BYTES_MAX, e);
    if (document == NULL)
        return -1;
    return read_document(document, out, e) < 0 ? err_in(e, "%s", path) : 0;
}
