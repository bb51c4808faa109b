/* Guards: when a run ends before its time. */
#include "policy/guard.h"

#include "base/base.h"
#include "check.h"

static void first_outcomes(void)
{
    static const struct {
        const char *name;
        enum outcome outcomes[6];
        size_t count;
        int stops_at; /* index of the outcome that stops, -1: none does */
    } rows[] = {
        {"a refused key stops at once", {OUTCOME_AUTH_401}, 1, 0},
        {"one 404 may be chance", {OUTCOME_NOT_FOUND_404}, 1, -1},
        {"three in a row are not",
         {OUTCOME_NOT_FOUND_404, OUTCOME_HTTP_400, OUTCOME_VALIDATION_422},
         3,
         2},
        {"a success before ends the watch",
         {OUTCOME_OK, OUTCOME_NOT_FOUND_404, OUTCOME_NOT_FOUND_404,
          OUTCOME_NOT_FOUND_404, OUTCOME_AUTH_401},
         5,
         -1},
        {"other failures break the streak",
         {OUTCOME_NOT_FOUND_404, OUTCOME_NOT_FOUND_404, OUTCOME_SERVER_500,
          OUTCOME_NOT_FOUND_404},
         4,
         -1},
        {"a dead server is a configuration error",
         {OUTCOME_CONNECT_REFUSED, OUTCOME_CONNECT_REFUSED, OUTCOME_CONNECT_REFUSED},
         3,
         2},
        {"what was not sent says nothing",
         {OUTCOME_NOT_FOUND_404, OUTCOME_SHED, OUTCOME_NOT_FOUND_404},
         3,
         -1},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct guard g = {0};
        int stopped = -1;
        check_row = rows[i].name;
        for (size_t k = 0; k < rows[i].count && stopped < 0; k++)
            if (guard_note(&g, rows[i].outcomes[k]))
                stopped = (int)k;
        CHECK_INT(stopped, rows[i].stops_at);
    }
}

static void share_of_failures(void)
{
    CHECK(!guard_share(99, 99, 0.5)); /* too few to judge */
    CHECK(guard_share(100, 51, 0.5));
    CHECK(!guard_share(100, 50, 0.5));  /* at the limit is within it */
    CHECK(!guard_share(1000, 1000, 0)); /* never */
}

int main(void)
{
    RUN(first_outcomes);
    RUN(share_of_failures);
    return check_report();
}
