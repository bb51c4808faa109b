#include "check.h"
#include "fixtures/truth.h"

#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>

static const struct truth_row whole = {
    .id = {"run \"7\"", 7},
    .seq = 3,
    .fault = "stall",
    .status = 200,
    .end = TRUTH_COMPLETE,
    .prompt_tokens = 10,
    .output_tokens = 2,
    .content_events = 2,
    .times = {100, 150, 200, 300, 400, 500},
};

static json_int_t number(const json_t *line, const char *key)
{
    return json_integer_value(json_object_get(line, key));
}

/* What a reader finds in the n-th line. */
static json_t *read_line(const char *path, int n)
{
    char text[1024] = "";
    FILE *file = fopen(path, "r");
    if (!file)
        return NULL;
    for (int i = 0; i <= n; i++)
        if (!fgets(text, sizeof text, file))
            text[0] = '\0';
    (void)fclose(file);
    return json_loads(text, JSON_REJECT_DUPLICATES, NULL);
}

static void check_whole(const json_t *line)
{
    CHECK_STR(json_string_value(json_object_get(line, "id")), "run \"7\"");
    CHECK_STR(json_string_value(json_object_get(line, "fault")), "stall");
    CHECK_STR(json_string_value(json_object_get(line, "end")), "complete");
    CHECK_INT(number(line, "seq"), 3);
    CHECK_INT(number(line, "status"), 200);
    CHECK_INT(number(line, "prompt_tokens"), 10);
    CHECK_INT(number(line, "output_tokens"), 2);
    CHECK_INT(number(line, "request_ns"), 100);
    CHECK_INT(number(line, "slot_ns"), 150);
    CHECK_INT(number(line, "first_byte_ns"), 200);
    CHECK_INT(number(line, "first_content_ns"), 300);
    CHECK_INT(number(line, "last_content_ns"), 400);
    CHECK_INT(number(line, "end_ns"), 500);
    CHECK(json_object_get(line, "events_ns") == NULL);
}

static void lines_are_readable(void)
{
    char path[] = "/tmp/gust-truth-XXXXXX";
    int fd = mkstemp(path);
    CHECK(fd >= 0);
    (void)close(fd);
    static const int64_t events[] = {300, 400};
    struct err e = {0};
    struct truth *t = truth_open(path, &e);
    CHECK(t != NULL);
    struct truth_row bare = {.end = TRUTH_CLIENT_CLOSED, .times = {.request_ns = 1}};
    struct truth_row gaps = whole;
    gaps.events_ns = events;
    gaps.event_count = 2;
    truth_write(t, &whole);
    truth_write(t, &bare);
    truth_write(t, &gaps);
    CHECK_INT(truth_close(t, &e), 0);

    json_t *line[] = {read_line(path, 0), read_line(path, 1), read_line(path, 2)};
    check_whole(line[0]);
    CHECK(json_is_null(json_object_get(line[1], "id")));
    CHECK(json_is_null(json_object_get(line[1], "fault")));
    CHECK(json_is_null(json_object_get(line[1], "first_byte_ns")));
    CHECK_STR(json_string_value(json_object_get(line[1], "end")), "client_closed");
    const json_t *times = json_object_get(line[2], "events_ns");
    CHECK_INT(json_array_size(times), 2);
    CHECK_INT(json_integer_value(json_array_get(times, 1)), 400);
    for (int i = 0; i < 3; i++)
        json_decref(line[i]);
    (void)unlink(path);
}

static void a_full_disk_is_told_once(void)
{
    struct err e = {0};
    struct truth *t = truth_open("/dev/full", &e);
    CHECK(t != NULL);
    truth_write(t, &whole);
    truth_flush(t);
    truth_write(t, &whole);
    CHECK_INT(truth_close(t, &e), -1);
    CHECK_STR(e.text, "/dev/full is not complete: No space left on device");
}

/* Two servers write one file; a window has its own line. */
static void a_shared_file(void)
{
    char path[] = "/tmp/gust-truth-XXXXXX";
    int fd = mkstemp(path);
    CHECK(fd >= 0);
    (void)close(fd);
    static const struct truth_window window = {.fault_id = 4,
                                               .kind = "reset",
                                               .text = "reset:1%@1s+1s",
                                               .is_start = true,
                                               .at_ns = 77,
                                               .done_ns = 78};
    struct err e = {0};
    struct truth *a = truth_join(path, "a", &e), *b = truth_join(path, "b", &e);
    CHECK(a != NULL && b != NULL);
    struct truth_row row = whole;
    row.fault_id = 4;
    row.preemptions = 2;
    truth_write(a, &row);
    truth_flush(a);
    truth_write_window(b, &window);
    CHECK_INT(truth_close(b, &e), 0);
    CHECK_INT(truth_close(a, &e), 0);
    json_t *line[] = {read_line(path, 0), read_line(path, 1)};
    check_whole(line[0]);
    CHECK_STR(json_string_value(json_object_get(line[0], "replica")), "a");
    CHECK_INT(number(line[0], "fault_id"), 4);
    CHECK_INT(number(line[0], "preemptions"), 2);
    CHECK_STR(json_string_value(json_object_get(line[1], "replica")), "b");
    CHECK_STR(json_string_value(json_object_get(line[1], "event")), "fault_start");
    CHECK_STR(json_string_value(json_object_get(line[1], "text")), "reset:1%@1s+1s");
    CHECK_INT(number(line[1], "at_ns"), 77);
    CHECK_INT(number(line[1], "done_ns"), 78);
    for (int i = 0; i < 2; i++)
        json_decref(line[i]);
    (void)unlink(path);
}

static void no_folder(void)
{
    struct err e = {0};
    CHECK(truth_open("/no/such/folder/truth", &e) == NULL);
    CHECK(strstr(e.text, "cannot write /no/such/folder/truth") != NULL);
    CHECK_INT(truth_close(NULL, &e), 0);
}

int main(void)
{
    RUN(lines_are_readable);
    RUN(a_full_disk_is_told_once);
    RUN(a_shared_file);
    RUN(no_folder);
    return check_report();
}
