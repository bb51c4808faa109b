/* --upload; see store_settings.h. */
#include "command/store_settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *variable(const char *name, const char *other)
{
    const char *value = getenv(name);
    if (value == NULL || value[0] == '\0')
        value = other != NULL ? getenv(other) : NULL;
    return value != NULL && value[0] != '\0' ? value : NULL;
}

int store_take(const struct run_settings *s, struct store *out, struct err *e)
{
    *out = (struct store){0};
    if (s->upload == NULL)
        return 0;
    out->key_id = variable("AWS_ACCESS_KEY_ID", NULL);
    out->secret = variable("AWS_SECRET_ACCESS_KEY", NULL);
    out->token = variable("AWS_SESSION_TOKEN", NULL);
    out->ca_file = variable("AWS_CA_BUNDLE", NULL);
    if (out->key_id == NULL || out->secret == NULL)
        return err_set(e, "--upload: %s is not set",
                       out->key_id == NULL ? "AWS_ACCESS_KEY_ID"
                                           : "AWS_SECRET_ACCESS_KEY");
    return store_parse(s->upload, variable("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
                       variable("AWS_REGION", "AWS_DEFAULT_REGION"), out, e);
}

void store_send(const struct run_settings *s, struct run_result *result)
{
    struct err e = {0};
    struct store store;
    if (s->upload == NULL || result->path[0] == '\0')
        return;
    if (store_take(s, &store, &e) == 0 && store_put(&store, result->path, &e) == 0) {
        fprintf(stderr, "uploaded to %s\n", s->upload);
        return;
    }
    fprintf(stderr, "gust: %s; the run is still in %s\n", e.text, result->path);
    if (result->code == EXIT_GO || result->code == EXIT_INCONCLUSIVE)
        result->code = EXIT_CANNOT_RUN;
}
