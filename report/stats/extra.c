/*
 * Extra time (canary-statistics 2.7): standard errors shrink with the root of
 * time. GO needs 1.645 + 0.842 of them between the estimate and the margin, half
 * the estimate being credited to chance; NO-GO 2.576 + 0.842 below the estimate.
 */
#include "stats/extra.h"

#include <math.h>

#define Z_GO (1.645 + 0.842)
#define Z_NOGO (2.576 + 0.842)
#define ROUND_S 30

double extra_total_s(double seconds, const struct extra_metric *m)
{
    assert(m->margin > 0 && seconds >= 0);
    if (!isfinite(m->se) || !isfinite(m->estimate))
        return HUGE_VAL;
    double room = m->margin - fmax(m->estimate, 0) / 2;
    double go = room > 0 ? Z_GO * m->se / room : HUGE_VAL;
    double nogo =
        m->estimate > 0 ? Z_NOGO * m->se / fmax(m->estimate, m->margin) : HUGE_VAL;
    double need = fmin(go, nogo);
    return fmax(seconds * need * need, seconds);
}

double extra_seconds(double seconds, const struct extra_metric *m, size_t n)
{
    double most = seconds;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, extra_total_s(seconds, &m[i]));
    return ceil((most - seconds) / ROUND_S) * ROUND_S;
}
