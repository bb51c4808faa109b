/*
 * The lines of an interval log: header, data lines, and the splitting of a line
 * into its fields. The payload is hlog_codec.c's.
 *
 * Java's scanner takes one comma between fields and no blanks, checks nothing
 * in a tag, and stops without a word at a bad line in the middle: so the writer
 * must never make one, and this reader refuses every one it meets.
 */
#include "measure/hlog.h"

#include "base/units.h"

#include <inttypes.h>
#include <string.h>

#define LEGEND                                                                         \
    "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\","                         \
    "\"Interval_Compressed_Histogram\"\n"
#define TAG_PREFIX "Tag="

/* Thousandths as a decimal number; n >= 0. */
static void put_thousandths(struct buf *out, int64_t n)
{
    buf_printf(out, "%" PRId64 ".%03" PRId64, n / 1000, n % 1000);
}

/* Seconds, rounded to milliseconds; time_ns >= 0. */
static void put_seconds(struct buf *out, int64_t time_ns)
{
    put_thousandths(out, (time_ns + NS_PER_MS / 2) / NS_PER_MS);
}

static void put_time_comment(struct buf *out, const char *name, int64_t wall_ns)
{
    char utc[UNITS_TEXT];
    buf_printf(out, "#[%s: ", name);
    put_seconds(out, wall_ns);
    buf_printf(out, " (seconds since epoch), %s]\n", units_format_utc(utc, wall_ns));
}

void hlog_header(struct buf *out, const char *tool, int64_t start_wall_ns)
{
    assert(start_wall_ns >= 0);
    buf_printf(out, "#[Logged with %.100s]\n", tool);
    buf_puts(out, "#[Histogram log format version 1.3]\n");
    put_time_comment(out, "StartTime", start_wall_ns);
    put_time_comment(out, "BaseTime", start_wall_ns);
    buf_puts(out, "#[Values in microseconds, Interval_Max in milliseconds]\n");
    buf_puts(out, "#[Tag=<arm>/<class>/<stratum>/<metric>; ~ before it: outside the "
                  "measured window]\n");
    buf_puts(out, LEGEND);
}

static bool is_tag(const char *tag, size_t length)
{
    if (length == 0 || length > HLOG_TAG_MAX)
        return false;
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)tag[i] <= ' ' || tag[i] == ',' || tag[i] == 0x7f)
            return false;
    return true;
}

static int64_t max_us(const struct hist_bin *bins, size_t n)
{
    return n > 0 ? hist_slot_high(bins[n - 1].slot) : 0;
}

void hlog_line(struct hlog_encoder *c, struct buf *out, const char *tag,
               int64_t start_ns, int64_t length_ns, const struct hist_bin *bins,
               size_t n)
{
    assert(start_ns >= 0 && length_ns >= 0);
    const size_t begin = out->len;
    if (tag != NULL) {
        assert(is_tag(tag, strlen(tag)));
        buf_printf(out, TAG_PREFIX "%s,", tag);
    }
    put_seconds(out, start_ns);
    buf_putc(out, ',');
    put_seconds(out, length_ns);
    buf_putc(out, ',');
    put_thousandths(out, max_us(bins, n)); /* in ms */
    buf_putc(out, ',');
    hlog_encode(c, bins, n, out);
    buf_putc(out, '\n');
    if (out->is_full)
        buf_truncate(out, begin);
}

/* What is left of a line while it is split. */
struct cursor {
    const char *at, *end;
};

static bool is_digit(const struct cursor *c)
{
    return c->at < c->end && *c->at >= '0' && *c->at <= '9';
}

/* Digits, and a fraction if there is one, up to a comma, which is consumed. Ten
 * digits of seconds reach the year 2286 and cannot overflow. */
static bool take_seconds(struct cursor *c, int64_t *out_ns)
{
    int64_t seconds = 0, fraction = 0, unit = NS_PER_S;
    const char *start = c->at;
    for (; is_digit(c) && c->at - start < 10; c->at++)
        seconds = seconds * 10 + (*c->at - '0');
    if (c->at == start || seconds > INT64_MAX / NS_PER_S - 1)
        return false;
    if (c->at < c->end && *c->at == '.') {
        const char *point = c->at++;
        for (; is_digit(c) && unit > 1; c->at++, unit /= 10)
            fraction = fraction * 10 + (*c->at - '0');
        if (c->at == point + 1)
            return false;
    }
    if (c->at == c->end || *c->at != ',')
        return false;
    c->at++;
    *out_ns = seconds * NS_PER_S + fraction * unit;
    return true;
}

/* The tag up to its comma, which is consumed; none is fine. */
static bool take_tag(struct cursor *c, struct hlog_entry *out)
{
    const size_t prefix = strlen(TAG_PREFIX);
    out->tag = NULL;
    out->tag_length = 0;
    if ((size_t)(c->end - c->at) < prefix || memcmp(c->at, TAG_PREFIX, prefix) != 0)
        return true;
    c->at += prefix;
    const char *comma = memchr(c->at, ',', (size_t)(c->end - c->at));
    if (comma == NULL || !is_tag(c->at, (size_t)(comma - c->at)))
        return false;
    out->tag = c->at;
    out->tag_length = (size_t)(comma - c->at);
    c->at = comma + 1;
    return true;
}

static enum hlog_status bad(struct err *e, const char *what)
{
    (void)err_set(e, "%s", what); /* always -1 */
    return HLOG_BAD;
}

enum hlog_status hlog_parse(const char *line, size_t length, struct hlog_entry *out,
                            struct err *e)
{
    struct cursor c = {line, line + length};
    if (c.end > c.at && c.end[-1] == '\r')
        c.end--;
    if (c.at == c.end || *c.at == '#' || *c.at == '"')
        return HLOG_COMMENT;
    if (!take_tag(&c, out))
        return bad(e, "tag: is empty, too long or not closed");
    if (!take_seconds(&c, &out->start_ns))
        return bad(e, "start: is not a number of seconds");
    if (!take_seconds(&c, &out->length_ns))
        return bad(e, "length: is not a number of seconds");
    int64_t max_ms; /* readers take the maximum from the payload */
    if (!take_seconds(&c, &max_ms))
        return bad(e, "max: is not a number");
    if (c.at == c.end)
        return bad(e, "payload: is missing");
    out->payload = c.at;
    out->payload_length = (size_t)(c.end - c.at);
    return HLOG_ENTRY;
}
