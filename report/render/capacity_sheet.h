/*
 * What `gust capacity` found, as a sheet: the verdict in one line, the result, the
 * curve, the trials in order. Every form of the report is made of it.
 */
#ifndef GUST_CAPACITY_SHEET_H
#define GUST_CAPACITY_SHEET_H

#include "judge/capacity.h"
#include "judge/finding.h"
#include "render/sheet.h"

/* The verdict as a word, and how it is meant. */
const char *capacity_word(enum capacity_verdict v);
enum tone capacity_tone(enum capacity_verdict v);

/* "/s" or " users". */
const char *capacity_unit(enum capacity_axis axis);

/* Fills an empty sheet. */
void capacity_sheet(const struct capacity *c, struct sheet *s);

#endif
