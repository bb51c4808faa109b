/* When a run must be confirmed, and what counts as this machine. */
#include "command/afford.h"

#include "check.h"

#include <math.h>

static void questions_are_asked_when_it_costs(void)
{
    static const struct {
        const char *name;
        double worst, budget; /* worst -1: not known */
        bool is_local, is_paid, is_confirmed;
        enum afford_question expected;
    } rows[] = {
        {"cheap", 0.99, 0, false, true, false, AFFORD_GO},
        {"exactly the limit", 1.0, 0, false, true, false, AFFORD_GO},
        {"dear", 1.01, 0, false, true, false, AFFORD_ASK},
        {"dear, on loopback", 100, 0, true, true, false, AFFORD_GO},
        {"dear, confirmed", 100, 0, false, true, true, AFFORD_GO},
        {"dear, capped", 100, 0.5, false, true, false, AFFORD_GO},
        {"dear, capped high", 100, 5, false, true, false, AFFORD_ASK},
        {"nobody charges", 100, 0, false, false, false, AFFORD_GO},
        {"not known", -1, 0, false, true, false, AFFORD_ASK},
        {"not known, capped", -1, 1, false, true, false, AFFORD_GO},
        {"not known, on loopback", -1, 0, true, true, false, AFFORD_GO},
        {"not known, confirmed", -1, 0, false, true, true, AFFORD_GO},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        double worst = rows[i].worst < 0 ? (double)NAN : rows[i].worst;
        check_row = rows[i].name;
        CHECK_INT(afford_question(worst, rows[i].budget, rows[i].is_local,
                                  rows[i].is_paid, rows[i].is_confirmed),
                  rows[i].expected);
    }
}

static void loopback_is_local(void)
{
    static const struct {
        const char *name;
        bool is_local;
    } rows[] = {
        {"http://127.0.0.1:8000", true},
        {"http://127.1.2.3/v1", true},
        {"https://localhost", true},
        {"http://LOCALHOST:80/", true},
        {"http://[::1]:8000/v1", true},
        {"http://user:word@localhost:1", true},
        {"https://api.mistral.ai", false},
        {"http://10.0.0.1:8000", false},
        {"http://localhost.example.com", false},
        {"http://127.example.com", false},
        {"http://localhost@api.example.com/", false},
        {"http://example.com/@localhost", false},
        {"http://example.com?@127.0.0.1", false},
        {"http://[::11]", false},
        {"http://0.0.0.0", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].name;
        CHECK_INT(afford_is_local(rows[i].name), rows[i].is_local);
    }
}

int main(void)
{
    RUN(questions_are_asked_when_it_costs);
    RUN(loopback_is_local);
    return check_report();
}
