/* The shards in a directory; see merge_set.h. */
#include "command/merge_set.h"

#include "judge/member.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX "shard-"
#define NAMED_MAX 8 /* shards that one reason names */
#define SPREAD_S 1.0
#define SKEW_S 0.01 /* 1 % of a second, the slice in which shards meet */

/* What all parts of one run share: members of the manifest, one level deep. */
static const struct {
    const char *object, *key; /* object NULL: the manifest itself */
    const char *what;
} same_rows[] = {
    {NULL, "tool", "version"},
    {NULL, "seed", "seed"},
    {"shard", "count", "number of shards"},
    {"profile", "digest", "profile"},
    {NULL, "load", "load"},
    {NULL, "phases", "phases"},
    {NULL, "schedule_head", "schedule"},
    {NULL, "slos", "objectives"},
    {NULL, "timers", "time limits"},
    {NULL, "arms", "arms"},
    {NULL, "classes", "classes"},
    {"policy", "document", "client policy"},
    {"cost", "digest", "prices"},
    {"cost", "tier", "tier of prices"},
    {NULL, "outage", "outage"},
};

void merge_set_reason(struct merge_set *set, const char *code, bool is_fatal,
                      const char *format, ...)
{
    if (set->reason_count == MERGE_REASONS_MAX)
        return;
    struct merge_reason *r = &set->reasons[set->reason_count++];
    va_list args;
    (void)snprintf(r->code, sizeof r->code, "%s", code);
    va_start(args, format);
    (void)vsnprintf(r->text, sizeof r->text, format, args); /* long text is cut */
    va_end(args);
    r->is_fatal = is_fatal;
}

/* --- one manifest ------------------------------------------------------------------- */

static const json_t *member_of(const json_t *m, const char *object, const char *key)
{
    const json_t *in = object ? json_object_get(m, object) : m;
    return json_object_get(in, key);
}

static char *text_of(const json_t *value)
{
    char *text = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    return text ? text : xstrdup("nothing");
}

/* json_equal takes no const, and changes nothing. */
static bool is_equal(const json_t *a, const json_t *b)
{
    return a == b || json_equal((json_t *)(uintptr_t)a, (json_t *)(uintptr_t)b) != 0;
}

static int check_same(const json_t *first, const char *first_name, const json_t *m,
                      const char *name, struct err *e)
{
    for (size_t i = 0; i < ARRAY_LEN(same_rows); i++) {
        const json_t *a = member_of(first, same_rows[i].object, same_rows[i].key);
        const json_t *b = member_of(m, same_rows[i].object, same_rows[i].key);
        if (is_equal(a, b))
            continue;
        char *was = text_of(a), *is = text_of(b);
        (void)err_set(e,
                      "%s is no part of the same run as %s: its %s is %.100s, not "
                      "%.100s",
                      name, first_name, same_rows[i].what, is, was);
        free(was);
        free(is);
        return -1;
    }
    return 0;
}

/* A schedule that was walked to its end has one digest, wherever that was. */
static const char *whole_digest(const json_t *m)
{
    const json_t *stop = json_object_get(m, "stop");
    bool is_whole = strcmp(member_text(m, "status"), "complete") == 0 &&
                    strcmp(member_text(stop, "reason"), "duration") == 0;
    return is_whole ? member_text(m, "schedule_digest") : "";
}

static uint64_t sent_of(const json_t *m)
{
    const char *arm, *name;
    json_t *classes, *totals;
    uint64_t sent = 0;
    json_object_foreach(json_object_get(m, "totals"), arm, classes)
    {
        json_object_foreach(classes, name, totals)
        {
            sent += member_count(totals, "sent");
        }
    }
    return sent;
}

static void take_why(struct merge_shard *s, const json_t *m)
{
    const json_t *health = json_object_get(m, "health");
    const json_t *reasons = json_object_get(health, "reasons");
    s->is_valid = !json_is_false(json_object_get(health, "valid"));
    if (s->status != RUN_COMPLETE)
        (void)snprintf(s->why, sizeof s->why, "%s",
                       member_text(json_object_get(m, "stop"), "text"));
    for (size_t i = 0; i < json_array_size(reasons) && s->why[0] == '\0'; i++) {
        const json_t *row = json_array_get(reasons, i);
        if (json_is_true(json_object_get(row, "fatal")))
            (void)snprintf(s->why, sizeof s->why, "%s", member_text(row, "text"));
    }
}

static void take_facts(struct merge_shard *s, const struct runread *r)
{
    const json_t *m = r->manifest;
    const json_t *progress = json_object_get(m, "progress");
    s->status = r->status;
    s->index = (uint32_t)member_count(json_object_get(m, "shard"), "index");
    (void)snprintf(s->host, sizeof s->host, "%s",
                   member_text(json_object_get(m, "host"), "name"));
    s->t0_wall_s = member_number(json_object_get(m, "t0"), "wall_s", 0);
    s->elapsed_s = member_number(progress, "elapsed_s", 0);
    s->planned_s = member_number(progress, "planned_s", 0);
    s->is_sent = s->status == RUN_RUNNING || sent_of(m) > 0;
    const json_t *clock = json_object_get(m, "clock");
    s->clock_offset_s = member_number(clock, "offset_s", (double)NAN);
    s->is_clock_bad = json_is_false(json_object_get(clock, "synchronised"));
    take_why(s, m);
}

