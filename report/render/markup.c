/* Escaping for HTML, XML and Markdown; see markup.h. */
#include "render/markup.h"

#include <string.h>

#define TEXT_MAX 65536
#define REPLACEMENT "\xEF\xBF\xBD"

static const char *escape_of(unsigned char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return c < 0x20 && c != '\t' && c != '\n' ? REPLACEMENT : NULL;
    }
}

/* What may follow each lead byte of UTF-8 (Unicode 15, table 3-7). */
static const struct {
    unsigned char from, to;  /* lead byte */
    unsigned char low, high; /* second byte */
    unsigned char more;      /* further bytes 80..BF */
} sequences[] = {
    {0xC2, 0xDF, 0x80, 0xBF, 0}, {0xE0, 0xE0, 0xA0, 0xBF, 1},
    {0xE1, 0xEC, 0x80, 0xBF, 1}, {0xED, 0xED, 0x80, 0x9F, 1},
    {0xEE, 0xEE, 0x80, 0xBF, 1}, {0xEF, 0xEF, 0x80, 0xBF, 1},
    {0xF0, 0xF0, 0x90, 0xBF, 2}, {0xF1, 0xF3, 0x80, 0xBF, 2},
    {0xF4, 0xF4, 0x80, 0x8F, 2},
};

/* Length of the multi-byte character at text, 0 when it is none. The NUL at the
 * end is no continuation byte, so nothing past it is read. */
static size_t sequence_length(const unsigned char *text)
{
    for (size_t i = 0; i < ARRAY_LEN(sequences); i++) {
        if (text[0] < sequences[i].from || text[0] > sequences[i].to)
            continue;
        if (text[1] < sequences[i].low || text[1] > sequences[i].high)
            return 0;
        for (size_t k = 0; k < sequences[i].more; k++)
            if ((text[2 + k] & 0xC0) != 0x80)
                return 0;
        return 2 + (size_t)sequences[i].more;
    }
    return 0;
}

void markup_text(struct buf *out, const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    while (*at != '\0') {
        const char *escaped = escape_of(*at);
        size_t length = *at < 0x80 ? 1 : sequence_length(at);
        if (escaped != NULL || length == 0)
            buf_puts(out, escaped != NULL ? escaped : REPLACEMENT);
        else
            buf_append(out, at, length);
        at += length > 0 ? length : 1;
    }
}

void markup_printf(struct buf *out, const char *format, ...)
{
    struct buf plain;
    va_list args;
    buf_init(&plain, TEXT_MAX);
    va_start(args, format);
    buf_vprintf(&plain, format, args);
    va_end(args);
    markup_text(out, plain.data);
    buf_release(&plain);
}

void markup_markdown(struct buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (strchr("\\|<>&*_`[]#", *text) != NULL)
            buf_putc(out, '\\');
        buf_putc(out, (unsigned char)*text < ' ' ? ' ' : *text);
    }
}
