/*
 * What a person sees while a run runs: on a terminal a view redrawn in place,
 * elsewhere one line per five seconds. Both on stderr; stdout is for the result.
 */
#ifndef GUST_LIVE_H
#define GUST_LIVE_H

#include "engine/plan.h"
#include "measure/fold.h"

struct live_facts {
    int64_t now_ns; /* since t0 */
    const char *phase;
    bool is_measured, is_draining;
    double offered_per_s;                                /* by the schedule, now */
    double started_per_s, completed_per_s, tokens_per_s; /* in the last second */
    uint32_t in_flight;
    const struct totals *totals;
    const struct hist *ttft, *e2e; /* over the run so far */
    int64_t lag_us_max;            /* in the last second */
    double cpu_share_max;          /* of the busiest worker, in the last second */
    uint64_t shed;
    int64_t spent;       /* pico-units; shown where the plan has prices */
    int64_t spent_per_h; /* over the last minute; -1: not known yet */
};

struct live;

/* is_terminal: redraw in place; columns wide. fd is written to. */
struct live *live_new(const struct plan *plan, int fd, bool is_terminal,
                      unsigned columns);
void live_free(struct live *l);

/* Once a second. */
void live_update(struct live *l, const struct live_facts *f);

/* A message that must stay readable above the view. */
void live_say(struct live *l, const char *text);

/* Clears the view, so that the result stands alone. */
void live_finish(struct live *l);

/* The view as text, for tests. */
void live_draw(const struct plan *plan, const struct live_facts *f, unsigned columns,
               struct buf *out);
void live_line(const struct plan *plan, const struct live_facts *f, struct buf *out);

#endif
