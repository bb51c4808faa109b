/* The journal of a search: what was written is there again, whatever it was killed in
 * the middle of. */
#include "judge/journal.h"

#include "scratch.h"

#include <math.h>

static const struct journal_fact facts[] = {{"profile", "assistant"}, {"seed", "1"}};

static struct capacity_point point_of(double load)
{
    struct capacity_point p = {.load = load,
                               .phase = CAPACITY_BISECT,
                               .state = CAPACITY_PASS,
                               .seed = 7,
                               .requests = 10,
                               .took_s = 3,
                               .slos = {{9, 10, 8.5}}};
    (void)snprintf(p.trial, sizeof p.trial, "trials/%03.0f", load);
    return p;
}

/* A journal of so many trials, and its bytes. */
static size_t write_journal(struct scratch *s, size_t trials, char *text, size_t size)
{
    struct err e = {0};
    struct journal *j =
        journal_begin(s->path, "2026-11-21T00:00:00Z", facts, ARRAY_LEN(facts), &e);
    CHECK(j != NULL);
    for (size_t i = 1; j != NULL && i <= trials; i++) {
        struct capacity_point p = point_of((double)i);
        CHECK_INT(journal_append(j, &p, 1, &e), 0);
    }
    journal_close(j);
    FILE *f = fopen(scratch_path(s, JOURNAL_FILE), "r");
    size_t length = f != NULL ? fread(text, 1, size, f) : 0;
    CHECK(f != NULL && length > 0 && length < size);
    if (f != NULL)
        (void)fclose(f);
    return length;
}

static void write_bytes(struct scratch *s, const char *text, size_t length)
{
    FILE *f = fopen(scratch_path(s, JOURNAL_FILE), "w");
    CHECK(f != NULL && fwrite(text, 1, length, f) == length && fclose(f) == 0);
}

static size_t lines_in(const char *text, size_t length)
{
    size_t n = 0;
    for (size_t i = 0; i < length; i++)
        n += text[i] == '\n';
    return n;
}

/* Cut after any number of bytes it goes on from its last whole line. */
static void goes_on_from_anywhere(void)
{
    struct scratch s = scratch_new();
    char text[8192], again[8192];
    size_t length = write_journal(&s, 3, text, sizeof text);
    for (size_t cut = 0; cut <= length; cut++) {
        struct capacity c;
        struct err e = {0};
        struct capacity_point p = point_of(99);
        size_t lines = lines_in(text, cut);
        capacity_init(&c);
        write_bytes(&s, text, cut);
        struct journal *j = journal_resume(s.path, facts, ARRAY_LEN(facts), &c, &e);
        CHECK_INT(j != NULL, lines > 0);
        CHECK_INT(c.point_count, lines > 0 ? lines - 1 : 0);
        if (j != NULL) {
            CHECK_STR(c.started, "2026-11-21T00:00:00Z");
            CHECK_INT(journal_append(j, &p, 1, &e), 0);
        }
        journal_close(j);
        capacity_release(&c);
        FILE *f = fopen(scratch_path(&s, JOURNAL_FILE), "r");
        size_t n = f != NULL ? fread(again, 1, sizeof again, f) : 0;
        CHECK(lines == 0 || lines_in(again, n) == lines + 1);
        if (f != NULL)
            (void)fclose(f);
    }
    scratch_remove(&s);
}

static const struct {
    const char *name, *text, *error;
} bad_rows[] = {
    {"empty", "", "is empty"},
    {"no header", "{}\n", "line 1: schema: "},
    {"newer", "{\"schema\":2}\n", "schema: 2 is out of range"},
    {"another seed",
     "{\"schema\":1,\"started\":\"x\",\"profile\":\"assistant\",\"seed\":\"2\"}\n",
     "was searched with seed \"2\", not \"1\""},
    {"a fact is missing",
     "{\"schema\":1,\"started\":\"x\",\"profile\":\"assistant\"}\n", "seed: "},
    {"a broken trial",
     "{\"schema\":1,\"started\":\"x\",\"profile\":\"assistant\",\"seed\":\"1\"}\n{\n",
     "line 2: "},
};

static void refuses_what_is_not_its_own(void)
{
    struct scratch s = scratch_new();
    for (size_t i = 0; i < ARRAY_LEN(bad_rows); i++) {
        struct capacity c;
        struct err e = {0};
        check_row = bad_rows[i].name;
        capacity_init(&c);
        write_bytes(&s, bad_rows[i].text, strlen(bad_rows[i].text));
        CHECK(journal_resume(s.path, facts, ARRAY_LEN(facts), &c, &e) == NULL);
        if (strstr(e.text, bad_rows[i].error) == NULL)
            CHECK_STR(e.text, bad_rows[i].error);
        capacity_release(&c);
    }
    struct capacity c;
    struct err e = {0};
    capacity_init(&c);
    CHECK(journal_resume("/nowhere", facts, ARRAY_LEN(facts), &c, &e) == NULL);
    CHECK(strstr(e.text, "/nowhere/capacity.jsonl") != NULL);
    capacity_release(&c);
    scratch_remove(&s);
}

int main(void)
{
    RUN(goes_on_from_anywhere);
    RUN(refuses_what_is_not_its_own);
    return check_report();
}
