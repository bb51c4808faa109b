/* Fleets out of JSON: what is read, what is refused, and the published shape. */
#include "check.h"
#include "fixtures/fleet_file.h"
#include "fixtures/mock_options.h"
#include "json_shape.h"

#include <stdlib.h>

static int read(struct fleet_file *s, size_t count, const char *text, struct err *e)
{
    fleet_file_init(s, count);
    json_t *document = json_parse(text, strlen(text), e);
    return document ? fleet_file_read(s, document, mock_options, e) : -1;
}

static const char whole[] =
    "{\"comment\":\"x\",\"front\":{\"max_fails\":3,\"fail_timeout\":\"2s\","
    "\"connect_timeout\":0.5,\"read_timeout\":\"5s\"},"
    "\"replicas\":[{\"name\":\"a\",\"options\":{\"tpot\":\"20ms\",\"lockstep\":\"true\"},"
    "\"faults\":[\"status=500:50%@10s+20s\"],\"load_time\":\"3s\"},{}],"
    "\"events\":[{\"at\":\"20s\",\"replica\":\"a\",\"do\":\"restart\",\"load_time\":\"5s\"},"
    "{\"at\":\"10s\",\"replica\":\"a\",\"do\":\"kill\"},"
    "{\"at\":\"10s\",\"replica\":\"r2\",\"do\":\"stop\"}]}";

static void a_whole_one(void)
{
    static struct fleet_file s;
    struct err e = {0};
    CHECK_INT(read(&s, 0, whole, &e), 0);
    CHECK_INT(s.count, 2);
    CHECK_STR(s.replicas[0].name, "a");
    CHECK_STR(s.replicas[1].name, "r2");
    CHECK_INT(s.replicas[0].option_count, 2);
    CHECK_INT(s.replicas[0].fault_count, 1);
    CHECK_STR(s.replicas[0].faults[0], "status=500:50%@10s+20s");
    CHECK_INT(s.replicas[0].load_ns, 3 * NS_PER_S);
    CHECK_INT(s.front.max_fails, 3);
    CHECK_INT(s.front.fail_ns, 2 * NS_PER_S);
    CHECK_INT(s.front.connect_ns, NS_PER_S / 2);
    CHECK_INT(s.front.read_ns, 5 * NS_PER_S);
    CHECK_INT(s.event_count, 3);
    CHECK_INT(s.events[0].act, ACT_KILL); /* by time, then as written */
    CHECK_INT(s.events[1].act, ACT_STOP);
    CHECK_INT(s.events[1].replica, 1);
    CHECK_INT(s.events[2].act, ACT_RESTART);
    CHECK_INT(s.events[2].load_ns, 5 * NS_PER_S);
    CHECK_INT(s.events[0].load_ns, -1);
    fleet_file_release(&s);
}

static const struct row {
    size_t count;
    const char *text, *error; /* part of it; NULL: good */
} rows[] = {
    {3, "{}", NULL},
    {3, "{\"replicas\":[{}]}", NULL},
    {0, "{\"replicas\":[{},{}],\"front\":false}", NULL},
    {0, "{}", "replicas: is missing, and so is --replicas"},
    {1, "{\"replicas\":[{},{}]}", "replicas: has 2, and --replicas says 1"},
    {0, "{\"replicas\":[]}", "replicas"},
    {0, "{\"replica\":[]}", "replicas"},
    {0, "{\"replicas\":[{\"name\":\"a\"},{\"name\":\"a\"}]}",
     "\"a\" is the name of two"},
    {0, "{\"replicas\":[{\"name\":\"r2\"},{}]}", "\"r2\" is the name of two"},
    {0, "{\"replicas\":[{\"name\":\"a/b\"}]}", "replicas[0].name: 1 to 31 letters"},
    {0, "{\"replicas\":[{\"name\":\"\"}]}", "replicas[0].name: 1 to 31 letters"},
    {0, "{\"replicas\":[{\"options\":{\"tpott\":\"1s\"}}]}", "options.tpott"},
    {0, "{\"replicas\":[{\"options\":{\"tpot\":\"quick\"}}]}", "options.tpot"},
    {0, "{\"replicas\":[{\"options\":{\"tpot\":5}}]}", "must be a text"},
    {0, "{\"replicas\":[{\"options\":{\"listen\":\":1\"}}]}", "is the fleet's to set"},
    {0, "{\"replicas\":[{\"options\":[]}]}", "replicas[0].options: must be an object"},
    {0, "{\"replicas\":[{\"faults\":[\"explode\"]}]}", "faults[0]: fault \"explode\""},
    {0, "{\"replicas\":[{\"faults\":[\"reset:60%\",\"hang:60%\"]}]}", "faults[1]"},
    {0, "{\"replicas\":[{\"faults\":[1]}]}", "faults[0]: must be a text"},
    {0, "{\"replicas\":[{\"load_time\":\"0s\"}]}", "load_time: must be longer than 0s"},
    {1, "{\"front\":true}", "front"},
    {1, "{\"front\":{\"max_fails\":0}}", "front.max_fails"},
    {1, "{\"front\":{\"timeout\":\"1s\"}}", "timeout"},
    {1, "{\"events\":[{\"at\":\"1s\",\"replica\":\"r9\",\"do\":\"kill\"}]}",
     "events[0].replica: there is no replica \"r9\""},
    {1, "{\"events\":[{\"at\":\"1s\",\"replica\":\"r1\",\"do\":\"explode\"}]}",
     "events[0].do"},
    {1, "{\"events\":[{\"at\":\"-1s\",\"replica\":\"r1\",\"do\":\"kill\"}]}",
     "events[0].at"},
    {1,
     "{\"events\":[{\"at\":\"1s\",\"replica\":\"r1\",\"do\":\"kill\",\"load_time\":\"1s\"}]"
     "}",
     "events[0].load_time: only a restart takes it"},
};

static void texts(void)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        static struct fleet_file s;
        struct err e = {0};
        check_row = rows[i].text;
        CHECK_INT(read(&s, rows[i].count, rows[i].text, &e), rows[i].error ? -1 : 0);
        if (rows[i].error && strstr(e.text, rows[i].error) == NULL)
            CHECK_STR(e.text, rows[i].error);
        fleet_file_release(&s);
    }
}

static json_t *load(const char *path)
{
    struct err e = {0};
    json_t *document = json_load(path, 1u << 20, &e);
    CHECK(document != NULL);
    return document;
}

static void check_shape(const json_t *schema, json_t *document)
{
    struct shape shape = {.root = schema};
    shape_check(&shape, "fleet", document, schema);
    CHECK_STR(shape.problem, "");
}

/* The published shape takes what the reader takes, and the shipped examples. */
static void shapes(void)
{
    static const char *const files[] = {"profiles/fleets/half-dead.json",
                                        "profiles/fleets/rolling-restart.json"};
    struct err e = {0};
    json_t *schema = load("profiles/fleets/fleet.schema.json");
    json_t *document = json_parse(whole, sizeof whole - 1, &e);
    check_shape(schema, document);
    json_decref(document);
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        static struct fleet_file s;
        check_row = files[i];
        document = load(files[i]);
        check_shape(schema, document);
        fleet_file_init(&s, 0);
        CHECK_INT(fleet_file_read(&s, document, mock_options, &e), 0);
        CHECK_STR(e.text, "");
        fleet_file_release(&s);
    }
    json_decref(schema);
}

int main(void)
{
    RUN(a_whole_one);
    RUN(texts);
    RUN(shapes);
    return check_report();
}
