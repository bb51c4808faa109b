/*
 * Prompts; see prompt.h.
 *
 * prompt_body lays all texts of a body behind each other in the scratch buffer,
 * points messages into it and lets the dialect write the JSON. The scratch is
 * made large enough first, so the pointers stay good. Words are lower-case
 * letters and spaces: nothing to escape.
 *
 * A word costs half a random number, a table look-up and one 16-byte move: 1.2 ns.
 */
#include "workload/prompt.h"

#include "workload/instruct.h"
#include "workload/lengths.h"
#include "workload/picture.h"
#include "workload/words.h"

#include <string.h>

/* A role, quotes and commas around one text; and everything else in a body:
 * member names, sampling, and what the parser bounds (model and extra). */
#define MESSAGE_BYTES 64
#define FRAME_BYTES (1024 + 2 * PROFILE_MODEL_BYTES_MAX * 6 + MEMBERS_BYTES_MAX)
#define MESSAGES_MAX PROFILE_BATCH_MAX
_Static_assert(MESSAGES_MAX >= 2 * PROFILE_TURNS_MAX, "a batch or a conversation");

/* High bits of RNG_PREFIX streams: prefix groups and trace blocks, apart from the
 * schedule's draws, which are numbered by request. */
#define GROUP_STREAM (UINT64_C(1) << 62)
#define BLOCK_STREAM (UINT64_C(1) << 63)
#define CALIBRATION_NUMBER UINT64_MAX

/* ---- words */

static char *put(char *at, const struct word *table, unsigned count, uint32_t draw)
{
    const struct word *w = &table[(uint64_t)draw * count >> 32];
    memcpy(at, w, sizeof *w); /* the bytes past length are overwritten */
    return at + w->length;
}

void prompt_words(struct buf *out, uint64_t seed, enum rng_purpose purpose,
                  uint64_t number, uint32_t n, bool is_first)
{
    struct rng r;
    if (n == 0)
        return;
    bool has_room = buf_reserve(out, (size_t)n * WORD_LENGTH_MAX + WORD_BYTES);
    assert(has_room);
    rng_init(&r, seed, purpose, number);
    char *at = out->data + out->len;
    uint64_t bits = rng_u64(&r);
    at = is_first ? put(at, words_first, words_first_count, (uint32_t)bits)
                  : put(at, words_next, words_next_count, (uint32_t)bits);
    for (uint32_t i = 1; i < n; i++) {
        bits = i % 2 == 1 ? bits >> 32 : rng_u64(&r);
        at = put(at, words_next, words_next_count, (uint32_t)bits);
    }
    *at = '\0';
    out->len = (size_t)(at - out->data);
}

/* ---- how many words a text has */

static const struct request_class *class_of(const struct prompt_spec *spec,
                                            const struct arrival *a)
{
    return &spec->profile->classes[a->class_index];
}

/* The part of total that input i of count gets: all the same, or one more. */
static uint32_t share_of(uint32_t total, uint32_t count, uint32_t i)
{
    return total / count + (i < total % count ? 1 : 0);
}

/* Words of a user message (or one input) so that it costs tokens; at least 1. */
static uint32_t user_words(const struct prompt_spec *spec, const struct arrival *a,
                           uint16_t turn, uint32_t tokens)
{
    const struct prompt_overhead *o = &spec->overhead[a->class_index];
    uint32_t overhead = turn == 0 ? o->single : o->per_turn;
    return tokens > overhead ? tokens - overhead : 1;
}

static struct lengths turn_lengths(const struct prompt_spec *spec,
                                   const struct arrival *a, uint16_t turn)
{
    if (turn == a->turn)
        return (struct lengths){.prompt = a->prompt_tokens, .output = a->output_tokens};
    return lengths_draw(class_of(spec, a), spec->seed, a->number, turn);
}

/* ---- texts */

/* A body under construction. */
struct draft {
    const struct prompt_spec *spec;
    const struct arrival *arrival;
    uint64_t text_seed;
    struct buf *text;
    size_t start; /* of the open text */
    struct message messages[MESSAGES_MAX];
    size_t count;
    struct attachment attachments[PROFILE_IMAGES_MAX];
    size_t attachment_count;
};

/* An empty body; text is kept where the arrival has its own. */
static void draft_init(struct draft *d, const struct prompt_spec *spec,
                       const struct arrival *a, struct buf *text)
{
    d->spec = spec;
    d->arrival = a;
    d->text_seed = spec->seed ^ spec->salt;
    d->text = text;
    d->count = d->attachment_count = 0;
    d->start = 0;
    if (a->has_text)
        return;
    buf_reset(text);
    bool has_room = buf_reserve(text, prompt_body_bytes_max(a));
    assert(has_room);
}

