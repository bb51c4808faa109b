/*
 * What a load needs of N machines; see scale.h.
 *
 * Figures per core, as `make bench` measures them on two shared vCPUs: 17 us a request,
 * 10 us an event of its stream, 0.2 us for each arrival of the whole schedule, which
 * every shard walks. Seven tenths of the cores are counted on: a fuller generator is
 * late. The number of connections is the mean in flight and four standard deviations of
 * a Poisson stream.
 *
 * LIMIT: the whole schedule costs every shard the same, so there is a rate that no
 * number of shards sends: 0.7 / 0.2 us = 3.5 M/s per core.
 */
#include "command/scale.h"

#include "base/units.h"
#include "command/shard.h"
#include "engine/host.h"

#include <math.h>
#include <stdio.h>

#define REQUEST_S 17e-6
#define EVENT_S 10e-6
#define ARRIVAL_S 0.2e-6
#define CORES_USED 0.7
#define NAT_PORTS 64512.0 /* 1024 to 65535, of one address to one server address */

const char *const scale_names[SCALE_LIMITS] = {
    [SCALE_PORTS] = "ports",
    [SCALE_DESCRIPTORS] = "descriptors",
    [SCALE_CPU] = "cores",
    [SCALE_NAT] = "nat",
};

const char *const scale_advice[SCALE_LIMITS] = {
    [SCALE_PORTS] = "more shards, several --source-address, or --http 2",
    [SCALE_DESCRIPTORS] = "more shards, or raise ulimit -n",
    [SCALE_CPU] = "more shards, or larger ones",
    [SCALE_NAT] = "more addresses, or no NAT: more shards do not help",
};

/* At a busy moment: the mean and four standard deviations. */
static double busy(double mean)
{
    return mean + 4 * sqrt(mean);
}

static double connections_of(const struct scale_load *l, double shards)
{
    return busy(l->rate_per_s / shards * l->latency_s) / l->streams;
}

static double need_of(enum scale_limit limit, const struct scale_load *l, double shards)
{
    double rate = l->rate_per_s / shards;
    switch (limit) {
    case SCALE_PORTS:
        return connections_of(l, shards);
    case SCALE_DESCRIPTORS:
        return (double)host_descriptors_needed(
            (uint32_t)fmin(connections_of(l, shards), 1e9), 1);
    case SCALE_CPU:
        return rate * (REQUEST_S + l->events * EVENT_S) + l->rate_per_s * ARRIVAL_S;
    case SCALE_NAT:
        return connections_of(l, 1);
    case SCALE_LIMITS:
        break;
    }
    bug("no such limit");
}

static double have_of(enum scale_limit limit, const struct scale_load *l,
                      const struct scale_host *h)
{
    switch (limit) {
    case SCALE_PORTS:
        return (double)h->ports;
    case SCALE_DESCRIPTORS:
        return (double)h->descriptors;
    case SCALE_CPU:
        return h->cores * CORES_USED;
    case SCALE_NAT:
        return NAT_PORTS * l->nat_addresses;
    case SCALE_LIMITS:
        break;
    }
    bug("no such limit");
}

/* The smallest number of shards that fits, by bisection: needs only fall with it. 0:
 * none does. */
static uint32_t shards_needed(enum scale_limit limit, const struct scale_load *l,
                              double have)
{
    uint32_t low = 1, high = SHARDS_MAX;
    if (need_of(limit, l, high) > have)
        return 0;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (need_of(limit, l, middle) > have)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void scale_of(const struct scale_load *load, const struct scale_host *host,
              struct scale *out)
{
    assert(load->shards >= 1 && load->streams >= 1);
    *out = (struct scale){.rate_per_s = load->rate_per_s / load->shards,
                          .connections = connections_of(load, load->shards),
                          .fits = true};
    bool is_hopeless = false;
    for (unsigned i = 0; i < SCALE_LIMITS; i++) {
        enum scale_limit limit = (enum scale_limit)i;
        struct scale_row *r = &out->rows[i];
        r->need = need_of(limit, load, load->shards);
        r->have = have_of(limit, load, host);
        r->fits = r->have <= 0 || r->need <= r->have;
        r->shards_needed = r->have <= 0 ? 1 : shards_needed(limit, load, r->have);
        out->fits = out->fits && r->fits;
        is_hopeless = is_hopeless || r->shards_needed == 0;
        if (r->shards_needed > out->shards_needed)
            out->shards_needed = r->shards_needed;
    }
    if (is_hopeless)
        out->shards_needed = 0;
}

static void write_row(const struct scale_row *r, unsigned i, struct buf *out)
{
    char need[UNITS_TEXT], have[UNITS_TEXT];
    bool is_small = r->have < 1000; /* cores: a fraction matters */
    const char *a = is_small ? units_format_rate(need, r->need)
                             : units_format_count(need, (uint64_t)ceil(r->need));
    const char *b = is_small ? units_format_rate(have, r->have)
                             : units_format_count(have, (uint64_t)r->have);
    buf_printf(out, "  %-5s %-12s needs %s of %s", r->fits ? "ok" : "WARN",
               scale_names[i], a, b);
    if (!r->fits && r->shards_needed > 0)
        buf_printf(out, ": from %u shards on", r->shards_needed);
    buf_printf(out, "%s%s\n", r->fits ? "" : ": ", r->fits ? "" : scale_advice[i]);
}

void scale_write(const struct scale_load *load, const struct scale *s, struct buf *out)
{
    char rate[UNITS_TEXT], own[UNITS_TEXT], latency[UNITS_TEXT], many[UNITS_TEXT];
    buf_printf(out,
               "%s requests/s of %s, on %u shard%s like this host: %s/s and %s "
               "connections each\n",
               units_format_count(rate, (uint64_t)load->rate_per_s),
               units_format_ns(latency, (int64_t)(load->latency_s * 1e9)), load->shards,
               load->shards == 1 ? "" : "s", units_format_rate(own, s->rate_per_s),
               units_format_count(many, (uint64_t)ceil(s->connections)));
    for (unsigned i = 0; i < SCALE_LIMITS; i++)
        if (s->rows[i].have > 0)
            write_row(&s->rows[i], i, out);
    buf_printf(out,
               "  note  %-12s within 10 ms: a second of the sum is then blurred by "
               "1 %%; --clock-check tells\n",
               "clocks");
    if (s->fits)
        buf_printf(out, "  it fits; %u shard%s would do\n", s->shards_needed,
                   s->shards_needed == 1 ? "" : "s");
    else if (s->shards_needed > 0)
        buf_printf(out, "  it does not fit: give it %u shards\n", s->shards_needed);
    else
        buf_puts(out, "  it does not fit, on any number of shards\n");
}
