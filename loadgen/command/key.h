/*
 * The API key of a target: where it comes from, and where it may go.
 *
 * A key is sent only where its owner meant it to go: MISTRAL_API_KEY to the Mistral
 * API or a target that is said to speak its dialect, others where they are named.
 */
#ifndef GUST_KEY_H
#define GUST_KEY_H

#include "command/run_options.h"

/* The key of a target into *out, NULL when there is none; key_free it. Fails when a
 * key was named and is not there, or holds a line break. */
MUST_CHECK int key_find(const struct target_settings *t, char **out, struct err *e);

/* Wipes and frees; NULL is fine. */
void key_free(char *key);

/* Is it the Mistral API? Over TLS, and by the host that libcurl would connect to:
 * neither user info nor a query or fragment may pass for it. */
bool key_is_mistral_api(const char *url);

#endif
