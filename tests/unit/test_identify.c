/* Where a server keeps what it says of itself. */
#include "engine/identify.h"

#include "check.h"

static void the_root_is_scheme_and_host(void)
{
    static const struct {
        const char *base, *root;
    } rows[] = {
        {"http://h", "http://h"},
        {"http://h:8000/", "http://h:8000"},
        {"https://[::1]:8000/v1", "https://[::1]:8000"},
        {"https://user:word@h/a/v1", "https://user:word@h"},
        {"https://h?version=1/2", "https://h"},
        {"https://h/v1?version=1", "https://h"},
        {"https://h#/v1", "https://h"},
        {"h:8000/v1", "h:8000"},
        {"", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf out;
        buf_init(&out, 256);
        check_row = rows[i].base;
        identify_root(rows[i].base, &out);
        CHECK_STR(out.data, rows[i].root);
        buf_release(&out);
    }
}

int main(void)
{
    RUN(the_root_is_scheme_and_host);
    return check_report();
}
