/* Labels and numbers of gates; see wording.h. */
#include "judge/wording.h"

#include "base/units.h"

#include <math.h>
#include <stdio.h>

const char *wording_label(char text[WORDING_TEXT], const struct gate *g)
{
    if (g->measure != NULL)
        (void)snprintf(text, WORDING_TEXT, "%s", g->measure->label); /* fits */
    else
        (void)snprintf(text, WORDING_TEXT, "%s p%.6g", metric_rows[g->metric].label,
                       g->p * 100); /* fits */
    return text;
}

const char *wording_value(char text[WORDING_TEXT], const struct gate_result *r,
                          enum side side)
{
    double value = side == SIDE_CANARY ? r->canary : r->baseline;
    char unit[UNITS_TEXT];
    if (!r->is_applicable || r->n[side] == 0 || isnan(value))
        (void)snprintf(text, WORDING_TEXT, "n/a");
    else if (isinf(value))
        (void)snprintf(text, WORDING_TEXT, "failed");
    else if (r->is_latency)
        (void)snprintf(text, WORDING_TEXT, "%s",
                       units_format_ns(unit, (int64_t)llround(value * 1000)));
    else if (r->is_share)
        (void)snprintf(text, WORDING_TEXT, "%.3g %%", value * 100);
    else
        (void)snprintf(text, WORDING_TEXT, "%.4g%s%s", value,
                       r->gate->measure->unit[0] != '\0' ? " " : "",
                       r->gate->measure->unit);
    return text;
}

/* As percent or percentage points. */
static double scaled(const struct gate_result *r, double change)
{
    return r->is_share ? change * 100 : expm1(change) * 100;
}

/* -0 would be printed as such. */
static double plain(double x)
{
    return fabs(x) < 5e-4 ? 0 : x;
}

const char *wording_change(char text[WORDING_TEXT], const struct gate_result *r,
                           double change)
{
    const char *unit = r->is_share ? "pp" : "%";
    if (!r->is_applicable || !r->is_defined || isnan(change))
        (void)snprintf(text, WORDING_TEXT, "n/a");
    else if (isinf(change))
        (void)snprintf(text, WORDING_TEXT, "%s", change > 0 ? "infinite" : "none left");
    else
        (void)snprintf(text, WORDING_TEXT, "%+.3g %s", plain(scaled(r, change)), unit);
    return text;
}

static void put_end(char text[UNITS_TEXT], const struct gate_result *r, double end)
{
    if (isfinite(end))
        (void)snprintf(text, UNITS_TEXT, "%+.3g", plain(scaled(r, end)));
    else
        (void)snprintf(text, UNITS_TEXT, "?");
}

const char *wording_interval(char text[WORDING_TEXT], const struct gate_result *r)
{
    char low[UNITS_TEXT], high[UNITS_TEXT];
    if (!r->is_applicable || !r->is_defined) {
        (void)snprintf(text, WORDING_TEXT, "n/a");
        return text;
    }
    put_end(low, r, r->low);
    put_end(high, r, r->high);
    (void)snprintf(text, WORDING_TEXT, "%s .. %s %s", low, high,
                   r->is_share ? "pp" : "%");
    return text;
}

const char *wording_extra(char text[WORDING_TEXT], const struct verdict *v)
{
    (void)snprintf(text, WORDING_TEXT, "%.0f s", v->extra_s);
    return text;
}
