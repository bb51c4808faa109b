/* What one worker hands over; see epoch.h. */
#include "measure/epoch.h"

#include <stdlib.h>

#define SAMPLES_FIRST 1024
#define NOTES_PER_OUTCOME 8

struct epoch *epoch_new(uint32_t arms, uint32_t classes)
{
    assert(arms > 0 && classes > 0);
    size_t series = (size_t)arms * classes;
    struct epoch *e = xcalloc(1, sizeof *e);
    e->arms = arms;
    e->classes = classes;
    e->sample_cap = SAMPLES_FIRST;
    e->samples = xcalloc(e->sample_cap, sizeof *e->samples);
    e->flows = xcalloc(series, sizeof *e->flows);
    e->gaps = xcalloc(series * 2, sizeof *e->gaps);
    e->budgets = xcalloc(arms, sizeof *e->budgets);
    e->notes = xcalloc(EPOCH_NOTES, sizeof *e->notes);
    return e;
}

void epoch_free(struct epoch *e)
{
    if (e == NULL)
        return;
    for (size_t i = 0; i < (size_t)e->arms * e->classes * 2; i++)
        hist_free(e->gaps[i]);
    free(e->notes);
    free(e->budgets);
    free(e->gaps);
    free(e->flows);
    free(e->samples);
    free(e);
}

void epoch_reset(struct epoch *e)
{
    const size_t series = (size_t)e->arms * e->classes;
    e->sample_count = 0;
    e->samples_lost = 0;
    e->note_count = 0;
    e->change_count = 0;
    e->health = (struct worker_health){0};
    for (size_t i = 0; i < series; i++)
        e->flows[i] = (struct flow){0};
    for (uint32_t i = 0; i < e->arms; i++)
        e->budgets[i] = (struct budgets){0};
    for (size_t i = 0; i < series * 2; i++)
        if (e->gaps[i] != NULL)
            hist_reset(e->gaps[i]);
}

void epoch_sample(struct epoch *e, const struct sample *s)
{
    if (e->sample_count == EPOCH_SAMPLES_MAX) {
        e->samples_lost++;
        return;
    }
    if (e->sample_count == e->sample_cap) {
        e->sample_cap *= 2;
        e->samples = xrealloc_array(e->samples, e->sample_cap, sizeof *e->samples);
    }
    e->samples[e->sample_count++] = *s;
}

void epoch_note(struct epoch *e, const struct failure_note *n)
{
    if (e->note_count == EPOCH_NOTES)
        return;
    unsigned same = 0;
    for (size_t i = 0; i < e->note_count; i++)
        same += e->notes[i].outcome == n->outcome;
    if (same < NOTES_PER_OUTCOME)
        e->notes[e->note_count++] = *n;
}

static size_t series_index(const struct epoch *e, uint32_t arm, uint32_t class_index)
{
    assert(arm < e->arms && class_index < e->classes);
    return (size_t)arm * e->classes + class_index;
}

struct flow *epoch_flow(struct epoch *e, uint32_t arm, uint32_t class_index)
{
    return &e->flows[series_index(e, arm, class_index)];
}

struct hist *epoch_gaps(struct epoch *e, uint32_t arm, uint32_t class_index,
                        bool is_measured)
{
    struct hist **gaps = &e->gaps[series_index(e, arm, class_index) * 2 + is_measured];
    if (*gaps == NULL)
        *gaps = hist_new();
    return *gaps;
}
