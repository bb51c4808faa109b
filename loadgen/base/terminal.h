/*
 * What the reader at the other end of a descriptor can show.
 */
#ifndef GUST_TERMINAL_H
#define GUST_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

#define TERMINAL_COLUMNS 80   /* of what is no terminal */
#define TERMINAL_READABLE 120 /* longer lines are hard to read */

/* Columns of the terminal at fd. */
unsigned terminal_columns(int fd);

/* The same, for text that is filled: at most TERMINAL_READABLE. */
size_t terminal_text_columns(int fd);

/* Is it a terminal, and has the user not asked for no colours (NO_COLOR)? */
bool terminal_has_colour(int fd);

#endif
