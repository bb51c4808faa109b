/* The money of a capacity search; see capacity_money.h. */
#include "command/capacity_money.h"

#include "base/money.h"
#include "command/afford.h"
#include "engine/preflight.h"
#include "judge/trial.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Only where prices are from: what a plan of one trial would cost says nothing. */
static void keep_prices(const struct buf *lines, struct buf *out)
{
    const char *at = lines->data;
    while (*at != '\0') {
        size_t length = strcspn(at, "\n");
        length += at[length] == '\n';
        if (strncmp(at, "prices: ", strlen("prices: ")) == 0)
            buf_append(out, at, length);
        at += length;
    }
}

static int check_limit(const struct run_plan *p, const struct run_settings *s,
                       struct err *e)
{
    bool is_free = p->plan.pricing.list == NULL || afford_is_local(s->target.url);
    if (is_free || s->budget != NULL || s->is_confirmed)
        return 0;
    return err_set(e, "nothing was sent: what a search spends is not known before it: "
                      "limit it with --budget, or confirm it with --yes");
}

int money_preflight(struct run_plan *p, const struct run_settings *s,
                    enum exit_code *code, struct err *e)
{
    static const struct afford_labels labels = {"cost: ", "budget: ", "prices: "};
    struct buf notes, money;
    buf_init(&notes, 1u << 16);
    buf_init(&money, 1u << 16);
    run_plan_prompts_notes(p, "prompts: ", &notes);
    int rc = preflight_identify(&p->plan, &notes, code, e);
    if (rc == 0) {
        *code = EXIT_USAGE;
        rc = afford_price(p, s, &labels, &money, e);
        keep_prices(&money, &notes);
    }
    if (rc == 0)
        rc = check_limit(p, s, e);
    if (rc == 0)
        rc = preflight_calibrate(&p->plan, &notes, code, e);
    if (rc == 0 && !s->is_quiet)
        fputs(notes.data, stderr);
    buf_release(&notes);
    buf_release(&money);
    return rc;
}

int64_t money_spent(const char *folder)
{
    double sum = 0;
    DIR *dir = opendir(folder);
    struct buf path;
    buf_init(&path, 4096);
    for (struct dirent *d = dir != NULL ? readdir(dir) : NULL; d != NULL;
         d = readdir(dir)) {
        if (d->d_name[0] == '.')
            continue;
        buf_reset(&path);
        buf_printf(&path, "%s/%s", folder, d->d_name);
        sum += trial_spent(path.data);
    }
    if (dir != NULL)
        (void)closedir(dir);
    buf_release(&path);
    return (int64_t)ceil(sum * (double)MONEY_UNIT);
}
