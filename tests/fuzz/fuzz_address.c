/*
 * Words of --resolve and --source-address: never a crash, and what is taken is
 * written in a form that is taken again as the same.
 */
#include "engine/address.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_round_trip(const union address *a)
{
    char text[ADDRESS_TEXT];
    union address again;
    (void)address_format(text, a);
    assert(address_parse(text, strlen(text), 1, &again));
    assert(address_same(a, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[2048];
    struct override o;
    union address list[ADDRESSES_MAX];
    struct err e = {0};
    if (size >= sizeof text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    if (override_parse(text, &o, &e) == 0) {
        assert(o.count >= 1 && o.count <= ADDRESSES_MAX && o.port > 0);
        for (uint32_t i = 0; i < o.count; i++)
            check_round_trip(&o.at[i]);
    }
    err_clear(&e);
    int n = address_list(text, 0, list, ADDRESSES_MAX, &e);
    assert((n < 0) == e.is_set);
    for (int i = 0; i < n; i++)
        check_round_trip(&list[i]);
    return 0;
}
