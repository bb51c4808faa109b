/* Small tables of the report; see server_tables.h. */
#include "render/server_tables.h"

#include "base/units.h"
#include "render/markup.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- building ---- */

static void set(struct server_table *t, size_t column, const char *text)
{
    (void)snprintf(t->cells[t->rows][column], SERVER_TABLE_CELL, "%s", text); /* cut */
}

static void set_seconds(struct server_table *t, size_t column, double s)
{
    char text[UNITS_TEXT] = "n/a";
    if (fabs(s) < 1e9)
        (void)units_format_ns(text, (int64_t)llround(s * 1e9));
    set(t, column, text);
}

static void set_count(struct server_table *t, size_t column, double n)
{
    char text[UNITS_TEXT] = "n/a";
    if (n >= 0 && n < 1e18)
        (void)units_format_count(text, (uint64_t)llround(n));
    set(t, column, text);
}

static void set_share(struct server_table *t, size_t column, double share)
{
    char text[32] = "n/a";
    if (isfinite(share))
        (void)snprintf(text, sizeof text, "%.3g %%", share * 100);
    set(t, column, text);
}

static void set_rate(struct server_table *t, size_t column, double value)
{
    char text[UNITS_TEXT] = "n/a";
    if (isfinite(value))
        (void)units_format_rate(text, value);
    set(t, column, text);
}

static void set_bytes(struct server_table *t, size_t column, double n)
{
    char text[UNITS_TEXT] = "n/a";
    if (n >= 0 && n < 1e18)
        (void)units_format_bytes(text, (uint64_t)n);
    set(t, column, text);
}

/* A row for one more; false when there is no room. */
static bool has_room(const struct server_table *t)
{
    return t->rows < SERVER_TABLE_ROWS;
}

static void make_limits(const struct summary *s, struct server_table *t)
{
    const uint64_t *by = s->window.outcomes;
    uint64_t quota = by[OUTCOME_RATE_LIMITED], full = by[OUTCOME_CAPACITY];
    uint64_t hard = by[OUTCOME_QUOTA_SPENT] + by[OUTCOME_NEVER_ALLOWED];
    char name[SERVER_TABLE_CELL];
    for (size_t i = 0; i < s->server.budget_count && has_room(t); i++) {
        const struct budget_summary *b = &s->server.budgets[i];
        bool has_window = b->window_s > 0;
        (void)snprintf(name, sizeof name, has_window ? "%s in %.6g s" : "%s", b->of,
                       b->window_s);
        set(t, 0, name);
        set_count(t, 1, b->limit);
        set_count(t, 2, b->remaining_min);
        set_share(t, 3, b->remaining_min / b->limit);
        t->rows++;
    }
    if (t->rows > 0)
        (void)snprintf(t->note, sizeof t->note,
                       "Of %llu requests sent in the window %llu (%.3g %%) met the "
                       "limit, %llu were refused for good (nothing left, or never "
                       "allowed), %llu because the server was full.",
                       (unsigned long long)s->window.sent, (unsigned long long)quota,
                       s->window.sent ? 100 * (double)quota / (double)s->window.sent
                                      : 0,
                       (unsigned long long)hard, (unsigned long long)full);
}

static void add_part(struct server_table *t, const char *name, double s, double of,
                     double n)
{
    set(t, 0, name);
    set_seconds(t, 1, s);
    set_share(t, 2, s / of);
    if (n >= 0)
        set_count(t, 3, n);
    t->rows++;
}

/* What is left of the client's time; of less than is known only the bound. */
static void add_rest(struct server_table *t, const struct time_split *split)
{
    char bound[UNITS_TEXT] = "n/a";
    add_part(t, "network, front end, client", split->rest, split->client, -1);
    if (time_split_is_resolved(split))
        return;
    if (split->doubt < 1e9)
        (void)units_format_ns(bound, (int64_t)llround(split->doubt * 1e9));
    (void)snprintf(t->cells[t->rows - 1][1], SERVER_TABLE_CELL, "< %s", bound);
    (void)snprintf(t->cells[t->rows - 1][2], SERVER_TABLE_CELL, "n/a");
}

/* Why the rest is what it is. */
static const char *rest_note(const struct time_split *split)
{
    if (!time_split_is_resolved(split))
        return " The rest is not resolved: the two means are not over quite the same "
               "requests.";
    return split->rest < 0 ? " The rest is negative: the server's requests are not "
                             "the client's."
                           : "";
}

