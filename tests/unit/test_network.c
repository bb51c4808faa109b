/* What a report says of a run's network, from its manifest. */
#include "judge/network.h"

#include "fake_run.h"
#include "scratch.h"

#include <stdlib.h>

static const struct {
    const char *name, *value; /* NULL: not there */
} rows[] = {
    {"library", "libcurl/7.88.1 OpenSSL/3.0.22"},
    {"HTTP", "2, up to 32 streams a connection"},
    {"certificates", "not checked"},
    {"client certificate", "shown to the server"},
    {"proxy", "http://***@p.test:3128"},
    {"socket", NULL},
    {"to 10.0.0.1", "1,200 connections tried, 34 requests"},
    {"to 10.0.0.2", NULL}, /* another arm's */
    {"from 10.0.0.9", ""}, /* counted at the end only */
};

static void the_manifest_is_read(void)
{
    struct scratch dir = scratch_new();
    struct fake_truth truth;
    struct err e = {0};
    struct fake_spec spec = {.seed = 1, .rate_per_s = 5, .duration_s = 5, .slos = "[]"};
    spec.path = scratch_path(&dir, "run");
    CHECK_INT(fake_run(&spec, &truth, &e), 0);
    struct summary *s = summary_read(scratch_path(&dir, "run"), NULL, &e);
    CHECK_STR(e.text, "");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *value = facts_find(&s->network, rows[i].name);
        check_row = rows[i].name;
        CHECK((value == NULL) == (rows[i].value == NULL));
        if (value != NULL && rows[i].value != NULL)
            CHECK_STR(value, rows[i].value);
    }
    CHECK_INT(s->quirks.count, 1);
    summary_free(s);
    free(truth.requests);
    scratch_remove(&dir);
}

int main(void)
{
    RUN(the_manifest_is_read);
    return check_report();
}
