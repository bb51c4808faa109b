/*
 * Our side of the comparison with HdrHistogram for Java; see hdr_java.sh.
 *
 *   hdr_log write FILE        a log with every kind of line, the same each time
 *   hdr_log tags FILE         its tags, one a line, sorted as HistogramLogProcessor does
 *   hdr_log hgrm FILE [TAG]   percentiles of one series, as HistogramLogProcessor
 *                             prints them, by a second implementation of its rules
 *   hdr_log dump FILE         every line: tag, start, counts by highest value, and
 *                             hist_percentile_us at some percentiles
 */
#include "base/rng.h"
#include "measure/hlog.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BASE_NS (INT64_C(1700000000) * NS_PER_S)
#define LOG_BYTES_MAX ((size_t)64 << 20)

/* ---- write */

/* Lognormal around 3 ms, so that it spans several buckets. */
static void draw(struct hist *h, uint64_t number, unsigned samples)
{
    struct rng r;
    rng_init(&r, 1, RNG_JITTER, number);
    for (unsigned i = 0; i < samples; i++)
        (void)hist_record(h, (int64_t)rng_exp(8 + 1.5 * rng_normal(&r)), 1);
}

static void put_odd_lines(struct hlog_encoder *c, struct buf *out)
{
    static const int64_t edges[] = {0, 1, 2047, 2048, 4095, 4096, HIST_HIGHEST_US};
    struct hist *h = hist_new();
    hlog_line_hist(c, out, "odd/empty/all/gap", 0, NS_PER_S, h);
    for (size_t i = 0; i < ARRAY_LEN(edges); i++)
        (void)hist_record(h, edges[i], (uint64_t)1 << (6 * i));
    hlog_line_hist(c, out, "odd/edges/all/gap", 0, NS_PER_S, h);
    hist_reset(h);
    (void)hist_record(h, 0, 5);
    hlog_line_hist(c, out, "odd/zero/all/gap", 0, NS_PER_S, h);
    hist_reset(h);
    for (size_t slot = 0; slot <= hist_slot(HIST_HIGHEST_US); slot++)
        hist_record_slot(h, slot, 1 + slot % 3);
    hlog_line_hist(c, out, "odd/full/all/gap", 0, NS_PER_S, h);
    hist_free(h);
}

static void write_log(struct buf *out)
{
    static const char *const tags[] = {NULL, "main/chat/p20/ttft", "~main/chat/p7/ttft",
                                       "a:b/c=200"};
    struct hlog_encoder *c = hlog_encoder_new();
    struct hist *h = hist_new();
    hlog_header(out, "gust test", BASE_NS);
    for (uint64_t i = 0; i < 60; i++) {
        hist_reset(h);
        draw(h, i, 1 + (unsigned)i * 20);
        int64_t second = (int64_t)(i / 4 - i % 3 / 2); /* not ascending */
        hlog_line_hist(c, out, tags[i % ARRAY_LEN(tags)],
                       (second < 0 ? 0 : second) * NS_PER_S, NS_PER_S, h);
    }
    put_odd_lines(c, out);
    hist_free(h);
    hlog_encoder_free(c);
}

/* ---- read */

typedef void (*line_visit)(void *context, const struct hlog_entry *entry,
                           const struct hist_bin *bins, size_t n);

static int each_line(const struct buf *log, line_visit visit, void *context)
{
    struct hlog_decoder *d = hlog_decoder_new();
    int bad = 0;
    for (const char *line = log->data; *line != '\0' && bad == 0;) {
        size_t length = strcspn(line, "\n");
        struct hlog_entry entry;
        struct err e = {0};
        const struct hist_bin *bins;
        size_t n;
        enum hlog_status status = hlog_parse(line, length, &entry, &e);
        if (status == HLOG_ENTRY &&
            hlog_decode(d, entry.payload, entry.payload_length, &bins, &n, &e) == 0)
            visit(context, &entry, bins, n);
        bad = e.is_set;
        if (bad != 0)
            fprintf(stderr, "hdr_log: %s\n", e.text);
        line += length + (line[length] == '\n');
    }
    hlog_decoder_free(d);
    return bad;
}

struct wanted {
    const char *tag; /* NULL: untagged lines */
    struct hist *sum;
};

static void add_wanted(void *context, const struct hlog_entry *entry,
                       const struct hist_bin *bins, size_t n)
{
    const struct wanted *w = context;
    bool is_wanted = entry->tag == NULL
                         ? w->tag == NULL
                         : w->tag != NULL && strlen(w->tag) == entry->tag_length &&
                               memcmp(w->tag, entry->tag, entry->tag_length) == 0;
    if (is_wanted)
        hist_add_bins(w->sum, bins, n);
}

