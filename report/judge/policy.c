/*
 * Policies; see policy.h. Where the defaults come from: margins and minimum samples
 * from the kinds of regressions users notice, the rest from simulations with
 * autocorrelated noise (`make judge-study`). Numbers of the document are rows.
 */
#include "judge/policy.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POLICY_BYTES_MAX ((size_t)1 << 20)
#define EVERYTHING 1e9

const char *const nogo_names[3] = {"beyond-margin", "proven-margin", NULL};

static const struct policy built_in = {
    .alpha_go = 0.05,
    .alpha_nogo = 0.05,
    .tau = 0.03,
    .nogo = NOGO_BEYOND_MARGIN,
    .has_run_slos = true,
    .limits =
        {
            .seconds_min = 120,
            .exceedances_min = 10,
            .lag_ms = 10,
            .late_ms = 10,
            .late_share = 0.1,
            .core_idle_min = 0.2,
            .unequal_load = 0.02,
            .missing_share = 0.02,
            .gap_s = 5,
            .quota_share = 0.01,
            .own_share = 0.01,
            .baseline_failures = 0.05,
            .mix = 0.4,
            .clock_drift_s = 0.5,
            .retry_excess = 0.01,
            .baseline_age_h = 168,
            .unstable_alpha = 0.001,
            .extension = 3,
        },
};

/* The built-in gates. percentile 0: no latency. */
static const struct {
    const char *metric;
    double percentile, margin, margin_few, few, floor_ms, harm, requests_min;
    bool is_gating;
} gate_defaults[] = {
    /* metric, percentile, margin, if few, few, floor ms, harm, min, gating */
    {"success", 0, 0.005, 0.01, 1500, 0, 0.0025, 0, true},
    {"ttft", 50, 0.10, 0, 0, 10, 0, 300, true},
    {"ttft", 95, 0.20, 0, 0, 20, 0, 200, true},
    {"tpot", 95, 0.10, 0, 0, 1, 0, 200, true},
    {"e2e", 95, 0.10, 0, 0, 0, 0, 200, true},
    {"ttft", 99, 0.30, 0, 0, 0, 0, 2000, false},
    {"server_errors", 0, 0.005, 0.01, 1500, 0, 0.0025, 0, false},
    {"timeouts", 0, 0.005, 0.01, 1500, 0, 0.0025, 0, false},
    {"goodput", 0, 0.02, 0, 0, 0, 0.01, 0, false},
    {"output_tokens_mean", 0, 0.10, 0, 0, 0, 0, 0, false},
    {"tokens_per_s", 0, 0.10, 0, 0, 0, 0, 0, false},
    {"cost", 0, 0.05, 0, 0, 0, 0, 0, false},
};

/* A number of the document: where it stands, and what it may be. */
struct number_row {
    const char *key;
    size_t offset;
    double min, max;
};

#define LIMIT(field) offsetof(struct policy_limits, field)
static const struct number_row limit_rows[] = {
    {"seconds_min", LIMIT(seconds_min), 0, EVERYTHING},
    {"exceedances_min", LIMIT(exceedances_min), 0, EVERYTHING},
    {"lag_ms", LIMIT(lag_ms), 0, EVERYTHING},
    {"late_ms", LIMIT(late_ms), 0, EVERYTHING},
    {"late_share", LIMIT(late_share), 0, 1},
    {"core_idle_min", LIMIT(core_idle_min), 0, 1},
    {"unequal_load", LIMIT(unequal_load), 0, 1},
    {"missing_share", LIMIT(missing_share), 0, 1},
    {"gap_s", LIMIT(gap_s), 0, EVERYTHING},
    {"quota_share", LIMIT(quota_share), 0, 1},
    {"own_share", LIMIT(own_share), 0, 1},
    {"baseline_failures", LIMIT(baseline_failures), 0, 1},
    {"mix", LIMIT(mix), 0, 1},
    {"clock_drift_s", LIMIT(clock_drift_s), 0, EVERYTHING},
    {"retry_excess", LIMIT(retry_excess), 0, EVERYTHING},
    {"baseline_age_h", LIMIT(baseline_age_h), 0, EVERYTHING},
    {"unstable_alpha", LIMIT(unstable_alpha), 0, 0.5},
    {"extension", LIMIT(extension), 0, EVERYTHING},
};

