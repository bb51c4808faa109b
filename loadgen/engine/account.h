/*
 * From a finished slot to a struct sample: every figure of contracts.md is
 * computed here and nowhere else. Pure.
 */
#ifndef GUST_ACCOUNT_H
#define GUST_ACCOUNT_H

#include "engine/pool.h"
#include "measure/sample.h"

/* A request that was never sent: outcome says why. */
void account_not_sent(struct sample *out, const struct arrival *a, uint16_t arm,
                      enum outcome outcome, int64_t now_ns);

/* A request that was: its exchange has been ended with outcome. */
void account_sent(struct sample *out, const struct plan *plan, const struct slot *s,
                  enum outcome outcome);

/* Adds what the attempts before were charged, when the request closes. is_last_new:
 * the sample is of an attempt that has just ended; else that one is among them. */
void account_journey(struct sample *s, const struct slot *slot, bool is_last_new);

/* Why it failed, redacted and bounded. key: the secret that must not appear. */
void account_note(struct failure_note *out, const struct slot *s,
                  const struct sample *sample, const struct evidence *ev,
                  const char *key);

#endif
