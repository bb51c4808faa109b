/* Wall clock against monotonic clock: slow is no drift, set is, back again is, too. */
#include "engine/drift.h"

#include "base/units.h"
#include "check.h"

#define T0_WALL (1700000000 * NS_PER_S)
#define T0 (5 * NS_PER_S)

struct look {
    int64_t after_s, wall_moved_ns;
};

static const struct {
    const char *name;
    struct look looks[4];
    int64_t most_ns;
} rows[] = {
    {"both run on", {{1, 0}, {2, 0}, {86400, 0}}, 0},
    {"read apart by a preemption", {{1, 3000}, {2, 40000}, {3, 1000}}, 40000},
    {"set forward",
     {{1, 0}, {2, 900 * NS_PER_MS}, {3, 900 * NS_PER_MS}},
     900 * NS_PER_MS},
    {"set back", {{1, 0}, {2, -3600 * NS_PER_S}}, -3600 * NS_PER_S},
    {"forth and back again",
     {{1, 0}, {2, 2 * NS_PER_S}, {3, 1000}, {4, 0}},
     2 * NS_PER_S},
    {"the farther way counts",
     {{1, NS_PER_S}, {2, -2 * NS_PER_S}, {3, NS_PER_S}},
     -2 * NS_PER_S},
};

static void farthest(void)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct drift d;
        check_row = rows[i].name;
        drift_start(&d, T0_WALL, T0);
        CHECK_INT(d.most_ns, 0);
        for (size_t k = 0; k < ARRAY_LEN(rows[i].looks); k++) {
            const struct look *l = &rows[i].looks[k];
            int64_t after_ns = l->after_s * NS_PER_S;
            drift_note(&d, T0_WALL + after_ns + l->wall_moved_ns, T0 + after_ns);
        }
        CHECK_INT(d.most_ns, rows[i].most_ns);
    }
}

int main(void)
{
    RUN(farthest);
    return check_report();
}
