/*
 * A verdict as JSON; see verdict.h and verdict.schema.json. Latencies are seconds,
 * shares 0..1; estimate, interval and margin are on the gate's scale. A number that
 * is infinite or unknown is null; a value among the failures says "censored".
 */
#include "render/verdict.h"

#include "base/jout.h"

#include <math.h>

static const char *const side_names[SIDES] = {"baseline", "canary"};

static double in_unit(const struct gate_result *r, double value)
{
    return r->is_latency ? value / 1e6 : value;
}

static void put_value(struct jout *j, const struct gate_result *r, enum side side)
{
    double value = side == SIDE_CANARY ? r->canary : r->baseline;
    bool is_there = r->is_applicable && r->n[side] > 0;
    jout_object(j, side_names[side]);
    jout_num(j, "value", is_there ? in_unit(r, value) : (double)NAN);
    jout_bool(j, "censored", is_there && isinf(value));
    jout_u64(j, "n", r->n[side]);
    jout_num(j, "exceed", r->exceed[side]);
    jout_end_object(j);
}

static void put_tests(struct jout *j, const struct gate_result *r)
{
    bool is_there = r->is_applicable && r->is_defined;
    double none = (double)NAN;
    jout_num(j, "estimate", is_there ? r->estimate : none);
    jout_array(j, "ci");
    jout_num(j, NULL, is_there ? r->low : none);
    jout_num(j, NULL, is_there ? r->high : none);
    jout_end_array(j);
    jout_num(j, "margin", r->margin);
    jout_num(j, "p_go", is_there ? r->p_go : none);
    jout_num(j, "p_nogo", is_there ? r->p_nogo : none);
    if (r->is_gating)
        jout_num(j, "holm_threshold", r->threshold);
    else
        jout_null(j, "holm_threshold");
    jout_num(j, "deff", is_there ? r->deff : none);
    jout_num(j, "lag1", is_there ? r->lag1 : none);
    jout_u64(j, "nu", r->nu);
    jout_num(j, "kappa", r->noise.kappa);
    jout_num(j, "tau", r->noise.tau);
    jout_bool(j, "run_level", r->is_run_level);
}

static void put_gate(struct jout *j, const struct gate_result *r)
{
    jout_object(j, NULL);
    jout_str(j, "name", r->gate->name);
    jout_str(j, "state", gate_state_names[r->state]);
    jout_bool(j, "gating", r->is_gating);
    jout_bool(j, "applicable", r->is_applicable);
    jout_bool(j, "enough", r->is_eligible);
    const struct measure *measure = r->gate->measure;
    const char *unit = measure == NULL ? "s" : measure->unit;
    jout_str(j, "unit", r->is_latency ? "s" : r->is_share ? "share" : unit);
    jout_str(j, "scale", r->is_share ? "difference" : "log_ratio");
    if (r->gate->measure == NULL)
        jout_num(j, "p", r->gate->p);
    else
        jout_null(j, "p");
    put_value(j, r, SIDE_BASELINE);
    put_value(j, r, SIDE_CANARY);
    put_tests(j, r);
    jout_end_object(j);
}

static void put_guard(struct jout *j, const struct guard_result *g)
{
    bool is_there = g->state != GUARD_NO_DATA;
    jout_object(j, NULL);
    jout_str(j, "slo", g->text);
    jout_str(j, "state", guard_state_names[g->state]);
    jout_num(j, "wanted", is_there ? g->wanted : (double)NAN);
    jout_num(j, "baseline", is_there ? g->baseline : (double)NAN);
    jout_num(j, "canary", is_there ? g->canary : (double)NAN);
    jout_num(j, "p_broken", g->p_broken);
    jout_u64(j, "n", g->n);
    jout_end_object(j);
}

static void put_caveats(struct jout *j, const struct verdict *v, bool is_note)
{
    jout_array(j, is_note ? "notes" : "reasons");
    for (size_t i = 0; i < v->caveats.count; i++) {
        const struct caveat *c = &v->caveats.items[i];
        const struct caveat_row *row = &caveat_rows[c->code];
        if ((row->weight == CAVEAT_NOTE) != is_note)
            continue;
        jout_object(j, NULL);
        jout_str(j, "code", row->code);
        jout_str(j, "about", c->about);
        jout_str(j, "weight", caveat_weight_names[row->weight]);
        jout_str(j, "text", c->text);
        jout_str(j, "advice", row->advice);
        jout_end_object(j);
    }
    jout_end_array(j);
}

static void put_arm(struct jout *j, const struct verdict *v, enum side side)
{
    const struct verdict_arm *a = &v->arms[side];
    jout_object(j, side_names[side]);
    jout_str(j, "name", a->name);
    jout_str(j, "url", a->url);
    jout_str(j, "model", a->model);
    jout_str(j, "profile", a->profile);
    jout_u64(j, "runs", a->runs);
    jout_num(j, "seconds", a->seconds);
    jout_u64(j, "requests", a->sum.requests);
    jout_u64(j, "succeeded", a->sum.ok);
    jout_u64(j, "failed", a->sum.failed[FAILURES_ALL]);
    jout_u64(j, "quota", a->sum.quota);
    jout_object(j, "errors");
    for (size_t o = 0; o < OUTCOME_COUNT; o++)
        if (o != OUTCOME_OK && a->outcomes[o] > 0)
            jout_u64(j, outcome_rows[o].name, a->outcomes[o]);
    jout_end_object(j);
    jout_end_object(j);
}

static void put_head(struct jout *j, const struct verdict *v)
{
    jout_u64(j, "schema", VERDICT_JSON_SCHEMA);
    jout_str(j, "verdict", call_rows[v->call].name);
    jout_bool(j, "go", v->call == CALL_GO);
    jout_i64(j, "score", call_rows[v->call].score);
    jout_str(j, "sentence", v->sentence);
    jout_num(j, "need_more_seconds", v->extra_s);
    jout_bool(j, "resolvable", isfinite(v->extra_s) != 0);
    jout_str(j, "mode", pairing_mode_names[v->mode]);
    jout_bool(j, "early_look", v->is_look);
    jout_bool(j, "same_schedule", v->is_same_schedule);
    jout_str(j, "policy", v->policy_name);
    jout_bool(j, "calibrated", v->is_calibrated);
    jout_object(j, "alpha");
    jout_num(j, "go", v->alpha_go);
    jout_num(j, "nogo", v->alpha_nogo);
    jout_end_object(j);
    jout_num(j, "seconds", v->seconds);
    jout_u64(j, "nu", v->nu);
}

void verdict_json(const struct verdict *v, struct buf *out)
{
    struct jout j;
    jout_init(&j, out, true);
    jout_object(&j, NULL);
    put_head(&j, v);
    put_arm(&j, v, SIDE_BASELINE);
    put_arm(&j, v, SIDE_CANARY);
    put_caveats(&j, v, false);
    jout_array(&j, "metrics");
    for (size_t i = 0; i < v->result_count; i++)
        put_gate(&j, &v->results[i]);
    jout_end_array(&j);
    jout_array(&j, "slo");
    for (size_t i = 0; i < v->guard_count; i++)
        put_guard(&j, &v->guards[i]);
    jout_end_array(&j);
    put_caveats(&j, v, true);
    jout_end_object(&j);
    buf_putc(out, '\n');
}
