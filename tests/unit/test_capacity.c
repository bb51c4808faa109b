/* capacity.json: what is written is read back, fits the schema, and nothing else is
 * taken. */
#include "judge/capacity.h"

#include "json_shape.h"
#include "scratch.h"

#include <math.h>

static struct capacity_point point_of(double load, enum capacity_state state)
{
    struct capacity_latency known = {0.12, 0.5, (double)NAN};
    struct capacity_point p = {.load = load,
                               .phase = CAPACITY_BISECT,
                               .state = state,
                               .trial = "trials/007",
                               .reason = "ttft p95 \"612 ms\" > 500 ms",
                               .seed = UINT64_MAX,
                               .seconds = 20.5,
                               .requests = 400,
                               .good = 380,
                               .rate = 19.7,
                               .ttft_s = known,
                               .e2e_s = known,
                               .tpot_s = known,
                               .goodput = 18.5,
                               .success = 0.99,
                               .output_tokens_per_s = 1000.0 / 3,
                               .prompt_tokens_mean = 256,
                               .output_tokens_mean = 64,
                               .in_flight_mean = 11.25,
                               .littles_residual = -0.004,
                               .server_running = (double)NAN,
                               .server_waiting = 3,
                               .generator_headroom = 0.9,
                               .spent = (double)NAN,
                               .slos = {{380, 400, 200.5}, {399, 400, 400}}};
    return p;
}

static void fill(struct capacity *c)
{
    struct capacity_point pass = point_of(20, CAPACITY_PASS);
    struct capacity_point fail = point_of(21, CAPACITY_FAIL);
    capacity_init(c);
    c->profile = xstrdup("assistant");
    c->target = xstrdup("http://127.0.0.1:8000");
    c->model = xstrdup("m");
    c->started = xstrdup("2026-11-21T14:03:05Z");
    c->slos[0] = xstrdup("ttft p95 <= 500ms");
    c->slos[1] = xstrdup("success >= 99%");
    c->slo_count = 2;
    c->is_binding[0] = true;
    c->verdict = CAPACITY_FOUND;
    (void)snprintf(c->end, sizeof c->end, "the bracket is narrow enough");
    c->feasible_max = 20;
    c->infeasible_min = 21;
    c->confidence = 0.95;
    c->usl = (struct capacity_usl){2.5, 0.01, 0, (double)INFINITY};
    c->recovery_s = 4.5;
    CHECK(capacity_add(c, &pass));
    CHECK(capacity_add(c, &fail));
}

static void check_same_number(double a, double b)
{
    CHECK(isnan(a) ? isnan(b) : a == b);
}

static void check_same_point(const struct capacity_point *a,
                             const struct capacity_point *b)
{
    CHECK_INT(a->phase, b->phase);
    CHECK_INT(a->state, b->state);
    CHECK_STR(a->trial, b->trial);
    CHECK_STR(a->reason, b->reason);
    CHECK(a->seed == b->seed);
    CHECK_INT(a->requests, b->requests);
    CHECK_INT(a->good, b->good);
    CHECK_INT(a->slos[1].within, b->slos[1].within);
    CHECK_INT(a->slos[1].n, b->slos[1].n);
    check_same_number(a->slos[0].effective, b->slos[0].effective);
    check_same_number(a->load, b->load);
    check_same_number(a->output_tokens_per_s, b->output_tokens_per_s);
    check_same_number(a->ttft_s.p95, b->ttft_s.p95);
    check_same_number(a->e2e_s.p99, b->e2e_s.p99);
    check_same_number(a->littles_residual, b->littles_residual);
    check_same_number(a->server_running, b->server_running);
    check_same_number(a->server_waiting, b->server_waiting);
    check_same_number(a->spent, b->spent);
}

static void write_text(const char *path, const char *text, size_t length)
{
    FILE *f = fopen(path, "w");
    CHECK(f != NULL && fwrite(text, 1, length, f) == length);
    CHECK(f != NULL && fclose(f) == 0);
}

static void reads_back(void)
{
    struct scratch s = scratch_new();
    struct capacity c, back;
    struct buf text;
    struct err e = {0};
    fill(&c);
    buf_init(&text, 1u << 20);
    capacity_write(&c, &text);
    write_text(scratch_path(&s, CAPACITY_FILE), text.data, text.len);
    CHECK_INT(capacity_read(scratch_path(&s, CAPACITY_FILE), &back, &e), 0);
    CHECK_STR(e.text, "");
    CHECK_STR(back.profile, c.profile);
    CHECK_STR(back.slos[1], c.slos[1]);
    CHECK(back.is_binding[0] && !back.is_binding[1]);
    CHECK_INT(back.verdict, CAPACITY_FOUND);
    CHECK_STR(back.end, c.end);
    check_same_number(back.feasible_max, 20);
    check_same_number(back.knee, (double)NAN);
    check_same_number(back.usl.peak, (double)INFINITY);
    check_same_number(back.recovery_s, 4.5);
    CHECK_INT(back.point_count, 2);
    for (size_t i = 0; i < back.point_count; i++)
        check_same_point(&back.points[i], &c.points[i]);
    capacity_release(&back);
    capacity_release(&c);
    buf_release(&text);
    scratch_remove(&s);
}

