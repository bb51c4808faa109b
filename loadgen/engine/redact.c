/* What must not be written; see redact.h. */
#include "engine/redact.h"

#include <string.h>

#define PART_MIN 4 /* bytes: fewer tell nothing, and would hide words */

void redact_key(char *text, const char *key)
{
    if (key == NULL || key[0] == '\0')
        return;
    size_t length = strlen(key), left = strlen(text);
    for (char *at = strstr(text, key); at != NULL; at = strstr(at, key))
        memset(at, '*', length);
    size_t part = left < length ? left : length - 1;
    while (part >= PART_MIN && strncmp(text + left - part, key, part) != 0)
        part--;
    if (part >= PART_MIN)
        memset(text + left - part, '*', part);
}

/* Where host and user info of a word begin: behind the scheme, else behind the
 * "=" of an option. */
static size_t authority_of(const char *word)
{
    const char *scheme = strstr(word, "://");
    if (scheme != NULL)
        return (size_t)(scheme + 3 - word);
    const char *equals = word[0] == '-' ? strchr(word, '=') : NULL;
    return equals != NULL ? (size_t)(equals + 1 - word) : 0;
}

void redact_url(struct buf *out, const char *word)
{
    size_t start = authority_of(word);
    size_t end = start + strcspn(word + start, "/?#"), at = end;
    while (at > start && word[at] != '@')
        at--;
    if (word[at] == '@') {
        buf_append(out, word, start);
        buf_printf(out, "***%s", word + at);
    } else {
        buf_puts(out, word);
    }
}

void redact_header(struct buf *out, const char *line)
{
    buf_append(out, line, strcspn(line, ":"));
    buf_puts(out, ": ***");
}
