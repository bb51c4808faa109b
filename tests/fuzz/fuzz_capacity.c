/*
 * Any bytes as capacity.json, or as a line of the journal: refused with a message, or
 * whole: what is accepted is written again as a document that is accepted.
 */
#include "judge/capacity.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_whole(const char *text, size_t size)
{
    struct err e = {0};
    struct capacity c, again;
    struct buf out;
    if (capacity_parse(text, size, &c, &e) < 0) {
        assert(e.is_set);
        return;
    }
    buf_init(&out, 1u << 26);
    capacity_write(&c, &out);
    assert(capacity_parse(out.data, out.len, &again, &e) == 0);
    assert(again.point_count == c.point_count && again.slo_count == c.slo_count);
    capacity_release(&again);
    capacity_release(&c);
    buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err e = {0};
    struct capacity_point p;
    int rc = capacity_point_read((const char *)data, size, &p, &e);
    assert((rc < 0) == e.is_set);
    try_whole((const char *)data, size);
    return 0;
}
