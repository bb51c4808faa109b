/*
 * Profiles from JSON: the document, arrivals and phases. Request classes are
 * read by profile_class.c, SLOs by slo.c, files are found by profile_load.c.
 *
 * The document is kept as compact text for the run's manifest, so that a run
 * says by itself what it sent; the digest is over that text.
 */
#include "workload/profile.h"

#include "workload/picture.h"
#include "workload/profile_class.h"
#include "workload/variant.h"

#include <stdlib.h>
#include <string.h>

#define FACTOR_MAX 1000.0
#define RATE_MAX 1e7
#define DURATION_NS_MAX (INT64_C(30) * 86400 * NS_PER_S)
#define NAME_BYTES_MAX 64
#define TEXT_BYTES_MAX 4096

const char *const arrival_names[6] = {"constant", "poisson", "gamma",
                                      "closed",   "trace",   NULL};
const char *const phase_names[7] = {"warmup", "steady", "ramp", "steps",
                                    "spike",  "sine",   NULL};

static const struct variant arrival_kinds[] = {
    [ARRIVAL_CONSTANT] = {"constant", {"rate"}},
    [ARRIVAL_POISSON] = {"poisson", {"rate"}},
    [ARRIVAL_GAMMA] = {"gamma", {"rate", "cv"}},
    [ARRIVAL_CLOSED] = {"closed", {"users", "think_s"}},
    [ARRIVAL_TRACE] = {"trace", {NULL}},
    {.name = NULL},
};
_Static_assert(ARRAY_LEN(arrival_kinds) == ARRAY_LEN(arrival_names), "same kinds");

static const struct variant phase_kinds[] = {
    [PHASE_WARMUP] = {"warmup", {"name", "duration", "measured"}},
    [PHASE_STEADY] = {"steady", {"name", "duration", "measured"}},
    [PHASE_RAMP] = {"ramp", {"name", "duration", "measured", "from", "to"}},
    [PHASE_STEPS] = {"steps", {"name", "duration", "measured", "from", "to", "steps"}},
    [PHASE_SPIKE] = {"spike", {"name", "duration", "measured", "factor"}},
    [PHASE_SINE] = {"sine", {"name", "duration", "measured", "amplitude", "period"}},
    {.name = NULL},
};
_Static_assert(ARRAY_LEN(phase_kinds) == ARRAY_LEN(phase_names), "same kinds");

static bool has(const struct jnode *n, const char *key)
{
    struct jnode member = jnode_get(n, key);
    return jnode_exists(&member);
}

static int read_rate(const struct jnode *n, struct arrival_plan *a, struct err *e)
{
    if (jnode_rate(n, "rate", &a->rate_per_s, e) < 0)
        return -1;
    struct jnode rate = jnode_get(n, "rate");
    if (!(a->rate_per_s > 0.0 && a->rate_per_s <= RATE_MAX))
        return jnode_fail(&rate, e, "%.12g per second is out of range above 0 .. %.12g",
                          a->rate_per_s, RATE_MAX);
    if (a->kind != ARRIVAL_GAMMA)
        return 0;
    return jnode_number(n, "cv", 0.05, 50.0, &a->cv, e);
}

static int read_users(const struct jnode *n, struct arrival_plan *a, struct err *e)
{
    uint64_t users;
    if (jnode_u64(n, "users", 1, PROFILE_USERS_MAX, &users, e) < 0)
        return -1;
    a->users = (uint32_t)users;
    struct jnode think = jnode_get(n, "think_s");
    a->has_think = jnode_exists(&think);
    if (!a->has_think)
        return 0;
    if (dist_parse(&think, &a->think_s, e) < 0)
        return -1;
    if (dist_max(&a->think_s) > 86400.0)
        return jnode_fail(&think, e, "draws up to %.12g are out of range 0..86400",
                          dist_max(&a->think_s));
    return 0;
}

