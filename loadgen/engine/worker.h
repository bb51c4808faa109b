/*
 * A worker: one thread with its own loop, sockets, timerfd, schedule slice,
 * random streams and epochs. It shares with others the const plan, the control
 * block below and its mailbox, nothing else.
 *
 * Life: READY (connections opened, schedule primed) - GO (t0 is set) - arrivals
 * - drain - done. See pump() in worker.c for the heart.
 */
#ifndef GUST_WORKER_H
#define GUST_WORKER_H

#include "engine/control.h"
#include "engine/dial.h"
#include "engine/mailbox.h"
#include "engine/plan.h"

#include <curl/curl.h>

struct worker;

/* resolved is borrowed. The worker's thread starts at once, opens its connections
 * and waits at the gate. */
struct worker *worker_start(const struct plan *plan, struct control *control,
                            uint32_t index, struct curl_slist *resolved, struct err *e);
/* Wakes the loop so that it sees a raised stop mode. Any thread. */
void worker_wake(struct worker *w);
/* Waits for the thread. */
void worker_join(struct worker *w);
void worker_free(struct worker *w);

struct mailbox *worker_mailbox(struct worker *w);
/* After worker_join: what is still in the worker's hands. */
const struct epoch *worker_last_epoch(const struct worker *w);
/* After worker_join: where its connections went. */
const struct dial_counts *worker_dialled(const struct worker *w);
/* After worker_join: digest of the schedule it walked, and what a file it reads
 * from, trace or prompts, did not give. */
uint64_t worker_digest(const struct worker *w);
const struct err *worker_error(const struct worker *w);

#endif
