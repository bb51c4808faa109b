/* Epochs change hands between two threads, and none of what is in them is lost.
 * Run under the thread sanitiser, this is the proof that no lock is needed. */
#include "engine/mailbox.h"

#include "check.h"

#include <pthread.h>

#define SAMPLES 200000

struct worker {
    struct mailbox mailbox;
    struct epoch *epoch;
    atomic_bool is_done;
};

static void *produce(void *p)
{
    struct worker *w = p;
    struct sample s = {0};
    for (uint64_t i = 0; i < SAMPLES; i++) {
        s.number = i;
        epoch_sample(w->epoch, &s);
        if (i % 97 == 0)
            w->epoch = mailbox_swap(&w->mailbox, w->epoch);
    }
    atomic_store(&w->is_done, true);
    return NULL;
}

/* Adds the numbers of an epoch; they must come in order, without a gap. */
static uint64_t consume(const struct epoch *e, uint64_t next)
{
    for (size_t i = 0; i < e->sample_count; i++)
        CHECK(e->samples[i].number == next++);
    CHECK_INT(e->samples_lost, 0);
    return next;
}

static void nothing_is_lost(void)
{
    struct worker w = {.epoch = epoch_new(1, 1)};
    uint64_t next = 0;
    pthread_t thread;
    mailbox_init(&w.mailbox, epoch_new(1, 1));
    atomic_init(&w.is_done, false);
    CHECK_INT(pthread_create(&thread, NULL, produce, &w), 0);
    while (!atomic_load(&w.is_done)) {
        struct epoch *e = mailbox_take(&w.mailbox);
        if (e == NULL)
            continue;
        next = consume(e, next);
        epoch_reset(e);
        mailbox_give_back(&w.mailbox, e);
    }
    CHECK_INT(pthread_join(thread, NULL), 0);
    struct epoch *full = mailbox_take(&w.mailbox);
    if (full != NULL)
        next = consume(full, next);
    next = consume(w.epoch, next);
    CHECK_INT(next, SAMPLES);
    epoch_free(full);
    epoch_free(w.epoch);
    epoch_free(atomic_load(&w.mailbox.empty));
}

int main(void)
{
    RUN(nothing_is_lost);
    return check_report();
}
