/*
 * What the server said, against sums by hand: which answers count for the window, what
 * a restart does, and where the time went.
 */
#include "check.h"

#include "base/base.h"
#include "judge/serverside.h"

#include <math.h>

static json_t *parsed(const char *text)
{
    struct err e = {0};
    json_t *object = json_parse(text, strlen(text), &e);
    CHECK_STR(e.text, "");
    return object;
}

/* A server whose queue grows: at t, 10 t requests have waited t s each. */
static void say(struct server_source *s, double t, double scale)
{
    char text[512];
    (void)snprintf(text, sizeof text,
                   "{\"t\":%.3f,\"family\":\"vllm\",\"queue\":%.0f,\"queue_sum\":%.3f,"
                   "\"queue_count\":%.0f,\"ttft_sum\":%.3f,\"ttft_count\":%.0f}",
                   t, t, scale * t * t, scale * 10 * t, scale * 2 * t * t,
                   scale * 10 * t);
    json_t *line = parsed(text);
    server_source_take(s, line, 10, 20, (struct ttft_sums){0});
    json_decref(line);
}

static struct ttft_window window_of(double mean_s, double n)
{
    return (struct ttft_window){mean_s, 0.5, n};
}

static void the_nearest_answers_count(void)
{
    struct serverside v = {0};
    struct server_source *s = serverside_source(&v, "u");
    for (int t = 0; t <= 30; t++)
        say(s, t == 0 ? 0 : t + 0.004, 1);
    CHECK(serverside_source(&v, "u") == s);
    CHECK_NEAR(s->first_s, 10.004, 1e-9);
    CHECK_NEAR(s->last_s, 20.004, 1e-9);
    CHECK_NEAR(server_source_since(s, SERVER_QUEUE_SUM),
               20.004 * 20.004 - 10.004 * 10.004, 0.01);
    CHECK_NEAR(server_source_since(s, SERVER_QUEUE_COUNT), 100, 1);
    CHECK_NEAR(server_source_mean(s, SERVER_QUEUE), 14.5, 0.01); /* 10 to 19 */
    CHECK_NEAR(server_source_max(s, SERVER_QUEUE), 19, 0);
    CHECK(isnan(server_source_mean(s, SERVER_KV_USE)));
    CHECK(isnan(server_source_since(s, SERVER_PREFILL_SUM)));
    serverside_release(&v);
}

/* A server that was asked late and went early: what there is counts. */
static void a_short_view_is_what_there_is(void)
{
    struct serverside v = {0};
    struct server_source *s = serverside_source(&v, "u");
    say(s, 13, 1);
    CHECK_NEAR(server_source_since(s, SERVER_QUEUE_SUM), 0, 0);
    say(s, 16, 1);
    CHECK_NEAR(s->first_s, 13, 0);
    CHECK_NEAR(s->last_s, 16, 0);
    CHECK_NEAR(server_source_since(s, SERVER_QUEUE_COUNT), 30, 0);
    serverside_release(&v);
}

static void a_restart_is_seen(void)
{
    struct serverside v = {0};
    struct server_source *s = serverside_source(&v, "before");
    say(s, 2, 1);
    say(s, 5, 0.1); /* before the window: nobody's concern */
    say(s, 10, 0.1);
    say(s, 20, 0.1);
    CHECK(!s->is_restarted);
    CHECK_NEAR(server_source_since(s, SERVER_QUEUE_COUNT), 10, 0);
    s = serverside_source(&v, "inside");
    say(s, 10, 1);
    say(s, 15, 0.1);
    say(s, 20, 0.1);
    CHECK(s->is_restarted);
    CHECK(isnan(server_source_since(s, SERVER_QUEUE_COUNT)));
    CHECK(time_split_of(s, window_of(1, 1)).source == NULL);
    serverside_release(&v);
}

