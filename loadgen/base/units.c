/* Text with units; see units.h. */
#include "base/units.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct unit {
    const char *name;
    double factor;
};

static const struct unit durations[] = {
    {"ns", 1e-9}, {"us", 1e-6}, {"ms", 1e-3}, {"s", 1}, {"m", 60},
    {"min", 60},  {"h", 3600},  {"d", 86400}, {"", 1},
};
static const struct unit rates[] = {
    {"/s", 1},        {"/sec", 1},        {"/min", 1.0 / 60},
    {"/m", 1.0 / 60}, {"/h", 1.0 / 3600}, {"/d", 1.0 / 86400},
    {"", 1},
};
static const struct unit sizes[] = {
    {"", 1},        {"b", 1},        {"k", 1024},    {"kb", 1024},
    {"m", 1 << 20}, {"mb", 1 << 20}, {"g", 1 << 30}, {"gb", 1 << 30},
};
static const struct unit shares[] = {{"%", 0.01}, {"", 1}};

/* A finite number >= 0 and one of the units, nothing else. Hexadecimal, "inf"
 * and leading blanks, which strtod takes, are not numbers here. */
static int parse(const char *text, const struct unit *units, size_t n, double *out)
{
    if ((text[0] < '0' || text[0] > '9') && text[0] != '.')
        return -1;
    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
        return -1;
    char *end = NULL;
    double number = strtod(text, &end);
    if (end == text || !isfinite(number))
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(end, units[i].name) == 0) {
            *out = number * units[i].factor;
            return 0;
        }
    }
    return -1;
}

int units_duration(const char *text, int64_t *out_ns, struct err *e)
{
    double s = 0;
    if (parse(text, durations, ARRAY_LEN(durations), &s) < 0 || s > 9e9)
        return err_set(e, "\"%s\" is no duration: allowed are 250ms, 90s, 5m, 2h, 1d",
                       text);
    *out_ns = (int64_t)llround(s * 1e9);
    return 0;
}

int units_rate(const char *text, double *out_per_s, struct err *e)
{
    if (parse(text, rates, ARRAY_LEN(rates), out_per_s) < 0)
        return err_set(e, "\"%s\" is no rate: allowed are 20/s, 600/min, 5/h", text);
    return 0;
}

int units_size(const char *text, uint64_t *out_bytes, struct err *e)
{
    double bytes = 0;
    if (parse(text, sizes, ARRAY_LEN(sizes), &bytes) < 0 || bytes > 1e18)
        return err_set(e, "\"%s\" is no size: allowed are 4096, 64k, 16m, 1g", text);
    *out_bytes = (uint64_t)bytes;
    return 0;
}

int units_share(const char *text, double *out_share, struct err *e)
{
    double share = 0;
    if (parse(text, shares, ARRAY_LEN(shares), &share) < 0 || share > 1.0)
        return err_set(e, "\"%s\" is no share: allowed are 0%% to 100%%, or 0 to 1",
                       text);
    *out_share = share;
    return 0;
}

int units_u64(const char *text, uint64_t *out, struct err *e)
{
    char *end = NULL;
    errno = 0;
    bool is_digit = text[0] >= '0' && text[0] <= '9';
    uintmax_t value = is_digit ? strtoumax(text, &end, 10) : 0;
    if (!is_digit || *end != '\0' || errno == ERANGE)
        return err_set(e, "\"%s\" is no whole number", text);
    *out = value;
    return 0;
}

int units_double(const char *text, double *out, struct err *e)
{
    static const struct unit none[] = {{"", 1}};
    bool is_negative = text[0] == '-';
    if (parse(text + is_negative, none, 1, out) < 0)
        return err_set(e, "\"%s\" is no number", text);
    if (is_negative)
        *out = -*out;
    return 0;
}

/* Three significant digits, as many decimals as they leave. */
static int three_digits(char *text, size_t size, double value, const char *unit)
{
    double size_of = fabs(value);
    int decimals = size_of < 9.995 ? 2 : size_of < 99.95 ? 1 : 0;
    return snprintf(text, size, "%.*f%s", decimals, value, unit);
}

const char *units_format_ns(char text[UNITS_TEXT], int64_t ns)
{
    double s = (double)ns / 1e9, size = fabs(s);
    if (ns == 0)
        (void)snprintf(text, UNITS_TEXT, "0 ms");
    else if (size < 0.9995e-3)
        (void)snprintf(text, UNITS_TEXT, "%.*f us", size < 9.995e-6 ? 1 : 0, s * 1e6);
    else if (size < 0.9995)
        (void)three_digits(text, UNITS_TEXT, s * 1e3, " ms");
    else if (size < 119.5)
        (void)three_digits(text, UNITS_TEXT, s, " s");
    else {
        long long whole = llround(size), minutes = whole / 60;
        if (minutes < 120)
            (void)snprintf(text, UNITS_TEXT, "%s%lld min %lld s", s < 0 ? "-" : "",
                           minutes, whole % 60);
        else
            (void)snprintf(text, UNITS_TEXT, "%s%lld h %lld min", s < 0 ? "-" : "",
                           minutes / 60, minutes % 60);
    }
    return text;
}

const char *units_format_count(char text[UNITS_TEXT], uint64_t count)
{
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%" PRIu64, count);
    char *to = text;
    for (int i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0)
            *to++ = ',';
        *to++ = digits[i];
    }
    *to = '\0';
    return text;
}

const char *units_format_bytes(char text[UNITS_TEXT], uint64_t bytes)
{
    static const char *const names[] = {" B", " kB", " MB", " GB", " TB", " PB", " EB"};
    double value = (double)bytes;
    size_t i = 0;
    while (value >= 999.5 && i + 1 < ARRAY_LEN(names)) {
        value /= 1000;
        i++;
    }
    if (i == 0)
        (void)snprintf(text, UNITS_TEXT, "%" PRIu64 " B", bytes);
    else
        (void)three_digits(text, UNITS_TEXT, value, names[i]);
    return text;
}

const char *units_format_rate(char text[UNITS_TEXT], double per_s)
{
    if (per_s >= 999.5 && per_s < 1e18)
        return units_format_count(text, (uint64_t)llround(per_s));
    (void)three_digits(text, UNITS_TEXT, per_s, "");
    return text;
}

const char *units_format_utc(char text[UNITS_TEXT], int64_t wall_ns)
{
    time_t seconds = (time_t)(wall_ns / NS_PER_S);
    struct tm utc;
    const struct tm *known = gmtime_r(&seconds, &utc);
    assert(known != NULL); /* the years 1677 to 2262 */
    size_t length = strftime(text, UNITS_TEXT, "%Y-%m-%dT%H:%M:%SZ", known);
    assert(length > 0);
    return text;
}
