/* Text to token ids; see tokenizer.h. */
#include "workload/tokenizer.h"

#include "workload/pretoken.h"

size_t tokenizer_encode(const struct tokenizer *t, struct bpe_work *w, const char *text,
                        size_t length, uint32_t *ids)
{
    size_t count = 0, piece;
    for (; length > 0; text += piece, length -= piece) {
        piece = pretoken_next(text, length);
        uint32_t *room = ids != NULL ? ids + count : NULL;
        size_t n = bpe_encode(t->bpe, w, text, piece, room);
        for (size_t i = 0; room != NULL && i < n; i++)
            room[i] += t->specials;
        count += n;
    }
    return count;
}

size_t tokenizer_count(const struct tokenizer *t, struct bpe_work *w, const char *text,
                       size_t length)
{
    return tokenizer_encode(t, w, text, length, NULL);
}

const char *tokenizer_decode(const struct tokenizer *t, uint32_t id, size_t *length)
{
    if (id < t->specials || id - t->specials >= bpe_count(t->bpe))
        return NULL;
    return (const char *)bpe_token(t->bpe, id - t->specials, length);
}

void tokenizer_release(struct tokenizer *t)
{
    bpe_free(t->bpe);
    *t = (struct tokenizer){0};
}
