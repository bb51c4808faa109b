/*
 * Any bytes as a price list: refused with a message, or whole. Every model of what
 * is accepted has a price or a reason, and every name leads to one model.
 */
#include "measure/price.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void price_all(const struct price_list *l, const struct price_terms *terms)
{
    for (size_t i = 0; i < l->model_count; i++) {
        struct err e = {0};
        struct price p = {-1, -1, -1};
        const struct price_model *row = NULL;
        int rc = price_list_find(l, l->models[i].id, terms, true, &p, &row, &e);
        assert((rc < 0) == e.is_set);
        assert(rc < 0 || row == &l->models[i]);
        assert(rc < 0 || (p.prompt >= 0 && p.cached >= 0 && p.output >= 0));
        for (char **alias = l->models[i].aliases; rc == 0 && *alias != NULL; alias++)
            assert(price_list_has(l, *alias));
        struct bill b = {{1000000, 7, 3, 1}};
        assert(rc < 0 || price_of(&p, &b) >= p.prompt);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err e = {0};
    struct price_list *l = price_list_parse((const char *)data, size, &e);
    assert((l == NULL) == e.is_set);
    if (l == NULL)
        return 0;
    assert(l->model_count >= 1);
    for (int tier = PRICE_STANDARD; tier <= PRICE_PRIORITY; tier++)
        price_all(l, &(struct price_terms){(enum price_tier)tier, tier == PRICE_BATCH});
    price_list_free(l);
    return 0;
}
