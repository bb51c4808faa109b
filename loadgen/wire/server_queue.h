/*
 * How many requests a model server runs and how many wait, from the text that it
 * shows to Prometheus (text format 0.0.4). A row per server family's names.
 */
#ifndef GUST_SERVER_QUEUE_H
#define GUST_SERVER_QUEUE_H

#include <stddef.h>

struct server_queue {
    double running, queued; /* sums over engines and models; NAN: not shown */
};

/* Any bytes; what is no sample of a known name is passed over, as is a value below
 * zero or not finite. */
struct server_queue server_queue_read(const char *text, size_t length);

#endif
