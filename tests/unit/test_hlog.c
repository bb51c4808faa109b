/*
 * The log against the format's published bytes, round trips of every shape a
 * payload can have, and lines that must be refused.
 */
#include "base/base64.h"
#include "base/rng.h"
#include "check.h"
#include "measure/hlog.h"

#include <stdlib.h>
#include <zlib.h>

struct tools {
    struct hlog_encoder *encoder;
    struct hlog_decoder *decoder;
    struct buf out;
};

static struct tools tools_new(void)
{
    struct tools t = {hlog_encoder_new(), hlog_decoder_new(), {0}};
    buf_init(&t.out, 1 << 22);
    return t;
}

static void tools_release(struct tools *t)
{
    hlog_encoder_free(t->encoder);
    hlog_decoder_free(t->decoder);
    buf_release(&t->out);
}

static bool same_bins(const struct hist_bin *a, size_t n, const struct hist_bin *b,
                      size_t m)
{
    if (n != m)
        return false;
    for (size_t i = 0; i < n; i++)
        if (a[i].slot != b[i].slot || a[i].count != b[i].count)
            return false;
    return true;
}

static void check_round_trip(struct tools *t, const struct hist_bin *bins, size_t n)
{
    const struct hist_bin *back = NULL;
    struct err e = {0};
    size_t m = 0;
    buf_reset(&t->out);
    hlog_encode(t->encoder, bins, n, &t->out);
    CHECK_INT(memcmp(t->out.data, "HISTFA", 6), 0);
    CHECK_INT(hlog_decode(t->decoder, t->out.data, t->out.len, &back, &m, &e), 0);
    CHECK_STR(e.text, "");
    CHECK(same_bins(bins, n, back, m));
}

static void round_trip_of_values(void)
{
    struct tools t = tools_new();
    check_round_trip(&t, NULL, 0);
    for (int64_t power = 1; power <= HIST_HIGHEST_US; power *= 2) {
        for (int64_t v = power - 1; v <= power + 1; v++) {
            struct hist_bin bin = {(uint32_t)hist_slot(v), 3};
            check_round_trip(&t, &bin, 1);
        }
    }
    struct hist_bin last = {(uint32_t)hist_slot(HIST_HIGHEST_US), 1};
    check_round_trip(&t, &last, 1);
    struct hist_bin end = {HIST_SLOTS - 1, 1};
    check_round_trip(&t, &end, 1);
    tools_release(&t);
}

/* All lengths of a number, the nine-byte one included. */
static void round_trip_of_counts(void)
{
    struct tools t = tools_new();
    for (unsigned bits = 0; bits <= 62; bits++) {
        for (uint64_t d = 0; d < 3; d++) {
            struct hist_bin bin = {5, (UINT64_C(1) << bits) + d - 1};
            if (bin.count > 0)
                check_round_trip(&t, &bin, 1);
        }
    }
    struct hist_bin most = {5, INT64_MAX};
    check_round_trip(&t, &most, 1);
    tools_release(&t);
}

static void round_trip_of_runs(void)
{
    static const uint32_t runs[] = {0, 1, 2, 3, 63, 64, 65, 8191, 8192, 20000};
    struct tools t = tools_new();
    for (size_t i = 0; i < ARRAY_LEN(runs); i++) {
        struct hist_bin bins[] = {{runs[i], 2}, {2 * runs[i] + 1, 9}};
        check_round_trip(&t, bins, bins[1].slot < HIST_SLOTS ? 2 : 1);
    }
    tools_release(&t);
}

static void round_trip_of_full_array(void)
{
    struct tools t = tools_new();
    struct hist_bin *bins = calloc(HIST_SLOTS, sizeof *bins);
    struct rng r;
    rng_init(&r, 1, RNG_JITTER, 1);
    for (uint32_t slot = 0; slot < HIST_SLOTS; slot++)
        bins[slot] = (struct hist_bin){slot, 1 + (rng_u64(&r) >> (17 + slot % 40))};
    check_round_trip(&t, bins, HIST_SLOTS);
    for (uint32_t slot = 0; slot < HIST_SLOTS; slot++)
        bins[slot].count = INT64_MAX / HIST_SLOTS; /* nearly nine bytes each */
    check_round_trip(&t, bins, HIST_SLOTS);
    free(bins);
    tools_release(&t);
}

