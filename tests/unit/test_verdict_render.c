/*
 * Renderings of verdicts of every call: documents fit their schema, tables and XML
 * survive hostile names, nothing is wider than the terminal.
 */
#include "check.h"
#include "fake_arms.h"
#include "json_shape.h"
#include "render/verdict.h"

#define HOSTILE "\033[1ma|b<c>&\"d\"'e'*`[f](g)\nh%i,j:k\xff"

static void name_hostile(struct witness *b, struct witness *c)
{
    (void)b;
    free(c->path);
    free(c->facts.profile_name);
    free(c->facts.url);
    c->path = xstrdup(HOSTILE);
    c->facts.profile_name = xstrdup(HOSTILE);
    c->facts.url = xstrdup(HOSTILE);
    CHECK_INT(slo_parse("ttft p95 <= 250ms", &c->facts.slos[0], &(struct err){0}), 0);
    CHECK_INT(slo_parse("gap p99 <= 1s", &c->facts.slos[1], &(struct err){0}), 0);
    c->facts.slo_count = 2;
}

static const struct {
    const char *name;
    struct fake_world world;
} rows[] = {
    {"go", {.change = NULL}},
    {"slow, and hostile", {.canary = {.ttft = 2}, .change = name_hostile}},
    {"nothing works", {.canary = {.failures = 1.1}, .baseline = {.failures = 1.1}}},
    {"no data", {.canary = {.hole_to = 300}}},
    {"short", {.baseline = {.seconds = 20}, .canary = {.seconds = 20}}},
    {"stored", {.mode = PAIRING_STORED}},
};

static void each(void (*render)(const struct verdict *v, struct buf *out),
                 void (*check)(const struct verdict *v, const char *text,
                               size_t length))
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf out;
        struct verdict *v = fake_verdict(&rows[i].world);
        buf_init(&out, 1u << 20);
        render(v, &out);
        check_row = rows[i].name;
        CHECK(!out.is_full);
        check(v, out.data, out.len);
        buf_release(&out);
        verdict_free(v);
    }
}

static void check_json(const struct verdict *v, const char *text, size_t length)
{
    json_t *schema = json_load_file("report/verdict.schema.json", 0, NULL);
    json_t *document = json_loadb(text, length, 0, NULL);
    struct shape shape = {.root = schema};
    CHECK(schema != NULL && document != NULL);
    shape_check(&shape, "verdict", document, schema);
    CHECK_STR(shape.problem, "");
    CHECK_STR(json_string_value(json_object_get(document, "verdict")),
              call_rows[v->call].name);
    CHECK_INT(json_integer_value(json_object_get(document, "score")),
              call_rows[v->call].score);
    CHECK_INT(json_array_size(json_object_get(document, "metrics")), v->result_count);
    json_decref(schema);
    json_decref(document);
}

static void json(void)
{
    each(verdict_json, check_json);
}

/* Every row of a table has as many cells as its head, whatever names say. */
static size_t bars(const char *line)
{
    size_t n = 0;
    for (; *line != '\0' && *line != '\n'; line++) {
        if (*line == '\\' && line[1] != '\0')
            line++;
        else
            n += *line == '|';
    }
    return n;
}

static void check_markdown(const struct verdict *v, const char *text, size_t length)
{
    size_t cells = 0;
    (void)length;
    CHECK(strncmp(text, "### ", 4) == 0);
    CHECK(strncmp(text + 4, call_rows[v->call].word, strlen(call_rows[v->call].word)) ==
          0);
    for (const char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1) {
        if (*line != '|') {
            cells = 0;
            continue;
        }
        cells = cells > 0 ? cells : bars(line);
        CHECK_INT(bars(line), cells);
    }
    CHECK(strstr(text, "<c>") == NULL);
}

static void markdown(void)
{
    each(verdict_markdown, check_markdown);
}

