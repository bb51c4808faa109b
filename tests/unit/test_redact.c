/* Secrets: keys in texts, whole and cut; user info of URLs; values of headers. */
#include "engine/redact.h"

#include "check.h"

#define KEY "sesame-42"

static const struct {
    const char *text, *key, *expected;
} keys[] = {
    {"Invalid key sesame-42!", KEY, "Invalid key *********!"},
    {"sesame-42", KEY, "*********"},
    {"sesame-42sesame-42 sesame-4", KEY, "****************** ********"},
    {"cut off at its end: sesame-", KEY, "cut off at its end: *******"},
    {"a word of it at the end: ses", KEY, "a word of it at the end: ses"},
    {"sesa", KEY, "****"},
    {"sesame-41 is another", KEY, "sesame-41 is another"},
    {"", KEY, ""},
    {"no key", "", "no key"},
    {"no key", NULL, "no key"},
};

static void keys_are_overwritten(void)
{
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        char text[64];
        (void)snprintf(text, sizeof text, "%s", keys[i].text);
        redact_key(text, keys[i].key);
        check_row = keys[i].text;
        CHECK_STR(text, keys[i].expected);
    }
}

static const struct {
    const char *word, *expected;
} urls[] = {
    {"http://127.0.0.1:8000/v1", "http://127.0.0.1:8000/v1"},
    {"http://me:secret@host:80/v1", "http://***@host:80/v1"},
    {"https://me:p@ss@host", "https://***@host"},
    {"http://token@host?x=1", "http://***@host?x=1"},
    {"--target=http://me:secret@host", "--target=http://***@host"},
    {"--proxy=me:secret@host:3128", "--proxy=***@host:3128"},
    {"me:secret@host:3128", "***@host:3128"},
    {"http://host/a@b", "http://host/a@b"},
    {"http://host?a=b@c", "http://host?a=b@c"},
    {"ttft p95 <= 2s", "ttft p95 <= 2s"},
    {"", ""},
};

static void user_info_is_hidden(void)
{
    struct buf b;
    buf_init(&b, 1000);
    for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
        buf_reset(&b);
        redact_url(&b, urls[i].word);
        check_row = urls[i].word;
        CHECK_STR(b.data, urls[i].expected);
    }
    buf_release(&b);
}

static void headers_keep_their_names(void)
{
    struct buf b;
    buf_init(&b, 1000);
    redact_header(&b, "X-Secret: swordfish: twice");
    CHECK_STR(b.data, "X-Secret: ***");
    buf_release(&b);
}

int main(void)
{
    RUN(keys_are_overwritten);
    RUN(user_info_is_hidden);
    RUN(headers_keep_their_names);
    return check_report();
}