static const struct number_row alpha_rows[] = {
    {"go", offsetof(struct policy, alpha_go), 1e-6, 0.5},
    {"nogo", offsetof(struct policy, alpha_nogo), 1e-6, 0.5},
};

static const struct number_row price_rows[] = {
    {"prompt", offsetof(struct prices, prompt), 0, EVERYTHING},
    {"cached", offsetof(struct prices, cached), 0, EVERYTHING},
    {"output", offsetof(struct prices, output), 0, EVERYTHING},
};

static double *field_of(void *object, const struct number_row *row)
{
    return (double *)(void *)((char *)object + row->offset);
}

/* Members that are there; others keep their value. */
static int read_numbers(const struct jnode *n, const struct number_row *rows,
                        size_t count, void *object, struct err *e)
{
    for (size_t i = 0; i < count; i++) {
        struct jnode member = jnode_get(n, rows[i].key);
        if (jnode_exists(&member) &&
            jnode_number(n, rows[i].key, rows[i].min, rows[i].max,
                         field_of(object, &rows[i]), e) < 0)
            return -1;
    }
    return 0;
}

static void name_gate(struct gate *g)
{
    int n = g->measure != NULL
                ? snprintf(g->name, sizeof g->name, "%s", g->measure->name)
                : snprintf(g->name, sizeof g->name, "%s_p%.6g",
                           metric_rows[g->metric].name, g->p * 100);
    assert(n > 0 && n < GATE_NAME);
}

struct policy *policy_default(void)
{
    struct policy *p = xcalloc(1, sizeof *p);
    *p = built_in;
    p->name = xstrdup("default");
    for (size_t i = 0; i < ARRAY_LEN(gate_defaults); i++) {
        struct gate *g = &p->gates[p->gate_count++];
        *g = (struct gate){
            .measure = measure_find(gate_defaults[i].metric),
            .metric = metric_find(gate_defaults[i].metric),
            .p = gate_defaults[i].percentile / 100,
            .margin = gate_defaults[i].margin,
            .margin_few = gate_defaults[i].margin_few,
            .few = (uint64_t)gate_defaults[i].few,
            .floor_us = gate_defaults[i].floor_ms * 1000,
            .harm = gate_defaults[i].harm,
            .requests_min = (uint64_t)gate_defaults[i].requests_min,
            .is_gating = gate_defaults[i].is_gating,
        };
        name_gate(g);
    }
    return p;
}

void policy_free(struct policy *p)
{
    if (p == NULL)
        return;
    free(p->name);
    free(p);
}

/* ---- reading */

/* Gaps of one request are one observation, the wait inside the generator is none of
 * the server's, and failures have no place among latencies of failures. */
static bool is_judged(enum metric m)
{
    static const enum metric judged[] = {
        METRIC_TTFT, METRIC_TTFT_SENT, METRIC_TTFT_ANSWER, METRIC_TPOT,
        METRIC_E2E,  METRIC_E2E_SENT,  METRIC_TTFB};
    for (size_t i = 0; i < ARRAY_LEN(judged); i++)
        if (judged[i] == m)
            return true;
    return false;
}

static int read_metric(const struct jnode *n, struct gate *g, struct err *e)
{
    const char *name = NULL;
    struct jnode metric = jnode_get(n, "metric");
    if (jnode_string(n, "metric", &name, e) < 0)
        return -1;
    g->measure = measure_find(name);
    g->metric = metric_find(name);
    if (g->measure != NULL)
        return 0;
    if (g->metric == METRIC_GAP)
        return jnode_fail(&metric, e,
                          "gaps of one request are one observation: use "
                          "tpot");
    if (g->metric == METRIC_COUNT || !is_judged(g->metric))
        return jnode_fail(
            &metric, e,
            "\"%.40s\" cannot be judged; ttft, ttft_sent, ttft_answer, "
            "tpot, e2e, e2e_sent, ttfb, success, server_errors, timeouts, "
            "goodput, output_tokens_mean, tokens_per_s, cost can",
            name);
    double percentile = 0;
    if (jnode_number(n, "percentile", 1, 99.99, &percentile, e) < 0)
        return -1;
    g->p = percentile / 100;
    return 0;
}

