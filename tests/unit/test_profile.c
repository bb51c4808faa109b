/* Profiles: what a document becomes, what is refused, and that the shipped ones
 * and the schema agree with the parser. Runs in the source tree's root. */
#include "check.h"

#include "workload/profile.h"

#include <stdlib.h>

#define CHAT "{\"name\":\"c\",\"api\":\"chat\",\"prompt\":10,\"output\":5}"
#define POISSON "\"arrival\":{\"kind\":\"poisson\",\"rate\":\"1/s\"}"
#define ONE_CLASS(class) "{\"name\":\"p\",\"classes\":[" class "]," POISSON "}"
#define ONE_PHASE(phase)                                                               \
    "{\"name\":\"p\",\"classes\":[" CHAT "]," POISSON ",\"phases\":[" phase "]}"

static const char whole[] =
    "{ \"$schema\": \"./profile.schema.json\", \"comment\": \"a \\\"quoted \\\\\",\n"
    "  \"name\": \"demo\", \"title\": \"A demo\", \"date\": \"2026-01-02\",\n"
    "  \"classes\": [\n"
    "    {\"name\": \"talk\", \"weight\": 3, \"api\": \"chat\", \"prompt\": 100,\n"
    "     \"output\": {\"kind\": \"uniform\", \"min\": 10, \"max\": 20},\n"
    "     \"sampling\": {\"temperature\": 0.2, \"top_p\": 0.9, \"n\": 2, \"seed\": true,\n"
    "       \"presence_penalty\": 0.5, \"stop\": [\"x\", \"y\"]},\n"
    "     \"prefix\": {\"groups\": 4, \"tokens\": 32, \"share\": 0.5},\n"
    "     \"conversation\": {\"turns\": 3, \"think_s\": 1.5}},\n"
    "    {\"name\": \"embed\", \"weight\": 1, \"api\": \"embeddings\", \"prompt\": 20,\n"
    "     \"batch\": 8, \"model\": \"vectors-1\"}],\n"
    "  \"arrival\": {\"kind\": \"gamma\", \"rate\": \"600/min\", \"cv\": 2},\n"
    "  \"phases\": [{\"kind\": \"warmup\", \"duration\": \"5s\"},\n"
    "    {\"kind\": \"ramp\", \"duration\": 10, \"from\": 0, \"to\": 1.5, \"name\": \"up\"},\n"
    "    {\"kind\": \"steps\", \"duration\": \"1m\", \"from\": 1, \"to\": 2, \"steps\": 3},\n"
    "    {\"kind\": \"spike\", \"duration\": \"1s\", \"factor\": 4, \"measured\": false},\n"
    "    {\"kind\": \"sine\", \"duration\": \"2m\", \"amplitude\": 0.5,\n"
    "     \"period\": \"30s\"}],\n"
    "  \"slos\": [\"ttft p95 <= 2s\", \"success >= 99%\"] }\n";

static void check_talk(const struct request_class *c)
{
    CHECK_STR(c->name, "talk");
    CHECK_NEAR(c->weight, 0.75, 1e-15);
    CHECK_INT(c->api, API_CHAT);
    CHECK(c->is_stream && c->force_length && !c->has_grid);
    CHECK_NEAR(dist_mean(&c->prompt), 100, 0);
    CHECK_NEAR(dist_max(&c->output), 20, 0);
    CHECK(c->has_temperature && c->has_top_p && c->has_seed);
    CHECK_NEAR(c->temperature, 0.2, 0);
    CHECK_NEAR(c->top_p, 0.9, 0);
    CHECK_INT(c->choices, 2);
    CHECK_STR(c->extra.keys[0], "presence_penalty");
    CHECK_STR(c->extra.values[0], "0.5");
    CHECK_STR(c->extra.keys[1], "stop");
    CHECK_STR(c->extra.values[1], "[\"x\",\"y\"]");
    CHECK(c->extra.keys[2] == NULL && c->model == NULL);
    CHECK_INT(c->prefix.groups, 4);
    CHECK_NEAR(c->prefix.share, 0.5, 0);
    CHECK_NEAR(c->prefix.skew, 1.0, 0);
    CHECK(c->conversation.is_set);
    CHECK_NEAR(dist_mean(&c->conversation.think_s), 1.5, 0);
}

