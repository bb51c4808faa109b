/* Requests and replies as text; see transcript.h. */
#include "engine/transcript.h"

#include "base/units.h"
#include "engine/redact.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SECRET_MIN 6 /* bytes: a shorter value of a header is a common word */

/* Reply headers whose values are nobody else's business. */
static const char *const secret_headers[] = {
    "set-cookie:", "authorization:", "www-authenticate:"};

void transcript_redact(const struct target *t, char *text)
{
    redact_key(text, t->key);
    for (size_t i = 0; t->headers != NULL && t->headers[i] != NULL; i++) {
        const char *value = t->headers[i] + strcspn(t->headers[i], ":");
        value += strspn(value, ": ");
        if (strlen(value) >= SECRET_MIN)
            redact_key(text, value);
    }
}

void transcript_url(struct buf *out, const char *url)
{
    size_t end = strcspn(url, "?#");
    char *start = xstrndup(url, end);
    redact_url(out, start);
    buf_puts(out, url[end] != '\0' ? "?***" : "");
    free(start);
}

static void put_redacted(struct buf *out, const struct target *t, const char *mark,
                         const char *text, size_t length)
{
    char *line = xstrndup(text, length);
    transcript_redact(t, line);
    for (char *p = line; *p != '\0'; p++)
        if ((unsigned char)*p < 0x20 && *p != '\n' && *p != '\t')
            *p = '?';
    buf_printf(out, "%s%s\n", mark, line);
    free(line);
}

static void put_request(struct buf *out, const struct call *c)
{
    buf_puts(out, c->body != NULL ? "> POST " : "> GET ");
    transcript_url(out, c->url);
    buf_putc(out, '\n');
    if (c->target->key != NULL)
        buf_puts(out, "> Authorization: Bearer ***\n");
    for (size_t i = 0; c->target->headers != NULL && c->target->headers[i] != NULL;
         i++) {
        buf_puts(out, "> ");
        redact_header(out, c->target->headers[i]);
        buf_putc(out, '\n');
    }
    if (c->body != NULL)
        put_redacted(out, c->target, "> ", c->body, c->length);
}

static void put_header(struct buf *out, const struct call *c, const char *line,
                       size_t length)
{
    for (size_t i = 0; i < ARRAY_LEN(secret_headers); i++)
        if (strncasecmp(line, secret_headers[i], strlen(secret_headers[i])) == 0) {
            buf_puts(out, "< ");
            redact_header(out, secret_headers[i]);
            buf_putc(out, '\n');
            return;
        }
    put_redacted(out, c->target, "< ", line, length);
}

static void put_reply(struct buf *out, const struct call *c)
{
    size_t kept =
        c->reply.len < TRANSCRIPT_BODY_MAX ? c->reply.len : TRANSCRIPT_BODY_MAX;
    for (const char *line = c->headers.data; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        if (length > 0)
            put_header(out, c, line, length);
        line += length + (line[length] == '\n');
    }
    if (kept > 0)
        put_redacted(out, c->target, "", c->reply.data, kept);
    if (kept < c->reply.len)
        buf_printf(out, "... %zu bytes more\n", c->reply.len - kept);
}

void transcript_call(struct buf *out, const struct call *c)
{
    char took[UNITS_TEXT], words[CALL_WORDS + 1];
    put_request(out, c);
    put_reply(out, c);
    /* a GET asks for no answer of a model: its class says nothing */
    bool is_judged = c->body != NULL || c->exchange.http == 0;
    buf_printf(out, "= %s after %s", is_judged ? outcome_rows[c->outcome].name : "done",
               units_format_ns(took, c->took_ns));
    if (c->exchange.http == 0)
        buf_printf(out, ": %s", call_words(c, words));
    buf_puts(out, "\n\n");
}
