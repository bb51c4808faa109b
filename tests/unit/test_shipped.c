/*
 * What the shipped profiles send is what servers take: every body of each, as the
 * strict server of the Mistral API reads it (unknown fields are errors) and with
 * TGI's bounds of sampling parameters; and the tokens that it counts are those that
 * were asked for. What a server family lacks is an API, never a field.
 */
#include "check.h"

#include "fixtures/ask.h"
#include "workload/prompt.h"
#include "workload/schedule.h"

#include <stdlib.h>

#define BODIES 20
#define BYTES (256u << 20)
#define CHAT_OVERHEAD 3
#define INPUT_OVERHEAD 2

struct stand {
    struct profile *profile;
    struct prompt_spec spec;
    struct ask_rules rules;
    struct ask ask;
    struct buf text, body;
};

/* The overheads of the server, as preflight would measure them. */
static void calibrate(struct stand *s)
{
    for (size_t i = 0; i < s->profile->class_count; i++) {
        const struct request_class *c = &s->profile->classes[i];
        struct prompt_overhead *o = &s->spec.overhead[i];
        o->single = c->api == API_CHAT         ? CHAT_OVERHEAD
                    : c->api == API_COMPLETION ? 1
                    : c->api == API_FIM        ? 3
                                               : INPUT_OVERHEAD;
        o->per_turn = 3;
        o->per_image = (c->image.width + 27) / 28 * ((c->image.height + 27) / 28);
    }
}

static void stand_init(struct stand *s, const char *name, const char *dialect)
{
    struct err e = {0};
    *s = (struct stand){.profile = profile_load(name, &e)};
    CHECK_STR(e.text, "");
    profile_paint(s->profile, 1);
    s->rules = (struct ask_rules){.dialect = dialect_find(dialect),
                                  .is_strict = strcmp(dialect, "mistral") == 0,
                                  .chat_overhead = CHAT_OVERHEAD,
                                  .block_words = 16};
    s->spec = (struct prompt_spec){
        .dialect = s->rules.dialect, .profile = s->profile, .model = "m", .seed = 5};
    calibrate(s);
    ask_init(&s->ask);
    buf_init(&s->text, BYTES);
    buf_init(&s->body, BYTES);
}

static void stand_release(struct stand *s)
{
    buf_release(&s->text);
    buf_release(&s->body);
    ask_release(&s->ask);
    profile_free(s->profile);
}

static void check_taken(struct stand *s, enum api api)
{
    struct span body = {s->body.data, s->body.len};
    if (ask_read(&s->ask, &s->rules, api, body) == ASK_OK)
        return;
    check_fail(__FILE__, __LINE__,
               s->ask.problems.len > 0 ? s->ask.problems.data : "no JSON");
}

static void check_arrival(struct stand *s, const struct arrival *a)
{
    enum api api = s->profile->classes[a->class_index].api;
    buf_reset(&s->body);
    prompt_body(&s->spec, a, &s->text, &s->body);
    CHECK(s->body.len <= prompt_body_bytes_max(a));
    check_taken(s, api);
    uint32_t expected = prompt_expected_tokens(&s->spec, a);
    if (api == API_OCR)
        CHECK_INT(s->ask.inputs, a->images);
    else
        CHECK_INT(s->ask.prompt_tokens, expected);
    CHECK_INT(s->ask.images, api == API_CHAT ? a->images : 0);
    CHECK_INT(s->ask.max_tokens, a->output_tokens);
}

static void check_calibrations(struct stand *s)
{
    for (uint16_t i = 0; i < s->profile->class_count; i++) {
        const struct request_class *c = &s->profile->classes[i];
        buf_reset(&s->body);
        prompt_calibration(&s->spec, i, 16, &s->text, &s->body);
        check_taken(s, c->api);
        if (!c->image.is_set || c->api == API_OCR)
            continue;
        CHECK_INT(s->ask.images, 0);
        buf_reset(&s->body);
        prompt_calibration_image(&s->spec, i, 16, &s->text, &s->body);
        check_taken(s, c->api);
        CHECK_INT(s->ask.images, 1);
        CHECK_INT(s->ask.prompt_tokens,
                  16 + s->spec.overhead[i].single + s->spec.overhead[i].per_image);
    }
}

static void check_profile(const char *name, const char *dialect)
{
    struct stand s;
    struct err e = {0};
    struct arrival a;
    stand_init(&s, name, dialect);
    if (members_check(s.profile, s.spec.dialect, &e) < 0) {
        CHECK(strstr(e.text, " has no ") != NULL && strstr(e.text, " API") != NULL);
        CHECK(strcmp(dialect, "mistral") != 0);
        stand_release(&s);
        return;
    }
    const struct phase phase = {.kind = PHASE_STEADY, .duration_ns = 600 * NS_PER_S};
    const struct schedule_spec spec = {.profile = s.profile,
                                       .seed = 5,
                                       .rate_per_s = 10,
                                       .users = 4,
                                       .owners = 1,
                                       .phases = &phase,
                                       .phase_count = 1};
    check_calibrations(&s);
    struct schedule *schedule = schedule_new(&spec, &e);
    CHECK_STR(e.text, "");
    for (uint32_t i = 0; i < BODIES; i++) {
        if (schedule_users_max(schedule) > 0)
            schedule_user(schedule, i % 4, i, &a);
        else if (schedule_next(schedule, &a, &e) <= 0)
            break;
        check_arrival(&s, &a);
        if (a.turns > 1) {
            schedule_turn(schedule, &a, &a);
            check_arrival(&s, &a);
        }
    }
    schedule_free(schedule);
    stand_release(&s);
}

static void each_profile(const char *dialect)
{
    struct err e = {0};
    struct buf list;
    size_t count = 0;
    buf_init(&list, 65536);
    CHECK_INT(profile_list(&list, &e), 0);
    for (char *at = list.data; *at != '\0'; at = strchr(at, '\n') + 1, count++) {
        char name[65] = "";
        memcpy(name, at, strcspn(at, "\t"));
        check_row = name;
        check_profile(name, dialect);
    }
    check_row = NULL;
    CHECK(count >= 15);
    buf_release(&list);
}

static void the_strict_server_takes_all(void)
{
    each_profile("mistral");
}

static void tgi_takes_all_that_it_offers(void)
{
    each_profile("tgi");
}

static void so_does_vllm(void)
{
    each_profile("vllm");
}

int main(void)
{
    (void)setenv("GUST_PROFILE_DIR", "profiles", 1);
    RUN(the_strict_server_takes_all);
    RUN(tgi_takes_all_that_it_offers);
    RUN(so_does_vllm);
    return check_report();
}
