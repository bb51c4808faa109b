/*
 * Options as rows; see opts.h.
 *
 * The object remembers for every row where its value came from and the text it
 * was read from, so that the configuration is echoed in the user's own units.
 * A value of a lower origin never replaces one of a higher origin, so the
 * sources may be read in any order; a list is replaced whole by a higher origin
 * and grows within one. All strings live in one pool until opts_free: there are
 * as many as the user typed.
 *
 * LIMIT: short flags cannot be bundled: -v -q, not -vq.
 */
#include "base/opts.h"

#include "base/json.h"
#include "base/units.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 128
#define TEXT_MAX_BYTES 65536

struct opts {
    const struct opt *table;
    void *settings;
    size_t count;
    enum opt_origin *origins; /* per row */
    const char **texts;       /* per row; NULL: never set */
    char **pool;              /* every string this object owns */
    size_t pool_count;
    struct opt_list words; /* what opts_command_line handed out */
};

union value {
    bool flag;
    const char *text;
    uint64_t u64;
    int64_t ns;
    double number;
    int choice;
};

static const char *const origin_names[] = {
    [OPT_FROM_DEFAULT] = "default",           [OPT_FROM_PROFILE] = "profile",
    [OPT_FROM_TARGET_FILE] = "target file",   [OPT_FROM_ENVIRONMENT] = "environment",
    [OPT_FROM_COMMAND_LINE] = "command line",
};

/* Size of the field, and the text of a field that was never set. */
static const struct {
    size_t size;
    const char *zero;
} types[] = {
    [OPT_FLAG] = {sizeof(bool), "false"},
    [OPT_STRING] = {sizeof(const char *), ""},
    [OPT_LIST] = {sizeof(struct opt_list), ""},
    [OPT_U64] = {sizeof(uint64_t), "0"},
    [OPT_DOUBLE] = {sizeof(double), "0"},
    [OPT_SHARE] = {sizeof(double), "0%"},
    [OPT_DURATION] = {sizeof(int64_t), "0s"},
    [OPT_RATE] = {sizeof(double), "0/s"},
    [OPT_SIZE] = {sizeof(uint64_t), "0"},
    [OPT_CHOICE] = {sizeof(int), NULL}, /* the first choice */
};

static const struct opt *row_by_name(const struct opt *table, const char *name)
{
    for (const struct opt *row = table; row->name != NULL; row++)
        if (strcmp(row->name, name) == 0)
            return row;
    return NULL;
}

static const struct opt *row_by_letter(const struct opt *table, char letter)
{
    for (const struct opt *row = table; row->name != NULL; row++)
        if (row->letter != 0 && row->letter == letter)
            return row;
    return NULL;
}

static size_t index_of(const struct opts *o, const struct opt *row)
{
    size_t i = (size_t)(row - o->table);
    assert(i < o->count);
    return i;
}

static void *field_of(const struct opts *o, const struct opt *row)
{
    return (char *)o->settings + row->offset;
}

static const char *keep(struct opts *o, const char *text)
{
    o->pool = xrealloc_array(o->pool, o->pool_count + 1, sizeof *o->pool);
    o->pool[o->pool_count] = xstrdup(text);
    return o->pool[o->pool_count++];
}

static void list_add(struct opt_list *list, const char *item)
{
    list->items = xrealloc_array(list->items, list->count + 1, sizeof *list->items);
    list->items[list->count++] = item;
}

/* ---- reading a value ---- */

static int read_flag(const char *text, bool *out, struct err *e)
{
    static const char *const words[] = {"false", "true", "no", "yes",
                                        "off",   "on",   "0",  "1"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (strcmp(text, words[i]) == 0) {
            *out = i % 2 == 1;
            return 0;
        }
    }
    return err_set(e, "\"%s\" is neither true nor false", text);
}

