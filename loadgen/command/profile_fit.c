/*
 * gust profile fit: a profile from a trace.
 *
 * The document goes to standard output or to a new file; the report of how well
 * it fits goes where the document does not. Before anything is written, the
 * document is read by the parser that gust run uses.
 */
#include "base/clock.h"
#include "base/units.h"
#include "command/commands.h"
#include "command/profile.h"
#include "workload/corpus.h"
#include "workload/fit.h"
#include "workload/tekken.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DOCUMENT_BYTES_MAX ((size_t)16 << 20)
#define REPORT_BYTES_MAX ((size_t)65536)
#define NAME_BYTES 64

struct settings {
    int format;
    const char *columns, *spread, *tokenizer;
    uint64_t limit, seed, bins, points;
    const char *name, *title, *description, *source, *licence, *date;
    const char *out;
};

#define FIELD(name) offsetof(struct settings, name)
#define TRACE "Trace"
#define MODEL "Model"
#define PROFILE "Profile"

/* clang-format off */
static const struct opt options[] = {
    {.name = "format", .type = OPT_CHOICE, .offset = FIELD(format), .fallback = "auto", .choices = trace_format_names, .group = TRACE,
     .help = "format of the trace"},
    {.name = "columns", .type = OPT_STRING, .offset = FIELD(columns), .arg = "time=T,prompt=P,output=O", .group = TRACE,
     .help = "names of the columns; also unit=s|ms|us|ns of plain numbers, blocks=B and block_tokens=N"},
    {.name = "spread", .type = OPT_STRING, .offset = FIELD(spread), .fallback = "auto", .arg = "auto|off|3s", .group = TRACE,
     .help = "spread time stamps that were rounded to such steps evenly over them"},
    {.name = "tokenizer", .type = OPT_STRING, .offset = FIELD(tokenizer), .arg = "FILE", .group = TRACE,
     .help = "the trace is a file of prompts, as of gust run --prompts: count their tokens and those of their answers with this tekken.json; the rate is not known"},
    {.name = "limit", .type = OPT_U64, .offset = FIELD(limit), .arg = "N", .group = TRACE,
     .help = "read so many rows; 0: all"},
    {.name = "seed", .type = OPT_U64, .offset = FIELD(seed), .fallback = "1", .arg = "N", .group = TRACE,
     .help = "of the spreading"},
    {.name = "bins", .type = OPT_U64, .offset = FIELD(bins), .min = 1, .max = FIT_BINS_MAX, .fallback = "100", .arg = "N", .group = MODEL,
     .help = "prompt bins of the grid, each with its own outputs; fewer when the trace has few rows"},
    {.name = "points", .type = OPT_U64, .offset = FIELD(points), .min = 2, .max = FIT_POINTS_MAX, .fallback = "25", .arg = "N", .group = MODEL,
     .help = "output quantiles of a bin"},
    {.name = "name", .letter = 'n', .type = OPT_STRING, .offset = FIELD(name), .arg = "NAME", .group = PROFILE,
     .help = "of the profile; default: the name of the trace"},
    {.name = "title", .type = OPT_STRING, .offset = FIELD(title), .arg = "TEXT", .group = PROFILE,
     .help = "one line for lists and reports"},
    {.name = "description", .type = OPT_STRING, .offset = FIELD(description), .arg = "TEXT", .group = PROFILE,
     .help = "put before what the fit says of itself"},
    {.name = "source", .type = OPT_STRING, .offset = FIELD(source), .arg = "TEXT", .group = PROFILE,
     .help = "where the trace comes from, and whom to cite"},
    {.name = "licence", .type = OPT_STRING, .offset = FIELD(licence), .arg = "TEXT", .group = PROFILE,
     .help = "licence of the trace"},
    {.name = "date", .type = OPT_STRING, .offset = FIELD(date), .arg = "YYYY-MM-DD", .group = PROFILE,
     .help = "of the profile; default: today"},
    {.name = "out", .letter = 'o', .type = OPT_STRING, .offset = FIELD(out), .arg = "FILE", .group = PROFILE,
     .help = "write the profile there; the file must not exist; default: standard output"},
    {.name = NULL},
};
/* clang-format on */