/* decode(A) + decode(B) is what recording both would have been, in any order. */
static void merge_law(void)
{
    enum { SHARDS = 8 };
    struct tools t = tools_new();
    struct hist *all = hist_new(), *merged[2] = {hist_new(), hist_new()};
    char *lines[SHARDS];
    for (uint64_t shard = 0; shard < SHARDS; shard++) {
        struct hist *h = hist_new();
        struct rng r;
        rng_init(&r, 3, RNG_JITTER, shard);
        for (unsigned i = 0; i < 2000; i++) {
            int64_t v = (int64_t)(rng_exponential(&r) * (1e4 * (double)(shard + 1)));
            (void)hist_record(h, v, 1);
            (void)hist_record(all, v, 1);
        }
        buf_reset(&t.out);
        hlog_line_hist(t.encoder, &t.out, "a/b/all/gap", 0, NS_PER_S, h);
        lines[shard] = xstrdup(t.out.data);
        hist_free(h);
    }
    for (size_t k = 0; k < 2 * SHARDS; k++) {
        size_t shard = k < SHARDS ? k : 2 * SHARDS - 1 - k; /* there and back */
        struct hlog_entry entry;
        const struct hist_bin *bins;
        struct err e = {0};
        size_t n;
        CHECK_INT(hlog_parse(lines[shard], strlen(lines[shard]) - 1, &entry, &e),
                  HLOG_ENTRY);
        CHECK_INT(
            hlog_decode(t.decoder, entry.payload, entry.payload_length, &bins, &n, &e),
            0);
        hist_add_bins(merged[k / SHARDS], bins, n);
    }
    CHECK(memcmp(merged[0], all, sizeof *all) == 0);
    CHECK(memcmp(merged[1], all, sizeof *all) == 0);
    for (size_t i = 0; i < SHARDS; i++)
        free(lines[i]);
    hist_free(merged[1]);
    hist_free(merged[0]);
    hist_free(all);
    tools_release(&t);
}

static void line_has_javas_fields(void)
{
    struct tools t = tools_new();
    struct hist_bin bins[] = {{1, 1}, {(uint32_t)hist_slot(5000000), 1}};
    hlog_line(t.encoder, &t.out, "main/chat/p20/ttft", 41 * NS_PER_S, NS_PER_S, bins,
              2);
    const char prefix[] = "Tag=main/chat/p20/ttft,41.000,1.000,5001.215,HISTFAAA";
    CHECK_INT(strncmp(t.out.data, prefix, strlen(prefix)), 0);
    CHECK(t.out.data[t.out.len - 1] == '\n');
    CHECK(strchr(t.out.data, ' ') == NULL);
    buf_reset(&t.out);
    hlog_line(t.encoder, &t.out, NULL, 127 * NS_PER_MS, 1007400 * NS_PER_US, NULL, 0);
    CHECK_INT(strncmp(t.out.data, "0.127,1.007,0.000,HISTFAAA", 26), 0);
    tools_release(&t);
}

static void header_lines_are_short(void)
{
    struct buf out;
    char tool[300];
    memset(tool, 'x', sizeof tool);
    tool[sizeof tool - 1] = '\0';
    buf_init(&out, 4096);
    hlog_header(&out, tool, INT64_C(1441812279474000000));
    for (const char *line = out.data; *line != '\0'; line = strchr(line, '\n') + 1)
        CHECK(strcspn(line, "\n") <= 126);
    CHECK(strstr(out.data, "#[Histogram log format version 1.3]\n") != NULL);
    CHECK(strstr(out.data, "#[StartTime: 1441812279.474 (seconds since epoch), "
                           "2015-09-09T15:24:39Z]\n") != NULL);
    CHECK(strstr(out.data, "#[BaseTime: 1441812279.474 (seconds") != NULL);
    CHECK(strstr(out.data, "\n\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\","
                           "\"Interval_Compressed_Histogram\"\n") != NULL);
    buf_release(&out);
}

