/*
 * Money as whole pico-units of a currency (10^-12), so that sums of token prices
 * are exact: $0.15 per million tokens is 150,000 pico-dollars a token.
 *
 * Arithmetic saturates at MONEY_MAX (9.2 million units), which prints as "more
 * than": a guard that is asked for more than it can count says no.
 */
#ifndef GUST_MONEY_H
#define GUST_MONEY_H

#include "base/buf.h"
#include "base/err.h"

#define MONEY_UNIT INT64_C(1000000000000)
#define MONEY_MAX INT64_MAX

/* Both of non-negative operands. */
int64_t money_add(int64_t a, int64_t b);
int64_t money_times(int64_t price, uint64_t count);

/* "5", "$5", "5.25", "0.001": not negative, at most 9,000,000 and 12 decimals. */
MUST_CHECK int money_parse(const char *text, int64_t *out, struct err *e);

/* The same per time: "$10/h", "0.5/min", "240/d" -> per hour. */
MUST_CHECK int money_rate_parse(const char *text, int64_t *out_per_h, struct err *e);

/* Room for any text of money_format, with its NUL. */
#define MONEY_TEXT 40

/* For people: cents from a unit on, three significant digits below it; "$" for
 * "USD", else the code behind: "$12.34", "$0.00123", "4.20 EUR". */
const char *money_format(char text[MONEY_TEXT], int64_t amount, const char *currency);
/* The same of what is no whole number of pico-units: means, projections. "n/a"
 * when it is not finite. */
const char *money_format_units(char text[MONEY_TEXT], double units,
                               const char *currency);

/* The exact decimal number, as short as it can be: "0.0001234". */
const char *money_exact(char text[MONEY_TEXT], int64_t amount);

#endif