/* --- the directory -------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
    const struct merge_shard *x = a, *y = b;
    return strcmp(x->name, y->name);
}

static void add_shard(struct merge_set *set, const char *dir, const char *name)
{
    struct buf path;
    buf_init(&path, strlen(dir) + strlen(name) + 2);
    buf_printf(&path, "%s/%s", dir, name);
    set->shards = xrealloc_array(set->shards, set->count + 1, sizeof *set->shards);
    set->shards[set->count++] =
        (struct merge_shard){.path = buf_steal(&path), .name = xstrdup(name)};
    buf_release(&path);
}

static int list(struct merge_set *set, const char *dir, struct err *e)
{
    DIR *d = opendir(dir);
    if (d == NULL)
        return err_set_errno(e, errno, "cannot read %s", dir);
    for (struct dirent *entry = readdir(d); entry != NULL; entry = readdir(d))
        if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) == 0)
            add_shard(set, dir, entry->d_name);
    (void)closedir(d); /* only read from */
    if (set->count == 0)
        return err_set(e, "%s: no shard has begun: there is no " PREFIX "* in it", dir);
    qsort(set->shards, set->count, sizeof *set->shards, by_name);
    return 0;
}

/* Every manifest, each against the first that can be read. A directory without one
 * has not begun, which is the same as missing. */
static int read_all(struct merge_set *set, struct err *e)
{
    struct runread *first = NULL;
    const char *first_name = NULL;
    char digest[32] = "";
    int rc = 0;
    for (size_t i = 0; i < set->count && rc == 0; i++) {
        struct merge_shard *s = &set->shards[i];
        struct err why = {0};
        struct runread *r = runread_open(s->path, &why);
        if (r == NULL) {
            merge_set_reason(set, "shard_unreadable", false, "%s", why.text);
            s->status = RUN_ABORTED;
            s->index = UINT32_MAX;
            continue;
        }
        take_facts(s, r);
        if (first != NULL)
            rc = check_same(first->manifest, first_name, r->manifest, s->name, e);
        const char *own = whole_digest(r->manifest);
        if (rc == 0 && own[0] != '\0' && digest[0] != '\0' && strcmp(own, digest) != 0)
            rc = err_set(e,
                         "%s is no part of the same run: its schedule's digest is %s, "
                         "not %s",
                         s->name, own, digest);
        if (own[0] != '\0')
            (void)snprintf(digest, sizeof digest, "%s", own);
        if (first == NULL) {
            first = r;
            first_name = s->name;
            set->expected =
                (uint32_t)member_count(json_object_get(r->manifest, "shard"), "count");
        } else {
            runread_close(r);
        }
    }
    runread_close(first);
    return rc;
}

/* --- what they make together ------------------------------------------------------------ */

/* Of two attempts at one index: the sealed one, then the one that sent, then the
 * earlier. */
static bool is_better(const struct merge_shard *a, const struct merge_shard *b)
{
    if ((a->status == RUN_COMPLETE) != (b->status == RUN_COMPLETE))
        return a->status == RUN_COMPLETE;
    return a->is_sent && !b->is_sent;
}

static void choose(struct merge_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        struct merge_shard *s = &set->shards[i], *other = NULL;
        if (s->index >= set->expected)
            continue;
        for (size_t k = 0; k < i; k++)
            if (set->shards[k].is_used && set->shards[k].index == s->index)
                other = &set->shards[k];
        s->is_used = other == NULL || is_better(s, other);
        if (other == NULL)
            continue;
        other->is_used = !s->is_used;
        bool is_double = s->is_sent && other->is_sent;
        merge_set_reason(set, "shard_duplicate", is_double,
                         is_double ? "shard %" PRIu32 " came twice, as %s and %s: its "
                                     "part of the load was sent twice"
                                   : "shard %" PRIu32 " came twice, as %s and %s; only "
                                     "one sent anything",
                         s->index, other->name, s->name);
    }
}

static bool has_index(const struct merge_set *set, uint32_t index)
{
    for (size_t i = 0; i < set->count; i++)
        if (set->shards[i].is_used && set->shards[i].index == index)
            return true;
    return false;
}

void merge_set_missing(const struct merge_set *set, struct buf *out)
{
    bool is_first = true;
    for (uint32_t i = 0; i < set->expected; i++) {
        uint32_t end = i;
        if (has_index(set, i))
            continue;
        while (end + 1 < set->expected && !has_index(set, end + 1))
            end++;
        buf_printf(out, "%s%" PRIu32, is_first ? "" : ", ", i);
        if (end > i)
            buf_printf(out, "-%" PRIu32, end);
        is_first = false;
        i = end;
    }
}

