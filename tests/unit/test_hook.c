/* Hooks: facts arrive, exit codes are seen, quotes stay the user's. */
#include "command/hook.h"

#include "check.h"

static void facts_arrive_and_codes_are_seen(void)
{
    static const struct hook_fact facts[] = {
        {"GUST_WEIGHT", "25"},
        {"GUST_CANARY", "http://h/$(touch /tmp/never); 'x'"},
    };
    static const struct {
        const char *command, *error; /* NULL: fine */
    } rows[] = {
        {"test \"$GUST_WEIGHT\" = 25", NULL},
        {"test \"$GUST_CANARY\" = \"http://h/\\$(touch /tmp/never); 'x'\"", NULL},
        {"exit 7", "\"exit 7\" ended with exit code 7"},
        {"kill -9 $$", "\"kill -9 $$\" was ended by signal 9"},
        {"no-such-command-here 2>/dev/null",
         "\"no-such-command-here 2>/dev/null\" ended with exit code 127"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err e = {0};
        check_row = rows[i].command;
        CHECK_INT(hook_run(rows[i].command, facts, ARRAY_LEN(facts), &e),
                  rows[i].error ? -1 : 0);
        CHECK_STR(e.text, rows[i].error ? rows[i].error : "");
    }
}

int main(void)
{
    RUN(facts_arrive_and_codes_are_seen);
    return check_report();
}
