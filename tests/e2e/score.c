/*
 * Scores a run against the server's truth: `score RUN TRUTH`.
 *
 * Prints one "name value" line each: how far the recorded distributions are from
 * the server's (difference of equal percentiles, us), and how many requests of
 * each injected fault ended in each class ("fault <kind> <class> <n>").
 */
#include "base/json.h"
#include "fixtures/join.h"
#include "measure/hist.h"
#include "measure/runread.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pair {
    const char *name;
    struct hist *client, *server;
};

struct cell {
    char fault[64];
    enum outcome outcome;
    uint64_t count;
};

struct score {
    struct pair ttft, gap, e2e, decode;
    struct cell cells[256];
    size_t cell_count;
    uint64_t token_mismatches, hidden;
};

static void add(struct hist *h, int64_t ns)
{
    if (ns >= 0)
        (void)hist_record(h, hist_us(ns), 1);
}

static void count_cell(struct score *s, const char *fault, enum outcome outcome)
{
    size_t i = 0;
    while (i < s->cell_count &&
           (strcmp(s->cells[i].fault, fault) != 0 || s->cells[i].outcome != outcome))
        i++;
    if (i == ARRAY_LEN(s->cells))
        bug("more pairs of fault and class than there is room for");
    if (i == s->cell_count) {
        (void)snprintf(s->cells[i].fault, sizeof s->cells[i].fault, "%s", fault);
        s->cells[i].outcome = outcome;
        s->cell_count++;
    }
    s->cells[i].count++;
}

static void on_joined(void *context, const struct joined *j)
{
    struct score *s = context;
    count_cell(s, j->fault[0] ? j->fault : "none", j->outcome);
    s->hidden += j->hidden_attempts;
    if (j->outcome != OUTCOME_OK)
        return;
    add(s->ttft.client, j->ttft_sent_ns);
    add(s->ttft.server, j->true_ttft_ns);
    add(s->e2e.client, j->e2e_sent_ns);
    add(s->e2e.server, j->true_e2e_ns);
    add(s->decode.client, j->decode_ns);
    add(s->decode.server, j->true_decode_ns);
    s->token_mismatches += j->output_tokens != j->true_output_tokens;
}

static bool on_gaps(void *context, const struct series_name *name, int64_t start_ns,
                    const struct hist_bin *bins, size_t n)
{
    (void)name;
    (void)start_ns;
    struct score *s = context;
    for (size_t i = 0; i < n; i++)
        hist_record_slot(s->gap.client, bins[i].slot, bins[i].count);
    return true;
}

static void add_true_gaps(struct score *s, const json_t *object)
{
    const json_t *events = json_object_get(object, "events_ns");
    if (json_is_null(json_object_get(object, "id")))
        return; /* a calibration request */
    for (size_t i = 1; i < json_array_size(events); i++)
        add(s->gap.server, json_integer_value(json_array_get(events, i)) -
                               json_integer_value(json_array_get(events, i - 1)));
}

static void read_true_gaps(struct score *s, const char *path)
{
    struct err ignored = {0};
    FILE *f = fopen(path, "re");
    char *line = NULL;
    size_t cap = 0;
    while (f != NULL && getline(&line, &cap, f) > 0) {
        json_t *object = json_parse(line, strlen(line), &ignored);
        add_true_gaps(s, object);
        json_decref(object);
    }
    free(line);
    if (f != NULL)
        (void)fclose(f);
}

/* How far apart they are beyond what a slot of the histogram cannot tell: three
 * digits are a millisecond at a second. */
static int64_t error_us(const struct pair *p, double percentile)
{
    int64_t client = hist_percentile_us(p->client, percentile);
    int64_t server = hist_percentile_us(p->server, percentile);
    int64_t apart = client < server ? server - client : client - server;
    size_t slot = hist_slot(client);
    int64_t width = hist_slot_high(slot) - hist_slot_low(slot) + 1;
    return apart > width ? apart - width : 0;
}

static void print_pair(const struct pair *p)
{
    static const double percentiles[] = {50, 95, 99};
    printf("%s_count %" PRIu64 "\n%s_true_count %" PRIu64 "\n", p->name,
           p->client->total, p->name, p->server->total);
    for (size_t i = 0; i < ARRAY_LEN(percentiles); i++)
        printf("%s_p%.0f_error_us %" PRId64 "\n", p->name, percentiles[i],
               error_us(p, percentiles[i]));
}

static void print_score(const struct score *s, const struct join_counts *counts)
{
    printf("records %" PRIu64 "\nmatched %" PRIu64 "\nrepeated %" PRIu64
           "\nhidden %" PRIu64 "\ntoken_mismatches %" PRIu64 "\n",
           counts->records, counts->matched, counts->repeated, s->hidden,
           s->token_mismatches);
    print_pair(&s->ttft);
    print_pair(&s->gap);
    print_pair(&s->e2e);
    print_pair(&s->decode);
    for (size_t i = 0; i < s->cell_count; i++)
        printf("fault %s %s %" PRIu64 "\n", s->cells[i].fault,
               outcome_rows[s->cells[i].outcome].name, s->cells[i].count);
}

static struct pair pair_new(const char *name)
{
    return (struct pair){name, hist_new(), hist_new()};
}

int main(int argc, char **argv)
{
    static struct score s;
    struct err e = {0};
    struct join_counts counts;
    if (argc != 3) {
        fprintf(stderr, "usage: score RUN TRUTH\n");
        return 2;
    }
    s.ttft = pair_new("ttft");
    s.gap = pair_new("gap");
    s.e2e = pair_new("e2e");
    s.decode = pair_new("decode");
    struct runread *run = runread_open(argv[1], &e);
    if (run == NULL || runread_log(run, 1u << METRIC_GAP, on_gaps, &s, &e) < 0 ||
        join_run(argv[1], argv[2], on_joined, &s, &counts, &e) < 0) {
        fprintf(stderr, "score: %s\n", e.text);
        return 1;
    }
    read_true_gaps(&s, argv[2]);
    print_score(&s, &counts);
    runread_close(run);
    return 0;
}