static int read_count(const struct jnode *n, const char *key, uint64_t *out,
                      struct err *e)
{
    struct jnode member = jnode_get(n, key);
    return jnode_exists(&member) ? jnode_u64(n, key, 0, UINT32_MAX, out, e) : 0;
}

static int read_flag(const struct jnode *n, const char *key, bool *out, struct err *e)
{
    struct jnode member = jnode_get(n, key);
    return jnode_exists(&member) ? jnode_bool(n, key, out, e) : 0;
}

static bool is_share(const struct gate *g)
{
    return g->measure != NULL && (g->measure->kind == MEASURE_FAILURES ||
                                  g->measure->scale == RATIO_DIFFERENCE);
}

static int read_gate(const struct jnode *n, struct gate *g, struct err *e)
{
    static const char *const keys[] = {"metric", "percentile", "margin", "margin_few",
                                       "few",    "floor_ms",   "harm",   "requests_min",
                                       "gating", NULL};
    static const struct number_row rows[] = {
        {"margin_few", offsetof(struct gate, margin_few), 1e-6, 10},
        {"floor_ms", offsetof(struct gate, floor_us), 0, 1e6},
        {"harm", offsetof(struct gate, harm), 0, 1},
    };
    *g = (struct gate){.is_gating = true};
    if (jnode_object(n, keys, e) < 0 || read_metric(n, g, e) < 0)
        return -1;
    bool is_fall = g->measure != NULL && g->measure->kind == MEASURE_RATIO &&
                   (g->measure->is_down_worse || g->measure->is_two_sided);
    double most = is_share(g) || is_fall ? 0.99 : 10;
    if (jnode_number(n, "margin", 1e-6, most, &g->margin, e) < 0 ||
        read_numbers(n, rows, ARRAY_LEN(rows), g, e) < 0 ||
        read_count(n, "few", &g->few, e) < 0 ||
        read_count(n, "requests_min", &g->requests_min, e) < 0 ||
        read_flag(n, "gating", &g->is_gating, e) < 0)
        return -1;
    if (g->few > 0 && !(g->margin_few > 0))
        return jnode_fail(n, e, "few: needs margin_few");
    if (g->margin_few > most)
        return jnode_fail(n, e, "margin_few: %g is out of range 1e-06..%g",
                          g->margin_few, most);
    struct jnode percentile = jnode_get(n, "percentile");
    if (g->measure != NULL && jnode_exists(&percentile))
        return jnode_fail(&percentile, e, "%s has none", g->measure->name);
    g->floor_us *= 1000;
    name_gate(g);
    return 0;
}

static int read_gates(const struct jnode *root, struct policy *p, struct err *e)
{
    struct jnode gates = jnode_get(root, "gates");
    size_t gating = 0;
    if (!jnode_exists(&gates))
        return 0;
    if (jnode_array(&gates, 1, POLICY_GATES_MAX, e) < 0)
        return -1;
    p->gate_count = 0;
    for (size_t i = 0; i < json_array_size(gates.value); i++) {
        struct jnode n = jnode_at(&gates, i);
        struct gate *g = &p->gates[i];
        if (read_gate(&n, g, e) < 0)
            return -1;
        for (size_t k = 0; k < i; k++)
            if (strcmp(p->gates[k].name, g->name) == 0)
                return jnode_fail(&n, e, "%s: is here twice", g->name);
        gating += g->is_gating;
        p->gate_count++;
    }
    return gating > 0 ? 0 : jnode_fail(&gates, e, "none of them is gating");
}

static int read_slos(const struct jnode *root, struct policy *p, struct err *e)
{
    static const char *const keys[] = {"of_run", "strict", "also", NULL};
    struct jnode slos = jnode_get(root, "slos"), also = jnode_get(&slos, "also");
    if (!jnode_exists(&slos))
        return 0;
    if (jnode_object(&slos, keys, e) < 0 ||
        read_flag(&slos, "of_run", &p->has_run_slos, e) < 0 ||
        read_flag(&slos, "strict", &p->is_slo_strict, e) < 0)
        return -1;
    if (!jnode_exists(&also))
        return 0;
    if (jnode_array(&also, 0, POLICY_SLOS_MAX, e) < 0)
        return -1;
    for (size_t i = 0; i < json_array_size(also.value); i++) {
        struct jnode n = jnode_at(&also, i);
        const char *text = json_string_value(n.value);
        struct err why = {0};
        if (text == NULL || slo_parse(text, &p->slos[i], &why) < 0)
            return jnode_fail(&n, e, "%s", text == NULL ? "is no text" : why.text);
        p->slo_count++;
    }
    return 0;
}

