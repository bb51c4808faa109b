/* --policy and --outage; see run_policy.h. */
#include "command/run_policy.h"

#include "base/clock.h"
#include "base/units.h"
#include "command/key.h"

#include <stdio.h>
#include <string.h>

int run_policies_load(const struct run_settings *s, struct run_policies *out,
                      struct err *e)
{
    *out = (struct run_policies){0};
    if (s->policies.count > RUN_POLICIES_MAX)
        return err_set(e, "--policy: at most %d are run side by side",
                       RUN_POLICIES_MAX);
    for (size_t i = 0; i < s->policies.count; i++) {
        struct client_policy *p = client_policy_load(s->policies.items[i], e);
        if (p == NULL)
            return err_in(e, "--policy");
        out->items[out->count++] = p;
        for (size_t k = 0; k + 1 < out->count; k++)
            if (strcmp(out->items[k]->name, p->name) == 0)
                return err_set(e, "--policy: two policies are called %s", p->name);
    }
    return 0;
}

void run_policies_release(struct run_policies *p)
{
    for (size_t i = 0; i < p->count; i++)
        client_policy_free(p->items[i]);
    *p = (struct run_policies){0};
}

static void take_timeouts(struct timers *t, const struct invocation *in,
                          const struct client_timeouts *c)
{
    const struct {
        const char *option;
        int64_t *into_ns, ns;
    } rows[] = {
        {"connect-timeout", &t->connect_ns, c->connect_ns},
        {"ttft-timeout", &t->ttft_ns, c->ttft_ns},
        {"stall-timeout", &t->stall_ns, c->stall_ns},
        {"timeout", &t->total_ns, c->total_ns},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (rows[i].ns > 0 && opts_origin(in->opts, rows[i].option) == OPT_FROM_DEFAULT)
            *rows[i].into_ns = rows[i].ns;
}

/* Index into run_dialects, 0 (auto) when none is named; -1: no such. */
static int dialect_index(const char *name)
{
    for (int i = 0; run_dialects[i] != NULL; i++)
        if (name == NULL || strcmp(run_dialects[i], name) == 0)
            return i;
    return -1;
}

static int take_endpoint(struct run_plan *p, uint16_t target,
                         const struct client_endpoint *c, struct err *e)
{
    struct target_settings t = {.url = c->url,
                                .model = c->model,
                                .dialect = dialect_index(c->dialect),
                                .key_env = c->key_env};
    if (t.dialect < 0)
        return err_set(e, "endpoint %s: no such dialect as \"%s\"", c->name,
                       c->dialect);
    if (run_plan_target(p, target, c->name, "target", &t, e) < 0)
        return err_in(e, "endpoint %s", c->name);
    return 0;
}

int run_policy_apply(struct run_plan *p, const struct invocation *in,
                     const struct client_policy *policy, struct err *e)
{
    struct plan *plan = &p->plan;
    if (policy == NULL)
        return 0;
    take_timeouts(&plan->timers, in, &policy->timeouts);
    if (client_policy_is_none(policy))
        return 0; /* the engine has nothing to do */
    plan->policy = policy;
    for (unsigned i = 0; i < policy->endpoint_count; i++)
        if (take_endpoint(p, (uint16_t)(plan->arms + i), &policy->endpoints[i], e) < 0)
            return -1;
    plan->backups = policy->endpoint_count;
    return 0;
}

char *run_policy_folder(const char *out_dir, const struct client_policy *policy)
{
    char date[UNITS_TEXT];
    struct buf path;
    buf_init(&path, 8192);
    if (out_dir != NULL) {
        buf_printf(&path, "%s/%s", out_dir, policy->name);
    } else {
        (void)units_format_utc(date, clock_wall_ns());
        for (char *p = date; *p != '\0'; p++)
            *p = *p == ':' ? '.' : *p; /* of the time; no colon in a path */
        buf_printf(&path, "runs/%s-policy-%s", date, policy->name);
    }
    char *text = buf_steal(&path);
    buf_release(&path);
    return text;
}

int run_outage(struct plan *plan, const char *text, struct err *e)
{
    char copy[64];
    struct err why = {0};
    if (text == NULL)
        return 0;
    int n = snprintf(copy, sizeof copy, "%s", text);
    char *plus = n > 0 && (size_t)n < sizeof copy ? strchr(copy, '+') : NULL;
    if (plus == NULL)
        return err_set(e,
                       "--outage: \"%.60s\" is not of the form 60s+20s: when it "
                       "begins, and for how long",
                       text);
    *plus = '\0';
    if (units_duration(copy, &plan->outage_start_ns, &why) < 0 ||
        units_duration(plus + 1, &plan->outage_ns, &why) < 0)
        return err_set(e, "--outage: %s", why.text);
    if (plan->outage_start_ns < 0 || plan->outage_ns <= 0 ||
        plan->outage_start_ns + plan->outage_ns >= plan->duration_ns)
        return err_set(e, "--outage: \"%.60s\" must end before the run of %lld s does",
                       text, (long long)(plan->duration_ns / NS_PER_S));
    return 0;
}
