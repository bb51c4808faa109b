/*
 * The archive of evidence: what was found, what was asked and answered, with which
 * versions. Members, in this order:
 *
 *   triage/triage.json             the last look, and the course of the watch
 *   triage/triage.txt              the same for a person
 *   triage/versions.txt            of gust, libraries and kernel
 *   triage/look-01/checks.json     a look per state, oldest first
 *   triage/look-01/transcript.txt
 *
 * No key, no value of a --header, no user info, no query of a URL is in it. The same
 * looks give the same bytes.
 */
#include "base/tarball.h"
#include "command/triage.h"
#include "engine/transport.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#define ARCHIVE_MAX (64u << 20)
#define TEXT_COLUMNS 100

static void put_versions(struct buf *out)
{
    struct utsname u;
    buf_printf(out, "gust %s\n%s\n", gust_version, transport_version());
    if (uname(&u) == 0)
        buf_printf(out, "%s %s %s\n", u.sysname, u.release, u.machine);
    const char *quirks[QUIRKS_MAX];
    size_t n = transport_quirks(NULL, quirks);
    for (size_t i = 0; i < n; i++)
        buf_printf(out, "libcurl: %s\n", quirks[i]);
}

static void add(struct tarball *tar, const char *name, struct buf *text)
{
    tarball_add(tar, name, text->data, text->len);
    buf_reset(text);
}

static void add_look(struct tarball *tar, size_t number, const struct look *l,
                     const struct triage *t, struct buf *text)
{
    static const struct changes none = {.count = 0};
    char name[TARBALL_NAME_MAX + 1];
    (void)snprintf(name, sizeof name, "triage/look-%02zu/checks.json",
                   number); /* fits */
    triage_json(l, t, &none, true, text);
    add(tar, name, text);
    (void)snprintf(name, sizeof name, "triage/look-%02zu/transcript.txt", number);
    tarball_add(tar, name, l->transcript.data, l->transcript.len);
}

static void add_all(struct tarball *tar, const struct look *looks, size_t n,
                    const struct triage *t, const struct changes *c)
{
    const struct look *last = &looks[n - 1];
    struct buf text;
    buf_init(&text, ARCHIVE_MAX);
    triage_json(last, t, c, true, &text);
    add(tar, "triage/triage.json", &text);
    triage_text(last, t, TEXT_COLUMNS, false, &text);
    add(tar, "triage/triage.txt", &text);
    put_versions(&text);
    add(tar, "triage/versions.txt", &text);
    for (size_t i = 0; i < n; i++)
        add_look(tar, i + 1, &looks[i], t, &text);
    buf_release(&text);
}

/* Whole or not at all: a reader never sees half of it. */
static int write_file(const char *path, const struct buf *bytes, struct err *e)
{
    struct buf partial;
    buf_init(&partial, 8192);
    buf_printf(&partial, "%s.partial", path);
    FILE *f = fopen(partial.data, "we");
    bool is_written = f != NULL && fwrite(bytes->data, 1, bytes->len, f) == bytes->len;
    bool is_closed = f != NULL && fclose(f) == 0;
    int rc = 0;
    if (!is_written || !is_closed || rename(partial.data, path) != 0)
        rc = err_set_errno(e, errno, "--bundle: cannot write %s", path);
    if (rc < 0)
        (void)unlink(partial.data); /* it may not be there */
    buf_release(&partial);
    return rc;
}

int triage_bundle(const char *path, const struct look *looks, size_t n,
                  const struct triage *t, const struct changes *c, struct err *e)
{
    struct tarball tar;
    struct buf bytes;
    tarball_init(&tar, looks[n - 1].wall_ns / NS_PER_S, ARCHIVE_MAX);
    buf_init(&bytes, ARCHIVE_MAX);
    add_all(&tar, looks, n, t, c);
    int rc = tarball_finish(&tar, &bytes, e);
    if (rc == 0)
        rc = write_file(path, &bytes, e);
    buf_release(&bytes);
    tarball_release(&tar);
    return rc;
}
