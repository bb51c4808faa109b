/* A look as JSON, report/triage.schema.json; see triage.h. */
#include "base/jout.h"
#include "base/units.h"
#include "command/triage.h"
#include "engine/redact.h"

#include <math.h>
#include <string.h>

static const char *const state_names[] = {
    [CHECK_SKIPPED] = "skipped",
    [CHECK_FINE] = "ok",
    [CHECK_ODD] = "odd",
    [CHECK_FAILED] = "failed",
};

static double seconds(int64_t ns)
{
    return (double)ns / 1e9;
}

static void put_next(struct jout *j, const char *text)
{
    jout_array(j, "next");
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        jout_strn(j, NULL, text, length);
        text += length + (text[length] == '\n');
    }
    jout_end_array(j);
}

static void put_diagnosis(struct jout *j, const struct diagnosis *d)
{
    char severity[3] = {'P', (char)('0' + d->severity), '\0'};
    const struct leaf_row *row = &leaf_rows[d->leaf];
    jout_str(j, "leaf", row->name);
    jout_str(j, "severity", severity);
    jout_bool(j, "intermittent", d->is_intermittent);
    jout_str(j, "side", side_names[row->side]);
    jout_str(j, "title", row->title);
    jout_str(j, "reason", row->reason);
    jout_str(j, "found_by", check_names[row->check]);
    put_next(j, row->next);
}

static void put_checks(struct jout *j, const struct check_result *checks)
{
    jout_array(j, "checks");
    for (unsigned i = 0; i < CHECK_COUNT; i++) {
        if (checks[i].text[0] == '\0')
            continue;
        jout_object(j, NULL);
        jout_str(j, "name", check_names[i]);
        jout_str(j, "state", state_names[checks[i].state]);
        jout_num(j, "seconds", seconds(checks[i].took_ns));
        jout_str(j, "evidence", checks[i].text);
        jout_end_object(j);
    }
    jout_end_array(j);
}

static void put_number(struct jout *j, const char *key, bool is_known, double value)
{
    jout_num(j, key, is_known ? value : (double)NAN);
}

static void put_target(struct jout *j, const struct target_look *l,
                       const struct triage_target *t)
{
    const struct target_facts *f = &l->facts;
    jout_object(j, NULL);
    jout_str(j, "url", t->shown);
    jout_str(j, "dialect", l->dialect[0] != '\0' ? l->dialect : NULL);
    jout_str(j, "model", l->model[0] != '\0' ? l->model : NULL);
    put_diagnosis(j, &l->diagnosis);
    jout_bool(j, "can_take_over", diagnosis_can_take_over(&l->diagnosis));
    jout_u64(j, "addresses", f->addresses);
    jout_u64(j, "addresses_open", f->open);
    put_number(j, "certificate_days", f->has_certificate,
               floor((double)f->certificate_left_s / 86400));
    jout_u64(j, "requests", f->sent);
    jout_u64(j, "failed", f->failed);
    jout_str(j, "error", f->failed > 0 ? outcome_rows[f->outcome].name : NULL);
    put_number(j, "ttft_s", f->sent > f->failed, seconds(f->ttft_ns));
    bool has_queue = l->checks[CHECK_METRICS].state >= CHECK_FINE;
    put_number(j, "running", has_queue, l->metrics.value[SERVER_RUNNING]);
    put_number(j, "queued", has_queue, l->metrics.value[SERVER_QUEUE]);
    put_checks(j, l->checks);
    jout_end_object(j);
}

static void put_scene(struct jout *j, const struct look *l)
{
    jout_object(j, "beside");
    put_number(j, "error_rate", l->scene.has_error_share, l->scene.error_share);
    if (l->scene.has_app)
        jout_bool(j, "app_healthy", l->scene.is_app_healthy);
    else
        jout_null(j, "app_healthy");
    put_checks(j, l->checks);
    jout_end_object(j);
}

static void put_changes(struct jout *j, const struct changes *c, int64_t end_ns)
{
    jout_array(j, "changes");
    for (size_t i = 0; i < c->count; i++) {
        char time[UNITS_TEXT];
        int64_t until_ns = i + 1 < c->count ? c->items[i + 1].start_ns : end_ns;
        char severity[3] = {'P', (char)('0' + c->items[i].severity), '\0'};
        jout_object(j, NULL);
        jout_str(j, "time", units_format_utc(time, c->items[i].wall_ns));
        jout_str(j, "leaf", leaf_rows[c->items[i].leaf].name);
        jout_str(j, "severity", severity);
        jout_str(j, "sentence", c->items[i].text);
        jout_num(j, "seconds", seconds(until_ns - c->items[i].start_ns));
        jout_end_object(j);
    }
    jout_end_array(j);
}

static void put_verdict(struct jout *j, const struct look *l, const struct triage *t)
{
    struct buf sentence;
    size_t other = look_stand_in(l);
    buf_init(&sentence, 8192);
    look_sentence(l, t, &sentence);
    jout_object(j, "verdict");
    put_diagnosis(j, &l->diagnosis);
    jout_str(j, "sentence", sentence.data);
    jout_str(j, "evidence", look_evidence(l));
    jout_str(j, "target",
             l->about < l->target_count ? t->targets[l->about].shown : NULL);
    jout_str(j, "take_over", other < l->target_count ? t->targets[other].shown : NULL);
    jout_i64(j, "exit_code", look_exit_code(l));
    jout_end_object(j);
    buf_release(&sentence);
}

void triage_json(const struct look *l, const struct triage *t, const struct changes *c,
                 bool is_pretty, struct buf *out)
{
    char time[UNITS_TEXT];
    struct jout j;
    jout_init(&j, out, is_pretty);
    jout_object(&j, NULL);
    jout_u64(&j, "schema", 1);
    jout_str(&j, "tool", "gust triage");
    jout_str(&j, "version", gust_version);
    jout_str(&j, "time", units_format_utc(time, l->wall_ns));
    jout_num(&j, "seconds", seconds(l->took_ns));
    put_verdict(&j, l, t);
    jout_array(&j, "targets");
    for (size_t i = 0; i < l->target_count; i++)
        put_target(&j, &l->targets[i], &t->targets[i]);
    jout_end_array(&j);
    put_scene(&j, l);
    put_changes(&j, c, l->start_ns);
    jout_end_object(&j);
    buf_putc(out, '\n');
}
