/*
 * URLs parsed once: libcurl would parse the text anew for every request, which is a
 * tenth of what a small one costs.
 */
#ifndef GUST_URLS_H
#define GUST_URLS_H

#include <curl/curl.h>
#include <stddef.h>

/* Zeroed is empty and valid. */
struct urls {
    struct parsed_url *items; /* a handful: targets x APIs */
    size_t count;
};

/* The parts of url, which must stay where it is: it is known by its address. They are
 * the table's until urls_release. */
CURLU *urls_parsed(struct urls *u, const char *url);

void urls_release(struct urls *u);

#endif
