/*
 * The sum of lines; see linesum.h.
 *
 * A line is taken apart member by member without a tree (linescan.h): 1,000 shards of
 * an hour have 10^7 lines. Texts, truths and "t" are what a line is about and become
 * its key, as they are written; numbers are its values. A nested object is one level
 * of values ("failed":{"timeout":2}).
 *
 * Lines of one kind mostly have the same members in the same order, so a value is
 * looked for where the last line had it, first.
 */
#include "command/linesum.h"

#include "base/jout.h"
#include "judge/linescan.h"

#include <stdlib.h>
#include <string.h>

#define NAME_BYTES 64
#define KEY_BYTES 512
#define ROWS_FIRST 256

/* Kinds that add up; of the others one shard speaks for all. */
static const char *const summed_kinds[] = {"second", "slice", "health", "spending",
                                           NULL};
/* Values of which the worst is taken; all others add up. */
static const char *const worst_values[] = {
    "interval_ms",    "lag_us_max",   "stall_us_max", "cpu_share_max",
    "runq_share_max", "throttled_us", "late_ms",      NULL};

struct value {
    char name[NAME_BYTES];
    char group[NAME_BYTES]; /* of the object around it; "": none */
    bool is_whole, is_null, is_worst;
    uint64_t whole;
    double real;
};

struct row {
    char key[KEY_BYTES]; /* "\"kind\":\"slice\",\"t\":3,...", as written */
    uint64_t hash;
    struct row *next;
    struct value *values;
    size_t count, cap;
    char *line; /* taken as it is, without values; NULL: a sum */
};

struct linesum {
    struct row **rows; /* in use first, then spare ones with their storage */
    size_t count, cap, made;
    struct row **buckets;
    size_t bucket_count;
};

struct linesum *linesum_new(void)
{
    struct linesum *s = xcalloc(1, sizeof *s);
    s->bucket_count = ROWS_FIRST;
    s->buckets = xcalloc(s->bucket_count, sizeof(struct row *));
    return s;
}

void linesum_free(struct linesum *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->made; i++) {
        free(s->rows[i]->values);
        free(s->rows[i]->line);
        free(s->rows[i]);
    }
    free(s->rows);
    free(s->buckets);
    free(s);
}

static bool is_one_of(struct line_text text, const char *const *words)
{
    for (; *words != NULL; words++)
        if (line_text_is(text, *words))
            return true;
    return false;
}

bool linesum_look(const char *line, size_t length, int64_t *t_ns, bool *opens)
{
    struct linescan scan = linescan_of(line, length);
    struct line_member m;
    enum line_value v;
    bool has_t = false;
    *opens = false;
    for (v = linescan_next(&scan, &m); v != LINE_END; v = linescan_next(&scan, &m)) {
        if (v == LINE_BAD)
            return false;
        if (v == LINE_TEXT && line_text_is(m.key, "kind"))
            *opens = line_text_is(m.text, "second");
        if (v != LINE_NUMBER || !line_text_is(m.key, "t"))
            continue;
        if (!(m.number >= 0 && m.number < 1e9))
            return false;
        *t_ns = (int64_t)(m.number * 1e9 + 0.5);
        has_t = true;
        break; /* the kind comes before it */
    }
    return has_t;
}

/* --- a line taken apart ------------------------------------------------------------ */

struct parts {
    char storage[KEY_BYTES];
    size_t key_length;
    bool is_summed;
};

/* The number that ends at `end`, as it is written. */
static const char *number_start(const char *line, const char *end)
{
    const char *at = end;
    while (at > line && strchr("0123456789+-.eE", at[-1]) != NULL)
        at--;
    return at;
}

static int add_key(struct parts *p, const char *start, size_t length, struct err *e)
{
    if (p->key_length + length + 2 > sizeof p->storage)
        return err_set(e, "its names are longer than %d bytes", KEY_BYTES);
    if (p->key_length > 0)
        p->storage[p->key_length++] = ',';
    memcpy(p->storage + p->key_length, start, length);
    p->key_length += length;
    p->storage[p->key_length] = '\0';
    return 0;
}

