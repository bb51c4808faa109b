/* A list of reasons with weights; see caveat.h. */
#include "judge/caveat.h"

#include "base/buf.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_BYTES 4096

const struct caveat_row caveat_rows[CAVEAT_CODES] = {
#define CAVEAT_ROW(id, code, weight, advice)                                           \
    [CAVEAT_CODE_##id] = {code, CAVEAT_##weight, advice},
    CAVEAT_LIST(CAVEAT_ROW)
#undef CAVEAT_ROW
};

const char *const caveat_weight_names[] = {
    [CAVEAT_NOTE] = "note",
    [CAVEAT_FORBIDS_GO] = "forbids_go",
    [CAVEAT_FORBIDS_TIMES] = "times_invalid",
    [CAVEAT_FORBIDS_ALL] = "invalid",
};

void caveats_release(struct caveats *c)
{
    for (size_t i = 0; i < c->count; i++) {
        free(c->items[i].about);
        free(c->items[i].text);
    }
    free(c->items);
    *c = (struct caveats){0};
}

/* The same reason was given before: of this arm, or of another, then of both. */
static bool is_known(struct caveats *c, enum caveat_code code, const char *about,
                     const char *text)
{
    for (size_t i = 0; i < c->count; i++) {
        struct caveat *item = &c->items[i];
        if (item->code != code || strcmp(item->text, text) != 0)
            continue;
        if (strcmp(item->about, about) != 0)
            item->about[0] = '\0';
        return true;
    }
    return false;
}

static void append(struct caveats *c, struct caveat take)
{
    c->items = xrealloc_array(c->items, c->count + 1, sizeof c->items[0]);
    c->items[c->count++] = take;
}

void caveats_add(struct caveats *c, enum caveat_code code, const char *about,
                 const char *format, ...)
{
    struct buf text;
    va_list args;
    buf_init(&text, TEXT_BYTES);
    va_start(args, format);
    buf_vprintf(&text, format, args);
    va_end(args);
    about = about == NULL ? "" : about;
    if (!is_known(c, code, about, text.data))
        append(c, (struct caveat){code, xstrdup(about), buf_steal(&text)});
    buf_release(&text);
}

bool caveats_have(const struct caveats *c, enum caveat_code code)
{
    for (size_t i = 0; i < c->count; i++)
        if (c->items[i].code == code)
            return true;
    return false;
}

enum caveat_weight caveats_weight(const struct caveats *c)
{
    enum caveat_weight most = CAVEAT_NOTE;
    for (size_t i = 0; i < c->count; i++)
        if (caveat_rows[c->items[i].code].weight > most)
            most = caveat_rows[c->items[i].code].weight;
    return most;
}
