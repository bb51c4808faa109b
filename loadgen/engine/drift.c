/* The farthest of two differences; see drift.h. */
#include "engine/drift.h"

#include <stdlib.h>

void drift_start(struct drift *d, int64_t wall_ns, int64_t now_ns)
{
    *d = (struct drift){.start_ns = wall_ns - now_ns};
}

void drift_note(struct drift *d, int64_t wall_ns, int64_t now_ns)
{
    int64_t moved_ns = wall_ns - now_ns - d->start_ns;
    if (llabs(moved_ns) > llabs(d->most_ns))
        d->most_ns = moved_ns;
}
