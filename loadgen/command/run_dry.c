/*
 * Sending nothing: --print-schedule lists every arrival, --dry-run sums them up
 * and says what the run would need. Both walk the same schedule that the workers
 * would, as the one owner of the shard.
 */
#include "base/units.h"
#include "command/afford.h"
#include "command/body_digest.h"
#include "command/run_plan.h"
#include "measure/hist.h"

#include <inttypes.h>
#include <stdio.h>

/* What a walk adds up. */
struct load_sum {
    uint64_t sessions, requests, prompt_tokens, output_tokens;
    uint64_t second_count, peak_per_s; /* arrivals of the second being walked */
    int64_t second;
    int64_t last_due_ns;
    size_t body_bytes_max;
};

static void add_request(struct load_sum *sum, const struct arrival *a)
{
    size_t bytes = prompt_body_bytes_max(a);
    sum->requests++;
    sum->prompt_tokens += a->prompt_tokens + a->history_tokens;
    sum->output_tokens += a->output_tokens;
    if (bytes > sum->body_bytes_max)
        sum->body_bytes_max = bytes;
}

static void add_session(struct load_sum *sum, const struct arrival *a)
{
    int64_t second = a->due_ns / NS_PER_S;
    if (second != sum->second)
        sum->second_count = 0;
    sum->second = second;
    sum->second_count++;
    if (sum->second_count > sum->peak_per_s)
        sum->peak_per_s = sum->second_count;
    sum->sessions++;
    sum->last_due_ns = a->due_ns;
    add_request(sum, a);
}

/* What prints a schedule; nothing of it when lines are only counted. */
struct printer {
    const struct run_plan *p;
    struct body_digest *bodies; /* NULL: no such column */
};

static int print_arrival(const struct printer *out, const struct arrival *a,
                         struct err *e)
{
    const char *name = out->p->profile->classes[a->class_index].name;
    uint64_t digest = 0;
    if (out->bodies != NULL && body_digest(out->bodies, a, &digest, e) < 0)
        return -1;
    if (a->turn == 0)
        printf("%" PRIu64 "\t%.9f", a->number, (double)a->due_ns / 1e9);
    else
        printf("%" PRIu64 ".%u\t+%.9f", a->number, a->turn, (double)a->think_ns / 1e9);
    printf("\t%s\t%u\t%u", name, a->prompt_tokens, a->output_tokens);
    if (a->turn == 0 && a->has_text)
        printf("\t%" PRIu32, a->text_index + 1);
    if (out->bodies != NULL)
        printf("\t%016" PRIx64, digest);
    printf("\n");
    return 0;
}

/* The turns after the first: due a think time after a reply that nobody sends. */
static int walk_turns(const struct printer *out, const struct schedule *s,
                      const struct arrival *first, struct load_sum *sum, struct err *e)
{
    struct arrival a = *first;
    while (a.turn + 1 < a.turns) {
        struct arrival next;
        schedule_turn(s, &a, &next);
        add_request(sum, &next);
        if (out != NULL && print_arrival(out, &next, e) < 0)
            return -1;
        a = next;
    }
    return 0;
}

static struct schedule *shard_schedule(const struct plan *plan, struct err *e)
{
    struct schedule_spec spec = plan->schedule;
    spec.owner = plan->shard;
    spec.owners = plan->shards;
    return schedule_new(&spec, e);
}

/* out: NULL when lines are only counted. */
static int walk(const struct run_plan *p, struct load_sum *sum,
                const struct printer *out, struct err *e)
{
    struct schedule *s = shard_schedule(&p->plan, e);
    if (s == NULL)
        return -1;
    *sum = (struct load_sum){.second = -1};
    struct arrival a;
    int rc = schedule_next(s, &a, e);
    for (; rc > 0; rc = schedule_next(s, &a, e)) {
        if (a.due_ns >= p->plan.duration_ns)
            break;
        add_session(sum, &a);
        if ((out != NULL && print_arrival(out, &a, e) < 0) ||
            walk_turns(out, s, &a, sum, e) < 0) {
            rc = -1;
            break;
        }
    }
    schedule_free(s);
    return rc < 0 ? -1 : 0;
}