static void check_phases(const struct profile *p)
{
    static const struct {
        const char *name;
        enum phase_kind kind;
        int64_t seconds;
        bool is_measured;
    } rows[] = {
        {"warmup", PHASE_WARMUP, 5, false}, {"up", PHASE_RAMP, 10, false},
        {"steps", PHASE_STEPS, 60, true},   {"spike", PHASE_SPIKE, 1, false},
        {"sine", PHASE_SINE, 120, true},
    };
    CHECK_INT(p->phase_count, ARRAY_LEN(rows));
    for (size_t i = 0; i < ARRAY_LEN(rows) && i < p->phase_count; i++) {
        CHECK_STR(p->phases[i].name, rows[i].name);
        CHECK_INT(p->phases[i].kind, rows[i].kind);
        CHECK_INT(p->phases[i].duration_ns, rows[i].seconds * NS_PER_S);
        CHECK_INT(p->phases[i].is_measured, rows[i].is_measured);
    }
    CHECK_NEAR(p->phases[1].to, 1.5, 0);
    CHECK_INT(p->phases[2].steps, 3);
    CHECK_NEAR(p->phases[3].factor, 4, 0);
    CHECK_INT(p->phases[4].period_ns, 30 * NS_PER_S);
}

static void a_document_becomes_a_profile(void)
{
    struct err e = {0};
    struct profile *p = profile_parse(whole, strlen(whole), &e);
    CHECK_STR(e.text, "");
    CHECK(p != NULL);
    if (p == NULL)
        return;
    CHECK_STR(p->name, "demo");
    CHECK_STR(p->title, "A demo");
    CHECK_STR(p->licence, "");
    CHECK_INT(p->class_count, 2);
    check_talk(&p->classes[0]);
    CHECK_INT(p->classes[1].api, API_EMBEDDINGS);
    CHECK(!p->classes[1].is_stream && p->classes[1].has_batch);
    CHECK_STR(p->classes[1].model, "vectors-1");
    CHECK_INT(p->arrival.kind, ARRIVAL_GAMMA);
    CHECK_NEAR(p->arrival.rate_per_s, 10.0, 1e-12);
    CHECK_NEAR(p->arrival.cv, 2.0, 0);
    check_phases(p);
    CHECK_INT(p->slo_count, 2);
    CHECK_INT(p->slos[1].kind, SLO_SUCCESS);
    profile_free(p);
}

static void closed_loops_have_users(void)
{
    static const char text[] = "{\"name\":\"p\",\"classes\":[" CHAT "],\"arrival\":{"
                               "\"kind\":\"closed\",\"users\":7,\"think_s\":2}}";
    struct err e = {0};
    struct profile *p = profile_parse(text, sizeof text - 1, &e);
    CHECK_STR(e.text, "");
    CHECK(p != NULL && p->arrival.users == 7 && p->arrival.has_think);
    CHECK(p != NULL && p->phase_count == 0 && p->slo_count == 0);
    profile_free(p);
}

/* The kept text parses to the same digest, and white space does not matter. */
static void text_is_compact_and_comes_back(void)
{
    struct err e = {0};
    struct profile *p = profile_parse(whole, strlen(whole), &e);
    CHECK(p != NULL);
    if (p == NULL)
        return;
    CHECK(strncmp(p->text, "{\"$schema\":\"./profile.schema.json\",", 35) == 0);
    CHECK(strstr(p->text, "\"a \\\"quoted \\\\\",\"name\":\"demo\"") != NULL);
    CHECK(strchr(p->text, '\n') == NULL);
    struct profile *again = profile_parse(p->text, strlen(p->text), &e);
    CHECK(again != NULL && strcmp(again->text, p->text) == 0);
    CHECK(again != NULL && again->digest == p->digest && p->digest != 0);
    char other[sizeof whole];
    memcpy(other, whole, sizeof whole);
    *strstr(other, "600/min") = '7';
    struct profile *different = profile_parse(other, strlen(other), &e);
    CHECK(different != NULL && different->digest != p->digest);
    profile_free(different);
    profile_free(again);
    profile_free(p);
}

