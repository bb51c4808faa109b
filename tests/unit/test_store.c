/* Where an upload goes: a wrong name would be signed wrongly, or sent elsewhere. */
#include "engine/store.h"

#include "base/base.h"
#include "check.h"

static void places_are_read(void)
{
    static const struct {
        const char *name, *endpoint, *region;
        const char *url; /* or what the error says, when region_used is NULL */
        const char *region_used;
    } rows[] = {
        {"s3://bucket", NULL, NULL, "https://s3.us-east-1.amazonaws.com/bucket",
         "us-east-1"},
        {"s3://bucket/a/b", NULL, "eu-west-3",
         "https://s3.eu-west-3.amazonaws.com/bucket/a/b", "eu-west-3"},
        {"s3://bucket/a///", "http://127.0.0.1:9000", NULL,
         "http://127.0.0.1:9000/bucket/a", "us-east-1"},
        {"s3://bucket/a", "https://minio.test//", "r1", "https://minio.test/bucket/a",
         "r1"},
        {"s3://", NULL, NULL, "is not s3://BUCKET/PREFIX", NULL},
        {"s3:///a", NULL, NULL, "is not s3://BUCKET/PREFIX", NULL},
        {"bucket/a", NULL, NULL, "is not s3://BUCKET/PREFIX", NULL},
        {"https://host/bucket", NULL, NULL, "is not s3://BUCKET/PREFIX", NULL},
        {"s3://bucket/a b", NULL, NULL, "letters, digits and ._-/ only", NULL},
        {"s3://bucket/a+b", NULL, NULL, "letters, digits and ._-/ only", NULL},
        {"s3://bucket/a?b", NULL, NULL, "letters, digits and ._-/ only", NULL},
        {"s3://bucket/a=b", NULL, NULL, "letters, digits and ._-/ only", NULL},
        {"s3://bucket/a", "minio.test", NULL, "must begin with http:// or https://",
         NULL},
        {"s3://bucket/a", NULL, "us east", "is no region", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err e = {0};
        struct store s = {0};
        check_row = rows[i].name;
        int rc = store_parse(rows[i].name, rows[i].endpoint, rows[i].region, &s, &e);
        CHECK_INT(rc, rows[i].region_used ? 0 : -1);
        if (rc == 0) {
            CHECK_STR(s.url, rows[i].url);
            CHECK_STR(s.region, rows[i].region_used);
        } else {
            CHECK(strstr(e.text, rows[i].url) != NULL);
        }
    }
}

static void long_names_are_refused(void)
{
    struct err e = {0};
    struct store s = {0};
    char text[700] = "s3://";
    memset(text + 5, 'a', sizeof text - 6);
    CHECK_INT(store_parse(text, NULL, NULL, &s, &e), -1);
    CHECK(strstr(e.text, "longer than") != NULL);
}

int main(void)
{
    RUN(places_are_read);
    RUN(long_names_are_refused);
    return check_report();
}
