/* What the run was made of; see html_setup.h. */
#include "render/html_setup.h"

#include "render/markup.h"
#include "render/quantity.h"

#include <inttypes.h>
#include <stdio.h>

static void put_facts(const char *title, const struct facts *facts, struct buf *out)
{
    if (facts->count == 0)
        return;
    buf_printf(out, "<section><h3>%s</h3>\n<table><tbody>\n", title);
    for (size_t i = 0; i < facts->count; i++) {
        const struct fact *f = &facts->items[i];
        buf_puts(out, "<tr><th scope=\"row\">");
        markup_text(out, f->name);
        buf_puts(out, "</th><td class=\"w\">");
        markup_text(out, f->value);
        buf_puts(out, "</td><td class=\"d\">");
        markup_text(out, f->note);
        buf_puts(out, "</td></tr>\n");
    }
    buf_puts(out, "</tbody></table><br></section>\n");
}

static void put_phases(const struct summary *s, struct buf *out)
{
    if (s->phase_count == 0)
        return;
    buf_puts(out,
             "<section><h3>Phases</h3>\n<table><thead><tr><th scope=\"col\">phase</th>"
             "<th scope=\"col\">kind</th><th scope=\"col\" class=\"n\">from</th><th "
             "scope=\"col\" class=\"n\">length</th><th scope=\"col\">measured</th></tr>"
             "</thead><tbody>\n");
    for (size_t i = 0; i < s->phase_count; i++) {
        const struct phase_summary *p = &s->phases[i];
        buf_puts(out, "<tr><th scope=\"row\">");
        markup_text(out, p->name);
        buf_puts(out, "</th><td>");
        markup_text(out, p->kind);
        buf_printf(out,
                   "</td><td class=\"n\">%g s</td><td class=\"n\">%g s</td><td>%s</td>"
                   "</tr>\n",
                   p->start_s, p->duration_s, p->is_measured ? "yes" : "no");
    }
    buf_puts(out, "</tbody></table><br></section>\n");
}

static void put_events(const struct summary *s, struct buf *out)
{
    if (s->event_count == 0)
        return;
    buf_puts(out,
             "<section><h3>Events</h3>\n<table><thead><tr><th scope=\"col\" "
             "class=\"n\">at</th><th scope=\"col\">kind</th><th scope=\"col\">text</th>"
             "</tr></thead><tbody>\n");
    for (size_t i = 0; i < s->event_count; i++) {
        buf_printf(out, "<tr><td class=\"n\">%.3f s</td><td>", s->events[i].at_s);
        markup_text(out, s->events[i].kind);
        buf_puts(out, "</td><td class=\"w\">");
        markup_text(out, s->events[i].text);
        buf_puts(out, "</td></tr>\n");
    }
    buf_puts(out, "</tbody></table><br></section>\n");
}

/* Seed, digests and what the target needed: enough to send the same again. */
static void put_identity(const struct summary *s, struct buf *out)
{
    struct facts f = {0};
    char shard[64];
    facts_add(&f, "seed", s->seed, NULL);
    facts_add(&f, "schedule digest", s->schedule_digest, NULL);
    facts_add(&f, "profile digest", s->profile_digest, s->profile_name);
    facts_add(&f, "dialect", s->dialect, s->dialect_why);
    (void)snprintf(shard, sizeof shard, "%" PRIu64 " of %" PRIu64, s->shard_index + 1,
                   s->shard_count);
    if (s->shard_count > 1)
        facts_add(&f, "shard", shard, NULL);
    put_facts("Identity", &f, out);
    facts_release(&f);
}

void html_setup(const struct summary *s, struct buf *out)
{
    buf_puts(out, "<h2 id=\"setup\">Set-up</h2>\n");
    if (s->command_line[0] != '\0') {
        buf_puts(out, "<pre>");
        markup_text(out, s->command_line);
        buf_puts(out, "</pre>\n<br>\n");
    }
    buf_puts(out, "<div class=\"two\">\n");
    put_identity(s, out);
    put_phases(s, out);
    put_events(s, out);
    put_facts("Timers", &s->timers, out);
    put_facts("Network", &s->network, out);
    put_facts("Known quirks of this libcurl", &s->quirks, out);
    put_facts("Host", &s->host, out);
    put_facts("Options", &s->options, out);
    buf_puts(out, "</div>\n");
}

static void put_failure(const struct failure_summary *f, struct buf *out)
{
    char text[UNITS_TEXT];
    buf_puts(out, "<tr><th scope=\"row\">");
    markup_text(out, f->outcome);
    buf_printf(out,
               "</th><td class=\"n\">%.3f s</td><td class=\"n\">%s</td>"
               "<td class=\"n\">%u</td><td class=\"w\"><code>",
               f->due_s, latency_text(text, f->took_s * 1e6), f->http);
    markup_text(out, f->snippet);
    buf_puts(out, "</code><br><span class=\"d\">");
    markup_printf(out, "request %" PRIu64 ", class %s%s%s%s%s", f->number,
                  f->class_name, f->provider_code[0] != '\0' ? ", code " : "",
                  f->provider_code, f->correlation_id[0] != '\0' ? ", id " : "",
                  f->correlation_id);
    buf_puts(out, "</span></td></tr>\n");
}

void html_failures(const struct summary *s, struct buf *out)
{
    if (s->failure_count == 0)
        return;
    buf_puts(
        out,
        "<h2>A sample of the failures</h2>\n<div class=\"scroll\"><table>\n<thead>"
        "<tr><th scope=\"col\">class</th><th scope=\"col\" class=\"n\">due</th><th "
        "scope=\"col\" class=\"n\">took</th><th scope=\"col\" class=\"n\">HTTP</th>"
        "<th scope=\"col\">what the server said</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < s->failure_count; i++)
        put_failure(&s->failures[i], out);
    buf_puts(out, "</tbody></table></div>\n");
}
