/*
 * Which shard is this? See shard.h.
 *
 * Every engine that starts N processes tells each its number in variables of its
 * own; a row says which. A row answers when its index is set (and its guard, for
 * variables that are also set where no rank was given). An answer of one process
 * alone says nothing beside one of several: an array task may start one step. Two
 * answers that differ are an error, never a choice.
 */
#include "command/shard.h"

#include "base/buf.h"
#include "base/units.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ATTEMPTS_MAX 100

struct source {
    const char *name;         /* of the engine */
    const char *index;        /* this process's number */
    const char *count;        /* of how many */
    const char *first, *step; /* index = (value - first) / step; NULL: 0, 1 */
    const char *guard;        /* must be set as well; NULL: none */
};

/* One engine a line. Kubernetes does not tell a pod how many there are. */
/* clang-format off */
static const struct source sources[] = {
    {"GUST_SHARD_INDEX", "GUST_SHARD_INDEX", "GUST_SHARDS", NULL, NULL, NULL},
    {"Kubernetes Indexed Job", "JOB_COMPLETION_INDEX", "GUST_SHARDS", NULL, NULL, NULL},
    {"Slurm array", "SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_STEP", NULL},
    {"Slurm step", "SLURM_PROCID", "SLURM_STEP_NUM_TASKS", NULL, NULL, "SLURM_STEP_ID"},
    {"Open MPI", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", NULL, NULL, NULL},
    {"PMI", "PMI_RANK", "PMI_SIZE", NULL, NULL, NULL},
    {"AWS Batch", "AWS_BATCH_JOB_ARRAY_INDEX", "AWS_BATCH_JOB_ARRAY_SIZE", NULL, NULL, NULL},
    {"Cloud Run", "CLOUD_RUN_TASK_INDEX", "CLOUD_RUN_TASK_COUNT", NULL, NULL, NULL},
    {"Google Batch", "BATCH_TASK_INDEX", "BATCH_TASK_COUNT", NULL, NULL, NULL},
    {"RANK", "RANK", "WORLD_SIZE", NULL, NULL, NULL},
};
/* clang-format on */

/* The environment and how it is read. */
struct surroundings {
    shard_lookup get;
    void *context;
};

static int number_of(const struct surroundings *in, const char *name, uint64_t fallback,
                     uint64_t *out, struct err *e)
{
    const char *text = name ? in->get(in->context, name) : NULL;
    *out = fallback;
    if (text == NULL)
        return 0;
    return units_u64(text, out, e) < 0 ? err_in(e, "--shard auto: %s", name) : 0;
}

static int check(struct shard *out, const char *source, uint64_t index, uint64_t count,
                 struct err *e)
{
    if (count < 1 || count > SHARDS_MAX)
        return err_set(e, "%s: %" PRIu64 " shards are not in 1..%d", source, count,
                       SHARDS_MAX);
    if (index >= count)
        return err_set(e,
                       "%s: shard %" PRIu64 " of %" PRIu64
                       " does not exist: they are numbered from 0",
                       source, index, count);
    *out = (struct shard){(uint32_t)index, (uint32_t)count, source};
    return 0;
}

/* 1: the row answers, 0: it does not, -1: it answers nonsense. */
static int ask(const struct source *row, const struct surroundings *in,
               struct shard *out, struct err *e)
{
    uint64_t index = 0, count = 0, first = 0, step = 1;
    bool is_told = in->get(in->context, row->index) != NULL;
    if (!is_told || (row->guard && in->get(in->context, row->guard) == NULL))
        return 0;
    if (in->get(in->context, row->count) == NULL)
        return err_set(e, "--shard auto: %s is set, but %s is not: set it, or give %s",
                       row->index, row->count, "--shard i/N");
    if (number_of(in, row->index, 0, &index, e) < 0 ||
        number_of(in, row->count, 0, &count, e) < 0 ||
        number_of(in, row->first, 0, &first, e) < 0 ||
        number_of(in, row->step, 1, &step, e) < 0)
        return -1;
    if (step == 0 || index < first || (index - first) % step != 0)
        return err_set(e,
                       "--shard auto: %s: task %" PRIu64 " is not %" PRIu64
                       " and a multiple of %" PRIu64 " more",
                       row->name, index, first, step);
    return check(out, row->name, (index - first) / step, count, e) < 0 ? -1 : 1;
}

static int none_found(const struct surroundings *in, struct err *e)
{
    uint64_t tasks = 0;
    if (number_of(in, "SLURM_NTASKS", 0, &tasks, e) < 0)
        return -1;
    if (tasks > 1)
        return err_set(e,
                       "--shard auto: this is the batch script of a Slurm job of "
                       "%" PRIu64 " tasks: start gust with srun",
                       tasks);
    return err_set(e, "--shard auto: no engine tells which shard this is: give --shard "
                      "i/N, or set GUST_SHARD_INDEX and GUST_SHARDS");
}

static bool is_same(const struct shard *a, const struct shard *b)
{
    return a->index == b->index && a->count == b->count;
}

static int find_auto(const struct surroundings *in, struct shard *out, struct err *e)
{
    struct shard one = {0};
    bool has_any = false;
    for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
        int rc = ask(&sources[i], in, &one, e);
        if (rc < 0)
            return -1;
        if (rc == 0 || (has_any && one.count == 1))
            continue;
        if (has_any && out->count > 1 && !is_same(out, &one))
            return err_set(e,
                           "--shard auto: %s says %u/%u, but %s says %u/%u: give "
                           "--shard i/N",
                           out->source, out->index, out->count, one.source, one.index,
                           one.count);
        if (!has_any || out->count == 1)
            *out = one;
        has_any = true;
    }
    return has_any ? 0 : none_found(in, e);
}

