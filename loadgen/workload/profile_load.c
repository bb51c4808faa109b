/*
 * Finding profiles: a file, or a shipped profile by name.
 *
 * Shipped profiles stand in folders that are tried in order: the one of the
 * environment, those beside the running program (build/gust finds the source
 * tree, PREFIX/bin/gust finds PREFIX/share/gust), and the installed one. The
 * first folder that has the file wins.
 */
#include "workload/profile.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER_BYTES 4096
#define SCHEMA_FILE "profile.schema.json"

/* The i-th folder to look in: false past the end; empty where there is none. */
static bool folder_at(size_t i, char folder[FOLDER_BYTES])
{
    static const char *const beside[] = {"../profiles", "../../profiles",
                                         "../share/gust/profiles"};
    const char *chosen = getenv("GUST_PROFILE_DIR");
    folder[0] = '\0';
    if (i == 0) {
        (void)snprintf(folder, FOLDER_BYTES, "%s", chosen != NULL ? chosen : "");
        return true;
    }
    if (i > ARRAY_LEN(beside)) {
#ifdef GUST_DATADIR
        (void)snprintf(folder, FOLDER_BYTES, "%s/profiles", GUST_DATADIR);
        return i == ARRAY_LEN(beside) + 1;
#else
        return false;
#endif
    }
    ssize_t length = readlink("/proc/self/exe", folder, FOLDER_BYTES - 64);
    folder[length > 0 ? length : 0] = '\0';
    char *slash = strrchr(folder, '/');
    if (slash != NULL) /* 64 bytes are left for the longest of beside */
        (void)snprintf(slash + 1, 64, "%s", beside[i - 1]);
    return true;
}

static bool is_file(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* The path of a shipped profile into path; false when there is none. */
static bool find_shipped(const char *name, char path[FOLDER_BYTES])
{
    char folder[FOLDER_BYTES];
    for (size_t i = 0; folder_at(i, folder); i++) {
        int n = snprintf(path, FOLDER_BYTES, "%s/%s.json", folder, name);
        if (folder[0] != '\0' && n > 0 && n < FOLDER_BYTES && is_file(path))
            return true;
    }
    return false;
}

/* A sorted set of owned names; items ends with NULL. */
struct names {
    char **items;
    size_t count;
};

static void names_release(struct names *n)
{
    for (size_t i = 0; i < n->count; i++)
        free(n->items[i]);
    free(n->items);
}

static void names_add(struct names *n, const char *name, size_t length)
{
    size_t at = 0;
    char *copy = xstrndup(name, length);
    while (at < n->count && strcmp(n->items[at], copy) < 0)
        at++;
    if (at < n->count && strcmp(n->items[at], copy) == 0) {
        free(copy);
        return;
    }
    n->items = xrealloc_array(n->items, n->count + 2, sizeof *n->items);
    memmove(n->items + at + 1, n->items + at, (n->count - at) * sizeof *n->items);
    n->items[at] = copy;
    n->items[++n->count] = NULL;
}

static void names_add_folder(struct names *n, const char *folder)
{
    static const char suffix[] = ".json";
    DIR *dir = opendir(folder);
    if (dir == NULL)
        return; /* a folder that is not there ships nothing */
    for (struct dirent *d = readdir(dir); d != NULL; d = readdir(dir)) {
        size_t length = strlen(d->d_name);
        if (length < sizeof suffix || strcmp(d->d_name + length - 5, suffix) != 0)
            continue;
        if (strcmp(d->d_name, SCHEMA_FILE) != 0)
            names_add(n, d->d_name, length - 5);
    }
    (void)closedir(dir); /* only read from */
}

static struct names names_of_all(void)
{
    char folder[FOLDER_BYTES];
    struct names names = {.items = xcalloc(1, sizeof *names.items)};
    for (size_t i = 0; folder_at(i, folder); i++)
        if (folder[0] != '\0')
            names_add_folder(&names, folder);
    return names;
}

static void unknown_name(const char *name, struct err *e)
{
    struct names names = names_of_all();
    const char *near = json_nearest(name, (const char *const *)names.items);
    (void)err_set(e, "unknown profile \"%s\"%s%s%s; gust profile list shows all", name,
                  near != NULL ? "; did you mean " : "", near != NULL ? near : "",
                  near != NULL ? "?" : "");
    names_release(&names);
}

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
    char path[FOLDER_BYTES];
    if (strpbrk(name, "/.") != NULL || is_file(name))
        return load_file(name, e);
    if (find_shipped(name, path))
        return load_file(path, e);
    unknown_name(name, e);
    return NULL;
}

bool profile_path(const char *name, char *path, size_t size)
{
    char found[FOLDER_BYTES];
    if (!find_shipped(name, found))
        return false;
    int n = snprintf(path, size, "%s", found);
    return n > 0 && (size_t)n < size;
}

static int list_one(const char *name, struct buf *out, struct err *e)
{
    char path[FOLDER_BYTES];
    if (!find_shipped(name, path))
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
    struct names names = names_of_all();
    for (size_t i = 0; i < names.count && rc == 0; i++)
        rc = list_one(names.items[i], out, e);
    names_release(&names);
    return rc;
}

void profile_folders(struct buf *out)
{
    char folder[FOLDER_BYTES];
    const char *between = "";
    for (size_t i = 0; folder_at(i, folder); i++) {
        if (folder[0] == '\0')
            continue;
        buf_printf(out, "%s%s", between, folder);
        between = ", ";
    }
}