static const struct {
    const char *name, *text, *expected;
} bad_profiles[] = {
    {"no JSON", "{\"name\":", "line 1 column 8: unexpected token near end of file"},
    {"duplicate", "{\"name\":\"a\",\"name\":\"b\"}",
     "line 1 column 18: duplicate object key near '\"name\"'"},
    {"not an object", "[]", "(document): is an array; it must be an object"},
    {"unknown key", "{\"nam\":\"p\"}", "nam: unknown key; did you mean \"name\"?"},
    {"no name", "{}", "name: is missing; it must be a string"},
    {"bad name", "{\"name\":\"a/b\"}", "name: \"a/b\": only letters, digits, - and _"},
    {"no classes", "{\"name\":\"p\"}", "classes: is missing; it must be an array"},
    {"empty classes", "{\"name\":\"p\",\"classes\":[]}",
     "classes: has 0 elements; allowed are 1 to 16"},
    {"no arrival", "{\"name\":\"p\",\"classes\":[" CHAT "]}",
     "arrival: is missing; it must be an object"},
    {"wrong type", "{\"name\":5}", "name: is a number; it must be a string"},
    {"negative weight",
     ONE_CLASS("{\"name\":\"c\",\"api\":\"chat\",\"weight\":-1,\"prompt\":1,"
               "\"output\":1}"),
     "classes[0].weight: -1 is out of range 0..1000000000"},
    {"weights all 0",
     ONE_CLASS("{\"name\":\"c\",\"api\":\"chat\",\"weight\":0,\"prompt\":1,"
               "\"output\":1}"),
     "classes: the weights are all 0"},
    {"same name", ONE_CLASS(CHAT "," CHAT),
     "classes[1]: the name \"c\" is taken by classes[0]"},
    {"no output", ONE_CLASS("{\"name\":\"c\",\"api\":\"chat\",\"prompt\":1}"),
     "classes[0].output: is missing; it must be a number or a distribution"},
    {"negative mean",
     ONE_CLASS("{\"name\":\"c\",\"api\":\"chat\",\"prompt\":1,\"output\":{\"kind\":"
               "\"gamma\",\"mean\":-5,\"cv\":1}}"),
     "classes[0].output.mean: -5 is out of range 1e-09..1000000000"},
    {"too long",
     ONE_CLASS("{\"name\":\"c\",\"api\":\"chat\",\"prompt\":2e7,"
               "\"output\":1}"),
     "classes[0].prompt: draws of 20000000..20000000 are out of range 0..10000000"},
    {"both lengths",
     ONE_CLASS("{\"name\":\"c\",\"api\":\"chat\",\"prompt\":1,\"lengths\":{\"grid\":"
               "{}}}"),
     "classes[0].prompt: must not stand beside lengths"},
    {"suffix of a chat", ONE_CLASS("{\"name\":\"c\",\"api\":\"chat\",\"suffix\":1}"),
     "classes[0].suffix: does not go with api \"chat\""},
    {"unknown API", ONE_CLASS("{\"name\":\"c\",\"api\":\"talk\"}"),
     "classes[0].api: \"talk\" is unknown; allowed are chat, completion, fim, "
     "embeddings, moderation, chat_moderation, classification, "
     "chat_classification, ocr"},
    {"reserved member",
     ONE_CLASS("{\"name\":\"c\",\"api\":\"chat\",\"prompt\":1,\"output\":1,"
               "\"sampling\":{\"max_tokens\":5}}"),
     "classes[0].sampling.max_tokens: is set by the harness itself"},
    {"too hot",
     ONE_CLASS("{\"name\":\"c\",\"api\":\"chat\",\"prompt\":1,\"output\":1,"
               "\"sampling\":{\"temperature\":-0.1}}"),
     "classes[0].sampling.temperature: -0.1 is out of range 0..5"},
    {"too many turns",
     ONE_CLASS("{\"name\":\"c\",\"api\":\"chat\",\"prompt\":1,\"output\":1,"
               "\"conversation\":{\"turns\":65,\"think_s\":1}}"),
     "classes[0].conversation.turns: draws of 65..65 are out of range 0..64"},
    {"huge batch",
     ONE_CLASS("{\"name\":\"c\",\"api\":\"embeddings\",\"prompt\":20000,"
               "\"batch\":1000}"),
     "classes[0].batch: 1000 inputs of 20000 tokens are above 10000000 tokens"},
    {"no rate",
     "{\"name\":\"p\",\"classes\":[" CHAT "],\"arrival\":{\"kind\":"
     "\"poisson\"}}",
     "arrival.rate: is missing; it must be a rate such as \"20/s\""},
    {"zero rate",
     "{\"name\":\"p\",\"classes\":[" CHAT "],\"arrival\":{\"kind\":"
     "\"poisson\",\"rate\":0}}",
     "arrival.rate: 0 per second is out of range above 0 .. 10000000"},
    {"cv of poisson",
     "{\"name\":\"p\",\"classes\":[" CHAT "],\"arrival\":{\"kind\":"
     "\"poisson\",\"rate\":1,\"cv\":2}}",
     "arrival.cv: does not go with kind \"poisson\""},
    {"no duration", ONE_PHASE("{\"kind\":\"steady\"}"),
     "phases[0].duration: is missing; it must be a duration such as \"30s\""},
    {"zero duration", ONE_PHASE("{\"kind\":\"steady\",\"duration\":0}"),
     "phases[0].duration: must be 1 ms to 30 days"},
    {"negative ramp",
     ONE_PHASE("{\"kind\":\"ramp\",\"duration\":1,\"from\":-1,\"to\":1}"),
     "phases[0].from: -1 is out of range 0..1000"},
    {"one step",
     ONE_PHASE("{\"kind\":\"steps\",\"duration\":1,\"from\":0,\"to\":1,\"steps\":1}"),
     "phases[0].steps: 1 is out of range 2..1000"},
    {"deep sine",
     ONE_PHASE("{\"kind\":\"sine\",\"duration\":1,\"amplitude\":1.5,\"period\":1}"),
     "phases[0].amplitude: 1.5 is out of range 0..1"},
    {"bad objective",
     "{\"name\":\"p\",\"classes\":[" CHAT "]," POISSON ",\"slos\":[\"fast\"]}",
     "slos[0]: \"fast\" is no metric"},
};

