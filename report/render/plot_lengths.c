/*
 * Pictures of token counts; see plot_lengths.h. Each is two boxes per half octave:
 * what the schedule asked for, and what the server reported.
 */
#include "render/plot_lengths.h"

#include "render/axis.h"
#include "render/plot.h"

/* Heights of the boxes. */
struct octaves {
    double asked[STRATUM_COUNT], reported[STRATUM_COUNT];
};

static bool is_empty_at(const struct octaves *o, size_t i)
{
    return o->asked[i] <= 0 && o->reported[i] <= 0;
}

static bool octaves_are_empty(const struct octaves *o)
{
    size_t i = 0;
    while (i < STRATUM_COUNT && is_empty_at(o, i))
        i++;
    return i == STRATUM_COUNT;
}

static void octaves_data(const struct octaves *o, const char *block, struct buf *out)
{
    buf_printf(out, "$%s << EOD\n", block);
    for (size_t i = 0; i < STRATUM_COUNT; i++)
        if (!is_empty_at(o, i))
            buf_printf(out, "%zu %.6g %.6g\n", i, o->asked[i], o->reported[i]);
    buf_puts(out, "EOD\n");
}

/* unit: of the y axis, in gnuplot's format. */
static void octaves_draw(const struct octaves *o, const char *block, const char *unit,
                         struct buf *out)
{
    size_t first = 0, last = STRATUM_COUNT - 1;
    while (first < last && is_empty_at(o, first))
        first++;
    while (last > first && is_empty_at(o, last))
        last--;
    axis_strata(first, last, out);
    buf_printf(out,
               "unset logscale y\nset yrange [0:*]\nset ytics autofreq\n"
               "set format y \"%%g%s\"\nset boxwidth 0.38\n",
               unit);
    buf_printf(out,
               "plot $%s using ($1-0.2):2 with boxes fillstyle solid 0.85 noborder lc "
               "rgb \"#%02x%02x%02x\" title \"asked\", $%s using ($1+0.2):3 with boxes "
               "fillstyle solid 0.85 noborder lc rgb \"#%02x%02x%02x\" title "
               "\"reported\"\n",
               block, INK_5, INK_5, INK_5, block, INK_1, INK_1, INK_1);
}

/* Shares in % of the requests whose asked length is counted, so that what nobody
 * reported is missing from the boxes. */
static struct octaves shares(const struct summary *s, enum length asked,
                             enum length reported)
{
    struct octaves o;
    double all = 0;
    for (size_t i = 0; i < STRATUM_COUNT; i++)
        all += (double)s->whole.lengths[asked][i];
    for (size_t i = 0; i < STRATUM_COUNT; i++) {
        o.asked[i] = (double)s->whole.lengths[asked][i] / (all > 0 ? all : 1) * 100;
        o.reported[i] =
            (double)s->whole.lengths[reported][i] / (all > 0 ? all : 1) * 100;
    }
    return o;
}

static struct octaves prompts(const struct summary *s)
{
    return shares(s, LENGTH_PROMPT_ASKED, LENGTH_PROMPT_REPORTED);
}

static struct octaves outputs(const struct summary *s)
{
    return shares(s, LENGTH_OUTPUT_ASKED, LENGTH_OUTPUT_REPORTED);
}

/* Mean output tokens of the window's successes, by prompt length. */
static struct octaves means(const struct summary *s)
{
    struct octaves o = {{0}, {0}};
    for (size_t i = 0; i < STRATUM_COUNT; i++) {
        const struct stratum_summary *row = &s->strata[i];
        if (row->ok == 0)
            continue;
        o.asked[i] = (double)row->output_asked / (double)row->ok;
        o.reported[i] = (double)row->output_tokens / (double)row->ok;
    }
    return o;
}

bool prompts_are_empty(const struct summary *s)
{
    struct octaves o = prompts(s);
    return octaves_are_empty(&o);
}

void prompts_data(const struct summary *s, struct buf *out)
{
    struct octaves o = prompts(s);
    octaves_data(&o, "prompts", out);
}

void prompts_draw(const struct summary *s, struct buf *out)
{
    struct octaves o = prompts(s);
    octaves_draw(&o, "prompts", " %%", out);
}

bool outputs_are_empty(const struct summary *s)
{
    struct octaves o = outputs(s);
    return octaves_are_empty(&o);
}

void outputs_data(const struct summary *s, struct buf *out)
{
    struct octaves o = outputs(s);
    octaves_data(&o, "outputs", out);
}

void outputs_draw(const struct summary *s, struct buf *out)
{
    struct octaves o = outputs(s);
    octaves_draw(&o, "outputs", " %%", out);
}

bool means_are_empty(const struct summary *s)
{
    struct octaves o = means(s);
    return octaves_are_empty(&o);
}

void means_data(const struct summary *s, struct buf *out)
{
    struct octaves o = means(s);
    octaves_data(&o, "means", out);
}

void means_draw(const struct summary *s, struct buf *out)
{
    struct octaves o = means(s);
    octaves_draw(&o, "means", "", out);
}
