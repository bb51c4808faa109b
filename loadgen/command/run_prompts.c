/*
 * --tokenizer and --prompts: the files are read and checked before anything is sent.
 */
#include "base/units.h"
#include "command/run_plan.h"
#include "workload/exact.h"
#include "workload/tekken.h"

#include <inttypes.h>

static int load_tokenizer(struct run_plan *p, const struct run_settings *s,
                          struct err *e)
{
    if (s->tokenizer == NULL)
        return 0;
    if (tekken_load(s->tokenizer, &p->tokenizer, e) < 0)
        return err_in(e, "--tokenizer");
    p->plan.tokenizer = &p->tokenizer;
    /* calibration and made-up prompts count filler words as one token each */
    return exact_words(&p->tokenizer, e) < 0
               ? err_in(e, "--tokenizer: %s", s->tokenizer)
               : 0;
}

/* Messages only go where there are messages. */
static int check_classes(const struct corpus *c, const struct profile *profile,
                         struct err *e)
{
    for (size_t i = 0; i < profile->class_count; i++) {
        const struct request_class *rc = &profile->classes[i];
        if (rc->api == API_OCR)
            return err_set(e, "--prompts: class %s reads documents, not texts",
                           rc->name);
        if (rc->api != API_CHAT && c->first_messages != UINT32_MAX)
            return err_set(e,
                           "--prompts: %s:%" PRIu32 ": class %s asks for %s, which "
                           "takes no messages, only {\"prompt\": \"...\"}",
                           c->path, c->first_messages_line, rc->name,
                           api_names[rc->api]);
    }
    return 0;
}

int run_plan_prompts(struct run_plan *p, const struct run_settings *s, struct err *e)
{
    if (load_tokenizer(p, s, e) < 0)
        return -1;
    if (s->prompts == NULL)
        return 0;
    p->corpus = corpus_load(s->prompts, (enum corpus_order)s->prompts_order,
                            p->plan.tokenizer, e);
    if (p->corpus == NULL)
        return err_in(e, "--prompts");
    p->plan.corpus = p->corpus;
    p->plan.schedule.corpus = p->corpus;
    return check_classes(p->corpus, p->profile, e);
}

void run_plan_prompts_notes(const struct run_plan *p, const char *label,
                            struct buf *out)
{
    char text[UNITS_TEXT];
    const struct corpus *c = p->corpus;
    if (c != NULL && c->skipped > 0)
        buf_printf(out, "%s%s conversation%s no question with an answer: left out\n",
                   label, units_format_count(text, c->skipped),
                   c->skipped == 1 ? " has" : "s have");
    for (size_t i = 0; c != NULL && i < c->ignored_count; i++)
        buf_printf(out, "%s%s%s", i == 0 ? label : ", ", c->ignored[i],
                   i + 1 == c->ignored_count ? ": not made use of\n" : "");
}