static int read_spread(const char *text, struct trace_spec *spec, struct err *e)
{
    if (strcmp(text, "auto") == 0)
        return 0;
    spec->is_spread_off = strcmp(text, "off") == 0;
    if (spec->is_spread_off)
        return 0;
    if (units_duration(text, &spec->spread_ns, e) != 0)
        return err_in(e, "--spread takes auto, off or a duration");
    return 0;
}

static int read_trace(const struct trace_spec *spec, struct fit *f, int64_t *spread_ns,
                      struct err *e)
{
    struct trace_row row;
    struct trace *t = trace_open(spec, e);
    int got = t ? trace_next(t, &row, e) : -1;
    for (; got == 1; got = trace_next(t, &row, e)) {
        if (f->lengths.count == UINT32_MAX) {
            got = err_set(e, "%s: has more than 4,294,967,295 rows; use --limit",
                          spec->path);
            break;
        }
        fit_add(f, &row);
    }
    if (t)
        *spread_ns = trace_spread_ns(t);
    trace_close(t);
    if (got == 0 && f->lengths.count == 0)
        return err_set(e, "%s: has no rows", spec->path);
    return got;
}

/* Recorded prompts in the file's order; those whose answers' lengths nobody knows are
 * left out. They have no times. */
static int read_prompts(const struct settings *s, const char *path, struct fit *f,
                        struct err *e)
{
    struct tokenizer t;
    struct trace_row row = {0};
    if (tekken_load(s->tokenizer, &t, e) < 0)
        return err_in(e, "--tokenizer");
    struct corpus *c = corpus_load(path, CORPUS_FILE, &t, e);
    for (uint32_t i = 0; c != NULL && i < c->count; i++) {
        const struct corpus_prompt *p = &c->prompts[i];
        row.prompt_tokens = p->tokens;
        row.output_tokens = p->output_tokens;
        if (p->output_tokens > 0 && !p->is_cap &&
            (s->limit == 0 || row.number < s->limit)) {
            fit_add(f, &row);
            row.number++;
        }
    }
    int rc = c == NULL ? -1
             : row.number > 0
                 ? 0
                 : err_set(e, "%s: no prompt has an answer or output_tokens", path);
    corpus_free(c);
    tokenizer_release(&t);
    return rc;
}

/* The file's name without folder and ending. */
static void name_of(const char *path, char name[NAME_BYTES])
{
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    size_t length = strcspn(base, ".");
    (void)snprintf(name, NAME_BYTES, "%.*s", (int)length, base); /* may be cut */
}

static void today(char date[UNITS_TEXT])
{
    time_t now = (time_t)(clock_wall_ns() / NS_PER_S);
    struct tm parts;
    if (gmtime_r(&now, &parts) == NULL || strftime(date, UNITS_TEXT, "%F", &parts) == 0)
        date[0] = '\0';
}

/* What the fit says of itself, for whoever reads the file years later. */
static void describe(const char *text, const struct fit *f, const struct fit_model *m,
                     struct buf *out)
{
    char rows[UNITS_TEXT];
    if (text != NULL)
        buf_printf(out, "%s ", text);
    if (m->arrivals.duration_s <= 0) {
        buf_printf(
            out,
            "Fitted from %s prompts without times: KS distance %.4f (prompt) and "
            "%.4f (output), rank correlation %.3f (file %.3f). The arrivals are "
            "not measured: give --rate.",
            units_format_count(rows, f->lengths.count),
            sketch_distance(&f->lengths, &m->drawn, SKETCH_PROMPT),
            sketch_distance(&f->lengths, &m->drawn, SKETCH_OUTPUT),
            sketch_spearman(&m->drawn), sketch_spearman(&f->lengths));
        return;
    }
    buf_printf(
        out,
        "Fitted from %s requests over %.0f s: KS distance %.4f (prompt) and %.4f "
        "(output), rank correlation %.3f (trace %.3f); CV of the arrivals in the "
        "trace %.2f.",
        units_format_count(rows, f->lengths.count), m->arrivals.duration_s,
        sketch_distance(&f->lengths, &m->drawn, SKETCH_PROMPT),
        sketch_distance(&f->lengths, &m->drawn, SKETCH_OUTPUT),
        sketch_spearman(&m->drawn), sketch_spearman(&f->lengths), m->arrivals.cv);
    if (m->sharing.groups > 0)
        buf_printf(out, " Ideal prefix hit ratio %.3f (trace %.3f).",
                   m->sharing.hit_ratio, sharing_hit_ratio(&f->sharing));
}