static int parse(const char *text, struct shard *out, struct err *e)
{
    uint64_t index = 0, count = 0;
    struct err ignored = {0};
    char first[24] = "";
    size_t length = strcspn(text, "/");
    if (length < sizeof first && text[length] == '/') {
        memcpy(first, text, length);
        if (units_u64(first, &index, &ignored) == 0 &&
            units_u64(text + length + 1, &count, &ignored) == 0)
            return check(out, "--shard", index, count, e);
    }
    return err_set(e, "--shard: \"%s\" is neither i/N, such as 0/8, nor auto", text);
}

int shard_find(const char *text, shard_lookup get, void *context, struct shard *out,
               struct err *e)
{
    const struct surroundings in = {get, context};
    *out = (struct shard){0, 1, NULL};
    if (text == NULL || text[0] == '\0')
        return 0;
    return strcmp(text, "auto") == 0 ? find_auto(&in, out, e) : parse(text, out, e);
}

static const char *from_environment(void *context, const char *name)
{
    (void)context;
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

int shard_find_here(const char *text, struct shard *out, struct err *e)
{
    return shard_find(text, from_environment, NULL, out, e);
}

char *shard_folder(const char *out_dir, uint32_t index, struct err *e)
{
    char suffix[16] = "";
    if (out_dir == NULL || out_dir[0] == '\0') {
        (void)err_set(e, "--out is missing: the directory in which every shard makes "
                         "its own, and which gust merge reads");
        return NULL;
    }
    for (unsigned attempt = 2; attempt <= ATTEMPTS_MAX; attempt++) {
        struct buf path;
        buf_init(&path, strlen(out_dir) + 64);
        buf_printf(&path, "%s/shard-%03" PRIu32 "%s", out_dir, index, suffix);
        char *folder = buf_steal(&path);
        buf_release(&path);
        if (access(folder, F_OK) != 0) {
            if (suffix[0] != '\0')
                fprintf(stderr, "gust: shard %" PRIu32 " ran before: this one is %s\n",
                        index, folder);
            return folder;
        }
        free(folder);
        (void)snprintf(suffix, sizeof suffix, ".%u", attempt);
    }
    (void)err_set(e, "%s: shard %" PRIu32 " ran %d times already", out_dir, index,
                  ATTEMPTS_MAX - 1);
    return NULL;
}

int shard_ended(const struct plan *plan, const struct run_result *result)
{
    if (result->text[0] != '\0')
        fprintf(stderr, "gust: %s\n", result->text);
    fprintf(stderr,
            "shard %" PRIu32 " of %" PRIu32 ": %s; gust merge judges them all\n",
            plan->shard, plan->shards, result->path);
    return (int)result->code;
}
