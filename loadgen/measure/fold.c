/*
 * The collector's arithmetic. Within an interval, values go to a tally,
 * requests to slices, and what happened in the interval itself to one row per
 * arm and class; at its end all of it becomes lines.
 */
#include "measure/fold.h"

#include "measure/hlog.h"
#include "measure/interval.h"
#include "measure/series.h"
#include "measure/slice_counts.h"
#include "measure/tally.h"

#include <stdlib.h>
#include <string.h>

/* Names fit for tags. */
struct clean_names {
    char (*texts)[SERIES_NAME_MAX + 1];
    const char **list; /* points into texts */
};

struct fold {
    struct clean_names arms, classes;
    struct fold_names names; /* points into those two */
    int64_t t_ns, length_ns;
    struct interval_row *rows; /* [arm * classes + class], as are totals */
    struct totals *totals;
    struct hist **gaps;                    /* as in struct epoch */
    struct budgets *budgets, *budgets_run; /* [arm], of the interval and the run */
    struct host_health health;
    struct hist *live[METRIC_COUNT];
    struct tally *tally;
    struct slice_counts *slices;
    struct hlog_encoder *encoder;
};

#define BIT(m) (UINT32_C(1) << METRIC_##m)
#define NEW_CONNECTION (BIT(DNS) | BIT(CONNECT) | BIT(TLS))
#define ALL_METRICS ((UINT32_C(1) << METRIC_COUNT) - 1)

/* Values of a sample that are recorded, by what became of it. FAILURE is
 * computed here and GAP comes with the epoch, so neither is read from a sample. */
static const uint32_t recorded_metrics[] = {
    [KIND_OK] = ALL_METRICS & ~(BIT(FAILURE) | BIT(GAP)),
    [KIND_NOT_SENT] = 0,
    [KIND_FAILED] = BIT(LAG) | BIT(QUEUE) | NEW_CONNECTION,
    [KIND_CENSORED] = BIT(LAG) | BIT(QUEUE),
};

static size_t series_count(const struct fold *f)
{
    return (size_t)f->names.arm_count * f->names.class_count;
}

static struct clean_names clean_names_of(const char *const *names, uint32_t n)
{
    struct clean_names c = {xcalloc(n, sizeof *c.texts), xcalloc(n, sizeof *c.list)};
    for (uint32_t i = 0; i < n; i++)
        c.list[i] = series_clean(c.texts[i], names[i]);
    return c;
}

static void clean_names_release(struct clean_names *c)
{
    free(c->texts);
    free(c->list);
}

struct fold *fold_new(const struct fold_names *names)
{
    assert(names->arm_count > 0 && names->arm_count <= TALLY_ARMS);
    assert(names->class_count > 0 && names->class_count <= TALLY_CLASSES);
    struct fold *f = xcalloc(1, sizeof *f);
    f->arms = clean_names_of(names->arms, names->arm_count);
    f->classes = clean_names_of(names->classes, names->class_count);
    f->names = *names;
    f->names.arms = f->arms.list;
    f->names.classes = f->classes.list;
    f->rows = xcalloc(series_count(f), sizeof *f->rows);
    f->totals = xcalloc(series_count(f), sizeof *f->totals);
    f->gaps = xcalloc(series_count(f) * 2, sizeof *f->gaps);
    f->budgets = xcalloc(names->arm_count, sizeof *f->budgets);
    f->budgets_run = xcalloc(names->arm_count, sizeof *f->budgets_run);
    for (unsigned m = 0; m < METRIC_COUNT; m++)
        f->live[m] = hist_new();
    f->tally = tally_new();
    f->slices = slice_counts_new();
    f->encoder = hlog_encoder_new();
    return f;
}

void fold_free(struct fold *f)
{
    if (f == NULL)
        return;
    hlog_encoder_free(f->encoder);
    slice_counts_free(f->slices);
    tally_free(f->tally);
    for (unsigned m = 0; m < METRIC_COUNT; m++)
        hist_free(f->live[m]);
    for (size_t i = 0; i < series_count(f) * 2; i++)
        hist_free(f->gaps[i]);
    free(f->gaps);
    free(f->budgets);
    free(f->budgets_run);
    free(f->totals);
    free(f->rows);
    clean_names_release(&f->classes);
    clean_names_release(&f->arms);
    free(f);
}

