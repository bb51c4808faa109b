/*
 * Recorded prompts; see corpus_row.h.
 *
 * The text is walked once by skim.h, which also proves that it is JSON in UTF-8, so
 * that pieces of it can be put into a body as they are. Counting walks the messages
 * once more and decodes their texts.
 */
#include "workload/corpus_row.h"

#include <stdlib.h>
#include <string.h>

/* A message, or a turn of a conversation. */
struct entry {
    struct span who;  /* role or from; text NULL: not there */
    struct span text; /* content or value, where it is a string */
    bool is_parts;    /* content is an array */
    bool is_prefix;   /* an assistant's message that the reply goes on from */
    bool is_other;    /* has more than those: tool calls, a name */
    const char *start, *end;
};

static bool is_word(const struct span *s, const char *word)
{
    return s->text != NULL && s->length == strlen(word) &&
           memcmp(s->text, word, s->length) == 0;
}

static bool is_one_of(const struct span *s, const char *const *words)
{
    while (*words != NULL && !is_word(s, *words))
        words++;
    return *words != NULL;
}

static bool is_user(const struct span *who)
{
    static const char *const words[] = {"user", "human", NULL};
    return is_one_of(who, words);
}

static bool is_assistant(const struct span *who)
{
    static const char *const words[] = {"assistant", "gpt",  "model", "chatgpt",
                                        "bing",      "bard", NULL};
    return is_one_of(who, words);
}

/* The next member of an object whose '{' was taken: 1, 0 at its end, -1. */
static int next_member(struct skim *s, bool *is_first, struct span *key)
{
    if (*is_first ? skim_take(s, '}') : !skim_take(s, ','))
        return *is_first || skim_take(s, '}') ? 0 : -1;
    *is_first = false;
    return skim_key(s, key) ? 1 : -1;
}

/* The same of an array whose '[' was taken; the element is still to be read. */
static int next_element(struct skim *s, bool *is_first)
{
    if (*is_first ? skim_take(s, ']') : !skim_take(s, ','))
        return *is_first || skim_take(s, ']') ? 0 : -1;
    *is_first = false;
    return 1;
}

static bool take_entry_member(struct skim *s, const struct span *key, struct entry *m)
{
    static const char *const who[] = {"role", "from", NULL};
    static const char *const text[] = {"content", "value", NULL};
    char next = skim_peek(s);
    if (is_one_of(key, who) && next == '"')
        return skim_string(s, &m->who);
    if (is_one_of(key, text) && next == '"') {
        m->is_parts = false;
        return skim_string(s, &m->text);
    }
    /* of a member that comes twice, the last one counts, as for most readers */
    if (is_one_of(key, who))
        m->who = (struct span){0};
    if (is_one_of(key, text)) {
        m->text = (struct span){0};
        m->is_parts = next == '[';
    } else if (is_word(key, "prefix")) {
        m->is_prefix = next == 't';
    } else {
        m->is_other = m->is_other || next != 'n';
    }
    return skim_value(s);
}

static bool take_entry(struct skim *s, struct entry *m)
{
    struct span key;
    bool is_first = true;
    *m = (struct entry){0};
    if (!skim_take(s, '{'))
        return false;
    m->start = s->at - 1;
    int got = next_member(s, &is_first, &key);
    while (got > 0 && take_entry_member(s, &key, m))
        got = next_member(s, &is_first, &key);
    m->end = s->at;
    return got == 0;
}

/* ---- messages */

/* What came so far, up to the last message that is sent. */
struct messages {
    size_t count;    /* of all */
    size_t kept;     /* of those that are sent */
    const char *end; /* past the last of them */
    bool is_plain;   /* up to there */
    bool has_system;
    size_t pairs;
    struct span reply; /* of the only message after it */
    bool was_user;     /* the last one */
    bool is_regular;   /* roles came in turn, all plain text */
    size_t assistants;
    size_t text_bytes; /* of all, and of those that are sent */
    size_t kept_text_bytes;
};

static void note_message(struct messages *all, const struct entry *m)
{
    bool is_plain_text = m->text.text != NULL && !m->is_other && !m->is_prefix;
    bool is_reply = is_assistant(&m->who) && !m->is_prefix;
    bool is_system = all->count == 0 && is_word(&m->who, "system");
    bool is_in_turn = is_system || (all->was_user ? is_reply : is_user(&m->who));
    all->is_regular =
        (all->count == 0 || all->is_regular) && is_plain_text && is_in_turn;
    all->has_system = all->has_system || is_system;
    all->was_user = is_user(&m->who);
    all->text_bytes += m->is_parts ? (size_t)(m->end - m->start) : m->text.decoded;
    all->count++;
    if (is_reply) {
        all->assistants++;
        all->reply = all->kept + 1 == all->count ? m->text : (struct span){0};
        return;
    }
    all->kept = all->count;
    all->end = m->end;
    all->is_plain = all->is_regular && all->was_user;
    all->pairs = all->assistants;
    all->kept_text_bytes = all->text_bytes;
    all->reply = (struct span){0};
}

