/* JSON objects as tables of fields; see fields.h. */
#include "policy/fields.h"

#include "base/units.h"
#include "policy/retry.h"

#include <string.h>

static int read_duration(const struct jnode *object, const struct field *f, void *at,
                         struct err *e)
{
    struct jnode n = jnode_get(object, f->key);
    int64_t ns = 0;
    if (jnode_duration(object, f->key, &ns, e) < 0)
        return -1;
    double s = (double)ns / 1e9;
    if (s < f->min || s > f->max)
        return jnode_fail(&n, e, "%.12g s is out of range %.12g..%.12g s", s, f->min,
                          f->max);
    memcpy(at, &ns, sizeof ns);
    return 0;
}

static int read_unsigned(const struct jnode *object, const struct field *f, void *at,
                         struct err *e)
{
    uint64_t value = 0;
    if (jnode_u64(object, f->key, (uint64_t)f->min, (uint64_t)f->max, &value, e) < 0)
        return -1;
    unsigned narrow = (unsigned)value;
    memcpy(at, &narrow, sizeof narrow);
    return 0;
}

static int read_share(const struct jnode *object, const struct field *f, void *at,
                      struct err *e)
{
    struct jnode n = jnode_get(object, f->key);
    struct err why = {0};
    if (!json_is_string(n.value))
        return jnode_number(object, f->key, f->min, f->max, at, e);
    double share = 0;
    if (units_share(json_string_value(n.value), &share, &why) < 0)
        return jnode_fail(&n, e, "%s", why.text);
    if (share < f->min || share > f->max)
        return jnode_fail(&n, e, "%.12g is out of range %.12g..%.12g", share, f->min,
                          f->max);
    memcpy(at, &share, sizeof share);
    return 0;
}

static int read_choice(const struct jnode *object, const struct field *f, void *at,
                       struct err *e)
{
    size_t choice = 0;
    if (jnode_choice(object, f->key, f->names, f->count, &choice, e) < 0)
        return -1;
    unsigned narrow = (unsigned)choice;
    memcpy(at, &narrow, sizeof narrow);
    return 0;
}

static int unknown_outcome(const struct jnode *n, const char *name, struct err *e)
{
    const char *known[OUTCOME_COUNT + 1];
    size_t count = 0;
    for (size_t o = 0; o < OUTCOME_COUNT; o++)
        if (outcome_rows[o].kind == KIND_FAILED)
            known[count++] = outcome_rows[o].name;
    known[count] = NULL;
    const char *near = json_nearest(name, known);
    if (near != NULL)
        return jnode_fail(n, e,
                          "no failure class is called \"%s\"; did you mean \"%s\"?",
                          name, near);
    return jnode_fail(n, e,
                      "no failure class is called \"%s\"; they are the classes of the "
                      "report, such as server_500",
                      name);
}

static int read_outcomes(const struct jnode *object, const struct field *f, void *at,
                         struct err *e)
{
    struct jnode array = jnode_get(object, f->key);
    uint64_t set = 0;
    if (jnode_array(&array, 1, OUTCOME_COUNT, e) < 0)
        return -1;
    for (size_t i = 0; i < json_array_size(array.value); i++) {
        struct jnode n = jnode_at(&array, i);
        const char *name = json_string_value(n.value);
        if (name == NULL)
            return jnode_fail(&n, e, "must be a string, such as \"server_500\"");
        enum outcome o = outcome_find(name);
        if (o == OUTCOME_COUNT || outcome_rows[o].kind != KIND_FAILED)
            return unknown_outcome(&n, name, e);
        set |= OUTCOME_BIT(o);
    }
    memcpy(at, &set, sizeof set);
    return 0;
}

static int read_field(const struct jnode *object, const struct field *f, void *at,
                      struct err *e)
{
    switch (f->type) {
    case FIELD_TEXT:
        return jnode_string(object, f->key, at, e);
    case FIELD_OBJECT:
        return 0;
    case FIELD_DURATION:
        return read_duration(object, f, at, e);
    case FIELD_UNSIGNED:
        return read_unsigned(object, f, at, e);
    case FIELD_NUMBER:
        return jnode_number(object, f->key, f->min, f->max, at, e);
    case FIELD_SHARE:
        return read_share(object, f, at, e);
    case FIELD_FLAG:
        return jnode_bool(object, f->key, at, e);
    case FIELD_CHOICE:
        return read_choice(object, f, at, e);
    case FIELD_OUTCOMES:
        return read_outcomes(object, f, at, e);
    }
    bug("no such type of field");
}

/* Fills what the object says; the rest keeps its default. */
int fields_read(const struct jnode *n, const struct field *fields, void *base,
                struct err *e)
{
    const char *keys[FIELDS_MAX + 1] = {NULL};
    for (size_t i = 0; fields[i].key != NULL; i++) {
        assert(i < FIELDS_MAX);
        keys[i] = fields[i].key;
    }
    if (jnode_object(n, keys, e) < 0)
        return -1;
    for (const struct field *f = fields; f->key != NULL; f++) {
        struct jnode member = jnode_get(n, f->key);
        if (jnode_exists(&member) && read_field(n, f, (char *)base + f->offset, e) < 0)
            return -1;
    }
    return 0;
}

bool fields_has(const struct jnode *object, const char *key)
{
    struct jnode n = jnode_get(object, key);
    return jnode_exists(&n);
}

int fields_need(const struct jnode *object, const char *key, struct err *e)
{
    struct jnode n = jnode_get(object, key);
    return jnode_exists(&n) ? 0 : jnode_fail(&n, e, "is missing");
}
