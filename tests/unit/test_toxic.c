/* Texts of toxics, and their places. */
#include "check.h"
#include "fixtures/toxic.h"

static const struct row {
    const char *text;
    const char *error; /* NULL: it is good */
    const char *kind;
    enum toxic_stream stream;
    int64_t values[TOXIC_VALUES];
    uint64_t after_bytes, after_events;
} rows[] = {
    {"latency=200ms:jitter=50ms",
     NULL,
     "latency",
     STREAM_DOWN,
     {200 * NS_PER_MS, 50 * NS_PER_MS, 0},
     0,
     0},
    {"latency:jitter=50ms:up:5%",
     NULL,
     "latency",
     STREAM_UP,
     {0, 50 * NS_PER_MS, 0},
     0,
     0},
    {"latency:latency=1s", NULL, "latency", STREAM_DOWN, {NS_PER_S, 0, 0}, 0, 0},
    {"bandwidth=4k", NULL, "bandwidth", STREAM_DOWN, {4096, 0, 0}, 0, 0},
    {"bandwidth", NULL, "bandwidth", STREAM_DOWN, {1000, 0, 0}, 0, 0},
    {"reset_peer:after=20ev", NULL, "reset_peer", STREAM_DOWN, {0, 0, 0}, 0, 20},
    {"stall=2s:after=4096b:down@5s+10s/60s",
     NULL,
     "stall",
     STREAM_DOWN,
     {2 * NS_PER_S, 0, 0},
     4096,
     0},
    {"slicer=10:size_variation=5:delay=1ms",
     NULL,
     "slicer",
     STREAM_DOWN,
     {10, 5, NS_PER_MS},
     0,
     0},
    {"refuse@1s+1s", NULL, "refuse", STREAM_DOWN, {0, 0, 0}, 0, 0},
    {"", "no such toxic as \"\"", 0, 0, {0}, 0, 0},
    {"explode", "known are latency bandwidth", 0, 0, {0}, 0, 0},
    {"latency=fast", "is no duration", 0, 0, {0}, 0, 0},
    {"latency:jiter=5ms", "no such attribute", 0, 0, {0}, 0, 0},
    {"latency=1s:120%", "120%", 0, 0, {0}, 0, 0},
    {"latency=1s:after=4b", "takes no after", 0, 0, {0}, 0, 0},
    {"stall=1s:after=2s", "are wanted", 0, 0, {0}, 0, 0},
    {"blackhole=3s", "takes no value", 0, 0, {0}, 0, 0},
    {"bandwidth=0", "too small", 0, 0, {0}, 0, 0},
    {"slicer=1:size_variation=9000000000000001", "too large", 0, 0, {0}, 0, 0},
    {"stall=105d", "too large", 0, 0, {0}, 0, 0},
    {"slicer=0", "too small", 0, 0, {0}, 0, 0},
    {"refuse:5%", "of the proxy", 0, 0, {0}, 0, 0},
    {"fin:name=", "name", 0, 0, {0}, 0, 0},
    {"fin@5s", "no window", 0, 0, {0}, 0, 0},
};

static void texts(void)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct row *row = &rows[i];
        struct toxic t;
        struct err e = {0};
        check_row = row->text;
        int rc = toxic_parse(row->text, &t, &e);
        CHECK_INT(rc, row->error ? -1 : 0);
        if (row->error) {
            CHECK(strstr(e.text, row->error) != NULL);
            continue;
        }
        CHECK_STR(t.row->name, row->kind);
        CHECK_STR(t.when.text, row->text);
        CHECK_INT(t.stream, row->stream);
        CHECK(memcmp(t.values, row->values, sizeof t.values) == 0);
        CHECK_INT(t.after_bytes, row->after_bytes);
        CHECK_INT(t.after_events, row->after_events);
    }
}

static void parts(void)
{
    struct toxic t;
    struct err e = {0};
    CHECK_INT(toxic_parse("fin:name=mine:2.5%@1s+2s/10s", &t, &e), 0);
    CHECK_STR(t.name, "mine");
    CHECK_NEAR(t.toxicity, 0.025, 1e-12);
    CHECK_INT(t.when.start_ns, NS_PER_S);
    CHECK_INT(t.when.length_ns, 2 * NS_PER_S);
    CHECK_INT(t.when.every_ns, 10 * NS_PER_S);
}

static void places(void)
{
    static struct toxics set;
    struct toxic t;
    struct err e = {0};
    CHECK_INT(toxic_parse("fin", &t, &e), 0);
    struct toxic *first = toxics_put(&set, &t), *second = toxics_put(&set, &t);
    CHECK_STR(first->name, "fin_downstream");
    CHECK_STR(second->name, "fin_downstream_2");
    CHECK_INT(first->id, 1);
    (void)snprintf(t.name, sizeof t.name, "fin_downstream");
    CHECK(toxics_put(&set, &t) == first); /* in place, a new setting */
    CHECK_INT(first->id, 3);
    CHECK(toxics_find(&set, "fin_downstream_2") == second);
    CHECK(toxics_find(&set, "none") == NULL);
    t.name[0] = '\0';
    for (int i = 2; i < TOXICS_MAX; i++)
        CHECK(toxics_put(&set, &t) != NULL);
    CHECK(toxics_put(&set, &t) == NULL);
}

int main(void)
{
    RUN(texts);
    RUN(parts);
    RUN(places);
    return check_report();
}
