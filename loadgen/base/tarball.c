/* A small tar.gz; see tarball.h. Formats: POSIX.1-2008 pax (ustar), RFC 1952. */
#include "base/tarball.h"

#include <string.h>
#include <zlib.h>

#define BLOCK 512
#define GZIP_WINDOW (15 + 16) /* zlib: the largest window, and a gzip header */

/* Offsets and widths of the fields of a ustar header. */
enum {
    NAME_AT = 0,
    MODE_AT = 100,
    OWNER_AT = 108,
    GROUP_AT = 116,
    SIZE_AT = 124,
    TIME_AT = 136,
    SUM_AT = 148,
    TYPE_AT = 156,
    MAGIC_AT = 257,
};

void tarball_init(struct tarball *t, int64_t time_s, size_t max_bytes)
{
    t->time_s = time_s;
    buf_init(&t->tar, max_bytes);
}

void tarball_release(struct tarball *t)
{
    buf_release(&t->tar);
}

/* width - 1 octal digits; the NUL behind them is there. */
static void put_octal(char *field, size_t width, uint64_t value)
{
    for (size_t i = width - 1; i > 0; i--, value /= 8)
        field[i - 1] = (char)('0' + value % 8);
    assert(value == 0);
}

/* The sum of the header's bytes, its own field counted as blanks. */
static unsigned sum_of(const char header[BLOCK])
{
    unsigned sum = 0;
    for (size_t i = 0; i < BLOCK; i++)
        sum += (unsigned char)header[i];
    return sum;
}

static void pad(struct buf *tar, size_t length)
{
    static const char zeros[BLOCK] = {0};
    buf_append(tar, zeros, (BLOCK - length % BLOCK) % BLOCK);
}

void tarball_add(struct tarball *t, const char *name, const char *bytes, size_t length)
{
    char header[BLOCK] = {0};
    size_t name_length = strlen(name);
    assert(name_length > 0 && name_length <= TARBALL_NAME_MAX && name[0] != '/');
    assert(length < UINT64_C(1) << 33);
    memcpy(header + NAME_AT, name, name_length);
    put_octal(header + MODE_AT, 8, 0644);
    put_octal(header + OWNER_AT, 8, 0);
    put_octal(header + GROUP_AT, 8, 0);
    put_octal(header + SIZE_AT, 12, length);
    put_octal(header + TIME_AT, 12, t->time_s > 0 ? (uint64_t)t->time_s : 0);
    header[TYPE_AT] = '0';
    memcpy(header + MAGIC_AT,
           "ustar\0"
           "00",
           8);
    memset(header + SUM_AT, ' ', 8);
    unsigned sum = sum_of(header);
    header[SUM_AT + 6] = '\0';
    put_octal(header + SUM_AT, 7, sum);
    buf_append(&t->tar, header, BLOCK);
    buf_append(&t->tar, bytes, length);
    pad(&t->tar, length);
}

static int compress_into(const struct buf *tar, struct buf *out, struct err *e)
{
    z_stream z = {0};
    char chunk[4096];
    int rc = deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, 8,
                          Z_DEFAULT_STRATEGY);
    if (rc != Z_OK)
        return err_set(e, "zlib: cannot begin (%d)", rc);
    z.next_in = (Bytef *)(uintptr_t)tar->data; /* zlib only reads it */
    z.avail_in = (uInt)tar->len;
    while (rc == Z_OK) {
        z.next_out = (Bytef *)chunk;
        z.avail_out = sizeof chunk;
        rc = deflate(&z, Z_FINISH);
        buf_append(out, chunk, sizeof chunk - z.avail_out);
    }
    (void)deflateEnd(&z); /* complains about data that was cut off only */
    return rc == Z_STREAM_END ? 0 : err_set(e, "zlib: cannot compress (%d)", rc);
}

int tarball_finish(struct tarball *t, struct buf *out, struct err *e)
{
    static const char end[2 * BLOCK] = {0};
    buf_append(&t->tar, end, sizeof end);
    if (t->tar.is_full || t->tar.len > UINT32_MAX)
        return err_set(e, "the archive is larger than %zu bytes", t->tar.max);
    if (compress_into(&t->tar, out, e) < 0)
        return -1;
    return out->is_full ? err_set(e, "the archive is larger than %zu bytes", out->max)
                        : 0;
}
