#include "check.h"
#include "fixtures/runclock.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void the_first_one_counts(void)
{
    char path[] = "/tmp/gust-clock-XXXXXX";
    int fd = mkstemp(path);
    CHECK(fd >= 0);
    CHECK_INT(runclock_read(fd), 0);
    CHECK_INT(runclock_begin(path, 700), 700);
    CHECK_INT(runclock_begin(path, 900), 700);
    CHECK_INT(runclock_read(fd), 700);
    (void)close(fd);
    (void)unlink(path);
}

/* Many at once agree on one of their times. */
static void all_agree(void)
{
    enum { N = 8 };
    char path[] = "/tmp/gust-clock-XXXXXX";
    int fd = mkstemp(path);
    pid_t pids[N];
    for (int i = 0; i < N; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            int64_t start_ns = runclock_begin(path, 100 + i);
            _exit(start_ns >= 100 && start_ns < 100 + N ? (int)start_ns : 1);
        }
    }
    int64_t agreed_ns = 0;
    for (int i = 0; i < N; i++) {
        int status = 0;
        CHECK(waitpid(pids[i], &status, 0) == pids[i]);
        CHECK(WIFEXITED(status));
        if (i == 0)
            agreed_ns = WEXITSTATUS(status);
        CHECK_INT(WEXITSTATUS(status), agreed_ns);
    }
    CHECK_INT(runclock_read(fd), agreed_ns);
    (void)close(fd);
    (void)unlink(path);
}

static void without_a_file_everyone_is_first(void)
{
    CHECK_INT(runclock_begin("/no/such/folder/clock", 5), 5);
    CHECK_INT(runclock_begin("/no/such/folder/clock", 9), 9);
}

int main(void)
{
    RUN(the_first_one_counts);
    RUN(all_agree);
    RUN(without_a_file_everyone_is_first);
    return check_report();
}
