/*
 * The server's own view: once a second its Prometheus exposition is read and becomes a
 * line of kind server in intervals.jsonl (measure/rundir.h).
 *
 * Sources are the URLs of --scrape, and /metrics of each target: the latter is given
 * up silently when its first answer holds nothing that we know. A thread of its own
 * asks all sources at once, 800 ms at most; no worker ever waits for it. A source that
 * does not answer is counted, and never ends a run. The API key is not sent.
 */
#ifndef GUST_SCRAPE_H
#define GUST_SCRAPE_H

#include "base/jout.h"
#include "engine/transport.h"

#define SCRAPE_SOURCES_MAX 16

struct scraper;

/* Starts to ask, at once and then every second since t0_ns. NULL: no thread could be
 * started. plan and resolved are borrowed. */
struct scraper *scraper_start(const struct plan *plan, struct curl_slist *resolved,
                              int64_t t0_ns, struct err *e);

/* Asks once more, for the end of the window, and ends the thread. NULL is fine. */
void scraper_stop(struct scraper *s);
void scraper_free(struct scraper *s);

/* Moves the lines that have come since the last call to out. Any thread. */
void scraper_take(struct scraper *s, struct buf *out);

/* For the manifest: an array of {url, family, ok, failed, first_failed_s,
 * silent_since_s, error}: how often it answered and did not, when it first did not,
 * and since when it never did again (null: it answers), s of the run. The target's own
 * /metrics not if it was given up. NULL is an empty one. Any thread. */
void scraper_write(struct scraper *s, struct jout *j, const char *key);

#endif
