/*
 * The sum of logs must be the sum of their histograms, count by count: against dense
 * histograms that are decoded and added one by one, in any order, in parts.
 */
#include "measure/logsum.h"

#include "base/rng.h"
#include "check.h"

#include <stdlib.h>

#define SHARDS 9
#define STARTS 4
#define TAGS 3

static const char *const tags[TAGS] = {"a/chat/all/ttft", "a/chat/p20/e2e", NULL};

/* A line of a shard; n values around a mean that differs by shard and tag. */
static char *line_of(struct hlog_encoder *c, uint64_t shard, uint64_t start,
                     uint64_t tag, unsigned n)
{
    struct rng r;
    struct buf out;
    struct hist *h = hist_new();
    rng_init(&r, 5, RNG_JITTER, shard * 1000 + start * 10 + tag);
    for (unsigned i = 0; i < n; i++)
        CHECK(hist_record(h, (int64_t)(rng_exponential(&r) * 1e4 * (double)(tag + 1)),
                          1 + rng_below(&r, 3)));
    buf_init(&out, 1u << 20);
    hlog_line_hist(c, &out, tags[tag], (int64_t)start * NS_PER_S, NS_PER_S, h);
    char *line = buf_steal(&out);
    line[strlen(line) - 1] = '\0';
    buf_release(&out);
    hist_free(h);
    return line;
}

static struct hlog_entry entry_of(const char *line)
{
    struct err e = {0};
    struct hlog_entry entry;
    CHECK_INT(hlog_parse(line, strlen(line), &entry, &e), HLOG_ENTRY);
    return entry;
}

/* What the lines of text add up to, dense, for one start and tag. */
static void take_text(const char *text, int64_t start_ns, const char *tag,
                      struct hist *into, size_t *lines)
{
    struct hlog_decoder *d = hlog_decoder_new();
    for (const char *at = text; *at != '\0'; at = strchr(at, '\n') + 1) {
        struct err e = {0};
        struct hlog_entry entry;
        const struct hist_bin *bins;
        size_t n;
        CHECK_INT(hlog_parse(at, (size_t)(strchr(at, '\n') - at), &entry, &e),
                  HLOG_ENTRY);
        bool is_tagged = tag != NULL && entry.tag != NULL &&
                         strlen(tag) == entry.tag_length &&
                         memcmp(tag, entry.tag, entry.tag_length) == 0;
        if (entry.start_ns != start_ns || (!is_tagged && tag != entry.tag))
            continue;
        CHECK_INT(hlog_decode(d, entry.payload, entry.payload_length, &bins, &n, &e),
                  0);
        hist_add_bins(into, bins, n);
        ++*lines;
    }
    hlog_decoder_free(d);
}

static bool is_same(const struct hist *a, const struct hist *b)
{
    return a->total == b->total && memcmp(a->counts, b->counts, sizeof a->counts) == 0;
}

/* parts: the sums are written so often on the way. */
static void check_sums(unsigned parts)
{
    struct err e = {0};
    struct hlog_encoder *c = hlog_encoder_new();
    struct logsum *sum = logsum_new();
    struct hist *truth[STARTS][TAGS];
    struct buf out;
    buf_init(&out, 8u << 20);
    for (size_t i = 0; i < STARTS; i++)
        for (size_t k = 0; k < TAGS; k++)
            truth[i][k] = hist_new();
    for (uint64_t shard = 0; shard < SHARDS; shard++) {
        for (uint64_t i = 0; i < STARTS; i++) {
            for (uint64_t k = 0; k < TAGS; k++) {
                char *line = line_of(c, shard, i, k, (unsigned)(shard * 60));
                struct hlog_entry entry = entry_of(line);
                const struct hist_bin *bins;
                size_t n;
                CHECK_INT(logsum_add(sum, &entry, &bins, &n, &e), 0);
                hist_add_bins(truth[i][k], bins, n);
                free(line);
            }
        }
        if (shard % (SHARDS / parts) == 0)
            logsum_write(sum, &out);
    }
    logsum_write(sum, &out);
    for (size_t i = 0; i < STARTS; i++) {
        for (size_t k = 0; k < TAGS; k++) {
            struct hist *h = hist_new();
            size_t lines = 0;
            take_text(out.data, (int64_t)i * NS_PER_S, tags[k], h, &lines);
            CHECK(is_same(h, truth[i][k]));
            CHECK(h->total > 2000);
            CHECK(parts > 1 || lines <= 2);
            hist_free(h);
            hist_free(truth[i][k]);
        }
    }
    CHECK_STR(e.text, "");
    buf_release(&out);
    logsum_free(sum);
    hlog_encoder_free(c);
}

