/* The tests of failures once more, with firm failures alone; see lateness.h. */
#include "judge/lateness.h"

#include <math.h>

static bool is_shared(const struct pairing *p)
{
    return p->mode != PAIRING_STORED;
}

static bool counts_failures(const struct gate *g)
{
    return g->measure != NULL && g->measure->kind == MEASURE_FAILURES &&
           g->measure->failures != FAILURES_TIMEOUT;
}

bool lateness_leaves_gate(const struct lateness *l, const struct gate_result *r)
{
    const struct pairing *p = l->pairing;
    const struct pairing_side *b = &p->sides[SIDE_BASELINE],
                              *c = &p->sides[SIDE_CANARY];
    if (!is_shared(p) || !counts_failures(r->gate))
        return false;
    struct proportion_gate test = {.margin = r->margin, .is_aligned = p->is_aligned};
    struct proportion_result firm;
    proportion_compare(b->blocks[FAILURES_FIRM], b->block_count,
                       c->blocks[FAILURES_FIRM], c->block_count, &test, &firm);
    bool is_proven = l->is_look
                         ? pairing_bad_seconds_log_e(p, FAILURES_FIRM) >= -log(l->alpha)
                         : firm.p_nogo <= l->alpha;
    return is_proven && firm.difference > r->gate->harm;
}

bool lateness_leaves_guard(const struct lateness *l, const struct guard_result *g)
{
    const struct pairing_side *c = &l->pairing->sides[SIDE_CANARY];
    return is_shared(l->pairing) && g->slo.kind == SLO_SUCCESS &&
           proportion_at_least(c->blocks[FAILURES_FIRM], c->block_count) >
               1 - g->slo.share;
}
