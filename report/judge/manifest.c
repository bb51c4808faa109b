/*
 * Reads run.json into a summary; see manifest.h. Strings are borrowed from the
 * document, which the summary keeps; text made from numbers is owned by facts.
 */
#include "judge/manifest.h"

#include "judge/member.h"
#include "judge/network.h"

#include "measure/price.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 65536

/* Microseconds of a timer in seconds; 0 when there is none. */
static int64_t get_limit_us(const json_t *timers, const char *key)
{
    double s = member_number(timers, key, 0);
    return s > 0 && s < 86400 ? (int64_t)llround(s * 1e6) : 0;
}

/* A scalar as text; arrays and objects as compact JSON. free() it. */
static char *as_text(const json_t *value)
{
    if (json_is_string(value))
        return xstrdup(json_string_value(value));
    if (value == NULL || json_is_null(value))
        return xstrdup("");
    return json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(6));
}

static void add_facts(struct facts *f, json_t *object)
{
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        char *text = as_text(value);
        facts_add(f, key, text == NULL ? "" : text, NULL);
        free(text);
    }
}

static void add_options(struct facts *f, json_t *options)
{
    const char *key;
    json_t *row;
    json_object_foreach(options, key, row)
    {
        char *text = as_text(json_object_get(row, "value"));
        facts_add(f, key, text == NULL ? "" : text, member_text(row, "origin"));
        free(text);
    }
}

/* Items of an array of strings, joined. free() it. */
static char *joined(const json_t *array, const char *between)
{
    struct buf b;
    buf_init(&b, TEXT_MAX);
    for (size_t i = 0; i < json_array_size(array); i++) {
        const char *item = json_string_value(json_array_get(array, i));
        buf_puts(&b, i > 0 ? between : "");
        buf_puts(&b, item == NULL ? "" : item);
    }
    char *text = buf_steal(&b);
    buf_release(&b);
    return text;
}

static int choose_arm(struct summary *s, const json_t *arms, const char *arm,
                      struct err *e)
{
    s->arm_count = json_array_size(arms);
    s->arm_names = joined(arms, ", ");
    s->arm = "";
    for (size_t i = 0; i < s->arm_count; i++) {
        const char *name = json_string_value(json_array_get(arms, i));
        if (name != NULL && (arm == NULL || strcmp(arm, name) == 0)) {
            s->arm = name;
            return 0;
        }
    }
    if (arm == NULL && s->arm_count == 0)
        return 0;
    return err_set(e, "%s: no arm \"%s\": the run has %s", s->path,
                   arm == NULL ? "" : arm, s->arm_names);
}

static void read_identity(struct summary *s, const json_t *m)
{
    const json_t *profile = json_object_get(m, "profile");
    const json_t *target = json_object_get(m, "target");
    const json_t *stop = json_object_get(m, "stop");
    const json_t *shard = json_object_get(m, "shard");
    s->tool = member_text(m, "tool");
    s->profile_name = member_text(profile, "name");
    s->profile_title = member_text(profile, "title");
    s->profile_digest = member_text(profile, "digest");
    s->url = member_text(target, "url");
    s->dialect = member_text(target, "dialect");
    s->dialect_why = member_text(target, "dialect_why");
    s->model = member_text(target, "model");
    s->seed = member_text(m, "seed");
    s->schedule_digest = member_text(m, "schedule_digest");
    s->stop_reason = member_text(stop, "reason");
    s->stop_text = member_text(stop, "text");
    s->run_exit_code = (int)member_number(m, "exit_code", 0);
    s->shard_index = member_count(shard, "index");
    s->shard_count = member_count(shard, "count");
    s->command_line = joined(json_object_get(m, "command_line"), " ");
}

/* Prices are said with every report: where they are from, and that they are old. */
/* Three capital letters, as ISO 4217 has them; of anything else "". */
static const char *currency_of(const json_t *cost)
{
    const char *text = member_text(cost, "currency");
    size_t letters = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    return letters == 3 && text[3] == '\0' ? text : "";
}

static void read_cost(struct summary *s, const json_t *cost)
{
    struct buf text;
    int64_t day = 0;
    const char *date = member_text(cost, "date"), *source = member_text(cost, "source");
    s->currency = currency_of(cost);
    s->budget = member_number(cost, "budget", (double)NAN);
    s->budget_per_h = member_number(cost, "budget_per_h", (double)NAN);
    if (!json_is_object(cost))
        return;
    bool is_old = price_date_day(date, &day) &&
                  s->started_wall_s / 86400 - (double)day > PRICE_STALE_DAYS + 1;
    buf_init(&text, TEXT_MAX);
    buf_printf(&text, "priced by the list %s of %s%s%s", member_text(cost, "list"),
               date, source[0] != '\0' ? ", from " : "", source);
    reasons_add(&s->notes, "prices", text.data,
                is_old ? "older than 90 days when it ran: check them" : NULL);
    buf_release(&text);
}

