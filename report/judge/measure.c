/* The measures and what each takes from a ledger row; see measure.h. */
#include "judge/measure.h"

#include <string.h>

#define PER_MILLION 1e6
#define PER_THOUSAND 1e3

static struct ratio_slice good_share(const struct ledger_row *row,
                                     const struct prices *p)
{
    (void)p; /* of no price */
    return (struct ratio_slice){row->good, row->requests};
}

static struct ratio_slice output_mean(const struct ledger_row *row,
                                      const struct prices *p)
{
    (void)p; /* of no price */
    return (struct ratio_slice){row->output_tokens, row->ok};
}

/* While a request decodes: its first token is the prefill's. */
static struct ratio_slice decode_speed(const struct ledger_row *row,
                                       const struct prices *p)
{
    (void)p; /* of no price */
    double tokens = row->output_tokens - row->ok;
    return (struct ratio_slice){tokens > 0 ? tokens : 0, row->decode_s};
}

/* By the policy's prices what succeeded; else by the runs' own, which count what
 * failed, too. */
static struct ratio_slice cost_each(const struct ledger_row *row,
                                    const struct prices *p)
{
    if (!p->is_set)
        return (struct ratio_slice){row->cost * PER_THOUSAND, row->ok};
    double fresh = row->prompt_tokens - row->cached_tokens;
    double cost = fresh * p->prompt + row->cached_tokens * p->cached +
                  row->output_tokens * p->output;
    return (struct ratio_slice){cost / PER_MILLION * PER_THOUSAND, row->ok};
}

const struct measure measure_rows[] = {
    {.name = "success",
     .label = "failed requests",
     .unit = "%",
     .kind = MEASURE_FAILURES,
     .failures = FAILURES_ALL},
    {.name = "server_errors",
     .label = "server errors",
     .unit = "%",
     .kind = MEASURE_FAILURES,
     .failures = FAILURES_SERVER},
    {.name = "timeouts",
     .label = "timeouts",
     .unit = "%",
     .kind = MEASURE_FAILURES,
     .failures = FAILURES_TIMEOUT},
    {.name = "goodput",
     .label = "requests within all SLOs",
     .unit = "%",
     .kind = MEASURE_RATIO,
     .scale = RATIO_DIFFERENCE,
     .is_down_worse = true,
     .slice = good_share},
    {.name = "output_tokens_mean",
     .label = "output length",
     .unit = "tokens",
     .kind = MEASURE_RATIO,
     .scale = RATIO_LOG,
     .is_two_sided = true,
     .slice = output_mean},
    {.name = "tokens_per_s",
     .label = "decode speed",
     .unit = "tok/s",
     .kind = MEASURE_RATIO,
     .scale = RATIO_LOG,
     .is_down_worse = true,
     .slice = decode_speed},
    {.name = "cost",
     .label = "cost of 1,000 requests",
     .unit = "",
     .kind = MEASURE_RATIO,
     .scale = RATIO_LOG,
     .needs_prices = true,
     .slice = cost_each},
};

const size_t measure_count = ARRAY_LEN(measure_rows);

const struct measure *measure_find(const char *name)
{
    for (size_t i = 0; i < measure_count; i++)
        if (strcmp(measure_rows[i].name, name) == 0)
            return &measure_rows[i];
    return NULL;
}
