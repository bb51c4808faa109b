/* Token counts of a turn; see lengths.h. */
#include "workload/lengths.h"

uint64_t lengths_stream(uint64_t number, uint16_t turn)
{
    assert(turn < PROFILE_TURNS_MAX);
    return number * PROFILE_TURNS_MAX + turn;
}

struct lengths lengths_draw(const struct request_class *c, uint64_t seed,
                            uint64_t number, uint16_t turn)
{
    struct rng r;
    struct lengths l = {.batch = 1};
    rng_init(&r, seed, RNG_LENGTHS, lengths_stream(number, turn));
    if (c->has_grid) {
        grid_draw(&c->grid, &r, &l.prompt, &l.output);
    } else {
        l.prompt = dist_draw_count(&c->prompt, &r, 1);
        l.output = api_generates(c->api) ? dist_draw_count(&c->output, &r, 1) : 0;
    }
    if (l.prompt == 0)
        l.prompt = 1;
    if (l.output == 0 && api_generates(c->api))
        l.output = 1;
    if (c->has_suffix)
        l.suffix = dist_draw_count(&c->suffix, &r, 0);
    if (c->has_batch) {
        l.batch = dist_draw_count(&c->batch, &r, 1);
        l.prompt *= l.batch; /* the parser bounds the product */
    }
    return l;
}
