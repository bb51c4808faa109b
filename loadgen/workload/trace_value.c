/* Instants, counts and block ids of a trace; see trace_value.h. */
#include "workload/trace_value.h"

#include "base/base.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What is left of a field while it is read. */
struct rest {
    const char *at, *end;
};

static struct rest rest_of(struct field f)
{
    return (struct rest){f.text, f.text + f.length};
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool take_char(struct rest *r, char c)
{
    if (r->at == r->end || *r->at != c)
        return false;
    r->at++;
    return true;
}

/* All digits that follow, at least one; false when the number passes max. */
static bool take_digits(struct rest *r, uint64_t max, uint64_t *out)
{
    const char *first = r->at;
    uint64_t value = 0;
    for (; r->at < r->end && is_digit(*r->at); r->at++) {
        uint64_t digit = (uint64_t)(*r->at - '0');
        if (value > (max - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = value;
    return r->at > first;
}

/* Exactly n digits, in min..max. */
static bool take_fixed(struct rest *r, size_t n, int64_t min, int64_t max, int64_t *out)
{
    if ((size_t)(r->end - r->at) < n)
        return false;
    int64_t value = 0;
    for (size_t i = 0; i < n; i++, r->at++) {
        if (!is_digit(*r->at))
            return false;
        value = value * 10 + (*r->at - '0');
    }
    *out = value;
    return value >= min && value <= max;
}

/* ".979" of a unit, in ns; nothing there is zero. */
static int64_t take_fraction(struct rest *r, int64_t unit_ns)
{
    int64_t ns = 0;
    if (!take_char(r, '.'))
        return 0;
    for (; r->at < r->end && is_digit(*r->at); r->at++) {
        unit_ns /= 10;
        ns += (*r->at - '0') * unit_ns;
    }
    return ns;
}

/* Days from 1970-01-01 in the Gregorian calendar: years start in March, so the
 * leap day is the last of its year, and 400 years are 146,097 days. */
static int64_t days_from_civil(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    int64_t era = year / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

/* "", "Z", "+hh:mm", "+hhmm", "+hh": seconds east of UTC. */
static bool take_zone(struct rest *r, int64_t *out_s)
{
    int64_t hours = 0, minutes = 0;
    *out_s = 0;
    if (r->at == r->end || take_char(r, 'Z'))
        return true;
    bool is_west = *r->at == '-';
    if (!is_west && *r->at != '+')
        return false;
    r->at++;
    if (!take_fixed(r, 2, 0, 14, &hours))
        return false;
    bool had_colon = take_char(r, ':');
    if ((had_colon || r->at < r->end) && !take_fixed(r, 2, 0, 59, &minutes))
        return false;
    *out_s = (hours * 3600 + minutes * 60) * (is_west ? -1 : 1);
    return true;
}

static bool value_civil(struct field f, int64_t *out_ns)
{
    struct rest r = rest_of(f);
    int64_t year, month, day, hour, minute, second, zone_s;
    if (!take_fixed(&r, 4, 1900, 2100, &year) || !take_char(&r, '-') ||
        !take_fixed(&r, 2, 1, 12, &month) || !take_char(&r, '-') ||
        !take_fixed(&r, 2, 1, 31, &day) || !(take_char(&r, ' ') || take_char(&r, 'T')))
        return false;
    if (!take_fixed(&r, 2, 0, 23, &hour) || !take_char(&r, ':') ||
        !take_fixed(&r, 2, 0, 59, &minute) || !take_char(&r, ':') ||
        !take_fixed(&r, 2, 0, 60, &second))
        return false;
    int64_t fraction_ns = take_fraction(&r, NS_PER_S);
    if (!take_zone(&r, &zone_s) || r.at != r.end)
        return false;
    int64_t days = days_from_civil(year, month, day);
    int64_t seconds = days * 86400 + hour * 3600 + minute * 60 + second - zone_s;
    *out_ns = seconds * NS_PER_S + fraction_ns;
    return true;
}

/* "1.5e-05": rare, so the C library may read it, out of a terminated copy. */
static bool value_exponent(struct field f, int64_t unit_ns, int64_t *out_ns)
{
    char copy[64];
    if (f.length >= sizeof copy)
        return false;
    memcpy(copy, f.text, f.length);
    copy[f.length] = '\0';
    char *end = NULL;
    double ns = strtod(copy, &end) * (double)unit_ns;
    if (*end != '\0' || !(fabs(ns) <= (double)TRACE_TIME_MAX_NS))
        return false;
    *out_ns = (int64_t)ns;
    return true;
}

static bool value_decimal(struct field f, int64_t unit_ns, int64_t *out_ns)
{
    struct rest r = rest_of(f);
    bool is_negative = take_char(&r, '-');
    uint64_t whole;
    if (!take_digits(&r, (uint64_t)(TRACE_TIME_MAX_NS / unit_ns) - 1, &whole))
        return false;
    int64_t ns = (int64_t)whole * unit_ns + take_fraction(&r, unit_ns);
    if (r.at != r.end)
        return (*r.at == 'e' || *r.at == 'E') && value_exponent(f, unit_ns, out_ns);
    *out_ns = is_negative ? -ns : ns;
    return true;
}

bool value_time(struct field f, int64_t unit_ns, int64_t *out_ns)
{
    assert(unit_ns >= 1 && unit_ns <= NS_PER_S);
    if (f.text == NULL)
        return false;
    if (f.length >= 19 && f.text[4] == '-')
        return value_civil(f, out_ns);
    return value_decimal(f, unit_ns, out_ns);
}

bool value_count(struct field f, uint32_t *out)
{
    uint64_t value;
    if (f.text == NULL)
        return false;
    struct rest r = rest_of(f);
    if (!take_digits(&r, TRACE_TOKENS_MAX, &value))
        return false;
    if (take_char(&r, '.'))
        while (take_char(&r, '0'))
            continue;
    *out = (uint32_t)value;
    return r.at == r.end;
}

static void skip_blanks(struct rest *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\t'))
        r->at++;
}

bool value_blocks(struct field f, uint64_t ids[TRACE_BLOCKS_MAX], uint32_t *count)
{
    uint32_t n = 0;
    *count = 0;
    if (f.text == NULL)
        return true;
    struct rest r = rest_of(f);
    if (!take_char(&r, '['))
        return false;
    skip_blanks(&r);
    while (!take_char(&r, ']')) {
        bool is_due = n == 0 || take_char(&r, ',');
        skip_blanks(&r);
        if (!is_due || n == TRACE_BLOCKS_MAX || !take_digits(&r, UINT64_MAX, &ids[n]))
            return false;
        n++;
        skip_blanks(&r);
    }
    *count = n;
    return r.at == r.end;
}
