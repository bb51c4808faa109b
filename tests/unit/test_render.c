/*
 * The renderers on a made-up run whose texts are hostile and on runs that went
 * wrong: each file must be well-formed, carry the numbers, and let nothing through.
 */
#include "command/report.h"
#include "judge/finding.h"
#include "render/file.h"
#include "render/html.h"
#include "render/junit.h"
#include "render/markdown.h"
#include "render/openmetrics.h"
#include "render/quantity.h"
#include "render/summary_json.h"
#include "render/text.h"

#include "fake_run.h"
#include "json_shape.h"
#include "page_check.h"
#include "scratch.h"

#include <math.h>
#include <stdlib.h>

static const struct fake_spec specs[] = {
    {.seed = 11,
     .rate_per_s = 40,
     .duration_s = 30,
     .warmup_s = 5,
     .decode_s = 0.004,
     .faults = {{OUTCOME_SERVER_500, 0.02},
                {OUTCOME_RESET, 0.02},
                {OUTCOME_SHED, 0.01}},
     .has_server_lines = true,
     .slos = "[\"ttft p95 <= 3s\",\"success >= 99%\",\"e2e p99.9 <= 1h\"]"},
    {.seed = 12, .rate_per_s = 20, .duration_s = 10, .warmup_s = 1, .decode_s = 0.002},
    {.seed = 13,
     .rate_per_s = 20,
     .duration_s = 10,
     .status = "running",
     .killed_at_s = 4},
    {.seed = 14, .rate_per_s = 20, .duration_s = 10, .faults = {{OUTCOME_DNS, 1}}},
    {.seed = 15, .rate_per_s = 20, .duration_s = 10, .faults = {{OUTCOME_SHED, 1}}},
    {.seed = 16, .rate_per_s = 0.001, .duration_s = 10, .slos = "[\"ttft p95 <= 3s\"]"},
};

/* Calls check on the summary of each run above. */
static void each(void (*check)(const struct summary *s))
{
    for (size_t i = 0; i < ARRAY_LEN(specs); i++) {
        struct scratch dir = scratch_new();
        struct fake_truth truth;
        struct fake_spec spec = specs[i];
        struct err e = {0};
        char row[32];
        (void)snprintf(row, sizeof row, "run %zu", i);
        check_row = row;
        spec.path = scratch_path(&dir, "run");
        CHECK_INT(fake_run(&spec, &truth, &e), 0);
        struct summary *s = summary_read(scratch_path(&dir, "run"), NULL, &e);
        CHECK_STR(e.text, "");
        check(s);
        summary_free(s);
        free(truth.requests);
        scratch_remove(&dir);
        check_row = NULL;
    }
}

static void check_json(const struct summary *s)
{
    struct err e = {0};
    struct buf out;
    buf_init(&out, 1 << 24);
    summary_json(s, &out);
    json_t *schema = json_load("report/summary.schema.json", 1 << 20, &e);
    json_t *document = json_parse(out.data, out.len, &e);
    CHECK_STR(e.text, "");
    struct shape shape = {.root = schema};
    shape_check(&shape, "summary", document, schema);
    CHECK_STR(shape.problem, "");
    const json_t *window = json_object_get(document, "window");
    CHECK_INT(json_integer_value(json_object_get(window, "succeeded")),
              s->window.succeeded);
    json_decref(document);
    json_decref(schema);
    buf_release(&out);
}

