/*
 * Pictures; see picture.h.
 *
 * A PNG file holds one zlib stream of its rows, each after a byte that names its
 * filter, and so does a PDF image with a PNG predictor. Ours is
 *
 *   zlib header | first row, stored | all other rows, deflated | Adler-32
 *
 * of which the third part is made once. The checksum of the whole follows from
 * those of the two parts (adler32_combine).
 */
#include "workload/picture.h"

#include "base/rng.h"
#include "workload/words.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define FILTER_NONE 0
#define STORED_BYTES 7     /* zlib header and the header of a stored block */
#define FRAME_BYTES 256    /* signature, chunk heads, and slack */
#define PDF_PAGE_BYTES 768 /* objects around the picture of a page */

struct picture {
    enum picture_kind kind;
    uint32_t width, height;
    size_t row_bytes;    /* with its filter byte */
    unsigned char *rest; /* all rows but the first, deflated */
    size_t rest_bytes;
    uLong rest_adler;
    size_t rest_raw; /* before it was deflated */
};

static unsigned channels_of(enum picture_kind kind)
{
    return kind == PICTURE_PAGE ? 1 : 3;
}

/* ---- drawing */

/* Capital letters, seven rows of five points, the leftmost the highest bit. */
static const unsigned char letters[26][7] = {
    {14, 17, 17, 31, 17, 17, 17}, {30, 17, 17, 30, 17, 17, 30},
    {14, 17, 16, 16, 16, 17, 14}, {30, 17, 17, 17, 17, 17, 30},
    {31, 16, 16, 30, 16, 16, 31}, {31, 16, 16, 30, 16, 16, 16},
    {14, 17, 16, 23, 17, 17, 14}, {17, 17, 17, 31, 17, 17, 17},
    {14, 4, 4, 4, 4, 4, 14},      {7, 2, 2, 2, 2, 18, 12},
    {17, 18, 20, 24, 20, 18, 17}, {16, 16, 16, 16, 16, 16, 31},
    {17, 27, 21, 21, 17, 17, 17}, {17, 25, 21, 19, 17, 17, 17},
    {14, 17, 17, 17, 17, 17, 14}, {30, 17, 17, 30, 16, 16, 16},
    {14, 17, 17, 17, 21, 18, 13}, {30, 17, 17, 30, 20, 18, 17},
    {15, 16, 16, 14, 1, 1, 30},   {31, 4, 4, 4, 4, 4, 4},
    {17, 17, 17, 17, 17, 17, 14}, {17, 17, 17, 17, 17, 10, 4},
    {17, 17, 17, 21, 21, 27, 17}, {17, 17, 10, 4, 10, 17, 17},
    {17, 17, 10, 4, 4, 4, 4},     {31, 1, 2, 4, 8, 16, 31},
};

/* Rows of pixels with their filter bytes. */
struct canvas {
    unsigned char *bytes;
    uint32_t width, height;
    unsigned channels;
    size_t row_bytes;
};

static unsigned char *pixel(const struct canvas *c, uint32_t x, uint32_t y)
{
    return c->bytes + y * c->row_bytes + 1 + (size_t)x * c->channels;
}

static void draw_letter(const struct canvas *c, char letter, uint32_t x, uint32_t y,
                        uint32_t scale)
{
    const unsigned char *rows = letters[letter - 'a'];
    for (uint32_t i = 0; i < 7 * scale; i++)
        for (uint32_t k = 0; k < 5; k++)
            if (rows[i / scale] >> (4 - k) & 1)
                memset(pixel(c, x + k * scale, y + i), 0, scale);
}

/* Words until the line is full; letters are six points wide, lines eleven high. */
static void draw_line(const struct canvas *c, struct rng *r, uint32_t y, uint32_t scale)
{
    uint32_t margin = c->width / 12, x = margin, advance = 6 * scale;
    for (;;) {
        const struct word *w = &words_next[rng_below(r, words_next_count)];
        if (x + w->length * advance > c->width - margin)
            return;
        for (unsigned i = 1; i < w->length; i++, x += advance)
            draw_letter(c, w->text[i], x, y, scale);
        x += advance;
    }
}

static void draw_page(const struct canvas *c, struct rng *r)
{
    uint32_t scale = c->width / 420 > 0 ? c->width / 420 : 1;
    for (uint32_t y = 0; y < c->height; y++)
        memset(pixel(c, 0, y), 255, c->width);
    for (uint32_t y = c->height / 16 + 1; y + 12 * scale < c->height; y += 11 * scale)
        draw_line(c, r, y, scale);
}

/* Fields of 32 x 32 pixels of one colour, and noise in the lowest bits of some. */
static void draw_photo(const struct canvas *c, struct rng *r)
{
    uint64_t field = rng_u64(r);
    for (uint32_t y = 0; y < c->height; y++)
        for (uint32_t x = 0; x < c->width; x++) {
            uint64_t colour =
                rng_hash(field, RNG_TEXT, (uint64_t)(y / 32) << 32 | x / 32);
            unsigned char *at = pixel(c, x, y);
            bool is_noisy = (x + y) % 4 == 0;
            uint64_t noise = is_noisy ? rng_u64(r) : 0;
            for (unsigned i = 0; i < 3; i++)
                at[i] =
                    (unsigned char)((colour >> 8 * i & 0xfc) | (noise >> 2 * i & 3));
        }
}