void fold_begin(struct fold *f, int64_t t_ns, int64_t length_ns)
{
    assert(t_ns >= 0 && length_ns >= 0);
    f->t_ns = t_ns;
    f->length_ns = length_ns;
    f->health = (struct host_health){0};
    for (size_t i = 0; i < series_count(f); i++)
        f->rows[i] = (struct interval_row){0};
    for (uint32_t i = 0; i < f->names.arm_count; i++)
        f->budgets[i] = (struct budgets){0};
    for (size_t i = 0; i < series_count(f) * 2; i++)
        if (f->gaps[i] != NULL)
            hist_reset(f->gaps[i]);
    tally_reset(f->tally);
    slice_counts_reset(f->slices);
}

void fold_host(struct fold *f, int64_t late_ns, int64_t throttled_ns)
{
    f->health.late_ns = late_ns;
    f->health.throttled_ns = throttled_ns;
}

static void note_value(struct fold *f, struct tally_key *key, enum metric m,
                       unsigned stratum, int64_t value_ns)
{
    int64_t value_us = hist_us(value_ns);
    if (value_us < 0 || value_us > HIST_HIGHEST_US) {
        f->live[m]->refused++;
        return;
    }
    key->metric = m;
    key->stratum = metric_rows[m].has_strata ? (int)stratum : STRATUM_ALL;
    tally_note(f->tally, key, value_us);
}

static void note_values(struct fold *f, const struct sample *s)
{
    struct tally_key key = {
        .second = (uint32_t)(s->due_ns / NS_PER_S),
        .arm = s->arm,
        .class_index = s->class_index,
        .is_measured = s->is_measured,
    };
    enum outcome_kind kind = outcome_rows[s->outcome].kind;
    for (uint32_t left = recorded_metrics[kind]; left != 0; left &= left - 1) {
        enum metric m = (enum metric)__builtin_ctz(left);
        if (s->value_ns[m] != SAMPLE_UNDEFINED)
            note_value(f, &key, m, s->stratum, s->value_ns[m]);
    }
    if (kind == KIND_FAILED)
        note_value(f, &key, METRIC_FAILURE, s->stratum, s->end_ns - s->due_ns);
}

static void fold_sample(struct fold *f, const struct sample *s)
{
    if (s->due_ns < 0)
        return;
    assert(s->arm < f->names.arm_count && s->class_index < f->names.class_count);
    assert(s->phase < f->names.phase_count && s->outcome < OUTCOME_COUNT);
    size_t series = (size_t)s->arm * f->names.class_count + s->class_index;
    totals_count(&f->totals[series], s);
    interval_row_sample(&f->rows[series], s);
    slice_counts_add(f->slices, s);
    note_values(f, s);
}

static void fold_gaps(struct fold *f, size_t i, const struct hist *from)
{
    if (from == NULL || (from->total == 0 && from->refused == 0))
        return;
    if (f->gaps[i] == NULL)
        f->gaps[i] = hist_new();
    hist_add(f->gaps[i], from);
    hist_add(f->live[METRIC_GAP], from);
    f->health.gaps += from->total;
}

static void fold_flow(struct fold *f, size_t series, const struct flow *flow)
{
    interval_row_flow(&f->rows[series], flow);
    for (size_t o = 0; o < OUTCOME_COUNT; o++)
        f->totals[series].lost[o] += flow->lost[o];
}

void fold_epoch(struct fold *f, const struct epoch *e)
{
    assert(e->arms == f->names.arm_count && e->classes == f->names.class_count);
    for (size_t i = 0; i < e->sample_count; i++)
        fold_sample(f, &e->samples[i]);
    for (size_t i = 0; i < series_count(f); i++)
        fold_flow(f, i, &e->flows[i]);
    for (size_t i = 0; i < series_count(f) * 2; i++)
        fold_gaps(f, i, e->gaps[i]);
    for (uint32_t i = 0; i < e->arms; i++) {
        budgets_add(&f->budgets[i], &e->budgets[i]);
        budgets_add(&f->budgets_run[i], &e->budgets[i]);
    }
    host_health_add(&f->health, &e->health);
    f->health.samples_lost += e->samples_lost;
}

static const char *tag_of(const struct fold *f, const struct tally_key *key,
                          char text[SERIES_TEXT])
{
    const struct series_name name = {
        .arm = f->names.arms[key->arm],
        .arm_length = strlen(f->names.arms[key->arm]),
        .class_name = f->names.classes[key->class_index],
        .class_length = strlen(f->names.classes[key->class_index]),
        .stratum = key->stratum,
        .metric = key->metric,
        .is_measured = key->is_measured,
    };
    return series_format(text, &name);
}

