/* Where the answers of the verbs of cost go; see cost_options.h. */
#include "command/cost_options.h"

#include "base/terminal.h"
#include "render/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OUTPUT_BYTES (16u << 20)

const char *const cost_formats[] = {"text", "json", "markdown", "html", NULL};

struct price_terms cost_terms(const struct price_settings *s)
{
    return (struct price_terms){.tier = (enum price_tier)s->tier,
                                .is_regional = s->is_regional};
}

static int write_page(const struct sheet *sheet, const char *what,
                      const struct plots *plots, const char *folder, struct buf *out,
                      struct err *e)
{
    struct pictures pictures = {0};
    int rc = plots == NULL ? 0 : pictures_draw(plots, folder, &pictures, e);
    buf_reset(out);
    if (rc == 0)
        sheet_html(sheet, what, plots == NULL ? NULL : &pictures, out);
    pictures_release(&pictures);
    return rc;
}

static int write_files(const struct sheet *sheet, const char *what,
                       const struct plots *plots, const char *folder, struct buf *out,
                       struct err *e)
{
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return err_set_errno(e, errno, "--out: cannot make %s", folder);
    buf_reset(out);
    sheet_json(sheet, out);
    if (file_write(folder, "cost.json", out, e) < 0)
        return -1;
    buf_reset(out);
    sheet_markdown(sheet, out);
    if (file_write(folder, "cost.md", out, e) < 0 ||
        write_page(sheet, what, plots, folder, out, e) < 0)
        return -1;
    return file_write(folder, "index.html", out, e);
}

int cost_put(const struct cost_settings *s, const struct sheet *sheet, const char *what,
             const struct plots *plots, struct err *e)
{
    struct buf out;
    int rc = 0;
    buf_init(&out, OUTPUT_BYTES);
    switch ((enum cost_format)s->format) {
    case COST_TEXT:
        sheet_text(sheet, terminal_text_columns(STDOUT_FILENO),
                   terminal_has_colour(STDOUT_FILENO), &out);
        break;
    case COST_JSON:
        sheet_json(sheet, &out);
        break;
    case COST_MARKDOWN:
        sheet_markdown(sheet, &out);
        break;
    case COST_HTML:
        sheet_html(sheet, what, NULL, &out); /* pictures are files: --out */
        break;
    }
    (void)fwrite(out.data, 1, out.len, stdout); /* main checks stdout at the end */
    if (s->out != NULL)
        rc = write_files(sheet, what, plots, s->out, &out, e);
    if (s->out != NULL && rc == 0)
        fprintf(stderr, "cost: %s/index.html\n", s->out);
    buf_release(&out);
    return rc;
}
