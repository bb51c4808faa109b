/*
 * The words and numbers of a gate, the same in every rendering.
 */
#ifndef GUST_WORDING_H
#define GUST_WORDING_H

#include "base/buf.h"
#include "judge/verdict.h"

#define WORDING_TEXT 96

/* "time to first token p95", "failed requests". */
const char *wording_label(char text[WORDING_TEXT], const struct gate *g);

/* A value of one arm: "358 ms", "0.12 %", "142 tokens", "n/a". */
const char *wording_value(char text[WORDING_TEXT], const struct gate_result *r,
                          enum side side);

/* A change on the gate's scale: "+34.1 %", "-0.2 pp", "infinite", "n/a". */
const char *wording_change(char text[WORDING_TEXT], const struct gate_result *r,
                           double change);

/* Its interval: "+1.2 .. +8.4 %"; an open end is "?". */
const char *wording_interval(char text[WORDING_TEXT], const struct gate_result *r);

/* Seconds: "90 s". */
const char *wording_extra(char text[WORDING_TEXT], const struct verdict *v);

#endif
