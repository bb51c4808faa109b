/* Draws and writes the page of a verdict; see verdict_page.h. */
#include "command/verdict_page.h"

#include "render/file.h"
#include "render/verdict_html.h"
#include "render/verdict_plots.h"

#define PAGE_BYTES ((size_t)64 << 20)

int verdict_page_write(const struct verdict *v, const struct testimony *baseline,
                       const struct testimony *canary, const struct policy *policy,
                       const struct verdict_options *options, const char *directory,
                       struct err *e)
{
    struct pictures pictures = {0};
    struct plots plots = {0};
    struct buf out;
    struct pairing *p =
        pairing_new(baseline, canary, options->mode, options->until_s, policy);
    verdict_plots(v, p, &plots);
    pairing_free(p);
    buf_init(&out, PAGE_BYTES);
    int result = pictures_draw(&plots, directory, &pictures, e);
    if (result == 0) {
        verdict_html(v, &pictures, &out);
        result = file_write(directory, "index.html", &out, e);
    }
    buf_release(&out);
    pictures_release(&pictures);
    plots_release(&plots);
    return result;
}
