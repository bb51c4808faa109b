/*
 * --upload, with the variables that every S3 client reads.
 */
#ifndef GUST_STORE_SETTINGS_H
#define GUST_STORE_SETTINGS_H

#include "command/run_options.h"
#include "engine/run.h"
#include "engine/store.h"

/* Where --upload goes, and with which keys; url is empty when it was not asked for.
 * AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION,
 * AWS_ENDPOINT_URL. */
MUST_CHECK int store_take(const struct run_settings *s, struct store *out,
                          struct err *e);

/* Sends the run that has ended, if that was asked for. A failure is told on stderr and
 * makes a code of 0 or 4 one of 3. */
void store_send(const struct run_settings *s, struct run_result *result);

#endif
