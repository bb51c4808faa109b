/* Which of our own timeouts has passed: rows of limits, what was seen, and when. */
#include "engine/deadline.h"

#include "check.h"
#include "measure/sample.h"

#define S NS_PER_S

static const struct timers all = {
    .connect_ns = 1, .ttft_ns = 10 * S, .stall_ns = 5 * S, .total_ns = 60 * S};
static const struct timers none = {0};

static const struct {
    const char *name;
    const struct timers *timers;
    bool is_stream;
    int64_t first_s, last_s; /* content, since the wire start; -1: none yet */
    int64_t age_ns;
    enum timer_fired expected;
} rows[] = {
    {"nothing yet", &all, true, -1, -1, 10 * S - 1, TIMER_NONE},
    {"no first token", &all, true, -1, -1, 10 * S, TIMER_TTFT},
    {"first token came", &all, true, 9, 9, 14 * S - 1, TIMER_NONE},
    {"then silence", &all, true, 9, 9, 14 * S, TIMER_STALL},
    {"later silence", &all, true, 9, 30, 35 * S, TIMER_STALL},
    {"tokens all the time", &all, true, 9, 59, 60 * S - 1, TIMER_NONE},
    {"too long in all", &all, true, 9, 59, 60 * S, TIMER_TOTAL},
    {"the total outranks", &all, true, -1, -1, 60 * S, TIMER_TOTAL},
    {"one body has no tokens", &all, false, -1, -1, 59 * S, TIMER_NONE},
    {"one body too long", &all, false, -1, -1, 60 * S, TIMER_TOTAL},
    {"no limits", &none, true, -1, -1, 1000000 * S, TIMER_NONE},
    {"no limits, silence", &none, true, 1, 1, 1000000 * S, TIMER_NONE},
};

static void rows_hold(void)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int64_t wire_ns = 3 * S, first = rows[i].first_s, last = rows[i].last_s;
        struct exchange x = {
            .ask.is_stream = rows[i].is_stream,
            .wire_ns = wire_ns,
            .first_content_ns = first < 0 ? SAMPLE_UNDEFINED : wire_ns + first * S,
            .last_content_ns = last < 0 ? SAMPLE_UNDEFINED : wire_ns + last * S,
        };
        check_row = rows[i].name;
        CHECK_INT(deadline_passed(rows[i].timers, &x, wire_ns + rows[i].age_ns),
                  rows[i].expected);
    }
}

int main(void)
{
    RUN(rows_hold);
    return check_report();
}
