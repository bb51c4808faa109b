/*
 * The tables of a verdict's page, and the evidence in words. Each appends one
 * section, or nothing when there is nothing to say.
 */
#ifndef GUST_VERDICT_TABLES_H
#define GUST_VERDICT_TABLES_H

#include "judge/verdict.h"

/* How a state is said and coloured. */
struct state_row {
    const char *word, *tone;
};
extern const struct state_row gate_state_rows[GATE_NO_DATA + 1];
extern const struct state_row guard_state_rows[GUARD_NO_DATA + 1];

void verdict_html_gates(const struct verdict *v, struct buf *out);
void verdict_html_guards(const struct verdict *v, struct buf *out);
void verdict_html_errors(const struct verdict *v, struct buf *out);
void verdict_html_evidence(const struct verdict *v, struct buf *out);

/* What forbids a GO, or else what is only worth knowing, as a list. */
void verdict_html_caveats(const struct verdict *v, bool is_notes, struct buf *out);

#endif