static void read_times(struct summary *s, const json_t *m)
{
    const json_t *load = json_object_get(m, "load");
    const json_t *t0 = json_object_get(m, "t0");
    const json_t *window = json_object_get(m, "window");
    const json_t *progress = json_object_get(m, "progress");
    s->load_kind = member_text(load, "kind");
    s->rate_per_s = member_number(load, "rate_per_s", (double)NAN);
    s->users = member_number(load, "users", (double)NAN);
    s->started = member_text(t0, "wall");
    s->started_wall_s = member_number(t0, "wall_s", 0);
    double duration_s = member_number(load, "duration_s", 0);
    s->planned_s = member_number(progress, "planned_s", duration_s);
    s->elapsed_s = member_number(progress, "elapsed_s", 0);
    if (s->status == RUN_RUNNING)
        return; /* the logs know it better: gather.c */
    s->window_start_s = member_number(window, "start_s", 0);
    s->window_end_s = member_number(window, "end_s", 0);
    s->window_s = member_number(window, "duration_s", 0);
}

static void read_phases(struct summary *s, const json_t *phases)
{
    s->phases = xcalloc(json_array_size(phases) + 1, sizeof *s->phases);
    for (size_t i = 0; i < json_array_size(phases); i++) {
        const json_t *row = json_array_get(phases, i);
        s->phases[s->phase_count++] = (struct phase_summary){
            .name = xstrdup(member_text(row, "name")),
            .kind = xstrdup(member_text(row, "kind")),
            .start_s = member_number(row, "start_s", 0),
            .duration_s = member_number(row, "duration_s", 0),
            .is_measured = json_is_true(json_object_get(row, "measured")),
        };
    }
}

static void add_lengths(struct totals *t, const json_t *object)
{
    for (size_t i = 0; i < LENGTH_COUNT; i++) {
        const json_t *counts = json_object_get(object, length_names[i]);
        for (size_t k = 0; k < STRATUM_COUNT && k < json_array_size(counts); k++)
            t->lengths[i][k] += member_as_count(json_array_get(counts, k));
    }
}

static void add_bills(struct totals *t, const json_t *billed, const json_t *priced)
{
    for (size_t p = 0; p < BILL_PARTS; p++) {
        const json_t *row = json_object_get(billed, bill_part_names[p]);
        for (size_t c = 0; c < BILL_COLUMNS; c++)
            t->billed[p][c] += member_as_count(json_array_get(row, c));
        t->priced[p] += member_count(priced, bill_part_names[p]);
    }
}

/* Adds one class's object to the totals. */
static void add_totals(struct totals *t, const json_t *object)
{
    for (size_t i = 0; i < TOTALS_ROWS; i++) {
        uint64_t *field = (uint64_t *)((char *)t + totals_rows[i].offset);
        *field += member_count(object, totals_rows[i].name);
    }
    add_lengths(t, json_object_get(object, "lengths"));
    add_bills(t, json_object_get(object, "billed"), json_object_get(object, "priced"));
    const char *name;
    json_t *count;
    json_object_foreach(json_object_get(object, "outcomes"), name, count)
    {
        enum outcome o = outcome_find(name);
        t->outcomes[o < OUTCOME_COUNT ? o : OUTCOME_OTHER] += member_as_count(count);
    }
    json_object_foreach(json_object_get(object, "lost"), name, count)
    {
        enum outcome o = outcome_find(name);
        t->lost[o < OUTCOME_COUNT ? o : OUTCOME_OTHER] += member_as_count(count);
    }
}

static void read_totals(struct summary *s, const json_t *totals)
{
    const char *class_name;
    json_t *object;
    json_object_foreach(json_object_get(totals, s->arm), class_name, object)
    {
        (void)summary_class(s, class_name, strlen(class_name));
        add_totals(&s->whole, object);
    }
}

