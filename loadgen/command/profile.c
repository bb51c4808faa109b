/*
 * gust profile list, gust profile check: what profiles there are, and whether a
 * file is one; and what all verbs of profiles share (profile.h). Fitting and
 * showing are in profile_fit.c and profile_show.c.
 */
#include "command/profile.h"
#include "base/units.h"
#include "command/commands.h"
#include "workload/lengths.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIST_BYTES_MAX ((size_t)1 << 20)
#define LINE_BYTES_MAX ((size_t)4096)
#define CHECK_DRAWS 20000

void profile_draw(const struct request_class *c, uint64_t n, struct sketch *out)
{
    for (uint64_t i = 0; i < n; i++) {
        struct lengths l = lengths_draw(c, 0, i, 0);
        sketch_add(out, l.prompt, l.output);
    }
}

void profile_arrival_text(const struct arrival_plan *a, struct buf *out)
{
    char text[UNITS_TEXT];
    switch (a->kind) {
    case ARRIVAL_CONSTANT:
    case ARRIVAL_POISSON:
        buf_printf(out, "%s, %s/s", arrival_names[a->kind],
                   units_format_rate(text, a->rate_per_s));
        return;
    case ARRIVAL_GAMMA:
        buf_printf(out, "gamma with CV %.3g, %s/s", a->cv,
                   units_format_rate(text, a->rate_per_s));
        return;
    case ARRIVAL_CLOSED:
        buf_printf(out, "%s users", units_format_count(text, a->users));
        return;
    case ARRIVAL_TRACE:
        buf_puts(out, "as the trace says");
        return;
    }
    bug("arrival kind");
}

static int write_all(int fd, const char *path, const struct buf *text, struct err *e)
{
    size_t done = 0;
    while (done < text->len) {
        ssize_t n = write(fd, text->data + done, text->len - done);
        if (n < 0 && errno != EINTR)
            return err_set_errno(e, errno, "%s", path);
        done += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

int profile_write_new(const char *path, const struct buf *text, struct err *e)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        return err_set_errno(e, errno, "%s", path);
    int result = write_all(fd, path, text, e);
    if (close(fd) != 0)
        result = err_set_errno(e, errno, "%s", path);
    if (result != 0)
        (void)unlink(path); /* what failed was the writing; that is the error */
    return result;
}

/* What is shipped; that nothing is found is an error that says where it should be. */
static int list_shipped(struct buf *out, struct err *e)
{
    if (profile_list(out, e) < 0)
        return -1;
    if (out->len > 0)
        return 0;
    struct buf folders;
    buf_init(&folders, LIST_BYTES_MAX);
    profile_folders(&folders);
    (void)err_set(e, "no profiles in %s; GUST_PROFILE_DIR names a folder",
                  folders.data);
    buf_release(&folders);
    return -1;
}

/* Tabs of profile_list become a column; the names are short. */
static int list(const struct invocation *in)
{
    (void)in;
    struct err e = {0};
    struct buf text;
    buf_init(&text, LIST_BYTES_MAX);
    int result = list_shipped(&text, &e);
    for (const char *line = text.data; result == 0 && *line != '\0';) {
        size_t length = strcspn(line, "\n"), name = strcspn(line, "\t\n");
        const char *title = line + name + (name < length);
        printf("%-24.*s %.*s\n", (int)name, line, (int)(line + length - title), title);
        line += length + (line[length] == '\n');
    }
    buf_release(&text);
    return result == 0 ? EXIT_GO : command_fail(&e, EXIT_USAGE);
}

/* "chat: 1,155 in, 211 out, 75 %" */
static void say_class(const struct request_class *c, struct buf *out)
{
    char count[UNITS_TEXT];
    struct sketch s;
    sketch_init(&s);
    profile_draw(c, CHECK_DRAWS, &s);
    double prompt = sketch_mean(&s, SKETCH_PROMPT),
           output = sketch_mean(&s, SKETCH_OUTPUT);
    if (c->api == API_OCR)
        buf_printf(out, "%s of %u x %u pixels", c->name, c->image.width,
                   c->image.height);
    else
        buf_printf(out, "%s %s", c->name,
                   units_format_count(count, (uint64_t)(prompt + 0.5)));
    if (api_generates(c->api))
        buf_printf(out, " -> %s", units_format_count(count, (uint64_t)(output + 0.5)));
    buf_printf(out, " (%.3g %%)", c->weight * 100.0);
    sketch_release(&s);
}

static void say_ok(const struct profile *p)
{
    struct buf line;
    buf_init(&line, LINE_BYTES_MAX);
    buf_printf(&line, "ok %s: ", p->name);
    profile_arrival_text(&p->arrival, &line);
    buf_puts(&line, "; mean tokens ");
    for (size_t i = 0; i < p->class_count; i++) {
        buf_puts(&line, i > 0 ? ", " : "");
        say_class(&p->classes[i], &line);
    }
    puts(line.data);
    buf_release(&line);
}

static int check_one(const char *name)
{
    struct err e = {0};
    struct profile *p = profile_load(name, &e);
    if (p == NULL)
        return command_fail(&e, EXIT_USAGE);
    say_ok(p);
    profile_free(p);
    return EXIT_GO;
}

static int check_shipped(void)
{
    struct err e = {0};
    struct buf names;
    int worst = EXIT_GO;
    buf_init(&names, LIST_BYTES_MAX);
    if (list_shipped(&names, &e) != 0)
        worst = command_fail(&e, EXIT_USAGE);
    for (char *line = names.data; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        bool is_last = line[length] == '\0';
        line[strcspn(line, "\t\n")] = '\0';
        int code = check_one(line);
        worst = code > worst ? code : worst;
        line += length + !is_last;
    }
    buf_release(&names);
    return worst;
}

static int check(const struct invocation *in)
{
    int worst = EXIT_GO;
    if (in->args.count == 0)
        return check_shipped();
    for (size_t i = 0; i < in->args.count; i++) {
        int code = check_one(in->args.items[i]);
        worst = code > worst ? code : worst;
    }
    return worst;
}

static const struct opt no_options[] = {{.name = NULL}};

const struct command command_profile_list = {
    .name = "profile list",
    .summary = "list the shipped profiles",
    .usage = "",
    .description =
        "Prints the name and the title of every profile that a name can stand "
        "for, in the order of the alphabet. GUST_PROFILE_DIR adds a folder. Where none "
        "is found, the error says where it looked and the exit code is 2.",
    .examples = "gust profile list",
    .options = no_options,
    .run = list,
};

const struct command command_profile_check = {
    .name = "profile check",
    .summary = "say whether files are valid profiles",
    .usage = "[PROFILE...]",
    .description =
        "Reads each profile (a file, or the name of a shipped one; all shipped ones when "
        "none is named) and prints one line: arrivals, and for each class its mean "
        "prompt -> output tokens and its share of the requests. A broken profile is an "
        "error that names the JSON path, and the exit code is 2; the others are checked "
        "all the same.",
    .examples = "gust profile check my.json\ngust profile check",
    .options = no_options,
    .args_max = 1000,
    .run = check,
};
