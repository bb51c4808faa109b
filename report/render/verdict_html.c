/*
 * The page of a verdict; see verdict_html.h. Tables and evidence are in
 * verdict_tables.c, the frame in page.c.
 */
#include "render/verdict_html.h"

#include "base/units.h"
#include "judge/wording.h"
#include "render/page.h"
#include "render/verdict_tables.h"

#include <stdio.h>
#include <string.h>

#define TEXT_BYTES 1024
#define TILES_MOST 6

static const enum tone call_tones[] = {
    [CALL_GO] = TONE_GOOD,
    [CALL_NO_GO] = TONE_BAD,
    [CALL_INCONCLUSIVE] = TONE_WARNING,
};

static const struct page_link links[] = {
    {"#gates", "Gates"},
    {"#pictures", "Pictures"},
    {"#evidence", "Evidence"},
    {"#errors", "Errors"},
    {NULL, NULL},
};

static const char *const files[] = {"verdict.json", "verdict.md", "junit.xml", NULL};

/* The sentence begins with the word, which stands above it. */
static void put_call(const struct verdict *v, struct buf *out)
{
    const char *word = call_rows[v->call].word, *sentence = v->sentence;
    size_t length = strlen(word);
    if (strncmp(sentence, word, length) == 0 && sentence[length] == ':')
        sentence += length + 1 + strspn(sentence + length + 1, " ");
    page_banner(tone_names[call_tones[v->call]], word, sentence, out);
    verdict_html_caveats(v, false, out);
    page_end_banner(out);
}

static void put_arm(const char *name, const struct verdict_arm *a, struct buf *out)
{
    char text[TEXT_BYTES], count[UNITS_TEXT];
    (void)snprintf(text, sizeof text, "%s%s%s; %s, %s requests in %g s", a->url,
                   a->model[0] != '\0' ? ", " : "", a->model, a->name,
                   units_format_count(count, a->sum.requests),
                   a->seconds); /* cut when longer */
    page_fact(name, text, out);
}

static void put_facts(const struct verdict *v, struct buf *out)
{
    char text[TEXT_BYTES];
    buf_puts(out, "<dl class=\"run\">\n");
    put_arm("Baseline", &v->arms[SIDE_BASELINE], out);
    put_arm("Canary", &v->arms[SIDE_CANARY], out);
    page_fact("Profile", v->arms[SIDE_BASELINE].profile, out);
    (void)snprintf(text, sizeof text, "%s%s%s", pairing_mode_names[v->mode],
                   v->is_same_schedule ? ", the same schedule" : "",
                   v->is_look ? ", by an early look" : "");
    page_fact("Compared", text, out);
    (void)snprintf(text, sizeof text, "%s%s", v->policy_name,
                   v->is_calibrated ? ", noise of this environment" : "");
    page_fact("Policy", text, out);
    (void)snprintf(text, sizeof text, "GO at most %.3g %%, NO-GO at most %.3g %%",
                   v->alpha_go * 100, v->alpha_nogo * 100);
    page_fact("Wrong calls", text, out);
    buf_puts(out, "</dl>\n");
}

/* A tile per gating number: the change, and what it is of. */
static void put_tiles(const struct verdict *v, struct buf *out)
{
    size_t n = 0;
    buf_puts(out, "<section class=\"tiles gates\" aria-label=\"Gating numbers\">\n");
    for (size_t i = 0; i < v->result_count && n < TILES_MOST; i++) {
        const struct gate_result *r = &v->results[i];
        char label[WORDING_TEXT], change[WORDING_TEXT], margin[WORDING_TEXT];
        char baseline[WORDING_TEXT], canary[WORDING_TEXT], more[TEXT_BYTES];
        if (!r->is_gating)
            continue;
        (void)snprintf(more, sizeof more, "%s, was %s; allowed %s",
                       wording_value(canary, r, SIDE_CANARY),
                       wording_value(baseline, r, SIDE_BASELINE),
                       wording_change(margin, r, r->margin));
        page_tile(gate_state_rows[r->state].tone, wording_label(label, r->gate),
                  wording_change(change, r, r->estimate), more, out);
        n++;
    }
    buf_puts(out, "</section>\n");
}

static void put_notes(const struct verdict *v, struct buf *out)
{
    struct buf notes;
    buf_init(&notes, (size_t)1 << 20);
    verdict_html_caveats(v, true, &notes);
    if (notes.len > 0)
        buf_printf(out, "<h2>Notes</h2>\n%s", notes.data);
    buf_release(&notes);
}

void verdict_html(const struct verdict *v, const struct pictures *pictures,
                  struct buf *out)
{
    char title[TEXT_BYTES], tool[64];
    (void)snprintf(title, sizeof title, "%s: %s", call_rows[v->call].word,
                   v->arms[SIDE_CANARY].name);
    (void)snprintf(tool, sizeof tool, "gust %.40s", gust_version);
    page_begin(title, out);
    page_top("gust verdict", v->arms[SIDE_CANARY].name, links, out);
    put_call(v, out);
    put_facts(v, out);
    put_tiles(v, out);
    verdict_html_gates(v, out);
    verdict_html_guards(v, out);
    page_pictures(pictures, out);
    verdict_html_evidence(v, out);
    verdict_html_errors(v, out);
    put_notes(v, out);
    page_end(tool, files, out);
}