static void make_times(const struct summary *s, struct server_table *t)
{
    struct time_split split = summary_time_split(s);
    const double none = -1;
    if (split.source == NULL)
        return;
    add_part(t, "client, from wire start", split.client, split.client,
             split.client_count);
    add_part(t, "server: in its queue", split.queue, split.client, split.server_count);
    add_part(t, "server: prefill", split.prefill, split.client, none);
    add_rest(t, &split);
    (void)snprintf(t->note, sizeof t->note,
                   "Means over what ended from %.4g s to %.4g s of the run. The "
                   "server's are differences of its own sums (%s), over all requests "
                   "it had, this run's or not.%s",
                   split.source->first_s, split.source->last_s, split.source->family,
                   rest_note(&split));
}

enum server_form {
    SERVER_FORM_RATE,
    SERVER_FORM_SHARE,
    SERVER_FORM_BYTES,
    SERVER_FORM_S
};

/* Gauges that have a mean worth showing. */
static const struct {
    enum server_metric metric;
    const char *label;
    enum server_form form;
} gauge_rows[] = {
    {SERVER_QUEUE, "requests waiting", SERVER_FORM_RATE},
    {SERVER_RUNNING, "requests running", SERVER_FORM_RATE},
    {SERVER_KV_USE, "key-value cache", SERVER_FORM_SHARE},
    {SERVER_CACHE_HIT_RATE, "prefix cache hits", SERVER_FORM_SHARE},
    {SERVER_GPU_USE, "GPU busy", SERVER_FORM_SHARE},
    {SERVER_GPU_MEMORY_USED, "GPU memory in use", SERVER_FORM_BYTES},
    {SERVER_LOAD, "model load time", SERVER_FORM_S},
    {SERVER_HOST_LOAD, "host load average", SERVER_FORM_RATE},
};

static void set_form(struct server_table *t, size_t column, enum server_form form,
                     double value)
{
    switch (form) {
    case SERVER_FORM_RATE:
        set_rate(t, column, value);
        break;
    case SERVER_FORM_SHARE:
        set_share(t, column, value);
        break;
    case SERVER_FORM_BYTES:
        set_bytes(t, column, value);
        break;
    case SERVER_FORM_S:
        set_seconds(t, column, value);
        break;
    }
}

static void add_counters(struct server_table *t, const struct server_source *source,
                         const char *from)
{
    double queries = server_source_since(source, SERVER_CACHE_QUERIES);
    double hits = server_source_since(source, SERVER_CACHE_HITS);
    double preempted = server_source_since(source, SERVER_PREEMPTIONS);
    if (queries > 0 && has_room(t)) {
        set(t, 0, "prefix cache hits");
        set_share(t, 1, hits / queries);
        set(t, 3, from);
        t->rows++;
    }
    if (isfinite(preempted) && has_room(t)) {
        set(t, 0, "preemptions");
        set_count(t, 1, preempted);
        set(t, 3, from);
        t->rows++;
    }
}

static void add_source(struct server_table *t, const struct server_source *source)
{
    const char *from = source->family[0] != '\0' ? source->family : source->name;
    for (size_t i = 0; i < ARRAY_LEN(gauge_rows) && has_room(t); i++) {
        double mean = server_source_mean(source, gauge_rows[i].metric);
        if (isnan(mean))
            continue;
        set(t, 0, gauge_rows[i].label);
        set_form(t, 1, gauge_rows[i].form, mean);
        set_form(t, 2, gauge_rows[i].form,
                 server_source_max(source, gauge_rows[i].metric));
        set(t, 3, from);
        t->rows++;
    }
    add_counters(t, source, from);
}

/* How long the process had been up when the measured window began. */
static void add_age(struct server_table *t, const struct summary *s,
                    const struct server_source *source)
{
    double start_s = server_source_max(source, SERVER_START);
    double age_s = s->started_wall_s + s->window_start_s - start_s;
    if (!(age_s >= 0) || s->started_wall_s <= 0 || !has_room(t))
        return;
    set(t, 0, "up when the window began");
    set_seconds(t, 1, age_s);
    set(t, 3, source->family[0] != '\0' ? source->family : source->name);
    t->rows++;
}

static void make_server(const struct summary *s, struct server_table *t)
{
    for (size_t i = 0; i < s->server.source_count; i++) {
        add_source(t, &s->server.sources[i]);
        add_age(t, s, &s->server.sources[i]);
    }
    if (t->rows > 0)
        (void)snprintf(t->note, sizeof t->note,
                       "Read from the server's own metrics once a second; means and "
                       "maxima of the seconds that were seen, counters over the "
                       "measured window.");
}

