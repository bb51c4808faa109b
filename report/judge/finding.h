/*
 * The finding: was this run valid, and what did it show. Validity comes first: a
 * run that was late, lost samples or stopped early never passes.
 */
#ifndef GUST_FINDING_H
#define GUST_FINDING_H

#include "base/command.h"
#include "judge/summary.h"

/* How loud a state is: a colour in every renderer. */
enum tone {
    TONE_GOOD,
    TONE_NEUTRAL,
    TONE_BAD,
    TONE_WARNING,
};

struct finding_row {
    const char *name; /* in files: "met" */
    const char *word; /* on the page: "SLOs met" */
    enum tone tone;
    enum exit_code exit_code;
};

extern const struct finding_row finding_rows[FINDING_INVALID + 1];
extern const char *const slo_verdict_names[SLO_NO_DATA + 1]; /* "met" ... */
extern const char *const slo_verdict_words[SLO_NO_DATA + 1]; /* "met" ... */

/* Checks the books, judges the SLOs, and sets problems, notes, state, sentence. */
void finding_make(struct summary *s);

#endif