/* ---- compressing */

/* Deflates length bytes as they are; the result is the caller's. */
static unsigned char *deflated(const unsigned char *bytes, size_t length, size_t *size)
{
    z_stream z = {0};
    if (deflateInit2(&z, 6, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY) != Z_OK)
        bug("deflateInit2 failed");
    size_t room = deflateBound(&z, (uLong)length);
    unsigned char *out = xcalloc(room, 1);
    z.next_in = (Bytef *)(uintptr_t)bytes; /* only read */
    z.avail_in = (uInt)length;
    z.next_out = out;
    z.avail_out = (uInt)room;
    if (deflate(&z, Z_FINISH) != Z_STREAM_END)
        bug("deflate has not ended");
    *size = room - z.avail_out;
    (void)deflateEnd(&z);
    return xrealloc_array(out, *size, 1);
}

struct picture *picture_new(enum picture_kind kind, uint32_t width, uint32_t height,
                            uint64_t seed)
{
    assert(width >= PICTURE_SIDE_MIN && width <= PICTURE_SIDE_MAX);
    assert(height >= PICTURE_SIDE_MIN && height <= PICTURE_SIDE_MAX);
    struct picture *p = xcalloc(1, sizeof *p);
    struct canvas c = {
        .width = width, .height = height - 1, .channels = channels_of(kind)};
    struct rng r;
    c.row_bytes = 1 + (size_t)width * c.channels;
    c.bytes = xcalloc(c.height, c.row_bytes);
    rng_init(&r, seed, RNG_TEXT, (uint64_t)width << 32 | height);
    if (kind == PICTURE_PAGE)
        draw_page(&c, &r);
    else
        draw_photo(&c, &r);
    *p = (struct picture){.kind = kind,
                          .width = width,
                          .height = height,
                          .row_bytes = c.row_bytes,
                          .rest_raw = c.row_bytes * c.height};
    p->rest = deflated(c.bytes, p->rest_raw, &p->rest_bytes);
    p->rest_adler = adler32(adler32(0, NULL, 0), c.bytes, (uInt)p->rest_raw);
    free(c.bytes);
    return p;
}

void picture_free(struct picture *p)
{
    if (p == NULL)
        return;
    free(p->rest);
    free(p);
}

/* ---- files */

static void put_u32(struct buf *out, uint32_t value)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        buf_putc(out, (char)(value >> shift & 0xff));
}

static size_t stream_bytes(const struct picture *p)
{
    return STORED_BYTES + p->row_bytes + p->rest_bytes + 4;
}

/* The first part: zlib header, stored block. Returns the Adler-32 of all rows. */
static uLong put_first_row(const struct picture *p, uint64_t unique, struct buf *out)
{
    struct rng r;
    size_t start = out->len + STORED_BYTES;
    buf_append(out, "\x78\x01\x00", 3);
    uint32_t length = (uint32_t)p->row_bytes;
    const unsigned lengths[] = {length, ~length};
    for (size_t i = 0; i < ARRAY_LEN(lengths); i++) { /* little-endian */
        buf_putc(out, (char)(lengths[i] & 0xff));
        buf_putc(out, (char)(lengths[i] >> 8 & 0xff));
    }
    buf_putc(out, FILTER_NONE);
    rng_init(&r, unique, RNG_TEXT, 1);
    uint64_t bits = 0;
    for (size_t i = 1; i < p->row_bytes; i++) {
        bits = i % 8 == 1 ? rng_u64(&r) : bits >> 8;
        buf_putc(out, (char)(0xf0 | (bits & 0x0f))); /* all but white */
    }
    uLong row = adler32(adler32(0, NULL, 0), (const Bytef *)out->data + start, length);
    return adler32_combine(row, p->rest_adler, (z_off_t)p->rest_raw);
}

/* A chunk's length is known when it ends. */
static size_t chunk_begin(struct buf *out, const char *type)
{
    put_u32(out, 0);
    buf_append(out, type, 4);
    return out->len;
}

static void chunk_end(struct buf *out, size_t mark)
{
    size_t length = out->len - mark;
    for (unsigned i = 0; i < 4; i++)
        out->data[mark - 8 + i] = (char)(length >> (24 - 8 * i) & 0xff);
    const Bytef *typed = (const Bytef *)out->data + mark - 4;
    put_u32(out, (uint32_t)crc32(crc32(0, NULL, 0), typed, (uInt)length + 4));
}

size_t picture_png_bytes(const struct picture *p)
{
    return FRAME_BYTES + stream_bytes(p);
}

