/* From a finished slot to a struct sample; see account.h. */
#include "engine/account.h"

#include "engine/charge.h"
#include "engine/redact.h"

#include <stdio.h>
#include <string.h>

/* All that the server has to read: history, new text and what follows the cursor. */
static uint32_t prompt_of(const struct arrival *a)
{
    return a->history_tokens + a->prompt_tokens + a->suffix_tokens;
}

static void describe(struct sample *out, const struct arrival *a, uint16_t arm,
                     enum outcome outcome)
{
    *out = (struct sample){
        .number = a->number,
        .turn = a->turn,
        .due_ns = a->due_ns,
        .arm = arm,
        .class_index = a->class_index,
        .phase = a->phase,
        .is_measured = a->is_measured,
        .prompt_asked = prompt_of(a),
        .output_asked = a->output_tokens,
        .stratum = (uint8_t)stratum_of(prompt_of(a)),
        .outcome = (uint8_t)outcome,
    };
    for (int m = 0; m < METRIC_COUNT; m++)
        out->value_ns[m] = SAMPLE_UNDEFINED;
}

void account_not_sent(struct sample *out, const struct arrival *a, uint16_t arm,
                      enum outcome outcome, int64_t now_ns)
{
    assert(outcome_rows[outcome].kind == KIND_NOT_SENT);
    describe(out, a, arm, outcome);
    out->end_ns = now_ns;
}

static int64_t since(int64_t event_ns, int64_t start_ns)
{
    return event_ns == SAMPLE_UNDEFINED ? SAMPLE_UNDEFINED : event_ns - start_ns;
}

/* Latencies of the stream's events, from the due time and from the wire start. */
static void fill_stream_times(struct sample *out, const struct exchange *x)
{
    int64_t due = out->due_ns, wire = x->wire_ns, *v = out->value_ns;
    v[METRIC_TTFT] = since(x->first_content_ns, due);
    v[METRIC_TTFT_SENT] = since(x->first_content_ns, wire);
    if (x->saw_thinking)
        v[METRIC_TTFT_ANSWER] = since(x->first_answer_ns, due);
    v[METRIC_E2E] = since(x->last_content_ns, due);
    v[METRIC_E2E_SENT] = since(x->last_content_ns, wire);
    if (x->first_content_ns == SAMPLE_UNDEFINED)
        return;
    out->decode_ns = x->last_content_ns - x->first_content_ns;
    if (out->output_tokens >= 2)
        v[METRIC_TPOT] = out->decode_ns / (out->output_tokens - 1);
}

static void fill_times(struct sample *out, const struct slot *s)
{
    const struct exchange *x = &s->exchange;
    int64_t *v = out->value_ns;
    v[METRIC_TTFB] = since(x->first_byte_ns, x->wire_ns);
    if (x->ask.is_stream) {
        fill_stream_times(out, x);
    } else {
        v[METRIC_E2E] = since(x->last_byte_ns, out->due_ns);
        v[METRIC_E2E_SENT] = since(x->last_byte_ns, x->wire_ns);
    }
    v[METRIC_FAILURE] = x->end_ns - out->due_ns;
    out->was_reused = !transport_connect_times(s->easy, &v[METRIC_DNS],
                                               &v[METRIC_CONNECT], &v[METRIC_TLS]);
    /* on a new connection the wire begins with its handshake, which is no fault of
     * the generator; a request that was never sent began to wait at its start */
    v[METRIC_LAG] =
        (out->was_reused ? x->wire_ns : s->start_ns) - out->due_ns - s->queue_ns;
    if (s->queue_ns > 0)
        v[METRIC_QUEUE] = s->queue_ns;
}

static void fill_tokens(struct sample *out, const struct exchange *x)
{
    out->content_events = x->content_events;
    out->reads = x->content_reads;
    out->prompt_tokens = x->usage.prompt_tokens;
    out->cached_tokens = x->usage.cached_tokens;
    bool is_told = x->usage.completion_tokens > 0 || x->content_events == 0;
    if (x->usage.is_present && is_told) {
        out->output_tokens = x->usage.completion_tokens;
        out->token_source = TOKENS_USAGE;
    } else if (x->content_events > 0) {
        out->output_tokens = x->content_events;
        out->token_source = TOKENS_COUNTED;
    }
}

static void fill_charge(struct sample *out, const struct plan *plan,
                        const struct slot *s)
{
    struct bill worst = charge_worst(plan, s->target, &s->arrival);
    struct charge charge = charge_of(&s->exchange, s->wire_starts, &worst);
    out->bill = charge.bill;
    out->doubt = charge.doubt;
    out->is_assumed = charge.is_assumed;
    out->cost = charge_price(plan, s->target, out->class_index, &charge.bill);
    out->doubt_cost = charge_price(plan, s->target, out->class_index, &charge.doubt);
}

/* Succeeded, and within every latency limit that applies to it. */
static bool is_good(const struct sample *s, const struct plan *plan)
{
    if (s->outcome != OUTCOME_OK)
        return false;
    for (size_t i = 0; i < plan->slo_count; i++) {
        const struct slo *slo = &plan->slos[i];
        if (slo->kind == SLO_LATENCY && s->value_ns[slo->metric] > slo->limit_ns)
            return false;
    }
    return true;
}