static void full_buffer_gets_no_half_line(void)
{
    struct tools t = tools_new();
    struct hist_bin bin = {7, 1};
    hlog_line(t.encoder, &t.out, "a/b/all/lag", 0, 0, &bin, 1);
    const size_t whole = t.out.len;
    for (size_t max = whole; max < 2 * whole; max++) {
        struct buf small;
        buf_init(&small, max);
        hlog_line(t.encoder, &small, "a/b/all/lag", 0, 0, &bin, 1);
        hlog_line(t.encoder, &small, "a/b/all/lag", 0, 0, &bin, 1);
        CHECK_INT(small.len, whole);
        CHECK(small.is_full);
        buf_release(&small);
    }
    tools_release(&t);
}

static void parse_lines(void)
{
    static const struct {
        const char *name, *line;
        enum hlog_status status;
        int64_t start_ns, length_ns;
        const char *error;
    } rows[] = {
        {"untagged", "0.127,1.007,2.769,HISTx", HLOG_ENTRY, 127000000, 1007000000, ""},
        {"tagged", "Tag=a:b/c=200,1.5,2,3,HISTx", HLOG_ENTRY, 1500000000, 2000000000,
         ""},
        {"carriage return", "1,1,1,HISTx\r", HLOG_ENTRY, NS_PER_S, NS_PER_S, ""},
        {"absolute time", "1441812279.474,1,1,HISTx", HLOG_ENTRY,
         INT64_C(1441812279474000000), NS_PER_S, ""},
        {"nine decimals", "0.000000001,1,1,H", HLOG_ENTRY, 1, NS_PER_S, ""},
        {"comment", "#[BaseTime: 1]", HLOG_COMMENT, 0, 0, ""},
        {"legend", "\"StartTimestamp\",\"Inter", HLOG_COMMENT, 0, 0, ""},
        {"empty", "", HLOG_COMMENT, 0, 0, ""},
        {"only a return", "\r", HLOG_COMMENT, 0, 0, ""},
        {"ten decimals", "0.0000000001,1,1,H", HLOG_BAD, 0, 0, "start"},
        {"negative", "-1,1,1,H", HLOG_BAD, 0, 0, "start"},
        {"exponent", "1e3,1,1,H", HLOG_BAD, 0, 0, "start"},
        {"blank", " 1,1,1,H", HLOG_BAD, 0, 0, "start"},
        {"no fraction", "1.,1,1,H", HLOG_BAD, 0, 0, "start"},
        {"overflow", "9999999999,1,1,H", HLOG_BAD, 0, 0, "start"},
        {"too many digits", "11111111111,1,1,H", HLOG_BAD, 0, 0, "start"},
        {"empty field", "1,,1,H", HLOG_BAD, 0, 0, "length"},
        {"cut in the length", "1,1", HLOG_BAD, 0, 0, "length"},
        {"cut behind the length", "1,1,", HLOG_BAD, 0, 0, "max"},
        {"word as max", "1,1,Infinity,H", HLOG_BAD, 0, 0, "max"},
        {"cut before the payload", "1,1,1,", HLOG_BAD, 0, 0, "payload"},
        {"empty tag", "Tag=,1,1,1,H", HLOG_BAD, 0, 0, "tag"},
        {"tag not closed", "Tag=abc", HLOG_BAD, 0, 0, "tag"},
        {"blank in the tag", "Tag=a b,1,1,1,H", HLOG_BAD, 0, 0, "tag"},
        {"cut tag word", "Ta", HLOG_BAD, 0, 0, "start"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct hlog_entry entry = {0};
        struct err e = {0};
        check_row = rows[i].name;
        CHECK_INT(hlog_parse(rows[i].line, strlen(rows[i].line), &entry, &e),
                  rows[i].status);
        CHECK_INT(strncmp(e.text, rows[i].error, strlen(rows[i].error)), 0);
        CHECK(e.is_set == (rows[i].status == HLOG_BAD));
        CHECK_INT(entry.payload != NULL ? entry.start_ns : 0, rows[i].start_ns);
        CHECK_INT(entry.payload != NULL ? entry.length_ns : 0, rows[i].length_ns);
    }
}

/* A big-endian number put over what stands there; bytes 0: nothing is. */
struct patch {
    size_t at;
    unsigned bytes;
    uint64_t value;
};

/* A payload made by hand, with the right header but for the patches. */
struct forged {
    const char *counts;
    size_t counts_length;
    struct patch plain, packed;
    int length_delta; /* of what the envelope says */
    size_t trailing;  /* bytes behind the zlib stream, in the envelope's length */
};

#define COUNTS(bytes) .counts = (bytes), .counts_length = sizeof(bytes) - 1

static void put_be(unsigned char *at, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        at[i] = (unsigned char)(value >> (8 * (bytes - 1 - i)));
}

static void forge(const struct forged *f, struct buf *out)
{
    unsigned char plain[256] = {0}, packed[512] = {0};
    put_be(plain, 0x1c849313, 4);
    put_be(plain + 4, f->counts_length, 4);
    put_be(plain + 12, 3, 4);
    put_be(plain + 16, 1, 8);
    put_be(plain + 24, UINT64_C(86400000000), 8);
    put_be(plain + 32, UINT64_C(0x3ff0000000000000), 8);
    put_be(plain + f->plain.at, f->plain.value, f->plain.bytes);
    memcpy(plain + 40, f->counts, f->counts_length);
    uLongf length = sizeof packed - 8;
    CHECK_INT(compress(packed + 8, &length, plain, 40 + f->counts_length), Z_OK);
    length += f->trailing;
    put_be(packed, 0x1c849314, 4);
    put_be(packed + 4, (uint64_t)((int64_t)length + f->length_delta), 4);
    put_be(packed + f->packed.at, f->packed.value, f->packed.bytes);
    CHECK(buf_reserve(out, BASE64_ENCODED(length + 8)));
    base64_encode(out->data, packed, length + 8);
    out->len = BASE64_ENCODED(length + 8);
}

static const struct {
    const char *name;
    struct forged f;
    const char *error; /* beginning; "" good */
    uint64_t total, slot;
} forged_rows[] = {
    {"one count", {COUNTS("\x02")}, "", 1, 0},
    {"java's single zero", {COUNTS("\x00\x04")}, "", 2, 1},
    {"c's single zero", {COUNTS("\x01\x04")}, "", 2, 1},
    {"run of two", {COUNTS("\x03\x06")}, "", 3, 2},
    {"zeros behind", {COUNTS("\x02\x03\x00")}, "", 1, 0},
    {"no counts at all", {COUNTS("")}, "", 0, 0},
    {"nine-byte number",
     {COUNTS("\xfe\xff\xff\xff\xff\xff\xff\xff\xff")},
     "",
     INT64_MAX,
     0},
    {"longer than it must be",
     {COUNTS("\x82\x80\x80\x80\x80\x80\x80\x80\x00")},
     "",
     1,
     0},
    {"cut number", {COUNTS("\x02\x80")}, "payload: last count is cut", 0, 0},
    {"run to the very end", {COUNTS("\xff\xbf\x03")}, "", 0, 0},
    {"run past the end", {COUNTS("\x81\xc0\x03")}, "payload: counts past", 0, 0},
    {"longest run",
     {COUNTS("\xff\xff\xff\xff\xff\xff\xff\xff\xff")},
     "payload: counts past",
     0,
     0},
    {"sum overflows",
     {COUNTS("\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x02")},
     "payload: counts overflow",
     0,
     0},
    {"other digits",
     {COUNTS("\x02"), .plain = {12, 4, 2}},
     "payload: range 1..86400000000 with 2 digits is not 1..86400000000 with 3",
     0,
     0},
    {"other range",
     {COUNTS("\x02"), .plain = {24, 8, 3600000000}},
     "payload: range 1..3600000000 with",
     0,
     0},
    {"scaled",
     {COUNTS("\x02"), .plain = {32, 8, 1}},
     "payload: is shifted or scaled",
     0,
     0},
    {"v1 inside",
     {COUNTS("\x02"), .plain = {0, 4, 0x1c849301}},
     "payload: no V2",
     0,
     0},
    {"v0 outside",
     {COUNTS("\x02"), .packed = {0, 4, 0x1c849309}},
     "payload: is not of HdrHistogram's V2",
     0,
     0},
    {"payload length",
     {COUNTS("\x02"), .plain = {4, 4, 2}},
     "payload: says 2 bytes of counts, has 1",
     0,
     0},
    {"envelope too long", {COUNTS("\x02"), .length_delta = 1}, "payload: says", 0, 0},
    {"envelope too short", {COUNTS("\x02"), .length_delta = -1}, "payload: says", 0, 0},
    {"trailing garbage", {COUNTS("\x02"), .trailing = 3}, "payload: zlib stream", 0, 0},
};

static void decode_forged_payloads(void)
{
    struct tools t = tools_new();
    for (size_t i = 0; i < ARRAY_LEN(forged_rows); i++) {
        const struct hist_bin *bins = NULL;
        struct err e = {0};
        size_t n = 0;
        check_row = forged_rows[i].name;
        buf_reset(&t.out);
        forge(&forged_rows[i].f, &t.out);
        bool is_good = forged_rows[i].error[0] == '\0';
        CHECK_INT(hlog_decode(t.decoder, t.out.data, t.out.len, &bins, &n, &e),
                  is_good ? 0 : -1);
        CHECK_INT(strncmp(e.text, forged_rows[i].error, strlen(forged_rows[i].error)),
                  0);
        if (!is_good)
            continue;
        CHECK_STR(e.text, "");
        CHECK_INT(n, forged_rows[i].total > 0);
        CHECK_INT(n > 0 ? bins[0].count : 0, forged_rows[i].total);
        CHECK_INT(n > 0 ? bins[0].slot : 0, forged_rows[i].slot);
    }
    tools_release(&t);
}

/* Every cut and every changed character of a good payload: refused, or at least
 * without harm (the Adler checksum sees all changes but those of dead bits). */
static void damaged_payloads(void)
{
    struct tools t = tools_new();
    struct hist_bin bins[] = {{3, 1}, {900, 5}, {14000, 1}};
    hlog_encode(t.encoder, bins, ARRAY_LEN(bins), &t.out);
    char *good = xstrdup(t.out.data);
    const size_t length = t.out.len;
    unsigned accepted = 0;
    for (size_t cut = 0; cut < length; cut++) {
        char *copy = xstrndup(good, cut); /* exact size: overruns are seen */
        const struct hist_bin *back;
        struct err e = {0};
        size_t n;
        accepted += hlog_decode(t.decoder, copy, cut, &back, &n, &e) == 0;
        free(copy);
    }
    CHECK_INT(accepted, 0);
    for (size_t at = 0; at < length; at++) {
        const struct hist_bin *back = NULL;
        struct err e = {0};
        size_t n = 0;
        char kept = good[at];
        good[at] = kept == 'A' ? 'B' : 'A';
        if (hlog_decode(t.decoder, good, length, &back, &n, &e) == 0)
            accepted += !same_bins(bins, ARRAY_LEN(bins), back, n);
        good[at] = kept;
    }
    CHECK_INT(accepted, 0);
    free(good);
    tools_release(&t);
}

int main(void)
{
    RUN(round_trip_of_values);
    RUN(round_trip_of_counts);
    RUN(round_trip_of_runs);
    RUN(round_trip_of_full_array);
    RUN(merge_law);
    RUN(line_has_javas_fields);
    RUN(header_lines_are_short);
    RUN(full_buffer_gets_no_half_line);
    RUN(parse_lines);
    RUN(decode_forged_payloads);
    RUN(damaged_payloads);
    return check_report();
}
