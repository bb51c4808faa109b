/* Lengths on log scales: cells that cover, shares that add up, pictures of text. */
#include "check.h"

#include "command/density.h"

#include <math.h>
#include <stdlib.h>

static void scales_cover_the_lengths(void)
{
    static const struct {
        const char *name;
        uint32_t min, max;
        size_t limit;
        int steps;
        size_t count;
    } rows[] = {
        {"one length", 300, 300, 25, 16, 1},
        {"an octave", 128, 256, 25, 16, 17},
        {"three octaves", 128, 1024, 25, 8, 25},
        {"six octaves", 64, 4096, 25, 4, 25},
        {"from 1", 1, 2000, 25, 2, 22},
        {"all there is", 1, SKETCH_TOKENS_MAX, 25, 1, 24},
        {"none", 0, 0, 25, 16, 1},
        {"more cells", 64, 4096, 128, 16, 97},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct sketch s;
        check_row = rows[i].name;
        sketch_init(&s);
        sketch_add(&s, rows[i].min, 7);
        sketch_add(&s, rows[i].max, 7);
        struct scale scale = scale_over(&s, SKETCH_PROMPT, 0.0, rows[i].limit);
        CHECK_INT(scale.steps, rows[i].steps);
        CHECK_INT(scale.count, rows[i].count);
        CHECK(scale_first(&scale, 0) <= fmax(rows[i].min, 1.0));
        CHECK(scale_last(&scale, scale.count - 1) >= rows[i].max);
        for (size_t k = 0; k + 1 < scale.count; k++)
            CHECK(scale_last(&scale, k) + 1.0 == scale_first(&scale, k + 1));
        sketch_release(&s);
    }
}

/* 10 of 1, 20 of 2, 30 of 4, 40 of 8 prompts; outputs are twice as long. */
static void sketch_of_powers(struct sketch *s)
{
    sketch_init(s);
    for (uint32_t power = 0; power < 4; power++)
        for (uint32_t i = 0; i < 10 * (power + 1); i++)
            sketch_add(s, 1u << power, 2u << power);
}

static void shares_are_those_of_the_pairs(void)
{
    struct sketch s;
    double shares[SCALE_CELLS_MAX], joint[4 * 4];
    sketch_of_powers(&s);
    struct scale x = {.axis = SKETCH_PROMPT, .steps = 1, .first = 0, .count = 4};
    struct scale y = {.axis = SKETCH_OUTPUT, .steps = 1, .first = 1, .count = 4};
    scale_shares(&x, &s, shares);
    scale_joint(&x, &y, &s, joint);
    for (size_t i = 0; i < 4; i++) {
        CHECK_NEAR(shares[i], 0.1 * (double)(i + 1), 1e-12);
        for (size_t k = 0; k < 4; k++)
            CHECK_NEAR(joint[k * 4 + i], i == k ? shares[i] : 0.0, 1e-12);
    }
    struct scale narrow = {.axis = SKETCH_PROMPT, .steps = 1, .first = 1, .count = 2};
    scale_shares(&narrow, &s, shares); /* what lies outside is in the end cells */
    CHECK_NEAR(shares[0], 0.3, 1e-12);
    CHECK_NEAR(shares[1], 0.7, 1e-12);
    sketch_release(&s);
}

static void bars_are_as_long_as_their_shares(void)
{
    struct sketch s;
    struct buf out;
    static const struct {
        const char *label;
        size_t length;
    } rows[] = {
        {"          1 -          1 |", 11},
        {"          2 -          2 |", 23},
        {"          4 -          4 |", 34},
        {"          8 -          8 |", 45},
    };
    sketch_of_powers(&s);
    buf_init(&out, 1u << 16);
    density_bars(&s, SKETCH_PROMPT, &out);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].label;
        const char *at = strstr(out.data, rows[i].label);
        CHECK(at != NULL);
        if (at)
            CHECK_INT(strspn(at + strlen(rows[i].label), "#"), rows[i].length);
    }
    CHECK(strstr(out.data, " 40.0 %\n") != NULL);
    buf_release(&out);
    sketch_release(&s);
}

static void the_map_has_its_darkest_cell_where_most_are(void)
{
    struct sketch s;
    struct buf out;
    sketch_of_powers(&s);
    buf_init(&out, 1u << 16);
    density_map(&s, &out);
    CHECK_INT(strcspn(out.data, "@"), strcspn(out.data, "\n") - 2); /* top, right */
    CHECK(strstr(out.data, "         16 |") == out.data);
    CHECK(strstr(out.data, "8 prompt tokens\n") != NULL);
    buf_release(&out);
    sketch_release(&s);
}

int main(void)
{
    RUN(scales_cover_the_lengths);
    RUN(shares_are_those_of_the_pairs);
    RUN(bars_are_as_long_as_their_shares);
    RUN(the_map_has_its_darkest_cell_where_most_are);
    return check_report();
}
