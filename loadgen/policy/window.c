/* Two counts over a sliding window; see window.h. */
#include "policy/window.h"

void window_init(struct window *w, int64_t length_ns)
{
    assert(length_ns > 0);
    int64_t bucket_ns = length_ns / WINDOW_BUCKETS;
    *w = (struct window){.bucket_ns = bucket_ns > 0 ? bucket_ns : 1};
}

static void forget(struct window *w, size_t i)
{
    w->sum_a -= w->a[i];
    w->sum_b -= w->b[i];
    w->a[i] = w->b[i] = 0;
}

void window_advance(struct window *w, int64_t now_ns)
{
    int64_t bucket = now_ns < 0 ? 0 : now_ns / w->bucket_ns;
    int64_t steps = bucket - w->head;
    if (steps > WINDOW_BUCKETS)
        w->head = bucket - WINDOW_BUCKETS;
    while (w->head < bucket)
        forget(w, (size_t)(++w->head % WINDOW_BUCKETS));
}

void window_add(struct window *w, int64_t now_ns, uint32_t a, uint32_t b)
{
    window_advance(w, now_ns);
    size_t i = (size_t)(w->head % WINDOW_BUCKETS);
    w->a[i] += a;
    w->b[i] += b;
    w->sum_a += a;
    w->sum_b += b;
}
