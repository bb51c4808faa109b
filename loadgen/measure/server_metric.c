/* What a server says about itself; see server_metric.h. */
#include "measure/server_metric.h"

#include <string.h>

const struct server_metric_row server_metric_rows[SERVER_METRICS] = {
#define SERVER_METRIC_ROW(id, name, merge, counter, text)                              \
    [SERVER_##id] = {name, SERVER_##merge, counter, text},
    SERVER_METRIC_LIST(SERVER_METRIC_ROW)
#undef SERVER_METRIC_ROW
};

enum server_metric server_metric_find(const char *name)
{
    int i = 0;
    while (i < SERVER_METRICS && strcmp(server_metric_rows[i].name, name) != 0)
        i++;
    return (enum server_metric)i;
}
