/*
 * The page of a verdict on made-up pairs of runs: well-formed whatever happened to
 * the arms, the call first, and the forest of gates on a scale whose truth is known.
 */
#include "command/verdict_page.h"
#include "judge/hearing.h"
#include "judge/wording.h"
#include "render/file.h"
#include "render/verdict_html.h"
#include "render/verdict_plots.h"
#include "render/verdict_tables.h"

#include "fake_run.h"
#include "page_check.h"
#include "scratch.h"

#include <stdlib.h>
#include <sys/stat.h>

static const struct fake_spec baseline = {
    .seed = 21,
    .rate_per_s = 20,
    .duration_s = 130,
    .warmup_s = 5,
    .decode_s = 0.004,
    .slos = "[\"ttft p95 <= 2s\",\"success >= 99%\"]",
};

/* What is other in the canary, and which call that must give. */
static const struct {
    const char *name;
    double decode_s, duration_s;
    struct fake_fault baseline_fault, canary_fault;
    enum call call;
} rows[] = {
    {"slower", 0.008, 130, {0}, {OUTCOME_SERVER_500, 0.05}, CALL_NO_GO},
    {"dead", 0.004, 130, {0}, {OUTCOME_SERVER_500, 1}, CALL_NO_GO},
    {"both dead",
     0.004,
     130,
     {OUTCOME_RESET, 1},
     {OUTCOME_SERVER_500, 1},
     CALL_INCONCLUSIVE},
    {"short", 0.004, 8, {0}, {0}, CALL_INCONCLUSIVE},
    {"not sent", 0.004, 130, {OUTCOME_SHED, 1}, {OUTCOME_SHED, 1}, CALL_INCONCLUSIVE},
};

/* Two runs, heard, and their verdict. */
struct world {
    struct scratch dir;
    struct policy *policy;
    struct testimony sides[SIDES];
    struct verdict_options options;
    struct verdict *verdict;
};

static void hear(struct world *w, enum side side, struct fake_spec spec)
{
    struct fake_truth truth;
    struct err e = {0};
    char name[16];
    (void)snprintf(name, sizeof name, "run%d", (int)side);
    spec.path = scratch_path(&w->dir, name);
    CHECK_INT(fake_run(&spec, &truth, &e), 0);
    free(truth.requests);
    struct hearing *h =
        hearing_open(scratch_path(&w->dir, name), NULL, policy_metrics(w->policy), &e);
    CHECK_STR(e.text, "");
    testimony_add(&w->sides[side], hearing_take(h, 0));
    hearing_close(h);
}

static void world_init(struct world *w, size_t row)
{
    struct fake_spec b = baseline, c = baseline;
    b.faults[0] = rows[row].baseline_fault;
    c.faults[0] = rows[row].canary_fault;
    c.decode_s = rows[row].decode_s;
    b.duration_s = c.duration_s = rows[row].duration_s;
    *w = (struct world){
        .dir = scratch_new(),
        .policy = policy_default(),
        .options = {.mode = PAIRING_STORED, .planned_ratio = 1},
    };
    hear(w, SIDE_BASELINE, b);
    hear(w, SIDE_CANARY, c);
    w->verdict = verdict_of(&w->sides[SIDE_BASELINE], &w->sides[SIDE_CANARY], w->policy,
                            &w->options);
}

static void world_release(struct world *w)
{
    verdict_free(w->verdict);
    testimony_release(&w->sides[SIDE_BASELINE]);
    testimony_release(&w->sides[SIDE_CANARY]);
    policy_free(w->policy);
    scratch_remove(&w->dir);
}

static size_t count_of(const char *text, const char *part)
{
    size_t n = 0;
    for (const char *at = strstr(text, part); at != NULL; at = strstr(at + 1, part))
        n++;
    return n;
}

