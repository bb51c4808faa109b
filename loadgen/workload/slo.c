/*
 * Service level objectives as one line of text; see profile.h.
 *
 *   latency   METRIC pP <= DURATION    ttft p95 <= 2s
 *   success   success >= SHARE         success >= 99.5%
 *   goodput   goodput >= SHARE         goodput >= 95%
 *
 * White space between the words is free. Latency can only be bounded from above
 * and shares from below, so the other comparison is an error, not ignored.
 */
#include "workload/profile.h"

#include "base/units.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define SLO_WORDS 4
#define SLO_WORD_BYTES 32

/* The text cut at white space; words counts them, at most SLO_WORDS + 1. */
struct slo_words {
    char word[SLO_WORDS + 1][SLO_WORD_BYTES];
    size_t count;
};

static int split(const char *text, struct slo_words *w, struct err *e)
{
    const char *at = text;
    w->count = 0;
    for (;;) {
        while (isspace((unsigned char)*at))
            at++;
        size_t length = strcspn(at, " \t\r\n\v\f");
        if (length == 0)
            return 0;
        if (length >= SLO_WORD_BYTES || w->count > SLO_WORDS)
            return err_set(e, "\"%.100s\": must look like \"ttft p95 <= 2s\"", text);
        memcpy(w->word[w->count], at, length);
        w->word[w->count++][length] = '\0';
        at += length;
    }
}

static int parse_share(const char *text, const struct slo_words *w, struct slo *out,
                       struct err *e)
{
    if (w->count != 3 || strcmp(w->word[1], ">=") != 0)
        return err_set(e, "\"%s\": must look like \"%s >= 99%%\"", text, w->word[0]);
    return units_share(w->word[2], &out->share, e);
}

static int parse_percentile(const char *word, double *out, struct err *e)
{
    struct err ignored = {0};
    if (word[0] != 'p' || units_double(word + 1, out, &ignored) < 0 ||
        !(*out > 0.0 && *out <= 100.0))
        return err_set(e, "\"%s\": must be a percentile such as p95 or p99.9", word);
    return 0;
}

static int unknown_metric(const char *word, struct err *e)
{
    const char *names[METRIC_COUNT + 3] = {"success", "goodput"};
    for (size_t i = 0; i < METRIC_COUNT; i++)
        names[i + 2] = metric_rows[i].name;
    const char *near = json_nearest(word, names);
    return err_set(e, "\"%s\" is no metric%s%s%s", word,
                   near != NULL ? "; did you mean " : "", near != NULL ? near : "",
                   near != NULL ? "?" : "");
}

static int parse_latency(const char *text, const struct slo_words *w, struct slo *out,
                         struct err *e)
{
    out->metric = metric_find(w->word[0]);
    if (out->metric == METRIC_COUNT)
        return unknown_metric(w->word[0], e);
    if (w->count != 4 || strcmp(w->word[2], "<=") != 0)
        return err_set(e, "\"%s\": must look like \"%s p95 <= 2s\"", text, w->word[0]);
    if (parse_percentile(w->word[1], &out->percentile, e) < 0 ||
        units_duration(w->word[3], &out->limit_ns, e) < 0)
        return -1;
    if (out->limit_ns <= 0)
        return err_set(e, "\"%s\": the limit must be above 0", text);
    return 0;
}

int slo_parse(const char *text, struct slo *out, struct err *e)
{
    struct slo_words w;
    if (split(text, &w, e) < 0)
        return -1;
    if (w.count == 0)
        return err_set(e, "an empty objective; it must look like \"ttft p95 <= 2s\"");
    *out = (struct slo){.kind = SLO_LATENCY};
    if (strcmp(w.word[0], "success") == 0)
        out->kind = SLO_SUCCESS;
    else if (strcmp(w.word[0], "goodput") == 0)
        out->kind = SLO_GOODPUT;
    return out->kind == SLO_LATENCY ? parse_latency(text, &w, out, e)
                                    : parse_share(text, &w, out, e);
}

/* The largest unit that divides the time: 1500ms, 2s, 90s. */
static void format_duration(int64_t ns, struct buf *out)
{
    static const struct {
        int64_t ns;
        const char *name;
    } units[] = {{NS_PER_S, "s"}, {NS_PER_MS, "ms"}, {NS_PER_US, "us"}, {1, "ns"}};
    size_t i = 0;
    while (ns % units[i].ns != 0)
        i++;
    buf_printf(out, "%lld%s", (long long)(ns / units[i].ns), units[i].name);
}

/* number * scale with unit, in the fewest digits that parse reads back as number. */
static void format_number(double number, double scale, const char *unit,
                          int (*parse)(const char *text, double *out, struct err *e),
                          struct buf *out)
{
    char text[UNITS_TEXT];
    double back = -1.0;
    for (int digits = 3; digits <= 17 && back != number; digits++) {
        struct err ignored = {0};
        (void)snprintf(text, sizeof text, "%.*g%s", digits, number * scale, unit);
        if (parse(text, &back, &ignored) < 0)
            back = -1.0;
    }
    if (back != number) /* no percentage has these very bits */
        (void)snprintf(text, sizeof text, "%.17g", number);
    buf_puts(out, text);
}

void slo_format(const struct slo *s, struct buf *out)
{
    switch (s->kind) {
    case SLO_LATENCY:
        buf_printf(out, "%s p", metric_rows[s->metric].name);
        format_number(s->percentile, 1.0, "", units_double, out);
        buf_puts(out, " <= ");
        format_duration(s->limit_ns, out);
        return;
    case SLO_SUCCESS:
    case SLO_GOODPUT:
        buf_puts(out, s->kind == SLO_SUCCESS ? "success >= " : "goodput >= ");
        format_number(s->share, 100.0, "%", units_share, out);
        return;
    }
    bug("slo kind");
}
