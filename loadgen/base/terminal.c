/* What the reader can show; see terminal.h. */
#include "base/terminal.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

unsigned terminal_columns(int fd)
{
    struct winsize size = {0};
    bool is_known = ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return is_known ? size.ws_col : TERMINAL_COLUMNS;
}

size_t terminal_text_columns(int fd)
{
    unsigned columns = terminal_columns(fd);
    return columns < TERMINAL_READABLE ? columns : TERMINAL_READABLE;
}

bool terminal_has_colour(int fd)
{
    return isatty(fd) == 1 && getenv("NO_COLOR") == NULL;
}