static int read_choice(const struct opt *row, const char *text, int *out, struct err *e)
{
    for (int i = 0; row->choices[i] != NULL; i++) {
        if (strcmp(row->choices[i], text) == 0) {
            *out = i;
            return 0;
        }
    }
    struct buf all;
    buf_init(&all, TEXT_MAX_BYTES);
    for (size_t i = 0; row->choices[i] != NULL; i++)
        buf_printf(&all, "%s%s", i ? ", " : "", row->choices[i]);
    (void)err_set(e, "\"%s\" is none of %s", text, all.data);
    buf_release(&all);
    return -1;
}

static int read_value(const struct opt *row, const char *text, union value *v,
                      struct err *e)
{
    switch (row->type) {
    case OPT_FLAG:
        return read_flag(text, &v->flag, e);
    case OPT_STRING:
    case OPT_LIST:
        v->text = text;
        return 0;
    case OPT_U64:
        return units_u64(text, &v->u64, e);
    case OPT_SIZE:
        return units_size(text, &v->u64, e);
    case OPT_DURATION:
        return units_duration(text, &v->ns, e);
    case OPT_DOUBLE:
        return units_double(text, &v->number, e);
    case OPT_SHARE:
        return units_share(text, &v->number, e);
    case OPT_RATE:
        return units_rate(text, &v->number, e);
    case OPT_CHOICE:
        return read_choice(row, text, &v->choice, e);
    }
    bug("option type");
}

static bool is_in_range(const struct opt *row, const union value *v)
{
    double number = 0;
    switch (row->type) {
    case OPT_U64:
    case OPT_SIZE:
        number = (double)v->u64;
        break;
    case OPT_DURATION:
        number = (double)v->ns;
        break;
    case OPT_DOUBLE:
    case OPT_SHARE:
    case OPT_RATE:
        number = v->number;
        break;
    case OPT_FLAG:
    case OPT_STRING:
    case OPT_LIST:
    case OPT_CHOICE:
        return true;
    }
    bool is_bounded = row->min < row->max;
    return !is_bounded || (number >= row->min && number <= row->max);
}

static int out_of_range(const struct opt *row, const char *text, struct err *e)
{
    struct buf range;
    buf_init(&range, TEXT_MAX_BYTES);
    opts_range(row, &range);
    (void)err_set(e, "%s is out of range %s", text, range.data);
    buf_release(&range);
    return -1;
}

/* GUST_MAX_IN_FLIGHT of max-in-flight. */
static void environment_name(const struct opt *row, char out[NAME_MAX_BYTES])
{
    static const char prefix[] = "GUST_";
    size_t n = strlen(prefix);
    memcpy(out, prefix, n);
    assert(n + strlen(row->name) < NAME_MAX_BYTES);
    for (const char *c = row->name; *c != '\0'; c++)
        out[n++] = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
    out[n] = '\0';
}

/* Says whose value was wrong in the words of where it was written. */
static int value_error(const struct opt *row, enum opt_origin origin, struct err *e)
{
    char name[NAME_MAX_BYTES];
    switch (origin) {
    case OPT_FROM_COMMAND_LINE:
        return err_in(e, "--%s", row->name);
    case OPT_FROM_ENVIRONMENT:
        environment_name(row, name);
        return err_in(e, "%s", name);
    case OPT_FROM_DEFAULT:
    case OPT_FROM_PROFILE:
    case OPT_FROM_TARGET_FILE:
        return err_in(e, "%s (%s)", row->name, origin_names[origin]);
    }
    bug("option origin");
}

static void store(struct opts *o, const struct opt *row, const union value *v,
                  bool is_new_origin)
{
    void *field = field_of(o, row);
    if (row->type != OPT_LIST) {
        memcpy(field, v, types[row->type].size);
        return;
    }
    struct opt_list *list = field;
    if (is_new_origin)
        list->count = 0;
    list_add(list, v->text);
}

