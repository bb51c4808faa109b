/*
 * The part of JSON Schema that our schemas use: type, const, enum, required,
 * properties, additionalProperties, items, $ref into $defs. Enough to hold a
 * document against its published shape.
 */
#ifndef GUST_JSON_SHAPE_H
#define GUST_JSON_SHAPE_H

#include "check.h"

#include <jansson.h>

struct shape {
    const json_t *root; /* the schema document */
    char problem[256];  /* "" while everything fits */
};

static inline bool shape_is_type(const json_t *value, const char *type)
{
    static const struct {
        const char *name;
        json_type type;
    } rows[] = {
        {"object", JSON_OBJECT}, {"array", JSON_ARRAY},     {"string", JSON_STRING},
        {"null", JSON_NULL},     {"integer", JSON_INTEGER},
    };
    if (strcmp(type, "number") == 0)
        return json_is_number(value);
    if (strcmp(type, "boolean") == 0)
        return json_is_boolean(value);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(type, rows[i].name) == 0)
            return json_typeof(value) == rows[i].type;
    return false;
}

static inline bool shape_has_type(const json_t *value, const json_t *type)
{
    if (type == NULL)
        return true;
    if (json_is_string(type))
        return shape_is_type(value, json_string_value(type));
    for (size_t i = 0; i < json_array_size(type); i++)
        if (shape_is_type(value, json_string_value(json_array_get(type, i))))
            return true;
    return false;
}

static inline bool shape_is_allowed(const json_t *value, const json_t *schema)
{
    const json_t *constant = json_object_get(schema, "const");
    const json_t *options = json_object_get(schema, "enum");
    bool is_listed = options == NULL;
    for (size_t i = 0; i < json_array_size(options); i++)
        is_listed = is_listed || json_equal(json_array_get(options, i), value);
    return is_listed && (constant == NULL || json_equal(constant, value));
}

static inline void shape_check(struct shape *s, const char *path, const json_t *value,
                               const json_t *schema);

static inline void shape_members(struct shape *s, const char *path, json_t *value,
                                 const json_t *schema)
{
    const json_t *required = json_object_get(schema, "required");
    for (size_t i = 0; i < json_array_size(required); i++) {
        const char *key = json_string_value(json_array_get(required, i));
        if (json_object_get(value, key) == NULL)
            (void)snprintf(s->problem, sizeof s->problem, "%s.%s is missing", path,
                           key);
    }
    const char *key;
    json_t *member;
    json_object_foreach(value, key, member)
    {
        char inner[128];
        (void)snprintf(inner, sizeof inner, "%s.%s", path, key);
        const json_t *more = json_object_get(schema, "additionalProperties");
        const json_t *known =
            json_object_get(json_object_get(schema, "properties"), key);
        if (known == NULL && json_is_false(more))
            (void)snprintf(s->problem, sizeof s->problem, "%s is unknown", inner);
        else if (known != NULL || json_is_object(more))
            shape_check(s, inner, member, known != NULL ? known : more);
    }
}

static inline void shape_check(struct shape *s, const char *path, const json_t *value,
                               const json_t *schema)
{
    const char *ref = json_string_value(json_object_get(schema, "$ref"));
    if (ref != NULL)
        schema = json_object_get(json_object_get(s->root, "$defs"),
                                 ref + strlen("#/$defs/"));
    if (schema == NULL || !shape_has_type(value, json_object_get(schema, "type")) ||
        !shape_is_allowed(value, schema)) {
        (void)snprintf(s->problem, sizeof s->problem, "%s has the wrong type or value",
                       path);
        return;
    }
    if (json_is_object(value))
        shape_members(s, path, (json_t *)(uintptr_t)value, schema);
    const json_t *items = json_object_get(schema, "items");
    for (size_t i = 0; items != NULL && i < json_array_size(value); i++) {
        char inner[128];
        (void)snprintf(inner, sizeof inner, "%s[%zu]", path, i);
        shape_check(s, inner, json_array_get(value, i), items);
    }
}

#endif