/* What fake_server says comes back: 20 ms in the queue, 30 ms of prefill. */
static void check_server(const struct summary *s)
{
    struct time_split t = summary_time_split(s);
    struct buf out;
    buf_init(&out, 1 << 24);
    summary_markdown(s, &out);
    bool has_table = strstr(out.data, "## Where the time") != NULL;
    CHECK_INT(has_table, s->server.source_count > 0);
    CHECK_INT(strstr(out.data, "## Rate limits") != NULL, s->server.budget_count > 0);
    buf_release(&out);
    if (s->server.source_count == 0)
        return;
    double seconds = s->window_end_s - s->window_start_s;
    CHECK_NEAR(t.queue, 0.02, 1e-5);
    CHECK_NEAR(t.prefill, 0.03, 1e-5);
    CHECK_NEAR(t.client - t.rest, 0.05, 1e-5);
    CHECK_NEAR(t.server_count, 10 * seconds, 0);
    CHECK_NEAR(server_source_since(t.source, SERVER_PREEMPTIONS), seconds, 0);
    CHECK_NEAR(server_source_mean(t.source, SERVER_KV_USE), 0.5, 0);
    CHECK_NEAR(s->server.budgets[0].limit, 100, 0);
    CHECK_INT(s->timeline.moments[5].budget_count[0], 1);
    CHECK_NEAR(s->timeline.moments[5].budget_min[0], 85, 0);
    CHECK_NEAR(s->timeline.moments[5].gauge_sum[GAUGE_RUNNING], 4, 0);
}

static void server(void)
{
    each(check_server);
}

static void json(void)
{
    each(check_json);
}

/* No line is wider than the terminal, and colour is only there when asked for. */
static void check_text(const struct summary *s)
{
    struct buf out;
    buf_init(&out, 1 << 20);
    for (size_t width = 60; width <= 120; width += 20) {
        buf_reset(&out);
        summary_text(s, width, false, &out);
        size_t widest = 0;
        for (const char *at = out.data; *at != '\0'; at += strcspn(at, "\n") + 1)
            widest = strcspn(at, "\n") > widest ? strcspn(at, "\n") : widest;
        CHECK(widest <= width);
        CHECK(strchr(out.data, '\033') == NULL);
    }
    CHECK(strncmp(out.data, finding_rows[s->state].word,
                  strlen(finding_rows[s->state].word)) == 0);
    summary_text(s, 80, true, &out);
    CHECK(strchr(out.data, '\033') != NULL);
    buf_release(&out);
}

static void text(void)
{
    each(check_text);
}

static void check_html(const struct summary *s)
{
    struct pictures none;
    struct buf out;
    buf_init(&out, 1 << 24);
    pictures_none(&none, "There are no pictures: a test & nothing else.");
    summary_html(s, &none, &out);
    check_page(out.data);
    CHECK(strstr(out.data, finding_rows[s->state].word) != NULL);
    CHECK(strstr(out.data, "a test &amp; nothing else.") != NULL);
    if (s->failure_count > 0 && s->failures[0].snippet[0] != '\0')
        CHECK(strstr(out.data, "&lt;b&gt;busy&lt;/b&gt; &amp; late") != NULL);
    pictures_release(&none);
    buf_release(&out);
}

static void html(void)
{
    each(check_html);
}

static void check_junit(const struct summary *s)
{
    struct buf out;
    char head[64];
    buf_init(&out, 1 << 20);
    summary_junit(s, &out);
    check_nesting(out.data);
    (void)snprintf(head, sizeof head, " tests=\"%zu\" ", s->slo_count + 1);
    CHECK(strstr(out.data, head) != NULL);
    bool is_bad = finding_rows[s->state].exit_code != EXIT_GO;
    bool says_bad =
        strstr(out.data, "<failure ") != NULL || strstr(out.data, "<error ") != NULL;
    CHECK_INT(says_bad, is_bad);
    buf_release(&out);
}

static void junit(void)
{
    each(check_junit);
}

