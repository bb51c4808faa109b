/*
 * Checks of HTML and XML that our renderers wrote: well-formed, no id twice, nothing
 * loaded from elsewhere, no number that is none. Not a parser of anything else.
 */
#ifndef GUST_PAGE_CHECK_H
#define GUST_PAGE_CHECK_H

#include "base/base.h"
#include "check.h"

#include <string.h>

/* A tag of HTML or XML: its name in name, whether it ends or needs no end. */
struct tag {
    char name[32];
    bool is_end, is_void;
    const char *next;
};

static inline bool next_tag(const char *at, struct tag *t)
{
    static const char *const voids[] = {"meta", "br", "!DOCTYPE", "?xml"};
    at = strchr(at, '<');
    if (at == NULL)
        return false;
    t->is_end = at[1] == '/';
    at += t->is_end ? 2 : 1;
    size_t length = strcspn(at, " \n\t/>");
    (void)snprintf(t->name, sizeof t->name, "%.*s", (int)length, at);
    char quote = '\0';
    for (; *at != '\0' && (quote != '\0' || *at != '>'); at++)
        if (*at == quote)
            quote = '\0';
        else if (quote == '\0' && (*at == '"' || *at == '\''))
            quote = *at;
    CHECK(*at == '>');
    t->is_void = at[-1] == '/';
    for (size_t i = 0; i < ARRAY_LEN(voids); i++)
        t->is_void = t->is_void || strcmp(voids[i], t->name) == 0;
    t->next = *at == '>' ? at + 1 : at;
    return true;
}

/* Every element that begins also ends, in the right order. */
static inline void check_nesting(const char *markup)
{
    static char open[64][32];
    size_t depth = 0;
    struct tag t;
    for (const char *at = markup; next_tag(at, &t); at = t.next) {
        if (t.is_void)
            continue;
        if (!t.is_end) {
            CHECK(depth < ARRAY_LEN(open));
            (void)snprintf(open[depth++ % 64], sizeof open[0], "%s", t.name);
            continue;
        }
        CHECK(depth > 0);
        depth -= depth > 0 ? 1 : 0;
        CHECK_STR(t.name, open[depth]);
    }
    CHECK_INT(depth, 0);
}

/* Ids that stand twice; id= as an attribute only. */
static inline void check_ids(const char *markup)
{
    static const char key[] = " id=\"";
    for (const char *at = strstr(markup, key); at != NULL; at = strstr(at + 1, key)) {
        char mine[96];
        size_t length = strcspn(at + strlen(key), "\"") + strlen(key) + 1;
        (void)snprintf(mine, sizeof mine, "%.*s", (int)length, at);
        if (strstr(at + 1, mine) != NULL)
            CHECK_STR(mine, "unique");
    }
}

static inline void check_page(const char *page)
{
    static const char *const forbidden[] = {
        "<script", "<link",   "<iframe", "<img",        " src=", "url(",
        "@import", "<b>busy", "onload=", "href=\"http", "nan",   "inf %",
        "-nan",    "(null)",  "%s",      "%g",
    };
    check_nesting(page);
    check_ids(page);
    for (size_t i = 0; i < ARRAY_LEN(forbidden); i++)
        if (strstr(page, forbidden[i]) != NULL)
            CHECK_STR(forbidden[i], "absent");
}

#endif
