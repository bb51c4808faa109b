/* Profiles from files, and the shipped ones by name (shipped.h). */
#include "workload/profile.h"
#include "workload/shipped.h"

#include <errno.h>
#include <stdio.h>

static int read_file(const char *path, struct buf *out, struct err *e)
{
    char chunk[16384];
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return err_set_errno(e, errno, "cannot open %s", path);
    size_t n = fread(chunk, 1, sizeof chunk, file);
    for (; n > 0; n = fread(chunk, 1, sizeof chunk, file))
        buf_append(out, chunk, n);
    int failed = ferror(file) != 0 ? errno : 0;
    (void)fclose(file); /* only read from */
    if (failed != 0)
        return err_set_errno(e, failed, "cannot read %s", path);
    if (out->is_full)
        return err_set(e, "%s: larger than %u bytes", path, PROFILE_BYTES_MAX);
    return 0;
}

static struct profile *load_file(const char *path, struct err *e)
{
    struct profile *p = NULL;
    struct buf text;
    buf_init(&text, PROFILE_BYTES_MAX);
    if (read_file(path, &text, e) < 0)
        goto out;
    p = profile_parse(text.data, text.len, e);
    if (p == NULL)
        (void)err_in(e, "%s", path);
out:
    buf_release(&text);
    return p;
}

struct profile *profile_load(const char *name, struct err *e)
{
    char path[SHIPPED_PATH];
    if (shipped_is_file(name))
        return load_file(name, e);
    if (shipped_find("", name, path))
        return load_file(path, e);
    (void)shipped_unknown("", "profile", name, "gust profile list shows all", e);
    return NULL;
}

bool profile_path(const char *name, char *path, size_t size)
{
    char found[SHIPPED_PATH];
    if (!shipped_find("", name, found))
        return false;
    int n = snprintf(path, size, "%s", found);
    return n > 0 && (size_t)n < size;
}

static int list_one(const char *name, struct buf *out, struct err *e)
{
    char path[SHIPPED_PATH];
    if (!shipped_find("", name, path))
        return 0; /* taken away while we looked */
    json_t *document = json_load(path, PROFILE_BYTES_MAX, e);
    if (document == NULL)
        return -1;
    const char *title = json_string_value(json_object_get(document, "title"));
    buf_printf(out, "%s\t%s\n", name, title != NULL ? title : "");
    json_decref(document);
    return 0;
}

int profile_list(struct buf *out, struct err *e)
{
    int rc = 0;
    struct shipped_names names = shipped_list("");
    for (size_t i = 0; i < names.count && rc == 0; i++)
        rc = list_one(names.items[i], out, e);
    shipped_names_release(&names);
    return rc;
}

void profile_folders(struct buf *out)
{
    shipped_folders(out);
}
