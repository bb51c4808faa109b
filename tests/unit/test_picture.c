/*
 * Pictures: the files are taken apart here by the rules of their formats, not by
 * the code that made them: chunks and their checksums, the zlib stream by zlib, the
 * places in a PDF's table.
 */
#include "workload/picture.h"

#include "check.h"

#include <stdlib.h>
#include <zlib.h>

static uint32_t u32(const char *at)
{
    const unsigned char *b = (const unsigned char *)at;
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* What a file holds. */
struct file {
    uint32_t width, height;
    unsigned depth, colour;
    unsigned chunks;
    unsigned char *rows; /* unpacked */
    uLongf row_bytes_all;
};

/* The chunks of a PNG in turn; the stream of its rows is collected. */
static void read_png(const struct buf *b, struct file *out)
{
    struct buf stream;
    size_t at = 8;
    *out = (struct file){0};
    buf_init(&stream, 1u << 26);
    CHECK(b->len > 8 && memcmp(b->data, "\x89PNG\r\n\x1a\n", 8) == 0);
    while (at + 12 <= b->len) {
        const char *chunk = b->data + at;
        uint32_t length = u32(chunk);
        CHECK(at + 12 + length <= b->len);
        if (at + 12 + length > b->len)
            break;
        CHECK_INT(u32(chunk + 8 + length),
                  crc32(0, (const Bytef *)chunk + 4, (uInt)length + 4));
        if (memcmp(chunk + 4, "IHDR", 4) == 0) {
            out->width = u32(chunk + 8);
            out->height = u32(chunk + 12);
            out->depth = (unsigned char)chunk[16];
            out->colour = (unsigned char)chunk[17];
        } else if (memcmp(chunk + 4, "IDAT", 4) == 0) {
            buf_append(&stream, chunk + 8, length);
        } else {
            CHECK(memcmp(chunk + 4, "IEND", 4) == 0 && at + 12 + length == b->len);
        }
        out->chunks++;
        at += 12 + length;
    }
    CHECK_INT(at, b->len);
    out->row_bytes_all =
        (uLongf)out->height * (1 + (uLongf)out->width * (out->colour == 2 ? 3 : 1));
    out->rows = xcalloc(out->row_bytes_all + 1, 1);
    uLongf size = out->row_bytes_all + 1;
    /* uncompress checks the Adler-32, too */
    CHECK_INT(uncompress(out->rows, &size, (const Bytef *)stream.data, stream.len),
              Z_OK);
    CHECK_INT(size, out->row_bytes_all);
    buf_release(&stream);
}

static void png_files_are_whole(void)
{
    static const struct {
        const char *name;
        enum picture_kind kind;
        uint32_t width, height;
    } rows[] = {
        {"least", PICTURE_PAGE, 16, 16},
        {"least photo", PICTURE_PHOTO, 16, 16},
        {"letter", PICTURE_PAGE, 850, 1100},
        {"flat", PICTURE_PAGE, 10000, 16},
        {"flat photo", PICTURE_PHOTO, 10000, 20},
        {"odd", PICTURE_PHOTO, 333, 77},
        {"high", PICTURE_PAGE, 16, 3000},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct picture *p = picture_new(rows[i].kind, rows[i].width, rows[i].height, 7);
        struct buf b;
        struct file f;
        bool is_page = rows[i].kind == PICTURE_PAGE;
        check_row = rows[i].name;
        buf_init(&b, 1u << 26);
        picture_png(p, i, &b);
        CHECK(b.len <= picture_png_bytes(p));
        read_png(&b, &f);
        CHECK_INT(f.width, rows[i].width);
        CHECK_INT(f.height, rows[i].height);
        CHECK_INT(f.depth, 8);
        CHECK_INT(f.colour, is_page ? 0 : 2);
        CHECK_INT(f.chunks, 4);
        size_t row_bytes = 1 + (size_t)f.width * (is_page ? 1 : 3);
        for (uint32_t y = 0; y < f.height; y++) /* the filter of a row: none */
            CHECK_INT(f.rows[y * row_bytes], 0);
        free(f.rows);
        buf_release(&b);
        picture_free(p);
    }
    check_row = NULL;
    picture_free(NULL);
}

/* A page has ink on it, between 2 and 30 of 100 points. */
static void a_page_shows_words(void)
{
    struct picture *p = picture_new(PICTURE_PAGE, 1654, 2339, 7);
    struct buf b;
    struct file f;
    size_t ink = 0;
    buf_init(&b, 1u << 26);
    picture_png(p, 1, &b);
    read_png(&b, &f);
    for (size_t i = 1655; i < f.row_bytes_all; i++)
        ink += i % 1655 != 0 && f.rows[i] == 0;
    CHECK(ink > f.row_bytes_all / 50 && ink < f.row_bytes_all * 3 / 10);
    CHECK(b.len > 10000 && b.len < 400000);
    free(f.rows);
    buf_release(&b);
    picture_free(p);
}

static void copies_differ_in_their_first_row(void)
{
    struct picture *p = picture_new(PICTURE_PHOTO, 64, 48, 7);
    struct picture *same = picture_new(PICTURE_PHOTO, 64, 48, 7);
    struct picture *other = picture_new(PICTURE_PHOTO, 64, 48, 8);
    struct buf files[4];
    struct file first, second;
    const struct picture *const pictures[] = {p, p, same, other};
    const uint64_t uniques[] = {1, 2, 1, 1};
    for (size_t i = 0; i < 4; i++) {
        buf_init(&files[i], 1u << 20);
        picture_png(pictures[i], uniques[i], &files[i]);
    }
    read_png(&files[0], &first);
    read_png(&files[1], &second);
    size_t row = 1 + 64 * 3;
    CHECK(memcmp(first.rows, second.rows, row) != 0);
    CHECK(memcmp(first.rows + row, second.rows + row, row * 47) == 0);
    CHECK(files[0].len == files[2].len &&
          memcmp(files[0].data, files[2].data, files[0].len) == 0);
    CHECK(files[0].len != files[3].len ||
          memcmp(files[0].data, files[3].data, files[0].len) != 0);
    free(first.rows);
    free(second.rows);
    for (size_t i = 0; i < 4; i++)
        buf_release(&files[i]);
    picture_free(p);
    picture_free(same);
    picture_free(other);
}

static const char *find(const struct buf *b, size_t from, const char *text)
{
    size_t n = strlen(text);
    for (size_t i = from; i + n <= b->len; i++)
        if (memcmp(b->data + i, text, n) == 0)
            return b->data + i;
    return NULL;
}

/* Each line of the table leads to its object, each picture unpacks. */
static void documents_are_whole(void)
{
    static const uint32_t pages[] = {1, 2, 9, PICTURE_PAGES_MAX};
    struct picture *p = picture_new(PICTURE_PAGE, 100, 60, 7);
    for (size_t i = 0; i < ARRAY_LEN(pages); i++) {
        struct buf b;
        char text[64];
        buf_init(&b, 1u << 26);
        buf_puts(&b, "before"); /* places are the document's own */
        picture_pdf(p, pages[i], 5, &b);
        CHECK(b.len - 6 <= picture_pdf_bytes(p, pages[i]));
        const char *start = find(&b, 0, "%PDF-1.5\n");
        const char *table = find(&b, 0, "\nxref\n0 ");
        const char *last = find(&b, 0, "startxref\n");
        CHECK(start == b.data + 6 && table != NULL && last != NULL);
        CHECK_INT(strtol(last + 10, NULL, 10), table + 1 - start);
        uint32_t objects = 3 + 2 * pages[i];
        CHECK_INT(strtol(table + 8, NULL, 10), objects + 1);
        const char *line = strchr(table + 6, '\n') + 1;
        for (uint32_t k = 1; k <= objects; k++) {
            long place = strtol(line + 20 * (size_t)k, NULL, 10);
            (void)snprintf(text, sizeof text, "%u 0 obj\n", k);
            CHECK(memcmp(start + place, text, strlen(text)) == 0);
        }
        (void)snprintf(text, sizeof text, "/Count %u/Kids[4 0 R", pages[i]);
        CHECK(find(&b, 0, text) != NULL);
        const char *image = find(&b, 0, "/Predictor 15/Colors 1/Columns 100>>/Length ");
        const char *stream = image ? strstr(image, "stream\n") + 7 : NULL;
        unsigned char rows[101 * 60];
        uLongf size = sizeof rows;
        long length = image ? strtol(strstr(image, "/Length ") + 8, NULL, 10) : 0;
        CHECK(stream != NULL &&
              uncompress(rows, &size, (const Bytef *)stream, (uLong)length) == Z_OK);
        CHECK_INT(size, sizeof rows);
        CHECK(stream != NULL && memcmp(stream + length, "\nendstream\n", 11) == 0);
        buf_release(&b);
    }
    picture_free(p);
}

int main(void)
{
    RUN(png_files_are_whole);
    RUN(a_page_shows_words);
    RUN(copies_differ_in_their_first_row);
    RUN(documents_are_whole);
    return check_report();
}
