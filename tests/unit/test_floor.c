/* The floor is remembered for this machine only. */
#include "engine/floor.h"

#include "scratch.h"

static const struct host here = {.cores = 2, .kernel = "Linux 6.1.0 x86_64"};
static const struct floor measured = {
    .streams = 200, .events_per_s = 10000.5, .ttft_us_p50 = 40, .ttft_us_p99 = 210};

static void save(void)
{
    struct err e = {0};
    CHECK_INT(floor_save(&here, &measured, &e), 0);
    CHECK_STR(e.text, "");
}

static void remembered_under(const char *variable, const char *other, const char *file)
{
    struct scratch s = scratch_new();
    struct floor f = {0};
    CHECK_INT(unsetenv(other), 0);
    CHECK_INT(setenv(variable, s.path, 1), 0);
    CHECK(!floor_load(&here, &f));
    save();
    CHECK_INT(access(scratch_path(&s, file), R_OK), 0);
    CHECK(floor_load(&here, &f));
    CHECK_INT(f.streams, 200);
    CHECK_NEAR(f.events_per_s, 10000.5, 0);
    CHECK_INT(f.ttft_us_p50, 40);
    CHECK_INT(f.ttft_us_p99, 210);
    scratch_remove(&s);
}

static void it_is_kept_in_the_cache_folder(void)
{
    remembered_under("XDG_CACHE_HOME", "HOME", "gust/floor.json");
    remembered_under("HOME", "XDG_CACHE_HOME", ".cache/gust/floor.json");
}

static void another_machine_has_none(void)
{
    static const struct host others[] = {
        {.cores = 4, .kernel = "Linux 6.1.0 x86_64"},
        {.cores = 2, .kernel = "Linux 6.2.0 x86_64"},
    };
    struct scratch s = scratch_new();
    struct floor f = {0};
    CHECK_INT(setenv("XDG_CACHE_HOME", s.path, 1), 0);
    save();
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        CHECK(!floor_load(&others[i], &f));
    scratch_remove(&s);
}

static void what_is_no_floor_is_none(void)
{
    static const char *const texts[] = {"", "{", "[]", "{\"kernel\":7}", "null"};
    struct scratch s = scratch_new();
    struct floor f = {0};
    CHECK_INT(setenv("XDG_CACHE_HOME", s.path, 1), 0);
    save();
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        scratch_write(scratch_path(&s, "gust/floor.json"), texts[i], strlen(texts[i]));
        check_row = texts[i];
        CHECK(!floor_load(&here, &f));
    }
    scratch_remove(&s);
}

static void without_a_home_it_says_so(void)
{
    struct err e = {0};
    struct floor f = {0};
    CHECK_INT(unsetenv("XDG_CACHE_HOME"), 0);
    CHECK_INT(unsetenv("HOME"), 0);
    CHECK_INT(floor_save(&here, &measured, &e), -1);
    CHECK(strstr(e.text, "HOME") != NULL);
    CHECK(!floor_load(&here, &f));
}

int main(void)
{
    RUN(it_is_kept_in_the_cache_folder);
    RUN(another_machine_has_none);
    RUN(what_is_no_floor_is_none);
    RUN(without_a_home_it_says_so);
    return check_report();
}
