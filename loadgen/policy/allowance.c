/*
 * The pace of --respect-limits; see allowance.h.
 *
 * One unit of a bucket takes window / (0.9 * limit) to fill. Amounts are turned into
 * time in picoseconds, so that a unit of a large limit does not round to nothing: an
 * hour times 10/9 is 4e15 ps, and no amount counts for more than the whole limit.
 */
#include "policy/allowance.h"

#include "base/base.h"

#define PACED_WINDOW_S 3600
#define BURST_SHARE 20 /* the bucket holds a 20th of the limit */
#define PS_PER_S INT64_C(1000000000000)
#define HOLD_SHARE 10 /* of the window, when a refusal says nothing */

/* How long amount units take to fill, ns. */
static int64_t fill_ns(const struct bucket *b, int64_t amount)
{
    int64_t most = amount < b->limit ? amount : b->limit;
    int64_t unit_ps = b->window_s * PS_PER_S / 9 * 10 / b->limit;
    return most * unit_ps / 1000;
}

static int64_t burst_of(const struct bucket *b)
{
    int64_t burst = b->limit / BURST_SHARE;
    return burst > 1 ? burst : 1;
}

static int64_t max_i64(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* A request larger than the bucket needs it full, and leaves it overdrawn. */
static int64_t ready_ns(const struct bucket *b, int64_t amount)
{
    int64_t most = max_i64(amount, burst_of(b));
    return b->free_ns + fill_ns(b, amount) - fill_ns(b, most);
}

static int64_t amount_of(const struct bucket *b, int64_t tokens)
{
    return b->thing == RATELIMIT_REQUESTS ? 1 : tokens;
}

static struct bucket *bucket_of(struct allowance *a, const struct ratelimit_budget *key)
{
    uint32_t i = 0;
    while (i < a->count && (a->buckets[i].thing != key->thing ||
                            a->buckets[i].window_s != key->window_s))
        i++;
    if (i == RATELIMIT_BUDGETS)
        return NULL;
    if (i == a->count) {
        a->count++;
        a->buckets[i] = (struct bucket){.thing = key->thing, .window_s = key->window_s};
    }
    return &a->buckets[i];
}

/* What was used before our first request is missing in the first window: what of it
 * the bucket does not leave free anyway has to be waited for. */
static void start_bucket(struct bucket *b, int64_t remaining, int64_t now_ns)
{
    int64_t used = b->limit - remaining;
    int64_t spare = max_i64(b->limit / 10 - burst_of(b), 0);
    if (used > spare)
        b->free_ns = now_ns + fill_ns(b, used - spare);
}

/* Never more in the bucket than the server says there is. */
static void cap_bucket(struct bucket *b, int64_t remaining, int64_t now_ns)
{
    int64_t burst = burst_of(b);
    if (remaining < burst)
        b->free_ns = max_i64(b->free_ns, now_ns + fill_ns(b, burst - remaining));
}

static void learn_long(struct allowance *a, const struct ratelimit_budget *said,
                       int64_t now_ns)
{
    if (said->remaining != 0)
        return;
    if (said->reset_ns == RATELIMIT_UNKNOWN)
        a->is_used_up = true;
    else
        a->hold_until_ns = max_i64(a->hold_until_ns, now_ns + said->reset_ns);
}

static void learn(struct allowance *a, const struct ratelimit_budget *said,
                  bool is_first, int64_t now_ns)
{
    if (said->window_s > PACED_WINDOW_S) {
        learn_long(a, said, now_ns);
        return;
    }
    if (said->window_s == 0)
        return; /* of unknown length: only a refusal teaches anything */
    struct bucket *b = bucket_of(a, said);
    if (b == NULL)
        return;
    if (said->limit > 0)
        b->limit = said->limit;
    if (b->limit == 0 || said->remaining == RATELIMIT_UNKNOWN)
        return;
    if (is_first)
        start_bucket(b, said->remaining, now_ns);
    cap_bucket(b, said->remaining, now_ns);
}

void allowance_learn(struct allowance *a, const struct ratelimit *r, bool is_first,
                     int64_t now_ns)
{
    a->is_usage_debited |= r->is_usage_debited;
    for (uint32_t i = 0; i < r->count; i++)
        learn(a, &r->budgets[i], is_first, now_ns);
}

static int64_t hold_of(const struct allowance *a, const struct ratelimit *r)
{
    int64_t reset_ns = 0;
    int32_t window_s = HOLD_SHARE; /* with no window known, a second */
    if (r->retry_after_ns != RATELIMIT_UNKNOWN)
        return r->retry_after_ns;
    for (uint32_t i = 0; i < r->count; i++)
        if (r->budgets[i].remaining == 0)
            reset_ns = max_i64(reset_ns, r->budgets[i].reset_ns);
    for (uint32_t i = 0; i < a->count; i++)
        if (a->buckets[i].window_s > window_s)
            window_s = a->buckets[i].window_s;
    return reset_ns > 0 ? reset_ns : window_s * NS_PER_S / HOLD_SHARE;
}

void allowance_refused(struct allowance *a, const struct ratelimit *r, int64_t now_ns)
{
    a->refused++;
    a->hold_until_ns = max_i64(a->hold_until_ns, now_ns + hold_of(a, r));
}

int64_t allowance_ready_ns(const struct allowance *a, int64_t tokens)
{
    int64_t ready = a->hold_until_ns;
    if (a->is_used_up)
        return INT64_MAX;
    for (uint32_t i = 0; i < a->count; i++)
        if (a->buckets[i].limit > 0)
            ready = max_i64(
                ready, ready_ns(&a->buckets[i], amount_of(&a->buckets[i], tokens)));
    return ready;
}

void allowance_take(struct allowance *a, int64_t tokens, int64_t now_ns)
{
    for (uint32_t i = 0; i < a->count; i++) {
        struct bucket *b = &a->buckets[i];
        if (b->limit > 0)
            b->free_ns = max_i64(b->free_ns, now_ns) + fill_ns(b, amount_of(b, tokens));
    }
}

void allowance_correct(struct allowance *a, int64_t charged, int64_t used)
{
    int64_t more = used - charged;
    if (more < 0 && !a->is_usage_debited)
        return;
    for (uint32_t i = 0; i < a->count; i++) {
        struct bucket *b = &a->buckets[i];
        if (b->thing == RATELIMIT_TOKENS && b->limit > 0)
            b->free_ns += more < 0 ? -fill_ns(b, -more) : fill_ns(b, more);
    }
}