/* Lines are comments or "name{labels} number"; under 300; buckets never fall. */
static void check_openmetrics(const struct summary *s)
{
    struct buf out;
    size_t series = 0;
    double last = -1;
    buf_init(&out, 1 << 20);
    summary_openmetrics(s, &out);
    CHECK(out.len > 6 && strcmp(out.data + out.len - 6, "# EOF\n") == 0);
    for (char *line = out.data; *line != '\0'; line += strcspn(line, "\n") + 1) {
        if (line[0] == '#')
            continue;
        const char *space = line + strcspn(line, "\n");
        while (*space != ' ')
            space--;
        char *end = NULL;
        double value = strtod(space + 1, &end);
        CHECK(*end == '\n' && strncmp(line, "gust_", 5) == 0);
        series++;
        bool is_bucket = strstr(line, "_bucket{le=") == line + strcspn(line, "{\n") - 7;
        CHECK(!is_bucket || strstr(line, "le=\"0.001\"") != NULL || value >= last);
        last = value;
    }
    CHECK(series > 100 && series < 300);
    CHECK(strstr(out.data, "gust_requests_total{outcome=\"ok\"} ") != NULL);
    CHECK(strstr(out.data, "gust_requests_total{outcome=\"overloaded_529\"} 0\n") !=
          NULL);
    buf_release(&out);
}

static void openmetrics(void)
{
    each(check_openmetrics);
}

/* Rows of a table have as many cells as its head; server text cannot add any. */
static void check_markdown(const struct summary *s)
{
    struct buf out;
    size_t cells = 0;
    buf_init(&out, 1 << 20);
    summary_markdown(s, &out);
    for (const char *at = out.data; *at != '\0'; at += strcspn(at, "\n") + 1) {
        size_t bars = 0;
        for (const char *c = at; *c != '\n'; c++)
            bars += *c == '|' && (c == at || c[-1] != '\\');
        CHECK(bars == 0 || cells == 0 || bars == cells);
        cells = bars;
    }
    CHECK(strstr(out.data, "<b>") == NULL);
    CHECK(strstr(out.data, "nan") == NULL);
    buf_release(&out);
}

static void markdown(void)
{
    each(check_markdown);
}

/* The whole folder, with pictures where gnuplot is installed. */
static void folder(void)
{
    static const char *const names[] = {"index.html", "summary.md", "summary.json",
                                        "junit.xml", "metrics.om"};
    struct scratch dir = scratch_new();
    struct fake_truth truth;
    struct fake_spec spec = specs[0];
    struct err e = {0};
    struct report_options options = {.has_plots = true};
    spec.path = scratch_path(&dir, "run");
    CHECK_INT(fake_run(&spec, &truth, &e), 0);
    CHECK_INT(report_write(scratch_path(&dir, "run"), &options, &e), 0);
    CHECK_INT(report_write(scratch_path(&dir, "run"), &options, &e), 0);
    CHECK_STR(e.text, "");
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "run/report/%s", names[i]);
        CHECK(access(scratch_path(&dir, name), R_OK) == 0);
    }
    struct buf page;
    buf_init(&page, 1 << 24);
    CHECK_INT(file_read(dir.path, "run/report/index.html", &page, &e), 0);
    check_page(page.data);
    bool has_pictures = access(scratch_path(&dir, "run/report/ttft.svg"), R_OK) == 0;
    CHECK_INT(strstr(page.data, "<svg ") != NULL, has_pictures);
    CHECK_INT(strstr(page.data, "gnuplot is not installed") == NULL, has_pictures);
    buf_release(&page);
    free(truth.requests);
    scratch_remove(&dir);
}

/* Keys are the names of numbers in three formats: unique, lower case. */
static void quantity_keys(void)
{
    for (size_t i = 0; i < quantity_count; i++) {
        const char *key = quantities[i].key;
        check_row = key;
        CHECK_INT(strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_"), strlen(key));
        for (size_t k = i + 1; k < quantity_count; k++)
            CHECK(strcmp(key, quantities[k].key) != 0);
        CHECK(quantities[i].definition[0] != '\0');
    }
}

int main(void)
{
    RUN(json);
    RUN(server);
    RUN(text);
    RUN(html);
    RUN(junit);
    RUN(openmetrics);
    RUN(markdown);
    RUN(folder);
    RUN(quantity_keys);
    return check_report();
}
