/*
 * Strata: groups of neighbouring strata and their weights.
 *
 * From the shortest prompts upwards, strata are joined until the group has enough
 * requests in both arms; what is left over at the end joins the last group. The
 * source is direct standardisation with the pooled mix as the standard.
 */
#include "stats/strata.h"

#include <math.h>

struct stratum_counts {
    uint64_t of[SLICES_STRATA];
    uint64_t total;
};

static struct stratum_counts count_strata(const struct slices *s)
{
    struct stratum_counts counts = {.total = 0};
    size_t n;
    const struct slice_cell *cells = slices_cells(s, 0, slices_count(s), &n);
    for (size_t i = 0; i < n; i++) {
        counts.of[cells[i].stratum] += cells[i].requests;
        counts.total += cells[i].requests;
    }
    return counts;
}

void strata_one(struct strata *t)
{
    *t = (struct strata){.groups = 1, .weight = {1}};
}

/* The group a stratum starts in; the caller counts on from it. */
static void assign_groups(struct strata *t, const struct stratum_counts *b,
                          const struct stratum_counts *c)
{
    uint64_t of_b = 0, of_c = 0;
    size_t group = 0;
    for (size_t h = 0; h < SLICES_STRATA; h++) {
        t->group_of[h] = (uint8_t)group;
        of_b += b->of[h];
        of_c += c->of[h];
        if (of_b >= STRATA_REQUESTS_MIN && of_c >= STRATA_REQUESTS_MIN) {
            group++;
            of_b = of_c = 0;
        }
    }
    /* The last group was begun, not filled: it joins the one before it. */
    for (size_t h = 0; h < SLICES_STRATA; h++)
        if (group > 0 && t->group_of[h] == group)
            t->group_of[h] = (uint8_t)(group - 1);
    t->groups = group > 0 ? group : 1;
}

void strata_init(struct strata *t, const struct slices *baseline,
                 const struct slices *canary)
{
    struct stratum_counts b = count_strata(baseline), c = count_strata(canary);
    strata_one(t);
    if (b.total + c.total == 0)
        return;
    assign_groups(t, &b, &c);
    t->weight[0] = 0;
    for (size_t h = 0; h < SLICES_STRATA; h++)
        t->weight[t->group_of[h]] +=
            (double)(b.of[h] + c.of[h]) / (double)(b.total + c.total);
}

double strata_mismatch(const struct slices *baseline, const struct slices *canary)
{
    struct stratum_counts b = count_strata(baseline), c = count_strata(canary);
    double greatest = 0;
    for (size_t h = 0; h < SLICES_STRATA && b.total > 0 && c.total > 0; h++) {
        double difference =
            (double)b.of[h] / (double)b.total - (double)c.of[h] / (double)c.total;
        greatest = fmax(greatest, fabs(difference));
    }
    return greatest;
}
