/*
 * Which model stands behind a name? Servers echo the name that was asked for, so a
 * moved alias shows only in their list of models: there an entry has the name as its
 * id or among its aliases, and says what it is (name: Mistral API; root: vLLM).
 */
#ifndef GUST_ALIAS_H
#define GUST_ALIAS_H

#include "engine/plan.h"

struct curl_slist;

/* The model behind name, as the list of models (JSON) says; "" when it does not
 * list it. */
void alias_read(const char *models, size_t length, const char *name,
                char out[MODEL_BYTES]);

/* Asks the target's list of models, for two seconds at most: after a run the answer
 * is worth no more waiting. "" when there is none. */
void alias_ask(const struct plan *plan, const struct target *t,
               struct curl_slist *resolved, char out[MODEL_BYTES]);

#endif