/* The first request of every user: what comes later depends on the server. */
static int walk_users(const struct printer *out, struct err *e)
{
    const struct plan *plan = &out->p->plan;
    struct schedule *s = shard_schedule(plan, e);
    int rc = s == NULL ? -1 : 0;
    for (uint32_t user = 0; rc == 0 && user < schedule_users_max(s); user++) {
        struct arrival a;
        if (rng_owner(plan->schedule.seed, user, plan->shards) != plan->shard)
            continue;
        schedule_user(s, user, 0, &a);
        a.due_ns = a.think_ns;
        rc = print_arrival(out, &a, e);
    }
    schedule_free(s);
    return rc;
}

int run_print_schedule(const struct run_plan *p, const struct run_settings *s,
                       struct err *e)
{
    struct load_sum sum;
    struct body_digest bodies;
    bool has_bodies = s->has_bodies_printed;
    const struct printer out = {p, has_bodies ? &bodies : NULL};
    body_digest_init(&bodies, p, &s->target);
    printf("# number\tdue_s\tclass\tprompt_tokens\toutput_tokens%s%s\n",
           p->corpus != NULL ? "\tprompt" : "", has_bodies ? "\tbody" : "");
    int rc = p->profile->arrival.kind == ARRIVAL_CLOSED ? walk_users(&out, e)
                                                        : walk(p, &sum, &out, e);
    body_digest_release(&bodies);
    return rc;
}

static void print_phases(const struct run_plan *p)
{
    char text[UNITS_TEXT];
    for (size_t i = 0; i < p->plan.schedule.phase_count; i++) {
        const struct phase *f = &p->phases[i];
        bool is_open = p->plan.is_open_ended && f->kind == PHASE_STEADY;
        printf("  phase      %s, %s, %s\n", f->name ? f->name : phase_names[f->kind],
               is_open ? "until the trace ends" : units_format_ns(text, f->duration_ns),
               f->is_measured ? "measured" : "not measured");
    }
}

/* "HTTP/2, 32 streams a connection", local and server addresses, what is between. */
static void print_network(const struct plan *plan)
{
    const struct net_options *net = &plan->net;
    char a[UNITS_TEXT];
    uint32_t streams = net_streams(net, plan->targets[0].base_url);
    printf("  network    HTTP/%s", run_https[net->http]);
    if (net->http == NET_HTTP_2)
        printf(", %u stream%s a connection", streams, streams == 1 ? "" : "s");
    printf(", at most %s connections",
           units_format_count(a, run_plan_connections(plan)));
    if (net->source_count > 0)
        printf(" from %u local address%s", net->source_count,
               net->source_count == 1 ? "" : "es");
    printf("%s%s%s\n", net->proxy ? ", through a proxy" : "",
           net->cert_file ? ", with a client certificate" : "",
           net->is_insecure ? ", certificates not checked" : "");
    for (uint32_t i = 0; i < net->override_count; i++)
        printf("  resolve    %s:%u is %u address%s\n", net->overrides[i].host,
               net->overrides[i].port, net->overrides[i].count,
               net->overrides[i].count == 1 ? "" : "es, in turn");
}

/* "35 % of the ports (2 x 28,232)": those of one server address. */
static void print_ports(const struct plan *plan, const struct host *host)
{
    char a[UNITS_TEXT];
    uint64_t ports = peers_ports(plan, host->ports);
    if (ports == 0) {
        printf("no ports\n");
        return;
    }
    printf("%.0f %% of the ports (",
           100.0 * run_plan_connections(plan) / (double)ports);
    if (plan->net.source_count > 1)
        printf("%u x ", plan->net.source_count);
    printf("%s)\n", units_format_count(a, host->ports));
}