static int take_messages(struct skim *s, struct corpus_row *out, struct err *e)
{
    struct messages all = {0};
    struct entry m;
    bool is_first = true;
    if (!skim_take(s, '['))
        return err_set(e, "messages: not an array");
    const char *start = s->at;
    int got = next_element(s, &is_first);
    for (; got > 0; got = next_element(s, &is_first)) {
        if (!take_entry(s, &m))
            return err_set(e, "messages[%zu]: not a valid object", all.count);
        if (m.who.text == NULL)
            return err_set(e, "messages[%zu]: role is missing", all.count);
        note_message(&all, &m);
    }
    if (got < 0)
        return err_set(e, "messages: not a valid array");
    if (all.kept == 0)
        return err_set(e, "messages: no message asks anything");
    out->is_messages = true;
    out->text = start;
    out->bytes = (size_t)(all.end - start);
    out->text_bytes = all.kept_text_bytes;
    out->reply = all.reply;
    out->is_plain = all.is_plain && all.pairs <= UINT16_MAX;
    out->has_system = all.has_system;
    out->pairs = out->is_plain ? (uint16_t)all.pairs : 0;
    return 1;
}

/* ---- conversations and prompts */

/* The first question with an answer right behind it. */
static int take_conversation(struct skim *s, struct corpus_row *out, struct err *e)
{
    struct entry m, question = {0};
    size_t count = 0;
    bool is_first = true, is_found = false;
    if (!skim_take(s, '['))
        return err_set(e, "conversations: not an array");
    int got = next_element(s, &is_first);
    for (; got > 0; got = next_element(s, &is_first), count++) {
        if (!take_entry(s, &m))
            return err_set(e, "conversations[%zu]: not a valid object", count);
        if (!is_found && question.text.length > 0 && is_assistant(&m.who) &&
            m.text.text != NULL) {
            is_found = true;
            out->reply = m.text;
            out->text = question.text.text;
            out->bytes = question.text.length;
            out->text_bytes = question.text.decoded;
        }
        question = is_user(&m.who) ? m : (struct entry){0};
    }
    out->is_plain = true;
    return got < 0 ? err_set(e, "conversations: not a valid array") : is_found;
}

static int take_prompt(struct skim *s, struct corpus_row *out, struct err *e)
{
    struct span text;
    if (skim_peek(s) != '"')
        return err_set(e, "prompt: not a string");
    if (!skim_string(s, &text))
        return err_set(e, "prompt: not valid UTF-8, or a string that does not end");
    if (text.length == 0)
        return err_set(e, "prompt: empty");
    out->text = text.text;
    out->bytes = text.length;
    out->text_bytes = text.decoded;
    out->is_plain = true;
    return 1;
}

static int take_output(struct skim *s, const struct span *key, struct corpus_row *out,
                       struct err *e)
{
    if (skim_peek(s) == 'n' && skim_null(s))
        return 0;
    uint32_t tokens;
    bool is_cap = !is_word(key, "output_tokens");
    if (skim_count(s, &tokens) && tokens >= 1 && tokens <= CORPUS_OUTPUT_MAX) {
        if (is_cap && out->output_tokens > 0 && !out->is_cap)
            return 0; /* a length says more */
        out->output_tokens = tokens;
        out->is_cap = is_cap;
        return 0;
    }
    return err_set(e, "%.*s: not a whole number 1..%d", (int)key->length, key->text,
                   CORPUS_OUTPUT_MAX);
}

/* ---- objects */

/* The forms of a prompt, the one that counts most last. */
static const struct form {
    const char *name;
    int (*take)(struct skim *s, struct corpus_row *out, struct err *e);
} forms[] = {
    {"prompt", take_prompt},
    {"conversation", take_conversation},
    {"conversations", take_conversation},
    {"messages", take_messages},
};

/* What is known of an object so far. */
struct object {
    struct corpus_row *row;
    const struct form *form; /* NULL: none yet */
    int got;                 /* of the form's take */
};

