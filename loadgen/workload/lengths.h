/*
 * How long one turn is: tokens asked of the server, as a function of (class,
 * seed, number, turn). The schedule and the prompts both ask here, so a later
 * turn can re-create the history of its conversation without storing it.
 */
#ifndef GUST_LENGTHS_H
#define GUST_LENGTHS_H

#include "workload/profile.h"

struct lengths {
    uint32_t prompt; /* of the new text, over all inputs of a batch; at least 1 */
    uint32_t output; /* at least 1; 0 where the API generates nothing */
    uint32_t suffix; /* FIM; 0: none */
    uint32_t batch;  /* inputs, at least 1 and at most prompt */
    uint32_t images; /* of a chat, or pages of OCR */
};

/* Index of the class that request `number` is of. */
uint16_t lengths_class(const struct profile *p, uint64_t seed, uint64_t number);

/* turn < PROFILE_TURNS_MAX. */
struct lengths lengths_draw(const struct request_class *c, uint64_t seed,
                            uint64_t number, uint16_t turn);

/* What so many pictures, or pages, add to a body at most; 0 while none is drawn. */
size_t lengths_image_bytes(const struct request_class *c, uint32_t images);

/* Number of a turn's random stream, unique per (number, turn). */
uint64_t lengths_stream(uint64_t number, uint16_t turn);

#endif