/* Java's PercentileIterator: a row when the counts so far reach the level, then
 * the next level, five ticks to each halving of what is left. */
static double next_level(double level)
{
    double halvings = floor(log(100.0 / (100.0 - level)) / log(2));
    return level + 100.0 / (5 * pow(2, halvings + 1));
}

static void print_rows(const struct hist *h)
{
    double level = 0;
    uint64_t seen = 0;
    for (size_t slot = h->first; slot <= h->last; slot++) {
        if (h->counts[slot] == 0)
            continue;
        seen += h->counts[slot];
        while (100.0 * (double)seen / (double)h->total >= level) {
            double share = nextafter(level / 100, 1); /* Java rounds ties up */
            printf("%12.3f %2.12f %10" PRIu64 " %14.2f\n", (double)hist_slot_high(slot),
                   share, seen, 1 / (1 - level / 100));
            level = next_level(level);
            if (seen == h->total)
                break;
        }
    }
    if (h->total > 0)
        printf("%12.3f %2.12f %10" PRIu64 "\n", (double)hist_max_us(h), 1.0, h->total);
}

static int print_hgrm(const struct buf *log, const char *tag)
{
    struct wanted w = {tag, hist_new()};
    int rc = each_line(log, add_wanted, &w);
    printf("%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount",
           "1/(1-Percentile)");
    print_rows(w.sum);
    printf("#[Mean    = %12.3f, StdDeviation   = %12.3f]\n", hist_mean_us(w.sum),
           hist_stddev_us(w.sum));
    printf("#[Max     = %12.3f, Total count    = %12" PRIu64 "]\n",
           (double)hist_max_us(w.sum), w.sum->total);
    printf("#[Buckets = %12d, SubBuckets     = %12d]\n", HIST_SLOTS / 1024 - 1, 2048);
    hist_free(w.sum);
    return rc;
}

static void print_tag(void *context, const struct hlog_entry *entry,
                      const struct hist_bin *bins, size_t n)
{
    (void)context;
    (void)bins;
    (void)n;
    printf("%.*s\n", entry->tag ? (int)entry->tag_length : 18,
           entry->tag ? entry->tag : "[NO TAG (default)]");
}

static void print_line(void *context, const struct hlog_entry *entry,
                       const struct hist_bin *bins, size_t n)
{
    static const double percentiles[] = {0,  1e-9, 1,    25,    33.3,   50, 90,
                                         94, 99,   99.9, 99.99, 99.999, 100};
    struct hist *h = context;
    hist_reset(h);
    hist_add_bins(h, bins, n);
    printf("%.*s %" PRId64, entry->tag ? (int)entry->tag_length : 1,
           entry->tag ? entry->tag : "-", entry->start_ns / NS_PER_MS);
    for (size_t i = 0; i < n; i++)
        printf(" %" PRId64 ":%" PRIu64, hist_slot_high(bins[i].slot), bins[i].count);
    for (size_t i = 0; i < ARRAY_LEN(percentiles); i++)
        printf(" %" PRId64, hist_percentile_us(h, percentiles[i]));
    printf(" %" PRId64 " %" PRId64 "\n", hist_min_us(h), hist_max_us(h));
}

static bool read_log(const char *path, struct buf *out)
{
    FILE *f = fopen(path, "r");
    char chunk[65536];
    size_t n = 1;
    if (f == NULL)
        return false;
    while (n > 0) {
        n = fread(chunk, 1, sizeof chunk, f);
        buf_append(out, chunk, n);
    }
    bool is_good = !ferror(f) && !out->is_full;
    (void)fclose(f); /* only read from */
    return is_good;
}

static bool save_log(const char *path, const struct buf *log)
{
    FILE *f = fopen(path, "w");
    if (f == NULL)
        return false;
    bool is_good = fwrite(log->data, 1, log->len, f) == log->len;
    return fclose(f) == 0 && is_good;
}

int main(int argc, char **argv)
{
    struct buf log;
    int rc = 2;
    buf_init(&log, LOG_BYTES_MAX);
    const char *verb = argc > 1 ? argv[1] : "";
    if (argc > 2 && strcmp(verb, "write") == 0) {
        write_log(&log);
        rc = save_log(argv[2], &log) ? 0 : 1;
    } else if (argc > 2 && read_log(argv[2], &log)) {
        struct hist *h = hist_new();
        if (strcmp(verb, "hgrm") == 0)
            rc = print_hgrm(&log, argc > 3 ? argv[3] : NULL);
        else if (strcmp(verb, "tags") == 0)
            rc = each_line(&log, print_tag, NULL);
        else if (strcmp(verb, "dump") == 0)
            rc = each_line(&log, print_line, h);
        hist_free(h);
    }
    buf_release(&log);
    return rc;
}