static void write_document(const struct settings *s, const char *path,
                           const struct fit *f, const struct fit_model *m,
                           struct buf *out)
{
    char name[NAME_BYTES], date[UNITS_TEXT];
    struct buf description;
    buf_init(&description, REPORT_BYTES_MAX);
    name_of(path, name);
    today(date);
    describe(s->description, f, m, &description);
    struct fit_labels labels = {
        .name = s->name ? s->name : name,
        .title = s->title,
        .description = description.data,
        .source = s->source,
        .licence = s->licence,
        .date = s->date ? s->date : date,
    };
    fit_write_profile(m, &labels, out);
    buf_release(&description);
}

/* Proof before writing: gust run must take what is written. */
static int check_document(const struct buf *document, struct err *e)
{
    struct profile *p = profile_parse(document->data, document->len, e);
    profile_free(p);
    return p ? 0 : err_in(e, "the profile would not be valid");
}

static int put_document(const char *path, const struct buf *document, struct err *e)
{
    if (path != NULL)
        return profile_write_new(path, document, e);
    (void)fputs(document->data, stdout); /* the end of main judges standard output */
    return 0;
}

static void put_report(FILE *to, const struct fit *f, const struct fit_model *m,
                       int64_t spread_ns)
{
    char step[UNITS_TEXT];
    struct buf report;
    buf_init(&report, REPORT_BYTES_MAX);
    fit_write_report(f, m, &report);
    (void)fputs(report.data, to); /* standard output: as above; else only advice */
    if (spread_ns > 0)
        fprintf(to, "  time stamps were rounded to %s and are spread evenly over it\n",
                units_format_ns(step, spread_ns));
    buf_release(&report);
}

static int fit_and_write(const struct settings *s, const char *path,
                         const struct fit *f, int64_t spread_ns, struct err *e)
{
    struct fit_model m;
    struct buf document;
    buf_init(&document, DOCUMENT_BYTES_MAX);
    fit_model(f, (size_t)s->bins, (size_t)s->points, &m);
    write_document(s, path, f, &m, &document);
    int result = check_document(&document, e);
    if (result == 0)
        result = put_document(s->out, &document, e);
    if (result == 0)
        put_report(s->out ? stdout : stderr, f, &m, spread_ns);
    fit_model_release(&m);
    buf_release(&document);
    return result;
}

static int run(const struct invocation *in)
{
    const struct settings *s = in->settings;
    struct err e = {0};
    struct fit f;
    int64_t spread_ns = 0;
    const char *path = in->args.items[0];
    struct trace_spec spec = {
        .path = path,
        .format = (enum trace_format)s->format,
        .columns = s->columns,
        .speed = 1.0,
        .limit = s->limit,
        .seed = s->seed,
    };
    if (read_spread(s->spread, &spec, &e) != 0)
        return command_fail(&e, EXIT_USAGE);
    fit_init(&f);
    int result = s->tokenizer != NULL ? read_prompts(s, path, &f, &e)
                                      : read_trace(&spec, &f, &spread_ns, &e);
    if (result == 0)
        result = fit_and_write(s, path, &f, spread_ns, &e);
    fit_release(&f);
    return result == 0 ? EXIT_GO : command_fail(&e, EXIT_USAGE);
}

const struct command command_profile_fit = {
    .name = "profile fit",
    .summary = "make a profile from a trace",
    .usage = "TRACE [options]",
    .description =
        "Reads a recorded trace once (Azure, BurstGPT, Mooncake or Qwen-Bailian, or any "
        "CSV or JSONL with --columns) and writes a profile: the joint distribution of "
        "prompt and output lengths as a grid of quantiles, the arrival process, and for "
        "traces with block ids the shared prefixes. Memory does not grow with the "
        "trace. With --tokenizer it reads recorded prompts instead.\n\n"
        "It reports how well the profile fits: means and percentiles of trace and "
        "profile side by side, the Kolmogorov-Smirnov distance of both lengths, their "
        "correlation, the burstiness of the arrivals and the ideal prefix hit ratio. "
        "The report goes to standard error, or to standard output with --out.",
    .examples =
        "gust profile fit trace.csv --name mine --out mine.json\n"
        "gust profile fit log.csv --columns time=ts,unit=ms,prompt=in,output=out",
    .options = options,
    .settings_size = sizeof(struct settings),
    .args_min = 1,
    .args_max = 1,
    .run = run,
};
