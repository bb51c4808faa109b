/* Strict reading of JSON documents; see json.h. */
#include "base/json.h"

#include "base/units.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

json_t *json_parse(const char *text, size_t length, struct err *e)
{
    json_error_t error;
    json_t *root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL)
        (void)err_set(e, "line %d column %d: %s", error.line, error.column, error.text);
    return root;
}

static int read_all(int fd, size_t max_bytes, struct buf *out, struct err *e)
{
    buf_init(out, max_bytes);
    for (;;) {
        char chunk[65536];
        ssize_t n = read(fd, chunk, sizeof chunk);
        if (n == 0)
            return 0;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_set_errno(e, errno, "cannot read");
        buf_append(out, chunk, (size_t)n);
        if (out->is_full)
            return err_set(e, "larger than %zu bytes", max_bytes);
    }
}

json_t *json_load(const char *path, size_t max_bytes, struct err *e)
{
    json_t *root = NULL;
    struct buf text = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        (void)err_set_errno(e, errno, "cannot open %s", path);
        return NULL;
    }
    if (read_all(fd, max_bytes, &text, e) < 0) {
        (void)err_in(e, "%s", path);
        goto out;
    }
    root = json_parse(text.data, text.len, e);
    if (root == NULL)
        (void)err_in(e, "%s", path);
out:
    buf_release(&text);
    (void)close(fd); /* only read from */
    return root;
}

struct jnode jnode_root(const json_t *value)
{
    return (struct jnode){.value = value};
}

struct jnode jnode_get(const struct jnode *object, const char *key)
{
    return (struct jnode){
        .value = json_object_get(object->value, key), .parent = object, .key = key};
}

struct jnode jnode_at(const struct jnode *array, size_t index)
{
    return (struct jnode){
        .value = json_array_get(array->value, index), .parent = array, .index = index};
}

#define JNODE_DEPTH_MAX 32

void jnode_path(const struct jnode *n, struct buf *out)
{
    const struct jnode *chain[JNODE_DEPTH_MAX];
    size_t depth = 0;
    for (; n->parent != NULL && depth < JNODE_DEPTH_MAX; n = n->parent)
        chain[depth++] = n;
    if (depth == 0)
        buf_puts(out, "(document)");
    for (size_t i = depth; i-- > 0;) {
        if (chain[i]->key == NULL)
            buf_printf(out, "[%zu]", chain[i]->index);
        else
            buf_printf(out, "%s%s", i + 1 == depth ? "" : ".", chain[i]->key);
    }
}

int jnode_fail(const struct jnode *n, struct err *e, const char *format, ...)
{
    struct buf text;
    buf_init(&text, 4096);
    jnode_path(n, &text);
    buf_puts(&text, ": ");
    va_list args;
    va_start(args, format);
    buf_vprintf(&text, format, args);
    va_end(args);
    (void)err_set(e, "%s", text.data);
    buf_release(&text);
    return -1;
}

static const char *type_name(const json_t *v)
{
    static const char *const names[] = {
        [JSON_OBJECT] = "an object", [JSON_ARRAY] = "an array",
        [JSON_STRING] = "a string",  [JSON_INTEGER] = "a number",
        [JSON_REAL] = "a number",    [JSON_TRUE] = "a boolean",
        [JSON_FALSE] = "a boolean",  [JSON_NULL] = "null",
    };
    return v == NULL ? "missing" : names[json_typeof(v)];
}

static int wrong_type(const struct jnode *n, const char *wanted, struct err *e)
{
    if (n->value == NULL)
        return jnode_fail(n, e, "is missing; it must be %s", wanted);
    return jnode_fail(n, e, "is %s; it must be %s", type_name(n->value), wanted);
}

static bool is_known(const char *key, const char *const *keys)
{
    if (key[0] == '$' || strcmp(key, "comment") == 0)
        return true;
    for (; *keys != NULL; keys++)
        if (strcmp(key, *keys) == 0)
            return true;
    return false;
}

static int unknown_key(const struct jnode *n, const char *key, const char *const *keys,
                       struct err *e)
{
    struct jnode member = jnode_get(n, key);
    const char *near = json_nearest(key, keys);
    if (near != NULL)
        return jnode_fail(&member, e, "unknown key; did you mean \"%s\"?", near);
    struct buf all;
    buf_init(&all, 1024);
    for (size_t i = 0; keys[i] != NULL; i++)
        buf_printf(&all, "%s%s", i ? ", " : "", keys[i]);
    int rc = jnode_fail(&member, e, "unknown key; known are %s", all.data);
    buf_release(&all);
    return rc;
}

int jnode_object(const struct jnode *n, const char *const *keys, struct err *e)
{
    if (!json_is_object(n->value))
        return wrong_type(n, "an object", e);
    const char *key;
    json_t *value;
    /* jansson's iterators take a non-const object but only read it */
    json_object_foreach((json_t *)(uintptr_t)n->value, key, value)
    {
        if (!is_known(key, keys))
            return unknown_key(n, key, keys, e);
    }
    return 0;
}

