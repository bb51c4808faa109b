/* Which failures are tried again, and when. */
#include "policy/retry.h"

#include "check.h"

#define S NS_PER_S
#define MS NS_PER_MS

/* Two retries after 1 s and 2 s of a 503; Retry-After up to 10 s. */
static const struct retry_rule usual = {
    .attempts = 3,
    .on = OUTCOME_BIT(OUTCOME_UNAVAILABLE_503) | OUTCOME_BIT(OUTCOME_TRUNCATED),
    .backoff = {S, 8 * S, 2, JITTER_NONE, 0, 0},
    .retry_after = {.is_honoured = true, .max_ns = 10 * S},
};

static struct retry_facts failure(void)
{
    return (struct retry_facts){.outcome = OUTCOME_UNAVAILABLE_503,
                                .attempts = 1,
                                .due_ns = 100 * S,
                                .now_ns = 101 * S,
                                .deadline_ns = INT64_MAX,
                                .retry_after_ns = -1};
}

static void usual_cases(void)
{
    static const struct {
        const char *name;
        enum outcome outcome;
        bool saw_content;
        unsigned attempts;
        int64_t told_ms, deadline_s; /* since the failure; -1: none */
        enum retry_why why;
        int64_t delay_ms;
    } rows[] = {
        {"first", OUTCOME_UNAVAILABLE_503, false, 1, -1, -1, RETRY_YES, 1000},
        {"second", OUTCOME_UNAVAILABLE_503, false, 2, -1, -1, RETRY_YES, 2000},
        {"third", OUTCOME_UNAVAILABLE_503, false, 3, -1, -1, RETRY_ATTEMPTS, 0},
        {"a refused key", OUTCOME_AUTH_401, false, 1, -1, -1, RETRY_NOT_THIS, 0},
        {"a success", OUTCOME_OK, true, 1, -1, -1, RETRY_NOT_THIS, 0},
        {"content was seen", OUTCOME_TRUNCATED, true, 1, -1, -1, RETRY_CONTENT, 0},
        {"no content yet", OUTCOME_TRUNCATED, false, 1, -1, -1, RETRY_YES, 1000},
        {"told", OUTCOME_UNAVAILABLE_503, false, 1, 300, -1, RETRY_YES, 300},
        {"told 0", OUTCOME_UNAVAILABLE_503, false, 1, 0, -1, RETRY_YES, 1000},
        {"told too much", OUTCOME_UNAVAILABLE_503, false, 1, 10001, -1, RETRY_YES,
         1000},
        {"told the most", OUTCOME_UNAVAILABLE_503, false, 1, 10000, -1, RETRY_YES,
         10000},
        {"deadline after", OUTCOME_UNAVAILABLE_503, false, 2, -1, 3, RETRY_YES, 2000},
        {"deadline then", OUTCOME_UNAVAILABLE_503, false, 2, -1, 2, RETRY_DEADLINE, 0},
        {"deadline before", OUTCOME_UNAVAILABLE_503, false, 1, 9000, 5, RETRY_DEADLINE,
         0},
        {"deadline gone", OUTCOME_UNAVAILABLE_503, false, 1, -1, 0, RETRY_DEADLINE, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct retry_facts f = failure();
        int64_t delay = -1;
        check_row = rows[i].name;
        f.outcome = rows[i].outcome;
        f.saw_content = rows[i].saw_content;
        f.attempts = rows[i].attempts;
        f.retry_after_ns = rows[i].told_ms < 0 ? -1 : rows[i].told_ms * MS;
        if (rows[i].deadline_s >= 0)
            f.deadline_ns = f.now_ns + rows[i].deadline_s * S;
        CHECK_INT(retry_decide(&usual, &f, 0.5, 0.5, &delay), rows[i].why);
        CHECK_INT(delay, rows[i].delay_ms * MS);
    }
}

static void what_the_server_says(void)
{
    static const struct {
        const char *name;
        struct retry_after_rule rule;
        int64_t told_ms;
        enum retry_why why;
        int64_t delay_ms;
    } rows[] = {
        {"not honoured",
         {false, false, 0, RETRY_AFTER_IGNORE, 0},
         5000,
         RETRY_YES,
         1000},
        {"no limit",
         {true, false, 0, RETRY_AFTER_IGNORE, 0},
         3600000,
         RETRY_YES,
         3600000},
        {"cap", {true, false, 2 * S, RETRY_AFTER_CAP, 0}, 5000, RETRY_YES, 2000},
        {"stop", {true, false, 2 * S, RETRY_AFTER_STOP, 0}, 5000, RETRY_TOLD_NOT, 0},
        {"least, shorter",
         {true, true, 0, RETRY_AFTER_IGNORE, 0},
         500,
         RETRY_YES,
         1000},
        {"least, longer",
         {true, true, 0, RETRY_AFTER_IGNORE, 0},
         1500,
         RETRY_YES,
         1500},
        {"jitter", {true, false, 0, RETRY_AFTER_IGNORE, 0.1}, 1000, RETRY_YES, 1050},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct retry_facts f = failure();
        struct retry_rule rule = usual;
        int64_t delay = -1;
        check_row = rows[i].name;
        rule.retry_after = rows[i].rule;
        f.retry_after_ns = rows[i].told_ms * MS;
        CHECK_INT(retry_decide(&rule, &f, 0.5, 0.5, &delay), rows[i].why);
        CHECK_INT(delay, rows[i].delay_ms * MS);
    }
    struct retry_facts absurd = failure();
    int64_t delay = -1;
    struct retry_rule rule = usual;
    rule.retry_after = (struct retry_after_rule){.is_honoured = true, .jitter = 1};
    absurd.retry_after_ns = INT64_MAX;
    CHECK_INT(retry_decide(&rule, &absurd, 0.5, 0.9, &delay), RETRY_DEADLINE);
}

static void elapsed_time_and_other_endpoints(void)
{
    struct retry_facts f = failure(); /* 1 s after it was due */
    struct retry_rule rule = usual;
    int64_t delay = -1;
    rule.max_elapsed_ns = 2 * S;
    CHECK_INT(retry_decide(&rule, &f, 0.5, 0.5, &delay), RETRY_DEADLINE);
    rule.max_elapsed_ns = 2 * S + 1;
    CHECK_INT(retry_decide(&rule, &f, 0.5, 0.5, &delay), RETRY_YES);
    CHECK_INT(delay, S);
    f.is_elsewhere = true;
    f.retry_after_ns = 5 * S; /* said by the other one */
    CHECK_INT(retry_decide(&rule, &f, 0.5, 0.5, &delay), RETRY_YES);
    CHECK_INT(delay, 0);
}

int main(void)
{
    RUN(usual_cases);
    RUN(what_the_server_says);
    RUN(elapsed_time_and_other_endpoints);
    return check_report();
}
