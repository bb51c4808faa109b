/* Finding what is shipped; see shipped.h. */
#include "workload/shipped.h"

#include "base/json.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The i-th folder to look in: false past the end; empty where there is none. */
static bool folder_at(size_t i, char folder[SHIPPED_PATH])
{
    static const char *const beside[] = {"../profiles", "../../profiles",
                                         "../share/gust/profiles"};
    const char *chosen = getenv("GUST_PROFILE_DIR");
    folder[0] = '\0';
    if (i == 0) {
        (void)snprintf(folder, SHIPPED_PATH, "%s", chosen != NULL ? chosen : "");
        return true;
    }
    if (i > ARRAY_LEN(beside)) {
#ifdef GUST_DATADIR
        (void)snprintf(folder, SHIPPED_PATH, "%s/profiles", GUST_DATADIR);
        return i == ARRAY_LEN(beside) + 1;
#else
        return false;
#endif
    }
    ssize_t length = readlink("/proc/self/exe", folder, SHIPPED_PATH - 64);
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

bool shipped_find(const char *kind, const char *name, char path[SHIPPED_PATH])
{
    char folder[SHIPPED_PATH];
    for (size_t i = 0; folder_at(i, folder); i++) {
        int n = snprintf(path, SHIPPED_PATH, "%s/%s/%s.json", folder, kind, name);
        if (folder[0] != '\0' && n > 0 && n < SHIPPED_PATH && is_file(path))
            return true;
    }
    return false;
}

bool shipped_is_file(const char *word)
{
    return strpbrk(word, "/.") != NULL || is_file(word);
}

void shipped_names_release(struct shipped_names *n)
{
    for (size_t i = 0; i < n->count; i++)
        free(n->items[i]);
    free(n->items);
}

static void names_add(struct shipped_names *n, const char *name, size_t length)
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

static bool is_schema(const char *file)
{
    static const char tail[] = ".schema.json";
    size_t length = strlen(file), n = sizeof tail - 1;
    return length > n && strcmp(file + length - n, tail) == 0;
}

static void names_add_folder(struct shipped_names *n, const char *path)
{
    static const char suffix[] = ".json";
    DIR *dir = opendir(path);
    if (dir == NULL)
        return; /* a folder that is not there ships nothing */
    for (struct dirent *d = readdir(dir); d != NULL; d = readdir(dir)) {
        size_t length = strlen(d->d_name);
        if (length < sizeof suffix || strcmp(d->d_name + length - 5, suffix) != 0)
            continue;
        if (!is_schema(d->d_name))
            names_add(n, d->d_name, length - 5);
    }
    (void)closedir(dir); /* only read from */
}

struct shipped_names shipped_list(const char *kind)
{
    char folder[SHIPPED_PATH], path[SHIPPED_PATH];
    struct shipped_names names = {.items = xcalloc(1, sizeof *names.items)};
    for (size_t i = 0; folder_at(i, folder); i++) {
        int n = snprintf(path, sizeof path, "%s/%s", folder, kind);
        if (folder[0] != '\0' && n > 0 && n < SHIPPED_PATH)
            names_add_folder(&names, path);
    }
    return names;
}

int shipped_unknown(const char *kind, const char *what, const char *name,
                    const char *how, struct err *e)
{
    struct shipped_names names = shipped_list(kind);
    const char *near = json_nearest(name, (const char *const *)names.items);
    (void)err_set(e, "unknown %s \"%s\"%s%s%s; %s", what, name,
                  near != NULL ? "; did you mean " : "", near != NULL ? near : "",
                  near != NULL ? "?" : "", how);
    shipped_names_release(&names);
    return -1;
}

void shipped_folders(struct buf *out)
{
    char folder[SHIPPED_PATH];
    const char *between = "";
    for (size_t i = 0; folder_at(i, folder); i++) {
        if (folder[0] == '\0')
            continue;
        buf_printf(out, "%s%s", between, folder);
        between = ", ";
    }
}
