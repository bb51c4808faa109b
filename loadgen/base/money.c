/* Money as whole pico-units; see money.h. */
#include "base/money.h"

#include "base/units.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define DECIMALS 12
#define WHOLE_MAX 9000000

int64_t money_add(int64_t a, int64_t b)
{
    assert(a >= 0 && b >= 0);
    return a > MONEY_MAX - b ? MONEY_MAX : a + b;
}

int64_t money_times(int64_t price, uint64_t count)
{
    assert(price >= 0);
    if (price == 0 || count == 0)
        return 0;
    return count > (uint64_t)MONEY_MAX / (uint64_t)price
               ? MONEY_MAX
               : (int64_t)((uint64_t)price * count);
}

/* Digits, a point, up to 12 digits. The first byte behind them, or NULL. */
static const char *read_amount(const char *text, int64_t *out)
{
    int64_t whole = 0, part = 0, unit = MONEY_UNIT;
    const char *at = text;
    for (; *at >= '0' && *at <= '9' && whole <= WHOLE_MAX; at++)
        whole = 10 * whole + (*at - '0');
    bool has_digits = at > text;
    if (*at == '.')
        for (at++; *at >= '0' && *at <= '9' && unit > 1; at++) {
            unit /= 10;
            part += (*at - '0') * unit;
            has_digits = true;
        }
    if (!has_digits || whole > WHOLE_MAX || (*at >= '0' && *at <= '9'))
        return NULL;
    *out = whole * MONEY_UNIT + part;
    return at;
}

int money_parse(const char *text, int64_t *out, struct err *e)
{
    const char *end = read_amount(text + (text[0] == '$'), out);
    if (end == NULL || *end != '\0')
        return err_set(e,
                       "\"%s\" is no amount of money: allowed are 5, $5, 0.25, from 0 "
                       "to %d, at most %d decimals",
                       text, WHOLE_MAX, DECIMALS);
    return 0;
}

int money_rate_parse(const char *text, int64_t *out_per_h, struct err *e)
{
    static const struct {
        const char *name;
        int64_t times, by;
    } rows[] = {{"/h", 1, 1}, {"/hour", 1, 1}, {"/min", 60, 1}, {"/d", 1, 24}};
    int64_t amount = 0;
    const char *end = read_amount(text + (text[0] == '$'), &amount);
    for (size_t i = 0; end != NULL && i < ARRAY_LEN(rows); i++) {
        if (strcmp(end, rows[i].name) != 0)
            continue;
        *out_per_h = money_times(amount, (uint64_t)rows[i].times) / rows[i].by;
        return 0;
    }
    return err_set(
        e, "\"%s\" is no rate of spending: allowed are $10/h, 0.5/min, 240/d", text);
}

/* From a unit on cents; below it three significant digits. */
static void put_number(char text[MONEY_TEXT], double units)
{
    double size = fabs(units);
    if (size >= 1e15) {
        (void)snprintf(text, MONEY_TEXT, "%.4g", units);
        return;
    }
    if (size >= 999.995) {
        char count[UNITS_TEXT];
        uint64_t cents = (uint64_t)llround(size * 100);
        (void)snprintf(text, MONEY_TEXT, "%s%s.%02" PRIu64, units < 0 ? "-" : "",
                       units_format_count(count, cents / 100), cents % 100);
        return;
    }
    int decimals = 2;
    for (double limit = 0.9995; size > 0 && size < limit && decimals < DECIMALS;
         limit /= 10)
        decimals++;
    (void)snprintf(text, MONEY_TEXT, "%.*f", decimals, units);
}

const char *money_format_units(char text[MONEY_TEXT], double units,
                               const char *currency)
{
    char number[MONEY_TEXT];
    bool is_usd = strcmp(currency, "USD") == 0;
    if (!isfinite(units)) {
        (void)snprintf(text, MONEY_TEXT, "n/a");
        return text;
    }
    put_number(number, fabs(units));
    (void)snprintf(text, MONEY_TEXT, "%s%s%.24s%s%.8s", units < 0 ? "-" : "",
                   is_usd ? "$" : "", number, is_usd ? "" : " ",
                   is_usd ? "" : currency);
    return text;
}

const char *money_format(char text[MONEY_TEXT], int64_t amount, const char *currency)
{
    if (amount != MONEY_MAX)
        return money_format_units(text, (double)amount / (double)MONEY_UNIT, currency);
    char limit[MONEY_TEXT];
    (void)snprintf(text, MONEY_TEXT, "> %.30s",
                   money_format_units(limit, WHOLE_MAX, currency));
    return text;
}

const char *money_exact(char text[MONEY_TEXT], int64_t amount)
{
    uint64_t size = amount < 0 ? (uint64_t)0 - (uint64_t)amount : (uint64_t)amount;
    int n =
        snprintf(text, MONEY_TEXT, "%s%" PRIu64 ".%012" PRIu64, amount < 0 ? "-" : "",
                 size / (uint64_t)MONEY_UNIT, size % (uint64_t)MONEY_UNIT);
    while (text[n - 1] == '0')
        text[--n] = '\0';
    if (text[n - 1] == '.')
        text[n - 1] = '\0';
    return text;
}
