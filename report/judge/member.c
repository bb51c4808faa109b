/* Members of JSON objects, leniently; see member.h. */
#include "judge/member.h"

const char *member_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text == NULL ? "" : text;
}

double member_number(const json_t *object, const char *key, double otherwise)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : otherwise;
}

uint64_t member_as_count(const json_t *value)
{
    json_int_t whole = json_integer_value(value);
    double n = json_real_value(value); /* 0 of an integer */
    if (whole > 0)
        return (uint64_t)whole;
    return n > 0 && n < 1e19 ? (uint64_t)n : 0;
}

uint64_t member_count(const json_t *object, const char *key)
{
    return member_as_count(json_object_get(object, key));
}
