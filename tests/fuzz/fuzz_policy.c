/*
 * Any bytes as a policy: refused with a message, or whole. What is accepted survives
 * its own text, and judges.
 */
#include "judge/policy.h"

#include <stdlib.h>
#include <string.h>

static char *printed(const struct policy *p)
{
    struct buf out;
    buf_init(&out, 1u << 20);
    policy_print(p, &out);
    assert(!out.is_full);
    char *text = buf_steal(&out);
    buf_release(&out);
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err e = {0};
    struct policy *p = policy_parse((const char *)data, size, &e);
    assert((p == NULL) == e.is_set);
    if (p == NULL)
        return 0;
    assert(p->gate_count >= 1 && p->gate_count <= POLICY_GATES_MAX);
    char *once = printed(p);
    struct policy *again = policy_parse(once, strlen(once), &e);
    assert(again != NULL);
    char *twice = printed(again);
    assert(strcmp(once, twice) == 0);
    free(once);
    free(twice);
    policy_free(again);
    policy_free(p);
    return 0;
}
