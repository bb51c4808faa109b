/*
 * A/A runs into kappa and tau, and their file; see calibration.h.
 *
 * kappa = sqrt(mean z^2), z the comparison's own z-score under "alike": if its
 * standard error were right, z^2 would be 1 on average. tau^2 is what log quantiles
 * vary by between runs, less what one run already shows.
 */
#include "judge/calibration.h"

#include "judge/repeats.h"
#include "stats/distribution.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_BYTES_MAX ((size_t)1 << 20)
#define Z_MOST 8
#define KAPPA_MOST 100
#define TAU_MOST 10

static struct calibration *calibration_new(const struct witness_facts *f)
{
    struct calibration *c = xcalloc(1, sizeof *c);
    c->profile = xstrdup(f->profile_name);
    c->digest = xstrdup(f->profile_digest);
    c->load_kind = xstrdup(f->load_kind);
    c->kernel = xstrdup(f->kernel);
    c->split = xstrdup(f->split);
    c->rate_per_s = f->rate_per_s;
    c->cores = f->cores;
    return c;
}

void calibration_free(struct calibration *c)
{
    if (c == NULL)
        return;
    free(c->profile);
    free(c->digest);
    free(c->load_kind);
    free(c->kernel);
    free(c->split);
    free(c);
}

/* ---- measuring */

static double z_of(const struct gate_result *r)
{
    double z = r->is_defined ? -normal_quantile(r->p_nogo) : 0;
    return fmax(fmin(z, Z_MOST), -Z_MOST);
}

/* Failures have their own burst correction; a two-sided p has no z. */
static bool is_calibrated(const struct gate *g)
{
    return g->measure == NULL ||
           (g->measure->kind == MEASURE_RATIO && !g->measure->is_two_sided);
}

/* As the verdicts that will use it pair their arms. */
static enum pairing_mode mode_of(const struct testimony *pairs)
{
    bool is_mirror = strcmp(pairs->runs[0]->facts.split, "mirror") == 0;
    return is_mirror ? PAIRING_MIRROR : PAIRING_CONCURRENT;
}

static void measure_kappa(const struct testimony *baseline,
                          const struct testimony *canary, const struct policy *policy,
                          const struct gate *gate, struct calibration_row *row)
{
    double sum = 0;
    for (size_t i = 0; i < baseline->count; i++) {
        struct testimony b = {&baseline->runs[i], 1}, c = {&canary->runs[i], 1};
        struct pairing *p = pairing_new(&b, &c, mode_of(baseline), 0, policy);
        struct gate_result r;
        gate_judge(p, gate, (struct noise){1, 0}, &r);
        pairing_free(p);
        sum += z_of(&r) * z_of(&r);
    }
    row->pairs = (double)baseline->count;
    row->kappa = fmax(1, sqrt(sum / row->pairs));
}

/* Variance of one run's log quantile as the run itself shows it, on average. */
static double inner_variance(const struct testimony *t, const struct policy *policy,
                             const struct gate *gate)
{
    double sum = 0, n = 0;
    for (size_t i = 0; i + 1 < t->count; i++) {
        struct testimony b = {&t->runs[i], 1}, c = {&t->runs[i + 1], 1};
        struct pairing *p = pairing_new(&b, &c, PAIRING_STORED, 0, policy);
        struct gate_result r;
        gate_judge(p, gate, (struct noise){1, 0}, &r);
        pairing_free(p);
        if (!r.is_defined || !isfinite(r.se))
            continue;
        sum += r.se * r.se / 2; /* of a difference of two runs */
        n++;
    }
    return n > 0 ? sum / n : 0;
}

static void measure_tau(const struct testimony *t, const struct policy *policy,
                        const struct gate *gate, struct calibration_row *row)
{
    struct pairing *p = pairing_new(t, t, PAIRING_STORED, 0, policy);
    double mean = 0, squares = 0, n = 0;
    for (size_t i = 0; i < t->count; i++) {
        double x = repeats_log_quantile(p, SIDE_BASELINE, i, gate, NULL);
        double d = x - mean;
        if (!isfinite(x))
            continue;
        n++;
        mean += d / n;
        squares += d * (x - mean);
    }
    pairing_free(p);
    if (n < CALIBRATION_RUNS_MIN)
        return;
    double between = squares / (n - 1);
    row->runs = n;
    row->tau = sqrt(fmax(0, between - inner_variance(t, policy, gate)));
}

