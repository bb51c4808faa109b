/* URLs parsed once; see urls.h. */
#include "engine/urls.h"

#include "base/base.h"

#include <stdlib.h>

struct parsed_url {
    const char *text;
    CURLU *parts;
};

CURLU *urls_parsed(struct urls *u, const char *url)
{
    for (size_t i = 0; i < u->count; i++)
        if (u->items[i].text == url)
            return u->items[i].parts;
    CURLU *parts = curl_url();
    if (parts == NULL || curl_url_set(parts, CURLUPART_URL, url, 0) != CURLUE_OK)
        bug("a URL that preflight used cannot be parsed");
    u->items = xrealloc_array(u->items, u->count + 1, sizeof *u->items);
    u->items[u->count++] = (struct parsed_url){.text = url, .parts = parts};
    return parts;
}

void urls_release(struct urls *u)
{
    for (size_t i = 0; i < u->count; i++)
        curl_url_cleanup(u->items[i].parts);
    free(u->items);
    *u = (struct urls){0};
}
