#include "check.h"
#include "fixtures/fault.h"
#include "fixtures/mock.h"

static const struct row {
    const char *text;
    const char *error; /* part of it; NULL: good */
    int64_t value;
    double share;
} rows[] = {
    {"status=500:5%", NULL, 500, 0.05},
    {"status=503", NULL, 503, 1},
    {"stall=2s:1%", NULL, 2000000000, 0.01},
    {"retry-after=250ms:0.5", NULL, 250000000, 0.5},
    {"reset:1%", NULL, 0, 0.01},
    {"truncate", NULL, 0, 1},
    {"reply=vllm400:20%", NULL, 0, 0.2},
    {"reply=nonesuch", "no such reply; gust mock --replies lists them", 0, 0},
    {"reply", "needs a value, as in reply=vllm400", 0, 0},
    {"explode", "no such kind as \"explode\"", 0, 0},
    {"", "no such kind", 0, 0},
    {"status", "needs a value", 0, 0},
    {"stall:1%", "needs a value, as in stall=2s", 0, 0},
    {"status=200", "not in 400..599", 0, 0},
    {"status=abc", "abc", 0, 0},
    {"stall=0s", "above 0", 0, 0},
    {"reset=1", "takes no value", 0, 0},
    {"reset:150%", "150%", 0, 0},
    {"reset:x", "x", 0, 0},
    {"status=503@60s+20s", NULL, 503, 1},
    {"status=503:5%@0s+1ms", NULL, 503, 0.05},
    {"reset@60s", "@60s is no window such as @60s+20s", 0, 0},
    {"reset@x+1s", "x", 0, 0},
    {"reset@1s+0s", "longer than 0s", 0, 0},
    {"reset@1s+1s:5%", "1s:5%", 0, 0},
    {"retry-after-date=-10m", NULL, -600000000000, 1},
    {"retry-after-text=soon", NULL, 0, 1},
    {"retry-after-text=s\roon", "printable", 0, 0},
    {"slow=2.5:10%", NULL, 2500, 0.1},
    {"slow=0", "not in 0.001..1000000", 0, 0},
    {"huge-event=64k", NULL, 65536, 1},
    {"huge-event=17m", "not in 1..16m", 0, 0},
    {"key-refused=old@60s+1d", NULL, KEY_OLD, 1},
    {"key-refused=mine", "none of old, new, any", 0, 0},
    {"memory=20000", NULL, 20000, 1},
    {"memory=0", "not in 1..1e12", 0, 0},
    {"loading:5%", "loading is of the server", 0, 0},
    {"closed@1s+1s", NULL, 0, 1},
    {"reset:after=20ev:5%", NULL, 0, 0.05},
    {"stall=1s:5%:after=2s:seed=9", NULL, 1000000000, 0.05},
    {"reset:after=20x", "20x", 0, 0},
    {"reset:after=ev", "no whole number", 0, 0},
    {"hang:after=20ev", "hang takes no after=", 0, 0},
    {"status=500:after=20ev", "status takes no after=", 0, 0},
    {"reset:seed=x", "x", 0, 0},
    {"status=503:80%@0s+5s/30s", NULL, 503, 0.8},
    {"status=503@0s+30s/30s", "ends before it does", 0, 0},
    {"status=503@0s+30s/x", "x", 0, 0},
};

static void texts(void)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct faults f = {0};
        struct err e = {0};
        check_row = rows[i].text;
        int rc = faults_add(&f, rows[i].text, &e);
        CHECK_INT(rc, rows[i].error ? -1 : 0);
        CHECK_INT(f.count, rows[i].error ? 0 : 1);
        if (rows[i].error) {
            CHECK(strstr(e.text, rows[i].error) != NULL);
            continue;
        }
        CHECK_INT(f.items[0].value, rows[i].value);
        CHECK_NEAR(f.items[0].share, rows[i].share, 1e-12);
    }
}

static void shares_of_all(void)
{
    struct faults f = {0};
    struct err e = {0};
    CHECK_INT(faults_add(&f, "reset:60%", &e), 0);
    CHECK_INT(faults_add(&f, "truncate:40%", &e), 0);
    CHECK_INT(faults_add(&f, "empty:1%", &e), -1);
    CHECK(strstr(e.text, "add up to 1.01") != NULL);
}

