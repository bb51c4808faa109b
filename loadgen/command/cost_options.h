/*
 * What the verbs of cost can be told alike: the price list, and where the answer
 * goes.
 */
#ifndef GUST_COST_OPTIONS_H
#define GUST_COST_OPTIONS_H

#include "base/opts.h"
#include "command/price_settings.h"
#include "command/prices.h"
#include "render/sheet.h"

struct cost_settings {
    struct price_settings prices;
    const char *out; /* folder of index.html and the like; NULL: none */
    int format;      /* enum cost_format */
};

enum cost_format { COST_TEXT, COST_JSON, COST_MARKDOWN, COST_HTML };
extern const char *const cost_formats[]; /* NULL-terminated */

struct price_terms cost_terms(const struct price_settings *s);

/* The sheet on standard output in the format, and with --out as cost.json, cost.md
 * and index.html with the pictures of plots (may be NULL). */
MUST_CHECK int cost_put(const struct cost_settings *s, const struct sheet *sheet,
                        const char *what, const struct plots *plots, struct err *e);

#endif