/* What the line is about, as it is written: every text and truth, and "t". */
static int take_key(struct parts *p, const char *line, size_t length, struct err *e)
{
    struct linescan scan = linescan_of(line, length);
    struct line_member m;
    enum line_value v;
    p->key_length = 0;
    p->is_summed = false;
    for (v = linescan_next(&scan, &m); v != LINE_END; v = linescan_next(&scan, &m)) {
        if (v == LINE_BAD)
            return err_set(e, "is no JSON object");
        bool is_time = v == LINE_NUMBER && line_text_is(m.key, "t");
        if (v == LINE_TEXT && line_text_is(m.key, "kind"))
            p->is_summed = is_one_of(m.text, summed_kinds);
        if (v != LINE_TEXT && v != LINE_TRUE && v != LINE_FALSE && !is_time)
            continue;
        const char *start = m.key.text - 1; /* at its quote */
        if (add_key(p, start, (size_t)(scan.at - start), e) < 0)
            return -1;
    }
    return 0;
}

/* --- rows ---------------------------------------------------------------------------- */

static uint64_t hash_of(const char *key, size_t length)
{
    uint64_t h = length;
    for (size_t i = 0; i < length; i++)
        h = (h ^ (unsigned char)key[i]) * UINT64_C(0x100000001b3);
    return h ^ h >> 32;
}

static void link_row(struct linesum *s, struct row *r)
{
    struct row **bucket = &s->buckets[r->hash & (s->bucket_count - 1)];
    r->next = *bucket;
    *bucket = r;
}

static struct row *new_row(struct linesum *s)
{
    if (s->count == s->cap) {
        s->cap = s->cap > 0 ? 2 * s->cap : ROWS_FIRST;
        s->rows = xrealloc_array(s->rows, s->cap, sizeof(struct row *));
    }
    if (s->count == s->made)
        s->rows[s->made++] = xcalloc(1, sizeof(struct row));
    struct row *r = s->rows[s->count++];
    r->count = 0;
    free(r->line);
    r->line = NULL;
    return r;
}

static void widen(struct linesum *s)
{
    free(s->buckets);
    s->bucket_count *= 2;
    s->buckets = xcalloc(s->bucket_count, sizeof(struct row *));
    for (size_t i = 0; i < s->count; i++)
        if (s->rows[i]->line == NULL)
            link_row(s, s->rows[i]);
}

static struct row *row_of(struct linesum *s, const struct parts *p)
{
    uint64_t hash = hash_of(p->storage, p->key_length);
    struct row *r = s->buckets[hash & (s->bucket_count - 1)];
    while (r != NULL && (r->hash != hash || strcmp(r->key, p->storage) != 0))
        r = r->next;
    if (r != NULL)
        return r;
    if (s->count >= s->bucket_count)
        widen(s);
    r = new_row(s);
    r->hash = hash;
    memcpy(r->key, p->storage, p->key_length + 1);
    link_row(s, r);
    return r;
}

/* --- values -------------------------------------------------------------------------- */

static bool is_named(const struct value *v, struct line_text name, const char *group)
{
    return line_text_is(name, v->name) && strcmp(v->group, group) == 0;
}

/* *at: where it is likely; moves behind what was found. */
static struct value *value_of(struct row *r, struct line_text name, const char *group,
                              size_t *at)
{
    for (size_t i = 0; i < r->count; i++) {
        size_t k = *at + i < r->count ? *at + i : *at + i - r->count;
        if (is_named(&r->values[k], name, group)) {
            *at = k + 1 < r->count ? k + 1 : 0;
            return &r->values[k];
        }
    }
    if (r->count == r->cap) {
        r->cap = r->cap > 0 ? 2 * r->cap : 16;
        r->values = xrealloc_array(r->values, r->cap, sizeof *r->values);
    }
    struct value *v = &r->values[r->count++];
    *v = (struct value){.is_null = true, .is_whole = true};
    memcpy(v->name, name.text, name.length); /* fits: checked by the caller */
    memcpy(v->group, group, strlen(group) + 1);
    v->is_worst = is_one_of(name, worst_values);
    *at = 0;
    return v;
}

static double as_real(const struct value *v)
{
    return v->is_whole ? (double)v->whole : v->real;
}

/* Whole numbers stay exact; one that is not makes the sum a real one. */
static int put_number(struct value *v, const char *text, size_t length, double number,
                      struct err *e)
{
    bool is_whole = length <= 19 && strspn(text, "0123456789") >= length;
    uint64_t whole = is_whole ? strtoull(text, NULL, 10) : 0;
    if (v->is_null) {
        v->is_null = false;
        v->is_whole = is_whole;
        v->whole = whole;
        v->real = number;
    } else if (is_whole && v->is_whole) {
        if (!v->is_worst && whole > UINT64_MAX - v->whole)
            return err_set(e, "%s: the sum passes 2^64", v->name);
        uint64_t worst = whole > v->whole ? whole : v->whole;
        v->whole = v->is_worst ? worst : v->whole + whole;
    } else {
        double old = as_real(v);
        double worst = number > old ? number : old;
        v->real = v->is_worst ? worst : old + number;
        v->is_whole = false;
    }
    return 0;
}

