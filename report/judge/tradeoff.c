/* The trade-off of a rollout; see tradeoff.h. */
#include "judge/tradeoff.h"

#include <math.h>

#define ALPHA 0.05

static enum tradeoff_state judge_saving(const struct ratio_result *change,
                                        double saving)
{
    double most = log1p(-saving);
    if (!change->is_defined)
        return TRADEOFF_OPEN;
    if (change->high <= most && change->high < 0)
        return TRADEOFF_YES;
    return change->low > most || change->low >= 0 ? TRADEOFF_NO : TRADEOFF_OPEN;
}

static enum tradeoff_state judge_guard(const struct guard_result *g)
{
    if (g->state == GUARD_BROKEN)
        return TRADEOFF_NO;
    bool is_proven = g->slo.kind != SLO_LATENCY || g->p_kept <= ALPHA;
    return g->state == GUARD_KEPT && is_proven ? TRADEOFF_YES : TRADEOFF_OPEN;
}

/* The first caveat that forbids a GO. That an SLO is missed is judged here itself. */
static const char *doubt_of(const struct caveats *c)
{
    for (size_t i = 0; i < c->count; i++)
        if (c->items[i].code != CAVEAT_CODE_SLO_MISSED &&
            caveat_rows[c->items[i].code].weight > CAVEAT_NOTE)
            return caveat_rows[c->items[i].code].code;
    return NULL;
}

void tradeoff_judge(const struct verdict *v, const struct ratio_result *change,
                    double saving, struct tradeoff *out)
{
    assert(saving >= 0 && saving < 1);
    *out = (struct tradeoff){.saving = judge_saving(change, saving),
                             .doubt = doubt_of(&v->caveats)};
    bool is_no = out->saving == TRADEOFF_NO, is_yes = out->saving == TRADEOFF_YES;
    for (size_t i = 0; i < v->guard_count; i++) {
        const struct guard_result *g = &v->guards[i];
        out->guards[i] = judge_guard(g);
        out->has_budget |= g->slo.kind == SLO_LATENCY && g->state != GUARD_NO_DATA;
        is_no = is_no || out->guards[i] == TRADEOFF_NO;
        is_yes = is_yes && out->guards[i] == TRADEOFF_YES;
    }
    /* what a broken comparison shows is no proof either way */
    bool is_fair = caveats_weight(&v->caveats) < CAVEAT_FORBIDS_TIMES;
    out->answer = TRADEOFF_OPEN;
    if (is_no && is_fair)
        out->answer = TRADEOFF_NO;
    else if (is_yes && out->has_budget && out->doubt == NULL)
        out->answer = TRADEOFF_YES;
}
