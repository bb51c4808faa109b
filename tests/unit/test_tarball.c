/* The archive: headers as POSIX says, always the same bytes, a cap. */
#include "base/tarball.h"

#include "check.h"

#include <stdlib.h>
#include <zlib.h>

#define MAX (1u << 20)

/* The archive without its compression; the caller frees. */
static char *inflated(const struct buf *packed, size_t *length)
{
    z_stream z = {0};
    char *out = calloc(1, MAX);
    CHECK(packed->len > 18 && (unsigned char)packed->data[0] == 0x1f);
    CHECK_INT(inflateInit2(&z, 15 + 16), Z_OK);
    z.next_in = (Bytef *)packed->data;
    z.avail_in = (uInt)packed->len;
    z.next_out = (Bytef *)out;
    z.avail_out = MAX;
    CHECK_INT(inflate(&z, Z_FINISH), Z_STREAM_END);
    *length = z.total_out;
    (void)inflateEnd(&z);
    return out;
}

static void fill(struct tarball *t)
{
    tarball_init(t, 1795274725, MAX);
    tarball_add(t, "a/one.txt", "hello\n", 6);
    tarball_add(t, "a/empty", "", 0);
    char *block = calloc(1, 512);
    memset(block, 'x', 512);
    tarball_add(t, "a/block", block, 512);
    free(block);
}

static unsigned sum_of(const char *header)
{
    unsigned sum = 0;
    for (size_t i = 0; i < 512; i++)
        sum += i >= 148 && i < 156 ? ' ' : (unsigned char)header[i];
    return sum;
}

static void headers_are_ustar(void)
{
    static const struct {
        const char *name;
        size_t at, size;
    } members[] = {{"a/one.txt", 0, 6}, {"a/empty", 1024, 0}, {"a/block", 1536, 512}};
    struct tarball t;
    struct buf packed;
    struct err e = {0};
    size_t length = 0;
    buf_init(&packed, MAX);
    fill(&t);
    CHECK_INT(tarball_finish(&t, &packed, &e), 0);
    char *tar = inflated(&packed, &length);
    CHECK_INT(length, 512 * 7); /* 3 headers, 2 of data, 2 at the end */
    for (size_t i = 0; i < ARRAY_LEN(members); i++) {
        const char *h = tar + members[i].at;
        check_row = members[i].name;
        CHECK_STR(h, members[i].name);
        CHECK_STR(h + 100, "0000644");
        CHECK_STR(h + 108, "0000000");
        CHECK_INT(strtoull(h + 124, NULL, 8), members[i].size);
        CHECK_INT(strtoull(h + 136, NULL, 8), 1795274725);
        CHECK_INT(strtoul(h + 148, NULL, 8), sum_of(h));
        CHECK(h[156] == '0' && memcmp(h + 257,
                                      "ustar\0"
                                      "00",
                                      8) == 0);
    }
    CHECK(memcmp(tar + 512, "hello\n\0", 7) == 0);
    for (size_t i = length - 1024; i < length; i++)
        CHECK(tar[i] == '\0');
    free(tar);
    buf_release(&packed);
    tarball_release(&t);
}

static void bytes_are_always_the_same(void)
{
    struct tarball one, two;
    struct buf first, second;
    struct err e = {0};
    buf_init(&first, MAX);
    buf_init(&second, MAX);
    fill(&one);
    fill(&two);
    CHECK(tarball_finish(&one, &first, &e) == 0 &&
          tarball_finish(&two, &second, &e) == 0);
    CHECK_INT(first.len, second.len);
    CHECK(memcmp(first.data, second.data, first.len) == 0);
    buf_release(&first);
    buf_release(&second);
    tarball_release(&one);
    tarball_release(&two);
}

static void too_much_is_an_error(void)
{
    struct tarball t;
    struct buf packed;
    struct err e = {0};
    buf_init(&packed, MAX);
    tarball_init(&t, 0, 1024); /* no room for the end */
    tarball_add(&t, "name", "x", 1);
    CHECK_INT(tarball_finish(&t, &packed, &e), -1);
    CHECK_STR(e.text, "the archive is larger than 1024 bytes");
    CHECK_INT(packed.len, 0);
    buf_release(&packed);
    tarball_release(&t);
}

int main(void)
{
    RUN(headers_are_ustar);
    RUN(bytes_are_always_the_same);
    RUN(too_much_is_an_error);
    return check_report();
}
