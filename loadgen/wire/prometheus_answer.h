/*
 * The answer of Prometheus' HTTP API to an instant query, as one number.
 * https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries
 */
#ifndef GUST_PROMETHEUS_ANSWER_H
#define GUST_PROMETHEUS_ANSWER_H

#include "base/err.h"

/* One number into *value: a scalar, or the only sample of a vector. Fails on an
 * answer without a sample ("no data"), with several, with a number that is none, and
 * on an error of the API, whose words are kept. Control bytes become blanks. */
MUST_CHECK int prometheus_answer(const char *text, size_t length, double *value,
                                 struct err *e);

#endif
