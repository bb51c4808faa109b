/*
 * HdrHistogram's interval log, format 1.3, payload V2 (zlib, Base64): written
 * and read. Java's HistogramLogProcessor reads what we write, which is tested.
 *
 *   Tag=<tag>,<start s>,<length s>,<max ms>,HISTFAAA...
 *
 * Starts are relative to BaseTime. The values are microseconds, so the third
 * field is max/1000; Java users pass -outputValueUnitRatio 1000 for ms.
 * Several lines may share start and tag: they are to be added up (a request
 * stays in the second of its scheduled start, and may end much later).
 */
#ifndef GUST_HLOG_H
#define GUST_HLOG_H

#include "base/buf.h"
#include "base/err.h"
#include "measure/hist.h"

#define HLOG_TAG_MAX 120

/* Header lines: comment, version, start and base time (wall clock, ns), units,
 * legend. tool is a name and a version; whoever starts the clock writes this,
 * once, before any line. Every line stays under 127 bytes for HdrHistogram_c's
 * reader. */
void hlog_header(struct buf *out, const char *tool, int64_t start_wall_ns);

/* Reusable state (zlib stream, scratch), 1 MB; one per thread. */
struct hlog_encoder;
struct hlog_encoder *hlog_encoder_new(void);
void hlog_encoder_free(struct hlog_encoder *c);

/* Appends one payload: bins, ascending, none of count 0, as Base64. No bins:
 * the payload of an empty histogram. */
void hlog_encode(struct hlog_encoder *c, const struct hist_bin *bins, size_t n,
                 struct buf *out);

/* Appends one data line with its newline, or nothing when out is full. tag is
 * without comma, space and control characters and at most HLOG_TAG_MAX long
 * (asserted); NULL: untagged. start_ns >= 0 is relative to t0, not necessarily
 * ascending. */
void hlog_line(struct hlog_encoder *c, struct buf *out, const char *tag,
               int64_t start_ns, int64_t length_ns, const struct hist_bin *bins,
               size_t n);
void hlog_line_hist(struct hlog_encoder *c, struct buf *out, const char *tag,
                    int64_t start_ns, int64_t length_ns, const struct hist *h);

/* What a line says, before its payload is decoded; points into the line. */
struct hlog_entry {
    const char *tag; /* not NUL-terminated; NULL when untagged */
    size_t tag_length;
    int64_t start_ns;
    int64_t length_ns;
    const char *payload; /* Base64 */
    size_t payload_length;
};

enum hlog_status {
    HLOG_ENTRY,   /* *out is filled */
    HLOG_COMMENT, /* header, legend, empty or comment line */
    HLOG_BAD,     /* err says why */
};

/* Splits one line (without newline; a carriage return at its end is dropped).
 * Payload stays encoded: a reader that wants three of forty series pays for
 * three. */
enum hlog_status hlog_parse(const char *line, size_t length, struct hlog_entry *out,
                            struct err *e);

/* Reusable decoder state (zlib stream, scratch); one per thread. */
struct hlog_decoder;
struct hlog_decoder *hlog_decoder_new(void);
void hlog_decoder_free(struct hlog_decoder *d);

/* Decodes one payload into ascending bins, borrowed from d until its next call.
 * Fails on anything not V2, on other lowest/highest/digits than ours (the error
 * names them), on counts past the range, on trailing garbage. */
MUST_CHECK int hlog_decode(struct hlog_decoder *d, const char *payload, size_t length,
                           const struct hist_bin **bins, size_t *n, struct err *e);

#endif
