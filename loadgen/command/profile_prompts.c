/*
 * gust profile prompts: real text of the lengths that a profile asks for.
 *
 * Recorded prompts are joined and cut to exactly as many tokens as the profile draws
 * (workload/exact.h), and written as a file for gust run --prompts. Request `number` of
 * a run with this profile and seed is as long as row `number` of the file.
 *
 * One row is in memory at a time.
 */
#include "base/jout.h"
#include "base/units.h"
#include "command/commands.h"
#include "workload/corpus.h"
#include "workload/corpus_row.h"
#include "workload/exact.h"
#include "workload/lengths.h"
#include "workload/tekken.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define TEXT_BYTES_MAX ((size_t)1 << 30)

struct settings {
    const char *prompts, *tokenizer, *out;
    uint64_t requests, seed, template_tokens;
};

#define FIELD(name) offsetof(struct settings, name)

/* clang-format off */
static const struct opt options[] = {
    {.name = "prompts", .type = OPT_STRING, .offset = FIELD(prompts), .arg = "FILE",
     .help = "recorded prompts, as of gust run --prompts: where the text is from"},
    {.name = "tokenizer", .type = OPT_STRING, .offset = FIELD(tokenizer), .arg = "FILE",
     .help = "tekken.json of the model: what a token is"},
    {.name = "requests", .letter = 'n', .type = OPT_U64, .offset = FIELD(requests), .min = 1, .max = 10000000, .fallback = "1000", .arg = "N",
     .help = "prompts to make"},
    {.name = "template-tokens", .type = OPT_U64, .offset = FIELD(template_tokens), .max = 100000, .fallback = "0", .arg = "N",
     .help = "tokens that the server's chat template adds, as gust run says: prompts are so much shorter"},
    {.name = "seed", .type = OPT_U64, .offset = FIELD(seed), .fallback = "1", .arg = "N",
     .help = "of the lengths and of the order of the recorded prompts"},
    {.name = "out", .letter = 'o', .type = OPT_STRING, .offset = FIELD(out), .arg = "FILE",
     .help = "write the prompts there; the file must not exist; default: standard output"},
    {.name = NULL},
};
/* clang-format on */

struct maker {
    const struct settings *settings;
    const struct profile *profile;
    const struct corpus *corpus;
    struct exact exact;
    struct buf raw, text, made, line;
    uint64_t picked; /* recorded prompts so far */
    uint64_t tokens;
    FILE *out;
};

/* Decoded, behind what is there. */
static void add_text(void *context, const struct span *text)
{
    struct buf *out = context;
    bool has_room = buf_reserve(out, text->decoded + 2);
    assert(has_room);
    if (out->len > 0)
        buf_puts(out, "\n\n");
    skim_decode(text, out->data + out->len);
    out->len += text->decoded;
    out->data[out->len] = '\0';
}

/* The texts of the next recorded prompt; its tokens. */
static int add_recorded(struct maker *m, uint32_t *tokens, struct err *e)
{
    uint32_t index = corpus_pick(m->corpus, m->settings->seed, m->picked++);
    const struct corpus_prompt *p = &m->corpus->prompts[index];
    buf_reset(&m->raw);
    buf_putc(&m->raw, '"');
    if (corpus_read(m->corpus, index, &m->raw, e) < 0)
        return -1;
    buf_putc(&m->raw, '"');
    const struct corpus_row row = {
        .is_messages = p->is_messages, .text = m->raw.data + 1, .bytes = p->bytes};
    corpus_row_texts(&row, &(struct corpus_texts){add_text, &m->text});
    *tokens = p->tokens;
    return 0;
}

static int put_row(struct maker *m, const struct lengths *l, struct err *e)
{
    struct jout j;
    buf_reset(&m->line);
    jout_init(&j, &m->line, false);
    jout_object(&j, NULL);
    jout_strn(&j, "prompt", m->made.data, m->made.len);
    if (l->output > 0)
        jout_u64(&j, "output_tokens", l->output);
    jout_end_object(&j);
    buf_putc(&m->line, '\n');
    if (m->line.is_full)
        return err_set(e, "a prompt of %" PRIu32 " tokens is too large", l->prompt);
    if (fwrite(m->line.data, 1, m->line.len, m->out) != m->line.len)
        return err_set_errno(e, errno, "cannot write");
    return 0;
}

static int make_row(struct maker *m, uint64_t number, struct err *e)
{
    const struct settings *s = m->settings;
    uint16_t class_index = lengths_class(m->profile, s->seed, number);
    struct lengths l =
        lengths_draw(&m->profile->classes[class_index], s->seed, number, 0);
    uint32_t n =
        l.prompt > s->template_tokens ? l.prompt - (uint32_t)s->template_tokens : 1;
    buf_reset(&m->text);
    buf_reset(&m->made);
    for (uint64_t has = 0, empty = 0; has < n && empty < 1000; empty++) {
        uint32_t tokens = 0;
        if (add_recorded(m, &tokens, e) < 0)
            return -1;
        has += tokens;
    }
    if (!exact_append(&m->exact, m->text.data, m->text.len, n, &m->made))
        return err_set(e, "prompt %" PRIu64 ": no cut has exactly %" PRIu32 " tokens",
                       number, n);
    m->tokens += n;
    return put_row(m, &l, e);
}

