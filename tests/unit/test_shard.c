/*
 * Which shard a process is: by the word, and by the variables of the engines. A
 * wrong answer sends a part of the load twice, or never.
 */
#include "command/shard.h"

#include "check.h"

#include <string.h>

/* An environment as words "NAME=VALUE". */
static const char *look_up(void *context, const char *name)
{
    const char *const *at = context;
    size_t length = strlen(name);
    for (; *at != NULL; at++)
        if (strncmp(*at, name, length) == 0 && (*at)[length] == '=')
            return *at + length + 1;
    return NULL;
}

static void words_are_read(void)
{
    static const char *const empty[] = {NULL};
    static const struct {
        const char *name; /* the word */
        int64_t index, count;
        const char *error;
    } rows[] = {
        {"0/1", 0, 1, NULL},
        {"0/8", 0, 8, NULL},
        {"7/8", 7, 8, NULL},
        {"9999/10000", 9999, 10000, NULL},
        {"8/8", 0, 0, "numbered from 0"},
        {"0/0", 0, 0, "not in 1..10000"},
        {"0/10001", 0, 0, "not in 1..10000"},
        {"3", 0, 0, "neither i/N"},
        {"/8", 0, 0, "neither i/N"},
        {"1/", 0, 0, "neither i/N"},
        {"1/2/3", 0, 0, "neither i/N"},
        {"-1/8", 0, 0, "neither i/N"},
        {"1.5/8", 0, 0, "neither i/N"},
        {"one/two", 0, 0, "neither i/N"},
        {"99999999999999999999999999/8", 0, 0, "neither i/N"},
        {"Auto", 0, 0, "neither i/N"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err e = {0};
        struct shard s;
        check_row = rows[i].name;
        int rc = shard_find(rows[i].name, look_up, (void *)(uintptr_t)empty, &s, &e);
        CHECK_INT(rc, rows[i].error ? -1 : 0);
        if (rows[i].error != NULL) {
            CHECK(strstr(e.text, rows[i].error) != NULL);
            continue;
        }
        CHECK_INT(s.index, rows[i].index);
        CHECK_INT(s.count, rows[i].count);
        CHECK_STR(s.source, "--shard");
    }
}

#define VARIABLES_MAX 8

static void environments_are_read(void)
{
    static const struct {
        const char *name;
        const char *variables[VARIABLES_MAX];
        int64_t index, count;
        const char *source; /* or what the error says, when count is 0 */
    } rows[] = {
        {"nothing", {NULL}, 0, 0, "no engine tells"},
        {"own", {"GUST_SHARD_INDEX=2", "GUST_SHARDS=5"}, 2, 5, "GUST_SHARD_INDEX"},
        {"own, half", {"GUST_SHARD_INDEX=2"}, 0, 0, "GUST_SHARDS is not: set it"},
        {"own, other half", {"GUST_SHARDS=5"}, 0, 0, "no engine tells"},
        {"own, bad", {"GUST_SHARD_INDEX=x", "GUST_SHARDS=5"}, 0, 0, "GUST_SHARD_INDEX"},
        {"own, too large", {"GUST_SHARD_INDEX=5", "GUST_SHARDS=5"}, 0, 0, "from 0"},
        {"indexed job",
         {"JOB_COMPLETION_INDEX=3", "GUST_SHARDS=4"},
         3,
         4,
         "Kubernetes Indexed Job"},
        {"indexed job, half", {"JOB_COMPLETION_INDEX=3"}, 0, 0, "GUST_SHARDS is not"},
        {"array",
         {"SLURM_ARRAY_TASK_ID=3", "SLURM_ARRAY_TASK_MIN=0", "SLURM_ARRAY_TASK_COUNT=4",
          "SLURM_ARRAY_TASK_STEP=1"},
         3,
         4,
         "Slurm array"},
        {"array from 10 by 5",
         {"SLURM_ARRAY_TASK_ID=20", "SLURM_ARRAY_TASK_MIN=10",
          "SLURM_ARRAY_TASK_COUNT=3", "SLURM_ARRAY_TASK_STEP=5"},
         2,
         3,
         "Slurm array"},
        {"array with holes",
         {"SLURM_ARRAY_TASK_ID=9", "SLURM_ARRAY_TASK_MIN=1", "SLURM_ARRAY_TASK_COUNT=3",
          "SLURM_ARRAY_TASK_STEP=1"},
         0,
         0,
         "from 0"},
        {"array, half",
         {"SLURM_ARRAY_TASK_ID=3"},
         0,
         0,
         "SLURM_ARRAY_TASK_COUNT is not"},
        {"step",
         {"SLURM_PROCID=1", "SLURM_STEP_NUM_TASKS=4", "SLURM_STEP_ID=0",
          "SLURM_NTASKS=4"},
         1,
         4,
         "Slurm step"},
        {"a step smaller than its job",
         {"SLURM_PROCID=1", "SLURM_STEP_NUM_TASKS=2", "SLURM_STEP_ID=0",
          "SLURM_NTASKS=4"},
         1,
         2,
         "Slurm step"},
        {"batch without srun",
         {"SLURM_PROCID=0", "SLURM_NTASKS=4"},
         0,
         0,
         "start gust with srun"},
        {"batch of one task", {"SLURM_PROCID=0", "SLURM_NTASKS=1"}, 0, 0, "no engine"},
        {"array and a step of one",
         {"SLURM_ARRAY_TASK_ID=3", "SLURM_ARRAY_TASK_COUNT=4", "SLURM_PROCID=0",
          "SLURM_STEP_NUM_TASKS=1", "SLURM_STEP_ID=0"},
         3,
         4,
         "Slurm array"},
        {"array and a step of two",
         {"SLURM_ARRAY_TASK_ID=3", "SLURM_ARRAY_TASK_COUNT=4", "SLURM_PROCID=0",
          "SLURM_STEP_NUM_TASKS=2", "SLURM_STEP_ID=0"},
         0,
         0,
         "Slurm array says 3/4, but Slurm step says 0/2"},
        {"array of one and a step",
         {"SLURM_ARRAY_TASK_ID=0", "SLURM_ARRAY_TASK_COUNT=1", "SLURM_PROCID=1",
          "SLURM_STEP_NUM_TASKS=2", "SLURM_STEP_ID=0"},
         1,
         2,
         "Slurm step"},
        {"step and PMI agree",
         {"SLURM_PROCID=1", "SLURM_STEP_NUM_TASKS=4", "SLURM_STEP_ID=0", "PMI_RANK=1",
          "PMI_SIZE=4"},
         1,
         4,
         "Slurm step"},
        {"step and PMI differ",
         {"SLURM_PROCID=1", "SLURM_STEP_NUM_TASKS=4", "SLURM_STEP_ID=0", "PMI_RANK=0",
          "PMI_SIZE=4"},
         0,
         0,
         "but PMI says 0/4: give --shard i/N"},
        {"mpirun",
         {"OMPI_COMM_WORLD_RANK=7", "OMPI_COMM_WORLD_SIZE=8"},
         7,
         8,
         "Open MPI"},
        {"mpich", {"PMI_RANK=7", "PMI_SIZE=8"}, 7, 8, "PMI"},
        {"aws",
         {"AWS_BATCH_JOB_ARRAY_INDEX=1", "AWS_BATCH_JOB_ARRAY_SIZE=2"},
         1,
         2,
         "AWS Batch"},
        {"cloud run",
         {"CLOUD_RUN_TASK_INDEX=1", "CLOUD_RUN_TASK_COUNT=2"},
         1,
         2,
         "Cloud Run"},
        {"google batch",
         {"BATCH_TASK_INDEX=1", "BATCH_TASK_COUNT=2"},
         1,
         2,
         "Google Batch"},
        {"torchrun", {"RANK=1", "WORLD_SIZE=2"}, 1, 2, "RANK"},
        {"one of one is whole", {"RANK=0", "WORLD_SIZE=1"}, 0, 1, "RANK"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err e = {0};
        struct shard s;
        check_row = rows[i].name;
        int rc =
            shard_find("auto", look_up, (void *)(uintptr_t)rows[i].variables, &s, &e);
        CHECK_INT(rc, rows[i].count > 0 ? 0 : -1);
        if (rows[i].count == 0) {
            CHECK(strstr(e.text, rows[i].source) != NULL);
            continue;
        }
        CHECK_INT(s.index, rows[i].index);
        CHECK_INT(s.count, rows[i].count);
        CHECK_STR(s.source, rows[i].source);
    }
}

/* A gust in a shell of a batch job must not quietly send a part of the load. */
static void unasked_the_environment_says_nothing(void)
{
    static const char *const job[] = {"SLURM_PROCID=1", "SLURM_STEP_NUM_TASKS=4",
                                      "SLURM_STEP_ID=0", NULL};
    struct err e = {0};
    struct shard s;
    CHECK_INT(shard_find(NULL, look_up, (void *)(uintptr_t)job, &s, &e), 0);
    CHECK_INT(s.index, 0);
    CHECK_INT(s.count, 1);
    CHECK(s.source == NULL);
}

int main(void)
{
    RUN(words_are_read);
    RUN(environments_are_read);
    RUN(unasked_the_environment_says_nothing);
    return check_report();
}
