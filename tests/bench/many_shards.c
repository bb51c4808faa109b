/*
 * Shards of a large run, and the plain way to add their logs, for `make bench`:
 *
 *   many_shards make DIR SHARDS SECONDS VALUES   run directories DIR/shard-*, six
 *                                                metrics, so many values a second each
 *   many_shards add DIR SHARDS                   decodes every line into a histogram
 *                                                of its own and adds that: the time
 */
#include "base/rng.h"
#include "measure/rundir.h"
#include "measure/runread.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define METRICS 6

static const char *const names[METRICS] = {"ttft",     "ttft_sent", "e2e",
                                           "e2e_sent", "tpot",      "lag"};

static int by_slot(const void *a, const void *b)
{
    const struct hist_bin *x = a, *y = b;
    return x->slot < y->slot ? -1 : x->slot > y->slot;
}

/* Log-normal, sigma 0.5: as bins. */
static size_t draw(struct rng *r, unsigned n, struct hist_bin *out)
{
    size_t count = 0;
    for (unsigned i = 0; i < n; i++)
        out[i] = (struct hist_bin){
            (uint32_t)hist_slot((int64_t)(2e4 * rng_exp(0.5 * rng_normal(r)))), 1};
    qsort(out, n, sizeof *out, by_slot);
    for (unsigned i = 0; i < n; i++) {
        if (count > 0 && out[count - 1].slot == out[i].slot)
            out[count - 1].count++;
        else
            out[count++] = out[i];
    }
    return count;
}

static void put_lines(struct buf *out, unsigned t, unsigned n)
{
    buf_printf(out,
               "{\"kind\":\"second\",\"t\":%u,\"phase\":\"steady\",\"measured\":true,"
               "\"arm\":\"target\",\"class\":\"chat\",\"due\":%u,\"sent\":%u,"
               "\"attempts\":%u,\"done\":%u,\"ok\":%u,\"failed\":0,\"not_sent\":0,"
               "\"censored\":0,\"first_contents\":%u,\"content_events\":%u,"
               "\"prompt_tokens\":%u,\"output_tokens\":%u,\"body_bytes\":%u}\n",
               t, n, n, n, n, n, n, n * 90, n * 700, n * 90, n * 4000);
    buf_printf(out,
               "{\"kind\":\"slice\",\"t\":%u,\"arm\":\"target\",\"class\":\"chat\","
               "\"stratum\":\"p20\",\"phase\":\"steady\",\"measured\":true,\"ok\":%u,"
               "\"good\":%u,\"failed\":{},\"not_sent\":{},\"censored\":0,"
               "\"prompt_tokens\":%u,\"cached_tokens\":0,\"output_tokens\":%u,"
               "\"prompt_asked\":%u,\"output_asked\":%u,\"decode_ms\":%u.25}\n",
               t, n, n, n * 700, n * 90, n * 700, n * 90, n * 900);
    buf_printf(out,
               "{\"kind\":\"health\",\"t\":%u,\"interval_ms\":1000,\"lag_us_max\":310,"
               "\"stall_us_max\":120,\"in_flight\":%u,\"in_flight_max\":%u,"
               "\"connections\":%u,\"connects\":0,\"stamps_kernel\":%u,"
               "\"stamps_loop\":0,\"cpu_share_max\":0.12,\"runq_share_max\":0.001,"
               "\"throttled_us\":0,\"samples_lost\":0,\"late_ms\":0}\n",
               t, n, n, n, n * 90);
}

static void put_manifest(struct buf *out, unsigned shard, unsigned shards,
                         unsigned seconds, uint64_t n)
{
    buf_printf(
        out,
        "{\"schema\":1,\"tool\":\"gust\",\"status\":\"complete\",\"exit_code\":0,"
        "\"stop\":{\"reason\":\"duration\",\"text\":\"\"},"
        "\"target\":{\"name\":\"target\",\"url\":\"http://server\"},"
        "\"arms\":[\"target\"],\"classes\":[\"chat\"],\"seed\":\"1\","
        "\"schedule_digest\":\"0\",\"schedule_head\":\"0\","
        "\"shard\":{\"index\":%u,\"count\":%u},"
        "\"load\":{\"kind\":\"poisson\",\"rate_per_s\":1,\"duration_s\":%u},"
        "\"phases\":[{\"name\":\"steady\",\"kind\":\"steady\",\"start_s\":0,"
        "\"duration_s\":%u,\"measured\":true}],"
        "\"t0\":{\"wall\":\"\",\"wall_s\":1795260000},"
        "\"window\":{\"start_s\":0,\"end_s\":%u,\"duration_s\":%u},"
        "\"progress\":{\"elapsed_s\":%u,\"planned_s\":%u},\"slos\":[],"
        "\"totals\":{\"target\":{\"chat\":{\"scheduled\":%" PRIu64 ",\"sent\":%" PRIu64
        ",\"succeeded\":%" PRIu64 ",\"attempts\":%" PRIu64
        ",\"outcomes\":{\"ok\":%" PRIu64 "}}}},"
        "\"health\":{\"valid\":true,\"reasons\":[],\"lag_us\":{\"p50\":60,\"p99\":200,"
        "\"max\":310}},\"host\":{\"name\":\"host-%u\",\"cores\":4}}\n",
        shard, shards, seconds, seconds, seconds, seconds, seconds, seconds, n, n, n, n,
        n, shard);
}

