/* Counting prompts by asking the server; see tokenize.h. */
#include "engine/tokenize.h"

#include "base/jout.h"
#include "base/json.h"
#include "engine/identify.h"

#include <inttypes.h>
#include <stdlib.h>

/* The one API of all classes, which decides the form; API_COUNT: they differ. */
static enum api api_of(const struct profile *p)
{
    for (size_t i = 1; i < p->class_count; i++)
        if (p->classes[i].api != p->classes[0].api)
            return API_COUNT;
    return p->classes[0].api;
}

/* The text stands in a message of its own where it is not messages already. */
static void write_question(const struct target *t, enum api api, bool is_messages,
                           const struct buf *text, struct buf *out)
{
    struct jout j;
    jout_init(&j, out, false);
    jout_object(&j, NULL);
    jout_str(&j, "model", t->model);
    if (api == API_CHAT) {
        jout_array(&j, "messages");
        if (!is_messages) {
            jout_object(&j, NULL);
            jout_str(&j, "role", "user");
            jout_raw(&j, "content", "\"", 1);
        }
        buf_append(out, text->data, text->len);
        if (!is_messages) {
            buf_putc(out, '"');
            jout_end_object(&j);
        }
        jout_end_array(&j);
    } else {
        jout_raw(&j, "prompt", "\"", 1);
        buf_append(out, text->data, text->len);
        buf_putc(out, '"');
    }
    jout_end_object(&j);
}

/* "count" of the reply, 0 when there is none. */
static uint32_t count_of(const struct call *c)
{
    struct err ignored = {0};
    json_t *root = c->exchange.http == 200
                       ? json_parse(c->reply.data, c->reply.len, &ignored)
                       : NULL;
    json_int_t count = json_integer_value(json_object_get(root, "count"));
    json_decref(root);
    return count > 0 && count <= UINT32_MAX ? (uint32_t)count : 0;
}

static uint32_t ask(struct call *c, const struct target *t, enum api api,
                    const struct corpus *corpus, uint32_t i)
{
    struct buf text, body;
    struct err ignored = {0};
    uint32_t count = 0;
    buf_init(&text, CORPUS_PROMPT_BYTES_MAX);
    buf_init(&body, CORPUS_PROMPT_BYTES_MAX + 4096);
    if (corpus_read(corpus, i, &text, &ignored) == 0) {
        write_question(t, api, corpus->prompts[i].is_messages, &text, &body);
        c->body = body.data;
        c->length = body.len;
        call_make(c);
        c->body = NULL;
        count = count_of(c);
    }
    buf_release(&text);
    buf_release(&body);
    return count;
}

static bool count_all(struct call *c, const struct target *t, enum api api,
                      struct corpus *corpus)
{
    uint32_t *counts = xcalloc(corpus->count, sizeof *counts), done = 0;
    while (done < corpus->count) {
        counts[done] = ask(c, t, api, corpus, done);
        if (counts[done] == 0)
            break;
        done++;
    }
    bool is_whole = done == corpus->count;
    for (uint32_t i = 0; is_whole && i < corpus->count; i++)
        corpus->prompts[i].tokens = counts[i];
    free(counts);
    return is_whole;
}

void tokenize_corpus(struct call *c, const struct target *t, struct corpus *corpus,
                     struct buf *notes)
{
    enum api api = api_of(c->plan->profile);
    bool is_asked = t->dialect->tokenize_path != NULL &&
                    corpus->count <= TOKENIZE_PROMPTS_MAX &&
                    (api == API_CHAT || api == API_COMPLETION);
    struct buf url;
    buf_init(&url, 8192);
    identify_root(t->base_url, &url);
    if (is_asked)
        buf_puts(&url, t->dialect->tokenize_path);
    c->url = url.data;
    if (is_asked && count_all(c, t, api, corpus)) {
        corpus->counted = CORPUS_SERVER;
        buf_printf(notes, "prompts: %" PRIu32 " counted by the server's %s\n",
                   corpus->count, t->dialect->tokenize_path);
    } else {
        buf_puts(notes, "prompts: not counted beforehand; the replies' usage tells "
                        "their tokens (--tokenizer counts)\n");
    }
    c->url = NULL;
    buf_release(&url);
}