static void errors_name_path_and_value(void)
{
    for (size_t i = 0; i < ARRAY_LEN(bad_profiles); i++) {
        struct err e = {0};
        check_row = bad_profiles[i].name;
        struct profile *p =
            profile_parse(bad_profiles[i].text, strlen(bad_profiles[i].text), &e);
        CHECK(p == NULL);
        CHECK_STR(e.text, bad_profiles[i].expected);
        profile_free(p);
    }
}

static void the_default_replays_chats(void)
{
    struct err e = {0};
    struct profile *p = profile_default(&e);
    CHECK_STR(e.text, "");
    CHECK(p != NULL && p->arrival.kind == ARRIVAL_TRACE);
    CHECK(p != NULL && p->classes[0].api == API_CHAT && p->classes[0].is_stream);
    profile_free(p);
}

static void loading_names_what_is_wrong(void)
{
    static const struct {
        const char *name, *expected;
    } rows[] = {
        {"asistant", "unknown profile \"asistant\"; did you mean assistant?; "
                     "gust profile list shows all"},
        {"xyzzy", "unknown profile \"xyzzy\"; gust profile list shows all"},
        {"./none.json", "cannot open ./none.json: No such file or directory"},
        {"profiles/profile.schema.json", "profiles/profile.schema.json: "},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err e = {0};
        check_row = rows[i].name;
        CHECK(profile_load(rows[i].name, &e) == NULL);
        CHECK(strncmp(e.text, rows[i].expected, strlen(rows[i].expected)) == 0);
    }
}