/* Tags close in order: well-formed but for what an XML parser checks of bytes. */
static void check_junit(const struct verdict *v, const char *text, size_t length)
{
    char open[8][32];
    size_t depth = 0, cases = 0, gating = 0;
    (void)length;
    for (const char *at = strchr(text, '<'); at != NULL; at = strchr(at + 1, '<')) {
        size_t word = strcspn(at + 1, " />?");
        const char *end = strchr(at, '>');
        CHECK(end != NULL && memchr(at + 1, '<', (size_t)(end - at - 1)) == NULL);
        if (at[1] == '?' || end == NULL)
            continue;
        cases += strncmp(at, "<testcase ", 10) == 0;
        if (at[1] == '/') {
            word = strcspn(at + 2, ">");
            CHECK(depth > 0 && strncmp(open[depth - 1], at + 2, word) == 0);
            depth -= depth > 0;
        } else if (end[-1] != '/' && depth < 8) {
            (void)snprintf(open[depth++], sizeof open[0], "%.*s", (int)word, at + 1);
        }
    }
    for (size_t i = 0; i < v->result_count; i++)
        gating += v->results[i].is_gating;
    CHECK_INT(depth, 0);
    CHECK_INT(cases, 1 + gating + v->guard_count);
    CHECK((strstr(text, "<failure ") != NULL) == (v->call == CALL_NO_GO));
    CHECK(v->call != CALL_INCONCLUSIVE || strstr(text, "<error ") != NULL);
}

static void junit(void)
{
    each(verdict_junit, check_junit);
}

/* One command a line: a new line in a name would begin another. */
static void check_github(const struct verdict *v, const char *text, size_t length)
{
    static const char *const levels[] = {
        [CALL_GO] = "::notice title=canary::GO",
        [CALL_NO_GO] = "::error title=canary::NO-GO",
        [CALL_INCONCLUSIVE] = "::warning title=canary::INCONCLUSIVE",
    };
    (void)length;
    CHECK(strncmp(text, levels[v->call], strlen(levels[v->call])) == 0);
    for (const char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1)
        CHECK(strncmp(line, "::", 2) == 0);
}

static void github(void)
{
    each(verdict_github, check_github);
}

/* Score and classes say the call; the gates that gate are its results. */
static void check_kayenta(const struct verdict *v, const char *text, size_t length)
{
    static const char *const classes[] = {"Pass", "Fail", "Marginal"};
    static const char *const states[] = {
        [GATE_PASS] = "Pass",
        [GATE_FAIL] = "High",
        [GATE_UNCERTAIN] = "Nodata",
        [GATE_NO_DATA] = "Nodata",
    };
    json_t *document = json_loadb(text, length, 0, NULL);
    const json_t *score = json_object_get(document, "score");
    const json_t *results = json_object_get(document, "results");
    size_t n = 0;
    CHECK(document != NULL);
    CHECK_INT(json_integer_value(json_object_get(score, "score")),
              call_rows[v->call].score);
    CHECK_STR(json_string_value(json_object_get(score, "classification")),
              classes[v->call]);
    for (size_t i = 0; i < v->result_count; i++) {
        const struct gate_result *r = &v->results[i];
        if (!r->is_gating)
            continue;
        const json_t *result = json_array_get(results, n++);
        CHECK_STR(json_string_value(json_object_get(result, "name")), r->gate->name);
        CHECK_STR(json_string_value(json_object_get(result, "classification")),
                  states[r->state]);
    }
    CHECK_INT(json_array_size(results), n);
    json_decref(document);
}

static void kayenta(void)
{
    each(verdict_kayenta, check_kayenta);
}

static void text(void)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct verdict *v = fake_verdict(&rows[i].world);
        struct buf out;
        buf_init(&out, 1u << 20);
        check_row = rows[i].name;
        for (size_t width = 80; width <= 120; width += 20) {
            buf_reset(&out);
            verdict_text(v, width, false, &out);
            CHECK(strpbrk(out.data, "\033\r\a") == NULL);
            for (const char *at = out.data; *at != '\0'; at += strcspn(at, "\n") + 1)
                CHECK(strcspn(at, "\n") <= width);
        }
        CHECK(strncmp(out.data, call_rows[v->call].word,
                      strlen(call_rows[v->call].word)) == 0);
        buf_reset(&out);
        verdict_text(v, 80, true, &out);
        CHECK(strchr(out.data, '\033') != NULL);
        buf_release(&out);
        verdict_free(v);
    }
}

int main(void)
{
    RUN(json);
    RUN(markdown);
    RUN(junit);
    RUN(github);
    RUN(kayenta);
    RUN(text);
    return check_report();
}
