/*
 * The collector: once a second it empties the workers' mailboxes, folds what it
 * finds into lines of the run directory, and sums up what guards, live view and
 * manifest want to know. Main thread only.
 */
#ifndef GUST_COLLECT_H
#define GUST_COLLECT_H

#include "engine/scrape.h"
#include "engine/validity.h"
#include "engine/worker.h"
#include "measure/fold.h"
#include "measure/hlog.h"
#include "measure/rundir.h"

/* Of the last interval, for the view. */
struct second {
    uint64_t started, completed, content_events;
    uint32_t in_flight, in_flight_max, connections;
    int64_t lag_us_max;
    double cpu_share_max;
};

struct collector;

/* Writes the log's header into dir. All borrowed but the collector itself. */
struct collector *collector_new(const struct plan *plan, struct rundir *dir,
                                int64_t t0_wall_ns, struct err *e);
void collector_free(struct collector *c);

/* The scraper's lines go into the interval's; borrowed, NULL: none. */
void collector_listen(struct collector *c, struct scraper *scraper);

/* Folds everything that workers have handed over; [t_ns, t_ns + length_ns) is
 * the interval's name. At the end (workers joined): also what they still hold. */
MUST_CHECK int collector_take(struct collector *c, struct worker *const *workers,
                              bool is_end, int64_t t_ns, int64_t length_ns,
                              const char *phase, bool is_measured, int64_t late_ns,
                              struct err *e);

/* Seconds that end before it are final: all their requests have ended. */
int64_t collector_settled_ns(const struct collector *c);

const struct second *collector_second(const struct collector *c);
const struct fold *collector_fold(const struct collector *c);

/* What the workers' client policies have counted so far. */
void collector_client(const struct collector *c, struct client_counts *out);

/* The generator's health so far, over the measured intervals. */
void collector_generator(const struct collector *c, struct generator *out);

#endif
