/* When a run starts; see start.h. */
#include "engine/start.h"

#include "base/base.h"
#include "base/clock.h"

#include <poll.h>

#define DELAY_NS (10 * NS_PER_MS) /* from the last READY to t0 */
#define WARM_NS (3 * NS_PER_S)    /* to open connections, before a given t0 */

const char start_late_text[] =
    "too late: --start-at was over when the connections were open; nothing was sent";

bool start_wait(int64_t wall_ns, int signal_fd)
{
    struct pollfd fd = {.fd = signal_fd, .events = POLLIN};
    for (;;) {
        int64_t left_ns = wall_ns - WARM_NS - clock_wall_ns();
        if (wall_ns == 0 || left_ns <= 0)
            return false;
        int64_t ms = left_ns / NS_PER_MS + 1;
        if (poll(&fd, 1, ms > 1000 ? 1000 : (int)ms) > 0) /* the clock may be set */
            return true;
    }
}

bool start_set(int64_t wall_ns, int64_t *t0_wall_ns, int64_t *t0_ns)
{
    int64_t now_ns = clock_now_ns(), now_wall_ns = clock_wall_ns();
    bool is_late = wall_ns != 0 && wall_ns < now_wall_ns;
    int64_t wait_ns = wall_ns == 0 || is_late ? DELAY_NS : wall_ns - now_wall_ns;
    *t0_ns = now_ns + wait_ns;
    *t0_wall_ns = now_wall_ns + wait_ns;
    return !is_late;
}