static void read_health(struct summary *s, const json_t *health)
{
    const json_t *lag = json_object_get(health, "lag_us");
    const json_t *stamps = json_object_get(health, "stamps");
    const json_t *floor = json_object_get(health, "floor");
    s->health = (struct health_summary){
        .is_known = json_is_object(health),
        .is_valid = !json_is_false(json_object_get(health, "valid")),
        .lag_p50_us = member_number(lag, "p50", -1),
        .lag_p99_us = member_number(lag, "p99", -1),
        .lag_max_us = member_number(lag, "max", -1),
        .stall_max_us = member_number(health, "stall_us_max", -1),
        .stamps_kernel = member_number(stamps, "kernel", -1),
        .stamps_loop = member_number(stamps, "loop", -1),
        .workers = member_number(health, "workers", -1),
        .core_idle_min = member_number(health, "core_idle_min", -1),
        .runq_share_max = member_number(health, "runq_share_max", -1),
        .throttled_share = member_number(health, "throttled_share", -1),
        .in_flight_max = member_number(health, "in_flight_max", -1),
        .connections_max = member_number(health, "connections_max", -1),
        .floor_ttft_p99_us = member_number(floor, "ttft_p99_us", -1),
    };
    const json_t *reasons = json_object_get(health, "reasons");
    for (size_t i = 0; i < json_array_size(reasons); i++) {
        const json_t *row = json_array_get(reasons, i);
        reasons_add(s->health.is_valid ? &s->notes : &s->problems,
                    member_text(row, "code"), member_text(row, "text"),
                    member_text(row, "advice"));
    }
}

/* In one spelling, whatever blanks the manifest has: it becomes a label. */
static char *slo_text(const struct slo *slo)
{
    struct buf b;
    buf_init(&b, TEXT_MAX);
    slo_format(slo, &b);
    char *text = buf_steal(&b);
    buf_release(&b);
    return text;
}

static int read_slos(struct summary *s, const json_t *slos, struct err *e)
{
    s->slos = xcalloc(json_array_size(slos) + 1, sizeof *s->slos);
    for (size_t i = 0; i < json_array_size(slos); i++) {
        const char *text = json_string_value(json_array_get(slos, i));
        struct slo_result *row = &s->slos[s->slo_count];
        if (slo_parse(text == NULL ? "" : text, &row->slo, e) < 0)
            return err_in(e, "%s/run.json: slos[%zu]", s->path, i);
        row->text = slo_text(&row->slo);
        s->slo_count++;
    }
    return 0;
}

/* Which classes ask for embeddings, and which moderate: their figures have names of
 * their own. */
static void read_apis(struct summary *s, const json_t *profile)
{
    size_t i;
    json_t *class;
    json_array_foreach(json_object_get(profile, "classes"), i, class)
    {
        const char *name = member_text(class, "name");
        const char *api = member_text(class, "api");
        if (name[0] == '\0')
            continue;
        struct class_summary *c = summary_class(s, name, strlen(name));
        c->is_embedding = strcmp(api, "embeddings") == 0;
        c->is_moderation =
            strcmp(api, "moderation") == 0 || strcmp(api, "chat_moderation") == 0;
    }
}

static void read_scrapes(struct summary *s, const json_t *scrapes)
{
    for (size_t i = 0; i < json_array_size(scrapes); i++)
        serverside_asked(&s->server, json_array_get(scrapes, i));
}

int manifest_read(struct summary *s, const char *arm, struct err *e)
{
    const json_t *m = s->run->manifest;
    json_t *timers = json_object_get(m, "timers");
    s->status = s->run->status;
    read_identity(s, m);
    read_times(s, m);
    read_cost(s, json_object_get(m, "cost"));
    if (choose_arm(s, json_object_get(m, "arms"), arm, e) < 0)
        return -1;
    const json_t *classes = json_object_get(m, "classes");
    for (size_t i = 0; i < json_array_size(classes); i++) {
        const char *name = json_string_value(json_array_get(classes, i));
        if (name != NULL)
            (void)summary_class(s, name, strlen(name));
    }
    read_apis(s, json_object_get(json_object_get(m, "profile"), "document"));
    read_phases(s, json_object_get(m, "phases"));
    add_options(&s->options, json_object_get(m, "options"));
    add_facts(&s->host, json_object_get(m, "host"));
    add_facts(&s->timers, timers);
    s->ttft_limit_us = get_limit_us(timers, "ttft_s");
    s->total_limit_us = get_limit_us(timers, "total_s");
    network_read(s);
    read_totals(s, json_object_get(m, "totals"));
    read_health(s, json_object_get(m, "health"));
    resilience_read(s, m);
    read_scrapes(s, json_object_get(m, "scrape"));
    return read_slos(s, json_object_get(m, "slos"), e);
}
