/* Fleet files: any bytes give a fleet within its bounds, or a reason. */
#include "fixtures/fleet_file.h"
#include "fixtures/mock_options.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fleet_file s;
    struct err e = {0};
    json_t *document = json_parse((const char *)data, size, &e);
    if (document == NULL)
        return 0;
    fleet_file_init(&s, 0);
    int rc = fleet_file_read(&s, document, mock_options, &e);
    assert(e.is_set == (rc != 0));
    for (size_t i = 0; rc == 0 && i < s.event_count; i++) {
        assert(s.events[i].replica < s.count);
        assert(i == 0 || s.events[i - 1].at_ns <= s.events[i].at_ns);
    }
    assert(rc != 0 || (s.count >= 1 && s.count <= FLEET_MAX));
    fleet_file_release(&s);
    return 0;
}
