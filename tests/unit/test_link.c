/*
 * One direction through the chaos proxy, with scripted times. A stream of numbered
 * bytes goes in, pieces as they are sent come out with their times: what left when is
 * compared with what the toxics say.
 */
#include "check.h"
#include "fixtures/link.h"

#define MS NS_PER_MS

struct bench {
    struct toxics set;
    struct link link;
    int64_t now_ns;
    char out[1 << 16];
    size_t length;
    size_t pieces, biggest;
    int64_t last_ns;   /* of the last piece */
    enum link_act act; /* the last that was not SEND */
    enum toxic_end end;
    int64_t until_ns;
    size_t most; /* that one send takes; 0: all */
};

static struct toxic *add(struct bench *b, const char *text)
{
    struct toxic t;
    struct err e = {0};
    if (toxic_parse(text, &t, &e) != 0)
        check_fail(__FILE__, __LINE__, e.text);
    struct toxic *place = toxics_put(&b->set, &t);
    place->is_on = true;
    return place;
}

static void set_up(struct bench *b, const char *text)
{
    *b = (struct bench){.now_ns = NS_PER_S};
    link_init(&b->link, STREAM_DOWN, 7);
    if (text)
        (void)add(b, text);
}

/* All that may be done now. */
static void pump(struct bench *b)
{
    for (;;) {
        struct link_step step = link_next(&b->link, &b->set, b->now_ns);
        b->act = step.act;
        b->end = step.end;
        b->until_ns = step.until_ns;
        if (step.act == LINK_CLOSE)
            link_closed(&b->link);
        if (step.act != LINK_SEND)
            return;
        size_t n = b->most && b->most < step.bytes ? b->most : step.bytes;
        memcpy(b->out + b->length, link_bytes(&b->link), n);
        link_sent(&b->link, &b->set, n, b->now_ns);
        b->length += n;
        b->pieces++;
        b->biggest = n > b->biggest ? n : b->biggest;
        b->last_ns = b->now_ns;
    }
}

static void push(struct bench *b, const char *text, size_t length)
{
    link_push(&b->link, &b->set, text, length, b->now_ns);
    pump(b);
}

/* From one time it waits for to the next, until nothing is waited for. */
static void play(struct bench *b)
{
    for (int i = 0; i < 100000 && b->act == LINK_WAIT && b->until_ns != INT64_MAX;
         i++) {
        CHECK(b->until_ns > b->now_ns);
        b->now_ns = b->until_ns;
        pump(b);
    }
}

static void fill(char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        bytes[i] = (char)('a' + i % 26);
}

static void nothing_changes_without_toxics(void)
{
    static struct bench b;
    set_up(&b, NULL);
    push(&b, "hello", 5);
    CHECK_INT(b.length, 5);
    CHECK_INT(b.act, LINK_WAIT);
    CHECK_INT(b.until_ns, INT64_MAX);
    link_end(&b.link);
    pump(&b);
    CHECK(b.link.is_done);
    CHECK(memcmp(b.out, "hello", 5) == 0);
    link_release(&b.link);
}

static void latency_delays_in_order(void)
{
    static struct bench b;
    set_up(&b, "latency=100ms:jitter=60ms");
    int64_t last_ns = 0;
    for (int i = 0; i < 200; i++) {
        push(&b, "x", 1);
        size_t n = b.link.count;
        int64_t due_ns = b.link.arrivals[b.link.first + n - 1].due_ns;
        CHECK(due_ns >= b.now_ns + 40 * MS && due_ns >= last_ns);
        CHECK(due_ns <= b.now_ns + 160 * MS || due_ns == last_ns);
        last_ns = due_ns;
        b.now_ns += MS;
    }
    play(&b);
    CHECK_INT(b.length, 200);
    CHECK_INT(b.last_ns, last_ns);
    link_release(&b.link);
}

static void latency_is_exact_without_jitter(void)
{
    static struct bench b;
    set_up(&b, "latency=100ms");
    push(&b, "abc", 3);
    CHECK_INT(b.length, 0);
    CHECK_INT(b.until_ns, b.now_ns + 100 * MS);
    play(&b);
    CHECK_INT(b.last_ns, NS_PER_S + 100 * MS);
    push(&b, "d", 1);
    b.set.items[0].is_on = false; /* it goes: what waits may go */
    link_hurry(&b.link, b.now_ns);
    pump(&b);
    CHECK_INT(b.length, 4);
    link_release(&b.link);
}

static void bandwidth_is_kept(void)
{
    static struct bench b;
    static char bytes[20000];
    fill(bytes, sizeof bytes);
    set_up(&b, "bandwidth=10000");
    b.most = 37; /* the kernel takes little at once */
    push(&b, bytes, sizeof bytes);
    play(&b);
    CHECK_INT(b.length, sizeof bytes);
    CHECK(memcmp(b.out, bytes, sizeof bytes) == 0);
    /* 2 s, less what may go at once and what a late one catches up */
    CHECK(b.last_ns >= NS_PER_S + 1960 * MS && b.last_ns <= NS_PER_S + 2000 * MS);
    link_release(&b.link);
}

