/* The floor; see floor.h. */
#include "engine/floor.h"

#include "base/jout.h"
#include "base/json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX 65536

/* The cache folder, made if need be; false when there is no home. */
static bool cache_path(char *out, size_t size)
{
    char dir[3072];
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (cache != NULL && cache[0] == '/')
        (void)snprintf(dir, sizeof dir, "%s", cache);
    else if (home != NULL && home[0] == '/')
        (void)snprintf(dir, sizeof dir, "%s/.cache", home);
    else
        return false;
    (void)mkdir(dir, 0777); /* whatever fails shows when the file is opened */
    (void)snprintf(out, size, "%s/gust", dir);
    (void)mkdir(out, 0777);
    (void)snprintf(out, size, "%s/gust/floor.json", dir);
    return true;
}

bool floor_load(const struct host *host, struct floor *out)
{
    char path[4096];
    struct err ignored = {0};
    if (!cache_path(path, sizeof path))
        return false;
    json_t *root = json_load(path, FILE_MAX, &ignored);
    const char *kernel = json_string_value(json_object_get(root, "kernel"));
    json_int_t cores = json_integer_value(json_object_get(root, "cores"));
    bool is_ours = kernel != NULL && strcmp(kernel, host->kernel) == 0 &&
                   cores == (json_int_t)host->cores;
    if (is_ours)
        *out = (struct floor){
            .streams = (uint32_t)json_integer_value(json_object_get(root, "streams")),
            .events_per_s = json_number_value(json_object_get(root, "events_per_s")),
            .ttft_us_p50 = json_integer_value(json_object_get(root, "ttft_us_p50")),
            .ttft_us_p99 = json_integer_value(json_object_get(root, "ttft_us_p99")),
        };
    json_decref(root);
    return is_ours;
}

static void write_json(const struct host *host, const struct floor *f, struct buf *out)
{
    struct jout j;
    jout_init(&j, out, true);
    jout_object(&j, NULL);
    jout_str(&j, "kernel", host->kernel);
    jout_u64(&j, "cores", host->cores);
    jout_u64(&j, "streams", f->streams);
    jout_num(&j, "events_per_s", f->events_per_s);
    jout_i64(&j, "ttft_us_p50", f->ttft_us_p50);
    jout_i64(&j, "ttft_us_p99", f->ttft_us_p99);
    jout_end_object(&j);
    buf_putc(out, '\n');
}

int floor_save(const struct host *host, const struct floor *f, struct err *e)
{
    char path[4096];
    if (!cache_path(path, sizeof path))
        return err_set(e, "neither XDG_CACHE_HOME nor HOME is set");
    FILE *file = fopen(path, "we");
    if (file == NULL)
        return err_set_errno(e, errno, "cannot write %s", path);
    struct buf text;
    buf_init(&text, FILE_MAX);
    write_json(host, f, &text);
    bool is_written = fwrite(text.data, 1, text.len, file) == text.len;
    buf_release(&text);
    if (fclose(file) != 0 || !is_written)
        return err_set_errno(e, errno, "cannot write %s", path);
    return 0;
}
