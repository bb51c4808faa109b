/*
 * Least significant digit first, eight bits a digit. One pass over the keys
 * counts all eight digits; a digit that all keys share costs no pass, and of
 * the keys of one interval (few arms, few seconds) most digits are such.
 */
#include "measure/radix.h"

#include <stdbool.h>

#define DIGITS 8
#define DIGIT_VALUES 256

static unsigned digit_of(uint64_t key, unsigned digit)
{
    return (unsigned)(key >> (8 * digit)) & (DIGIT_VALUES - 1);
}

/* Counts become the first place of each digit value. */
static void counts_to_places(size_t counts[DIGIT_VALUES])
{
    size_t place = 0;
    for (unsigned value = 0; value < DIGIT_VALUES; value++) {
        size_t count = counts[value];
        counts[value] = place;
        place += count;
    }
}

uint64_t *radix_sort(uint64_t *keys, uint64_t *spare, size_t n)
{
    size_t counts[DIGITS][DIGIT_VALUES] = {{0}};
    for (size_t i = 0; i < n; i++)
        for (unsigned digit = 0; digit < DIGITS; digit++)
            counts[digit][digit_of(keys[i], digit)]++;
    for (unsigned digit = 0; digit < DIGITS && n > 0; digit++) {
        size_t *places = counts[digit];
        bool is_shared = places[digit_of(keys[0], digit)] == n;
        if (is_shared)
            continue;
        counts_to_places(places);
        for (size_t i = 0; i < n; i++)
            spare[places[digit_of(keys[i], digit)]++] = keys[i];
        uint64_t *sorted = spare;
        spare = keys;
        keys = sorted;
    }
    return keys;
}