static int read_prices(const struct jnode *root, struct policy *p, struct err *e)
{
    static const char *const keys[] = {"prompt", "cached", "output", "currency", NULL};
    struct jnode prices = jnode_get(root, "prices");
    struct jnode cached = jnode_get(&prices, "cached");
    struct jnode currency = jnode_get(&prices, "currency");
    const char *name = "";
    if (!jnode_exists(&prices))
        return 0;
    if (jnode_object(&prices, keys, e) < 0 ||
        jnode_number(&prices, "prompt", 0, EVERYTHING, &p->prices.prompt, e) < 0 ||
        jnode_number(&prices, "output", 0, EVERYTHING, &p->prices.output, e) < 0 ||
        read_numbers(&prices, price_rows, ARRAY_LEN(price_rows), &p->prices, e) < 0 ||
        (jnode_exists(&currency) && jnode_string(&prices, "currency", &name, e) < 0))
        return -1;
    if (!jnode_exists(&cached))
        p->prices.cached = p->prices.prompt;
    if (snprintf(p->prices.currency, sizeof p->prices.currency, "%s", name) >=
        (int)sizeof p->prices.currency)
        return jnode_fail(&currency, e, "is longer than %zu bytes",
                          sizeof p->prices.currency - 1);
    p->prices.is_set = true;
    return 0;
}

static int read_limits(const struct jnode *root, struct policy *p, struct err *e)
{
    const char *keys[ARRAY_LEN(limit_rows) + 1] = {NULL};
    struct jnode limits = jnode_get(root, "limits");
    if (!jnode_exists(&limits))
        return 0;
    for (size_t i = 0; i < ARRAY_LEN(limit_rows); i++)
        keys[i] = limit_rows[i].key;
    if (jnode_object(&limits, keys, e) < 0)
        return -1;
    return read_numbers(&limits, limit_rows, ARRAY_LEN(limit_rows), &p->limits, e);
}

static int read_head(const struct jnode *root, struct policy *p, struct err *e)
{
    static const char *const alpha_keys[] = {"go", "nogo", NULL};
    static const struct number_row tau = {"tau", offsetof(struct policy, tau), 0, 1};
    struct jnode name = jnode_get(root, "name"), alpha = jnode_get(root, "alpha");
    struct jnode nogo = jnode_get(root, "nogo");
    const char *text = NULL;
    uint64_t schema = 0;
    size_t choice = p->nogo;
    if (jnode_u64(root, "schema", 1, POLICY_SCHEMA, &schema, e) < 0)
        return -1;
    if (jnode_exists(&name)) {
        if (jnode_string(root, "name", &text, e) < 0)
            return -1;
        free(p->name);
        p->name = xstrdup(text);
    }
    if (jnode_exists(&alpha) &&
        (jnode_object(&alpha, alpha_keys, e) < 0 ||
         read_numbers(&alpha, alpha_rows, ARRAY_LEN(alpha_rows), p, e) < 0))
        return -1;
    if (jnode_exists(&nogo) &&
        jnode_choice(root, "nogo", nogo_names, 2, &choice, e) < 0)
        return -1;
    p->nogo = (enum nogo_rule)choice;
    return read_numbers(root, &tau, 1, p, e);
}

struct policy *policy_parse(const char *text, size_t length, struct err *e)
{
    static const char *const keys[] = {"schema", "name", "alpha",  "nogo",   "tau",
                                       "gates",  "slos", "prices", "limits", NULL};
    json_t *document = json_parse(text, length, e);
    if (document == NULL)
        return NULL;
    struct policy *p = policy_default();
    struct jnode root = jnode_root(document);
    bool is_good = jnode_object(&root, keys, e) == 0 && read_head(&root, p, e) == 0 &&
                   read_gates(&root, p, e) == 0 && read_slos(&root, p, e) == 0 &&
                   read_prices(&root, p, e) == 0 && read_limits(&root, p, e) == 0;
    json_decref(document);
    if (is_good)
        return p;
    policy_free(p);
    return NULL;
}

