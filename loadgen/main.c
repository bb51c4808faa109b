/*
 * gust: the verbs it has, and what is true of the whole process.
 *
 * A reader of our output that goes away must not kill a run in the middle, so
 * SIGPIPE is ignored and writing to standard output is judged once, at the end:
 * an answer that could not be written is no success.
 */
#include "base/err.h"
#include "command/commands.h"
#include "command/dispatch.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>

/* In the order of `gust help`, one a line. */
/* clang-format off */
static const struct command *const verbs[] = {
    &command_run,
    &command_report,
    &command_canary,
    &command_compare,
    &command_merge,
    &command_capacity,
    &command_cost_estimate,
    &command_cost,
    &command_triage,
    &command_doctor,
    &command_profile_list,
    &command_profile_show,
    &command_profile_check,
    &command_profile_fit,
    &command_profile_prompts,
    &command_mock,
    &command_proxy,
    NULL,
};
/* clang-format on */

static int close_output(int code)
{
    bool is_lost = ferror(stdout) != 0;
    int error_number = 0;
    if (fclose(stdout) != 0) {
        is_lost = true;
        error_number = errno;
    }
    if (!is_lost)
        return code;
    struct err e = {0};
    if (error_number != 0)
        (void)err_set_errno(&e, error_number, "standard output");
    else
        (void)err_set(&e, "standard output: some of it could not be written");
    int failed = command_fail(&e, EXIT_CANNOT_RUN);
    return code == EXIT_GO ? failed : code;
}

int main(int argc, char **argv)
{
    (void)signal(SIGPIPE, SIG_IGN); /* cannot fail for a valid signal */
    return close_output(dispatch(verbs, argc, argv));
}
