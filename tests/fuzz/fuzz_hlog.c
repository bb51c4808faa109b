/*
 * The log's reader: never crashes, and what it accepts survives being written and
 * read again. An input beginning with "!" is the counts of a payload, put into the
 * right envelope here: checksums would keep a fuzzer away from them.
 */
#include "base/base64.h"
#include "measure/hlog.h"
#include "measure/series.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define COUNTS_MAX 4096

struct state {
    struct hlog_encoder *encoder;
    struct hlog_decoder *decoder, *again;
    struct buf text;
};

static void check_round_trip(struct state *s, const struct hist_bin *bins, size_t n)
{
    const struct hist_bin *back;
    struct err e = {0};
    size_t m;
    uint64_t next = 0;
    for (size_t i = 0; i < n; i++) {
        assert(bins[i].count > 0 && bins[i].slot >= next && bins[i].slot < HIST_SLOTS);
        next = bins[i].slot + (uint64_t)1;
    }
    buf_reset(&s->text);
    hlog_encode(s->encoder, bins, n, &s->text);
    int rc = hlog_decode(s->again, s->text.data, s->text.len, &back, &m, &e);
    assert(rc == 0 && m == n);
    for (size_t i = 0; i < n; i++)
        assert(back[i].slot == bins[i].slot && back[i].count == bins[i].count);
}

static void read_payload(struct state *s, const char *payload, size_t length)
{
    const struct hist_bin *bins;
    struct err e = {0};
    size_t n;
    int rc = hlog_decode(s->decoder, payload, length, &bins, &n, &e);
    assert((rc == 0) == !e.is_set);
    if (rc == 0)
        check_round_trip(s, bins, n);
}

static void read_line(struct state *s, const char *line, size_t length)
{
    struct hlog_entry entry;
    struct series_name name;
    struct err e = {0};
    if (hlog_parse(line, length, &entry, &e) != HLOG_ENTRY)
        return;
    assert(entry.start_ns >= 0 && entry.length_ns >= 0 && entry.payload_length > 0);
    assert(entry.payload + entry.payload_length <= line + length);
    if (entry.tag != NULL &&
        series_parse(entry.tag, entry.tag_length, &name, &e) == 0 &&
        name.arm_length <= SERIES_NAME_MAX && name.class_length <= SERIES_NAME_MAX) {
        char tag[SERIES_TEXT];
        assert(strlen(series_format(tag, &name)) <= entry.tag_length);
    }
    read_payload(s, entry.payload, entry.payload_length);
}

static void put_be(unsigned char *at, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        at[i] = (unsigned char)(value >> (8 * (bytes - 1 - i)));
}

static void read_counts(struct state *s, const uint8_t *counts, size_t length)
{
    unsigned char plain[40 + COUNTS_MAX] = {0}, packed[2 * COUNTS_MAX];
    uLongf packed_length = sizeof packed - 8;
    put_be(plain, 0x1c849313, 4);
    put_be(plain + 4, length, 4);
    put_be(plain + 12, HIST_DIGITS, 4);
    put_be(plain + 16, HIST_LOWEST_US, 8);
    put_be(plain + 24, HIST_HIGHEST_US, 8);
    put_be(plain + 32, UINT64_C(0x3ff0000000000000), 8);
    memcpy(plain + 40, counts, length);
    int rc = compress2(packed + 8, &packed_length, plain, 40 + length, 1);
    assert(rc == Z_OK);
    put_be(packed, 0x1c849314, 4);
    put_be(packed + 4, packed_length, 4);
    size_t text_length = BASE64_ENCODED(packed_length + 8);
    char *text = xcalloc(text_length, 1);
    base64_encode(text, packed, packed_length + 8);
    read_payload(s, text, text_length);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct state s = {hlog_encoder_new(), hlog_decoder_new(), hlog_decoder_new(), {0}};
    buf_init(&s.text, 1 << 22);
    if (size > 0 && data[0] == '!' && size <= COUNTS_MAX) {
        read_counts(&s, data + 1, size - 1);
    } else {
        const char *text = (const char *)data, *end = text + size;
        while (text < end) {
            const char *newline = memchr(text, '\n', (size_t)(end - text));
            size_t length = (size_t)((newline != NULL ? newline : end) - text);
            read_line(&s, text, length);
            text += length + (newline != NULL);
        }
    }
    buf_release(&s.text);
    hlog_decoder_free(s.again);
    hlog_decoder_free(s.decoder);
    hlog_encoder_free(s.encoder);
    return 0;
}