static void slicer_slices(void)
{
    static struct bench b;
    static char bytes[1000];
    fill(bytes, sizeof bytes);
    set_up(&b, "slicer=10:size_variation=5:delay=1ms");
    push(&b, bytes, sizeof bytes);
    play(&b);
    CHECK_INT(b.length, sizeof bytes);
    CHECK(memcmp(b.out, bytes, sizeof bytes) == 0);
    CHECK(b.biggest <= 15 && b.pieces >= 67 && b.pieces <= 200);
    CHECK_INT(b.last_ns, NS_PER_S + (int64_t)(b.pieces - 1) * MS);
    link_release(&b.link);
}

static void stall_comes_once(void)
{
    static struct bench b;
    set_up(&b, "stall=2s:after=4b");
    push(&b, "abcdef", 6);
    CHECK_INT(b.length, 4);
    CHECK_INT(b.until_ns, b.now_ns + 2 * NS_PER_S);
    play(&b);
    CHECK_INT(b.length, 6);
    CHECK_INT(b.last_ns, NS_PER_S + 2 * NS_PER_S);
    push(&b, "gh", 2);
    CHECK_INT(b.length, 8);
    link_release(&b.link);
}

static void blackhole_loses_nothing(void)
{
    static struct bench b;
    set_up(&b, "blackhole");
    push(&b, "abc", 3);
    link_end(&b.link);
    pump(&b);
    CHECK_INT(b.length, 0);
    CHECK_INT(b.act, LINK_WAIT);
    CHECK_INT(b.until_ns, INT64_MAX);
    CHECK(b.link.states[0].has_struck);
    b.set.items[0].is_on = false;
    pump(&b);
    CHECK_INT(b.length, 3);
    CHECK(b.link.is_done);
    link_release(&b.link);
}

static const struct {
    const char *toxic;
    size_t sent;
    enum toxic_end end;
    int64_t after_ns; /* the bytes came */
} ends[] = {
    {"reset_peer", 0, END_RESET, 0},
    {"reset_peer=300ms:after=2b", 2, END_RESET, 300 * MS},
    {"fin:after=3b", 3, END_FIN, 0},
    {"limit_data=4", 4, END_FIN, 0},
    {"limit_data=0", 0, END_FIN, 0},
    {"timeout=700ms", 0, END_FIN, 700 * MS},
};

static void ends_come(void)
{
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        static struct bench b;
        check_row = ends[i].toxic;
        set_up(&b, ends[i].toxic);
        b.most = 1;
        push(&b, "abcdef", 6);
        play(&b);
        CHECK_INT(b.act, LINK_END);
        CHECK_INT(b.end, ends[i].end);
        CHECK_INT(b.length, ends[i].sent);
        CHECK_INT(b.now_ns, NS_PER_S + ends[i].after_ns);
        link_release(&b.link);
    }
}

static void slow_close_delays_the_end_alone(void)
{
    static struct bench b;
    set_up(&b, "slow_close=400ms");
    push(&b, "abc", 3);
    CHECK_INT(b.length, 3);
    link_end(&b.link);
    pump(&b);
    CHECK(!b.link.is_done);
    play(&b);
    CHECK(b.link.is_done);
    CHECK_INT(b.now_ns, NS_PER_S + 400 * MS);
    link_release(&b.link);
}

static void corrupt_turns_one_bit(void)
{
    static struct bench b;
    static char bytes[8000];
    fill(bytes, sizeof bytes);
    for (int every = 1; every <= 100; every += 99) {
        set_up(&b, every == 1 ? "corrupt:after=100b" : "corrupt=100");
        b.most = 33; /* a piece that was spoilt is not spoilt again */
        push(&b, bytes, sizeof bytes);
        size_t turned = 0, bits = 0;
        for (size_t i = 0; i < sizeof bytes; i++) {
            unsigned difference = (unsigned char)(b.out[i] ^ bytes[i]);
            turned += difference != 0;
            for (; difference != 0; difference &= difference - 1)
                bits++;
        }
        CHECK_INT(b.length, sizeof bytes);
        CHECK_INT(bits, turned);
        if (every == 1)
            CHECK_INT(turned, sizeof bytes - 100);
        else /* mean 80, sd 8.9: five of them */
            CHECK(turned > 35 && turned < 125);
        link_release(&b.link);
    }
}

static void shares_are_of_connections(void)
{
    static struct bench b;
    int struck = 0;
    set_up(&b, "fin:25%");
    for (uint64_t i = 0; i < 1000; i++) {
        link_release(&b.link);
        link_init(&b.link, STREAM_DOWN, i);
        push(&b, "a", 1);
        int first = b.act == LINK_END;
        if (!first)
            push(&b, "b", 1);
        CHECK_INT(b.act == LINK_END, first); /* drawn once */
        struck += first;
    }
    CHECK(struck > 180 && struck < 320); /* sd 13.7 */
    link_release(&b.link);
}

