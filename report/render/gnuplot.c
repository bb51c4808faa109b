/*
 * Runs gnuplot; see gnuplot.h. The script goes through a pipe to its standard
 * input; what it complains about goes to an unnamed file, so that neither side can
 * wait for the other.
 */
#include "render/gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_NO_PROGRAM 127

/* In the child: never returns. Only async-signal-safe calls. The pipe's write end
 * must be closed here, or gnuplot would wait for more of the script for ever. */
static _Noreturn void become_gnuplot(const char *directory, const int ends[2],
                                     int errors)
{
    int nothing = open("/dev/null", O_WRONLY);
    bool is_ready = nothing >= 0 && close(ends[1]) == 0 && chdir(directory) == 0 &&
                    dup2(ends[0], 0) >= 0 && dup2(nothing, 1) >= 0 &&
                    dup2(errors, 2) >= 0;
    if (is_ready)
        execlp("gnuplot", "gnuplot", "-d", "-", (char *)NULL);
    _exit(EXIT_NO_PROGRAM);
}

/* Writes everything; a gnuplot that ended early is seen by its exit status. */
static void feed(int fd, const struct buf *script)
{
    size_t done = 0;
    while (done < script->len) {
        ssize_t n = write(fd, script->data + done, script->len - done);
        if (n < 0 && errno != EINTR)
            return;
        done += n > 0 ? (size_t)n : 0;
    }
}

static int wait_for(pid_t child)
{
    int status = 0;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Its first complaint, without the copy of the line that gnuplot puts before. */
static void read_complaint(FILE *errors, char *line, size_t size)
{
    rewind(errors);
    line[0] = '\0';
    while (fgets(line, (int)size, errors) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (strstr(line, "line ") != NULL)
            return;
    }
}

static enum gnuplot_result result_of(int status, FILE *errors, struct err *e)
{
    char line[200];
    if (status == 0)
        return GNUPLOT_DONE;
    if (status == EXIT_NO_PROGRAM)
        return GNUPLOT_MISSING;
    read_complaint(errors, line, sizeof line);
    (void)err_set(e, "gnuplot failed (%d): %s", status, line);
    return GNUPLOT_FAILED;
}

/* The pipe's write end must raise no signal when gnuplot is gone. */
static void run_child(const char *directory, const struct buf *script, FILE *errors,
                      int ends[2], int *status)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    (void)sigaction(SIGPIPE, &ignore, &before);
    pid_t child = fork();
    if (child == 0)
        become_gnuplot(directory, ends, fileno(errors));
    (void)close(ends[0]);
    if (child > 0)
        feed(ends[1], script);
    (void)close(ends[1]);
    *status = child > 0 ? wait_for(child) : -1;
    (void)sigaction(SIGPIPE, &before, NULL);
}

enum gnuplot_result gnuplot_run(const char *directory, const struct buf *script,
                                struct err *e)
{
    int ends[2], status = -1;
    FILE *errors = tmpfile();
    if (errors == NULL) {
        (void)err_set_errno(e, errno, "cannot make a temporary file");
        return GNUPLOT_FAILED;
    }
    if (pipe(ends) < 0) {
        (void)err_set_errno(e, errno, "cannot make a pipe");
        (void)fclose(errors); /* nothing was written */
        return GNUPLOT_FAILED;
    }
    run_child(directory, script, errors, ends, &status);
    enum gnuplot_result result = result_of(status, errors, e);
    (void)fclose(errors); /* unnamed: nothing to keep */
    return result;
}