/* Every shipped profile parses, is named as its file and says where it is from. */
static void shipped_profiles_are_whole(void)
{
    static const char *const by_use[] = {
        "assistant",       "summarisation", "rag",   "content",   "code-completion",
        "semantic-search", "moderation",    "tutor", "analytics", "code-maintenance",
    };
    struct err e = {0};
    struct buf list;
    buf_init(&list, 65536);
    CHECK_INT(profile_list(&list, &e), 0);
    for (size_t i = 0; i < ARRAY_LEN(by_use); i++) {
        char line[64];
        (void)snprintf(line, sizeof line, "%s\t", by_use[i]);
        check_row = by_use[i];
        CHECK(strstr(list.data, line) != NULL);
    }
    for (char *at = list.data; *at != '\0'; at = strchr(at, '\n') + 1) {
        char name[65] = "";
        memcpy(name, at, strcspn(at, "\t"));
        check_row = name;
        struct profile *p = profile_load(name, &e);
        CHECK_STR(e.text, "");
        CHECK(p != NULL && strcmp(p->name, name) == 0);
        CHECK(p != NULL && p->title[0] != '\0' && p->description[0] != '\0');
        CHECK(p != NULL && p->source[0] != '\0' && p->licence[0] != '\0');
        CHECK(p != NULL && strlen(p->date) == 10);
        /* one fitted from a trace says what was sent, not how fast it should be */
        bool is_fitted = p != NULL && p->classes[0].has_grid && p->phase_count == 0;
        CHECK(p != NULL && (is_fitted || p->slo_count > 0));
        profile_free(p);
    }
    buf_release(&list);
}

/* The parser lists the known keys of an object that has an unknown one; the
 * schema's properties must be those. */
static void check_same_keys(const char *text, const json_t *properties)
{
    struct err e = {0};
    const char *key;
    json_t *value;
    size_t count = 0;
    struct profile *p = profile_parse(text, strlen(text), &e);
    CHECK(p == NULL);
    profile_free(p);
    const char *known = strstr(e.text, "known are ");
    CHECK(known != NULL);
    if (known == NULL)
        return;
    for (const char *at = known; at != NULL; at = strchr(at + 1, ','))
        count++;
    CHECK_INT(count, json_object_size(properties));
    json_object_foreach((json_t *)(uintptr_t)properties, key, value)
    {
        char word[64];
        (void)snprintf(word, sizeof word, " %s%s", key, "");
        const char *found = strstr(known, word);
        CHECK(found != NULL && strchr(",", found[strlen(word)]) != NULL);
    }
}

static void check_variants(const json_t *defs, const char *name, const char *kind_key,
                           const char *format)
{
    const json_t *rows = json_object_get(json_object_get(defs, name), "oneOf");
    CHECK(json_array_size(rows) > 1);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        const json_t *properties = json_object_get(row, "properties");
        if (properties == NULL)
            continue; /* a plain number */
        const char *kind = json_string_value(
            json_object_get(json_object_get(properties, kind_key), "const"));
        char object[256], text[1024];
        check_row = kind;
        (void)snprintf(object, sizeof object, "{\"%s\":\"%s\",\"qqqqqqqqqqqq\":1}",
                       kind_key, kind);
        size_t before = (size_t)(strchr(format, '@') - format);
        (void)snprintf(text, sizeof text, "%.*s%s%s", (int)before, format, object,
                       format + before + 1);
        check_same_keys(text, properties);
    }
}

static void schema_has_the_parsers_keys(void)
{
    struct err e = {0};
    json_t *schema = json_load("profiles/profile.schema.json", 1 << 20, &e);
    CHECK_STR(e.text, "");
    const json_t *defs = json_object_get(schema, "$defs");
    check_variants(defs, "class", "api", "{\"name\":\"p\",\"classes\":[@]}");
    check_variants(defs, "arrival", "kind",
                   "{\"name\":\"p\",\"classes\":[" CHAT "],\"arrival\":@}");
    check_variants(defs, "phase", "kind", ONE_PHASE("@"));
    check_variants(defs, "distribution", "kind",
                   ONE_CLASS("{\"name\":\"c\",\"api\":\"chat\",\"prompt\":@}"));
    check_variants(defs, "part", "kind",
                   ONE_CLASS("{\"name\":\"c\",\"api\":\"chat\",\"prompt\":{\"kind\":"
                             "\"mixture\",\"parts\":[@]}}"));
    check_row = "document";
    check_same_keys("{\"qqqqqqqqqqqq\":1}", json_object_get(schema, "properties"));
    json_decref(schema);
}

int main(void)
{
    (void)setenv("GUST_PROFILE_DIR", "profiles", 1);
    RUN(a_document_becomes_a_profile);
    RUN(closed_loops_have_users);
    RUN(text_is_compact_and_comes_back);
    RUN(errors_name_path_and_value);
    RUN(the_default_replays_chats);
    RUN(loading_names_what_is_wrong);
    RUN(shipped_profiles_are_whole);
    RUN(schema_has_the_parsers_keys);
    return check_report();
}