/* What was appended since the last close is one message. */
static void close_message(struct draft *d, const char *role)
{
    assert(d->count < MESSAGES_MAX);
    d->messages[d->count++] = (struct message){.role = role,
                                               .text = d->text->data + d->start,
                                               .length = d->text->len - d->start};
    d->start = d->text->len;
}

static void add_words(struct draft *d, enum rng_purpose purpose, uint64_t number,
                      uint32_t n)
{
    prompt_words(d->text, d->text_seed, purpose, number, n, d->text->len == d->start);
}

/* Unique words: part tells the texts of one turn apart (0 user, 1 reply or suffix,
 * 2 on the inputs of a batch). */
static void own_words(struct draft *d, uint16_t turn, uint64_t part, uint32_t n)
{
    uint64_t stream = lengths_stream(d->arrival->number, turn);
    add_words(d, RNG_TEXT, rng_hash(part, RNG_TEXT, stream), n);
}

/* The trace's blocks, the last one cut; returns the words that are left. */
static uint32_t block_words(struct draft *d, uint32_t left)
{
    const struct arrival *a = d->arrival;
    for (uint32_t i = 0; i < a->block_count && left > 0; i++) {
        uint32_t n = left < a->block_tokens ? left : a->block_tokens;
        add_words(d, RNG_PREFIX, BLOCK_STREAM | a->blocks[i], n);
        left -= n;
    }
    return left;
}

/* Where the server cannot be made to go on, its prompt asks for the length. */
static bool asks_for_length(const struct draft *d)
{
    const struct request_class *c = class_of(d->spec, d->arrival);
    const struct dialect *to = d->spec->dialect;
    bool is_prose = c->api == API_CHAT || c->api == API_COMPLETION;
    return is_prose && c->force_length && to->min_tokens_key == NULL &&
           to->ignore_eos_key == NULL;
}

/* Unique words, the last of which ask for output tokens where that must be said and
 * there is room for it. */
static void closing_words(struct draft *d, uint16_t turn, uint32_t n, uint32_t output)
{
    uint32_t asking = output > 0 && asks_for_length(d) ? instruct_words(output) : 0;
    if (n <= asking)
        asking = 0;
    own_words(d, turn, 0, n - asking);
    if (asking > 0)
        instruct_append(d->text, output);
}

/* The first user message: shared words, then unique ones. */
static void opening_words(struct draft *d, uint32_t n, uint32_t output)
{
    const struct arrival *a = d->arrival;
    uint32_t left = n;
    if (a->block_count > 0) {
        left = block_words(d, n);
    } else if (a->prefix_tokens > 0) {
        uint32_t shared = a->prefix_tokens < n ? a->prefix_tokens : n - 1;
        uint64_t group = (uint64_t)a->class_index << 32 | a->prefix_group;
        add_words(d, RNG_PREFIX, GROUP_STREAM | group, shared);
        left = n - shared;
    }
    closing_words(d, 0, left, output);
}

static void user_message(struct draft *d, uint16_t turn)
{
    struct lengths l = turn_lengths(d->spec, d->arrival, turn);
    uint32_t n = user_words(d->spec, d->arrival, turn, l.prompt);
    if (turn == 0)
        opening_words(d, n, l.output);
    else
        closing_words(d, turn, n, l.output);
    close_message(d, "user");
}

static void chat_messages(struct draft *d)
{
    const struct arrival *a = d->arrival;
    for (uint16_t turn = 0; turn < a->turn; turn++) {
        struct lengths l = turn_lengths(d->spec, a, turn);
        user_message(d, turn);
        own_words(d, turn, 1, l.output);
        close_message(d, "assistant");
    }
    user_message(d, a->turn);
}

static void single_message(struct draft *d)
{
    user_message(d, 0);
}

static void fim_messages(struct draft *d)
{
    user_message(d, 0);
    own_words(d, 0, 1, d->arrival->suffix_tokens);
    close_message(d, "suffix");
}

static void batch_messages(struct draft *d)
{
    const struct arrival *a = d->arrival;
    for (uint32_t i = 0; i < a->batch; i++) {
        uint32_t tokens = share_of(a->prompt_tokens, a->batch, i);
        own_words(d, 0, 2 + i, user_words(d->spec, a, 0, tokens));
        close_message(d, "user");
    }
}

/* ---- pictures */

static void attach(struct draft *d, const char *mime)
{
    assert(d->attachment_count < ARRAY_LEN(d->attachments));
    d->attachments[d->attachment_count++] =
        (struct attachment){.mime = mime,
                            .bytes = d->text->data + d->start,
                            .length = d->text->len - d->start};
    d->start = d->text->len;
}

