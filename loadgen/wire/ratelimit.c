/*
 * Headers about limits; see ratelimit.h.
 *
 * A name is matched against patterns: %f is one of limit, remaining, reset; %w is a
 * window. Names without a window carry the row's; its 0 is for families whose value
 * may tell it ("100;w=60"). Numbers are read without a locale; what does not fit
 * into 15 digits is cut there.
 */
#include "wire/ratelimit.h"

#include "base/base.h"

#include <string.h>
#include <strings.h>

#define DAY_S 86400
#define DIGITS_MOST INT64_C(100000000000000) /* 15 digits are kept */
#define EPOCH_S_LEAST INT64_C(1000000000)    /* a reset this large is a date */

const char *const ratelimit_thing_names[RATELIMIT_THINGS] = {"requests", "tokens"};

enum field { FIELD_LIMIT, FIELD_REMAINING, FIELD_RESET, FIELD_COUNT };

static const char *const field_names[FIELD_COUNT] = {"limit", "remaining", "reset"};

static const struct {
    const char *name;
    int32_t window_s;
} windows[] = {
    {"10-second", 10}, {"second", 1},  {"minute", 60},
    {"hour", 3600},    {"day", DAY_S}, {"month", 30 * DAY_S},
};

/* First match wins. Columns: name, of what, window, are tokens charged as used. */
static const struct pattern {
    const char *text;
    enum ratelimit_thing thing;
    int32_t window_s;
    bool is_usage_debited;
} patterns[] = {
    {"x-ratelimit-%f-req-%w", RATELIMIT_REQUESTS, 0, true}, /* Mistral since 2025-09 */
    {"x-ratelimit-%f-tokens-%w", RATELIMIT_TOKENS, 0, true},
    {"x-ratelimit-%f-requests", RATELIMIT_REQUESTS, 60, false}, /* OpenAI */
    {"x-ratelimit-%f-tokens", RATELIMIT_TOKENS, 60, false},
    {"ratelimitbysize-%f", RATELIMIT_TOKENS, 60, true}, /* Mistral before */
    {"x-ratelimitbysize-%f-%w", RATELIMIT_TOKENS, 0, true},
    {"x-ratelimit-%f-%w", RATELIMIT_REQUESTS, 0, false}, /* Kong */
    {"x-ratelimit-%f", RATELIMIT_REQUESTS, 0, false},    /* Envoy, and documented */
    {"ratelimit-%f", RATELIMIT_REQUESTS, 0, false},      /* IETF draft */
};

static const char *const cost_names[] = {
    "x-ratelimit-tokens-query-cost",
    "ratelimitbysize-query-cost",
};

/* ---- text ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(const char *word, const char *text, size_t length)
{
    return strlen(word) == length && strncasecmp(text, word, length) == 0;
}

/* Length of the word if the text starts with it, in any case; else 0. */
static size_t starts(const char *word, const char *text, size_t length)
{
    size_t n = strlen(word);
    return n <= length && strncasecmp(text, word, n) == 0 ? n : 0;
}

/* Digits at the text's start: how many, and their value. */
static size_t read_digits(const char *text, size_t length, int64_t *out)
{
    size_t n = 0;
    int64_t value = 0;
    for (; n < length && is_digit(text[n]); n++)
        if (value < DIGITS_MOST)
            value = value * 10 + (text[n] - '0');
    *out = value;
    return n;
}

/* "1", "1.5", ".5" in billionths; how many bytes, 0: no number. */
static size_t read_decimal(const char *text, size_t length, int64_t *whole,
                           int64_t *billionths)
{
    size_t n = read_digits(text, length, whole);
    *billionths = 0;
    if (n == length || text[n] != '.')
        return n;
    size_t digits = 0;
    int64_t unit = NS_PER_S;
    for (n++; n + digits < length && is_digit(text[n + digits]); digits++) {
        unit /= 10;
        *billionths += (text[n + digits] - '0') * unit;
    }
    bool has_any = n > 1 || digits > 0;
    return has_any ? n + digits : 0;
}

/* Units with their billionths, at most RETRY_AFTER_MAX_NS. unit_ns divides a second
 * or is a multiple of it. */
static int64_t capped_ns(int64_t count, int64_t billionths, int64_t unit_ns)
{
    if (count > RETRY_AFTER_MAX_NS / unit_ns)
        return RETRY_AFTER_MAX_NS;
    int64_t rest_ns = unit_ns < NS_PER_S ? billionths / (NS_PER_S / unit_ns)
                                         : billionths * (unit_ns / NS_PER_S);
    int64_t ns = count * unit_ns + rest_ns;
    return ns < RETRY_AFTER_MAX_NS ? ns : RETRY_AFTER_MAX_NS;
}

