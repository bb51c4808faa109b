/* Money: exact sums, texts for people, texts that are refused. */
#include "base/money.h"
#include "check.h"

static void amounts_are_read(void)
{
    static const struct {
        const char *name;
        int64_t amount; /* -1: refused */
    } rows[] = {
        {"5", 5 * MONEY_UNIT},
        {"$5", 5 * MONEY_UNIT},
        {"0", 0},
        {"0.000000000001", 1},
        {".5", MONEY_UNIT / 2},
        {"12.", 12 * MONEY_UNIT},
        {"9000000", 9000000 * MONEY_UNIT},
        {"9000001", -1},
        {"99999999999999999999", -1},
        {"0.0000000000001", -1},
        {"-1", -1},
        {"$-1", -1},
        {"$", -1},
        {"", -1},
        {".", -1},
        {"5$", -1},
        {"5 ", -1},
        {" 5", -1},
        {"1e3", -1},
        {"0x5", -1},
        {"nan", -1},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err e = {0};
        int64_t amount = 0;
        check_row = rows[i].name;
        int rc = money_parse(rows[i].name, &amount, &e);
        CHECK_INT(rc, rows[i].amount < 0 ? -1 : 0);
        CHECK(rc < 0 || amount == rows[i].amount);
        CHECK(rc == 0 || strstr(e.text, "no amount of money: allowed are") != NULL);
    }
}

static void rates_are_read(void)
{
    static const struct {
        const char *name;
        int64_t per_h; /* -1: refused */
    } rows[] = {
        {"$10/h", 10 * MONEY_UNIT},
        {"0.5/min", 30 * MONEY_UNIT},
        {"240/d", 10 * MONEY_UNIT},
        {"10/hour", 10 * MONEY_UNIT},
        {"10", -1},
        {"10/s", -1},
        {"/h", -1},
        {"-1/h", -1},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err e = {0};
        int64_t per_h = 0;
        check_row = rows[i].name;
        int rc = money_rate_parse(rows[i].name, &per_h, &e);
        CHECK_INT(rc, rows[i].per_h < 0 ? -1 : 0);
        CHECK(rc < 0 || per_h == rows[i].per_h);
    }
}

static void amounts_are_written(void)
{
    static const struct {
        const char *name;
        int64_t amount;
        const char *currency, *people, *exact;
    } rows[] = {
        {"nothing", 0, "USD", "$0.00", "0"},
        {"least", 1, "USD", "$0.000000000001", "0.000000000001"},
        {"below a cent", 123456789, "USD", "$0.000123", "0.000123456789"},
        {"just below one", 999 * MONEY_UNIT / 1000, "USD", "$0.999", "0.999"},
        {"one", MONEY_UNIT, "USD", "$1.00", "1"},
        {"cents", 12 * MONEY_UNIT + 345 * MONEY_UNIT / 1000, "USD", "$12.35", "12.345"},
        {"thousands", 1234567 * MONEY_UNIT + MONEY_UNIT / 2, "USD", "$1,234,567.50",
         "1234567.5"},
        {"negative", -MONEY_UNIT / 4, "USD", "-$0.250", "-0.25"},
        {"euro", 4 * MONEY_UNIT + MONEY_UNIT / 5, "EUR", "4.20 EUR", "4.2"},
        {"too much", MONEY_MAX, "USD", "> $9,000,000.00", "9223372.036854775807"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char text[MONEY_TEXT];
        check_row = rows[i].name;
        CHECK_STR(money_format(text, rows[i].amount, rows[i].currency), rows[i].people);
        CHECK_STR(money_exact(text, rows[i].amount), rows[i].exact);
    }
    char text[MONEY_TEXT];
    CHECK_STR(money_format_units(text, 0.0 / 0.0, "USD"), "n/a");
    CHECK_STR(money_format_units(text, 0.99996, "USD"), "$1.00");
    CHECK_STR(money_format_units(text, 1e18, "USD"), "$1e+18");
}

static void arithmetic_saturates(void)
{
    CHECK_INT(money_add(2, 3), 5);
    CHECK(money_add(MONEY_MAX, 1) == MONEY_MAX);
    CHECK(money_add(MONEY_MAX - 1, 1) == MONEY_MAX);
    CHECK_INT(money_times(150000, 7), 1050000);
    CHECK_INT(money_times(0, UINT64_MAX), 0);
    CHECK_INT(money_times(7, 0), 0);
    CHECK(money_times(MONEY_MAX, 2) == MONEY_MAX);
    CHECK(money_times(3, UINT64_MAX) == MONEY_MAX);
    CHECK(money_times(1, (uint64_t)MONEY_MAX) == MONEY_MAX);
}

int main(void)
{
    RUN(amounts_are_read);
    RUN(rates_are_read);
    RUN(amounts_are_written);
    RUN(arithmetic_saturates);
    return check_report();
}
