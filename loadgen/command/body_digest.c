/* Digests of bodies; see body_digest.h. */
#include "command/body_digest.h"

#include <string.h>

#define BODY_BYTES_MAX ((size_t)64 << 20)

void body_digest_init(struct body_digest *b, const struct run_plan *p,
                      const struct target_settings *t)
{
    *b = (struct body_digest){
        .spec = {.dialect =
                     dialect_find(t->dialect > 0 ? run_dialects[t->dialect] : "openai"),
                 .profile = p->profile,
                 .corpus = p->corpus,
                 .model = t->model != NULL ? t->model : "model",
                 .seed = p->plan.schedule.seed}};
    buf_init(&b->text, BODY_BYTES_MAX);
    buf_init(&b->body, BODY_BYTES_MAX);
}

void body_digest_release(struct body_digest *b)
{
    buf_release(&b->text);
    buf_release(&b->body);
}

/* Eight bytes a step; the length goes first, so that a tail of zeros counts. */
static uint64_t digest_of(const char *bytes, size_t length)
{
    uint64_t digest = length, word;
    for (size_t at = 0; at < length; at += sizeof word) {
        size_t n = length - at < sizeof word ? length - at : sizeof word;
        word = 0;
        memcpy(&word, bytes + at, n);
        digest = rng_hash(digest, RNG_TEXT, word);
    }
    return digest;
}

int body_digest(struct body_digest *b, const struct arrival *a, uint64_t *out,
                struct err *e)
{
    if (prompt_body_bytes_max(a) > BODY_BYTES_MAX)
        return err_set(e, "request %llu: its body is over 64 MiB",
                       (unsigned long long)a->number);
    buf_reset(&b->text);
    buf_reset(&b->body);
    if (a->has_text && corpus_read(b->spec.corpus, a->text_index, &b->text, e) < 0)
        return -1;
    prompt_body(&b->spec, a, &b->text, &b->body);
    *out = digest_of(b->body.data, b->body.len);
    return 0;
}