/* Files behind the texts, each unlike any other of the run. */
static void add_images(struct draft *d)
{
    const struct arrival *a = d->arrival;
    const struct image_plan *p = &class_of(d->spec, a)->image;
    uint64_t unique =
        rng_hash(d->text_seed, RNG_TEXT, lengths_stream(a->number, a->turn));
    assert(a->images == 0 || p->picture != NULL);
    if (p->is_document) {
        picture_pdf(p->picture, a->images, unique, d->text);
        attach(d, "application/pdf");
        return;
    }
    for (uint32_t i = 0; i < a->images; i++) {
        picture_png(p->picture, rng_hash(unique, RNG_TEXT, i), d->text);
        attach(d, "image/png");
    }
}

static void no_messages(struct draft *d)
{
    (void)d;
}

static void (*const message_rows[])(struct draft *d) = {
    [API_CHAT] = chat_messages,
    [API_COMPLETION] = single_message,
    [API_FIM] = fim_messages,
    [API_EMBEDDINGS] = batch_messages,
    [API_MODERATION] = batch_messages,
    [API_CHAT_MODERATION] = batch_messages,
    [API_CLASSIFICATION] = batch_messages,
    [API_CHAT_CLASSIFICATION] = batch_messages,
    [API_OCR] = no_messages,
};
_Static_assert(ARRAY_LEN(message_rows) == API_COUNT, "one row per API");

/* ---- bodies */

/* What is the same in all bodies of a class. */
static struct request_spec spec_of(const struct prompt_spec *spec,
                                   const struct request_class *c)
{
    return (struct request_spec){
        .api = c->api,
        .model = c->model != NULL ? c->model : spec->model,
        .force_length = c->force_length,
        .choices = c->choices,
        .has_temperature = c->has_temperature,
        .temperature = c->temperature,
        .has_top_p = c->has_top_p,
        .top_p = c->top_p,
        .has_seed = c->has_seed,
        /* members are only read */
        .extra_keys = (const char *const *)c->extra.keys,
        .extra_values = (const char *const *)c->extra.values,
    };
}

static void write_body(const struct draft *d, struct request_spec *r, struct buf *body)
{
    r->messages = d->messages;
    r->message_count = d->count;
    r->attachments = d->attachments;
    r->attachment_count = d->attachment_count;
    assert(!d->text->is_full);
    dialect_body(d->spec->dialect, r, body);
    assert(!body->is_full);
}

/* The text of the corpus is the body's messages, or its only one. */
static void recorded_messages(struct draft *d, struct request_spec *r)
{
    const struct corpus *c = d->spec->corpus;
    assert(c != NULL && d->arrival->text_bytes == d->text->len);
    if (c->prompts[d->arrival->text_index].is_messages) {
        r->messages_json = d->text->data;
        r->messages_json_length = d->text->len;
    } else {
        close_message(d, "user");
    }
}

/* One per turn, and within the range of a signed 32-bit field. */
static uint64_t seed_of(const struct prompt_spec *spec, uint64_t number, uint16_t turn)
{
    return rng_hash(spec->seed, RNG_TEXT, lengths_stream(number, turn)) >> 33;
}

void prompt_body(const struct prompt_spec *spec, const struct arrival *a,
                 struct buf *text, struct buf *body)
{
    struct draft d;
    const struct request_class *c = class_of(spec, a);
    struct request_spec r = spec_of(spec, c);
    r.is_stream = c->is_stream;
    r.max_tokens = a->output_tokens;
    r.seed = seed_of(spec, a->number, a->turn);
    draft_init(&d, spec, a, text);
    if (a->has_text) {
        r.force_length = r.force_length && !a->is_capped;
        recorded_messages(&d, &r);
    } else {
        message_rows[c->api](&d);
        add_images(&d);
    }
    write_body(&d, &r, body);
}

/* What a calibration holds beside its last message. */
struct calibration {
    uint32_t words;         /* of each message */
    const char *earlier[3]; /* roles of the messages before it, then NULL */
    uint32_t images;
};

