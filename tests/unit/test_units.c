/* Text with units, both ways. */
#include "base/units.h"

#include "check.h"

static void durations(void)
{
    static const struct {
        const char *text;
        int64_t ns; /* -1: refused */
    } rows[] = {
        {"250ms", 250000000},
        {"90s", 90000000000},
        {"5m", 300000000000},
        {"2h", 7200000000000},
        {"1d", 86400000000000},
        {"1.5s", 1500000000},
        {"10", 10000000000},
        {"0", 0},
        {"7us", 7000},
        {"3ns", 3},
        {"", -1},
        {"-1s", -1},
        {" 1s", -1},
        {"1 s", -1},
        {"1x", -1},
        {"0x10s", -1},
        {"inf", -1},
        {"nan", -1},
        {"1e99s", -1},
        {"s", -1},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err e = {0};
        int64_t ns = -1;
        check_row = rows[i].text;
        int rc = units_duration(rows[i].text, &ns, &e);
        CHECK_INT(rc, rows[i].ns < 0 ? -1 : 0);
        CHECK_INT(ns, rows[i].ns);
        CHECK(rc == 0 || strstr(e.text, rows[i].text) != NULL);
    }
}

static void rates_sizes_shares(void)
{
    struct err e = {0};
    double d = 0;
    uint64_t u = 0;
    CHECK(units_rate("20/s", &d, &e) == 0 && d == 20);
    CHECK(units_rate("600/min", &d, &e) == 0 && d == 10);
    CHECK(units_rate("5", &d, &e) == 0 && d == 5);
    CHECK(units_rate("5/x", &d, &e) < 0);
    err_clear(&e);
    CHECK(units_size("4k", &u, &e) == 0 && u == 4096);
    CHECK(units_size("1g", &u, &e) == 0 && u == 1u << 30);
    CHECK(units_size("k", &u, &e) < 0);
    err_clear(&e);
    CHECK(units_share("5%", &d, &e) == 0 && d == 0.05);
    CHECK(units_share("0.5", &d, &e) == 0 && d == 0.5);
    CHECK(units_share("101%", &d, &e) < 0);
    err_clear(&e);
    CHECK(units_u64("18446744073709551615", &u, &e) == 0 && u == UINT64_MAX);
    CHECK(units_u64("18446744073709551616", &u, &e) < 0);
    err_clear(&e);
    CHECK(units_u64("-1", &u, &e) < 0);
    err_clear(&e);
    CHECK(units_double("-2.5", &d, &e) == 0 && d == -2.5);
}

static void times_are_printed_with_three_digits(void)
{
    static const struct {
        int64_t ns;
        const char *text;
    } rows[] = {
        {0, "0 ms"},
        {500, "0.5 us"},
        {1500, "1.5 us"},
        {812000, "812 us"},
        {999600, "1.00 ms"},
        {12400000, "12.4 ms"},
        {999600000, "1.00 s"},
        {1830000000, "1.83 s"},
        {99960000000, "100 s"},
        {125000000000, "2 min 5 s"},
        {7500000000000, "2 h 5 min"},
        {-12400000, "-12.4 ms"},
    };
    char text[UNITS_TEXT];
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        CHECK_STR(units_format_ns(text, rows[i].ns), rows[i].text);
}

static void counts_bytes_and_rates_are_printed(void)
{
    char t[UNITS_TEXT];
    CHECK_STR(units_format_count(t, 0), "0");
    CHECK_STR(units_format_count(t, 999), "999");
    CHECK_STR(units_format_count(t, 1234567), "1,234,567");
    CHECK_STR(units_format_count(t, UINT64_MAX), "18,446,744,073,709,551,615");
    CHECK_STR(units_format_bytes(t, 512), "512 B");
    CHECK_STR(units_format_bytes(t, 1400000), "1.40 MB");
    CHECK_STR(units_format_rate(t, 0.123), "0.12");
    CHECK_STR(units_format_rate(t, 12.34), "12.3");
    CHECK_STR(units_format_rate(t, 123.4), "123");
    CHECK_STR(units_format_rate(t, 1234.4), "1,234");
}

static void utc_is_told(void)
{
    char t[UNITS_TEXT];
    CHECK_STR(units_format_utc(t, 0), "1970-01-01T00:00:00Z");
    CHECK_STR(units_format_utc(t, INT64_C(951782400) * NS_PER_S + 999999999),
              "2000-02-29T00:00:00Z");
    CHECK_STR(units_format_utc(t, INT64_MAX), "2262-04-11T23:47:16Z");
    CHECK_STR(units_format_utc(t, INT64_MIN), "1677-09-21T00:12:44Z");
}

int main(void)
{
    RUN(durations);
    RUN(rates_sizes_shares);
    RUN(times_are_printed_with_three_digits);
    RUN(counts_bytes_and_rates_are_printed);
    RUN(utc_is_told);
    return check_report();
}
