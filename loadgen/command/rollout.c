/* A gradual rollout; see rollout.h. */
#include "command/rollout.h"

#include "command/canary_options.h"
#include "command/hook.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define STEPS_MAX 100

int rollout_steps(const char *text, unsigned *steps, size_t cap, size_t *count,
                  struct err *e)
{
    *count = 0;
    for (const char *at = text;; at++) {
        char *end = NULL;
        unsigned long weight = strtoul(at, &end, 10);
        bool is_number = *at >= '0' && *at <= '9';
        bool is_rising = *count == 0 || weight > steps[*count - 1];
        if (!is_number || weight < 1 || weight > 100 || !is_rising || *count == cap)
            return err_set(e,
                           "--steps: \"%s\" is not a list of rising percents such as "
                           "5,10,25,50,100",
                           text);
        steps[(*count)++] = (unsigned)weight;
        if (*end == '\0')
            return 0;
        at = end;
        if (*at != ',')
            return err_set(e, "--steps: \"%s\": a comma is expected before \"%s\"",
                           text, at);
    }
}

/* What every hook is told. */
static int run_hook(const char *command, const struct canary_settings *s,
                    unsigned weight, size_t step, size_t steps, const char *verdict,
                    struct err *e)
{
    char weight_text[16], step_text[24], steps_text[24];
    (void)snprintf(weight_text, sizeof weight_text, "%u", weight);
    (void)snprintf(step_text, sizeof step_text, "%zu", step + 1);
    (void)snprintf(steps_text, sizeof steps_text, "%zu", steps);
    struct hook_fact facts[] = {
        {"GUST_WEIGHT", weight_text},   {"GUST_STEP", step_text},
        {"GUST_STEPS", steps_text},     {"GUST_BASELINE", s->run.target.url},
        {"GUST_CANARY", s->canary.url}, {"GUST_VERDICT", verdict},
    };
    return command == NULL ? 0 : hook_run(command, facts, ARRAY_LEN(facts), e);
}

static int roll_back(const struct canary_settings *s, unsigned weight, size_t step,
                     size_t steps, const char *verdict)
{
    struct err e = {0};
    if (s->on_nogo == NULL) {
        fprintf(stderr, "gust: NO-GO, and no --on-nogo: the canary still has %u %%\n",
                weight);
        return EXIT_NO_GO;
    }
    if (run_hook(s->on_nogo, s, weight, step, steps, verdict, &e) == 0) {
        fprintf(stderr, "gust: rolled back from %u %%\n", weight);
        return EXIT_NO_GO;
    }
    fprintf(stderr,
            "gust: ROLLBACK FAILED: %s\n"
            "gust: THE CANARY STILL GETS %u %% OF THE TRAFFIC: ACT NOW\n",
            e.text, weight);
    return EXIT_NOT_UNDONE;
}

static char *step_dir(const struct canary_settings *s, unsigned weight)
{
    struct buf path;
    if (s->run.out_dir == NULL)
        return NULL;
    buf_init(&path, 4096);
    buf_printf(&path, "%s/step-%03u", s->run.out_dir, weight);
    char *dir = buf_steal(&path);
    buf_release(&path);
    return dir;
}

static int one_step(const struct invocation *in, unsigned weight, size_t step,
                    size_t steps)
{
    const struct canary_settings *s = in->settings;
    struct err e = {0};
    fprintf(stderr, "gust: step %zu of %zu: %u %%\n", step + 1, steps, weight);
    if (run_hook(s->on_step, s, weight, step, steps, "", &e) < 0) {
        (void)err_in(&e, "--on-step at %u %%", weight);
        (void)command_fail(&e, EXIT_CANNOT_RUN);
        int undone = roll_back(s, weight, step, steps, "STEP_FAILED");
        return undone == EXIT_NOT_UNDONE ? undone : EXIT_CANNOT_RUN;
    }
    char *dir = step_dir(s, weight);
    int code = canary_trial(in, dir);
    free(dir);
    return code == EXIT_NO_GO ? roll_back(s, weight, step, steps, "NO_GO") : code;
}

int rollout(const struct invocation *in)
{
    struct canary_settings *s = in->settings;
    struct err e = {0};
    unsigned steps[STEPS_MAX];
    size_t count = 0;
    if (rollout_steps(s->steps, steps, ARRAY_LEN(steps), &count, &e) < 0)
        return command_fail(&e, EXIT_USAGE);
    s->run.duration_ns = s->bake_ns;
    for (size_t i = 0; i < count; i++) {
        int code = one_step(in, steps[i], i, count);
        if (code != EXIT_GO) {
            fprintf(stderr, "gust: the rollout stops at step %zu of %zu (%u %%)\n",
                    i + 1, count, steps[i]);
            return code;
        }
    }
    fprintf(stderr, "gust: rolled out: every step was GO\n");
    return s->is_smoke ? canary_smoke(in) : EXIT_GO;
}
