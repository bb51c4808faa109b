/* The server's own view; see scrape.h. */
#include "engine/scrape.h"

#include "base/clock.h"
#include "engine/identify.h"
#include "engine/redact.h"
#include "wire/server_names.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PERIOD_NS NS_PER_S
#define TIMEOUT_MS 800L
#define BODY_MAX ((size_t)4 << 20)
#define LINES_MAX ((size_t)1 << 20) /* of a main thread that does not come for them */

/* One URL. All but the fields below the line are the thread's own. */
struct source {
    struct scraper *scraper;
    CURL *easy;
    char *url, *shown; /* as asked; without secrets */
    struct buf body;
    char why[CURL_ERROR_SIZE];
    bool is_own; /* the target's /metrics, which nobody asked for */
    bool is_given_up;
    /* under the lock */
    const char *family;
    uint64_t ok, failed;
    double first_failed_s; /* of the run; NAN: never */
    double silent_since_s; /* of the run: no answer from here on; NAN: it answers */
    char error[CURL_ERROR_SIZE]; /* of the last failure */
};

struct scraper {
    int64_t t0_ns;
    int64_t asked_ns; /* when the round began; the thread's own */
    CURLM *multi;
    struct curl_slist *headers;
    struct source sources[SCRAPE_SOURCES_MAX];
    size_t count;
    pthread_t thread;
    bool has_thread;
    pthread_mutex_t lock; /* of lines, is_stopping and what sources say */
    struct buf lines;
    bool is_stopping;
};

static void lock(struct scraper *s)
{
    int rc = pthread_mutex_lock(&s->lock);
    assert(rc == 0);
}

static void unlock(struct scraper *s)
{
    int rc = pthread_mutex_unlock(&s->lock);
    assert(rc == 0);
}

/* --- one answer --------------------------------------------------------------- */

static size_t on_body(char *bytes, size_t size, size_t n, void *p)
{
    struct source *source = p;
    buf_append(&source->body, bytes, size * n);
    return source->body.is_full ? 0 : size * n;
}

static void put_line(struct source *source, const struct server_values *v,
                     int64_t now_ns)
{
    struct jout j;
    int64_t t_ms = (now_ns - source->scraper->t0_ns) / NS_PER_MS;
    struct buf *lines = &source->scraper->lines;
    jout_init(&j, lines, false);
    jout_object(&j, NULL);
    jout_str(&j, "kind", "server");
    jout_num(&j, "t", (double)(t_ms > 0 ? t_ms : 0) / 1000);
    jout_str(&j, "source", source->shown);
    jout_str(&j, "family", v->family);
    for (int m = 0; m < SERVER_METRICS; m++)
        if (server_values_has(v, (enum server_metric)m))
            jout_num(&j, server_metric_rows[m].name, v->value[m]);
    jout_end_object(&j);
    buf_putc(lines, '\n');
}

/* at_ns: when it was asked. */
static void fail(struct source *source, int64_t at_ns, const char *why)
{
    int64_t at_ms = (at_ns - source->scraper->t0_ns) / NS_PER_MS;
    double at_s = (double)(at_ms > 0 ? at_ms : 0) / 1000;
    source->failed++;
    if (isnan(source->first_failed_s))
        source->first_failed_s = at_s;
    if (isnan(source->silent_since_s))
        source->silent_since_s = at_s;
    (void)snprintf(source->error, sizeof source->error, "%s", why);
}

/* Of the target's /metrics nobody has promised that there is anything. */
static void take_answer(struct source *source, long http, int64_t now_ns)
{
    struct server_values v;
    char why[64];
    server_values_read(&v, source->body.data, source->body.len);
    bool is_known = http == 200 && v.known != 0;
    source->is_given_up =
        source->is_own && source->ok == 0 && (!is_known || v.family == NULL);
    if (is_known) {
        source->ok++;
        source->silent_since_s = (double)NAN;
        source->family = v.family;
        put_line(source, &v, now_ns);
        return;
    }
    (void)snprintf(why, sizeof why, "HTTP %ld%s", http,
                   http == 200 ? ", and no series that gust knows" : "");
    fail(source, source->scraper->asked_ns, why);
}

