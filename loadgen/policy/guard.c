/* Guards; see guard.h. */
#include "policy/guard.h"

bool guard_note(struct guard *g, enum outcome outcome)
{
    const struct outcome_row *row = &outcome_rows[outcome];
    if (row->kind == KIND_OK)
        g->had_success = true;
    if (g->had_success || row->kind != KIND_FAILED)
        return false;
    if (!row->is_config_error) {
        g->streak = 0;
        return false;
    }
    g->streak++;
    return outcome == OUTCOME_AUTH_401 || g->streak >= GUARD_STREAK;
}

bool guard_share(uint64_t finished, uint64_t failed, double limit)
{
    if (limit <= 0.0 || finished < GUARD_SHARE_MIN)
        return false;
    return (double)failed > limit * (double)finished;
}
