/* Does the server refuse the run? See refused.h. */
#include "engine/refused.h"

struct search {
    const struct slot *ended;
    bool has_older;
};

static void look_at(void *context, struct slot *s)
{
    struct search *search = context;
    if (!s->is_warm_up && s != search->ended &&
        s->arrival.due_ns <= search->ended->arrival.due_ns)
        search->has_older = true;
}

bool refused_note(struct guard *guard, struct sockets *sockets, const struct slot *s,
                  enum outcome outcome)
{
    struct search search = {.ended = s};
    if (!guard_note(guard, outcome))
        return false;
    sockets_each_active(sockets, look_at, &search);
    return !search.has_older;
}
