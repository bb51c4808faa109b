/* Rows of one interval; see interval.h. */
#include "measure/interval.h"

void interval_row_sample(struct interval_row *row, const struct sample *s)
{
    enum outcome_kind kind = outcome_rows[s->outcome].kind;
    row->ok += kind == KIND_OK;
    row->failed += kind == KIND_FAILED;
    row->not_sent += kind == KIND_NOT_SENT;
    row->censored += kind == KIND_CENSORED;
    if (kind != KIND_OK)
        return;
    row->prompt_tokens += s->prompt_tokens;
    row->output_tokens += s->output_tokens;
    if (s->value_ns[METRIC_TTFT_SENT] == SAMPLE_UNDEFINED)
        return;
    row->ttft_sent_count++;
    row->ttft_sent_ns += s->value_ns[METRIC_TTFT_SENT];
}

void interval_row_flow(struct interval_row *row, const struct flow *flow)
{
    row->flow.due += flow->due;
    row->flow.sent += flow->sent;
    row->flow.attempts += flow->attempts;
    row->flow.retries += flow->retries;
    row->flow.hedges += flow->hedges;
    row->flow.first_contents += flow->first_contents;
    row->flow.content_events += flow->content_events;
    row->flow.body_bytes += flow->body_bytes;
    for (size_t o = 0; o < OUTCOME_COUNT; o++)
        row->flow.lost[o] += flow->lost[o];
}

/* Attempts beyond the requests; nothing where there are none. */
static void write_attempts(const struct flow *flow, struct jout *j)
{
    bool has_lost = false;
    for (size_t o = 0; o < OUTCOME_COUNT; o++)
        has_lost = has_lost || flow->lost[o] > 0;
    if (flow->retries > 0)
        jout_u64(j, "retries", flow->retries);
    if (flow->hedges > 0)
        jout_u64(j, "hedges", flow->hedges);
    if (!has_lost)
        return;
    jout_object(j, "lost");
    for (size_t o = 0; o < OUTCOME_COUNT; o++)
        if (flow->lost[o] > 0)
            jout_u64(j, outcome_rows[o].name, flow->lost[o]);
    jout_end_object(j);
}

void interval_row_write(const struct interval_row *row, struct jout *j)
{
    jout_u64(j, "due", row->flow.due);
    jout_u64(j, "sent", row->flow.sent);
    jout_u64(j, "attempts", row->flow.attempts);
    jout_u64(j, "done", row->ok + row->failed);
    jout_u64(j, "ok", row->ok);
    jout_u64(j, "failed", row->failed);
    jout_u64(j, "not_sent", row->not_sent);
    jout_u64(j, "censored", row->censored);
    jout_u64(j, "first_contents", row->flow.first_contents);
    jout_u64(j, "content_events", row->flow.content_events);
    jout_u64(j, "prompt_tokens", row->prompt_tokens);
    jout_u64(j, "output_tokens", row->output_tokens);
    jout_u64(j, "body_bytes", row->flow.body_bytes);
    if (row->ttft_sent_count > 0) {
        jout_u64(j, "ttft_sent_count", row->ttft_sent_count);
        int64_t sum_us = row->ttft_sent_ns / NS_PER_US;
        jout_num(j, "ttft_sent_s", (double)sum_us / 1e6);
    }
    write_attempts(&row->flow, j);
}

static void raise_time(int64_t *max, int64_t value)
{
    *max = value > *max ? value : *max;
}

static void raise_share(double *max, int64_t part_ns, int64_t whole_ns)
{
    double share = whole_ns > 0 ? (double)part_ns / (double)whole_ns : 0;
    *max = share > *max ? share : *max;
}

void host_health_add(struct host_health *h, const struct worker_health *w)
{
    raise_time(&h->lag_ns_max, w->lag_ns_max);
    raise_time(&h->stall_ns_max, w->stall_ns_max);
    raise_share(&h->cpu_share_max, w->cpu_ns, w->end_ns - w->begin_ns);
    raise_share(&h->runq_share_max, w->runq_ns, w->end_ns - w->begin_ns);
    h->in_flight += w->in_flight;
    h->in_flight_max += w->in_flight_max;
    h->connections += w->connections;
    h->connects += w->connects;
    h->stamps_kernel += w->stamps_kernel;
    h->stamps_loop += w->stamps_loop;
}

/* Four decimals: a share of an interval is not known better. */
static double rounded(double share)
{
    return (double)(int64_t)(share * 1e4 + 0.5) / 1e4;
}

void host_health_write(const struct host_health *h, int64_t length_ns, struct jout *j)
{
    jout_i64(j, "interval_ms", length_ns / NS_PER_MS);
    jout_i64(j, "lag_us_max", h->lag_ns_max / NS_PER_US);
    jout_i64(j, "stall_us_max", h->stall_ns_max / NS_PER_US);
    jout_u64(j, "in_flight", h->in_flight);
    jout_u64(j, "in_flight_max", h->in_flight_max);
    jout_u64(j, "connections", h->connections);
    jout_u64(j, "connects", h->connects);
    jout_u64(j, "stamps_kernel", h->stamps_kernel);
    jout_u64(j, "stamps_loop", h->stamps_loop);
    jout_num(j, "cpu_share_max", rounded(h->cpu_share_max));
    jout_num(j, "runq_share_max", rounded(h->runq_share_max));
    jout_i64(j, "throttled_us", h->throttled_ns / NS_PER_US);
    jout_u64(j, "samples_lost", h->samples_lost);
    jout_i64(j, "late_ms", h->late_ns / NS_PER_MS);
    jout_u64(j, "gap_count", h->gaps);
}