struct line_context {
    struct fold *f;
    struct buf *hlog;
};

static void put_series(void *context, const struct tally_key *key,
                       const struct hist_bin *bins, size_t n)
{
    const struct line_context *c = context;
    char tag[SERIES_TEXT];
    hist_add_bins(c->f->live[key->metric], bins, n);
    hlog_line(c->f->encoder, c->hlog, tag_of(c->f, key, tag),
              (int64_t)key->second * NS_PER_S, NS_PER_S, bins, n);
}

/* Gaps are logged at the time of the interval, whose histograms are indexed by
 * (arm, class, is_measured). */
static void put_gaps(struct fold *f, struct buf *hlog)
{
    for (size_t i = 0; i < series_count(f) * 2; i++) {
        if (f->gaps[i] == NULL || f->gaps[i]->total == 0)
            continue;
        const struct tally_key key = {
            .arm = (uint32_t)(i / 2 / f->names.class_count),
            .class_index = (uint32_t)(i / 2 % f->names.class_count),
            .stratum = STRATUM_ALL,
            .metric = METRIC_GAP,
            .is_measured = i % 2 != 0,
        };
        char tag[SERIES_TEXT];
        hlog_line_hist(f->encoder, hlog, tag_of(f, &key, tag), f->t_ns, f->length_ns,
                       f->gaps[i]);
    }
}

static void begin_line(const struct fold *f, struct jout *j, const char *kind,
                       struct buf *out)
{
    int64_t t_ms = (f->t_ns + NS_PER_MS / 2) / NS_PER_MS;
    jout_init(j, out, false);
    jout_object(j, NULL);
    jout_str(j, "kind", kind);
    jout_num(j, "t", (double)t_ms / 1000);
}

static void put_seconds(const struct fold *f, const char *phase, bool is_measured,
                        struct buf *out)
{
    for (size_t i = 0; i < series_count(f); i++) {
        struct jout j;
        begin_line(f, &j, "second", out);
        jout_str(&j, "phase", phase);
        jout_bool(&j, "measured", is_measured);
        jout_str(&j, "arm", f->names.arms[i / f->names.class_count]);
        jout_str(&j, "class", f->names.classes[i % f->names.class_count]);
        interval_row_write(&f->rows[i], &j);
        jout_end_object(&j);
        buf_putc(out, '\n');
    }
}

/* A line per arm whose answers said anything. */
static void put_limits(const struct fold *f, struct buf *out)
{
    for (uint32_t i = 0; i < f->names.arm_count; i++) {
        struct jout j;
        if (f->budgets[i].count == 0)
            continue;
        begin_line(f, &j, "limits", out);
        jout_str(&j, "arm", f->names.arms[i]);
        budgets_write(&f->budgets[i], &j, "budgets");
        jout_end_object(&j);
        buf_putc(out, '\n');
    }
}

static void put_health(const struct fold *f, struct buf *out)
{
    struct jout j;
    begin_line(f, &j, "health", out);
    host_health_write(&f->health, f->length_ns, &j);
    jout_end_object(&j);
    buf_putc(out, '\n');
}

void fold_end(struct fold *f, const char *phase, bool is_measured, struct buf *hlog,
              struct buf *intervals)
{
    struct line_context context = {f, hlog};
    tally_each(f->tally, put_series, &context);
    put_gaps(f, hlog);
    put_seconds(f, phase, is_measured, intervals);
    slice_counts_write(f->slices, &f->names, intervals);
    put_limits(f, intervals);
    put_health(f, intervals);
}

const struct totals *fold_totals(const struct fold *f, uint32_t arm,
                                 uint32_t class_index)
{
    assert(arm < f->names.arm_count && class_index < f->names.class_count);
    return &f->totals[(size_t)arm * f->names.class_count + class_index];
}

const struct budgets *fold_budgets(const struct fold *f, uint32_t arm)
{
    assert(arm < f->names.arm_count);
    return &f->budgets_run[arm];
}

void fold_totals_sum(const struct fold *f, struct totals *out)
{
    *out = (struct totals){0};
    for (size_t i = 0; i < series_count(f); i++)
        totals_add(out, &f->totals[i]);
}

const struct hist *fold_live(const struct fold *f, enum metric m)
{
    assert(m < METRIC_COUNT);
    return f->live[m];
}