static int read_arrival(const struct jnode *root, struct arrival_plan *a, struct err *e)
{
    size_t kind = 0;
    struct jnode n = jnode_get(root, "arrival");
    if (variant_parse(&n, "kind", arrival_kinds, NULL, &kind, e) < 0)
        return -1;
    a->kind = (enum arrival_kind)kind;
    switch (a->kind) {
    case ARRIVAL_CONSTANT:
    case ARRIVAL_POISSON:
    case ARRIVAL_GAMMA:
        return read_rate(&n, a, e);
    case ARRIVAL_CLOSED:
        return read_users(&n, a, e);
    case ARRIVAL_TRACE:
        return 0;
    }
    bug("arrival kind");
}

/* A duration of at least 1 ms, so that integer pieces of it stay meaningful. */
static int read_duration(const struct jnode *n, const char *key, int64_t *out,
                         struct err *e)
{
    struct jnode member = jnode_get(n, key);
    if (jnode_duration(n, key, out, e) < 0)
        return -1;
    if (*out < NS_PER_MS || *out > DURATION_NS_MAX)
        return jnode_fail(&member, e, "must be 1 ms to 30 days");
    return 0;
}

static int read_levels(const struct jnode *n, struct phase *p, struct err *e)
{
    if (jnode_number(n, "from", 0.0, FACTOR_MAX, &p->from, e) < 0)
        return -1;
    return jnode_number(n, "to", 0.0, FACTOR_MAX, &p->to, e);
}

static int read_steps(const struct jnode *n, struct phase *p, struct err *e)
{
    uint64_t steps;
    if (read_levels(n, p, e) < 0 || jnode_u64(n, "steps", 2, 1000, &steps, e) < 0)
        return -1;
    p->steps = (uint32_t)steps;
    return 0;
}

static int read_sine(const struct jnode *n, struct phase *p, struct err *e)
{
    if (jnode_number(n, "amplitude", 0.0, 1.0, &p->amplitude, e) < 0)
        return -1;
    return read_duration(n, "period", &p->period_ns, e);
}

static int read_shape(const struct jnode *n, struct phase *p, struct err *e)
{
    switch (p->kind) {
    case PHASE_WARMUP:
    case PHASE_STEADY:
        return 0;
    case PHASE_RAMP:
        return read_levels(n, p, e);
    case PHASE_STEPS:
        return read_steps(n, p, e);
    case PHASE_SPIKE:
        return jnode_number(n, "factor", 0.0, FACTOR_MAX, &p->factor, e);
    case PHASE_SINE:
        return read_sine(n, p, e);
    }
    bug("phase kind");
}

static int read_phase_name(const struct jnode *n, struct phase *p, struct err *e)
{
    const char *name = phase_names[p->kind];
    struct jnode member = jnode_get(n, "name");
    if (jnode_exists(&member) && jnode_string(n, "name", &name, e) < 0)
        return -1;
    if (name[0] == '\0' || strlen(name) > NAME_BYTES_MAX)
        return jnode_fail(&member, e, "must have 1 to %d bytes", NAME_BYTES_MAX);
    p->name = xstrdup(name);
    return 0;
}

static int read_phase(const struct jnode *n, struct phase *p, struct err *e)
{
    size_t kind = 0;
    if (variant_parse(n, "kind", phase_kinds, NULL, &kind, e) < 0)
        return -1;
    p->kind = (enum phase_kind)kind;
    p->is_measured = p->kind != PHASE_WARMUP && p->kind != PHASE_RAMP;
    if (read_phase_name(n, p, e) < 0)
        return -1;
    if (has(n, "measured") && jnode_bool(n, "measured", &p->is_measured, e) < 0)
        return -1;
    if (read_duration(n, "duration", &p->duration_ns, e) < 0)
        return -1;
    return read_shape(n, p, e);
}

