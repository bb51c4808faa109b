/*
 * Which prices a verb takes, by which terms: what the rows of price_rows.inc fill.
 */
#ifndef GUST_PRICE_SETTINGS_H
#define GUST_PRICE_SETTINGS_H

#include <stdbool.h>

struct price_settings {
    const char *list; /* file or name of a list; NULL: default */
    int tier;         /* enum price_tier */
    bool is_regional;
};

#endif
