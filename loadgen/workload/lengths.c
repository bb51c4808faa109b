/* Token counts of a turn; see lengths.h. */
#include "workload/lengths.h"

#include "base/base64.h"
#include "workload/picture.h"

uint64_t lengths_stream(uint64_t number, uint16_t turn)
{
    assert(turn < PROFILE_TURNS_MAX);
    return number * PROFILE_TURNS_MAX + turn;
}

#define IMAGE_FRAME_BYTES 96 /* members and the head of a data: URL */

size_t lengths_image_bytes(const struct request_class *c, uint32_t images)
{
    const struct image_plan *p = &c->image;
    if (images == 0 || p->picture == NULL)
        return 0;
    size_t bytes = p->is_document ? picture_pdf_bytes(p->picture, images)
                                  : images * picture_png_bytes(p->picture);
    return BASE64_ENCODED(bytes) + (size_t)images * IMAGE_FRAME_BYTES;
}

uint16_t lengths_class(const struct profile *p, uint64_t seed, uint64_t number)
{
    struct rng r;
    if (p->class_count == 1)
        return 0;
    rng_init(&r, seed, RNG_CLASS, number);
    double left = rng_unit(&r);
    uint16_t i = 0;
    for (; i + 1u < p->class_count; i++) {
        left -= p->classes[i].weight;
        if (left < 0.0)
            break;
    }
    return i;
}

struct lengths lengths_draw(const struct request_class *c, uint64_t seed,
                            uint64_t number, uint16_t turn)
{
    struct rng r;
    struct lengths l = {.batch = 1};
    rng_init(&r, seed, RNG_LENGTHS, lengths_stream(number, turn));
    if (c->has_grid) {
        grid_draw(&c->grid, &r, &l.prompt, &l.output);
    } else if (c->api != API_OCR) {
        l.prompt = dist_draw_count(&c->prompt, &r, 1);
        l.output = api_generates(c->api) ? dist_draw_count(&c->output, &r, 1) : 0;
    }
    if (l.prompt == 0 && c->api != API_OCR)
        l.prompt = 1;
    if (l.output == 0 && api_generates(c->api))
        l.output = 1;
    if (c->has_suffix)
        l.suffix = dist_draw_count(&c->suffix, &r, 0);
    if (c->image.is_set)
        l.images = dist_draw_count(&c->image.count, &r, 1);
    if (c->has_batch) {
        l.batch = dist_draw_count(&c->batch, &r, 1);
        l.prompt *= l.batch; /* the parser bounds the product */
    }
    return l;
}