void picture_png(const struct picture *p, uint64_t unique, struct buf *out)
{
    bool has_room = buf_reserve(out, picture_png_bytes(p));
    assert(has_room);
    buf_append(out, "\x89PNG\r\n\x1a\n", 8);
    size_t mark = chunk_begin(out, "IHDR");
    put_u32(out, p->width);
    put_u32(out, p->height);
    buf_putc(out, 8); /* bits of a channel */
    buf_putc(out, p->kind == PICTURE_PAGE ? 0 : 2);
    buf_append(out, "\0\0\0", 3); /* deflate, the usual filters, no interlace */
    chunk_end(out, mark);
    mark = chunk_begin(out, "IDAT");
    uLong adler = put_first_row(p, unique, out);
    chunk_end(out, mark);
    mark = chunk_begin(out, "IDAT");
    buf_append(out, (const char *)p->rest, p->rest_bytes);
    put_u32(out, (uint32_t)adler);
    chunk_end(out, mark);
    chunk_end(out, chunk_begin(out, "IEND"));
}

/* ---- documents */

/* Objects are numbered from 1 in the order of their places. */
struct places {
    size_t start; /* of the document */
    size_t at[3 + 2 * PICTURE_PAGES_MAX];
    size_t count;
};

static void object_begin(struct places *p, struct buf *out)
{
    assert(p->count < ARRAY_LEN(p->at));
    p->at[p->count++] = out->len - p->start;
    buf_printf(out, "%zu 0 obj\n", p->count);
}

static void put_catalog(struct places *places, uint32_t pages, struct buf *out)
{
    object_begin(places, out);
    buf_puts(out, "<</Type/Catalog/Pages 2 0 R>>\nendobj\n");
    object_begin(places, out);
    buf_printf(out, "<</Type/Pages/Count %u/Kids[", pages);
    for (uint32_t i = 0; i < pages; i++)
        buf_printf(out, "%s%u 0 R", i > 0 ? " " : "", 4 + 2 * i);
    buf_puts(out, "]>>\nendobj\n");
}

/* All pages paint their picture alike, at 200 points to the inch. */
static void put_painting(const struct picture *p, struct places *places,
                         struct buf *out)
{
    struct buf paint;
    buf_init(&paint, 96);
    buf_printf(&paint, "q %u 0 0 %u 0 0 cm /I Do Q", p->width * 72 / 200,
               p->height * 72 / 200);
    object_begin(places, out);
    buf_printf(out, "<</Length %zu>>stream\n%s\nendstream\nendobj\n", paint.len,
               paint.data);
    buf_release(&paint);
}

static void put_page(const struct picture *p, struct places *places, uint64_t unique,
                     struct buf *out)
{
    object_begin(places, out);
    buf_printf(out,
               "<</Type/Page/Parent 2 0 R/MediaBox[0 0 %u %u]/Contents 3 0 R/Resources"
               "<</XObject<</I %zu 0 R>>>>>>\nendobj\n",
               p->width * 72 / 200, p->height * 72 / 200, places->count + 1);
    object_begin(places, out);
    bool is_grey = p->kind == PICTURE_PAGE;
    buf_printf(out,
               "<</Type/XObject/Subtype/Image/Width %u/Height %u/ColorSpace/%s"
               "/BitsPerComponent 8/Filter/FlateDecode/DecodeParms<</Predictor 15"
               "/Colors %u/Columns %u>>/Length %zu>>stream\n",
               p->width, p->height, is_grey ? "DeviceGray" : "DeviceRGB",
               channels_of(p->kind), p->width, stream_bytes(p));
    uLong adler = put_first_row(p, unique, out);
    buf_append(out, (const char *)p->rest, p->rest_bytes);
    put_u32(out, (uint32_t)adler);
    buf_puts(out, "\nendstream\nendobj\n");
}

size_t picture_pdf_bytes(const struct picture *p, uint32_t pages)
{
    return (size_t)4 * FRAME_BYTES + pages * (PDF_PAGE_BYTES + stream_bytes(p));
}

void picture_pdf(const struct picture *p, uint32_t pages, uint64_t unique,
                 struct buf *out)
{
    assert(pages >= 1 && pages <= PICTURE_PAGES_MAX);
    bool has_room = buf_reserve(out, picture_pdf_bytes(p, pages));
    assert(has_room);
    struct places places = {.start = out->len};
    buf_puts(out, "%PDF-1.5\n%\xe2\xe3\xcf\xd3\n");
    put_catalog(&places, pages, out);
    put_painting(p, &places, out);
    for (uint32_t i = 0; i < pages; i++)
        put_page(p, &places, rng_hash(unique, RNG_TEXT, i), out);
    size_t table = out->len - places.start;
    buf_printf(out, "xref\n0 %zu\n0000000000 65535 f \n", places.count + 1);
    for (size_t i = 0; i < places.count; i++)
        buf_printf(out, "%010zu 00000 n \n", places.at[i]);
    buf_printf(out, "trailer\n<</Size %zu/Root 1 0 R>>\nstartxref\n%zu\n%%%%EOF\n",
               places.count + 1, table);
}