static void print_prompts(const struct run_plan *p)
{
    static const char *const counts[] = {
        [CORPUS_ESTIMATED] = "tokens estimated, at four bytes each, until replies tell",
        [CORPUS_TOKENIZER] = "tokens counted, without the template's",
        [CORPUS_SERVER] = "tokens counted by the server",
    };
    char text[UNITS_TEXT];
    struct buf notes;
    const struct corpus *c = p->corpus;
    if (p->plan.tokenizer != NULL)
        printf("  tokenizer  %s, %s tokens\n", p->tokenizer.version,
               units_format_count(text, bpe_count(p->tokenizer.bpe)));
    if (c == NULL)
        return;
    printf("  prompts    %s of %s, %s; %s\n", units_format_count(text, c->count),
           c->path, c->order == CORPUS_FILE ? "in its order" : "shuffled",
           counts[c->counted]);
    buf_init(&notes, 4096);
    run_plan_prompts_notes(p, "             ", &notes);
    fputs(notes.data, stdout);
    buf_release(&notes);
}

static void print_needs(const struct run_plan *p, const struct host *host,
                        size_t body_bytes)
{
    const struct plan *plan = &p->plan;
    char a[UNITS_TEXT], b[UNITS_TEXT], c[UNITS_TEXT];
    uint64_t series = (uint64_t)plan->profile->class_count * plan->arms;
    uint64_t memory = series * sizeof(struct hist) * 2 * 2 * plan->threads +
                      (uint64_t)METRIC_COUNT * sizeof(struct hist) +
                      (uint64_t)plan->max_in_flight * (16384 + body_bytes);
    printf("  in flight  at most %s, on %u thread%s\n",
           units_format_count(a, plan->max_in_flight), plan->threads,
           plan->threads == 1 ? "" : "s");
    print_network(plan);
    printf("  needs      at most %s of memory, %s descriptors (ulimit -n allows %s), ",
           units_format_bytes(a, memory),
           units_format_count(b, run_plan_descriptors(plan)),
           units_format_count(c, host->nofile));
    print_ports(plan, host);
}

/* What the load will cost and how far its limits go. */
static int price(struct run_plan *p, const struct run_settings *s, struct buf *out,
                 struct err *e)
{
    static const struct afford_labels labels = {"  cost       ", "  budget     ",
                                                "  prices     "};
    return afford_price(p, s, &labels, out, e);
}

int run_print_plan(struct run_plan *p, const struct run_settings *s,
                   const struct host *host, struct err *e)
{
    struct load_sum sum = {0};
    char a[UNITS_TEXT], b[UNITS_TEXT], c[UNITS_TEXT];
    bool is_closed = p->profile->arrival.kind == ARRIVAL_CLOSED;
    struct buf money;
    buf_init(&money, 1u << 16);
    if ((!is_closed && walk(p, &sum, NULL, e) < 0) || price(p, s, &money, e) < 0) {
        buf_release(&money);
        return -1;
    }
    printf("%s: nothing is sent\n", p->profile->name);
    if (p->plan.shards > 1)
        printf("  shard      %" PRIu32 " of %" PRIu32
               ", said by %s: counts are its own\n",
               p->plan.shard, p->plan.shards, p->plan.shard_source);
    print_phases(p);
    print_prompts(p);
    if (is_closed) {
        printf("  load       %s users, each waits for the reply\n",
               units_format_count(a, p->plan.schedule.users));
    } else {
        printf("  requests   %s in %s, %s arrivals in the busiest second\n",
               units_format_count(a, sum.requests),
               units_format_ns(b, p->plan.is_open_ended ? sum.last_due_ns
                                                        : p->plan.duration_ns),
               units_format_count(c, sum.peak_per_s));
        if (p->corpus != NULL && sum.requests > p->corpus->count)
            printf(
                "             each prompt comes %.1f times: a prefix cache will know "
                "it\n",
                (double)sum.requests / p->corpus->count);
        printf("  tokens     %s prompt, %s output at most\n",
               units_format_count(a, sum.prompt_tokens),
               units_format_count(b, sum.output_tokens));
        printf("  body       up to %s\n", units_format_bytes(a, sum.body_bytes_max));
    }
    fputs(money.data, stdout);
    buf_release(&money);
    print_needs(p, host, sum.body_bytes_max);
    return 0;
}