static int read_phases(const struct jnode *root, struct profile *p, struct err *e)
{
    struct jnode phases = jnode_get(root, "phases");
    if (!jnode_exists(&phases))
        return 0;
    if (jnode_array(&phases, 0, PROFILE_PHASES_MAX, e) < 0)
        return -1;
    size_t count = json_array_size(phases.value);
    p->phases = xcalloc(count + 1, sizeof *p->phases);
    p->phase_count = count;
    for (size_t i = 0; i < count; i++) {
        struct jnode n = jnode_at(&phases, i);
        if (read_phase(&n, &p->phases[i], e) < 0)
            return -1;
    }
    return 0;
}

static int check_name_is_new(const struct jnode *n, const struct profile *p, size_t i,
                             struct err *e)
{
    for (size_t j = 0; j < i; j++)
        if (strcmp(p->classes[i].name, p->classes[j].name) == 0)
            return jnode_fail(n, e, "the name \"%s\" is taken by classes[%zu]",
                              p->classes[i].name, j);
    return 0;
}

static int normalise_weights(const struct jnode *n, struct profile *p, struct err *e)
{
    double sum = 0.0;
    for (size_t i = 0; i < p->class_count; i++)
        sum += p->classes[i].weight;
    if (!(sum > 0.0))
        return jnode_fail(n, e, "the weights are all 0");
    for (size_t i = 0; i < p->class_count; i++)
        p->classes[i].weight /= sum;
    return 0;
}

static int read_classes(const struct jnode *root, struct profile *p, struct err *e)
{
    struct jnode classes = jnode_get(root, "classes");
    if (jnode_array(&classes, 1, PROFILE_CLASSES_MAX, e) < 0)
        return -1;
    size_t count = json_array_size(classes.value);
    p->classes = xcalloc(count, sizeof *p->classes);
    p->class_count = count;
    for (size_t i = 0; i < count; i++) {
        struct jnode n = jnode_at(&classes, i);
        if (profile_class_parse(&n, &p->classes[i], e) < 0 ||
            check_name_is_new(&n, p, i, e) < 0)
            return -1;
    }
    return normalise_weights(&classes, p, e);
}

static int read_slo(const struct jnode *n, struct slo *out, struct err *e)
{
    struct err why = {0};
    if (!json_is_string(n->value))
        return jnode_fail(n, e, "must be a string such as \"ttft p95 <= 2s\"");
    if (slo_parse(json_string_value(n->value), out, &why) < 0)
        return jnode_fail(n, e, "%s", why.text);
    return 0;
}

static int read_slos(const struct jnode *root, struct profile *p, struct err *e)
{
    struct jnode slos = jnode_get(root, "slos");
    if (!jnode_exists(&slos))
        return 0;
    if (jnode_array(&slos, 0, PROFILE_SLOS_MAX, e) < 0)
        return -1;
    size_t count = json_array_size(slos.value);
    p->slos = xcalloc(count + 1, sizeof *p->slos);
    p->slo_count = count;
    for (size_t i = 0; i < count; i++) {
        struct jnode n = jnode_at(&slos, i);
        if (read_slo(&n, &p->slos[i], e) < 0)
            return -1;
    }
    return 0;
}

static int read_text(const struct jnode *root, const char *key, char **out,
                     struct err *e)
{
    const char *text = "";
    struct jnode n = jnode_get(root, key);
    if (jnode_exists(&n) && jnode_string(root, key, &text, e) < 0)
        return -1;
    if (strlen(text) > TEXT_BYTES_MAX)
        return jnode_fail(&n, e, "is longer than %d bytes", TEXT_BYTES_MAX);
    *out = xstrdup(text);
    return 0;
}

static int read_profile(const struct jnode *root, struct profile *p, struct err *e)
{
    static const char *const keys[] = {"name",    "title", "description", "source",
                                       "licence", "date",  "classes",     "arrival",
                                       "phases",  "slos",  NULL};
    if (jnode_object(root, keys, e) < 0 ||
        profile_name_parse(root, NAME_BYTES_MAX, &p->name, e) < 0 ||
        read_text(root, "title", &p->title, e) < 0 ||
        read_text(root, "description", &p->description, e) < 0 ||
        read_text(root, "source", &p->source, e) < 0 ||
        read_text(root, "licence", &p->licence, e) < 0 ||
        read_text(root, "date", &p->date, e) < 0 || read_classes(root, p, e) < 0 ||
        read_arrival(root, &p->arrival, e) < 0 || read_phases(root, p, e) < 0)
        return -1;
    return read_slos(root, p, e);
}