static int set_row(struct opts *o, const struct opt *row, const char *text,
                   enum opt_origin origin, struct err *e)
{
    size_t i = index_of(o, row);
    if (origin < o->origins[i])
        return 0;
    const char *kept = keep(o, text);
    union value v = {0};
    if (read_value(row, kept, &v, e) < 0)
        return value_error(row, origin, e);
    if (!is_in_range(row, &v)) {
        (void)out_of_range(row, text, e);
        return value_error(row, origin, e);
    }
    store(o, row, &v, origin != o->origins[i]);
    o->origins[i] = origin;
    o->texts[i] = kept;
    return 0;
}

/* ---- life ---- */

static int set_defaults(struct opts *o, struct err *e)
{
    for (const struct opt *row = o->table; row->name != NULL; row++)
        if (row->fallback != NULL &&
            set_row(o, row, row->fallback, OPT_FROM_DEFAULT, e) < 0)
            return -1;
    return 0;
}

struct opts *opts_new(const struct opt *table, void *settings, struct err *e)
{
    struct opts *o = xcalloc(1, sizeof *o);
    o->table = table;
    o->settings = settings;
    while (table[o->count].name != NULL)
        o->count++;
    o->origins = xcalloc(o->count, sizeof *o->origins);
    o->texts = xcalloc(o->count, sizeof *o->texts);
    if (set_defaults(o, e) == 0)
        return o;
    opts_free(o);
    return NULL;
}

/* The lists in the settings lose their storage too: settings die with o. */
void opts_free(struct opts *o)
{
    if (o == NULL)
        return;
    for (const struct opt *row = o->table; row->name != NULL; row++) {
        if (row->type == OPT_LIST) {
            struct opt_list *list = field_of(o, row);
            free(list->items);
            *list = (struct opt_list){0};
        }
    }
    for (size_t i = 0; i < o->pool_count; i++)
        free(o->pool[i]);
    free(o->pool);
    free(o->words.items);
    free(o->texts);
    free(o->origins);
    free(o);
}

/* ---- sources ---- */

/* Fails; names the nearest option when one is near. */
static int unknown(const struct opts *o, const char *prefix, const char *name,
                   struct err *e)
{
    const char **names = xcalloc(o->count + 1, sizeof *names);
    for (size_t i = 0; i < o->count; i++)
        names[i] = o->table[i].name;
    const char *near = json_nearest(name, names);
    free(names);
    if (near == NULL)
        return err_set(e, "unknown option %s%s", prefix, name);
    return err_set(e, "unknown option %s%s; did you mean %s%s?", prefix, name, prefix,
                   near);
}

int opts_set(struct opts *o, const char *name, const char *text, enum opt_origin origin,
             struct err *e)
{
    const struct opt *row = row_by_name(o->table, name);
    if (row == NULL)
        return unknown(o, "", name, e);
    return set_row(o, row, text, origin, e);
}

/* An empty variable is as good as none: that is how a shell unsets one. */
int opts_environment(struct opts *o, struct err *e)
{
    for (const struct opt *row = o->table; row->name != NULL; row++) {
        char name[NAME_MAX_BYTES];
        environment_name(row, name);
        const char *text = getenv(name);
        if (text != NULL && *text != '\0' &&
            set_row(o, row, text, OPT_FROM_ENVIRONMENT, e) < 0)
            return -1;
    }
    return 0;
}

struct cursor {
    int argc;
    char **argv;
    int next;
};

/* The value of an option: what stands after "=" or the next word. A next word
 * that looks like a long option is a forgotten value, not a value. */
static int take_value(struct opts *o, const struct opt *row, const char *inlined,
                      struct cursor *c, struct err *e)
{
    const char *text = inlined;
    if (text == NULL && c->next < c->argc && strncmp(c->argv[c->next], "--", 2) != 0)
        text = c->argv[c->next++];
    if (text == NULL)
        return err_set(e, "--%s needs a value: %s", row->name, opts_placeholder(row));
    return set_row(o, row, text, OPT_FROM_COMMAND_LINE, e);
}

