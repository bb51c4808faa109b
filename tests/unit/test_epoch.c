/* Epochs: what is kept, what is dropped, and what a reset leaves. */
#include "check.h"
#include "measure/epoch.h"

static void samples_are_copied_and_grow(void)
{
    struct epoch *e = epoch_new(2, 3);
    for (uint64_t i = 0; i < 5000; i++) {
        struct sample s = {.number = i};
        epoch_sample(e, &s);
    }
    CHECK_INT(e->sample_count, 5000);
    CHECK_INT(e->samples[0].number, 0);
    CHECK_INT(e->samples[4999].number, 4999);
    CHECK_INT(e->samples_lost, 0);
    epoch_free(e);
}

/* The cap is reached by moving the count: a million samples are 300 MB. */
static void samples_past_the_cap_are_counted(void)
{
    struct epoch *e = epoch_new(1, 1);
    struct sample s = {0};
    e->sample_count = EPOCH_SAMPLES_MAX;
    epoch_sample(e, &s);
    epoch_sample(e, &s);
    CHECK_INT(e->samples_lost, 2);
    CHECK_INT(e->sample_count, EPOCH_SAMPLES_MAX);
    epoch_reset(e);
    epoch_sample(e, &s);
    CHECK_INT(e->sample_count, 1);
    CHECK_INT(e->samples_lost, 0);
    epoch_free(e);
}

static void notes_are_bounded(void)
{
    struct epoch *e = epoch_new(1, 1);
    struct failure_note n = {.outcome = OUTCOME_RESET};
    for (unsigned i = 0; i < 20; i++)
        epoch_note(e, &n);
    CHECK_INT(e->note_count, 8);
    for (unsigned outcome = 0; outcome < OUTCOME_COUNT; outcome++) {
        n.outcome = (uint8_t)outcome;
        for (unsigned i = 0; i < 8; i++)
            epoch_note(e, &n);
    }
    CHECK_INT(e->note_count, EPOCH_NOTES);
    epoch_reset(e);
    CHECK_INT(e->note_count, 0);
    epoch_free(e);
}

static void series_are_apart(void)
{
    struct epoch *e = epoch_new(2, 3);
    for (uint32_t arm = 0; arm < 2; arm++) {
        for (uint32_t c = 0; c < 3; c++) {
            epoch_flow(e, arm, c)->sent = 10 * arm + c;
            (void)hist_record(epoch_gaps(e, arm, c, false), 100, 1 + 10 * arm + c);
        }
    }
    (void)hist_record(epoch_gaps(e, 1, 2, true), 200, 5);
    CHECK_INT(e->flows[1 * 3 + 2].sent, 12);
    CHECK_INT(e->gaps[(1 * 3 + 2) * 2]->total, 13);
    CHECK_INT(e->gaps[(1 * 3 + 2) * 2 + 1]->total, 5);
    CHECK(e->gaps[1] == NULL); /* until first used */
    epoch_free(e);
}

static void reset_keeps_storage_only(void)
{
    struct epoch *e = epoch_new(1, 1);
    struct hist *gaps = epoch_gaps(e, 0, 0, true);
    (void)hist_record(gaps, 7, 1);
    epoch_flow(e, 0, 0)->body_bytes = 9;
    e->health.loops = 3;
    epoch_reset(e);
    CHECK(epoch_gaps(e, 0, 0, true) == gaps);
    CHECK_INT(gaps->total, 0);
    CHECK_INT(epoch_flow(e, 0, 0)->body_bytes, 0);
    CHECK_INT(e->health.loops, 0);
    epoch_free(e);
    epoch_free(NULL);
}

int main(void)
{
    RUN(samples_are_copied_and_grow);
    RUN(samples_past_the_cap_are_counted);
    RUN(notes_are_bounded);
    RUN(series_are_apart);
    RUN(reset_keeps_storage_only);
    return check_report();
}