static void fits_the_schema(void)
{
    json_t *schema = json_load_file("report/capacity.schema.json", 0, NULL);
    struct shape shape = {.root = schema};
    struct capacity c;
    struct buf text;
    fill(&c);
    buf_init(&text, 1u << 20);
    for (int i = 0; i < 2; i++) { /* with an overload, and without */
        buf_reset(&text);
        capacity_write(&c, &text);
        json_t *document = json_loads(text.data, 0, NULL);
        CHECK(schema != NULL && document != NULL);
        shape_check(&shape, "capacity", document, schema);
        CHECK_STR(shape.problem, "");
        json_decref(document);
        c.recovery_s = (double)NAN;
    }
    json_decref(schema);
    capacity_release(&c);
    buf_release(&text);
}

static void journals_a_line(void)
{
    struct capacity_point p = point_of(20, CAPACITY_UNSURE), back;
    struct buf line;
    struct err e = {0};
    buf_init(&line, 1u << 16);
    capacity_point_write(&p, 2, &line);
    CHECK(strchr(line.data, '\n') == NULL);
    CHECK_INT(capacity_point_read(line.data, line.len, &back, &e), 0);
    check_same_point(&back, &p);
    buf_release(&line);
}

/* A good line with one thing changed. */
static const struct {
    const char *name, *from, *to, *error;
} bad_rows[] = {
    {"cut", "{\"phase\"", "{\"phase", "line 1"},
    {"phase", "bisect", "guess", "phase: \"guess\" is unknown; allowed are unloaded"},
    {"state", "unsure", "maybe", "state: \"maybe\" is unknown"},
    {"load", "\"load\":20", "\"load\":\"20\"",
     "load: is a string; it must be a number"},
    {"absent", "\"rate\"", "\"pace\"", "rate: "},
    {"count", "\"within\":380", "\"within\":480", "slos[0].within: 480 is out of"},
    {"good", "\"good\":380", "\"good\":480", "good: 480 is out of range 0..400"},
    {"seed", "18446744073709551615", "-1", "seed: "},
    {"array", "\"slos\":[", "\"slos\":7,\"x\":[",
     "slos: is a number; it must be an array"},
    {"trial", "trials/007", "trials/00000000000000000000000000000000000007",
     "trial: is longer than 31 bytes"},
};

static void refuses_what_is_broken(void)
{
    struct capacity_point p = point_of(20, CAPACITY_UNSURE), back;
    struct buf line;
    buf_init(&line, 1u << 16);
    capacity_point_write(&p, 2, &line);
    for (size_t i = 0; i < ARRAY_LEN(bad_rows); i++) {
        struct err e = {0};
        struct buf bad;
        check_row = bad_rows[i].name;
        const char *at = strstr(line.data, bad_rows[i].from);
        CHECK(at != NULL);
        if (at == NULL)
            continue;
        buf_init(&bad, 1u << 16);
        buf_append(&bad, line.data, (size_t)(at - line.data));
        buf_puts(&bad, bad_rows[i].to);
        buf_puts(&bad, at + strlen(bad_rows[i].from));
        CHECK_INT(capacity_point_read(bad.data, bad.len, &back, &e), -1);
        if (strstr(e.text, bad_rows[i].error) == NULL)
            CHECK_STR(e.text, bad_rows[i].error);
        buf_release(&bad);
    }
    buf_release(&line);
}

static void refuses_other_files(void)
{
    static const char *const texts[] = {"[]", "{\"schema\":2}", "{\"schema\":1}", ""};
    struct scratch s = scratch_new();
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct capacity back;
        struct err e = {0};
        check_row = texts[i];
        write_text(scratch_path(&s, "x.json"), texts[i], strlen(texts[i]));
        CHECK_INT(capacity_read(scratch_path(&s, "x.json"), &back, &e), -1);
        CHECK(strstr(e.text, "x.json: ") != NULL);
    }
    scratch_remove(&s);
}

int main(void)
{
    RUN(reads_back);
    RUN(fits_the_schema);
    RUN(journals_a_line);
    RUN(refuses_what_is_broken);
    RUN(refuses_other_files);
    return check_report();
}