static void the_other_direction_is_left_alone(void)
{
    static struct bench b;
    set_up(&b, "fin:up");
    push(&b, "abc", 3);
    CHECK_INT(b.length, 3);
    link_release(&b.link);
}

static const struct {
    const char *name, *text;
    uint64_t events;
} streams[] = {
    {"plain", "data: a\n\ndata: b\n\n", 2},
    {"crlf", "data: a\r\n\r\ndata: b\r\n\r\n", 2},
    {"a head is none", "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n", 0},
    {"in chunks", "9\r\ndata: a\n\n\r\n9\r\ndata: b\n\n\r\n0\r\n\r\n", 2},
    {"two in a chunk", "12\r\ndata: a\n\ndata: b\n\n\r\n", 2},
    {"cut inside by a chunk", "6\r\ndata: \r\n3\r\nx\n\n\r\n", 1},
    {"many lines", "event: x\nid: 1\ndata: a\ndata: b\n\n", 1},
    {"comments are none", ": ping\n\n: ping\n\n", 0},
    {"not data", "dat: a\n\ndatax\n\nxdata: a\n\n", 0},
    {"not ended", "data: a\n", 0},
};

static void events_are_counted(void)
{
    for (size_t i = 0; i < ARRAY_LEN(streams); i++) {
        size_t length = strlen(streams[i].text);
        check_row = streams[i].name;
        for (size_t cut = 0; cut <= length; cut++) { /* split everywhere */
            struct event_scan s = {0};
            (void)event_scan_feed(&s, streams[i].text, cut, UINT64_MAX);
            (void)event_scan_feed(&s, streams[i].text + cut, length - cut, UINT64_MAX);
            CHECK_INT(s.events, streams[i].events);
        }
    }
}

static void cuts_behind_an_event(void)
{
    static const char text[] =
        "HTTP/1.1 200 OK\r\n\r\n9\r\ndata: a\n\n\r\n9\r\ndata: b\n\n\r\n";
    size_t place = (size_t)(strstr(text, "data: b") - text) + 9;
    for (size_t most = 0; most < 5; most++) {
        static struct bench b;
        set_up(&b, "reset_peer:after=2ev");
        b.most = most;
        push(&b, text, sizeof text - 1);
        CHECK_INT(b.act, LINK_END);
        CHECK_INT(b.length, place);
        link_release(&b.link);
    }
}

/* Whatever is set: bytes come out whole and in order, or the connection ends. */
static void all_together(void)
{
    static struct bench b;
    static char bytes[5000];
    fill(bytes, sizeof bytes);
    set_up(&b, "latency=5ms:jitter=5ms");
    (void)add(&b, "bandwidth=100k");
    (void)add(&b, "slicer=100:size_variation=99:delay=10us");
    (void)add(&b, "stall=50ms:after=1000b");
    (void)add(&b, "slow_close=20ms");
    for (size_t i = 0; i < sizeof bytes; i += 100) {
        push(&b, bytes + i, 100);
        b.now_ns += MS;
    }
    link_end(&b.link);
    pump(&b);
    play(&b);
    CHECK_INT(b.length, sizeof bytes);
    CHECK(memcmp(b.out, bytes, sizeof bytes) == 0);
    CHECK(b.link.is_done);
    link_release(&b.link);
}

static void room_is_bounded(void)
{
    static struct bench b;
    static char bytes[LINK_BYTES];
    set_up(&b, "blackhole");
    CHECK_INT(link_room(&b.link), LINK_BYTES);
    push(&b, bytes, LINK_BYTES - 1);
    CHECK_INT(link_room(&b.link), 1);
    push(&b, bytes, 1);
    CHECK_INT(link_room(&b.link), 0);
    CHECK(b.link.bytes.cap <= 2 * LINK_BYTES + 1);
    link_release(&b.link);
    set_up(&b, "latency=10s");
    int pushed = 0;
    for (; link_room(&b.link) > 0 && pushed < 2 * LINK_ARRIVALS; pushed++) {
        push(&b, "x", 1);
        b.now_ns += 1000;
    }
    CHECK_INT(pushed, LINK_ARRIVALS);
    link_release(&b.link);
}

int main(void)
{
    RUN(nothing_changes_without_toxics);
    RUN(latency_delays_in_order);
    RUN(latency_is_exact_without_jitter);
    RUN(bandwidth_is_kept);
    RUN(slicer_slices);
    RUN(stall_comes_once);
    RUN(blackhole_loses_nothing);
    RUN(ends_come);
    RUN(slow_close_delays_the_end_alone);
    RUN(corrupt_turns_one_bit);
    RUN(shares_are_of_connections);
    RUN(the_other_direction_is_left_alone);
    RUN(events_are_counted);
    RUN(cuts_behind_an_event);
    RUN(all_together);
    RUN(room_is_bounded);
    return check_report();
}