static int make_shard(const char *dir, unsigned shard, unsigned shards,
                      unsigned seconds, unsigned values, struct err *e)
{
    char path[512], tag[64];
    struct buf log, lines, manifest;
    struct rng r;
    struct hist_bin *bins = xcalloc(values, sizeof *bins);
    struct hlog_encoder *c = hlog_encoder_new();
    (void)snprintf(path, sizeof path, "%s/shard-%03u", dir, shard);
    struct rundir *d = rundir_create(path, "shard", 0, false, e);
    buf_init(&log, 64u << 20);
    buf_init(&lines, 64u << 20);
    buf_init(&manifest, 1u << 16);
    rng_init(&r, 1, RNG_JITTER, shard);
    hlog_header(&log, "many_shards", INT64_C(1795260000) * NS_PER_S);
    for (unsigned t = 0; t < seconds; t++) {
        for (unsigned m = 0; m < METRICS; m++) {
            (void)snprintf(tag, sizeof tag, "target/chat/p20/%s", names[m]);
            hlog_line(c, &log, tag, (int64_t)t * NS_PER_S, NS_PER_S, bins,
                      draw(&r, values, bins));
        }
        put_lines(&lines, t, values);
    }
    put_manifest(&manifest, shard, shards, seconds, (uint64_t)seconds * values);
    int rc = d == NULL ? -1 : 0;
    if (rc == 0)
        rc = rundir_append(d, RUNDIR_HLOG, log.data, log.len, e);
    if (rc == 0)
        rc = rundir_append(d, RUNDIR_INTERVALS, lines.data, lines.len, e);
    if (rc == 0)
        rc = rundir_manifest(d, manifest.data, manifest.len, e);
    rundir_close(d);
    buf_release(&log);
    buf_release(&lines);
    buf_release(&manifest);
    hlog_encoder_free(c);
    free(bins);
    return rc;
}

/* The plain way: a histogram per line, cleared, filled and added over its range. */
static bool add_plainly(void *context, const struct series_name *name, int64_t start_ns,
                        const struct hist_bin *bins, size_t n)
{
    struct hist **sums = context, *own = hist_new();
    (void)start_ns;
    hist_add_bins(own, bins, n);
    hist_add(sums[name->metric], own);
    hist_free(own);
    return true;
}

static int add_all(const char *dir, unsigned shards, struct err *e)
{
    char path[512];
    struct hist *sums[METRIC_COUNT];
    int rc = 0;
    for (size_t i = 0; i < METRIC_COUNT; i++)
        sums[i] = hist_new();
    for (unsigned i = 0; i < shards && rc == 0; i++) {
        (void)snprintf(path, sizeof path, "%s/shard-%03u", dir, i);
        struct runread *r = runread_open(path, e);
        rc = r == NULL ? -1 : runread_log(r, UINT32_MAX, add_plainly, sums, e);
        runread_close(r);
    }
    for (size_t i = 0; i < METRIC_COUNT; i++)
        hist_free(sums[i]);
    return rc;
}

int main(int argc, char **argv)
{
    struct err e = {0};
    int rc = 0;
    if (argc == 6 && strcmp(argv[1], "make") == 0) {
        unsigned shards = (unsigned)strtoul(argv[3], NULL, 10);
        for (unsigned i = 0; i < shards && rc == 0; i++)
            rc = make_shard(argv[2], i, shards, (unsigned)strtoul(argv[4], NULL, 10),
                            (unsigned)strtoul(argv[5], NULL, 10), &e);
    } else if (argc == 4 && strcmp(argv[1], "add") == 0) {
        rc = add_all(argv[2], (unsigned)strtoul(argv[3], NULL, 10), &e);
    } else {
        fprintf(stderr, "usage: many_shards make DIR SHARDS SECONDS VALUES | add DIR "
                        "SHARDS\n");
        return 2;
    }
    if (rc < 0)
        fprintf(stderr, "many_shards: %s\n", e.text);
    return rc < 0;
}