void profile_compact(const char *text, size_t length, struct buf *out)
{
    bool is_quoted = false;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (is_quoted || strchr(" \t\r\n", c) == NULL)
            buf_putc(out, c);
        if (is_quoted && c == '\\' && i + 1 < length)
            buf_putc(out, text[++i]);
        else if (c == '"')
            is_quoted = !is_quoted;
    }
}

/* FNV-1a, 64 bits. */
static uint64_t digest_of(const char *text, size_t length)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < length; i++)
        h = (h ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
    return h;
}

static void keep_text(struct profile *p, const char *text, size_t length)
{
    struct buf compact;
    buf_init(&compact, length);
    profile_compact(text, length, &compact);
    p->digest = digest_of(compact.data, compact.len);
    p->text = buf_steal(&compact);
    buf_release(&compact);
}

struct profile *profile_parse(const char *text, size_t length, struct err *e)
{
    struct profile *p = NULL;
    json_t *document = NULL;
    if (length > PROFILE_BYTES_MAX) {
        (void)err_set(e, "a profile of %zu bytes; at most %u are allowed", length,
                      PROFILE_BYTES_MAX);
        return NULL;
    }
    document = json_parse(text, length, e);
    if (document == NULL)
        return NULL;
    struct jnode root = jnode_root(document);
    p = xcalloc(1, sizeof *p);
    if (read_profile(&root, p, e) < 0) {
        profile_free(p);
        p = NULL;
        goto out;
    }
    keep_text(p, text, length);
out:
    json_decref(document);
    return p;
}

struct profile *profile_default(struct err *e)
{
    static const char text[] =
        "{\"name\":\"trace\",\"title\":\"Replay of a trace\","
        "\"classes\":[{\"name\":\"chat\",\"api\":\"chat\",\"prompt\":1000,\"output\":200}],"
        "\"arrival\":{\"kind\":\"trace\"}}";
    return profile_parse(text, sizeof text - 1, e);
}

struct profile *profile_of_prompts(struct err *e)
{
    static const char text[] =
        "{\"name\":\"prompts\",\"title\":\"Recorded prompts\","
        "\"classes\":[{\"name\":\"chat\",\"api\":\"chat\",\"prompt\":1000,\"output\":200}],"
        "\"arrival\":{\"kind\":\"trace\"}}";
    return profile_parse(text, sizeof text - 1, e);
}

static void free_phases(struct profile *p)
{
    for (size_t i = 0; p->phases != NULL && i < p->phase_count; i++)
        free(p->phases[i].name);
    free(p->phases);
}

static void free_classes(struct profile *p)
{
    for (size_t i = 0; p->classes != NULL && i < p->class_count; i++)
        profile_class_release(&p->classes[i]);
    free(p->classes);
}

void profile_paint(struct profile *p, uint64_t seed)
{
    for (size_t i = 0; i < p->class_count; i++) {
        struct image_plan *image = &p->classes[i].image;
        enum picture_kind kind =
            p->classes[i].api == API_OCR ? PICTURE_PAGE : PICTURE_PHOTO;
        if (image->is_set && image->picture == NULL)
            image->picture = picture_new(kind, image->width, image->height, seed);
    }
}

void profile_free(struct profile *p)
{
    if (p == NULL)
        return;
    char *const texts[] = {p->name,    p->title, p->description, p->source,
                           p->licence, p->date,  p->text};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        free(texts[i]);
    free_classes(p);
    free_phases(p);
    dist_release(&p->arrival.think_s);
    free(p->slos);
    free(p);
}