static void count_them(struct merge_set *set)
{
    double early = 0, late = 0;
    bool has_first = false;
    for (size_t i = 0; i < set->count; i++) {
        const struct merge_shard *s = &set->shards[i];
        if (!s->is_used)
            continue;
        if (!has_first || (set->shards[set->first].status != RUN_COMPLETE &&
                           s->status == RUN_COMPLETE))
            set->first = i;
        has_first = true;
        set->used++;
        set->complete += s->status == RUN_COMPLETE;
        if (s->t0_wall_s <= 0)
            continue;
        early = early <= 0 || s->t0_wall_s < early ? s->t0_wall_s : early;
        late = s->t0_wall_s > late ? s->t0_wall_s : late;
    }
    set->missing = set->expected - set->used;
    set->start_spread_s = late - early;
}

static void judge_missing(struct merge_set *set)
{
    struct buf names;
    buf_init(&names, 400);
    merge_set_missing(set, &names);
    if (set->missing > 0)
        merge_set_reason(set, "shards_missing", true,
                         "%" PRIu32 " of %" PRIu32 " shards missing: %s", set->missing,
                         set->expected, names.data);
    buf_release(&names);
}

static void judge_each(struct merge_set *set)
{
    unsigned named = 0;
    for (size_t i = 0; i < set->count && named < NAMED_MAX; i++) {
        const struct merge_shard *s = &set->shards[i];
        const char *at = s->host[0] != '\0' ? " on " : "";
        if (!s->is_used || (s->status == RUN_COMPLETE && s->is_valid))
            continue;
        named++;
        if (s->status == RUN_COMPLETE)
            merge_set_reason(set, "shard_invalid", true, "%s%s%s: %s", s->name, at,
                             s->host, s->why);
        else
            merge_set_reason(
                set, "shard_incomplete", true, "%s%s%s: %s after %.4g of %.4g s%s%s",
                s->name, at, s->host,
                s->status == RUN_RUNNING ? "still running, or killed,"
                                         : run_status_names[s->status],
                s->elapsed_s, s->planned_s, s->why[0] != '\0' ? ": " : "", s->why);
    }
}

/* Clocks matter between machines only. */
static bool is_one_host(const struct merge_set *set)
{
    const char *host = set->shards[set->first].host;
    for (size_t i = 0; i < set->count; i++)
        if (set->shards[i].is_used && strcmp(set->shards[i].host, host) != 0)
            return false;
    return true;
}

/* Each shard said how far a server's clock was from its own: the difference of those
 * is how far they are apart. */
static void judge_clocks(struct merge_set *set)
{
    double least = HUGE_VAL, most = -HUGE_VAL;
    uint32_t bad = 0;
    for (size_t i = 0; i < set->count; i++) {
        const struct merge_shard *s = &set->shards[i];
        if (!s->is_used)
            continue;
        bool is_asked = isfinite(s->clock_offset_s);
        bad += !is_asked && s->is_clock_bad;
        least = is_asked ? fmin(least, s->clock_offset_s) : least;
        most = is_asked ? fmax(most, s->clock_offset_s) : most;
    }
    if (most - least > SKEW_S)
        merge_set_reason(set, "clock_skew", false,
                         "the shards' clocks are %.3g ms apart: seconds of the merged "
                         "run are blurred by that",
                         (most - least) * 1e3);
    if (bad > 0 && !is_one_host(set))
        merge_set_reason(set, "clock_unknown", false,
                         "the clocks of %" PRIu32
                         " shards are not synchronised, by their "
                         "kernels' account: how far they are apart is not known; give "
                         "--clock-check",
                         bad);
}

int merge_set_read(struct merge_set *set, const char *dir, uint32_t expect,
                   struct err *e)
{
    *set = (struct merge_set){0};
    if (list(set, dir, e) < 0 || read_all(set, e) < 0)
        return -1;
    if (expect > 0 && set->expected != expect && set->expected > 0)
        return err_set(e,
                       "--expect: %" PRIu32 " shards are expected, but these are of a "
                       "run of %" PRIu32,
                       expect, set->expected);
    choose(set);
    count_them(set);
    if (set->used == 0)
        return err_set(e, "%s: no shard can be read: %s", dir,
                       set->reason_count > 0 ? set->reasons[0].text : "none has begun");
    judge_missing(set);
    judge_each(set);
    judge_clocks(set);
    if (set->start_spread_s > SPREAD_S)
        merge_set_reason(
            set, "start_spread", true,
            "the shards started %.3g s apart, and their loads did not meet: "
            "give all of them the same --start-at",
            set->start_spread_s);
    return 0;
}

void merge_set_release(struct merge_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        free(set->shards[i].path);
        free(set->shards[i].name);
    }
    free(set->shards);
    *set = (struct merge_set){0};
}
