/* The weights of a rollout: rising whole percents, or one clear error. */
#include "command/rollout.h"

#include "check.h"

static void steps(void)
{
    static const struct {
        const char *text;
        size_t count; /* 0: refused */
        unsigned last;
    } rows[] = {
        {"100", 1, 100}, {"5,10,25,50,100", 5, 100},
        {"1,2", 2, 2},   {"", 0, 0},
        {"0", 0, 0},     {"101", 0, 0},
        {"10,10", 0, 0}, {"50,10", 0, 0},
        {"5,", 0, 0},    {",5", 0, 0},
        {"5;10", 0, 0},  {"-5", 0, 0},
        {"5, 10", 0, 0}, {"1,2,3,4,5,6,7,8,9", 0, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err e = {0};
        unsigned out[8];
        size_t count = 0;
        check_row = rows[i].text;
        int rc = rollout_steps(rows[i].text, out, ARRAY_LEN(out), &count, &e);
        CHECK_INT(rc, rows[i].count ? 0 : -1);
        CHECK(rc < 0 ? strstr(e.text, "--steps") != NULL : count == rows[i].count);
        CHECK(rc < 0 || out[count - 1] == rows[i].last);
    }
}

int main(void)
{
    RUN(steps);
    return check_report();
}
