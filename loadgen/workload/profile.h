/*
 * A profile: what to send, as a const struct made from a JSON document
 * (profiles/README.md, profiles/profile.schema.json). Unknown keys and wrong
 * values are errors that name their path. The profile owns everything it points
 * to. Any thread may read it once it is made.
 */
#ifndef GUST_PROFILE_H
#define GUST_PROFILE_H

#include "base/err.h"
#include "measure/metric.h"
#include "wire/dialect.h"
#include "workload/dist.h"
#include "workload/members.h"

#define PROFILE_CLASSES_MAX 16
#define PROFILE_PHASES_MAX 64
#define PROFILE_SLOS_MAX 16
#define PROFILE_TURNS_MAX 64
#define PROFILE_BATCH_MAX 1024
#define PROFILE_IMAGES_MAX 64 /* of a chat */
#define PROFILE_PAGES_MAX 200 /* of a document: PICTURE_PAGES_MAX */
#define PROFILE_PIXELS_MAX 25000000
#define PROFILE_TOKENS_MAX 10000000 /* of one request's prompt, suffix or output */
#define PROFILE_USERS_MAX 1000000   /* of a closed loop, at its busiest */
#define PROFILE_MODEL_BYTES_MAX 256
#define PROFILE_BYTES_MAX (16u << 20) /* of a document */

/* Requests of a class share a prefix on purpose: groups prefixes of length
 * tokens; share of the requests draw one, Zipf-weighted with exponent skew. */
struct prefix_plan {
    uint32_t groups;    /* 0: every prompt is unique from its first word */
    struct dist tokens; /* drawn once per group */
    double share;
    double skew;
};

struct conversation_plan {
    bool is_set;
    struct dist turns; /* at least 1 */
    struct dist think_s;
};

/* Pictures of a chat's last message, or the pages of a document for OCR. */
struct image_plan {
    bool is_set;
    uint32_t width, height;  /* pixels */
    struct dist count;       /* pictures per request, or pages */
    bool is_document;        /* OCR: a PDF of so many pages, not one picture */
    struct picture *picture; /* what they show; NULL until picture_prepare */
};

struct request_class {
    char *name;
    double weight; /* share of the requests, normalised */
    enum api api;
    bool is_stream;
    bool has_grid;
    struct grid grid;           /* joint lengths */
    struct dist prompt, output; /* independent lengths, when no grid */
    struct dist suffix;         /* FIM: tokens after the cursor */
    bool has_suffix;
    struct dist
        batch; /* embeddings, moderations, classifications: inputs per request; prompt is
                          the length of each input */
    bool has_batch;
    bool force_length; /* ignore_eos and min_tokens where offered; true by default */
    bool has_temperature, has_top_p, has_seed; /* has_seed: one per request */
    double temperature, top_p;
    uint32_t choices;     /* n */
    struct members extra; /* further members of the body */
    char *model;          /* overrides --model for this class, or NULL */
    struct prefix_plan prefix;
    struct conversation_plan conversation;
    struct image_plan image;
};

enum arrival_kind {
    ARRIVAL_CONSTANT,
    ARRIVAL_POISSON,
    ARRIVAL_GAMMA,
    ARRIVAL_CLOSED, /* users with think time */
    ARRIVAL_TRACE,  /* time stamps of a trace */
};

extern const char *const arrival_names[6]; /* NULL-terminated */

struct arrival_plan {
    enum arrival_kind kind;
    double rate_per_s; /* base rate of open loops, > 0 */
    double cv;         /* ARRIVAL_GAMMA */
    uint32_t users;    /* ARRIVAL_CLOSED, at least 1 */
    struct dist think_s;
    bool has_think;
};

enum phase_kind {
    PHASE_WARMUP, /* base rate, not measured */
    PHASE_STEADY,
    PHASE_RAMP,  /* from -> to, linear, not measured */
    PHASE_STEPS, /* steps equal parts from -> to */
    PHASE_SPIKE, /* factor times the base rate */
    PHASE_SINE,  /* base * (1 + amplitude * sin) with the given period */
};

extern const char *const phase_names[7]; /* NULL-terminated */

/* Times since the phase's start. A zeroed steady phase with a duration is whole. */
struct phase {
    enum phase_kind kind;
    char *name; /* defaults to the kind */
    int64_t duration_ns;
    double from, to; /* factors of the base rate (or users) */
    uint32_t steps;
    double factor;
    double amplitude; /* 0..1 */
    int64_t period_ns;
    bool is_measured;
};

enum slo_kind {
    SLO_LATENCY, /* metric at percentile <= limit */
    SLO_SUCCESS, /* succeeded / scheduled >= limit */
    SLO_GOODPUT, /* good / scheduled >= limit */
};

struct slo {
    enum slo_kind kind;
    enum metric metric;
    double percentile; /* 0 < percentile <= 100 */
    int64_t limit_ns;
    double share;
};

struct profile {
    char *name, *title, *description, *source, *licence, *date; /* never NULL */
    struct request_class *classes;
    size_t class_count;
    struct arrival_plan arrival;
    struct phase *phases; /* empty: one steady phase of the run's duration */
    size_t phase_count;
    struct slo *slos;
    size_t slo_count;
    char *text;      /* the document, compact JSON, for the run manifest */
    uint64_t digest; /* of text */
};

/* Parses a document of length bytes. NULL on failure; profile_free it. */
struct profile *profile_parse(const char *text, size_t length, struct err *e);

/* What a trace is replayed with when no profile is named: one class "chat",
 * streamed; the trace gives times and lengths. NULL on failure. */
struct profile *profile_default(struct err *e);

/* The same for recorded prompts: their replies are 200 tokens where they do not say. */
struct profile *profile_of_prompts(struct err *e);

/* name is a file (contains '/' or '.', or exists) or a shipped profile, looked
 * up in GUST_PROFILE_DIR, in the profiles/ folder beside the program's own (the
 * source tree, or PREFIX/share/gust) and in GUST_DATADIR. An unknown name lists
 * the nearest and says how to list all. NULL on failure. */
struct profile *profile_load(const char *name, struct err *e);
void profile_free(struct profile *p);

/* Appends one line per shipped profile, sorted: its name, a tab, its title. */
MUST_CHECK int profile_list(struct buf *out, struct err *e);

/* The path of a shipped document in those folders: "assistant", "prices/mistral".
 * False: there is none, or the path is longer than size - 1. */
bool profile_path(const char *name, char *path, size_t size);

/* Draws the pictures of classes that have any, which takes up to seconds: before a
 * run, not when a profile is only looked at. */
void profile_paint(struct profile *p, uint64_t seed);

/* Appends the folders in which shipped profiles are looked up, in order: "a, b". */
void profile_folders(struct buf *out);

/* Appends the document without white space between its tokens: the same text for
 * the same content and spelling. text must be valid JSON. */
void profile_compact(const char *text, size_t length, struct buf *out);

/* "ttft p95 <= 2s", "success >= 99%", "goodput >= 95%"  <-> struct slo.
 * slo_format appends text that slo_parse reads back as the same. */
MUST_CHECK int slo_parse(const char *text, struct slo *out, struct err *e);
void slo_format(const struct slo *s, struct buf *out);

#endif