/* The call is said first, and every gate that gates has its evidence. */
static void check_content(const struct verdict *v, const char *page)
{
    char head[64];
    size_t gating = 0;
    (void)snprintf(head, sizeof head, "<h1>%s</h1>", call_rows[v->call].word);
    const char *call = strstr(page, head), *table = strstr(page, "<table>");
    CHECK(call != NULL && table != NULL && call < table);
    CHECK(strstr(page, "<p>NO-GO: ") == NULL);
    for (size_t i = 0; i < v->result_count; i++)
        gating += v->results[i].is_gating;
    CHECK(count_of(page, "<section class=\"evidence ") >= gating);
    CHECK_INT(count_of(page, "<div class=\"tile "), gating);
    for (size_t i = 0; i < v->caveats.count; i++)
        CHECK(strstr(page, caveat_rows[v->caveats.items[i].code].code) != NULL);
}

static void check_alone(const struct verdict *v)
{
    struct pictures none;
    struct buf out;
    buf_init(&out, 1 << 24);
    pictures_none(&none, "There are no pictures: a test & nothing else.");
    verdict_html(v, &none, &out);
    check_page(out.data);
    check_content(v, out.data);
    pictures_release(&none);
    buf_release(&out);
}

/* With pictures, where gnuplot is installed. */
static void check_folder(struct world *w)
{
    struct err e = {0};
    struct buf page;
    CHECK_INT(verdict_page_write(w->verdict, &w->sides[SIDE_BASELINE],
                                 &w->sides[SIDE_CANARY], w->policy, &w->options,
                                 w->dir.path, &e),
              0);
    CHECK_STR(e.text, "");
    buf_init(&page, 1 << 24);
    CHECK_INT(file_read(w->dir.path, "index.html", &page, &e), 0);
    check_page(page.data);
    CHECK(strstr(page.data, "gnuplot failed") == NULL);
    bool has_gnuplot = strstr(page.data, "gnuplot is not installed") == NULL;
    bool has_numbers = w->verdict->call == CALL_NO_GO;
    static const char *const names[] = {"gates.svg", "failures.svg",
                                        "ttft_percentiles.svg", "e2e_time.svg"};
    for (size_t i = 0; i < ARRAY_LEN(names) && has_gnuplot && has_numbers; i++)
        CHECK(access(scratch_path(&w->dir, names[i]), R_OK) == 0);
    buf_release(&page);
}

static void pages(void)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct world w;
        check_row = rows[i].name;
        world_init(&w, i);
        CHECK_STR(call_rows[w.verdict->call].word, call_rows[rows[i].call].word);
        check_alone(w.verdict);
        check_folder(&w);
        world_release(&w);
    }
}

/* 0 is no change and 1 the margin; worse is right, also where down is worse; what is
 * beyond the axis stands at its end. */
static void forest(void)
{
    struct world w;
    struct plots plots = {0};
    world_init(&w, 0);
    struct verdict *v = w.verdict;
    v->results[0] = (struct gate_result){.gate = &v->gates[0],
                                         .state = GATE_PASS,
                                         .is_gating = true,
                                         .is_applicable = true,
                                         .is_defined = true,
                                         .estimate = 0.05,
                                         .low = 0.02,
                                         .high = 0.08,
                                         .margin = 0.1};
    v->results[1] = v->results[0];
    v->results[1].state = GATE_FAIL;
    v->results[1].margin = -0.1;
    v->results[1].estimate = -0.2;
    v->results[1].low = -HUGE_VAL;
    v->results[1].high = -0.1;
    v->results[2] = v->results[0];
    v->results[2].is_gating = false;
    v->results[3] = v->results[0];
    v->results[3].is_defined = false;
    v->result_count = 4;
    struct pairing *p = pairing_new(&w.sides[SIDE_BASELINE], &w.sides[SIDE_CANARY],
                                    w.options.mode, 0, w.policy);
    verdict_plots(v, p, &plots);
    CHECK_STR(plots.items[0].data.data, "$forest_0_1 << EOD\n0.5 3 0.2 0.8\nEOD\n"
                                        "$forest_0_0 << EOD\n0.5 1 0.2 0.8\nEOD\n"
                                        "$forest_1_1 << EOD\n2 2 1 4\nEOD\n");
    pairing_free(p);
    plots_release(&plots);
    world_release(&w);
}

int main(void)
{
    RUN(pages);
    RUN(forest);
    return check_report();
}
