/*
 * One error, owned by the caller, filled by whoever fails first.
 *
 * Fallible functions return 0 or -1 and fill a struct err that is never NULL.
 * The first error wins: later calls of err_set do not overwrite it. Text is
 * one line, lower case, without a newline, and names the thing and its value.
 */
#ifndef GUST_ERR_H
#define GUST_ERR_H

#include "base/base.h"

#include <stdbool.h>

struct err {
    bool is_set;
    char text[1024];
};

/* Records the error unless one is already recorded. Returns -1, so that a
 * function can `return err_set(e, ...)`. Long text is cut, never overrun. */
int err_set(struct err *e, const char *format, ...) PRINTF_LIKE(2, 3);

/* The same with ": <strerror(error_number)>" appended. Returns -1. */
int err_set_errno(struct err *e, int error_number, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* Puts "context: " before a recorded error; once per level. Returns -1. */
int err_in(struct err *e, const char *format, ...) PRINTF_LIKE(2, 3);

/* Forgets the error. */
void err_clear(struct err *e);

#endif
