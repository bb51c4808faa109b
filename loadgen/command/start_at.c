/* A moment as text; see start_at.h. */
#include "command/start_at.h"

#include "base/clock.h"
#include "base/units.h"
#include "command/store_settings.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define DAY_S INT64_C(86400)
#define FARTHEST_NS (7 * DAY_S * NS_PER_S)
#define SECONDS_DIGITS 10 /* until the year 2286 */

static bool take_digits(const char **at, unsigned n, int64_t *out)
{
    *out = 0;
    for (unsigned i = 0; i < n; i++, ++*at) {
        if (**at < '0' || **at > '9')
            return false;
        *out = *out * 10 + (**at - '0');
    }
    return true;
}

/* Digits, and up to nine of a fraction. */
static bool parse_seconds(const char *text, int64_t *out_ns)
{
    int64_t seconds = 0, fraction = 0, unit = NS_PER_S;
    size_t length = strspn(text, "0123456789");
    if (length == 0 || length > SECONDS_DIGITS ||
        !take_digits(&text, (unsigned)length, &seconds))
        return false;
    if (*text == '.') {
        for (text++; *text >= '0' && *text <= '9' && unit > 1; text++, unit /= 10)
            fraction = fraction * 10 + (*text - '0');
        if (unit == NS_PER_S)
            return false;
    }
    *out_ns = seconds * NS_PER_S + fraction * unit;
    return *text == '\0';
}

/* Days since 1970 of a date of the Gregorian calendar: years begin in March, so that
 * the leap day is the last. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    int64_t y = month > 2 ? year : year - 1;
    int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return y * 365 + y / 4 - y / 100 + y / 400 + of_year - 719468;
}

static bool is_day(int64_t year, int64_t month, int64_t day)
{
    static const int64_t days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > days[month - 1])
        return false;
    return month != 2 || day < 29 || is_leap;
}

/* 2026-11-21T14:03:05Z */
static bool parse_utc(const char *text, int64_t *out_ns)
{
    static const char between[] = "--T::Z";
    static const unsigned digits[] = {4, 2, 2, 2, 2, 2};
    int64_t parts[ARRAY_LEN(digits)];
    for (size_t i = 0; i < ARRAY_LEN(digits); i++)
        if (!take_digits(&text, digits[i], &parts[i]) || *text++ != between[i])
            return false;
    if (*text != '\0' || !is_day(parts[0], parts[1], parts[2]) || parts[3] > 23 ||
        parts[4] > 59 || parts[5] > 59 || parts[0] > 2200)
        return false;
    int64_t seconds = days_of(parts[0], parts[1], parts[2]) * DAY_S + parts[3] * 3600 +
                      parts[4] * 60 + parts[5];
    *out_ns = seconds * NS_PER_S;
    return true;
}

int start_at_parse(const char *text, int64_t *out_ns, struct err *e)
{
    if (parse_seconds(text, out_ns) || parse_utc(text, out_ns))
        return 0;
    return err_set(
        e,
        "--start-at: \"%s\" is neither seconds since 1970, such as "
        "$(date +%%s -d '+30 seconds'), nor UTC, such as 2026-11-21T14:03:05Z",
        text);
}

int start_at_check(int64_t start_ns, int64_t now_ns, struct err *e)
{
    char utc[UNITS_TEXT], ago[UNITS_TEXT];
    (void)units_format_utc(utc, start_ns);
    if (start_ns <= now_ns)
        return err_set(e, "--start-at: %s was %s ago: too late, nothing was sent", utc,
                       units_format_ns(ago, now_ns - start_ns));
    if (start_ns - now_ns > FARTHEST_NS)
        return err_set(e, "--start-at: %s is more than a week away", utc);
    return 0;
}

int start_at_take(const struct run_settings *s, struct departure *out,
                  enum exit_code *code, struct err *e)
{
    struct store store;
    *out = (struct departure){0};
    *code = EXIT_USAGE;
    if (store_take(s, &store, e) < 0) /* said before anything is sent */
        return -1;
    if (s->start_at != NULL && s->policies.count > 1)
        return err_set(e, "--start-at: several policies run one after the other, and "
                          "only one can start then: give one --policy");
    if (s->start_at != NULL && start_at_parse(s->start_at, &out->wall_ns, e) < 0)
        return -1;
    *code = EXIT_CANNOT_RUN;
    clock_record_read(&out->clock);
    if (s->clock_server != NULL &&
        clock_record_check(&out->clock, s->clock_server, e) < 0)
        return -1;
    return out->wall_ns != 0 ? start_at_check(out->wall_ns, clock_wall_ns(), e) : 0;
}