/* A number of units that is the whole text, in ns and capped; -1: it is none. */
static int64_t read_wait(const char *text, size_t length, int64_t unit_ns)
{
    int64_t whole, billionths;
    size_t n = read_decimal(text, length, &whole, &billionths);
    if (n == 0 || n != length)
        return RATELIMIT_UNKNOWN;
    return capped_ns(whole, billionths, unit_ns);
}

/* Longer names first. */
static const struct {
    const char *name;
    int64_t unit_ns;
} units[] = {
    {"ms", NS_PER_MS},    {"us", NS_PER_US},      {"s", NS_PER_S},
    {"m", 60 * NS_PER_S}, {"h", 3600 * NS_PER_S}, {"d", DAY_S *NS_PER_S},
};

/* One part of a duration, "6m" of "6m0s"; how many bytes, 0: it is none. */
static size_t read_part(const char *text, size_t length, int64_t *ns)
{
    int64_t whole, billionths;
    size_t n = read_decimal(text, length, &whole, &billionths);
    for (size_t i = 0; n > 0 && i < ARRAY_LEN(units); i++) {
        size_t unit = starts(units[i].name, text + n, length - n);
        if (unit == 0)
            continue;
        *ns = capped_ns(whole, billionths, units[i].unit_ns);
        return n + unit;
    }
    return 0;
}

/* "6m0s", "1h2m", "20ms", "1.5s": in ns and capped; else -1. */
static int64_t read_parts(const char *text, size_t length)
{
    int64_t sum_ns = 0;
    for (size_t at = 0; at < length;) {
        int64_t part_ns;
        size_t n = read_part(text + at, length - at, &part_ns);
        if (n == 0)
            return RATELIMIT_UNKNOWN;
        at += n;
        sum_ns += part_ns;
        if (sum_ns > RETRY_AFTER_MAX_NS)
            sum_ns = RETRY_AFTER_MAX_NS;
    }
    return length > 0 ? sum_ns : RATELIMIT_UNKNOWN;
}

/* ---- dates ---- */

static int month_of(const char *text, size_t length)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    for (int i = 0; length == 3 && i < 12; i++)
        if (strncasecmp(text, names + (size_t)i * 3, 3) == 0)
            return i + 1;
    return 0;
}

