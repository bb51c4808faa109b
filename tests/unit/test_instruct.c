/*
 * Asking for length: the words are read back here, must all be filler words, and
 * must say a number that is asked for or the next one that can be said.
 */
#include "workload/instruct.h"

#include "check.h"
#include "workload/words.h"

#include <stdlib.h>

static bool is_filler(const char *word, size_t length)
{
    for (unsigned i = 0; i < words_next_count; i++)
        if (words_next[i].length == length &&
            memcmp(words_next[i].text, word, length) == 0)
            return true;
    return false;
}

/* 0: no number. */
static uint32_t value_of(const char *word, size_t length)
{
    static const struct {
        const char *word;
        uint32_t value;
    } rows[] = {
        {" one", 1},       {" two", 2},       {" three", 3},    {" four", 4},
        {" five", 5},      {" six", 6},       {" seven", 7},    {" eight", 8},
        {" nine", 9},      {" ten", 10},      {" eleven", 11},  {" twelve", 12},
        {" thirteen", 13}, {" fourteen", 14}, {" fifteen", 15}, {" sixteen", 16},
        {" eighteen", 18}, {" twenty", 20},   {" thirty", 30},  {" forty", 40},
        {" fifty", 50},    {" sixty", 60},    {" seventy", 70},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (strlen(rows[i].word) == length && memcmp(rows[i].word, word, length) == 0)
            return rows[i].value;
    return 0;
}

/* The number between "than" and "words"; every word is checked. */
static uint64_t read_back(const struct buf *text, uint32_t *count)
{
    uint64_t sum = 0, group = 0;
    bool is_number = false;
    *count = 0;
    for (const char *at = text->data; *at != '\0';) {
        size_t length = 1 + strcspn(at + 1, " ");
        CHECK(at[0] == ' ' && is_filler(at, length));
        if (memcmp(at, " hundred", length) == 0)
            group *= 100;
        else if (memcmp(at, " thousand", length) == 0)
            sum = group * 1000, group = 0;
        else if (memcmp(at, " million", length) == 0)
            sum = group * 1000000, group = 0;
        else if (is_number)
            group += value_of(at, length);
        is_number = is_number || (length == 5 && memcmp(at, " than", 5) == 0);
        at += length;
        ++*count;
    }
    return sum + group;
}

static void check_number(uint32_t n)
{
    char name[16];
    struct buf text;
    uint32_t count;
    (void)snprintf(name, sizeof name, "%u", n);
    check_row = name;
    buf_init(&text, 4096);
    instruct_append(&text, n);
    uint64_t said = read_back(&text, &count);
    CHECK_INT(count, instruct_words(n));
    CHECK(count <= INSTRUCT_WORDS_MAX);
    CHECK(said >= n || n > 999999);
    CHECK(said <= n + n / 4 + 2);
    buf_release(&text);
    check_row = NULL;
}

static void numbers(void)
{
    for (uint32_t n = 1; n < 1200; n++)
        check_number(n);
    for (uint32_t n = 1200; n < 1200000; n += 2989)
        check_number(n);
    check_number(10000000);
}

static void the_words_themselves(void)
{
    struct buf text;
    buf_init(&text, 4096);
    instruct_append(&text, 129);
    CHECK_STR(
        text.data,
        " please write one long story with more than one hundred twenty nine words");
    buf_reset(&text);
    instruct_append(&text, 2417);
    CHECK_STR(
        text.data,
        " please write one long story with more than two thousand five hundred words");
    buf_release(&text);
}

int main(void)
{
    RUN(numbers);
    RUN(the_words_themselves);
    return check_report();
}
