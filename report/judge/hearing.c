/*
 * Reads run directories into witnesses; see hearing.h.
 *
 * Each file is read from where the last look ended; a last line without its newline
 * is left for the next look. One table row per kind of line. What a line says must
 * be possible: a time outside of any run or a broken payload is an error with file
 * and line, never a crash and never ignored.
 */
#include "judge/hearing.h"

#include "base/money.h"
#include "judge/linescan.h"
#include "judge/witness_manifest.h"
#include "measure/rundir.h"
#include "measure/series.h"
#include "measure/wholelines.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_BYTES 4096

struct hearing {
    char *path;
    struct witness **arms;
    size_t arm_count;
    uint32_t metric_mask;
    uint64_t offsets[RUNDIR_FILES]; /* bytes read */
    uint64_t lines[RUNDIR_FILES];
    struct hlog_decoder *decoder;
};

/* ---- intervals.jsonl */

static size_t second_of(double t)
{
    return t >= 0 && t < WITNESS_SECONDS_MAX ? (size_t)t : WITNESS_SECONDS_MAX;
}

static struct witness *arm_named(const struct hearing *h, const char *name,
                                 size_t length)
{
    for (size_t i = 0; i < h->arm_count; i++) {
        struct witness *w = h->arms[i];
        if (w != NULL && strlen(w->arm) == length && memcmp(w->arm, name, length) == 0)
            return w;
    }
    return NULL;
}

/* What the judge wants of any line; what is missing is 0 or empty. */
struct interval_line {
    struct line_text kind, arm, class_name, stratum, failed, not_sent;
    bool is_measured;
    double t, interval_ms, lag_us_max, samples_lost;
    double ok, good, censored;
    double prompt_tokens, cached_tokens, output_tokens, decode_ms, cost_pico;
};

#define LINE(field) offsetof(struct interval_line, field)
static const struct {
    const char *key;
    enum line_value value;
    size_t offset;
} member_rows[] = {
    {"kind", LINE_TEXT, LINE(kind)},
    {"t", LINE_NUMBER, LINE(t)},
    {"arm", LINE_TEXT, LINE(arm)},
    {"class", LINE_TEXT, LINE(class_name)},
    {"stratum", LINE_TEXT, LINE(stratum)},
    {"measured", LINE_TRUE, LINE(is_measured)},
    {"ok", LINE_NUMBER, LINE(ok)},
    {"good", LINE_NUMBER, LINE(good)},
    {"failed", LINE_NESTED, LINE(failed)},
    {"not_sent", LINE_NESTED, LINE(not_sent)},
    {"censored", LINE_NUMBER, LINE(censored)},
    {"prompt_tokens", LINE_NUMBER, LINE(prompt_tokens)},
    {"cached_tokens", LINE_NUMBER, LINE(cached_tokens)},
    {"output_tokens", LINE_NUMBER, LINE(output_tokens)},
    {"decode_ms", LINE_NUMBER, LINE(decode_ms)},
    {"cost_pico", LINE_NUMBER, LINE(cost_pico)},
    {"interval_ms", LINE_NUMBER, LINE(interval_ms)},
    {"lag_us_max", LINE_NUMBER, LINE(lag_us_max)},
    {"samples_lost", LINE_NUMBER, LINE(samples_lost)},
};

static void set_member(struct interval_line *line, const struct line_member *m,
                       enum line_value value)
{
    for (size_t i = 0; i < ARRAY_LEN(member_rows); i++) {
        void *field = (char *)line + member_rows[i].offset;
        if (member_rows[i].value != value || !line_text_is(m->key, member_rows[i].key))
            continue;
        if (value == LINE_TRUE)
            *(bool *)field = true;
        else if (value == LINE_NUMBER)
            *(double *)field = m->number;
        else
            *(struct line_text *)field = m->text;
        return;
    }
}

/* All but the time are counts and sums. */
static int check_numbers(const struct interval_line *line, struct err *e)
{
    for (size_t i = 0; i < ARRAY_LEN(member_rows); i++) {
        const char *field = (const char *)line + member_rows[i].offset;
        double number = 0;
        if (member_rows[i].value != LINE_NUMBER || member_rows[i].offset == LINE(t))
            continue;
        memcpy(&number, field, sizeof number);
        if (!(number >= 0) || !isfinite(number))
            return err_set(e, "%s: %g is no count", member_rows[i].key, number);
    }
    return 0;
}