static void time_is_split(void)
{
    struct serverside v = {0};
    struct server_source *s = serverside_source(&v, "u");
    say(s, 10, 1);
    say(s, 20, 1);
    struct time_split t = time_split_of(s, window_of(7, 90)); /* of 100 requests */
    CHECK(t.source == s);
    CHECK_NEAR(t.queue, 3, 1e-9);
    CHECK_NEAR(t.server, 6, 1e-9);
    CHECK_NEAR(t.prefill, 3, 1e-9); /* of its own TTFT what is not queue */
    CHECK_NEAR(t.rest, 1, 1e-9);
    CHECK_NEAR(t.server_count, 100, 0);
    CHECK_NEAR(t.doubt, (10 + 2 + 0.02 * 9) * 0.5 / 90, 1e-9); /* 10 are not in both */
    CHECK(time_split_is_resolved(&t));
    json_t *line = parsed("{\"t\":20,\"prefill_sum\":1,\"prefill_count\":1}");
    server_source_take(s, line, 10, 20, (struct ttft_sums){0});
    json_decref(line);
    CHECK_NEAR(time_split_of(s, window_of(7, 90)).prefill, 3, 1e-9); /* no difference */
    CHECK(time_split_of(s, window_of((double)NAN, 0)).source == NULL); /* no TTFT */
    CHECK(time_split_of(NULL, window_of(7, 90)).source == NULL);
    serverside_release(&v);
}

/* Ten requests a second, each 1 s in the server, of which 20 ms in the queue, and 1 ms
 * on the way; from 15 s on the queue takes 1 s. Those due in the window from 10 s to
 * 20 s end from 11 s to 21 s: over these the client's mean is another one. */
static void the_same_requests_are_compared(void)
{
    struct serverside v = {0};
    struct server_source *s = serverside_source(&v, "u");
    double queue_sum = 0, prefill_sum = 0, n = 0;
    for (int t = 0; t < 25; t++) {
        char text[256];
        (void)snprintf(text, sizeof text,
                       "{\"t\":%d.004,\"queue_sum\":%.3f,\"queue_count\":%.0f,"
                       "\"prefill_sum\":%.3f,\"prefill_count\":%.0f}",
                       t, queue_sum, n, prefill_sum, n);
        json_t *line = parsed(text);
        server_source_take(s, line, 10, 20, client_sums_at(&v.client, t + 0.004));
        json_decref(line);
        double queue = t < 15 ? 0.02 : 1;
        queue_sum += 10 * queue;
        prefill_sum += 10 * 0.5;
        n += 10;
        client_sums_add(&v.client, t, (struct ttft_sums){4 * (queue + 0.501), 4});
        client_sums_add(&v.client, t, (struct ttft_sums){6 * (queue + 0.501), 6});
    }
    /* due in the window: more of the first kind, so less than queue and prefill */
    struct ttft_window due = {0.9 * 0.5 + 0.501, 0.49, 100};
    struct time_split t = time_split_of(s, due);
    CHECK_NEAR(t.client, 0.51 + 0.501, 1e-9);
    CHECK_NEAR(t.client_count, 100, 0);
    CHECK_NEAR(t.server_count, 100, 0);
    CHECK_NEAR(t.rest, 0.001, 1e-9);
    CHECK_NEAR(t.doubt, (2 + 0.02 * 10) * 0.49 / 100, 1e-9);
    CHECK(!time_split_is_resolved(&t)); /* 1 ms of 10.8 */
    serverside_release(&v);
}

/* Seconds that a late collector left out, and ones long gone. */
static void sums_are_known_at_seconds(void)
{
    static const struct {
        double at_s, n;
    } rows[] = {{37, 37}, {38, 38}, {38.999, 38}, {40, 38}, {41.5, 38}, {42, 40}};
    struct client_sums c = {0};
    CHECK_NEAR(client_sums_at(&c, 0).n, 0, 0);
    for (int t = 0; t < 38; t++)
        client_sums_add(&c, t, (struct ttft_sums){2, 1});
    client_sums_add(&c, 41, (struct ttft_sums){4, 2});
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CHECK_NEAR(client_sums_at(&c, rows[i].at_s).n, rows[i].n, 0);
        CHECK_NEAR(client_sums_at(&c, rows[i].at_s).s, 2 * rows[i].n, 0);
    }
}