static int take_form(struct skim *s, const struct form *form, struct object *o,
                     struct err *e)
{
    struct corpus_row row = {.output_tokens = o->row->output_tokens,
                             .is_cap = o->row->is_cap};
    int got = form->take(s, &row, e);
    if (got < 0 || (o->form != NULL && form < o->form))
        return got < 0 ? -1 : 0;
    *o->row = row;
    o->form = form;
    o->got = got;
    return 0;
}

static int take_member(struct skim *s, const struct span *key,
                       const struct corpus_ignored *ignored, struct object *o,
                       struct err *e)
{
    static const char *const output[] = {"output_tokens", "max_tokens",
                                         "max_completion_tokens", NULL};
    for (size_t i = 0; i < ARRAY_LEN(forms); i++)
        if (is_word(key, forms[i].name))
            return take_form(s, &forms[i], o, e);
    if (is_one_of(key, output))
        return take_output(s, key, o->row, e);
    ignored->note(ignored->context, key);
    return skim_value(s) ? 0 : err_set(e, "not valid JSON");
}

int corpus_row_read(struct skim *s, const struct corpus_ignored *ignored,
                    struct corpus_row *out, struct err *e)
{
    struct span key;
    bool is_first = true;
    struct object o = {.row = out};
    *out = (struct corpus_row){0};
    if (!skim_take(s, '{'))
        return err_set(e, "not a JSON object");
    int member = next_member(s, &is_first, &key);
    for (; member > 0; member = next_member(s, &is_first, &key))
        if (take_member(s, &key, ignored, &o, e) < 0)
            return -1;
    if (member < 0)
        return err_set(e, "not valid JSON");
    if (o.form == NULL)
        return err_set(e, "no \"messages\", \"prompt\" or \"conversations\"");
    return o.got;
}

/* ---- counting */

void corpus_counter_release(struct corpus_counter *c)
{
    bpe_work_release(&c->work);
    free(c->text);
    *c = (struct corpus_counter){0};
}

size_t corpus_span_count(struct corpus_counter *c, const struct span *text)
{
    if (text->decoded > c->cap) {
        c->cap = text->decoded * 2;
        c->text = xrealloc_array(c->text, c->cap, 1);
    }
    if (text->decoded == 0)
        return 0;
    skim_decode(text, c->text);
    return tokenizer_count(c->tokenizer, &c->work, c->text, text->decoded);
}

/* Texts of the parts of a content: members "text" of its objects. */
static void visit_parts(const struct corpus_texts *to, struct skim *s)
{
    struct span key, text;
    bool is_first = true;
    if (!skim_take(s, '['))
        return;
    while (next_element(s, &is_first) > 0) {
        bool is_first_member = true;
        if (!skim_take(s, '{')) {
            (void)!skim_value(s); /* it was read before */
            continue;
        }
        while (next_member(s, &is_first_member, &key) > 0)
            if (is_word(&key, "text") && skim_peek(s) == '"' && skim_string(s, &text))
                to->take(to->context, &text);
            else
                (void)!skim_value(s);
    }
}

static void visit_message(const struct corpus_texts *to, const struct entry *m)
{
    struct skim s = {m->start + 1, m->end};
    struct span key;
    bool is_first = true;
    if (m->text.text != NULL)
        to->take(to->context, &m->text);
    while (m->is_parts && next_member(&s, &is_first, &key) > 0)
        if (is_word(&key, "content") && skim_peek(&s) == '[')
            visit_parts(to, &s);
        else
            (void)!skim_value(&s);
}

void corpus_row_texts(const struct corpus_row *row, const struct corpus_texts *to)
{
    struct skim s = {row->text, row->text + row->bytes};
    struct entry m;
    if (!row->is_messages) {
        struct span text = {0};
        s = (struct skim){row->text - 1, row->text + row->bytes + 1};
        if (skim_string(&s, &text))
            to->take(to->context, &text);
        return;
    }
    while (take_entry(&s, &m)) {
        visit_message(to, &m);
        if (!skim_take(&s, ','))
            break;
    }
}

/* Tokens of texts, added up. */
struct token_sum {
    struct corpus_counter *counter;
    size_t tokens;
};

static void add_tokens(void *context, const struct span *text)
{
    struct token_sum *sum = context;
    sum->tokens += corpus_span_count(sum->counter, text);
}

size_t corpus_row_count(struct corpus_counter *c, const struct corpus_row *row)
{
    struct token_sum sum = {.counter = c};
    corpus_row_texts(row, &(struct corpus_texts){add_tokens, &sum});
    return sum.tokens;
}
