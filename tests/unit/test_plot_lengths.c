/* Pictures of lengths: the boxes' heights, and when there is nothing to draw. */
#include "render/plot_lengths.h"

#include "check.h"

#include <stdlib.h>

static struct summary *new_summary(void)
{
    return xcalloc(1, sizeof(struct summary));
}

/* Of four requests one reported nothing: it is missing from the boxes. */
static void shares_are_of_the_asked(void)
{
    struct summary *s = new_summary();
    struct buf out;
    s->whole.lengths[LENGTH_OUTPUT_ASKED][10] = 3;
    s->whole.lengths[LENGTH_OUTPUT_ASKED][12] = 1;
    s->whole.lengths[LENGTH_OUTPUT_REPORTED][7] = 1;
    s->whole.lengths[LENGTH_OUTPUT_REPORTED][10] = 2;
    buf_init(&out, 1 << 16);
    CHECK(prompts_are_empty(s));
    CHECK(!outputs_are_empty(s));
    outputs_data(s, &out);
    CHECK_STR(out.data, "$outputs << EOD\n7 0 25\n10 75 50\n12 25 0\nEOD\n");
    buf_reset(&out);
    outputs_draw(s, &out);
    CHECK(strncmp(out.data, "unset logscale x\nset xrange [6.3:12.7]\n", 39) == 0);
    buf_release(&out);
    free(s);
}

static void means_are_per_success(void)
{
    struct summary *s = new_summary();
    struct buf out;
    buf_init(&out, 1 << 16);
    s->strata[20] = (struct stratum_summary){.sent = 9};
    CHECK(means_are_empty(s));
    s->strata[21] = (struct stratum_summary){
        .sent = 9, .ok = 4, .output_asked = 400, .output_tokens = 300};
    CHECK(!means_are_empty(s));
    means_data(s, &out);
    CHECK_STR(out.data, "$means << EOD\n21 100 75\nEOD\n");
    buf_release(&out);
    free(s);
}

int main(void)
{
    RUN(shares_are_of_the_asked);
    RUN(means_are_per_success);
    return check_report();
}
