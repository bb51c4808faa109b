/*
 * A verdict as JUnit XML; see verdict.h. A failed gate is a failure, an undecided one
 * an error: a build that must not pass does not. Messages are repeated in the body,
 * where some CI servers look for them.
 */
#include "render/verdict.h"

#include "judge/wording.h"
#include "render/markup.h"

#define MESSAGE_BYTES 8192

enum result { RESULT_PASSED, RESULT_FAILED, RESULT_UNDECIDED, RESULTS };

static const struct {
    const char *element, *type;
} result_rows[RESULTS] = {
    [RESULT_PASSED] = {NULL, NULL},
    [RESULT_FAILED] = {"failure", "NO_GO"},
    [RESULT_UNDECIDED] = {"error", "INCONCLUSIVE"},
};

static enum result result_of_gate(const struct gate_result *r)
{
    if (r->state == GATE_PASS)
        return RESULT_PASSED;
    return r->state == GATE_FAIL ? RESULT_FAILED : RESULT_UNDECIDED;
}

static enum result result_of_guard(const struct guard_result *g)
{
    if (g->state == GUARD_BROKEN)
        return RESULT_FAILED;
    return g->state == GUARD_MISSED ? RESULT_UNDECIDED : RESULT_PASSED;
}

/* The heaviest caveat that makes the comparison invalid, or NULL. */
static const struct caveat *objection(const struct verdict *v)
{
    for (size_t i = 0; i < v->caveats.count; i++)
        if (caveat_rows[v->caveats.items[i].code].weight >= CAVEAT_FORBIDS_TIMES)
            return &v->caveats.items[i];
    return NULL;
}

static void put_case(const struct verdict *v, const char *name, enum result result,
                     const char *message, struct buf *out)
{
    buf_puts(out, "    <testcase classname=\"canary.");
    markup_text(out, v->arms[SIDE_CANARY].profile);
    buf_puts(out, "\" name=\"");
    markup_text(out, name);
    buf_printf(out, "\" time=\"%.3f\"", v->seconds);
    if (result == RESULT_PASSED) {
        buf_puts(out, "/>\n");
        return;
    }
    buf_printf(out, ">\n      <%s type=\"%s\" message=\"", result_rows[result].element,
               result_rows[result].type);
    markup_text(out, message);
    buf_puts(out, "\">");
    markup_text(out, message);
    buf_printf(out, "</%s>\n    </testcase>\n", result_rows[result].element);
}

static void put_gate(const struct verdict *v, const struct gate_result *r,
                     struct buf *out)
{
    char margin[WORDING_TEXT], change[WORDING_TEXT], interval[WORDING_TEXT];
    char baseline[WORDING_TEXT], canary[WORDING_TEXT];
    struct buf name, message;
    buf_init(&name, MESSAGE_BYTES);
    buf_init(&message, MESSAGE_BYTES);
    wording_change(margin, r, r->margin);
    buf_printf(&name, "%s within %s", r->gate->name, margin);
    buf_printf(&message, "%s: %s against %s: %s (%s), allowed %s", r->gate->name,
               wording_value(canary, r, SIDE_CANARY),
               wording_value(baseline, r, SIDE_BASELINE),
               wording_change(change, r, r->estimate), wording_interval(interval, r),
               margin);
    put_case(v, name.data, result_of_gate(r), message.data, out);
    buf_release(&name);
    buf_release(&message);
}

static void put_cases(const struct verdict *v, struct buf *out)
{
    const struct caveat *why = objection(v);
    put_case(v, "comparison is valid", why != NULL ? RESULT_UNDECIDED : RESULT_PASSED,
             why != NULL ? why->text : "", out);
    for (size_t i = 0; i < v->result_count; i++)
        if (v->results[i].is_gating)
            put_gate(v, &v->results[i], out);
    for (size_t i = 0; i < v->guard_count; i++) {
        const struct guard_result *g = &v->guards[i];
        struct buf text;
        buf_init(&text, MESSAGE_BYTES);
        buf_printf(&text, "%s: %.4g %% within", g->text, g->canary * 100);
        put_case(v, g->text, result_of_guard(g), text.data, out);
        buf_release(&text);
    }
}

static void count_cases(const struct verdict *v, size_t counts[RESULTS])
{
    counts[objection(v) != NULL ? RESULT_UNDECIDED : RESULT_PASSED]++;
    for (size_t i = 0; i < v->result_count; i++)
        if (v->results[i].is_gating)
            counts[result_of_gate(&v->results[i])]++;
    for (size_t i = 0; i < v->guard_count; i++)
        counts[result_of_guard(&v->guards[i])]++;
}

void verdict_junit(const struct verdict *v, struct buf *out)
{
    size_t counts[RESULTS] = {0};
    count_cases(v, counts);
    size_t all =
        counts[RESULT_PASSED] + counts[RESULT_FAILED] + counts[RESULT_UNDECIDED];
    buf_printf(out,
               "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
               "  <testsuite name=\"canary-gate\" tests=\"%zu\" failures=\"%zu\" "
               "errors=\"%zu\" skipped=\"0\" time=\"%.3f\">\n    <properties>\n",
               all, counts[RESULT_FAILED], counts[RESULT_UNDECIDED], v->seconds);
    buf_printf(out, "      <property name=\"verdict\" value=\"%s\"/>\n",
               call_rows[v->call].name);
    buf_puts(out, "      <property name=\"sentence\" value=\"");
    markup_text(out, v->sentence);
    buf_puts(out, "\"/>\n    </properties>\n");
    put_cases(v, out);
    buf_puts(out, "  </testsuite>\n</testsuites>\n");
}
