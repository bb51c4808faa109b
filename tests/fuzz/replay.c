/*
 * Runs a fuzz target over its corpus, without libFuzzer.
 *
 * So the corpora are part of every test run and of every compiler's build. The
 * folder follows from the program's name: fuzz_sse reads tests/fuzz/corpus/sse.
 * An input that makes the target crash ends the program, which the runner sees.
 */
#include "base/buf.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PATH_BYTES 1024

/* The bytes of a regular file, or NULL. */
static uint8_t *read_file(const char *path, size_t *size)
{
    struct stat st;
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return NULL;
    uint8_t *data = NULL;
    if (fstat(fileno(f), &st) == 0 && S_ISREG(st.st_mode)) {
        data = xcalloc((size_t)st.st_size, 1);
        *size = fread(data, 1, (size_t)st.st_size, f);
    }
    (void)fclose(f); /* only read */
    return data;
}

/* 1 for a regular file, else 0. The name is said first: a crash follows it. */
static unsigned replay_file(const char *path)
{
    size_t size = 0;
    uint8_t *data = read_file(path, &size);
    if (data == NULL)
        return 0;
    fprintf(stderr, "%s\n", path);
    (void)LLVMFuzzerTestOneInput(data, size);
    free(data);
    return 1;
}

static unsigned replay_folder(const char *folder)
{
    unsigned count = 0;
    struct buf path;
    DIR *dir = opendir(folder);
    if (dir == NULL)
        return 0;
    buf_init(&path, PATH_BYTES);
    for (struct dirent *d = readdir(dir); d != NULL; d = readdir(dir)) {
        buf_reset(&path);
        buf_printf(&path, "%s/%s", folder, d->d_name);
        count += replay_file(path.data);
    }
    buf_release(&path);
    (void)closedir(dir);
    return count;
}

int main(int argc, char **argv)
{
    (void)argc;
    static const char prefix[] = "fuzz_";
    const char *name = strrchr(argv[0], '/');
    name = name != NULL ? name + 1 : argv[0];
    assert(strncmp(name, prefix, strlen(prefix)) == 0);
    char folder[PATH_BYTES];
    (void)snprintf(folder, sizeof folder, "tests/fuzz/corpus/%s",
                   name + strlen(prefix));
    unsigned count = replay_folder(folder);
    (void)LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    if (count == 0)
        fprintf(stderr, "%s: no corpus\n", folder);
    printf("%u passed, %u failed\n", count, count == 0 ? 1u : 0u);
    return count == 0;
}
