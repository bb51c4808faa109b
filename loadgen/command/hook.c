/* Hooks; see hook.h. */
#include "command/hook.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
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

static int wait_for(pid_t pid, const char *command, struct err *e)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return err_set_errno(e, errno, "cannot wait for \"%s\"", command);
    if (WIFSIGNALED(status))
        return err_set(e, "\"%s\" was ended by signal %d", command, WTERMSIG(status));
    if (WEXITSTATUS(status) != 0)
        return err_set(e, "\"%s\" ended with exit code %d", command,
                       WEXITSTATUS(status));
    return 0;
}

int hook_run(const char *command, const struct hook_fact *facts, size_t n,
             struct err *e)
{
    const char *argv[] = {"sh", "-c", command, NULL};
    char **env = with_facts(facts, n);
    posix_spawn_file_actions_t actions;
    pid_t pid = 0;
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
    int rc = posix_spawn(&pid, "/bin/sh", &actions, NULL,
                         (char *const *)(uintptr_t)argv, env); /* reads argv only */
    (void)posix_spawn_file_actions_destroy(&actions);
    for (size_t i = 0; i < n; i++)
        free(env[i]);
    free(env);
    return rc != 0 ? err_set_errno(e, rc, "cannot start /bin/sh")
                   : wait_for(pid, command, e);
}