static void sums_are_exact(void)
{
    check_sums(1);
}

static void sums_written_in_parts_are_exact(void)
{
    check_sums(3);
    check_sums(SHARDS);
}

static void lines_are_in_order(void)
{
    struct err e = {0};
    struct hlog_encoder *c = hlog_encoder_new();
    struct logsum *sum = logsum_new();
    struct buf out;
    buf_init(&out, 1u << 20);
    static const uint64_t order[][2] = {{3, 1}, {0, 1}, {3, 0}, {0, 0}, {3, 1}};
    for (size_t i = 0; i < ARRAY_LEN(order); i++) {
        char *line = line_of(c, 1, order[i][0], order[i][1], 10);
        struct hlog_entry entry = entry_of(line);
        CHECK_INT(logsum_add(sum, &entry, NULL, NULL, &e), 0);
        free(line);
    }
    logsum_write(sum, &out);
    static const char *const starts[] = {
        "Tag=a/chat/all/ttft,0.000,1.000,", "Tag=a/chat/p20/e2e,0.000,1.000,",
        "Tag=a/chat/all/ttft,3.000,1.000,", "Tag=a/chat/p20/e2e,3.000,1.000,"};
    const char *at = out.data;
    for (size_t i = 0; i < ARRAY_LEN(starts) && at != NULL; i++) {
        CHECK(strncmp(at, starts[i], strlen(starts[i])) == 0);
        at = strchr(at, '\n') + 1;
    }
    CHECK_STR(at, "");
    buf_reset(&out);
    logsum_write(sum, &out);
    CHECK_INT(out.len, 0); /* written once */
    buf_release(&out);
    logsum_free(sum);
    hlog_encoder_free(c);
}

static void many_series_are_kept_apart(void)
{
    struct err e = {0};
    struct hlog_encoder *c = hlog_encoder_new();
    struct logsum *sum = logsum_new();
    struct buf out;
    buf_init(&out, 8u << 20);
    for (int64_t start = 0; start < 3000; start++) {
        struct hist_bin bin = {(uint32_t)start, 1};
        struct buf line;
        buf_init(&line, 4096);
        hlog_line(c, &line, "a/b/all/gap", start * NS_PER_S, NS_PER_S, &bin, 1);
        line.data[line.len - 1] = '\0';
        struct hlog_entry entry = entry_of(line.data);
        for (int twice = 0; twice < 2; twice++)
            CHECK_INT(logsum_add(sum, &entry, NULL, NULL, &e), 0);
        buf_release(&line);
    }
    logsum_write(sum, &out);
    size_t lines = 0;
    for (const char *at = out.data; *at != '\0'; at = strchr(at, '\n') + 1)
        lines++;
    CHECK_INT(lines, 3000);
    struct hist *h = hist_new();
    lines = 0;
    take_text(out.data, 2999 * NS_PER_S, "a/b/all/gap", h, &lines);
    CHECK_INT(h->counts[2999], 2);
    CHECK_INT(h->total, 2);
    hist_free(h);
    buf_release(&out);
    logsum_free(sum);
    hlog_encoder_free(c);
}

static void impossible_sums_are_refused(void)
{
    struct err e = {0};
    struct hlog_encoder *c = hlog_encoder_new();
    struct logsum *sum = logsum_new();
    struct hist_bin most = {7, INT64_MAX};
    struct buf line;
    buf_init(&line, 4096);
    hlog_line(c, &line, "a/b/all/gap", 0, NS_PER_S, &most, 1);
    line.data[line.len - 1] = '\0';
    struct hlog_entry entry = entry_of(line.data);
    CHECK_INT(logsum_add(sum, &entry, NULL, NULL, &e), 0);
    CHECK_INT(logsum_add(sum, &entry, NULL, NULL, &e), -1);
    CHECK(strstr(e.text, "passes 2^63 - 1") != NULL);
    err_clear(&e);
    entry.payload_length = 5;
    CHECK_INT(logsum_add(sum, &entry, NULL, NULL, &e), -1);
    CHECK(e.is_set);
    buf_release(&line);
    logsum_free(sum);
    hlog_encoder_free(c);
}

int main(void)
{
    RUN(sums_are_exact);
    RUN(sums_written_in_parts_are_exact);
    RUN(lines_are_in_order);
    RUN(many_series_are_kept_apart);
    RUN(impossible_sums_are_refused);
    return check_report();
}
