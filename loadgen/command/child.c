/* Child processes; see child.h. */
#include "command/child.h"

#include <errno.h>
#include <spawn.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

int child_start(const char *path, const char *const argv[], char **env, int out_fd,
                pid_t *pid, struct err *e)
{
    posix_spawn_file_actions_t actions;
    (void)posix_spawn_file_actions_init(&actions); /* a list: these cannot fail */
    if (out_fd >= 0)
        (void)posix_spawn_file_actions_adddup2(&actions, out_fd, STDOUT_FILENO);
    int rc = posix_spawn(pid, path, &actions, NULL,
                         (char *const *)(uintptr_t)argv, /* only reads it */
                         env != NULL ? env : environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    return rc == 0 ? 0 : err_set_errno(e, rc, "cannot start %s", path);
}

int child_wait(pid_t pid, const char *what, struct err *e)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return err_set_errno(e, errno, "cannot wait for \"%s\"", what);
    if (WIFSIGNALED(status))
        return err_set(e, "\"%s\" was ended by signal %d", what, WTERMSIG(status));
    return WEXITSTATUS(status);
}
