/*
 * Writes JSON text into a buf, in the order of the calls. No tree is built.
 *
 * key is NULL inside an array and at the top. Numbers that are not finite
 * become null: a JSON reader must never see NaN. Doubles are printed with the
 * fewest digits that read back as the same value.
 */
#ifndef GUST_JOUT_H
#define GUST_JOUT_H

#include "base/buf.h"

struct jout {
    struct buf *out;
    unsigned depth;
    bool has_item[32]; /* per open level: a comma is due */
    bool is_pretty;    /* two-space indentation; a run line is not pretty */
};

void jout_init(struct jout *j, struct buf *out, bool is_pretty);
void jout_object(struct jout *j, const char *key);
void jout_array(struct jout *j, const char *key);
/* Closes the innermost object or array. */
void jout_end_object(struct jout *j);
void jout_end_array(struct jout *j);
void jout_str(struct jout *j, const char *key, const char *text); /* NULL: null */
void jout_strn(struct jout *j, const char *key, const char *text, size_t length);
void jout_u64(struct jout *j, const char *key, uint64_t value);
void jout_i64(struct jout *j, const char *key, int64_t value);
void jout_num(struct jout *j, const char *key, double value);
void jout_bool(struct jout *j, const char *key, bool value);
void jout_null(struct jout *j, const char *key);
/* JSON text that is already valid, copied as it is. */
void jout_raw(struct jout *j, const char *key, const char *json, size_t length);

#endif
