/* What main and workers say to each other; see control.h. */
#include "engine/control.h"

#include <assert.h>

void control_init(struct control *c)
{
    atomic_init(&c->stop, STOP_NOT);
    atomic_init(&c->config_error, -1);
    atomic_init(&c->done, 0);
    atomic_init(&c->out_of_trace, 0);
    atomic_init(&c->last_arrival_ns, 0);
    purse_init(&c->purse, 0, 0);
    c->done_fd = -1;
    int rc = pthread_mutex_init(&c->lock, NULL);
    assert(rc == 0);
    rc = pthread_cond_init(&c->changed, NULL);
    assert(rc == 0);
}

void control_release(struct control *c)
{
    (void)pthread_cond_destroy(&c->changed); /* nobody waits any more */
    (void)pthread_mutex_destroy(&c->lock);
}

void control_stop(struct control *c, enum stop_mode mode)
{
    int old = atomic_load(&c->stop);
    while (old < (int)mode &&
           !atomic_compare_exchange_weak(&c->stop, &old, (int)mode)) {
    }
}

void control_refused(struct control *c, enum outcome outcome)
{
    int none = -1;
    (void)atomic_compare_exchange_strong(&c->config_error, &none, (int)outcome);
    control_stop(c, STOP_CANCEL);
}

/* The latest time first: who counts all workers finds it complete. */
void control_end_of_trace(struct control *c, int64_t last_ns)
{
    long long old = atomic_load(&c->last_arrival_ns);
    while (old < last_ns &&
           !atomic_compare_exchange_weak(&c->last_arrival_ns, &old, last_ns)) {
    }
    atomic_fetch_add(&c->out_of_trace, 1);
}

/* Locking a valid mutex that this thread does not hold cannot fail. */
void control_pass_gate(struct control *c)
{
    (void)pthread_mutex_lock(&c->lock);
    c->ready++;
    (void)pthread_cond_broadcast(&c->changed);
    while (!c->is_open)
        (void)pthread_cond_wait(&c->changed, &c->lock);
    (void)pthread_mutex_unlock(&c->lock);
}

void control_await_ready(struct control *c, unsigned n)
{
    (void)pthread_mutex_lock(&c->lock);
    while (c->ready < n)
        (void)pthread_cond_wait(&c->changed, &c->lock);
    (void)pthread_mutex_unlock(&c->lock);
}

void control_go(struct control *c)
{
    (void)pthread_mutex_lock(&c->lock);
    c->is_open = true;
    (void)pthread_cond_broadcast(&c->changed);
    (void)pthread_mutex_unlock(&c->lock);
}
