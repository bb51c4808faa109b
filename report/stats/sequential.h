/*
 * Early stopping: evidence that may be looked at as often as one likes.
 *
 * A p-value is good for one look. The mixture martingale and the e-value here
 * stay below their bound, with the stated probability, at all looks together.
 */
#ifndef GUST_SEQUENTIAL_H
#define GUST_SEQUENTIAL_H

#include "base/base.h"

#include <stdbool.h>

#define SEQUENTIAL_FIRST_S 60 /* usable seconds at the first look */
#define SEQUENTIAL_EVERY_S 30

/* ln of the one-sided normal-mixture martingale (Robbins; Howard et al. 2021) of a
 * z-score seen at the share v > 0 of the planned time, tuned for alpha in 0..0.5
 * and for half the plan. */
double mixture_log_martingale(double z, double v, double alpha);

/* Whether a look with p-value p proves its alternative: the martingale of the z
 * with tail p has reached 1 / alpha. */
bool mixture_is_proven(double p, double v, double alpha);

/* The least z that proves at v. */
double mixture_threshold(double v, double alpha);

/* Alpha that may be spent between the shares before and now of the plan,
 * 0 <= before <= now <= 1; adds up to alpha (Lan and DeMets, Pocock type). */
double spending_increment(double before, double now, double alpha);

/* ln of the e-value against "a bad second is the canary's with probability at most
 * theta", the canary's share of the seconds with traffic, 0 < theta < 1. A bad
 * second is a slice with a failure. Reaching ln(1 / alpha) proves. */
double bad_seconds_log_e(uint64_t canary, uint64_t baseline, double theta);

#endif