static int scan_line(const char *text, size_t length, struct interval_line *line,
                     struct err *e)
{
    struct linescan scan = linescan_of(text, length);
    struct line_member m = {{0}, {0}, 0};
    enum line_value value = linescan_next(&scan, &m);
    *line = (struct interval_line){.arm = {"", 0},
                                   .class_name = {"", 0},
                                   .failed = {"{}", 2},
                                   .not_sent = {"{}", 2}};
    for (; value != LINE_END && value != LINE_BAD; value = linescan_next(&scan, &m))
        set_member(line, &m, value);
    return value == LINE_END ? check_numbers(line, e) : err_set(e, "is no JSON object");
}

static uint32_t count_of(double x)
{
    return x > 0 && x < UINT32_MAX ? (uint32_t)x : 0;
}

/* A slice line, and where it belongs. */
struct place {
    size_t class_index, second;
    unsigned stratum;
};

/* {"reset":2,...}; a name that is not known counts as other. */
static int count_outcomes(struct witness *w, const struct place *at,
                          struct line_text object, struct err *e)
{
    struct linescan scan = linescan_of(object.text, object.length);
    struct line_member m = {{0}, {0}, 0};
    enum line_value value = linescan_next(&scan, &m);
    char name[64];
    for (; value == LINE_NUMBER; value = linescan_next(&scan, &m)) {
        (void)snprintf(name, sizeof name, "%.*s",
                       (int)(m.key.length < sizeof name ? m.key.length : 0),
                       m.key.text);
        enum outcome o = outcome_find(name);
        witness_count(w, o < OUTCOME_COUNT ? o : OUTCOME_OTHER, at->class_index,
                      at->second, at->stratum, count_of(m.number));
    }
    return value == LINE_END ? 0 : err_set(e, "failed or not_sent: are no counts");
}

static void add_sums(struct ledger_row *row, const struct interval_line *line)
{
    row->good += count_of(line->good);
    row->prompt_tokens += line->prompt_tokens;
    row->cached_tokens += line->cached_tokens;
    row->output_tokens += line->output_tokens;
    row->decode_s += line->decode_ms / 1000;
    row->cost += line->cost_pico / (double)MONEY_UNIT;
}

/* Adds up {"reset":2,...}. */
static uint64_t sum_of(struct line_text object)
{
    struct linescan scan = linescan_of(object.text, object.length);
    struct line_member m = {{0}, {0}, 0};
    uint64_t sum = 0;
    while (linescan_next(&scan, &m) == LINE_NUMBER)
        sum += count_of(m.number);
    return sum;
}

/* "p20"; other texts are one stratum. */
static unsigned stratum_in(struct line_text t)
{
    unsigned stratum = 0;
    for (size_t i = 1; i < t.length && t.text[0] == 'p' && stratum < STRATUM_COUNT; i++)
        stratum = t.text[i] >= '0' && t.text[i] <= '9'
                      ? stratum * 10 + (unsigned)(t.text[i] - '0')
                      : STRATUM_COUNT;
    return stratum;
}

static int take_slice(struct hearing *h, const struct interval_line *line,
                      struct err *e)
{
    struct witness *w = arm_named(h, line->arm.text, line->arm.length);
    if (w != NULL)
        w->logged += count_of(line->ok) + count_of(line->censored) +
                     sum_of(line->failed) + sum_of(line->not_sent);
    if (w == NULL || !line->is_measured)
        return 0;
    struct place at = {
        .class_index = witness_class(w, line->class_name.text, line->class_name.length),
        .second = second_of(line->t),
        .stratum = stratum_in(line->stratum),
    };
    if (at.second == WITNESS_SECONDS_MAX)
        return err_set(e, "t: %g is no second of a run", line->t);
    if (at.stratum >= STRATUM_COUNT)
        return err_set(e, "stratum: is out of range p0..p%d", STRATUM_COUNT - 1);
    if (at.class_index == WITNESS_CLASSES_MAX)
        return err_set(e, "class: more than %d of them", WITNESS_CLASSES_MAX);
    witness_count(w, OUTCOME_OK, at.class_index, at.second, at.stratum,
                  count_of(line->ok));
    witness_count(w, OUTCOME_CENSORED, at.class_index, at.second, at.stratum,
                  count_of(line->censored));
    if (count_outcomes(w, &at, line->failed, e) < 0 ||
        count_outcomes(w, &at, line->not_sent, e) < 0)
        return -1;
    struct ledger_row *row = witness_row(w, at.second);
    row->is_measured |= !w->is_dense;
    add_sums(row, line);
    return 0;
}

