/*
 * The control port's reader: any bytes give an order whose parts lie within bounds, or
 * a refusal with a status and a reason; a fault that is asked for is set, or refused
 * with a reason.
 */
#include "fixtures/order.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void set(const struct order *o)
{
    struct faults faults = {0};
    struct err e = {0};
    int rc = faults_add_at(&faults, o->fault, 1000, &e);
    assert(e.is_set == (rc != 0));
    assert(faults.count == (rc == 0));
    if (rc != 0 || faults.items[0].row->apply == NULL)
        return;
    struct plan p = {0};
    fault_apply(&faults.items[0], &p);
    int64_t edge_ns = fault_edge_ns(&faults.items[0], 0);
    assert(edge_ns > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct http_request http;
    if (http_parse((const char *)data, size, ORDER_BODY_MAX, &http) != HTTP_REQUEST)
        return 0;
    for (int is_fleet = 0; is_fleet < 2; is_fleet++) {
        struct order o;
        struct err e = {0};
        int rc = order_read(&http, is_fleet, &o, &e);
        assert(rc == 0 || (o.status >= 400 && o.status <= 405 && e.is_set));
        assert(memchr(o.name, '\0', sizeof o.name) &&
               memchr(o.fault, '\0', sizeof o.fault));
        if (rc == 0 && o.verb == ORDER_SET)
            set(&o);
        if (rc == 0 && o.verb == ORDER_PASS)
            assert(o.rest.at >= http.path.at &&
                   o.rest.at + o.rest.length == http.path.at + http.path.length);
    }
    return 0;
}