static void take_done(struct source *source, CURLcode code)
{
    long http = 0;
    int64_t asked_ns = source->scraper->asked_ns;
    (void)curl_easy_getinfo(source->easy, CURLINFO_RESPONSE_CODE, &http);
    lock(source->scraper);
    if (source->body.is_full)
        fail(source, asked_ns, "the answer is larger than 4 MiB");
    else if (code == CURLE_OK)
        take_answer(source, http, clock_now_ns());
    else
        fail(source, asked_ns, source->why[0] ? source->why : curl_easy_strerror(code));
    unlock(source->scraper);
}

/* --- the thread --------------------------------------------------------------- */

static void must(CURLMcode code)
{
    if (code != CURLM_OK)
        bug(curl_multi_strerror(code));
}

static void collect_done(struct scraper *s)
{
    int left = 0;
    for (CURLMsg *m = curl_multi_info_read(s->multi, &left); m != NULL;
         m = curl_multi_info_read(s->multi, &left)) {
        void *p = NULL;
        CURLcode code = m->data.result;
        CURL *easy = m->easy_handle;
        (void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, &p);
        take_done(p, code);
        must(curl_multi_remove_handle(s->multi, easy));
    }
}

/* Asks every source once; each ends by itself within its time limit. */
static void ask_all(struct scraper *s)
{
    int running = 0;
    s->asked_ns = clock_now_ns();
    for (size_t i = 0; i < s->count; i++) {
        struct source *source = &s->sources[i];
        if (source->is_given_up)
            continue;
        buf_reset(&source->body);
        source->why[0] = '\0';
        must(curl_multi_add_handle(s->multi, source->easy));
    }
    do {
        must(curl_multi_perform(s->multi, &running));
        collect_done(s);
        if (running > 0)
            must(curl_multi_poll(s->multi, NULL, 0, 100, NULL));
    } while (running > 0);
}

static bool is_stopping(struct scraper *s)
{
    lock(s);
    bool is_it = s->is_stopping;
    unlock(s);
    return is_it;
}

/* Until the time, or a wake-up; then true when the thread is to end. */
static bool wait_until(struct scraper *s, int64_t due_ns)
{
    while (!is_stopping(s)) {
        int64_t left_ns = due_ns - clock_now_ns();
        if (left_ns <= 0)
            return false;
        must(curl_multi_poll(s->multi, NULL, 0, (int)(left_ns / NS_PER_MS) + 1, NULL));
    }
    return true;
}

/* A round that took too long does not delay the next, but leaves one out. */
static void *thread_main(void *p)
{
    struct scraper *s = p;
    int64_t due_ns = s->t0_ns;
    do {
        ask_all(s);
        while (due_ns <= clock_now_ns())
            due_ns += PERIOD_NS;
    } while (!wait_until(s, due_ns));
    ask_all(s);
    return NULL;
}

/* --- sources ------------------------------------------------------------------ */

static char *shown_of(const char *url)
{
    struct buf text;
    buf_init(&text, 8192);
    redact_url(&text, url);
    char *shown = buf_steal(&text);
    buf_release(&text);
    return shown;
}

static void set_options(struct source *source, const struct plan *plan,
                        struct curl_slist *resolved)
{
    CURL *easy = source->easy;
    transport_defaults(easy, plan);
    curl_easy_setopt(easy, CURLOPT_URL, source->url);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, source->scraper->headers);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, TIMEOUT_MS);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, TIMEOUT_MS);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, source);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, source->why);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, source);
    if (source->is_own)
        curl_easy_setopt(easy, CURLOPT_RESOLVE, resolved);
    else /* the socket is the target's */
        curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, NULL);
}

