/*
 * A verdict for people and programs, one function per format. All say the same; the
 * bytes depend on nothing but the verdict.
 */
#ifndef GUST_RENDER_VERDICT_H
#define GUST_RENDER_VERDICT_H

#include "judge/verdict.h"

#define VERDICT_JSON_SCHEMA 1

/* For a terminal of width columns (at least 60): the call, the gates, the reasons.
 * Colour is ANSI; without it the text is plain. */
void verdict_text(const struct verdict *v, size_t width, bool is_colour,
                  struct buf *out);

/* One document and a newline, as verdict.schema.json says. */
void verdict_json(const struct verdict *v, struct buf *out);

/* For a pull request or a job summary. */
void verdict_markdown(const struct verdict *v, struct buf *out);

/* One case per gate and SLO, and one for the comparison's validity. */
void verdict_junit(const struct verdict *v, struct buf *out);

/* Workflow commands of GitHub: one annotation per reason. */
void verdict_github(const struct verdict *v, struct buf *out);

/* A judge's result as Kayenta's: score, classification, one result per gate. */
void verdict_kayenta(const struct verdict *v, struct buf *out);

#endif
