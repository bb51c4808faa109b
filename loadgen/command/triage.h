/*
 * What `gust triage` looks at and what a look has found. The checks fill a look
 * (triage_checks.c), the decision tree judges it (policy/diagnosis.h), the others
 * show it: as text, as JSON, as an archive of evidence.
 */
#ifndef GUST_TRIAGE_H
#define GUST_TRIAGE_H

#include "base/command.h"
#include "command/run_plan.h"
#include "engine/call.h"
#include "engine/reach.h"
#include "policy/diagnosis.h"
#include "wire/server_names.h"

#define TRIAGE_TARGETS_MAX 8
#define TRIAGE_CHANGES_MAX 64 /* of a watch; later ones are counted only */

struct triage_target {
    char shown[256]; /* the URL without user info */
    struct place place;
    struct run_plan setup; /* owns key and headers; its plan is copied per look */
};

/* What was asked for; const while looks are made. */
struct triage {
    struct triage_target targets[TRIAGE_TARGETS_MAX];
    size_t target_count;
    const char *prometheus, *query, *app; /* NULL: not asked for */
    double error_limit;
    uint64_t requests;
    int64_t slow_ns, timeout_ns, watch_ns; /* watch_ns 0: one look */
    const struct pause *pause;             /* NULL: signals end the process */
};

enum check_state {
    CHECK_SKIPPED, /* not asked for, or what it needs failed */
    CHECK_FINE,
    CHECK_ODD, /* not fine, and no reason for anything */
    CHECK_FAILED,
};

struct check_result {
    enum check_state state;
    int64_t took_ns;
    char text[512]; /* evidence: one line for a person */
};

struct target_look {
    struct target_facts facts;
    struct diagnosis diagnosis;
    struct check_result checks[CHECK_COUNT];
    struct server_values metrics; /* what the server says of itself */
    char dialect[16], model[128]; /* as given or found; "" unknown */
    char words[CALL_WORDS + 1];   /* the server's about the first failure */
};

struct look {
    int64_t wall_ns, start_ns, took_ns; /* when it began, how long it took */
    bool is_interrupted;                /* a signal cut it short: no verdict */
    struct target_look targets[TRIAGE_TARGETS_MAX];
    size_t target_count;
    struct scene_facts scene;
    struct check_result checks[CHECK_COUNT]; /* of the scene */
    struct diagnosis diagnosis;
    size_t about;          /* the target that shows it, target_count: none */
    struct buf transcript; /* requests and replies, redacted */
};

/* One state of a watch, and how long it lasted. */
struct change {
    int64_t wall_ns, start_ns;
    enum leaf leaf;
    enum severity severity;
    char text[600]; /* the sentence of its first look */
};

/* The course of a watch. */
struct changes {
    struct change items[TRIAGE_CHANGES_MAX];
    size_t count;
    size_t dropped;
};

/* Notes a result with its evidence; control bytes become '?'. */
void check_say(struct check_result *r, enum check_state state, const char *format, ...)
    PRINTF_LIKE(3, 4);

void look_init(struct look *l);
void look_release(struct look *l);

/* Makes a look: sends requests. */
void look_make(struct look *l, const struct triage *t);

/* The part of it that is beside the targets. */
void look_at_scene(struct look *l, const struct triage *t);

/* The evidence of the check that shows the leaf; "" when it has none. */
const char *look_evidence(const struct look *l);

/* "the key is refused: HTTP 401 with the key" of a look, one line into out. */
void look_sentence(const struct look *l, const struct triage *t, struct buf *out);

/* Which other target could do the first one's work: its index, target_count none. */
size_t look_stand_in(const struct look *l);

/* The exit code of a look, in the words of base/command.h. */
enum exit_code look_exit_code(const struct look *l);

/* The verdict for a terminal of that width. */
void triage_text(const struct look *l, const struct triage *t, size_t width,
                 bool is_colour, struct buf *out);

/* The same as JSON, report/triage.schema.json; one line unless is_pretty. */
void triage_json(const struct look *l, const struct triage *t, const struct changes *c,
                 bool is_pretty, struct buf *out);

/* The archive of evidence, whole or not at all at path. looks: those whose state
 * was new, oldest first. Fails with what the system says. */
MUST_CHECK int triage_bundle(const char *path, const struct look *looks, size_t n,
                             const struct triage *t, const struct changes *c,
                             struct err *e);

#endif
