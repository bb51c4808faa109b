/*
 * The ids that our tokenizer gives texts, for comparison with another's.
 *
 *   tekken_ids TEKKEN.JSON < TEXTS > IDS
 *   tekken_ids TEKKEN.JSON BYTES COPIES < TEXT   how fast: texts of BYTES, COPIES times
 *
 * TEXTS: each its length in bytes as 4 bytes, lowest first, and the text. IDS: one
 * line a text, decimal, separated by blanks.
 */
#include "base/buf.h"
#include "workload/tekken.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define TEXT_BYTES_MAX ((size_t)64 << 20)

/* CPU time: other work on the machine is not ours. */
static uint64_t cpu_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static int answer(const struct tokenizer *t)
{
    struct bpe_work work = {0};
    unsigned char head[4];
    char *text = xcalloc(TEXT_BYTES_MAX, 1);
    uint32_t *ids = xcalloc(TEXT_BYTES_MAX, sizeof *ids);
    while (fread(head, 1, sizeof head, stdin) == sizeof head) {
        size_t length = (size_t)head[0] | (size_t)head[1] << 8 | (size_t)head[2] << 16 |
                        (size_t)head[3] << 24;
        if (length > TEXT_BYTES_MAX || fread(text, 1, length, stdin) != length)
            break;
        size_t n = tokenizer_encode(t, &work, text, length, ids);
        for (size_t i = 0; i < n; i++)
            printf("%s%" PRIu32, i > 0 ? " " : "", ids[i]);
        putchar('\n');
    }
    free(text);
    free(ids);
    bpe_work_release(&work);
    return ferror(stdout) != 0;
}

static int measure(const struct tokenizer *t, size_t bytes, size_t copies)
{
    struct bpe_work work = {0};
    char *text = xcalloc(TEXT_BYTES_MAX, 1);
    size_t length = fread(text, 1, TEXT_BYTES_MAX, stdin), tokens = 0, done = 0;
    uint64_t start_ns = cpu_ns();
    for (size_t i = 0; i < copies; i++)
        for (size_t at = 0; at < length; at += bytes) {
            size_t n = length - at < bytes ? length - at : bytes;
            tokens += tokenizer_count(t, &work, text + at, n);
            done += n;
        }
    double s = (double)(cpu_ns() - start_ns) / 1e9;
    printf("%.1f MB/s, %.2f M tokens/s, %.2f bytes a token\n", (double)done / 1e6 / s,
           (double)tokens / 1e6 / s, (double)done / (double)tokens);
    free(text);
    bpe_work_release(&work);
    return 0;
}

int main(int argc, char **argv)
{
    struct err e = {0};
    struct tokenizer t;
    if (argc != 2 && argc != 4)
        return 2;
    uint64_t start_ns = cpu_ns();
    if (tekken_load(argv[1], &t, &e) < 0) {
        fprintf(stderr, "%s\n", e.text);
        return 1;
    }
    if (argc == 4)
        printf("loaded in %.0f ms\n", (double)(cpu_ns() - start_ns) / 1e6);
    int rc = argc == 2 ? answer(&t)
                       : measure(&t, strtoull(argv[2], NULL, 10),
                                 strtoull(argv[3], NULL, 10));
    tokenizer_release(&t);
    return rc;
}
