/*
 * The manual page; see help.h. Verbs and options come from their rows; exit
 * codes, files and environment, which belong to no verb, are the tables here.
 */
#include "command/help.h"

#include <stdlib.h>
#include <string.h>

struct entry {
    const char *name;
    const char *text;
};

static const struct entry exit_codes[] = {
    {"0", "done; GO; every SLO was met; triage: nothing wrong is seen (P4)"},
    {"1", "NO-GO; an SLO was missed; triage: users get nothing, or wait (P1, P2)"},
    {"2", "usage, profile or configuration error: nothing was sent"},
    {"3", "could not run: target unreachable or refusing at preflight, no file "
          "descriptors, no disk; triage: whether users are served is not known"},
    {"4", "inconclusive, incomplete, or invalid because the generator was the "
          "bottleneck; triage: users are served, something beside is wrong (P3)"},
    {"5", "stopped by a guard: budget, abort condition, error share"},
    {"6", "a game-day fault could not be undone"},
    {"130", "interrupted: the run directory is sealed and readable"},
};

static const struct entry environment[] = {
    {"GUST_<OPTION>", "value of --<option> of any verb, in capitals and with _ for -: "
                      "GUST_MAX_IN_FLIGHT=100. The command line wins; an empty value "
                      "counts as none"},
    {"MISTRAL_API_KEY", "the key of the target, unless --key-env or --key-file name "
                        "another place. Never given on the command line, never written "
                        "to any output"},
    {"GUST_PROFILE_DIR", "a folder whose profiles come before the shipped ones"},
};

static const struct entry files[] = {
    {"RUN/run.json",
     "manifest: command line, effective options, profile, host, totals, "
     "health; replaced atomically"},
    {"RUN/intervals.jsonl", "one object per second, arm and class: counters, gauges, "
                            "health"},
    {"RUN/latency.hlog", "HdrHistogram log V2, microseconds, one line per second and "
                         "series"},
    {"RUN/requests.csv.zst", "one row per attempt, with --records"},
    {"RUN/events.jsonl", "the timeline: phases, faults, aborts, markers"},
    {"RUN/failures.jsonl", "a bounded sample of failures per class, redacted"},
    {"RUN/report/", "what gust report writes"},
};

static void section(const char *title, struct buf *out)
{
    buf_printf(out, ".SH %s\n", title);
}

static void text_line(const char *text, struct buf *out)
{
    opts_roff_text(text, out);
    buf_putc(out, '\n');
}

static void bold_line(const char *text, struct buf *out)
{
    buf_puts(out, ".B ");
    text_line(text, out);
}

static void entries(const char *title, const struct entry *rows, size_t n,
                    struct buf *out)
{
    section(title, out);
    for (size_t i = 0; i < n; i++) {
        buf_puts(out, ".TP\n");
        bold_line(rows[i].name, out);
        text_line(rows[i].text, out);
    }
}

/* Paragraphs: an empty line separates them, a leading blank keeps a line. */
static void paragraphs(const char *text, struct buf *out)
{
    buf_puts(out, ".PP\n");
    while (*text != '\0') {
        size_t n = strcspn(text, "\n");
        char *line = xstrndup(text, n);
        if (n == 0)
            buf_puts(out, ".PP\n");
        else if (line[0] == ' ')
            buf_puts(out, ".br\n");
        if (n > 0)
            text_line(line, out);
        free(line);
        text += n + (text[n] == '\n');
    }
}

static void examples(const char *lines, struct buf *out)
{
    buf_puts(out, ".PP\n.EX\n");
    text_line(lines, out);
    buf_puts(out, ".EE\n");
}

static void verb(const struct command *c, struct buf *out)
{
    buf_puts(out, ".SS gust ");
    text_line(c->name, out);
    bold_line(c->name, out);
    text_line(c->usage, out);
    if (c->description != NULL)
        paragraphs(c->description, out);
    if (c->options != NULL)
        opts_roff(c->options, out);
    if (c->examples != NULL)
        examples(c->examples, out);
}

static void verbs(const struct command *const *table, struct buf *out)
{
    section("VERBS", out);
    for (const struct command *const *c = table; *c != NULL; c++) {
        buf_puts(out, ".TP\n");
        bold_line((*c)->name, out);
        text_line((*c)->summary, out);
    }
    for (const struct help_word *w = help_words; w->name != NULL; w++) {
        buf_printf(out, ".TP\n.B %s\n", w->name);
        if (w->arg != NULL)
            buf_printf(out, ".I %s\n.br\n", w->arg);
        text_line(w->summary, out);
    }
    section("VERBS IN DETAIL", out);
    for (; *table != NULL; table++)
        verb(*table, out);
}

void help_man(const struct command *const *table, struct buf *out)
{
    buf_printf(out, ".TH GUST 1 \"\" \"gust %s\" \"User Commands\"\n", gust_version);
    section("NAME", out);
    text_line("gust - load tests for LLM endpoints", out);
    section("SYNOPSIS", out);
    buf_puts(out, ".B gust\n.I VERB\n[words] [options]\n");
    section("DESCRIPTION", out);
    paragraphs("gust sends a model endpoint the requests that real users send, at the "
               "moments they send them, and says what those users would have seen. A "
               "profile says what to send, a schedule says when; a run is a directory, "
               "and a report judges it.\n\n"
               "Standard output carries the answer, standard error everything else.",
               out);
    verbs(table, out);
    entries("EXIT STATUS", exit_codes, ARRAY_LEN(exit_codes), out);
    entries("ENVIRONMENT", environment, ARRAY_LEN(environment), out);
    entries("FILES", files, ARRAY_LEN(files), out);
}