/* What a recorded prompt asked the server to read: as counted, else as the server
 * says; the schedule's number lacks the template, or is an estimate. */
static uint32_t asked_of_text(const struct sample *out, const struct exchange *x,
                              uint32_t expected)
{
    if (expected > 0)
        return expected;
    return x->usage.is_present ? x->usage.prompt_tokens : out->prompt_asked;
}

/* Attempts on the wire, of the whole request where a policy makes several. */
static void count_attempts(struct sample *out, const struct plan *plan,
                           const struct slot *s)
{
    uint32_t hidden = s->wire_starts > 1 ? s->wire_starts - 1 : 0, begun = 1;
    if (plan->policy != NULL) {
        hidden += s->journey.hidden;
        begun = s->journey.begun;
        out->hedges = (uint16_t)s->journey.hedges;
        out->is_later = !s->journey.is_first;
    }
    assert(begun + hidden <= UINT16_MAX); /* CLIENT_ATTEMPTS_MAX, a few hidden each */
    out->attempts = (uint16_t)(begun + hidden);
    out->hidden_attempts = (uint16_t)hidden;
}

/* What the attempts before this one did to its times. */
static void fill_journey(struct sample *out, const struct slot *s)
{
    const struct journey *j = &s->journey;
    if (j->is_first)
        return;
    out->value_ns[METRIC_LAG] = j->lag_ns;
    if (j->waited_ns > 0)
        out->value_ns[METRIC_QUEUE] = j->waited_ns + s->queue_ns;
}

void account_sent(struct sample *out, const struct plan *plan, const struct slot *s,
                  enum outcome outcome)
{
    const struct exchange *x = &s->exchange;
    const struct request_class *c = &plan->profile->classes[s->arrival.class_index];
    describe(out, &s->arrival, s->arm, outcome);
    out->end_ns = x->end_ns;
    out->http = x->http;
    out->curl = (uint16_t)s->code;
    out->items = x->items;
    out->is_flagged = x->is_flagged;
    out->is_refused = x->is_refused;
    out->is_filtered = x->finish == FINISH_CONTENT_FILTER;
    count_attempts(out, plan, s);
    fill_tokens(out, x);
    fill_charge(out, plan, s);
    fill_times(out, s);
    if (plan->policy != NULL)
        fill_journey(out, s);
    uint32_t expected =
        prompt_expected_tokens(&plan->targets[s->target].prompt, &s->arrival);
    if (s->arrival.has_text)
        out->prompt_asked = asked_of_text(out, x, expected);
    out->has_drift =
        x->usage.is_present && expected > 0 && x->usage.prompt_tokens != expected;
    out->is_short = c->force_length && !s->arrival.is_capped &&
                    x->finish == FINISH_STOP &&
                    out->output_tokens < s->arrival.output_tokens;
    out->is_good = is_good(out, plan);
}

void account_journey(struct sample *s, const struct slot *slot, bool is_last_new)
{
    const struct journey *j = &slot->journey;
    const struct bill none = {{0}};
    if (j->begun < 1)
        return; /* no policy */
    if (!is_last_new) {
        s->bill = s->doubt = none;
        s->cost = s->doubt_cost = 0;
    }
    s->extra = j->charged;
    bill_add(&s->doubt, &j->doubt);
    s->cost = money_add(s->cost, j->cost);
    s->extra_cost = j->cost;
    s->doubt_cost = money_add(s->doubt_cost, j->doubt_cost);
    s->is_assumed = s->is_assumed || j->is_assumed;
}

static void copy_text(char *out, size_t size, const char *text, const char *key)
{
    char whole[2048]; /* redacted before it is cut: half a key is a leak too */
    (void)snprintf(whole, sizeof whole, "%s", text);
    redact_key(whole, key);
    size_t length = strnlen(whole, size - 1);
    memcpy(out, whole, length);
    out[length] = '\0';
}

void account_note(struct failure_note *out, const struct slot *s,
                  const struct sample *sample, const struct evidence *ev,
                  const char *key)
{
    const struct exchange *x = &s->exchange;
    *out = (struct failure_note){
        .number = sample->number,
        .due_ns = sample->due_ns,
        .end_ns = sample->end_ns,
        .arm = sample->arm,
        .class_index = sample->class_index,
        .http = sample->http,
        .curl = sample->curl,
        .outcome = sample->outcome,
    };
    copy_text(out->provider_code, sizeof out->provider_code, x->error.provider_code,
              key);
    copy_text(out->correlation_id, sizeof out->correlation_id, x->correlation_id, key);
    const char *id = strchr(s->id_text, ' ');
    copy_text(out->request_id, sizeof out->request_id, id ? id + 1 : "", key);
    char other[2 * MODEL_BYTES + 64];
    const char *text = ev->error_text[0] ? ev->error_text : x->body.data;
    if (sample->outcome == OUTCOME_MODEL_MISMATCH) {
        (void)snprintf(other, sizeof other, "model %s answered, %s was asked for",
                       x->model, x->ask.models[0]);
        text = other;
    }
    copy_text(out->snippet, sizeof out->snippet, text ? text : "", key);
}
