/*
 * A run directory goes to an object store that speaks S3: one PUT a file, signed by
 * libcurl (AWS Signature Version 4), run.json last, so that whoever finds it finds the
 * rest. Nothing is ever overwritten: If-None-Match says so, and a store that knows an
 * object answers 412, which is how a shard that ran twice is seen.
 *
 * LIMIT: no multipart upload: a file of more than 5 GB is refused by most stores. A PUT
 * that fails is not tried again: the directory is still here, and the error says so.
 */
#ifndef GUST_STORE_H
#define GUST_STORE_H

#include "base/err.h"

#include <stdbool.h>

/* All borrowed. */
struct store {
    char url[512];   /* of the bucket and prefix, without a slash at the end */
    char region[64]; /* "us-east-1" */
    const char *key_id, *secret;
    const char *token;   /* of temporary credentials; NULL: none */
    const char *ca_file; /* certificates to trust, PEM; NULL: the system's */
};

/* text: "s3://BUCKET[/PREFIX]". endpoint: "https://host[:port]" of the store; NULL:
 * AWS of that region. Names may hold letters, digits, "._-/" only: of others libcurl's
 * signatures are wrong. The other members are left as they are. */
MUST_CHECK int store_parse(const char *text, const char *endpoint, const char *region,
                           struct store *out, struct err *e);

/* Sends the files of the run directory under its last name: URL/shard-003/run.json. */
MUST_CHECK int store_put(const struct store *s, const char *run_path, struct err *e);

#endif
