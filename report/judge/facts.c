/* Names and values to be shown; see facts.h. */
#include "judge/facts.h"

#include <stdlib.h>
#include <string.h>

void facts_release(struct facts *f)
{
    for (size_t i = 0; i < f->count; i++) {
        free(f->items[i].name);
        free(f->items[i].value);
        free(f->items[i].note);
    }
    free(f->items);
    *f = (struct facts){0};
}

void facts_add(struct facts *f, const char *name, const char *value, const char *note)
{
    f->items = xrealloc_array(f->items, f->count + 1, sizeof *f->items);
    f->items[f->count++] = (struct fact){
        .name = xstrdup(name),
        .value = xstrdup(value),
        .note = xstrdup(note == NULL ? "" : note),
    };
}

const char *facts_find(const struct facts *f, const char *name)
{
    for (size_t i = 0; i < f->count; i++)
        if (strcmp(f->items[i].name, name) == 0)
            return f->items[i].value;
    return NULL;
}
