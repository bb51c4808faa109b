/* No run speaks twice: not for one side, not for both, whatever its directory. */
#include "check.h"
#include "judge/witness.h"

struct named {
    const char *path, *arm, *id; /* path NULL: no run */
};

static void add(struct testimony *t, const struct named *n)
{
    struct witness *w = witness_new(n->path, n->arm);
    w->facts.run_id = xstrdup(n->id);
    testimony_add(t, w);
}

static void runs_speak_once(void)
{
    static const struct {
        const char *name;
        struct named a[2], b[2]; /* of either side */
        const char *error;       /* "": none */
    } rows[] = {
        {"two runs", {{"x", "t", "1"}}, {{"y", "t", "2"}}, ""},
        {"one run, both sides",
         {{"x", "t", "1"}},
         {{"x", "t", "1"}},
         "x and x are one run, run_id 1: it counts once"},
        {"a copy of a run",
         {{"x", "t", "1"}},
         {{"copy", "t", "1"}},
         "x and copy are one run, run_id 1"},
        {"a copy among the baselines",
         {{"x", "t", "1"}, {"copy", "t", "1"}},
         {{"y", "t", "2"}},
         "x and copy are one run"},
        {"a copy among the canaries",
         {{"x", "t", "1"}},
         {{"y", "t", "2"}, {"z", "t", "2"}},
         "y and z are one run, run_id 2"},
        {"two arms of one run", {{"x", "baseline", "1"}}, {{"x", "canary", "1"}}, ""},
        {"no ids", {{"x", "t", ""}}, {{"y", "t", ""}}, ""},
        {"no ids, one directory",
         {{"x", "t", ""}},
         {{"x", "t", ""}},
         "x and x are one run: it counts once"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct testimony a = {0}, b = {0};
        struct err e = {0};
        check_row = rows[i].name;
        for (size_t k = 0; k < 2; k++) {
            if (rows[i].a[k].path != NULL)
                add(&a, &rows[i].a[k]);
            if (rows[i].b[k].path != NULL)
                add(&b, &rows[i].b[k]);
        }
        bool is_bad = rows[i].error[0] != '\0';
        CHECK_INT(testimony_distinct(&a, &b, &e), is_bad ? -1 : 0);
        CHECK(strncmp(e.text, rows[i].error, strlen(rows[i].error)) == 0);
        testimony_release(&a);
        testimony_release(&b);
    }
}

int main(void)
{
    RUN(runs_speak_once);
    return check_report();
}