static int check_splits(const struct testimony *pairs, struct err *e)
{
    for (size_t i = 1; i < pairs->count; i++) {
        const struct witness *first = pairs->runs[0], *w = pairs->runs[i];
        if (strcmp(w->facts.split, first->facts.split) != 0)
            return err_set(e, "%s was split %s, and %s %s: calibrate each alone",
                           first->path, first->facts.split, w->path, w->facts.split);
    }
    return 0;
}

struct calibration *calibration_measure(const struct testimony *baseline,
                                        const struct testimony *canary,
                                        const struct testimony *alone,
                                        const struct policy *policy, struct err *e)
{
    bool has_pairs = baseline->count >= CALIBRATION_RUNS_MIN;
    bool has_runs = alone->count >= CALIBRATION_RUNS_MIN;
    assert(baseline->count == canary->count);
    if (!has_pairs && !has_runs) {
        (void)err_set(e,
                      "%zu runs of two arms and %zu of one: calibrating takes at least "
                      "%d of either",
                      baseline->count, alone->count, CALIBRATION_RUNS_MIN);
        return NULL;
    }
    if (check_splits(baseline, e) < 0)
        return NULL;
    const struct testimony *first = has_pairs ? baseline : alone;
    struct calibration *c = calibration_new(&first->runs[0]->facts);
    for (size_t i = 0; i < policy->gate_count; i++) {
        const struct gate *g = &policy->gates[i];
        if (!is_calibrated(g))
            continue;
        struct calibration_row *row = &c->rows[c->row_count++];
        *row = (struct calibration_row){.kappa = 1, .tau = policy->tau};
        (void)snprintf(row->name, sizeof row->name, "%s", g->name); /* as long */
        if (has_pairs)
            measure_kappa(baseline, canary, policy, g, row);
        if (has_runs && g->measure == NULL)
            measure_tau(alone, policy, g, row);
    }
    return c;
}

/* ---- the file */

void calibration_print(const struct calibration *c, struct buf *out)
{
    struct jout j;
    jout_init(&j, out, true);
    jout_object(&j, NULL);
    jout_u64(&j, "schema", CALIBRATION_SCHEMA);
    jout_object(&j, "environment");
    jout_str(&j, "profile", c->profile);
    jout_str(&j, "digest", c->digest);
    jout_str(&j, "load", c->load_kind);
    jout_str(&j, "split", c->split);
    jout_num(&j, "rate_per_s", c->rate_per_s);
    jout_str(&j, "kernel", c->kernel);
    jout_num(&j, "cores", c->cores);
    jout_end_object(&j);
    jout_array(&j, "gates");
    for (size_t i = 0; i < c->row_count; i++) {
        const struct calibration_row *row = &c->rows[i];
        jout_object(&j, NULL);
        jout_str(&j, "name", row->name);
        jout_num(&j, "kappa", row->kappa);
        jout_num(&j, "pairs", row->pairs);
        jout_num(&j, "tau", row->tau);
        jout_num(&j, "runs", row->runs);
        jout_end_object(&j);
    }
    jout_end_array(&j);
    jout_end_object(&j);
    buf_putc(out, '\n');
}

static int read_row(const struct jnode *n, struct calibration_row *row, struct err *e)
{
    static const char *const keys[] = {"name", "kappa", "pairs", "tau", "runs", NULL};
    const char *name = NULL;
    if (jnode_object(n, keys, e) < 0 || jnode_string(n, "name", &name, e) < 0 ||
        jnode_number(n, "kappa", 1, KAPPA_MOST, &row->kappa, e) < 0 ||
        jnode_number(n, "pairs", 0, 1e6, &row->pairs, e) < 0 ||
        jnode_number(n, "tau", 0, TAU_MOST, &row->tau, e) < 0 ||
        jnode_number(n, "runs", 0, 1e6, &row->runs, e) < 0)
        return -1;
    if (snprintf(row->name, sizeof row->name, "%s", name) >= (int)sizeof row->name)
        return jnode_fail(n, e, "name: is longer than %d bytes", GATE_NAME - 1);
    return 0;
}

/* A number, or null where it was not known. */
static int read_maybe(const struct jnode *n, const char *key, double *out,
                      struct err *e)
{
    struct jnode member = jnode_get(n, key);
    *out = (double)NAN;
    if (!jnode_exists(&member) || json_is_null(member.value))
        return 0;
    return jnode_number(n, key, 0, 1e9, out, e);
}

