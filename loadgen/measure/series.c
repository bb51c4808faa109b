/* Names of series, as tags; see series.h. */
#include "measure/series.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define PARTS 4 /* arm, class, stratum, metric */

static bool is_name_byte(char c)
{
    return isalnum((unsigned char)c) || (c != '\0' && strchr("_-.:", c) != NULL);
}

const char *series_clean(char name[SERIES_NAME_MAX + 1], const char *text)
{
    size_t length = 0;
    for (; length < SERIES_NAME_MAX && text[length] != '\0'; length++)
        name[length] = is_name_byte(text[length]) ? text[length] : '_';
    if (length == 0)
        name[length++] = '_';
    name[length] = '\0';
    return name;
}

const char *series_format(char text[SERIES_TEXT], const struct series_name *name)
{
    char stratum[16] = "all";
    if (name->stratum != STRATUM_ALL)
        (void)snprintf(stratum, sizeof stratum, "p%d", name->stratum); /* fits */
    assert(name->arm_length <= SERIES_NAME_MAX);
    assert(name->class_length <= SERIES_NAME_MAX);
    int length =
        snprintf(text, SERIES_TEXT, "%s%.*s/%.*s/%s/%s", name->is_measured ? "" : "~",
                 (int)name->arm_length, name->arm, (int)name->class_length,
                 name->class_name, stratum, metric_rows[name->metric].name);
    assert(length > 0 && length < SERIES_TEXT);
    return text;
}

struct part {
    const char *text;
    size_t length;
};

/* Exactly PARTS parts that are not empty. */
static bool split(const char *tag, size_t length, struct part parts[PARTS])
{
    const char *at = tag, *end = tag + length;
    for (unsigned i = 0; i < PARTS; i++) {
        const char *slash = memchr(at, '/', (size_t)(end - at));
        if ((slash == NULL) != (i == PARTS - 1))
            return false;
        parts[i].text = at;
        parts[i].length = (size_t)((slash != NULL ? slash : end) - at);
        if (parts[i].length == 0)
            return false;
        at = slash != NULL ? slash + 1 : end;
    }
    return true;
}

static bool is_text(const struct part *p, const char *text)
{
    return p->length == strlen(text) && memcmp(p->text, text, p->length) == 0;
}

/* "all" or "p" and one or two digits. */
static bool parse_stratum(const struct part *p, int *out)
{
    *out = STRATUM_ALL;
    if (is_text(p, "all"))
        return true;
    if (p->text[0] != 'p' || p->length < 2 || p->length > 3)
        return false;
    *out = 0;
    for (size_t i = 1; i < p->length; i++) {
        if (!isdigit((unsigned char)p->text[i]))
            return false;
        *out = *out * 10 + (p->text[i] - '0');
    }
    return *out < STRATUM_COUNT;
}

static bool parse_metric(const struct part *p, enum metric *out)
{
    for (unsigned m = 0; m < METRIC_COUNT; m++) {
        *out = (enum metric)m;
        if (is_text(p, metric_rows[m].name))
            return true;
    }
    return false;
}

int series_parse(const char *tag, size_t length, struct series_name *out, struct err *e)
{
    struct part parts[PARTS];
    out->is_measured = length == 0 || tag[0] != '~';
    size_t mark = out->is_measured ? 0 : 1;
    if (!split(tag + mark, length - mark, parts))
        return err_set(e, "tag: %.*s is not <arm>/<class>/<stratum>/<metric>",
                       (int)length, tag);
    if (!parse_stratum(&parts[2], &out->stratum))
        return err_set(e, "tag: %.*s is no stratum", (int)parts[2].length,
                       parts[2].text);
    if (!parse_metric(&parts[3], &out->metric))
        return err_set(e, "tag: %.*s is no metric", (int)parts[3].length,
                       parts[3].text);
    out->arm = parts[0].text;
    out->arm_length = parts[0].length;
    out->class_name = parts[1].text;
    out->class_length = parts[1].length;
    return 0;
}
