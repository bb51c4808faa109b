/* The manager's sentence; see sentence.h. At most three things are named. */
#include "judge/sentence.h"

#include "judge/wording.h"

#include <math.h>

#define SENTENCE_MAX 8192
#define NAMED_MOST 3

/* Errors go first: a canary that fails is not judged by its speed. */
static bool is_errors(const struct gate_result *r)
{
    return r->gate->measure != NULL && r->gate->measure->kind == MEASURE_FAILURES;
}

static void put_gate(const struct gate_result *r, struct buf *out)
{
    char label[WORDING_TEXT], change[WORDING_TEXT], margin[WORDING_TEXT];
    char baseline[WORDING_TEXT], canary[WORDING_TEXT];
    buf_printf(out, "%s %s (%s, baseline %s; allowed %s)",
               wording_label(label, r->gate), wording_change(change, r, r->estimate),
               wording_value(canary, r, SIDE_CANARY),
               wording_value(baseline, r, SIDE_BASELINE),
               wording_change(margin, r, r->margin));
}

/* Gating gates in a state, errors first; returns how many there are. */
static size_t put_gates(const struct verdict *v, enum gate_state state, struct buf *out)
{
    size_t n = 0;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < v->result_count; i++) {
            const struct gate_result *r = &v->results[i];
            if (!r->is_gating || r->state != state || is_errors(r) != (pass == 0))
                continue;
            if (n < NAMED_MOST) {
                buf_puts(out, n > 0 ? ", " : "");
                put_gate(r, out);
            }
            n++;
        }
    if (n > NAMED_MOST)
        buf_printf(out, " and %zu more", n - NAMED_MOST);
    return n;
}

static void put_guards(const struct verdict *v, const char *between, struct buf *out)
{
    size_t n = 0;
    for (size_t i = 0; i < v->guard_count; i++) {
        const struct guard_result *g = &v->guards[i];
        if (g->state != GUARD_BROKEN)
            continue;
        if (n < NAMED_MOST)
            buf_printf(out, "%sSLO %s is broken (%.4g %% within)", between, g->text,
                       g->canary * 100);
        between = ", ";
        n++;
    }
    if (n > NAMED_MOST)
        buf_printf(out, " and %zu more", n - NAMED_MOST);
}

static const struct caveat *heaviest(const struct verdict *v)
{
    const struct caveat *first = NULL;
    enum caveat_weight weight = caveats_weight(&v->caveats);
    for (size_t i = 0; i < v->caveats.count && first == NULL; i++)
        if (caveat_rows[v->caveats.items[i].code].weight == weight)
            first = &v->caveats.items[i];
    return first;
}

static size_t count_state(const struct verdict *v, enum gate_state state)
{
    size_t n = 0;
    for (size_t i = 0; i < v->result_count; i++)
        n += v->results[i].is_gating && v->results[i].state == state;
    return n;
}

static void put_go(const struct verdict *v, struct buf *out)
{
    buf_printf(
        out,
        "GO: the canary is not worse than the baseline by more than the margins on "
        "all %zu gates; the risk of saying so wrongly is at most %.3g %%",
        count_state(v, GATE_PASS), v->alpha_go * 100);
}

static void put_nogo(const struct verdict *v, struct buf *out)
{
    buf_puts(out, "NO-GO: the canary is worse: ");
    size_t n = put_gates(v, GATE_FAIL, out);
    put_guards(v, n > 0 ? "; " : "", out);
    if (caveats_weight(&v->caveats) == CAVEAT_FORBIDS_TIMES)
        buf_printf(out, "; latencies are not judged: %s", heaviest(v)->text);
}

static void put_advice(const struct verdict *v, struct buf *out)
{
    char text[WORDING_TEXT];
    if (isinf(v->extra_s))
        buf_puts(out,
                 "; more time will not settle it: raise the margin or the rate, or "
                 "lower the noise");
    else if (v->extra_s > 0)
        buf_printf(out, "; run %s longer", wording_extra(text, v));
}

static void put_inconclusive(const struct verdict *v, struct buf *out)
{
    const struct caveat *c = heaviest(v);
    enum caveat_weight weight = caveats_weight(&v->caveats);
    if (weight >= CAVEAT_FORBIDS_TIMES) {
        buf_printf(out, "INCONCLUSIVE: this comparison proves nothing: %s; %s", c->text,
                   caveat_rows[c->code].advice);
        return;
    }
    buf_puts(out, "INCONCLUSIVE: no harm is proven, but ");
    if (count_state(v, GATE_UNCERTAIN) > 0) {
        buf_puts(out, "none is excluded either: ");
        (void)put_gates(v, GATE_UNCERTAIN, out);
        if (weight == CAVEAT_FORBIDS_GO)
            buf_printf(out, "; %s", c->text);
    } else if (weight == CAVEAT_FORBIDS_GO) {
        buf_puts(out, c->text);
    } else {
        buf_puts(out, "there are no numbers that could gate");
    }
    put_advice(v, out);
}

char *sentence_of(const struct verdict *v)
{
    struct buf b;
    buf_init(&b, SENTENCE_MAX);
    switch (v->call) {
    case CALL_GO:
        put_go(v, &b);
        break;
    case CALL_NO_GO:
        put_nogo(v, &b);
        break;
    case CALL_INCONCLUSIVE:
        put_inconclusive(v, &b);
        break;
    }
    char *sentence = buf_steal(&b);
    buf_release(&b);
    return sentence;
}