static struct calibration *read_environment(const struct jnode *n, struct err *e)
{
    static const char *const keys[] = {"profile", "digest", "load",  "rate_per_s",
                                       "kernel",  "cores",  "split", NULL};
    const char *profile = NULL, *digest = NULL, *load = NULL, *kernel = NULL;
    const char *split = "";
    bool has_split = json_object_get(n->value, "split") != NULL;
    double rate = 0, cores = 0;
    if (jnode_object(n, keys, e) < 0 || jnode_string(n, "profile", &profile, e) < 0 ||
        jnode_string(n, "digest", &digest, e) < 0 ||
        jnode_string(n, "load", &load, e) < 0 ||
        jnode_string(n, "kernel", &kernel, e) < 0 ||
        (has_split && jnode_string(n, "split", &split, e) < 0) ||
        read_maybe(n, "rate_per_s", &rate, e) < 0 ||
        read_maybe(n, "cores", &cores, e) < 0)
        return NULL;
    struct calibration *c = xcalloc(1, sizeof *c);
    c->profile = xstrdup(profile);
    c->digest = xstrdup(digest);
    c->load_kind = xstrdup(load);
    c->kernel = xstrdup(kernel);
    c->split = xstrdup(split);
    c->rate_per_s = rate;
    c->cores = cores;
    return c;
}

static struct calibration *read_document(const struct jnode *root, struct err *e)
{
    static const char *const keys[] = {"schema", "environment", "gates", NULL};
    struct jnode environment = jnode_get(root, "environment");
    struct jnode gates = jnode_get(root, "gates");
    uint64_t schema = 0;
    if (jnode_object(root, keys, e) < 0 ||
        jnode_u64(root, "schema", 1, CALIBRATION_SCHEMA, &schema, e) < 0 ||
        jnode_array(&gates, 0, POLICY_GATES_MAX, e) < 0)
        return NULL;
    struct calibration *c = read_environment(&environment, e);
    for (size_t i = 0; c != NULL && i < json_array_size(gates.value); i++) {
        struct jnode n = jnode_at(&gates, i);
        if (read_row(&n, &c->rows[i], e) < 0) {
            calibration_free(c);
            return NULL;
        }
        c->row_count++;
    }
    return c;
}

struct calibration *calibration_parse(const char *text, size_t length, struct err *e)
{
    json_t *document = json_parse(text, length, e);
    if (document == NULL)
        return NULL;
    struct jnode root = jnode_root(document);
    struct calibration *c = read_document(&root, e);
    json_decref(document);
    return c;
}

struct calibration *calibration_load(const char *path, struct err *e)
{
    json_t *document = json_load(path, FILE_BYTES_MAX, e);
    if (document == NULL)
        return NULL;
    struct jnode root = jnode_root(document);
    struct calibration *c = read_document(&root, e);
    json_decref(document);
    if (c == NULL)
        (void)err_in(e, "%s", path);
    return c;
}

/* ---- use */

static bool is_alike(double a, double b)
{
    return (isnan(a) && isnan(b)) || fabs(a - b) <= 1e-9 * fabs(a);
}

bool calibration_fits(const struct calibration *c, const struct witness *w)
{
    const struct witness_facts *f = &w->facts;
    bool is_same_split =
        c->split[0] == '\0' || f->split[0] == '\0' || strcmp(c->split, f->split) == 0;
    return is_same_split && strcmp(c->digest, f->profile_digest) == 0 &&
           strcmp(c->load_kind, f->load_kind) == 0 &&
           strcmp(c->kernel, f->kernel) == 0 &&
           is_alike(c->rate_per_s, f->rate_per_s) && is_alike(c->cores, f->cores);
}

struct noise calibration_noise(const struct calibration *c, const struct gate *gate,
                               const struct policy *policy)
{
    struct noise noise = {1, policy->tau};
    for (size_t i = 0; c != NULL && i < c->row_count; i++) {
        const struct calibration_row *row = &c->rows[i];
        if (strcmp(row->name, gate->name) != 0)
            continue;
        if (row->pairs > 0)
            noise.kappa = row->kappa;
        if (row->runs > 0)
            noise.tau = row->tau;
    }
    return noise;
}
