/* Alerts: a script of looks, and in which of them it fires and ends. */
#include "policy/alert.h"

#include "base/base.h"
#include "check.h"

static void fires_and_ends(void)
{
    static const struct {
        const char *name;
        const char *looks;   /* 1: above the limit of 5, by one; 0: at it */
        const char *changes; /* f: fires, e: ends, of the same look; . nothing */
    } rows[] = {
        {"nothing", "00000000", "........"},
        {"above it all the time", "11111111", "..f....."},
        {"two are not enough", "11011011", "........"},
        {"ends after three at it", "1110001", "..f..e."},
        {"a dip is no end", "1111001111000", "..f.........e"},
        {"fires again", "111000111", "..f..e..f"},
        {"a return that is too short", "11100011000", "..f..e....."},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct alert a = {0};
        bool is_firing = false;
        check_row = rows[i].name;
        CHECK_INT(strlen(rows[i].looks), strlen(rows[i].changes));
        for (size_t k = 0; rows[i].looks[k] != '\0'; k++) {
            char wanted = rows[i].changes[k];
            enum alert_change change =
                alert_note(&a, rows[i].looks[k] == '1' ? 6 : 5, 5, 3);
            is_firing = wanted == 'f' || (is_firing && wanted != 'e');
            CHECK_INT(change, wanted == 'f'   ? ALERT_FIRES
                              : wanted == 'e' ? ALERT_ENDS
                                              : ALERT_SAME);
            CHECK_INT(a.is_firing, is_firing);
        }
    }
}

static void the_table_is_the_sources(void)
{
    CHECK_STR(alert_rows[ALERT_SPEND].name, "spend");
    CHECK_STR(alert_rows[ALERT_SPEND].priority, "P3");
    CHECK_INT(alert_rows[ALERT_SPEND].limit, 10 * INT64_C(1000000000000));
    CHECK_INT(alert_rows[ALERT_SPEND].looks, 5);
}

int main(void)
{
    RUN(fires_and_ends);
    RUN(the_table_is_the_sources);
    return check_report();
}