/* The generator is late from when the request was due until the interval's end. */
static void book_lag(struct witness *w, double from, double to, uint32_t lag_us)
{
    size_t first = second_of(fmax(from, 0)), last = second_of(to);
    for (size_t t = first; t <= last && t < w->row_count; t++) {
        struct ledger_row *row = witness_row(w, t);
        row->lag_us_max = row->lag_us_max > lag_us ? row->lag_us_max : lag_us;
    }
}

static int take_health(struct hearing *h, const struct interval_line *line,
                       struct err *e)
{
    uint32_t lag_us = count_of(line->lag_us_max);
    /* its end belongs to the next */
    double length = line->interval_ms > 1 ? (line->interval_ms - 1) / 1000 : 0;
    double end = line->t + length;
    if (second_of(line->t) == WITNESS_SECONDS_MAX ||
        second_of(end) == WITNESS_SECONDS_MAX)
        return err_set(e, "t: %g is no second of a run", line->t);
    for (size_t i = 0; i < h->arm_count; i++) {
        if (h->arms[i] == NULL)
            continue;
        (void)witness_row(h->arms[i], second_of(end));
        book_lag(h->arms[i], line->t - (double)lag_us / 1e6, end, lag_us);
        h->arms[i]->samples_lost += count_of(line->samples_lost);
    }
    return 0;
}

static const struct {
    const char *kind;
    int (*take)(struct hearing *h, const struct interval_line *line, struct err *e);
} kind_rows[] = {
    {"slice", take_slice},
    {"health", take_health},
};

static int take_interval(struct hearing *h, const char *text, size_t length,
                         struct err *e)
{
    struct interval_line line;
    if (scan_line(text, length, &line, e) < 0)
        return -1;
    for (size_t i = 0; i < ARRAY_LEN(kind_rows); i++)
        if (line_text_is(line.kind, kind_rows[i].kind))
            return kind_rows[i].take(h, &line, e);
    return 0;
}

/* ---- latency.hlog */

static int take_log(struct hearing *h, const char *text, size_t length, struct err *e)
{
    struct hlog_entry entry;
    struct series_name name;
    const struct hist_bin *bins;
    size_t n;
    enum hlog_status status = hlog_parse(text, length, &entry, e);
    if (status != HLOG_ENTRY)
        return status == HLOG_COMMENT ? 0 : -1;
    if (entry.tag == NULL)
        return err_set(e, "tag: is missing");
    if (series_parse(entry.tag, entry.tag_length, &name, e) != 0)
        return -1;
    if (!name.is_measured || (h->metric_mask >> name.metric & 1) == 0)
        return 0;
    struct witness *w = arm_named(h, name.arm, name.arm_length);
    if (w == NULL)
        return 0;
    int64_t start_s = entry.start_ns / NS_PER_S;
    size_t second = second_of((double)start_s);
    size_t class_index = witness_class(w, name.class_name, name.class_length);
    if (second == WITNESS_SECONDS_MAX || class_index == WITNESS_CLASSES_MAX)
        return err_set(e, "start or class: out of range");
    if (hlog_decode(h->decoder, entry.payload, entry.payload_length, &bins, &n, e) != 0)
        return -1;
    unsigned stratum = name.stratum == STRATUM_ALL ? 0 : (unsigned)name.stratum;
    witness_observe(w, name.metric, class_index, second, stratum, bins, n);
    return 0;
}

/* ---- the directory */

static const struct {
    enum rundir_file file;
    int (*take)(struct hearing *h, const char *text, size_t length, struct err *e);
} file_rows[] = {
    {RUNDIR_INTERVALS, take_interval},
    {RUNDIR_HLOG, take_log},
};

/* Opens at the byte where the last look ended. */
static int open_at(struct wholelines *w, const char *path, uint64_t offset,
                   struct err *e)
{
    if (wholelines_open(w, path, e) != 0)
        return -1;
    if (lseek(w->fd, (off_t)offset, SEEK_SET) < 0)
        return err_set_errno(e, errno, "%s", path);
    return 0;
}