static void calibrate(const struct prompt_spec *spec, uint16_t class_index,
                      const struct calibration *k, struct buf *text, struct buf *body)
{
    struct draft d;
    const struct request_class *c = &spec->profile->classes[class_index];
    enum api api = c->api;
    uint32_t earlier = 0;
    while (k->earlier[earlier] != NULL)
        earlier++;
    struct arrival a = {.number = CALIBRATION_NUMBER,
                        .class_index = class_index,
                        .turns = 1,
                        .batch = 1,
                        .images = api == API_OCR ? 1 : k->images,
                        .prompt_tokens = k->words * (1 + earlier)};
    assert(k->words >= 2);
    a.image_bytes = lengths_image_bytes(c, a.images);
    draft_init(&d, spec, &a, text);
    for (uint32_t i = 0; i < earlier; i++) {
        own_words(&d, 0, i, k->words);
        close_message(&d, k->earlier[i]);
    }
    if (api != API_OCR) {
        own_words(&d, 0, earlier, api == API_FIM ? k->words - 1 : k->words);
        close_message(&d, "user");
    }
    if (api == API_FIM) {
        own_words(&d, 0, earlier + 1, 1);
        close_message(&d, "suffix");
    }
    add_images(&d);
    struct request_spec r = spec_of(spec, c);
    r.max_tokens = api_generates(api) ? 1 : 0;
    write_body(&d, &r, body);
}

void prompt_calibration(const struct prompt_spec *spec, uint16_t class_index,
                        uint32_t words, struct buf *text, struct buf *body)
{
    const struct calibration k = {.words = words};
    calibrate(spec, class_index, &k, text, body);
}

void prompt_calibration_system(const struct prompt_spec *spec, uint16_t class_index,
                               uint32_t words, struct buf *text, struct buf *body)
{
    const struct calibration k = {.words = words, .earlier = {"system"}};
    assert(spec->profile->classes[class_index].api == API_CHAT);
    calibrate(spec, class_index, &k, text, body);
}

void prompt_calibration_turns(const struct prompt_spec *spec, uint16_t class_index,
                              uint32_t words, struct buf *text, struct buf *body)
{
    const struct calibration k = {.words = words, .earlier = {"user", "assistant"}};
    assert(spec->profile->classes[class_index].api == API_CHAT);
    calibrate(spec, class_index, &k, text, body);
}

void prompt_calibration_image(const struct prompt_spec *spec, uint16_t class_index,
                              uint32_t words, struct buf *text, struct buf *body)
{
    const struct calibration k = {.words = words, .images = 1};
    assert(spec->profile->classes[class_index].image.is_set);
    calibrate(spec, class_index, &k, text, body);
}

/* ---- expectations and bounds */

/* Of a text of the corpus, with the template's tokens. */
static uint32_t expected_of_text(const struct prompt_spec *spec,
                                 const struct arrival *a)
{
    const struct prompt_overhead *o = &spec->overhead[a->class_index];
    const struct corpus_prompt *p = &spec->corpus->prompts[a->text_index];
    uint32_t first = p->has_system ? o->system : o->single;
    if (spec->corpus->counted == CORPUS_SERVER)
        return p->tokens;
    if (spec->corpus->counted == CORPUS_ESTIMATED || !p->is_plain ||
        (p->has_system && o->system == 0) || (p->pairs > 0 && o->per_turn == 0))
        return 0;
    return first + p->pairs * o->per_turn + p->tokens;
}

uint32_t prompt_expected_tokens(const struct prompt_spec *spec, const struct arrival *a)
{
    const struct prompt_overhead *o = &spec->overhead[a->class_index];
    if (a->has_text)
        return expected_of_text(spec, a);
    uint32_t sum = a->suffix_tokens + a->images * o->per_image;
    bool is_unknown_turn = a->turn > 0 && o->per_turn == 0;
    bool is_unknown_image = a->images > 0 && o->per_image == 0;
    if (is_unknown_turn || is_unknown_image || class_of(spec, a)->api == API_OCR)
        return 0;
    for (uint16_t turn = 0; turn <= a->turn; turn++) {
        struct lengths l = turn_lengths(spec, a, turn);
        uint32_t overhead = turn == 0 ? o->single : o->per_turn;
        uint32_t inputs = turn == a->turn ? a->batch : 1;
        for (uint32_t i = 0; i < inputs; i++)
            sum += overhead + user_words(spec, a, turn, share_of(l.prompt, inputs, i));
        sum += turn < a->turn ? l.output : 0;
    }
    return sum;
}

size_t prompt_body_bytes_max(const struct arrival *a)
{
    size_t texts = (size_t)a->batch + 2 * (size_t)a->turn + 2;
    size_t tokens = (size_t)a->prompt_tokens + a->history_tokens + a->suffix_tokens;
    if (a->has_text)
        return FRAME_BYTES + MESSAGE_BYTES + a->text_bytes;
    return FRAME_BYTES + texts * (MESSAGE_BYTES + WORD_LENGTH_MAX) +
           tokens * WORD_LENGTH_MAX + a->image_bytes;
}
