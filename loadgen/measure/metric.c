/* The metric rows and the prompt-length strata; see metric.h. */
#include "measure/metric.h"

#include "base/base.h"

#include <string.h>

const struct metric_row metric_rows[METRIC_COUNT] = {
#define METRIC_ROW(id, name, label, strata, headline, definition)                      \
    [METRIC_##id] = {name, label, strata, headline, definition},
    METRIC_LIST(METRIC_ROW)
#undef METRIC_ROW
};

enum metric metric_find(const char *name)
{
    for (unsigned m = 0; m < METRIC_COUNT; m++)
        if (strcmp(metric_rows[m].name, name) == 0)
            return (enum metric)m;
    return METRIC_COUNT;
}

/* With k = floor(log2 t), floor(2 log2 t) is 2k + 1 exactly when t^2 reaches
 * 2^(2k + 1): integers only, so every machine files a request alike. */
unsigned stratum_of(unsigned prompt_tokens)
{
    if (prompt_tokens == 0)
        return 0;
    unsigned k = 31 - (unsigned)__builtin_clz(prompt_tokens);
    uint64_t square = (uint64_t)prompt_tokens * prompt_tokens;
    unsigned stratum = 2 * k + (square >> (2 * k + 1) != 0);
    return stratum < STRATUM_COUNT ? stratum : STRATUM_COUNT - 1;
}