/* The share found since the last answer; a server's own word for it goes first. */
static void hits_since_the_last_answer(void)
{
    static const struct {
        const char *line;
        double share; /* -1: not known */
    } rows[] = {
        {"{\"cache_queries\":1000,\"cache_hits\":900}", -1}, /* nothing to compare */
        {"{\"cache_queries\":1400,\"cache_hits\":1000}", 0.25},
        {"{\"cache_queries\":1400,\"cache_hits\":1000}", -1}, /* nobody asked */
        {"{\"cache_queries\":200,\"cache_hits\":10}", -1},    /* started anew */
        {"{\"cache_queries\":300,\"cache_hits\":110}", 1},
        {"{\"cache_hit_rate\":0.5}", 0.5},
        {"{\"queue\":1}", -1},
    };
    struct serverside v = {0};
    struct server_source *s = serverside_source(&v, "u");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        json_t *line = parsed(rows[i].line);
        double share = server_source_hits(s, line);
        check_row = rows[i].line;
        CHECK_NEAR(isnan(share) ? -1 : share, rows[i].share, 1e-12);
        json_decref(line);
    }
    check_row = NULL;
    serverside_release(&v);
}

static void silence_is_kept(void)
{
    struct serverside v = {0};
    json_t *row = parsed("{\"url\":\"u\",\"ok\":3,\"failed\":4,"
                         "\"first_failed_s\":2.5,\"silent_since_s\":null,"
                         "\"error\":\"HTTP 500\"}");
    serverside_asked(&v, row);
    json_decref(row);
    struct server_source *s = serverside_source(&v, "u");
    CHECK_INT(v.source_count, 1);
    CHECK_INT(s->failed, 4);
    CHECK_NEAR(s->failed_at_s, 2.5, 0);
    CHECK(isnan(s->silent_at_s));
    CHECK_STR(s->why, "HTTP 500");
    serverside_release(&v);
}

static void budgets_add_up(void)
{
    static const char *const lines[] = {
        "{\"of\":\"requests\",\"window_s\":60,\"limit\":60,\"remaining\":9,"
        "\"remaining_min\":9}",
        "{\"of\":\"requests\",\"window_s\":60,\"limit\":null,\"remaining\":20,"
        "\"remaining_min\":4}",
        "{\"of\":\"requests\",\"window_s\":null,\"limit\":5,\"remaining\":null,"
        "\"remaining_min\":null}",
        "{\"of\":\"requests\",\"window_s\":null,\"limit\":6}",
        "{\"of\":\"a name that is far too long\"}",
    };
    struct serverside v = {0};
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        json_t *budget = parsed(lines[i]);
        CHECK_INT(serverside_budget(&v, budget) != NULL, i < 4);
        json_decref(budget);
    }
    CHECK_INT(v.budget_count, 2);
    CHECK_NEAR(v.budgets[0].limit, 60, 0);
    CHECK_NEAR(v.budgets[0].remaining, 20, 0);
    CHECK_NEAR(v.budgets[0].remaining_min, 4, 0);
    CHECK_NEAR(v.budgets[1].limit, 6, 0);
    CHECK(isnan(v.budgets[1].remaining_min));
    serverside_release(&v);
}

static void places_are_bounded(void)
{
    struct serverside v = {0};
    char name[16];
    for (int i = 0; i < 2 * SOURCES_SHOWN; i++) {
        (void)snprintf(name, sizeof name, "u%d", i);
        CHECK_INT(serverside_source(&v, name) != NULL, i < SOURCES_SHOWN);
    }
    serverside_release(&v);
}

int main(void)
{
    RUN(the_nearest_answers_count);
    RUN(the_same_requests_are_compared);
    RUN(sums_are_known_at_seconds);
    RUN(hits_since_the_last_answer);
    RUN(silence_is_kept);
    RUN(a_short_view_is_what_there_is);
    RUN(a_restart_is_seen);
    RUN(time_is_split);
    RUN(budgets_add_up);
    RUN(places_are_bounded);
    return check_report();
}
