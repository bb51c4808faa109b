/* The checks of a triage below HTTP: name, connections, TLS; see triage_looker.h. */
#include "command/triage_looker.h"
#include "engine/certificate.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define DAY_S INT64_C(86400)

static bool is_resolved_elsewhere(const struct looker *k)
{
    return k->plan.net.proxy != NULL || k->plan.net.unix_socket != NULL;
}

static void list_addresses(const struct reach_report *r, struct buf *out)
{
    for (size_t i = 0; i < r->count && i < 4; i++)
        buf_printf(out, "%s%s", i > 0 ? ", " : "", r->addresses[i].text);
    if (r->count + r->unasked > 4)
        buf_printf(out, " and %zu more", r->count + r->unasked - 4);
}

void check_name(struct looker *k, struct check_result *r)
{
    const struct place *p = &k->target->place;
    if (is_resolved_elsewhere(k)) {
        check_say(r, CHECK_SKIPPED, "the proxy does it");
        return;
    }
    reach_resolve(p, &k->reach);
    r->took_ns = k->reach.resolve_ns;
    k->look->facts.name = k->reach.name;
    struct buf list;
    buf_init(&list, 1024);
    list_addresses(&k->reach, &list);
    switch (k->reach.name) {
    case NAME_NOT_ASKED:
        check_say(r, CHECK_FINE, "%s is an address", p->host);
        break;
    case NAME_RESOLVED:
        check_say(r, CHECK_FINE, "%s: %s", p->host, list.data);
        break;
    case NAME_NOT_FOUND:
    case NAME_NO_ANSWER:
        check_say(r, CHECK_FAILED, "%s: %s", p->host, k->reach.why);
        break;
    }
    buf_release(&list);
}

static const char *const reach_words[] = {
    [REACH_NOT_TRIED] = "not tried",
    [REACH_OPEN] = "open",
    [REACH_REFUSED] = "refused",
    [REACH_SILENT] = "no answer",
    [REACH_UNREACHABLE] = "unreachable",
    [REACH_NO_RESOURCE] = "no descriptor or port left on this machine",
};

void check_connect(struct looker *k, struct check_result *r)
{
    struct target_facts *f = &k->look->facts;
    const struct reach_address *closed = NULL;
    int64_t timeout_ns = k->plan.timers.connect_ns;
    if (is_resolved_elsewhere(k)) {
        check_say(r, CHECK_SKIPPED, "the proxy does it");
        return;
    }
    reach_connect(&k->target->place, timeout_ns, &k->reach);
    r->took_ns = k->reach.connect_ns;
    f->addresses = (uint32_t)k->reach.count;
    f->reach = REACH_OPEN;
    for (size_t i = 0; i < k->reach.count; i++) {
        const struct reach_address *a = &k->reach.addresses[i];
        f->open += a->reach == REACH_OPEN;
        if (a->reach != REACH_OPEN && closed == NULL)
            closed = a;
    }
    if (closed == NULL) {
        check_say(r, CHECK_FINE,
                  "port %s is open at %" PRIu32 " of %" PRIu32 " addresses",
                  k->target->place.port, f->open, f->addresses);
        return;
    }
    f->reach = closed->reach;
    check_say(r, f->open > 0 ? CHECK_ODD : CHECK_FAILED,
              "port %s is open at %" PRIu32 " of %" PRIu32 " addresses; %s: %s",
              k->target->place.port, f->open, f->addresses, closed->text,
              reach_words[closed->reach]);
}

static void say_certificate(const struct looker *k, const struct certificate *c,
                            struct check_result *r)
{
    char left[64] = "";
    bool is_good = c->trust == TRUST_GOOD;
    if (c->has_expiry)
        (void)snprintf(left, sizeof left, ", %s %lld days%s",
                       c->left_s < 0 ? "expired" : "valid for",
                       llabs((long long)c->left_s) / DAY_S,
                       c->left_s < 0 ? " ago" : "");
    if (c->subject[0] == '\0' && !is_good)
        check_say(r, CHECK_FAILED, "%s", c->why);
    else
        check_say(r, is_good ? CHECK_FINE : CHECK_FAILED,
                  "%s%s%s%s%s%s, issuer %s, %zu certificate%s%s", is_good ? "" : c->why,
                  is_good ? "" : "; ", k->plan.net.is_insecure ? "not checked; " : "",
                  c->protocol, c->protocol[0] != '\0' ? ", " : "", c->subject,
                  c->issuer, c->chain, c->chain == 1 ? "" : "s", left);
}

void check_tls(struct looker *k, struct check_result *r)
{
    struct target_facts *f = &k->look->facts;
    struct certificate c;
    if (!k->target->place.is_tls) {
        check_say(r, CHECK_SKIPPED, "plain HTTP");
        return;
    }
    certificate_read(&k->plan, looker_target(k)->base_url, k->triage->timeout_ns,
                     k->whole->wall_ns, &c);
    r->took_ns = c.took_ns;
    f->trust = c.trust;
    f->has_certificate = c.has_expiry;
    f->certificate_left_s = c.left_s;
    say_certificate(k, &c, r);
}
