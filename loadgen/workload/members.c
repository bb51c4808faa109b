/* Further members of request bodies; see members.h. */
#include "workload/members.h"

#include "workload/profile.h"

#include <stdlib.h>
#include <string.h>

/* Members that the profile says elsewhere. --set may take the place of those that
 * a dialect adds (the second list), not of what a body is made of (the first). */
static const char *const structural[] = {
    "model", "messages", "prompt",     "suffix", "input",
    "image", "document", "max_tokens", "stream", NULL,
};
static const char *const written[] = {
    "max_completion_tokens", "min_tokens", "stream_options", "ignore_eos",
    "random_seed",           NULL,
};
/* Members of "sampling" that are parsed on their own. */
static const char *const known[] = {"temperature", "top_p",   "n",
                                    "seed",        "comment", NULL};

static bool is_listed(const char *word, const char *const *list)
{
    for (; *list != NULL; list++)
        if (strcmp(word, *list) == 0)
            return true;
    return false;
}

/* ---- the list */

static size_t find(const struct members *x, const char *key)
{
    size_t i = 0;
    while (i < x->count && strcmp(x->keys[i], key) != 0)
        i++;
    return i;
}

/* As members of a body; bodies are bounded by it. */
static bool fits(const struct members *x)
{
    size_t bytes = 0;
    for (size_t i = 0; i < x->count; i++)
        bytes += strlen(x->keys[i]) + strlen(x->values[i]) + strlen("\"\":,");
    return bytes <= MEMBERS_BYTES_MAX;
}

static char *print(const json_t *value)
{
    char *text =
        json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
    if (text == NULL)
        bug("a parsed value cannot be printed");
    return text;
}

static void drop(struct members *x, size_t i)
{
    free(x->keys[i]);
    free(x->values[i]);
    if (i >= x->count - x->set_count)
        x->set_count--;
    x->count--;
    for (; i < x->count; i++) {
        x->keys[i] = x->keys[i + 1];
        x->values[i] = x->values[i + 1];
    }
    x->keys[x->count] = NULL;
}

/* At the end; an earlier one of that name goes. */
static void put(struct members *x, const char *key, const json_t *value)
{
    size_t i = find(x, key);
    if (i < x->count)
        drop(x, i);
    x->keys = xrealloc_array(x->keys, x->count + 2, sizeof *x->keys);
    x->values = xrealloc_array(x->values, x->count + 1, sizeof *x->values);
    x->keys[x->count] = xstrdup(key);
    x->values[x->count] = print(value);
    x->keys[++x->count] = NULL;
}

void members_release(struct members *x)
{
    for (size_t i = 0; i < x->count; i++) {
        free(x->keys[i]);
        free(x->values[i]);
    }
    free(x->keys);
    free(x->values);
    *x = (struct members){0};
}

/* ---- from a profile */

int members_read(const struct jnode *sampling, struct members *out, struct err *e)
{
    const char *key;
    json_t *value;
    /* jansson's iterators take a non-const object but only read it */
    json_object_foreach((json_t *)(uintptr_t)sampling->value, key, value)
    {
        struct jnode member = jnode_get(sampling, key);
        if (is_listed(key, structural) || is_listed(key, written))
            return jnode_fail(&member, e, "is set by the harness itself");
        if (!is_listed(key, known) && key[0] != '$')
            put(out, key, value);
    }
    if (!fits(out))
        return jnode_fail(sampling, e, "is longer than %d bytes", MEMBERS_BYTES_MAX);
    return 0;
}

/* ---- from --set */

static void set_in_class(struct request_class *c, const char *key, const json_t *value)
{
    put(&c->extra, key, value);
    c->extra.set_count++;
    /* what the profile says of these is replaced, too */
    c->has_temperature = c->has_temperature && strcmp(key, "temperature") != 0;
    c->has_top_p = c->has_top_p && strcmp(key, "top_p") != 0;
    c->has_seed =
        c->has_seed && strcmp(key, "seed") != 0 && strcmp(key, "random_seed") != 0;
}

static json_t *read_value(const char *text, const char *key, struct err *e)
{
    json_t *value = json_loads(text, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
    if (value == NULL)
        (void)err_set(e,
                      "--set %s=%s: the value is no JSON; a text needs quotes, as in "
                      "--set '%s=\"text\"'",
                      key, text, key);
    return value;
}

int members_set(struct profile *p, const char *text, struct err *e)
{
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals == text)
        return err_set(e, "--set %s: the form is KEY=JSON, as in --set top_k=40", text);
    char *key = xstrndup(text, (size_t)(equals - text));
    int rc = -1;
    json_t *value = NULL;
    if (is_listed(key, structural) || strcmp(key, "n") == 0) {
        (void)err_set(e, "--set %s: the harness sets %s itself, from the profile", text,
                      key);
        goto out;
    }
    value = read_value(equals + 1, key, e);
    if (value == NULL)
        goto out;
    for (size_t i = 0; i < p->class_count; i++) {
        struct request_class *c = &p->classes[i];
        set_in_class(c, key, value);
        if (!fits(&c->extra)) {
            (void)err_set(e, "--set %s: class %s has more than %d bytes of them", key,
                          c->name, MEMBERS_BYTES_MAX);
            goto out;
        }
    }
    rc = 0;
out:
    json_decref(value);
    free(key);
    return rc;
}

/* ---- the allow-list */

static int check_class(const struct request_class *c, const struct dialect *d,
                       struct err *e)
{
    if (d->paths[c->api] == NULL)
        return err_set(e, "class %s: %s has no %s API", c->name, d->title,
                       api_names[c->api]);
    const struct members *x = &c->extra;
    for (size_t i = 0; i < x->count - x->set_count; i++)
        if (!dialect_allows(d, c->api, x->keys[i]))
            return err_set(
                e,
                "class %s: dialect %s (%s) does not list the field %s; take "
                "it out of \"sampling\", or send it knowingly: --set '%s=%s'",
                c->name, d->name, d->title, x->keys[i], x->keys[i], x->values[i]);
    return 0;
}

int members_check(const struct profile *p, const struct dialect *d, struct err *e)
{
    for (size_t i = 0; i < p->class_count; i++)
        if (check_class(&p->classes[i], d, e) < 0)
            return -1;
    return 0;
}
