/*
 * The test harness: checks that print file and line, and a count at the end.
 *
 *   static void sums(void) { CHECK_INT(1 + 1, 2); }
 *   int main(void) { RUN(sums); return check_report(); }
 *
 * For tables: `check_row = rows[i].name;` before the checks of a row, so that a
 * failing row prints its name.
 */
#ifndef GUST_CHECK_H
#define GUST_CHECK_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static unsigned check_passed, check_failed;
static bool check_is_bad;
static const char *check_row;

static inline void check_fail(const char *file, int line, const char *what)
{
    check_is_bad = true;
    fprintf(stderr, "%s:%d: %s%s%s\n", file, line, check_row ? check_row : "",
            check_row ? ": " : "", what);
}

#define CHECK(condition)                                                               \
    do {                                                                               \
        if (!(condition))                                                              \
            check_fail(__FILE__, __LINE__, #condition);                                \
    } while (0)

#define CHECK_INT(actual, expected)                                                    \
    do {                                                                               \
        int64_t check_a = (int64_t)(actual), check_e = (int64_t)(expected);            \
        if (check_a != check_e) {                                                      \
            char check_text[256];                                                      \
            (void)snprintf(check_text, sizeof check_text,                              \
                           "%s is %" PRId64 ", not %" PRId64, #actual, check_a,        \
                           check_e);                                                   \
            check_fail(__FILE__, __LINE__, check_text);                                \
        }                                                                              \
    } while (0)

#define CHECK_STR(actual, expected)                                                    \
    do {                                                                               \
        const char *check_a = (actual), *check_e = (expected);                         \
        if (!check_a || !check_e || strcmp(check_a, check_e) != 0) {                   \
            char check_text[2048];                                                     \
            (void)snprintf(check_text, sizeof check_text, "%s is \"%s\", not \"%s\"",  \
                           #actual, check_a ? check_a : "(null)",                      \
                           check_e ? check_e : "(null)");                              \
            check_fail(__FILE__, __LINE__, check_text);                                \
        }                                                                              \
    } while (0)

#define CHECK_NEAR(actual, expected, tolerance)                                        \
    do {                                                                               \
        double check_a = (actual), check_e = (expected), check_d = check_a - check_e;  \
        if (!((check_d < 0 ? -check_d : check_d) <= (tolerance))) {                    \
            char check_text[256];                                                      \
            (void)snprintf(check_text, sizeof check_text, "%s is %.12g, not %.12g",    \
                           #actual, check_a, check_e);                                 \
            check_fail(__FILE__, __LINE__, check_text);                                \
        }                                                                              \
    } while (0)

#define RUN(test)                                                                      \
    do {                                                                               \
        check_is_bad = false;                                                          \
        check_row = NULL;                                                              \
        test();                                                                        \
        if (check_is_bad) {                                                            \
            check_failed++;                                                            \
            fprintf(stderr, "FAILED %s\n", #test);                                     \
        } else {                                                                       \
            check_passed++;                                                            \
        }                                                                              \
    } while (0)

/* Prints "N passed, N failed" and gives main's exit code. */
static inline int check_report(void)
{
    printf("%u passed, %u failed\n", check_passed, check_failed);
    return check_failed ? 1 : 0;
}

#endif
