/*
 * What every file may use: attributes, allocation that cannot fail, and the
 * two ways to say "this cannot happen". Knows nothing of load tests.
 */
#ifndef GUST_BASE_H
#define GUST_BASE_H

#include <assert.h> /* stays on in release builds; see style: errors */
#include <stddef.h>
#include <stdint.h>

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))
#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)

/* Version of the program, "1.0.0". */
extern const char gust_version[];

/* n zeroed objects of size bytes; never NULL. Out of memory ends the program
 * with one line on stderr: there is nothing sensible left to do. */
void *xcalloc(size_t n, size_t size);

/* Grows or shrinks to n objects of size bytes; new bytes are not zeroed. */
void *xrealloc_array(void *old, size_t n, size_t size);

/* Copies, owned by the caller, released with free(). NULL stays NULL. */
char *xstrdup(const char *text);
char *xstrndup(const char *text, size_t length);

/* Ends the program with file, line and what was thought impossible. */
_Noreturn void bug_at(const char *file, int line, const char *what);
#define bug(what) bug_at(__FILE__, __LINE__, (what))

#endif
