/* SLOs as JUnit XML; see junit.h. Not enough data is an error, not a pass. */
#include "render/junit.h"

#include "judge/finding.h"
#include "render/markup.h"

static bool is_unsure(const struct summary *s)
{
    return s->problems.count > 0 || s->window.sent == 0;
}

static size_t count_of(const struct summary *s, enum slo_verdict verdict)
{
    size_t n = 0;
    for (size_t i = 0; i < s->slo_count; i++)
        n += s->slos[i].verdict == verdict;
    return n;
}

static void begin_case(const struct summary *s, const char *name, struct buf *out)
{
    buf_puts(out, "  <testcase classname=\"gust.");
    markup_text(out, s->profile_name);
    buf_puts(out, "\" name=\"");
    markup_text(out, name);
    buf_printf(out, "\" time=\"%.3f\">", s->window_s);
}

static void put_validity(const struct summary *s, struct buf *out)
{
    begin_case(s, "run is valid", out);
    if (is_unsure(s)) {
        buf_puts(out, "\n    <error message=\"");
        markup_text(out,
                    s->problems.count > 0 ? s->problems.items[0].text : s->sentence);
        buf_puts(out, "\"/>\n  ");
    }
    buf_puts(out, "</testcase>\n");
}

static void put_slo(const struct summary *s, const struct slo_result *row,
                    struct buf *out)
{
    char text[QUANTILE_TEXT];
    begin_case(s, row->text, out);
    if (row->verdict != SLO_MET) {
        buf_printf(out, "\n    <%s message=\"",
                   row->verdict == SLO_MISSED ? "failure" : "error");
        if (row->verdict == SLO_NO_DATA)
            markup_printf(out, "%s: %ju of %ju requests",
                          slo_verdict_words[row->verdict], (uintmax_t)row->n,
                          (uintmax_t)row->needed);
        else if (row->slo.kind == SLO_LATENCY)
            markup_printf(out, "measured %s", quantile_format(text, &row->quantile));
        else
            markup_printf(out, "measured %.4g %%", row->share * 100);
        buf_puts(out, "\"/>\n  ");
    }
    buf_puts(out, "</testcase>\n");
}

void summary_junit(const struct summary *s, struct buf *out)
{
    buf_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"");
    markup_text(out, s->name);
    buf_printf(out, "\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" time=\"%.3f\">\n",
               s->slo_count + 1, count_of(s, SLO_MISSED),
               count_of(s, SLO_NO_DATA) + (is_unsure(s) ? 1 : 0), s->window_s);
    put_validity(s, out);
    for (size_t i = 0; i < s->slo_count; i++)
        put_slo(s, &s->slos[i], out);
    buf_puts(out, "</testsuite>\n");
}