static const struct {
    struct server_table head;
    void (*make)(const struct summary *s, struct server_table *t);
} table_rows[SERVER_TABLES] = {
    {{.id = "limits",
      .title = "Rate limits",
      .columns = {"budget", "limit", "least left", "of limit"}},
     make_limits},
    {{.id = "times",
      .title = "Where the time to the first token went",
      .columns = {"part", "mean", "share", "requests"}},
     make_times},
    {{.id = "server",
      .title = "The server's own view",
      .columns = {"quantity", "mean", "most", "source"}},
     make_server},
};

void server_tables_make(const struct summary *s, struct server_table out[SERVER_TABLES])
{
    for (size_t i = 0; i < SERVER_TABLES; i++) {
        out[i] = table_rows[i].head;
        table_rows[i].make(s, &out[i]);
    }
}

/* ---- writing ---- */

static size_t width_of(const struct server_table *t, size_t column)
{
    size_t width = strlen(t->columns[column]);
    for (size_t i = 0; i < t->rows; i++) {
        size_t length = strlen(t->cells[i][column]);
        width = length > width ? length : width;
    }
    return width;
}

static void put_text(const struct server_table *t, struct buf *out)
{
    int width[SERVER_TABLE_COLUMNS];
    for (size_t c = 0; c < SERVER_TABLE_COLUMNS; c++)
        width[c] = (int)width_of(t, c);
    for (size_t i = 0; i <= t->rows; i++) {
        const char *cell = i == 0 ? t->columns[0] : t->cells[i - 1][0];
        buf_printf(out, "  %-*s", width[0], cell);
        for (size_t c = 1; c < SERVER_TABLE_COLUMNS; c++) {
            cell = i == 0 ? t->columns[c] : t->cells[i - 1][c];
            buf_printf(out, "  %*s", width[c], cell);
        }
        buf_putc(out, '\n');
    }
}

void server_tables_text(const struct summary *s, server_tables_heading heading,
                        void *context, struct buf *out)
{
    struct server_table *tables =
        xcalloc(SERVER_TABLES, sizeof *tables); /* large for a stack */
    server_tables_make(s, tables);
    for (size_t i = 0; i < SERVER_TABLES; i++) {
        if (tables[i].rows == 0)
            continue;
        heading(context, tables[i].title);
        put_text(&tables[i], out);
    }
    free(tables);
}

static void put_markdown(const struct server_table *t, struct buf *out)
{
    buf_printf(out, "\n## %s\n\n|", t->title);
    for (size_t c = 0; c < SERVER_TABLE_COLUMNS; c++)
        buf_printf(out, " %s |", t->columns[c]);
    buf_puts(out, "\n| --- | ---: | ---: | ---: |\n");
    for (size_t i = 0; i < t->rows; i++) {
        buf_putc(out, '|');
        for (size_t c = 0; c < SERVER_TABLE_COLUMNS; c++) {
            buf_putc(out, ' ');
            markup_markdown(out, t->cells[i][c]);
            buf_puts(out, " |");
        }
        buf_putc(out, '\n');
    }
    buf_printf(out, "\n%s\n", t->note);
}

void server_tables_markdown(const struct summary *s, struct buf *out)
{
    struct server_table *tables = xcalloc(SERVER_TABLES, sizeof *tables);
    server_tables_make(s, tables);
    for (size_t i = 0; i < SERVER_TABLES; i++)
        if (tables[i].rows > 0)
            put_markdown(&tables[i], out);
    free(tables);
}

static void put_html(const struct server_table *t, struct buf *out)
{
    buf_printf(out, "<h2 id=\"%s\">%s</h2>\n<div class=\"scroll\"><table>\n<thead><tr>",
               t->id, t->title);
    for (size_t c = 0; c < SERVER_TABLE_COLUMNS; c++)
        buf_printf(out, "<th scope=\"col\"%s>%s</th>", c > 0 ? " class=\"n\"" : "",
                   t->columns[c]);
    buf_puts(out, "</tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < t->rows; i++) {
        buf_puts(out, "<tr><th scope=\"row\">");
        markup_text(out, t->cells[i][0]);
        buf_puts(out, "</th>");
        for (size_t c = 1; c < SERVER_TABLE_COLUMNS; c++) {
            buf_puts(out, "<td class=\"n\">");
            markup_text(out, t->cells[i][c]);
            buf_puts(out, "</td>");
        }
        buf_puts(out, "</tr>\n");
    }
    buf_puts(out, "</tbody></table></div>\n<p class=\"note\">");
    markup_text(out, t->note);
    buf_puts(out, "</p>\n");
}

void server_tables_html(const struct summary *s, struct buf *out)
{
    struct server_table *tables = xcalloc(SERVER_TABLES, sizeof *tables);
    server_tables_make(s, tables);
    for (size_t i = 0; i < SERVER_TABLES; i++)
        if (tables[i].rows > 0)
            put_html(&tables[i], out);
    free(tables);
}