static int check_name(struct line_text name, struct err *e)
{
    if (name.length == 0 || name.length >= NAME_BYTES)
        return err_set(e, "a name is empty, or longer than %d bytes", NAME_BYTES - 1);
    for (size_t i = 0; i < name.length; i++)
        if (name.text[i] <= ' ' || name.text[i] > '~' || name.text[i] == '\\')
            return err_set(e,
                           "a name has an escape or a blank"); /* nobody writes such */
    return 0;
}

/* The numbers of an object; a nested one only when group is "". */
static int take_values(struct row *r, const char *text, size_t length,
                       const char *group, struct err *e)
{
    struct linescan scan = linescan_of(text, length);
    struct line_member m;
    enum line_value v;
    size_t at = 0;
    for (v = linescan_next(&scan, &m); v != LINE_END; v = linescan_next(&scan, &m)) {
        bool is_time = group[0] == '\0' && line_text_is(m.key, "t");
        if (v == LINE_BAD)
            return err_set(e, "is no JSON object");
        if (check_name(m.key, e) < 0)
            return -1;
        if (v == LINE_NULL) {
            (void)value_of(r, m.key, group, &at);
        } else if (v == LINE_NUMBER && !is_time) {
            const char *start = number_start(text, scan.at);
            if (put_number(value_of(r, m.key, group, &at), start,
                           (size_t)(scan.at - start), m.number, e) < 0)
                return -1;
        } else if (v == LINE_NESTED && group[0] == '\0' && m.text.text[0] == '{') {
            char name[NAME_BYTES] = "";
            memcpy(name, m.key.text, m.key.length);
            size_t ignored = 0; /* a value without a name: the object is there */
            (void)value_of(r, (struct line_text){"", 0}, name, &ignored);
            if (take_values(r, m.text.text, m.text.length, name, e) < 0)
                return -1;
        }
    }
    return 0;
}

int linesum_add(struct linesum *s, const char *line, size_t length, bool is_first,
                struct err *e)
{
    struct parts p;
    if (take_key(&p, line, length, e) < 0)
        return -1;
    if (p.is_summed)
        return take_values(row_of(s, &p), line, length, "", e);
    if (memchr(line, '\0', length) != NULL)
        return err_set(e, "has a NUL"); /* nobody writes such */
    if (is_first)
        new_row(s)->line = xstrndup(line, length);
    return 0;
}

/* --- writing ------------------------------------------------------------------------- */

static void put_value(struct jout *j, const struct value *v)
{
    if (v->is_null)
        jout_null(j, v->name);
    else if (v->is_whole)
        jout_u64(j, v->name, v->whole);
    else
        jout_num(j, v->name, v->real);
}

/* All values of a group, where the first of them stands. */
static void put_group(struct jout *j, const struct row *r, size_t first)
{
    const char *group = r->values[first].group;
    for (size_t i = 0; i < first; i++)
        if (strcmp(r->values[i].group, group) == 0)
            return;
    jout_object(j, group);
    for (size_t i = first; i < r->count; i++)
        if (strcmp(r->values[i].group, group) == 0 && r->values[i].name[0] != '\0')
            put_value(j, &r->values[i]);
    jout_end_object(j);
}

static void put_row(const struct row *r, struct buf *out)
{
    struct jout j;
    if (r->line != NULL) {
        buf_puts(out, r->line);
        buf_putc(out, '\n');
        return;
    }
    jout_init(&j, out, false);
    jout_object(&j, NULL);
    buf_puts(out, r->key);
    j.has_item[j.depth] = true;
    for (size_t i = 0; i < r->count; i++) {
        if (r->values[i].group[0] == '\0')
            put_value(&j, &r->values[i]);
        else
            put_group(&j, r, i);
    }
    jout_end_object(&j);
    buf_putc(out, '\n');
}

void linesum_write(struct linesum *s, struct buf *out)
{
    for (size_t i = 0; i < s->count; i++)
        put_row(s->rows[i], out);
    s->count = 0;
    memset(s->buckets, 0, s->bucket_count * sizeof(struct row *));
}
