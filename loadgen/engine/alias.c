/* Which model stands behind a name; see alias.h. */
#include "engine/alias.h"

#include "base/json.h"
#include "engine/call.h"

#include <stdio.h>
#include <string.h>

#define ASK_NS (2 * NS_PER_S)

static bool is_text(const json_t *value, const char *text)
{
    return json_is_string(value) && strcmp(json_string_value(value), text) == 0;
}

static bool is_entry_of(const json_t *entry, const char *name)
{
    const json_t *aliases = json_object_get(entry, "aliases");
    size_t i;
    json_t *alias;
    if (is_text(json_object_get(entry, "id"), name))
        return true;
    json_array_foreach(aliases, i, alias)
    {
        if (is_text(alias, name))
            return true;
    }
    return false;
}

/* What an entry says that it is; the first that is there. */
static const char *identity_of(const json_t *entry)
{
    static const char *const names[] = {"name", "root", "id"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const json_t *value = json_object_get(entry, names[i]);
        if (json_string_length(value) > 0)
            return json_string_value(value);
    }
    return "";
}

void alias_read(const char *models, size_t length, const char *name,
                char out[MODEL_BYTES])
{
    struct err ignored = {0};
    json_t *root = json_parse(models, length, &ignored);
    const json_t *data = json_object_get(root, "data");
    size_t i;
    json_t *entry;
    out[0] = '\0';
    json_array_foreach(data, i, entry)
    {
        if (!is_entry_of(entry, name))
            continue;
        (void)snprintf(out, MODEL_BYTES, "%s", identity_of(entry));
        break;
    }
    json_decref(root);
}

void alias_ask(const struct plan *plan, const struct target *t,
               struct curl_slist *resolved, char out[MODEL_BYTES])
{
    struct call c;
    out[0] = '\0';
    if (t->warm_url == NULL)
        return;
    call_init(&c, plan, t, resolved);
    c.url = t->warm_url;
    c.timeout_ns = ASK_NS;
    call_make(&c);
    if (c.exchange.http == 200)
        alias_read(c.reply.data, c.reply.len, t->model, out);
    call_release(&c);
}