struct policy *policy_load(const char *path, struct err *e)
{
    json_t *document = json_load(path, POLICY_BYTES_MAX, e);
    if (document == NULL)
        return NULL;
    char *text = json_dumps(document, JSON_ENCODE_ANY | JSON_REAL_PRECISION(17));
    struct policy *p = policy_parse(text, strlen(text), e);
    if (p == NULL)
        (void)err_in(e, "%s", path);
    free(text);
    json_decref(document);
    return p;
}

uint32_t policy_metrics(const struct policy *p)
{
    uint32_t mask = UINT32_C(1) << METRIC_E2E; /* to check the books */
    for (size_t i = 0; i < p->gate_count; i++)
        if (p->gates[i].measure == NULL)
            mask |= UINT32_C(1) << p->gates[i].metric;
    for (size_t i = 0; i < p->slo_count; i++)
        if (p->slos[i].kind == SLO_LATENCY)
            mask |= UINT32_C(1) << p->slos[i].metric;
    if (p->has_run_slos)
        mask |= UINT32_C(1) << METRIC_TTFT | UINT32_C(1) << METRIC_TPOT;
    return mask;
}

/* ---- printing */

static void print_numbers(struct jout *j, const struct number_row *rows, size_t count,
                          const void *object)
{
    for (size_t i = 0; i < count; i++) {
        const char *field = (const char *)object + rows[i].offset;
        jout_num(j, rows[i].key, *(const double *)(const void *)field);
    }
}

static void print_gate(struct jout *j, const struct gate *g)
{
    jout_object(j, NULL);
    jout_str(j, "metric", g->measure ? g->measure->name : metric_rows[g->metric].name);
    if (g->measure == NULL)
        jout_num(j, "percentile", round(g->p * 1e6) / 1e4);
    jout_num(j, "margin", g->margin);
    if (g->few > 0) {
        jout_num(j, "margin_few", g->margin_few);
        jout_u64(j, "few", g->few);
    }
    if (g->floor_us > 0)
        jout_num(j, "floor_ms", g->floor_us / 1000);
    if (g->harm > 0)
        jout_num(j, "harm", g->harm);
    if (g->requests_min > 0)
        jout_u64(j, "requests_min", g->requests_min);
    jout_bool(j, "gating", g->is_gating);
    jout_end_object(j);
}

static void print_slos(struct jout *j, const struct policy *p)
{
    struct buf text;
    buf_init(&text, 256);
    jout_object(j, "slos");
    jout_bool(j, "of_run", p->has_run_slos);
    jout_bool(j, "strict", p->is_slo_strict);
    jout_array(j, "also");
    for (size_t i = 0; i < p->slo_count; i++) {
        buf_reset(&text);
        slo_format(&p->slos[i], &text);
        jout_str(j, NULL, text.data);
    }
    jout_end_array(j);
    jout_end_object(j);
    buf_release(&text);
}

void policy_print(const struct policy *p, struct buf *out)
{
    struct jout j;
    jout_init(&j, out, true);
    jout_object(&j, NULL);
    jout_u64(&j, "schema", POLICY_SCHEMA);
    jout_str(&j, "name", p->name);
    jout_object(&j, "alpha");
    print_numbers(&j, alpha_rows, ARRAY_LEN(alpha_rows), p);
    jout_end_object(&j);
    jout_str(&j, "nogo", nogo_names[p->nogo]);
    jout_num(&j, "tau", p->tau);
    jout_array(&j, "gates");
    for (size_t i = 0; i < p->gate_count; i++)
        print_gate(&j, &p->gates[i]);
    jout_end_array(&j);
    print_slos(&j, p);
    if (p->prices.is_set) {
        jout_object(&j, "prices");
        print_numbers(&j, price_rows, ARRAY_LEN(price_rows), &p->prices);
        jout_str(&j, "currency", p->prices.currency);
        jout_end_object(&j);
    }
    jout_object(&j, "limits");
    print_numbers(&j, limit_rows, ARRAY_LEN(limit_rows), &p->limits);
    jout_end_object(&j);
    jout_end_object(&j);
    buf_putc(out, '\n');
}
