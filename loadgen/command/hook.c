/* Hooks; see hook.h. */
#include "command/hook.h"

#include "command/child.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

/* The environment with the facts before it: getenv and sh take the first. */
static char **with_facts(const struct hook_fact *facts, size_t n)
{
    size_t old = 0;
    while (environ[old] != NULL)
        old++;
    char **all = xcalloc(n + old + 1, sizeof *all);
    for (size_t i = 0; i < n; i++) {
        size_t size = strlen(facts[i].name) + strlen(facts[i].value) + 2;
        all[i] = xcalloc(size, 1);
        (void)snprintf(all[i], size, "%s=%s", facts[i].name, facts[i].value);
    }
    memcpy(all + n, environ, old * sizeof *all);
    return all;
}

int hook_run(const char *command, const struct hook_fact *facts, size_t n,
             struct err *e)
{
    const char *argv[] = {"sh", "-c", command, NULL};
    char **env = with_facts(facts, n);
    pid_t pid = 0;
    int rc = child_start("/bin/sh", argv, env, STDERR_FILENO, &pid, e);
    for (size_t i = 0; i < n; i++)
        free(env[i]);
    free(env);
    if (rc == 0)
        rc = child_wait(pid, command, e);
    return rc > 0 ? err_set(e, "\"%s\" ended with exit code %d", command, rc) : rc;
}
