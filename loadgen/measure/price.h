/*
 * Prices of tokens: a list from a JSON document (profiles/prices/, its schema
 * beside it), and the price of a bill by it.
 *
 * A model is priced by its canonical id; aliases lead to it. A price that is not
 * known is an error that names the model and the nearest known one: it is never
 * taken as 0. A model may cost nothing only where the list says so.
 *
 * Prices are whole pico-units of the currency per token, so that every total is
 * exact. A modifier (cached, batch, priority, regional) is applied to the price of
 * a token; where that is no whole number, it is rounded up, once.
 */
#ifndef GUST_PRICE_H
#define GUST_PRICE_H

#include "base/money.h"
#include "measure/bill.h"

#define PRICE_LIST_BYTES_MAX (1u << 20)
#define PRICE_MODELS_MAX 10000
#define PRICE_STALE_DAYS 90

/* Pico-units per token. */
struct price {
    int64_t prompt, cached, output;
};

enum price_tier { PRICE_STANDARD, PRICE_BATCH, PRICE_PRIORITY };
extern const char *const price_tier_names[4]; /* NULL-terminated */

struct price_terms {
    enum price_tier tier;
    bool is_regional;
};

struct price_model {
    char *id, *title, *status, *retirement; /* "" where not given */
    char **aliases;                         /* NULL-terminated */
    char *other;        /* prices that are not by token, for a message; "" none */
    struct price price; /* standard; prompt -1: not priced by token; output -1: none;
                           cached -1: by the list's modifier */
};

/* Owns everything it points to. */
struct price_list {
    char *name, *title, *source, *licence, *date, *currency;
    int64_t day; /* of the date, since 1970 */
    struct price_model *models;
    size_t model_count;
    int64_t cached, batch, priority, regional; /* millionths; 0: not offered */
    uint64_t digest;                           /* of the document */
};

/* NULL on failure. Errors name the path: `models[3].input: -1 is out of range`. */
struct price_list *price_list_parse(const char *text, size_t length, struct err *e);
struct price_list *price_list_load(const char *path, struct err *e);
void price_list_free(struct price_list *l); /* NULL is fine */

/* Price of a model by id or alias; *row (may be NULL) is its row. needs_output: it
 * is asked to generate, so a model without an output price is an error. */
MUST_CHECK int price_list_find(const struct price_list *l, const char *model,
                               const struct price_terms *terms, bool needs_output,
                               struct price *out, const struct price_model **row,
                               struct err *e);

/* Does the list know the name? */
bool price_list_has(const struct price_list *l, const char *model);

/* Whole days from the list's date to wall time; negative: of the future. */
int64_t price_list_age_days(const struct price_list *l, int64_t wall_ns);

/* Days since 1970 of "2026-08-21"; false: no date. */
bool price_date_day(const char *text, int64_t *out);

/* The price of a bill, exact; saturates. */
int64_t price_of(const struct price *p, const struct bill *b);
int64_t price_of_sums(const struct price *p, const uint64_t tokens[BILL_COLUMNS]);

#endif