static int read_lines(struct hearing *h, size_t row, struct err *e)
{
    enum rundir_file file = file_rows[row].file;
    char path[PATH_BYTES];
    struct wholelines lines = {.fd = -1};
    enum wholelines_status status = WHOLELINES_LINE;
    int rc = snprintf(path, sizeof path, "%s/%s", h->path, rundir_file_names[file]);
    if (rc < 0 || rc >= PATH_BYTES)
        return err_set(e, "%s: the path is too long", h->path);
    rc = open_at(&lines, path, h->offsets[file], e);
    bool is_open = rc == 0;
    while (rc == 0 && status == WHOLELINES_LINE) {
        const char *text;
        size_t length;
        status = wholelines_next(&lines, &text, &length, e);
        if (status == WHOLELINES_END)
            break;
        h->lines[file]++;
        rc = status == WHOLELINES_BAD ? -1 : file_rows[row].take(h, text, length, e);
        h->offsets[file] += status == WHOLELINES_LINE ? length + 1 : 0;
    }
    if (rc < 0 && is_open)
        (void)err_in(e, "%s line %" PRIu64, path, h->lines[file]);
    wholelines_release(&lines);
    return rc;
}

static int read_files(struct hearing *h, const struct runread *r, struct err *e)
{
    const json_t *phases = json_object_get(r->manifest, "phases");
    for (size_t i = 0; i < h->arm_count; i++) {
        if (h->arms[i] == NULL)
            continue;
        if (witness_manifest(h->arms[i], r, i, e) < 0)
            return err_in(e, "%s/%s", h->path, RUNDIR_MANIFEST);
        witness_window(h->arms[i], phases);
    }
    for (size_t i = 0; i < ARRAY_LEN(file_rows); i++)
        if (read_lines(h, i, e) < 0)
            return -1;
    for (size_t i = 0; i < h->arm_count; i++)
        if (h->arms[i] != NULL)
            witness_window(h->arms[i], phases);
    return 0;
}

/* Makes the witnesses; arm NULL: one for each of the run's arms. */
static int name_arms(struct hearing *h, const json_t *arms, const char *arm,
                     struct err *e)
{
    size_t n = json_array_size(arms), named = 0;
    if (n == 0)
        return err_set(e, "%s/%s: arms: there are none", h->path, RUNDIR_MANIFEST);
    h->arms = xcalloc(n, sizeof h->arms[0]);
    h->arm_count = n;
    for (size_t i = 0; i < n; i++) {
        const char *name = json_string_value(json_array_get(arms, i));
        if (name == NULL || (arm != NULL && strcmp(arm, name) != 0))
            continue;
        h->arms[i] = witness_new(h->path, name);
        named++;
    }
    return named > 0 ? 0
                     : err_set(e, "%s: no arm \"%s\"", h->path, arm == NULL ? "" : arm);
}

struct hearing *hearing_open(const char *path, const char *arm, uint32_t metric_mask,
                             struct err *e)
{
    struct runread *r = runread_open(path, e);
    if (r == NULL)
        return NULL;
    struct hearing *h = xcalloc(1, sizeof *h);
    h->path = xstrdup(path);
    h->metric_mask = metric_mask;
    h->decoder = hlog_decoder_new();
    int rc = name_arms(h, json_object_get(r->manifest, "arms"), arm, e);
    if (rc == 0)
        rc = read_files(h, r, e);
    runread_close(r);
    if (rc == 0)
        return h;
    hearing_close(h);
    return NULL;
}

int hearing_continue(struct hearing *h, struct err *e)
{
    struct runread *r = runread_open(h->path, e);
    if (r == NULL)
        return -1;
    int rc = read_files(h, r, e);
    runread_close(r);
    return rc;
}

void hearing_close(struct hearing *h)
{
    if (h == NULL)
        return;
    for (size_t i = 0; i < h->arm_count; i++)
        witness_free(h->arms[i]);
    hlog_decoder_free(h->decoder);
    free(h->arms);
    free(h->path);
    free(h);
}

size_t hearing_arms(const struct hearing *h)
{
    return h->arm_count;
}

const struct witness *hearing_witness(const struct hearing *h, size_t arm)
{
    assert(arm < h->arm_count);
    return h->arms[arm];
}

struct witness *hearing_take(struct hearing *h, size_t arm)
{
    assert(arm < h->arm_count);
    struct witness *w = h->arms[arm];
    h->arms[arm] = NULL;
    return w;
}
