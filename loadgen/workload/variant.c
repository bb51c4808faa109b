/*
 * Objects with a kind; see variant.h.
 *
 * The kind is read before the keys are checked, so that a member of another kind
 * is told from a member that nobody has.
 */
#include "workload/variant.h"

#include <string.h>

#define VARIANT_ROWS_MAX 16

static int find_row(const struct jnode *n, const char *kind_key,
                    const struct variant *rows, size_t *out, struct err *e)
{
    const char *names[VARIANT_ROWS_MAX];
    size_t count = 0;
    for (; rows[count].name != NULL; count++) {
        assert(count < VARIANT_ROWS_MAX);
        names[count] = rows[count].name;
    }
    return jnode_choice(n, kind_key, names, count, out, e);
}

static bool has_key(const struct variant *row, const char *key)
{
    for (size_t i = 0; i < VARIANT_KEYS_MAX && row->keys[i] != NULL; i++)
        if (strcmp(row->keys[i], key) == 0)
            return true;
    return false;
}

/* A member that this row lacks and another one has. */
static int check_foreign(const struct jnode *n, const char *kind_key,
                         const struct variant *rows, size_t own, struct err *e)
{
    const char *key;
    json_t *value;
    /* jansson's iterators take a non-const object but only read it */
    json_object_foreach((json_t *)(uintptr_t)n->value, key, value)
    {
        struct jnode member = jnode_get(n, key);
        for (size_t i = 0; rows[i].name != NULL; i++)
            if (!has_key(&rows[own], key) && has_key(&rows[i], key))
                return jnode_fail(&member, e, "does not go with %s \"%s\"", kind_key,
                                  rows[own].name);
    }
    return 0;
}

static int check_keys(const struct jnode *n, const char *kind_key,
                      const struct variant *row, const char *also, struct err *e)
{
    const char *keys[VARIANT_KEYS_MAX + 3] = {kind_key};
    size_t count = 1;
    for (size_t i = 0; i < VARIANT_KEYS_MAX && row->keys[i] != NULL; i++)
        keys[count++] = row->keys[i];
    keys[count] = also;
    return jnode_object(n, keys, e);
}

int variant_parse(const struct jnode *n, const char *kind_key,
                  const struct variant *rows, const char *also, size_t *out,
                  struct err *e)
{
    static const char *const nothing_else[] = {NULL};
    if (!json_is_object(n->value))
        return jnode_object(n, nothing_else, e);
    if (find_row(n, kind_key, rows, out, e) < 0 ||
        check_foreign(n, kind_key, rows, *out, e) < 0)
        return -1;
    return check_keys(n, kind_key, &rows[*out], also, e);
}
