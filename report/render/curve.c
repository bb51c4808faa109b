/* Lines over percentiles; see curve.h. */
#include "render/curve.h"

#include "measure/hist.h"

#include <math.h>

#define POINTS_PER_DECADE 24
#define POINTS_MAX 200

void curve_put(uint64_t n, double (*at)(const void *context, double percent),
               const void *context, struct buf *out)
{
    bool was_credible = true;
    double last = (double)n;
    for (int i = 0; i < POINTS_MAX; i++) {
        double x = pow(10, (double)i / POINTS_PER_DECADE);
        bool is_last = x >= last;
        x = fmin(x, last);
        double percent = 100 * (1 - 1 / x);
        bool is_credible = percent < 50 || n >= hist_samples_needed(percent);
        double y = at(context, percent);
        if (was_credible && !is_credible)
            buf_printf(out, "%.6g %.6g\n\n\n", x, y);
        was_credible = is_credible;
        buf_printf(out, "%.6g %.6g\n", x, y);
        if (is_last)
            return;
    }
}

void curve_draw(const char *between, const char *block, const char *title, unsigned ink,
                double width, struct buf *out)
{
    buf_printf(out,
               "%s$%s index 0 with lines lw %g lc rgb \"#%02x%02x%02x\" title \"%s\", "
               "$%s index 1 with lines lw 1.5 dt (2,3) lc rgb \"#%02x%02x%02x\" "
               "notitle",
               between, block, width, ink, ink, ink, title, block, ink, ink, ink);
}
