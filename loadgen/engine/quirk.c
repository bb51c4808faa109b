/* Known quirks of libcurl; see quirk.h. Sources: libcurl's release notes. */
#include "engine/quirk.h"

#include "base/base.h"

#define VERSION(major, minor, patch) ((major) << 16 | (minor) << 8 | (patch))
#define ALWAYS 0u
#define FIRST 0u
#define OPEN UINT32_MAX

/* first: the first version that has it; fixed: the first that has it no more. */
static const struct row {
    unsigned first, fixed, conditions;
    const char *text;
} rows[] = {
    {FIRST, VERSION(8, 0, 0), QUIRK_HTTP2 | QUIRK_CLEAR,
     "before 8.0.0, HTTP/2 without TLS fails on a connection that was used before: "
     "every request gets a connection of its own"},
    {FIRST, VERSION(8, 0, 0), QUIRK_HTTP2,
     "before 8.0.0, a stream that the server resets or leaves at GOAWAY may pass for a "
     "complete body: streams are judged by their end marker, bodies by their JSON"},
    {FIRST, VERSION(8, 0, 0), QUIRK_HTTP2,
     "before 8.0.0, requests wait only for a pool's first HTTP/2 connection: a burst "
     "may open more connections than its streams need"},
    {FIRST, VERSION(8, 0, 0), ALWAYS,
     "before 8.0.0, connect and TLS times are missing when the attempt fails: failures "
     "have their total time only"},
    {FIRST, VERSION(8, 1, 0), QUIRK_HTTP2 | QUIRK_TIMERS,
     "before 8.1.0, the flow window of HTTP/2 streams that a time limit cuts off is "
     "not given back: after 32 MB of such replies other streams of the connection may "
     "stall"},
    {FIRST, VERSION(8, 3, 0), QUIRK_HTTP2,
     "before 8.3.0, libcurl's first-byte time of an HTTP/2 request is that of its "
     "sending: gust takes its own time stamps"},
    {FIRST, OPEN, QUIRK_HTTP2,
     "streams of one HTTP/2 connection share its reads and kernel time stamps, and "
     "each read costs work for every open stream: gaps between tokens are finer over "
     "HTTP/1.1"},
    {VERSION(8, 9, 0), VERSION(8, 9, 1), ALWAYS,
     "8.9.0 keeps asking for idle sockets to be watched: the generator's CPU share is "
     "higher than its work"},
    {VERSION(8, 10, 0), VERSION(8, 11, 0), ALWAYS,
     "8.10.0 and 8.10.1 were reported to freeze under event loops: a run that stands "
     "still may be libcurl's fault"},
    {VERSION(8, 21, 0), VERSION(8, 21, 1), ALWAYS,
     "8.21.0 was reported to leak sockets: a long run may use up its descriptors"},
};

_Static_assert(ARRAY_LEN(rows) <= QUIRKS_MAX, "raise QUIRKS_MAX");

size_t quirks_of(unsigned version, unsigned conditions, const char *out[QUIRKS_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        bool is_version = version >= rows[i].first && version < rows[i].fixed;
        if (is_version && (rows[i].conditions & ~conditions) == 0)
            out[n++] = rows[i].text;
    }
    return n;
}

bool quirk_breaks_h2c_reuse(unsigned version)
{
    return version < VERSION(8, 0, 0);
}