int jnode_array(const struct jnode *n, size_t min, size_t max, struct err *e)
{
    if (!json_is_array(n->value))
        return wrong_type(n, "an array", e);
    size_t size = json_array_size(n->value);
    if (size < min || size > max)
        return jnode_fail(n, e, "has %zu elements; allowed are %zu to %zu", size, min,
                          max);
    return 0;
}

int jnode_number(const struct jnode *object, const char *key, double min, double max,
                 double *out, struct err *e)
{
    struct jnode n = jnode_get(object, key);
    if (!json_is_number(n.value))
        return wrong_type(&n, "a number", e);
    double value = json_number_value(n.value);
    if (!(value >= min && value <= max))
        return jnode_fail(&n, e, "%.12g is out of range %.12g..%.12g", value, min, max);
    *out = value;
    return 0;
}

int jnode_u64(const struct jnode *object, const char *key, uint64_t min, uint64_t max,
              uint64_t *out, struct err *e)
{
    struct jnode n = jnode_get(object, key);
    if (json_is_real(n.value) || !json_is_number(n.value))
        return wrong_type(&n, "a whole number", e);
    json_int_t value = json_integer_value(n.value);
    if (value < 0 || (uint64_t)value < min || (uint64_t)value > max)
        return jnode_fail(&n, e, "%lld is out of range %llu..%llu", (long long)value,
                          (unsigned long long)min, (unsigned long long)max);
    *out = (uint64_t)value;
    return 0;
}

int jnode_bool(const struct jnode *object, const char *key, bool *out, struct err *e)
{
    struct jnode n = jnode_get(object, key);
    if (!json_is_boolean(n.value))
        return wrong_type(&n, "true or false", e);
    *out = json_is_true(n.value);
    return 0;
}

int jnode_string(const struct jnode *object, const char *key, const char **out,
                 struct err *e)
{
    struct jnode n = jnode_get(object, key);
    if (!json_is_string(n.value))
        return wrong_type(&n, "a string", e);
    *out = json_string_value(n.value);
    return 0;
}

int jnode_duration(const struct jnode *object, const char *key, int64_t *out_ns,
                   struct err *e)
{
    struct jnode n = jnode_get(object, key);
    if (json_is_number(n.value)) {
        double s = json_number_value(n.value);
        if (!(s >= 0.0 && s <= 9e9))
            return jnode_fail(&n, e, "%.12g is out of range 0..9e9 seconds", s);
        *out_ns = (int64_t)llround(s * 1e9);
        return 0;
    }
    if (!json_is_string(n.value))
        return wrong_type(&n, "a duration such as \"30s\"", e);
    struct err why = {0};
    if (units_duration(json_string_value(n.value), out_ns, &why) < 0)
        return jnode_fail(&n, e, "%s", why.text);
    return 0;
}

int jnode_rate(const struct jnode *object, const char *key, double *out_per_s,
               struct err *e)
{
    struct jnode n = jnode_get(object, key);
    if (json_is_number(n.value))
        return jnode_number(object, key, 0.0, 1e9, out_per_s, e);
    if (!json_is_string(n.value))
        return wrong_type(&n, "a rate such as \"20/s\"", e);
    struct err why = {0};
    if (units_rate(json_string_value(n.value), out_per_s, &why) < 0)
        return jnode_fail(&n, e, "%s", why.text);
    return 0;
}

int jnode_choice(const struct jnode *object, const char *key, const char *const *names,
                 size_t count, size_t *out, struct err *e)
{
    const char *text = NULL;
    if (jnode_string(object, key, &text, e) < 0)
        return -1;
    assert(text != NULL);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(text, names[i]) == 0) {
            *out = i;
            return 0;
        }
    }
    struct jnode n = jnode_get(object, key);
    struct buf all;
    buf_init(&all, 1024);
    for (size_t i = 0; i < count; i++)
        buf_printf(&all, "%s%s", i ? ", " : "", names[i]);
    int rc = jnode_fail(&n, e, "\"%s\" is unknown; allowed are %s", text, all.data);
    buf_release(&all);
    return rc;
}

#define NEAREST_MAX 64

static size_t least(size_t a, size_t b, size_t c)
{
    size_t m = a < b ? a : b;
    return m < c ? m : c;
}

/* Levenshtein distance of two words of at most NEAREST_MAX letters. */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t row[NEAREST_MAX + 1];
    for (size_t j = 0; j <= b_len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t swap = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            row[j] = least(row[j] + 1, row[j - 1] + 1, swap);
        }
    }
    return row[b_len];
}

const char *json_nearest(const char *word, const char *const *candidates)
{
    size_t length = strlen(word);
    const char *best = NULL;
    size_t best_distance = length / 3 + 1;
    if (length > NEAREST_MAX)
        return NULL;
    for (; *candidates != NULL; candidates++) {
        size_t n = strlen(*candidates);
        if (n > NEAREST_MAX)
            continue;
        size_t d = distance(word, length, *candidates, n);
        if (d <= best_distance && (best == NULL || d < best_distance)) {
            best = *candidates;
            best_distance = d;
        }
    }
    return best;
}
