/*
 * Any bytes as a run directory: manifest, intervals and log, parted by lines "--".
 * It is refused with a message, or heard; and what was heard, compared with itself,
 * is never a failed gate, and never a GO unless the run is complete.
 */
#include "judge/hearing.h"
#include "judge/verdict.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PARTS 3
#define SECONDS_MOST 2000 /* that are worth judging here */

static const char *const names[] = {"run.json", "intervals.jsonl", "latency.hlog",
                                    "events.jsonl", "failures.jsonl"};

static void write_file(const char *directory, const char *name, const uint8_t *bytes,
                       size_t size)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name); /* short names */
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert(fd >= 0);
    ssize_t n = write(fd, bytes, size);
    assert(n == (ssize_t)size);
    (void)close(fd);
}

/* Writes the parts; the last files are empty. */
static void write_run(const char *directory, const uint8_t *data, size_t size)
{
    size_t begin = 0;
    for (size_t part = 0; part < ARRAY_LEN(names); part++) {
        size_t end = begin;
        while (part + 1 < PARTS && end + 4 <= size &&
               memcmp(data + end, "\n--\n", 4) != 0)
            end++;
        if (part >= PARTS)
            end = begin = size;
        else if (part + 1 == PARTS || end + 4 > size)
            end = size;
        write_file(directory, names[part], data + begin,
                   end - begin + (end < size && part < PARTS));
        begin = end + 4 <= size ? end + 4 : size;
    }
}

static void remove_run(const char *directory)
{
    char path[256];
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        (void)snprintf(path, sizeof path, "%s/%s", directory, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(directory);
}

static void judge(struct hearing *h, const struct policy *policy)
{
    const struct witness *w = hearing_witness(h, 0);
    struct testimony t = {NULL, 0};
    if (w->row_count > SECONDS_MOST)
        return;

    bool is_complete = w->facts.status == RUN_COMPLETE;
    testimony_add(&t, hearing_take(h, 0));
    struct verdict_options options = {.mode = PAIRING_MIRROR};
    struct verdict *v = verdict_of(&t, &t, policy, &options);
    for (size_t i = 0; i < v->result_count; i++)
        assert(v->results[i].state != GATE_FAIL);
    assert(is_complete || v->call != CALL_GO);
    verdict_free(v);
    testimony_release(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char directory[64];
    struct err e = {0};
    (void)snprintf(directory, sizeof directory, "/tmp/gust-fuzz-%ld", (long)getpid());
    int rc = mkdir(directory, 0700);
    assert(rc == 0);
    write_run(directory, data, size);
    struct policy *policy = policy_default();
    struct hearing *h = hearing_open(directory, NULL, policy_metrics(policy), &e);
    assert((h == NULL) == e.is_set);
    if (h != NULL)
        judge(h, policy);
    hearing_close(h);
    policy_free(policy);
    remove_run(directory);
    return 0;
}