/* Days since 1970 of a date of the Gregorian calendar (Hinnant, days_from_civil). */
static int64_t days_since_1970(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = year / 400, of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* "07:28:00" in seconds, or -1. */
static int64_t clock_of(const char *text, size_t length)
{
    int64_t part[3];
    for (size_t i = 0; i < 3; i++) {
        if (length < 2 || read_digits(text, 2, &part[i]) != 2)
            return -1;
        bool is_last = i == 2;
        if (is_last ? length != 2 : length < 3 || text[2] != ':')
            return -1;
        text += is_last ? 2 : 3;
        length -= is_last ? 2 : 3;
    }
    bool is_good = part[0] < 24 && part[1] < 60 && part[2] <= 60;
    return is_good ? part[0] * 3600 + part[1] * 60 + part[2] : -1;
}

/* What the words of a date have said so far; -1 or 0: nothing yet. */
struct date {
    int64_t day, year, clock_s;
    int month;
    bool is_bad;
};

/* The first number is the day, the second the year: so in all three forms. */
static void date_number(struct date *d, int64_t value, size_t digits)
{
    if (d->day < 0 && digits <= 2)
        d->day = value;
    else if (d->year < 0 && digits == 4)
        d->year = value;
    else if (d->year < 0 && digits == 2)
        d->year = value + (value < 70 ? 2000 : 1900);
    else
        d->is_bad = true;
}

static void date_word(struct date *d, const char *word, size_t length)
{
    int64_t value;
    if (memchr(word, ':', length) != NULL)
        d->clock_s = clock_of(word, length);
    else if (read_digits(word, length, &value) == length)
        date_number(d, value, length);
    else if (d->month == 0)
        d->month = month_of(word, length); /* 0 of the name of a day */
}

int64_t ratelimit_date_s(const char *text, size_t length)
{
    struct date d = {.day = -1, .year = -1, .clock_s = -1};
    for (size_t at = 0; at < length;) {
        size_t n = 0;
        while (at + n < length && strchr(" ,-", text[at + n]) == NULL)
            n++;
        if (n > 0)
            date_word(&d, text + at, n);
        at += n + 1;
    }
    bool is_good = !d.is_bad && d.day >= 1 && d.day <= 31 && d.month > 0 &&
                   d.year >= 1970 && d.clock_s >= 0;
    return is_good ? days_since_1970(d.year, d.month, (int)d.day) * DAY_S + d.clock_s
                   : -1;
}

/* ---- headers ---- */

void ratelimit_reset(struct ratelimit *r)
{
    r->count = 0;
    r->query_cost = r->retry_after_ns = RATELIMIT_UNKNOWN;
    r->has_retry_ms = r->is_usage_debited = false;
    r->retry_at_s = r->date_s = 0;
}

static uint32_t index_of(const struct ratelimit *r, enum ratelimit_thing thing,
                         int32_t window_s)
{
    uint32_t i = 0;
    while (i < r->count &&
           (r->budgets[i].thing != thing || r->budgets[i].window_s != window_s))
        i++;
    return i;
}

const struct ratelimit_budget *ratelimit_find(const struct ratelimit *r,
                                              enum ratelimit_thing thing,
                                              int32_t window_s)
{
    uint32_t i = index_of(r, thing, window_s);
    return i < r->count ? &r->budgets[i] : NULL;
}

/* The budget of the key, made when it is new; NULL when there is no room. */
static struct ratelimit_budget *budget_of(struct ratelimit *r,
                                          enum ratelimit_thing thing, int32_t window_s)
{
    uint32_t i = index_of(r, thing, window_s);
    if (i == RATELIMIT_BUDGETS)
        return NULL;
    struct ratelimit_budget *b = &r->budgets[i];
    if (i < r->count)
        return b;
    r->count++;
    *b = (struct ratelimit_budget){.thing = thing,
                                   .window_s = window_s,
                                   .limit = RATELIMIT_UNKNOWN,
                                   .remaining = RATELIMIT_UNKNOWN,
                                   .reset_ns = RATELIMIT_UNKNOWN};
    return b;
}

/* Does the name fit the pattern? Fills what %f and %w stand for. */
static bool fits(const struct pattern *p, const char *name, size_t length,
                 enum field *field, int32_t *window_s)
{
    *window_s = p->window_s;
    for (const char *c = p->text; *c != '\0'; c++) {
        size_t n = 0, i = 0;
        if (*c != '%') {
            n = length > 0 && strncasecmp(name, c, 1) == 0;
        } else if (*++c == 'f') {
            for (; i < FIELD_COUNT && n == 0; i++)
                n = starts(field_names[i], name, length);
            *field = (enum field)(i - 1);
        } else {
            for (; i < ARRAY_LEN(windows) && n == 0; i++)
                n = starts(windows[i].name, name, length);
            *window_s = windows[i - 1].window_s;
        }
        if (n == 0)
            return false;
        name += n;
        length -= n;
    }
    return length == 0;
}

/* A count at the value's start: "100", "100, 100;w=60"; -1 when there is none. */
static int64_t read_count(const char *value, size_t length)
{
    int64_t count;
    size_t n = read_digits(value, length, &count);
    bool is_good = n > 0 && (n == length || strchr(",; .", value[n]) != NULL);
    return is_good ? count : RATELIMIT_UNKNOWN;
}

/* The window that a value names itself: "...;w=60". */
static int32_t window_in(const char *value, size_t length)
{
    int64_t window_s = 0;
    for (size_t i = 0; i + 2 < length; i++) {
        size_t n = starts(";w=", value + i, length - i);
        if (n > 0)
            (void)read_digits(value + i + n, length - i - n, &window_s);
    }
    return window_s <= INT64_C(366) * DAY_S ? (int32_t)window_s : 0;
}

static void take_reset(struct ratelimit_budget *b, const char *value, size_t length)
{
    int64_t whole;
    size_t n = read_digits(value, length, &whole);
    if (n > 0 && n == length && whole >= EPOCH_S_LEAST) {
        b->reset_at_s = whole < EPOCH_S_LEAST * 1000 ? whole : whole / 1000;
        return;
    }
    b->reset_ns = read_wait(value, length, NS_PER_S);
    if (b->reset_ns == RATELIMIT_UNKNOWN)
        b->reset_ns = read_parts(value, length);
}

static void take_field(struct ratelimit *r, const struct pattern *p, enum field field,
                       int32_t window_s, const char *value, size_t length)
{
    int64_t count = read_count(value, length);
    if (field != FIELD_RESET && count == RATELIMIT_UNKNOWN)
        return;
    struct ratelimit_budget *b = budget_of(r, p->thing, window_s);
    if (b == NULL)
        return;
    r->is_usage_debited |= p->is_usage_debited;
    switch (field) {
    case FIELD_LIMIT:
        b->limit = count;
        b->told_window_s = window_in(value, length);
        break;
    case FIELD_REMAINING:
        b->remaining = count;
        break;
    case FIELD_RESET:
        take_reset(b, value, length);
        break;
    case FIELD_COUNT:
        bug("no such field");
    }
}

static void take_retry(struct ratelimit *r, const char *value, size_t length)
{
    int64_t date_s = 0;
    int64_t wait_ns = read_wait(value, length, NS_PER_S);
    if (wait_ns == RATELIMIT_UNKNOWN)
        date_s = ratelimit_date_s(value, length);
    if (r->has_retry_ms)
        return;
    r->retry_after_ns = wait_ns;
    r->retry_at_s = date_s > 0 ? date_s : 0;
}

static void take_retry_ms(struct ratelimit *r, const char *value, size_t length)
{
    int64_t wait_ns = read_wait(value, length, NS_PER_MS);
    if (wait_ns == RATELIMIT_UNKNOWN)
        return;
    r->has_retry_ms = true;
    r->retry_after_ns = wait_ns;
    r->retry_at_s = 0;
}

static bool take_named(struct ratelimit *r, const char *name, size_t name_length,
                       const char *value, size_t length)
{
    if (is_word("retry-after", name, name_length)) {
        take_retry(r, value, length);
        return true;
    }
    if (is_word("retry-after-ms", name, name_length)) {
        take_retry_ms(r, value, length);
        return true;
    }
    if (is_word("date", name, name_length)) {
        int64_t date_s = ratelimit_date_s(value, length);
        r->date_s = date_s > 0 ? date_s : 0;
        return true;
    }
    for (size_t i = 0; i < ARRAY_LEN(cost_names); i++) {
        if (!is_word(cost_names[i], name, name_length))
            continue;
        r->query_cost = read_count(value, length);
        return true;
    }
    return false;
}

bool ratelimit_header(struct ratelimit *r, const char *name, size_t name_length,
                      const char *value, size_t length)
{
    if (name_length == 0 || strchr("rRxXdD", name[0]) == NULL)
        return false; /* most headers, at little cost */
    if (take_named(r, name, name_length, value, length))
        return true;
    if (starts("x-ratelimit", name, name_length) == 0 &&
        starts("ratelimit", name, name_length) == 0)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(patterns); i++) {
        enum field field = FIELD_COUNT;
        int32_t window_s;
        if (!fits(&patterns[i], name, name_length, &field, &window_s))
            continue;
        take_field(r, &patterns[i], field, window_s, value, length);
        return true;
    }
    return false;
}

