/*
 * What is known beside the targets of a triage: the error rate that Prometheus
 * counts, the health of the application in front. Neither gets a target's key.
 */
#include "command/triage.h"
#include "engine/transcript.h"
#include "wire/prometheus_answer.h"

#include <stdio.h>
#include <string.h>

#define URL_MAX 16384

/* A GET without key and headers of any target. */
static void ask_plainly(struct look *l, const struct triage *t, const char *url,
                        struct call *c, struct plan *plan)
{
    *plan = t->targets[0].setup.plan;
    plan->targets[0] = (struct target){.base_url = url};
    call_init(c, plan, &plan->targets[0], NULL);
    c->timeout_ns = t->timeout_ns;
    c->pause = t->pause;
    c->url = url;
    call_make(c);
    transcript_call(&l->transcript, c);
}

static void put_query(const char *text, struct buf *out)
{
    static const char plain[] = "-._~";
    for (; *text != '\0'; text++) {
        bool is_plain = (*text >= '0' && *text <= '9') ||
                        (*text >= 'a' && *text <= 'z') ||
                        (*text >= 'A' && *text <= 'Z') || strchr(plain, *text) != NULL;
        if (is_plain)
            buf_putc(out, *text);
        else
            buf_printf(out, "%%%02X", (unsigned)(unsigned char)*text);
    }
}

static void say_error_share(struct look *l, const struct triage *t,
                            const struct call *c, struct check_result *r)
{
    struct err e = {0};
    char status[CALL_STATUS];
    if (c->exchange.http == 0) {
        check_say(r, CHECK_ODD, "%s: %s", call_status(c, status), c->why);
    } else if (prometheus_answer(c->reply.data, c->reply.len, &l->scene.error_share,
                                 &e) < 0) {
        check_say(r, CHECK_ODD, "%s: %s", call_status(c, status), e.text);
    } else {
        l->scene.has_error_share = true;
        bool is_fine = l->scene.error_share <= t->error_limit;
        check_say(r, is_fine ? CHECK_FINE : CHECK_FAILED,
                  "error rate %.3g %%, limit %.3g %%", l->scene.error_share * 100,
                  t->error_limit * 100);
    }
}

static void check_prometheus(struct look *l, const struct triage *t)
{
    struct check_result *r = &l->checks[CHECK_PROMETHEUS];
    struct plan plan;
    struct call c;
    struct buf url;
    buf_init(&url, URL_MAX);
    size_t length = strlen(t->prometheus);
    while (length > 0 && t->prometheus[length - 1] == '/')
        length--;
    buf_append(&url, t->prometheus, length);
    buf_puts(&url, "/api/v1/query?query=");
    put_query(t->query, &url);
    ask_plainly(l, t, url.data, &c, &plan);
    r->took_ns = c.took_ns;
    l->scene.error_limit = t->error_limit;
    say_error_share(l, t, &c, r);
    call_release(&c);
    buf_release(&url);
}

static void check_app(struct look *l, const struct triage *t)
{
    struct check_result *r = &l->checks[CHECK_APP];
    struct plan plan;
    struct call c;
    char status[CALL_STATUS], words[CALL_WORDS + 1];
    ask_plainly(l, t, t->app, &c, &plan);
    r->took_ns = c.took_ns;
    l->scene.has_app = true;
    l->scene.is_app_healthy = call_is_2xx(&c);
    (void)call_words(&c, words);
    check_say(r, l->scene.is_app_healthy ? CHECK_FINE : CHECK_FAILED, "%s%s%.100s",
              call_status(&c, status), words[0] != '\0' ? ", " : "", words);
    call_release(&c);
}

void look_at_scene(struct look *l, const struct triage *t)
{
    if (t->prometheus != NULL || t->app != NULL)
        buf_puts(&l->transcript, "## beside the targets\n\n");
    if (t->prometheus != NULL)
        check_prometheus(l, t);
    if (t->app != NULL)
        check_app(l, t);
}
