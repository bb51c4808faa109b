/* Asking for length in words; see instruct.h. */
#include "workload/instruct.h"

#include "base/base.h"

#define HIGHEST 999999u

static const char *const opening[] = {" please", " write", " one",  " long",
                                      " story",  " with",  " more", " than"};
static const char closing[] = " words";

/* Words that are not one token in every tokenizer are left out. */
static const char *const ones[21] = {
    "",          " one",     " two",     " three", " four",     " five",   " six",
    " seven",    " eight",   " nine",    " ten",   " eleven",   " twelve", " thirteen",
    " fourteen", " fifteen", " sixteen", NULL,     " eighteen", NULL,      " twenty",
};
static const char *const tens[10] = {
    NULL,     NULL,     " twenty",  " thirty", " forty",
    " fifty", " sixty", " seventy", NULL,      NULL,
};

/* The words being put together. */
struct phrase {
    const char *words[INSTRUCT_WORDS_MAX];
    uint32_t count;
};

static void say(struct phrase *p, const char *word)
{
    assert(p->count < INSTRUCT_WORDS_MAX);
    p->words[p->count++] = word;
}

/* The next number below 1,000 whose words there are; 1,000 past 979. */
static uint32_t sayable(uint32_t n)
{
    uint32_t rest = n % 100;
    if (rest == 17 || rest == 19)
        return n + 1;
    return rest >= 80 ? n - rest + 100 : n;
}

/* 1 .. 999. */
static void say_small(struct phrase *p, uint32_t n)
{
    if (n >= 100) {
        say(p, ones[n / 100]);
        say(p, " hundred");
    }
    uint32_t rest = n % 100;
    if (rest > 20) {
        say(p, tens[rest / 10]);
        rest %= 10;
    }
    if (rest > 0)
        say(p, ones[rest]);
}

static void say_number(struct phrase *p, uint32_t n)
{
    n = n < HIGHEST ? n : HIGHEST;
    if (n < 1000)
        n = sayable(n);
    if (n < 1000) {
        say_small(p, n);
        return;
    }
    uint32_t hundreds = (n + 99) / 100;
    uint32_t thousands = sayable(hundreds / 10);
    if (thousands != hundreds / 10)
        hundreds = thousands * 10;
    if (thousands >= 1000) {
        say(p, " one");
        say(p, " million");
        return;
    }
    say_small(p, thousands);
    say(p, " thousand");
    if (hundreds % 10 > 0) {
        say(p, ones[hundreds % 10]);
        say(p, " hundred");
    }
}

static struct phrase phrase_of(uint32_t tokens)
{
    struct phrase p = {.count = 0};
    assert(tokens >= 1);
    for (size_t i = 0; i < ARRAY_LEN(opening); i++)
        say(&p, opening[i]);
    say_number(&p, tokens);
    say(&p, closing);
    return p;
}

uint32_t instruct_words(uint32_t tokens)
{
    return phrase_of(tokens).count;
}

void instruct_append(struct buf *out, uint32_t tokens)
{
    struct phrase p = phrase_of(tokens);
    for (uint32_t i = 0; i < p.count; i++)
        buf_puts(out, p.words[i]);
}