static void choice_is_a_function_of_seed_and_key(void)
{
    enum { N = 100000 };
    struct faults f = {0};
    struct err e = {0};
    size_t resets = 0, stalls = 0, differs = 0;
    CHECK_INT(faults_add(&f, "reset:5%", &e), 0);
    CHECK_INT(faults_add(&f, "stall=1s:1%", &e), 0);
    for (uint64_t key = 0; key < N; key++) {
        const struct fault *chosen = faults_choose(&f, 7, key, 0);
        resets += chosen == &f.items[0];
        stalls += chosen == &f.items[1];
        CHECK(chosen == faults_choose(&f, 7, key, 0));
        differs += chosen != faults_choose(&f, 8, key, 0);
    }
    CHECK_NEAR((double)resets / N, 0.05, 0.003); /* 4 sd */
    CHECK_NEAR((double)stalls / N, 0.01, 0.0013);
    CHECK(differs > N / 20);
}

static void windows(void)
{
    static const struct {
        int64_t at_s;
        int chosen; /* -1: none */
    } moments[] = {{0, -1}, {9, -1}, {10, 0},  {14, 0},
                   {15, 1}, {19, 1}, {20, -1}, {99, -1}};
    struct faults f = {0};
    struct err e = {0};
    CHECK_INT(faults_add(&f, "reset@10s+5s", &e), 0);
    CHECK_INT(faults_add(&f, "hang@15s+5s", &e), 0); /* 100 % again: they never meet */
    for (size_t i = 0; i < ARRAY_LEN(moments); i++) {
        const struct fault *chosen =
            faults_choose(&f, 7, 1, moments[i].at_s * NS_PER_S);
        CHECK(chosen == (moments[i].chosen < 0 ? NULL : &f.items[moments[i].chosen]));
    }
    CHECK_INT(faults_add(&f, "truncate:1%@19s+1s", &e), -1);
    CHECK(strstr(e.text, "add up to 1.01") != NULL);
    err_clear(&e);
    CHECK_INT(faults_add(&f, "truncate:1%", &e), -1); /* always meets them */
}

/* A window that comes again: 5 s of every 30. */
static void windows_that_come_again(void)
{
    struct faults f = {0};
    struct err e = {0};
    CHECK_INT(faults_add_at(&f, "reset@10s+5s/30s", 100 * NS_PER_S, &e), 0);
    const struct fault *item = &f.items[0];
    for (int64_t s = 0; s < 200; s++) {
        int64_t inside = s - 110;
        bool is_on = inside >= 0 && inside % 30 < 5;
        CHECK_INT(fault_is_on(item, s * NS_PER_S), is_on);
        CHECK((faults_choose(&f, 1, (uint64_t)s, s * NS_PER_S) == item) == is_on);
    }
    /* edges by walking: those times at which is_on changes */
    int64_t at_ns = 0;
    static const int64_t edges_s[] = {110, 115, 140, 145, 170};
    for (size_t i = 0; i < ARRAY_LEN(edges_s); i++) {
        at_ns = fault_edge_ns(item, at_ns);
        CHECK_INT(at_ns, edges_s[i] * NS_PER_S);
    }
    /* it meets any other, for all that is known */
    CHECK_INT(faults_add_at(&f, "hang@0s+1s", 0, &e), -1);
}

static void edges_of_a_window(void)
{
    struct faults f = {0};
    struct err e = {0};
    CHECK_INT(faults_add(&f, "reset@10s+5s", &e), 0);
    CHECK_INT(faults_add(&f, "hang:seed=3", &e), 0);
    CHECK(fault_edge_ns(&f.items[0], 0) == INT64_MAX); /* no request came yet */
    faults_begin(&f, 1000 * NS_PER_S);
    CHECK_INT(fault_edge_ns(&f.items[0], 0), 1010 * NS_PER_S);
    CHECK_INT(fault_edge_ns(&f.items[0], 1010 * NS_PER_S), 1015 * NS_PER_S);
    CHECK(fault_edge_ns(&f.items[0], 1015 * NS_PER_S) == INT64_MAX);
    CHECK(fault_edge_ns(&f.items[1], 0) == INT64_MAX); /* always on */
}