static int make_all(struct maker *m, struct err *e)
{
    for (uint64_t i = 0; i < m->settings->requests; i++)
        if (make_row(m, i, e) < 0)
            return -1;
    return 0;
}

/* A new file, or standard output, which main closes. */
static int write_all(struct maker *m, struct err *e)
{
    const char *path = m->settings->out;
    m->out = stdout;
    if (path != NULL) {
        int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        m->out = fd < 0 ? NULL : fdopen(fd, "w");
        if (m->out == NULL)
            return err_set_errno(e, errno, "--out: %s", path);
    }
    int rc = make_all(m, e);
    if (path == NULL)
        return rc;
    if (fclose(m->out) != 0 && rc == 0)
        rc = err_set_errno(e, errno, "--out: %s", path);
    if (rc != 0)
        (void)unlink(path); /* what failed was the writing; that is the error */
    return rc;
}

static void report(const struct maker *m)
{
    char a[UNITS_TEXT], b[UNITS_TEXT], c[UNITS_TEXT];
    fprintf(stderr, "%s prompts of %s tokens, from the text of %s recorded ones%s\n",
            units_format_count(a, m->settings->requests),
            units_format_count(b, m->tokens), units_format_count(c, m->corpus->count),
            m->picked > m->corpus->count ? ", which come more than once" : "");
}

static int make(const struct settings *s, const struct profile *p,
                const struct tokenizer *t, struct err *e)
{
    struct maker m = {.settings = s, .profile = p, .exact = {.tokenizer = t}};
    struct corpus *corpus = corpus_load(s->prompts, CORPUS_SHUFFLED, t, e);
    if (corpus == NULL)
        return err_in(e, "--prompts");
    m.corpus = corpus;
    buf_init(&m.raw, CORPUS_PROMPT_BYTES_MAX + 2);
    buf_init(&m.text, TEXT_BYTES_MAX);
    buf_init(&m.made, TEXT_BYTES_MAX);
    buf_init(&m.line, TEXT_BYTES_MAX);
    int rc = write_all(&m, e);
    if (rc == 0)
        report(&m);
    buf_release(&m.line);
    buf_release(&m.made);
    buf_release(&m.text);
    buf_release(&m.raw);
    exact_release(&m.exact);
    corpus_free(corpus);
    return rc;
}

/* What only asks for pictures has no text. */
static int check_profile(const struct profile *p, struct err *e)
{
    for (size_t i = 0; i < p->class_count; i++)
        if (p->classes[i].api == API_OCR)
            return err_set(e, "class %s reads documents, not texts",
                           p->classes[i].name);
    return 0;
}

static int load_and_make(const struct settings *s, const char *name, struct err *e)
{
    struct tokenizer t = {0};
    struct profile *p = profile_load(name, e);
    int rc = p == NULL ? -1 : check_profile(p, e);
    if (rc == 0 && tekken_load(s->tokenizer, &t, e) < 0)
        rc = err_in(e, "--tokenizer");
    if (rc == 0 && exact_words(&t, e) < 0)
        rc = err_in(e, "--tokenizer: %s", s->tokenizer);
    if (rc == 0)
        rc = make(s, p, &t, e);
    tokenizer_release(&t);
    profile_free(p);
    return rc;
}

static int run(const struct invocation *in)
{
    const struct settings *s = in->settings;
    struct err e = {0};
    if (s->prompts == NULL || s->tokenizer == NULL)
        (void)err_set(&e,
                      "needs --prompts FILE, where the text is from, and --tokenizer "
                      "FILE, which says what a token is");
    else if (load_and_make(s, in->args.items[0], &e) == 0)
        return EXIT_GO;
    return command_fail(&e, EXIT_USAGE);
}

const struct command command_profile_prompts = {
    .name = "profile prompts",
    .summary = "make prompts of a profile's lengths out of real text",
    .usage = "NAME|FILE --prompts FILE --tokenizer FILE [options]",
    .description =
        "Joins and cuts recorded prompts so that each has exactly as many tokens as the "
        "profile asks for, and writes them for gust run --prompts. Where no cut has the "
        "number, filler words of one token each make up for the last few. Send them in "
        "their order (--prompts-order file) to meet the lengths of the profile, each "
        "with its own output length.",
    .examples =
        "gust profile prompts rag --prompts chats.jsonl --tokenizer tekken.json -o rag.jsonl\n"
        "gust run rag --prompts rag.jsonl --prompts-order file --tokenizer tekken.json --target URL",
    .options = options,
    .settings_size = sizeof(struct settings),
    .args_min = 1,
    .args_max = 1,
    .run = run,
};