/* Takes url. One that is asked for already is left out. */
static void add(struct scraper *s, const struct plan *plan, struct curl_slist *resolved,
                char *url, bool is_own)
{
    bool is_known = s->count == SCRAPE_SOURCES_MAX;
    for (size_t i = 0; i < s->count; i++)
        is_known |= strcmp(s->sources[i].url, url) == 0;
    if (is_known) {
        free(url);
        return;
    }
    struct source *source = &s->sources[s->count++];
    *source = (struct source){.scraper = s,
                              .easy = curl_easy_init(),
                              .url = url,
                              .shown = shown_of(url),
                              .is_own = is_own,
                              .first_failed_s = (double)NAN,
                              .silent_since_s = (double)NAN};
    if (source->easy == NULL)
        bug("curl_easy_init failed");
    buf_init(&source->body, BODY_MAX);
    set_options(source, plan, resolved);
}

/* scheme://host:port/metrics of a base URL. */
static char *metrics_url(const char *base)
{
    struct buf url;
    buf_init(&url, 8192);
    identify_root(base, &url);
    buf_puts(&url, "/metrics");
    char *text = buf_steal(&url);
    buf_release(&url);
    return text;
}

static void add_all(struct scraper *s, const struct plan *plan,
                    struct curl_slist *resolved)
{
    for (size_t i = 0; i < plan->scrape_count; i++)
        add(s, plan, resolved, xstrdup(plan->scrape_urls[i]), false);
    for (uint32_t i = 0; plan->scrapes_targets && i < plan->arms; i++)
        add(s, plan, resolved, metrics_url(plan->targets[i].base_url), true);
}

struct scraper *scraper_start(const struct plan *plan, struct curl_slist *resolved,
                              int64_t t0_ns, struct err *e)
{
    struct scraper *s = xcalloc(1, sizeof *s);
    s->t0_ns = t0_ns;
    s->multi = curl_multi_init();
    s->headers = curl_slist_append(NULL, "User-Agent: gust");
    if (s->multi == NULL || s->headers == NULL)
        bug("curl_multi_init failed");
    buf_init(&s->lines, LINES_MAX);
    int rc = pthread_mutex_init(&s->lock, NULL);
    assert(rc == 0);
    add_all(s, plan, resolved);
    rc = s->count > 0 ? pthread_create(&s->thread, NULL, thread_main, s) : 0;
    s->has_thread = s->count > 0 && rc == 0;
    if (rc == 0)
        return s;
    scraper_free(s);
    (void)err_set_errno(e, rc, "cannot start a thread");
    return NULL;
}

void scraper_stop(struct scraper *s)
{
    if (s == NULL || !s->has_thread)
        return;
    lock(s);
    s->is_stopping = true;
    unlock(s);
    must(curl_multi_wakeup(s->multi));
    int rc = pthread_join(s->thread, NULL);
    assert(rc == 0);
    s->has_thread = false;
}

void scraper_free(struct scraper *s)
{
    if (s == NULL)
        return;
    scraper_stop(s);
    for (size_t i = 0; i < s->count; i++) {
        curl_easy_cleanup(s->sources[i].easy);
        buf_release(&s->sources[i].body);
        free(s->sources[i].url);
        free(s->sources[i].shown);
    }
    (void)curl_multi_cleanup(s->multi);
    curl_slist_free_all(s->headers);
    buf_release(&s->lines);
    (void)pthread_mutex_destroy(&s->lock); /* nobody waits any more */
    free(s);
}

void scraper_take(struct scraper *s, struct buf *out)
{
    if (s == NULL)
        return;
    lock(s);
    buf_append(out, s->lines.data, s->lines.len);
    buf_reset(&s->lines);
    unlock(s);
}

void scraper_write(struct scraper *s, struct jout *j, const char *key)
{
    jout_array(j, key);
    for (size_t i = 0; s != NULL && i < s->count; i++) {
        const struct source *source = &s->sources[i];
        lock(s);
        if (!source->is_given_up &&
            (!source->is_own || source->ok + source->failed > 0)) {
            jout_object(j, NULL);
            jout_str(j, "url", source->shown);
            jout_str(j, "family", source->family);
            jout_u64(j, "ok", source->ok);
            jout_u64(j, "failed", source->failed);
            jout_num(j, "first_failed_s", source->first_failed_s);
            jout_num(j, "silent_since_s", source->silent_since_s);
            jout_str(j, "error", source->error[0] ? source->error : NULL);
            jout_end_object(j);
        }
        unlock(s);
    }
    jout_end_array(j);
}