/* ---- when all are in ---- */

/* From now until a date; -1: nobody knows what time it is. */
static int64_t wait_until(int64_t at_s, int64_t now_ns)
{
    if (now_ns <= 0)
        return RATELIMIT_UNKNOWN;
    if (at_s > now_ns / NS_PER_S + RETRY_AFTER_MAX_NS / NS_PER_S)
        return RETRY_AFTER_MAX_NS;
    int64_t wait_ns = at_s * NS_PER_S - now_ns;
    return wait_ns > 0 ? wait_ns : 0;
}

void ratelimit_settle(struct ratelimit *r, int64_t wall_ns)
{
    bool has_date = r->date_s > 0 && r->date_s < INT64_MAX / NS_PER_S;
    int64_t now_ns = has_date ? r->date_s * NS_PER_S : wall_ns;
    if (r->retry_at_s > 0)
        r->retry_after_ns = wait_until(r->retry_at_s, now_ns);
    r->retry_at_s = 0;
    for (uint32_t i = 0; i < r->count; i++) {
        struct ratelimit_budget *b = &r->budgets[i];
        if (b->reset_at_s > 0)
            b->reset_ns = wait_until(b->reset_at_s, now_ns);
        if (b->window_s == 0)
            b->window_s = b->told_window_s;
        b->reset_at_s = b->told_window_s = 0;
    }
}

bool ratelimit_is_never(const struct ratelimit *r)
{
    for (uint32_t i = 0; i < r->count; i++)
        if (r->budgets[i].limit == 0)
            return true;
    return false;
}

bool ratelimit_is_spent(const struct ratelimit *r)
{
    for (uint32_t i = 0; i < r->count; i++)
        if (r->budgets[i].window_s >= DAY_S && r->budgets[i].remaining == 0)
            return true;
    return false;
}
