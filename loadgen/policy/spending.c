/* The rate of spending; see spending.h. */
#include "policy/spending.h"

#define RING (SPENDING_WINDOW_S + 1)
#define HOUR_S 3600.0

void spending_note(struct spending *s, int64_t now_ns, int64_t spent)
{
    unsigned oldest = s->looks < RING ? 0 : s->looks % RING;
    bool is_full = s->looks >= RING;
    int64_t since_ns = is_full ? s->at_ns[oldest] : 0; /* t0: nothing was spent */
    int64_t before = is_full ? s->spent[oldest] : 0;
    s->at_ns[s->looks % RING] = now_ns;
    s->spent[s->looks % RING] = spent;
    s->looks++;
    s->is_known = now_ns >= SPENDING_FIRST_S * NS_PER_S && now_ns > since_ns;
    if (!s->is_known)
        return;
    double seconds = (double)(now_ns - since_ns) / (double)NS_PER_S;
    double per_h = (double)(spent - before) / seconds * HOUR_S;
    s->per_h = per_h < 9e18 ? (int64_t)per_h : MONEY_MAX;
}
