/*
 * Small tables of the report that are the same in every form: built once from the
 * summary, written as text, Markdown and HTML.
 *
 *   Rate limits           what the server published, and the least that was left
 *   Where the time went   the client's TTFT against the server's queue and prefill
 *   The server's view     its own gauges and counters over the measured window
 *
 * A table with nothing to say has no rows and is not written.
 */
#ifndef GUST_SERVER_TABLES_H
#define GUST_SERVER_TABLES_H

#include "judge/summary.h"

#define SERVER_TABLES 3
#define SERVER_TABLE_COLUMNS 4
#define SERVER_TABLE_ROWS 24
#define SERVER_TABLE_CELL 96

struct server_table {
    const char *id, *title;
    const char *columns
        [SERVER_TABLE_COLUMNS]; /* NULL: no more; all but the first are numbers */
    char cells[SERVER_TABLE_ROWS][SERVER_TABLE_COLUMNS][SERVER_TABLE_CELL];
    size_t rows;
    char note[400]; /* below it; "": none */
};

void server_tables_make(const struct summary *s,
                        struct server_table out[SERVER_TABLES]);

/* All of them; heading says how a title is written. */
typedef void (*server_tables_heading)(void *context, const char *title);
void server_tables_text(const struct summary *s, server_tables_heading heading,
                        void *context, struct buf *out);
void server_tables_markdown(const struct summary *s, struct buf *out);
void server_tables_html(const struct summary *s, struct buf *out);

#endif
