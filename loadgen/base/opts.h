/*
 * Options as rows: one table gives parsing, bounds, --help, the man page, the
 * shell completion and the echo of the configuration in the run manifest.
 *
 * A verb has a plain struct of settings; a row names a field by offset. A value
 * comes from (highest first): command line, environment GUST_<NAME>, target
 * file, profile, default. Each value's origin is remembered for --print-config.
 */
#ifndef GUST_OPTS_H
#define GUST_OPTS_H

#include "base/buf.h"
#include "base/err.h"

/* Type of the field that a row fills, and the text it takes. */
enum opt_type {
    OPT_FLAG,     /* bool; no argument; --no-NAME clears it */
    OPT_STRING,   /* const char *; borrowed or owned by the opts object */
    OPT_LIST,     /* struct opt_list; may be repeated */
    OPT_U64,      /* uint64_t */
    OPT_DOUBLE,   /* double */
    OPT_SHARE,    /* double 0..1: "5%" or 0.05 */
    OPT_DURATION, /* int64_t ns */
    OPT_RATE,     /* double per second */
    OPT_SIZE,     /* uint64_t bytes */
    OPT_CHOICE,   /* int: index into choices */
};

enum opt_origin {
    OPT_FROM_DEFAULT,
    OPT_FROM_PROFILE,
    OPT_FROM_TARGET_FILE,
    OPT_FROM_ENVIRONMENT,
    OPT_FROM_COMMAND_LINE,
};

struct opt_list {
    const char **items;
    size_t count;
};

struct opt {
    const char *name; /* "max-in-flight"; NULL ends a table */
    char letter;      /* short option, or 0 */
    enum opt_type type;
    size_t offset;              /* of the field in the settings struct */
    double min, max;            /* bounds in the field's unit; both 0: none */
    const char *fallback;       /* default as text; NULL: field stays zero */
    const char *arg;            /* placeholder: "URL", "20/s" */
    const char *const *choices; /* OPT_CHOICE: NULL-terminated */
    const char *group;          /* heading in --help */
    const char *help;           /* one sentence, lower case, no full stop */
};

struct opts; /* parsed state: origins and owned strings */

/* Fills every field with its default. table ends with a NULL name and must
 * outlive the object, as must settings. */
struct opts *opts_new(const struct opt *table, void *settings, struct err *e);
void opts_free(struct opts *o);

/* Sets one option from text; keeps the old value when its origin ranks higher.
 * The error names option, value and what is allowed. */
MUST_CHECK int opts_set(struct opts *o, const char *name, const char *text,
                        enum opt_origin origin, struct err *e);

/* Reads GUST_MAX_IN_FLIGHT and so on for every row. */
MUST_CHECK int opts_environment(struct opts *o, struct err *e);

/* Reads argv[1..]; words that are no options land in *args (borrowed from argv,
 * the array owned by o). "--" ends options; "--name=value" and "--name value"
 * both work; an unknown option names the nearest. */
MUST_CHECK int opts_command_line(struct opts *o, int argc, char **argv,
                                 struct opt_list *args, struct err *e);

enum opt_origin opts_origin(const struct opts *o, const char *name);

/* The value as text that opts_set would accept. */
void opts_value(const struct opts *o, const struct opt *row, struct buf *out);

/* "name = value    (command line)", one row a line. */
void opts_print_config(const struct opts *o, struct buf *out);

/* The options part of --help, grouped, width columns wide. */
void opts_help(const struct opt *table, size_t width, struct buf *out);

/* The same rows as roff for the man page. */
void opts_roff(const struct opt *table, struct buf *out);

/* Any text as roff: what roff would read as a request or an escape is quoted. */
void opts_roff_text(const char *text, struct buf *out);

/* What stands for the value of a row in texts: its arg, or one by its type. */
const char *opts_placeholder(const struct opt *row);

/* What a row allows, "1..1000" or "100ms..1d", empty without bounds. */
void opts_range(const struct opt *row, struct buf *out);

#endif
