/* The state of a run and the sentence that says it; see finding.h. */
#include "judge/finding.h"

#include "base/buf.h"
#include "base/units.h"
#include "judge/resilience.h"
#include "judge/slo_check.h"
#include "judge/validity.h"

const struct finding_row finding_rows[] = {
    [FINDING_MET] = {"met", "SLOs met", TONE_GOOD, EXIT_GO},
    [FINDING_VALID] = {"valid", "Valid", TONE_NEUTRAL, EXIT_GO},
    [FINDING_COLLAPSED] = {"collapsed", "Collapsed", TONE_BAD, EXIT_NO_GO},
    [FINDING_MISSED] = {"missed", "SLO missed", TONE_BAD, EXIT_NO_GO},
    [FINDING_INCONCLUSIVE] = {"inconclusive", "Inconclusive", TONE_WARNING,
                              EXIT_INCONCLUSIVE},
    [FINDING_INCOMPLETE] = {"incomplete", "Incomplete", TONE_WARNING,
                            EXIT_INCONCLUSIVE},
    [FINDING_INVALID] = {"invalid", "Invalid", TONE_BAD, EXIT_INCONCLUSIVE},
};

const char *const slo_verdict_names[] = {
    [SLO_MET] = "met",
    [SLO_MISSED] = "missed",
    [SLO_NO_DATA] = "no_data",
};

const char *const slo_verdict_words[] = {
    [SLO_MET] = "met",
    [SLO_MISSED] = "missed",
    [SLO_NO_DATA] = "not enough data",
};

#define SENTENCE_MAX 4096

static size_t count_slos(const struct summary *s, enum slo_verdict verdict)
{
    size_t n = 0;
    for (size_t i = 0; i < s->slo_count; i++)
        n += s->slos[i].verdict == verdict;
    return n;
}

static enum finding_state state_of(const struct summary *s, bool is_sound)
{
    if (!is_sound)
        return FINDING_INVALID;
    if (s->status != RUN_COMPLETE)
        return FINDING_INCOMPLETE;
    if (s->window.sent == 0)
        return FINDING_INCONCLUSIVE;
    if (count_slos(s, SLO_MISSED) > 0)
        return FINDING_MISSED;
    if (s->resilience.recovery.state == RECOVERY_COLLAPSED)
        return FINDING_COLLAPSED;
    if (count_slos(s, SLO_NO_DATA) > 0)
        return FINDING_INCONCLUSIVE;
    return s->slo_count > 0 ? FINDING_MET : FINDING_VALID;
}

/* "ttft p95 <= 2s: 2.41 s" of every SLO with that verdict. */
static void put_slos(const struct summary *s, enum slo_verdict verdict, struct buf *out)
{
    const char *between = "";
    for (size_t i = 0; i < s->slo_count; i++) {
        const struct slo_result *row = &s->slos[i];
        char text[QUANTILE_TEXT];
        if (row->verdict != verdict)
            continue;
        buf_printf(out, "%s%s", between, row->text);
        if (row->quantile.state == QUANTILE_BEYOND && row->quantile.beyond_us == 0)
            buf_printf(out, ": %.3g %% failed", row->quantile.lost_share * 100);
        else if (row->slo.kind == SLO_LATENCY)
            buf_printf(out, ": %s", quantile_format(text, &row->quantile));
        else if (row->n > 0)
            buf_printf(out, ": %.3g %%", row->share * 100);
        between = ", ";
    }
}

static void put_state(const struct summary *s, struct buf *out)
{
    switch (s->state) {
    case FINDING_MET:
        buf_printf(out, "all %zu SLOs are met", s->slo_count);
        break;
    case FINDING_VALID:
        buf_puts(out, "the run is valid; no SLO was asked for");
        break;
    case FINDING_COLLAPSED:
        buf_puts(out, "the system did not come back after the outage");
        break;
    case FINDING_MISSED:
        buf_printf(out, "%zu of %zu SLOs missed: ", count_slos(s, SLO_MISSED),
                   s->slo_count);
        put_slos(s, SLO_MISSED, out);
        break;
    case FINDING_INCONCLUSIVE:
        buf_puts(out, s->window.sent == 0 ? "no request was measured"
                                          : "not enough data for ");
        put_slos(s, SLO_NO_DATA, out);
        break;
    case FINDING_INCOMPLETE:
    case FINDING_INVALID:
        buf_puts(out, s->problems.items[0].text);
        break;
    }
}

/* "; after the outage it collapsed": where one was announced. */
static void put_recovery(const struct summary *s, struct buf *out)
{
    enum recovery_state state = s->resilience.recovery.state;
    if (state == RECOVERY_NOT_ASKED || s->state == FINDING_COLLAPSED)
        return;
    if (state == RECOVERY_UNKNOWN)
        buf_puts(out, "; unknown whether it recovered from the outage");
    else
        buf_printf(out, "; after the outage it %s%s",
                   state == RECOVERY_DEGRADED ? "stayed " : "", recovery_names[state]);
}

/* What the requests did, and the two latencies that users feel. */
static void put_numbers(const struct summary *s, struct buf *out)
{
    static const enum metric shown[] = {METRIC_TTFT, METRIC_E2E};
    char a[UNITS_TEXT], b[UNITS_TEXT], text[QUANTILE_TEXT];
    if (s->window.scheduled == 0)
        return;
    buf_printf(out, "; %s of %s requests succeeded (%.4g %%)",
               units_format_count(a, s->window.succeeded),
               units_format_count(b, s->window.scheduled),
               summary_success_share(s) * 100);
    for (size_t i = 0; i < ARRAY_LEN(shown); i++) {
        struct quantile q = latency_quantile(&s->latency[shown[i]], 95);
        if (q.state == QUANTILE_VALUE || q.state == QUANTILE_BEYOND)
            buf_printf(out, ", %s p95 %s", metric_rows[shown[i]].name,
                       quantile_format(text, &q));
    }
}

static char *sentence_of(const struct summary *s)
{
    struct buf b;
    buf_init(&b, SENTENCE_MAX);
    put_state(s, &b);
    put_recovery(s, &b);
    put_numbers(s, &b);
    char *sentence = buf_steal(&b);
    buf_release(&b);
    return sentence;
}

void finding_make(struct summary *s)
{
    bool is_sound = validity_check(s);
    slo_check(s);
    resilience_judge(s);
    s->state = state_of(s, is_sound);
    s->sentence = sentence_of(s);
}
