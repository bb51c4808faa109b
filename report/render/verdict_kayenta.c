/*
 * A verdict in the shape of a Kayenta judge's result, for pipelines that gate on a
 * canary score: 100 GO, 50 INCONCLUSIVE, 0 NO-GO. With the thresholds pass 95 and
 * marginal 40 they keep the three states.
 *
 * The score is no average: one gate that fails makes it 0. A metric is Pass, High or
 * Low (worse, on that side), and Nodata while it is undecided: Kayenta has no word
 * for "not yet".
 */
#include "render/verdict.h"

#include "base/jout.h"
#include "judge/wording.h"

#include <math.h>

#define GROUP "gust"
#define REASON_BYTES 512

static const char *const call_classes[] = {
    [CALL_GO] = "Pass",
    [CALL_NO_GO] = "Fail",
    [CALL_INCONCLUSIVE] = "Marginal",
};

static const char *class_of(const struct gate_result *r)
{
    if (r->state == GATE_PASS)
        return "Pass";
    if (r->state != GATE_FAIL)
        return "Nodata";
    return r->is_down_worse ? "Low" : "High";
}

/* Seconds, shares or the measure's unit; null when infinite or not there. */
static void put_side(struct jout *j, const char *key, const struct gate_result *r,
                     enum side side)
{
    double value = side == SIDE_CANARY ? r->canary : r->baseline;
    bool is_there = r->is_applicable && r->n[side] > 0;
    jout_object(j, key);
    jout_object(j, "stats");
    jout_u64(j, "count", r->n[side]);
    jout_num(j, "value", !is_there ? (double)NAN : r->is_latency ? value / 1e6 : value);
    jout_end_object(j);
    jout_end_object(j);
}

static void put_metric(struct jout *j, const struct gate_result *r)
{
    char change[WORDING_TEXT], margin[WORDING_TEXT];
    struct buf reason;
    buf_init(&reason, REASON_BYTES);
    buf_printf(&reason, "%s: %s, allowed %s", gate_state_names[r->state],
               wording_change(change, r, r->estimate),
               wording_change(margin, r, r->margin));
    jout_object(j, NULL);
    jout_str(j, "name", r->gate->name);
    jout_str(j, "id", r->gate->name);
    jout_str(j, "classification", class_of(r));
    jout_str(j, "classificationReason", reason.data);
    jout_bool(j, "critical", true);
    jout_array(j, "groups");
    jout_str(j, NULL, GROUP);
    jout_end_array(j);
    put_side(j, "controlMetadata", r, SIDE_BASELINE);
    put_side(j, "experimentMetadata", r, SIDE_CANARY);
    jout_end_object(j);
    buf_release(&reason);
}

static void put_score(struct jout *j, const struct verdict *v)
{
    jout_i64(j, "score", call_rows[v->call].score);
    jout_str(j, "classification", call_classes[v->call]);
    jout_str(j, "classificationReason", v->sentence);
}

void verdict_kayenta(const struct verdict *v, struct buf *out)
{
    struct jout j;
    jout_init(&j, out, true);
    jout_object(&j, NULL);
    jout_str(&j, "judgeName", "gust");
    jout_array(&j, "results");
    for (size_t i = 0; i < v->result_count; i++)
        if (v->results[i].is_gating)
            put_metric(&j, &v->results[i]);
    jout_end_array(&j);
    jout_array(&j, "groupScores");
    jout_object(&j, NULL);
    jout_str(&j, "name", GROUP);
    put_score(&j, v);
    jout_end_object(&j);
    jout_end_array(&j);
    jout_object(&j, "score");
    put_score(&j, v);
    jout_end_object(&j);
    jout_end_object(&j);
    buf_putc(out, '\n');
}