/* A fault with a seed of its own leaves the shares of the others alone, and strikes
 * other requests than they do. */
static void a_seed_of_its_own(void)
{
    enum { N = 20000 };
    struct faults f = {0};
    struct err e = {0};
    size_t own = 0, other = 0;
    CHECK_INT(faults_add(&f, "reset:50%:seed=5", &e), 0);
    CHECK_INT(faults_add(&f, "hang:100%", &e), 0);
    for (uint64_t key = 0; key < N; key++) {
        const struct fault *chosen = faults_choose(&f, 7, key, 0);
        CHECK(chosen != NULL);
        own += chosen == &f.items[0];
        other += chosen == &f.items[1];
    }
    CHECK_NEAR((double)own / N, 0.5, 0.0142); /* 4 sd */
    CHECK_INT(own + other, N);
}

static void set_and_forgotten(void)
{
    struct faults f = {0};
    struct err e = {0};
    CHECK_INT(faults_add(&f, "reset", &e), 0);
    CHECK_INT(faults_add(&f, "loading@0s+1s", &e), 0); /* of the server: no share */
    CHECK_INT(f.items[0].id, 1);
    CHECK_INT(f.items[1].id, 2);
    CHECK(faults_state(&f, STATE_LOADING, 0) == NULL); /* no request came yet */
    faults_begin(&f, 0);
    CHECK(faults_state(&f, STATE_LOADING, 0) == &f.items[1]);
    CHECK(faults_state(&f, STATE_LOADING, NS_PER_S) == NULL);
    CHECK(faults_state(&f, STATE_CLOSED, 0) == NULL);
    CHECK(!faults_remove(&f, 9));
    CHECK(faults_remove(&f, 1));
    CHECK_INT(f.count, 1);
    CHECK_INT(f.items[0].id, 2);
    CHECK_INT(faults_add(&f, "hang", &e), 0); /* the share is free again */
    CHECK_INT(f.items[1].id, 3);
    faults_count(&f, 3);
    CHECK_INT(f.items[1].struck, 1);
}

static void no_faults(void)
{
    struct faults f = {0};
    CHECK(faults_choose(&f, 1, 1, 0) == NULL);
}

/* Each kind leaves a mark on the plan, and no two the same. */
static void each_kind_changes_the_plan(void)
{
    struct plan plans[64] = {0};
    size_t count = 0;
    for (size_t i = 0; fault_row_at(i) && i < 64; i++) {
        struct fault f = {.row = fault_row_at(i), .value = 500};
        check_row = f.row->name;
        CHECK((f.row->apply == NULL) == (f.row->state != STATE_NONE));
        CHECK(strstr(command_mock.description, f.row->name) != NULL);
        if (f.row->apply == NULL)
            continue;
        f.row->apply(&f, &plans[i]);
        static const struct plan none = {0};
        CHECK(memcmp(&plans[i], &none, sizeof none) != 0);
        for (size_t k = 0; k < i; k++)
            CHECK(memcmp(&plans[i], &plans[k], sizeof none) != 0);
        count++;
    }
    CHECK(count >= 40);
}

static void statuses(void)
{
    struct faults f = {0};
    struct err e = {0};
    struct plan p = {0};
    CHECK_INT(faults_add(&f, "status=502", &e), 0);
    f.items[0].row->apply(&f.items[0], &p);
    CHECK_INT(p.status, 502);
    CHECK_INT(p.refusal, REFUSAL_GATEWAY);
}

int main(void)
{
    RUN(texts);
    RUN(shares_of_all);
    RUN(choice_is_a_function_of_seed_and_key);
    RUN(windows);
    RUN(windows_that_come_again);
    RUN(edges_of_a_window);
    RUN(a_seed_of_its_own);
    RUN(set_and_forgotten);
    RUN(no_faults);
    RUN(each_kind_changes_the_plan);
    RUN(statuses);
    return check_report();
}