/* --no-NAME as a flag row, or NULL. */
static const struct opt *negated_flag(const struct opts *o, const char *name)
{
    if (strncmp(name, "no-", 3) != 0)
        return NULL;
    const struct opt *row = row_by_name(o->table, name + 3);
    return row != NULL && row->type == OPT_FLAG ? row : NULL;
}

static int long_option(struct opts *o, const char *word, struct cursor *c,
                       struct err *e)
{
    char *name = xstrndup(word, strcspn(word, "="));
    const char *inlined = word[strlen(name)] == '=' ? word + strlen(name) + 1 : NULL;
    const struct opt *row = row_by_name(o->table, name);
    const struct opt *negated = row == NULL ? negated_flag(o, name) : NULL;
    int rc = 0;
    if (negated != NULL && inlined == NULL)
        rc = set_row(o, negated, "false", OPT_FROM_COMMAND_LINE, e);
    else if (row == NULL)
        rc = unknown(o, "--", name, e);
    else if (row->type == OPT_FLAG)
        rc = set_row(o, row, inlined ? inlined : "true", OPT_FROM_COMMAND_LINE, e);
    else
        rc = take_value(o, row, inlined, c, e);
    free(name);
    return rc;
}

static int short_option(struct opts *o, const char *word, struct cursor *c,
                        struct err *e)
{
    const struct opt *row = row_by_letter(o->table, word[0]);
    const char *inlined = word[1] != '\0' ? word + 1 : NULL;
    if (row == NULL)
        return err_set(e, "unknown option -%c", word[0]);
    if (row->type != OPT_FLAG)
        return take_value(o, row, inlined, c, e);
    if (inlined != NULL)
        return err_set(e, "-%s: -%c takes no value", word, word[0]);
    return set_row(o, row, "true", OPT_FROM_COMMAND_LINE, e);
}

int opts_command_line(struct opts *o, int argc, char **argv, struct opt_list *args,
                      struct err *e)
{
    struct cursor c = {argc, argv, 1};
    bool has_ended = false;
    o->words.count = 0;
    while (c.next < argc) {
        const char *word = argv[c.next++];
        int rc = 0;
        if (has_ended || word[0] != '-' || word[1] == '\0')
            list_add(&o->words, word);
        else if (strcmp(word, "--") == 0)
            has_ended = true;
        else if (word[1] == '-')
            rc = long_option(o, word + 2, &c, e);
        else
            rc = short_option(o, word + 1, &c, e);
        if (rc < 0)
            return -1;
    }
    *args = o->words;
    return 0;
}

/* ---- looking ---- */

enum opt_origin opts_origin(const struct opts *o, const char *name)
{
    const struct opt *row = row_by_name(o->table, name);
    assert(row != NULL);
    return o->origins[index_of(o, row)];
}

void opts_value(const struct opts *o, const struct opt *row, struct buf *out)
{
    const char *text = o->texts[index_of(o, row)];
    const char *zero =
        row->type == OPT_CHOICE ? row->choices[0] : types[row->type].zero;
    if (row->type != OPT_LIST) {
        buf_puts(out, text != NULL ? text : zero);
        return;
    }
    const struct opt_list *list = field_of(o, row);
    for (size_t i = 0; i < list->count; i++)
        buf_printf(out, "%s%s", i ? ", " : "", list->items[i]);
}

void opts_print_config(const struct opts *o, struct buf *out)
{
    struct buf value;
    buf_init(&value, TEXT_MAX_BYTES);
    for (const struct opt *row = o->table; row->name != NULL; row++) {
        buf_reset(&value);
        opts_value(o, row, &value);
        buf_printf(out, "%-24s = %-28s (%s)\n", row->name, value.data,
                   origin_names[o->origins[index_of(o, row)]]);
    }
    buf_release(&value);
}
