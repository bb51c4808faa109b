/*
 * Traces: values, formats, broken rows, order, spreading of rounded time stamps.
 * Every file is written by the test into a temporary one.
 */
#include "check.h"

#include "base/buf.h"
#include "workload/spread.h"
#include "workload/trace.h"
#include "workload/trace_split.h"
#include "workload/trace_value.h"

#include <stdlib.h>
#include <unistd.h>

#define S NS_PER_S

static struct field field_of(const char *text)
{
    return (struct field){text, strlen(text)};
}

static void times(void)
{
    static const struct {
        const char *name, *text;
        int64_t unit_ns, expected_ns;
        bool is_good;
    } rows[] = {
        {"azure 2023", "2023-11-16 18:17:03.9799600", S, 1700158623979960000, true},
        {"azure 2024", "2024-02-29 23:59:59.000001+00:00", S, 1709251199000001000,
         true},
        {"T and Z", "2023-11-16T18:17:03Z", S, 1700158623000000000, true},
        {"east", "2023-11-16 20:17:03+02:00", S, 1700158623000000000, true},
        {"west, no colon", "2023-11-16 12:47:03-0530", S, 1700158623000000000, true},
        {"hours only", "2023-11-16 19:17:03+01", S, 1700158623000000000, true},
        {"before 1970", "1969-12-31 23:59:59.5", S, -500000000, true},
        {"ten digits", "2023-11-16 18:17:03.1234567899", S, 1700158623123456789, true},
        {"seconds", "12.5", S, 12500000000, true},
        {"epoch seconds", "1700158623.97996", S, 1700158623979960000, true},
        {"milliseconds", "27482", S / 1000, 27482000000, true},
        {"fraction of ms", "1.0000005", S / 1000, 1000000, true},
        {"nanoseconds", "7", 1, 7, true},
        {"negative", "-0.25", S, -250000000, true},
        {"exponent", "1.5e-05", S, 15000, true},
        {"big exponent", "2E3", S, 2000 * S, true},
        {"empty", "", S, 0, false},
        {"word", "soon", S, 0, false},
        {"tail", "12.5s", S, 0, false},
        {"two points", "1.2.3", S, 0, false},
        {"month 13", "2023-13-16 18:17:03.97996", S, 0, false},
        {"day 0", "2023-11-00 18:17:03.97996", S, 0, false},
        {"hour 24", "2023-11-16 24:17:03.97996", S, 0, false},
        {"zone cut", "2023-11-16 18:17:03+0", S, 0, false},
        {"zone tail", "2023-11-16 18:17:03Zx", S, 0, false},
        {"too far", "9999999999999", S, 0, false},
        {"too many digits", "99999999999999999999999", S, 0, false},
        {"exponent too far", "1e30", S, 0, false},
        {"not a number", "nan", S, 0, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].name;
        int64_t ns = 0;
        bool is_good = value_time(field_of(rows[i].text), rows[i].unit_ns, &ns);
        CHECK_INT(is_good, rows[i].is_good);
        if (rows[i].is_good)
            CHECK_INT(ns, rows[i].expected_ns);
    }
}

static void counts(void)
{
    static const struct {
        const char *text;
        int64_t expected; /* -1: refused */
    } rows[] = {
        {"0", 0},         {"4808", 4808}, {"10000000", 10000000},
        {"10000001", -1}, {"17.0", 17},   {"17.", 17},
        {"17.5", -1},     {"-1", -1},     {"", -1},
        {"1x", -1},       {" 1", -1},     {"18446744073709551617", -1},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].text;
        uint32_t n = 0;
        bool is_good = value_count(field_of(rows[i].text), &n);
        CHECK_INT(is_good ? (int64_t)n : -1, rows[i].expected);
    }
}

static void block_lists(void)
{
    static const struct {
        const char *text;
        int64_t count; /* -1: refused */
        uint64_t last;
    } rows[] = {
        {"[]", 0, 0},     {"[ ]", 0, 0},
        {"[7]", 1, 7},    {"[0, 1,2 , 18446744073709551615]", 4, UINT64_MAX},
        {"[1,]", -1, 0},  {"[,1]", -1, 0},
        {"[1 2]", -1, 0}, {"1,2", -1, 0},
        {"[1", -1, 0},    {"[-1]", -1, 0},
        {"[1]x", -1, 0},  {"[18446744073709551616]", -1, 0},
    };
    static uint64_t ids[TRACE_BLOCKS_MAX]; /* scratch, too large for a stack */
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].text;
        uint32_t n = 0;
        bool is_good = value_blocks(field_of(rows[i].text), ids, &n);
        CHECK_INT(is_good ? (int64_t)n : -1, rows[i].count);
        if (rows[i].count > 0)
            CHECK(ids[rows[i].count - 1] == rows[i].last);
    }
}

/* Fields joined by '|', with '!' behind them when the line is refused. */
static void join(struct buf *out, bool is_json, const char *line)
{
    struct split s = {line, true};
    struct field key = {0}, value;
    int got = is_json ? split_json(&s, &key, &value) : split_csv(&s, &value);
    while (got == 1) {
        buf_printf(out, "%.*s%s%.*s|", (int)key.length, is_json ? key.text : "",
                   is_json ? "=" : "", (int)value.length, value.text);
        got = is_json ? split_json(&s, &key, &value) : split_csv(&s, &value);
    }
    if (got < 0)
        buf_putc(out, '!');
}

static void lines_into_fields(void)
{
    static const struct {
        const char *line, *expected;
        bool is_json;
    } rows[] = {
        {"a,b,c", "a|b|c|", false},
        {"a,,", "a|||", false},
        {"", "|", false},
        {"\"x, y\" , \"say \"\"hi\"\"\",3", "x, y|say \"\"hi\"\"|3|", false},
        {"\"open,1", "!", false},
        {"\"a\"b,1", "!", false},
        {" a b ,\tc\t", "a b|c|", false},
        {"{}", "", true},
        {"{\"a\": 1, \"b\" : \"x\\\"}\" ,\"c\":[1,[2,\"]\"]]} ",
         "a=1|b=x\\\"}|c=[1,[2,\"]\"]]|", true},
        {"{\"a\":{\"b\":{}},\"c\":null}", "a={\"b\":{}}|c=null|", true},
        {"{\"a\":1,}", "a=1|!", true},
        {"{\"a\":1", "a=1|!", true},
        {"{\"a\":1} x", "a=1|!", true},
        {"{\"a\" 1}", "!", true},
        {"{\"a\":}", "!", true},
        {"{\"a\":[1}", "a=[1}|!", true}, /* kinds of brackets are not told apart */
        {"{\"a\":\"x\\", "!", true},
        {"[1]", "!", true},
        {"{,\"a\":1}", "!", true},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf out;
        buf_init(&out, 1024);
        check_row = rows[i].line;
        join(&out, rows[i].is_json, rows[i].line);
        CHECK_STR(out.data, rows[i].expected);
        buf_release(&out);
    }
}

/* A temporary file with this content; unlink and free the path. */
static char *file_of(const char *text, size_t length)
{
    char *path = xstrdup("/tmp/test_trace.XXXXXX");
    int fd = mkstemp(path);
    FILE *f = fdopen(fd, "w");
    CHECK(f && fwrite(text, 1, length, f) == length && fclose(f) == 0);
    return path;
}

static void drop(char *path)
{
    CHECK_INT(unlink(path), 0);
    free(path);
}

static struct trace_spec spec_of(const char *path)
{
    return (struct trace_spec){.path = path, .speed = 1.0, .seed = 42};
}

/* "due_ms prompt output blocks;" per row, then "ok" or the error's text behind
 * the file's name. */
static void replay(const struct trace_spec *spec, struct buf *out)
{
    struct err e = {0};
    struct trace_row row;
    struct trace *t = trace_open(spec, &e);
    int got = t ? trace_next(t, &row, &e) : -1;
    for (; got == 1; got = trace_next(t, &row, &e)) {
        buf_printf(out, "%g %u %u", (double)row.due_ns / 1e6, row.prompt_tokens,
                   row.output_tokens);
        if (row.block_count > 0)
            buf_printf(out, " %ux%u:%u", row.block_count, row.block_tokens,
                       (unsigned)row.blocks[row.block_count - 1]);
        buf_puts(out, ";");
    }
    size_t named = strlen(spec->path);
    if (got < 0)
        CHECK(strncmp(e.text, spec->path, named) == 0);
    buf_puts(out, got < 0 ? e.text + named : "ok");
    trace_close(t);
}

#define AZURE "TIMESTAMP,ContextTokens,GeneratedTokens\n"
#define GENERIC "time,prompt,output\n"

static void formats(void)
{
    static const struct {
        const char *name, *text, *columns, *expected;
        enum trace_format format;
    } rows[] = {
        {"azure, CRLF, no last newline",
         "TIMESTAMP,ContextTokens,GeneratedTokens\r\n"
         "2023-11-16 18:17:03.9799600,4808,10\r\n2023-11-16 18:17:04.0319600,3180,8",
         NULL, "0 4808 10;52 3180 8;ok", TRACE_AUTO},
        {"byte order mark", "\xef\xbb\xbf" AZURE "2024-05-10 00:00:00.5+00:00,1,2\n",
         NULL, "0 1 2;ok", TRACE_AUTO},
        {"burstgpt, a failed row",
         "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n"
         "5,ChatGPT,472,18,490,Conversation log\n45.5,GPT-4,1087,0,1087,API log\n",
         NULL, "0 472 18;40500 1087 1;ok", TRACE_AUTO},
        {"burstgpt 2",
         "Timestamp,Session ID,Elapsed time,Model,Request tokens,Response tokens,Total "
         "tokens,Log Type\n1,7,0.4,\"GPT-4, new\",10,20,30,API log\n",
         NULL, "0 10 20;ok", TRACE_AUTO},
        {"mooncake",
         "{\"timestamp\": 27482, \"input_length\": 6955, \"output_length\": 52, "
         "\"hash_ids\": [46, 47, 2354]}\n"
         "{\"timestamp\": 30535, \"input_length\": 6472, \"output_length\": 26, "
         "\"hash_ids\": [46, 47]}\n",
         NULL, "0 6955 52 3x512:2354;3053 6472 26 2x512:47;ok", TRACE_AUTO},
        {"qwen-bailian",
         "{\"chat_id\":1,\"parent_chat_id\":-1,\"timestamp\":0.5,\"input_length\":20,"
         "\"output_length\":3,\"type\":\"text\",\"turn\":1,\"hash_ids\":[5,6]}\n",
         NULL, "0 20 3 2x16:6;ok", TRACE_AUTO},
        {"generic csv, empty lines", GENERIC "\n0.5,1,2\n\n1,3,4\n\n", NULL,
         "0 1 2;500 3 4;ok", TRACE_AUTO},
        {"generic jsonl", "{\"time\":1,\"prompt\":2,\"output\":3}\n", NULL, "0 2 3;ok",
         TRACE_AUTO},
        {"columns", "id,out,arrived_at,in\nx,3,100,2\ny,5,350,4\n",
         "time=arrived_at,unit=ms,prompt=in,output=out", "0 2 3;250 4 5;ok",
         TRACE_AUTO},
        {"columns over a known format", AZURE "2,7,9\n3,8,8\n",
         "prompt=GeneratedTokens,output=ContextTokens,unit=us", "0 9 7;0.001 8 8;ok",
         TRACE_AZURE},
        {"header only", AZURE, NULL, "ok", TRACE_AUTO},
        {"blocks in csv", "time,prompt,output,b\n0,9,1,\"[1, 2]\"\n",
         "blocks=b,block_tokens=4", "0 9 1 2x4:2;ok", TRACE_AUTO},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf out;
        buf_init(&out, 4096);
        check_row = rows[i].name;
        char *path = file_of(rows[i].text, strlen(rows[i].text));
        struct trace_spec spec = spec_of(path);
        spec.columns = rows[i].columns;
        spec.format = rows[i].format;
        replay(&spec, &out);
        CHECK_STR(out.data, rows[i].expected);
        drop(path);
        buf_release(&out);
    }
}

static void broken_files(void)
{
    static const struct {
        const char *text, *columns, *expected;
    } rows[] = {
        {"", NULL, ": the file is empty"},
        {"\n\n", NULL, ": the file is empty"},
        {"a,b\n1,2\n", NULL,
         ": line 1: no column \"time\" among \"a\", \"b\": name yours with columns "
         "time=...,prompt=...,output=..."},
        {GENERIC "0,1,2\n", "time=when",
         ": line 1: no column \"when\" among \"time\", "
         "\"prompt\", \"output\": name yours with "
         "columns time=...,prompt=...,output=..."},
        {GENERIC "0,1,2\n", "when=time",
         ": columns: unknown key \"when\"; known are time, prompt, output, blocks, "
         "block_tokens, unit"},
        {GENERIC "0,1,2\n", "time",
         ": columns: \"time\" is not KEY=COLUMN[,KEY=COLUMN]"},
        {GENERIC "0,1,2\n", "unit=h", ": columns: unit=h is none of s, ms, us, ns"},
        {GENERIC "0,1,2\n", "block_tokens=0",
         ": columns: block_tokens=0 is out of range 1..10000000"},
        {GENERIC "0,1,2\n1,x7,2\n", NULL,
         "0 1 2;: row 2 (line 3): column \"prompt\": \"x7\" is not a number of tokens"},
        {GENERIC "0,1,2\n\n1,1\n", NULL,
         "0 1 2;: row 2 (line 4): column \"output\" is missing"},
        {GENERIC "noon,1,2\n", NULL,
         ": row 1 (line 2): column \"time\": \"noon\" is not a time"},
        {GENERIC "\"0,1,2\n", NULL,
         ": row 1 (line 2): a quote is not closed in \"\"0,1,2\""},
        {GENERIC "5,1,2\n3.9,1,2\n", NULL,
         "0 1 2;: row 2 (line 3): column \"time\": rows must be in order, but this goes "
         "back by 1.100 s"},
        {GENERIC "5,1,2\n4.5,1,2\n6,1,2\n", NULL, "0 1 2;0 1 2;1000 1 2;ok"},
        {GENERIC "0,1,2\n90000000,1,2\n", NULL,
         "0 1 2;: row 2 (line 3): column \"time\": lies too far behind the first row: "
         "90000000.000 s"},
        {"{\"time\":0,\"prompt\":1,\"output\":2}\n{\"time\":0,\"prompt\":1,\n", NULL,
         "0 1 2;: row 2 (line 2): not a JSON object: \"{\"time\":0,\"prompt\":1,\""},
        {"{\"time\":0,\"prompt\":1,\"output\":2,\"blocks\":3}\n", NULL,
         ": row 1 (line 1): column \"blocks\": \"3\" is not a list of at most 4096 block "
         "ids"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf out;
        buf_init(&out, 4096);
        check_row = rows[i].expected;
        char *path = file_of(rows[i].text, strlen(rows[i].text));
        struct trace_spec spec = spec_of(path);
        spec.columns = rows[i].columns;
        replay(&spec, &out);
        CHECK_STR(out.data, rows[i].expected);
        drop(path);
        buf_release(&out);
    }
}

static void files_that_cannot_be_read(void)
{
    static const struct {
        const char *path, *expected;
        double speed;
    } rows[] = {
        {"/nowhere/trace.csv", "/nowhere/trace.csv: No such file or directory", 1.0},
        {"/tmp", "/tmp: not a regular file", 1.0},
        {"/tmp", "trace speed: 0 is out of range 0.01..1e+09", 0.0},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err e = {0};
        struct trace_spec spec = spec_of(rows[i].path);
        spec.speed = rows[i].speed;
        CHECK(trace_open(&spec, &e) == NULL);
        CHECK_STR(e.text, rows[i].expected);
    }
    trace_close(NULL);
}

static void a_line_without_end(void)
{
    size_t length = 300 * 1024;
    char *text = xcalloc(length, 1);
    memset(text, '1', length);
    memcpy(text, GENERIC "0,1,2\n", strlen(GENERIC "0,1,2\n"));
    char *path = file_of(text, length);
    struct trace_spec spec = spec_of(path);
    struct buf out;
    buf_init(&out, 4096);
    replay(&spec, &out);
    CHECK_STR(out.data, "0 1 2;: line 3 is longer than 262144 bytes");
    buf_release(&out);
    drop(path);
    free(text);
}

static void row_one_million(void)
{
    struct buf text;
    buf_init(&text, 32u << 20);
    buf_puts(&text, GENERIC);
    for (unsigned i = 1; i < 1000000; i++)
        buf_append(&text, "1,12,7\n", 7);
    buf_puts(&text, "1,12O,7\n1,12,7\n");
    char *path = file_of(text.data, text.len);
    struct err e = {0};
    struct trace_spec spec = spec_of(path);
    struct trace *t = trace_open(&spec, &e);
    struct trace_row row = {0};
    uint64_t n = 0;
    int got = trace_next(t, &row, &e);
    for (; got == 1; got = trace_next(t, &row, &e))
        n++;
    CHECK_INT(got, -1);
    CHECK_INT(n, 999999);
    CHECK_STR(e.text + strlen(path), ": row 1000000 (line 1000001): column \"prompt\": "
                                     "\"12O\" is not a number of tokens");
    trace_close(t);
    drop(path);
    buf_release(&text);
}

static void limit_and_speed(void)
{
    const char *text = GENERIC "0,1,1\n1,2,2\n2,3,3\n";
    char *path = file_of(text, strlen(text));
    struct trace_spec spec = spec_of(path);
    struct buf out;
    buf_init(&out, 256);
    spec.limit = 2;
    spec.speed = 4.0;
    replay(&spec, &out);
    CHECK_STR(out.data, "0 1 1;250 2 2;ok");
    buf_release(&out);
    drop(path);
}

static void grids_of_time(void)
{
    static const struct {
        const char *name;
        int64_t step_ns, every, jitter_ns, expected_ns;
        size_t n;
    } rows[] = {
        {"mooncake: 10 rows per 3 s, 3 ms off", 3 * S, 10, 3 * S / 1000, 3 * S, 1000},
        {"burstgpt: whole seconds", S, 2, 0, S, 1000},
        {"one row a second", S, 1, 0, 0, 1000},
        {"few rows", 3 * S, 10, 0, 0, 63},
        {"finer than a second", S / 2, 4, 0, 0, 1000},
        {"too coarse", 120 * S, 4, 0, 0, 1000},
        {"jitter too wide", 3 * S, 10, S / 10, 0, 1000},
        {"all at once", S, 1000000, 0, 0, 1000},
    };
    int64_t stamps[1000];
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].name;
        for (size_t k = 0; k < rows[i].n; k++) {
            int64_t step = (int64_t)k / rows[i].every;
            int64_t wobble = (step % 3 - 1) * rows[i].jitter_ns;
            stamps[k] = 1700000000 * S + step * rows[i].step_ns + wobble;
        }
        CHECK_INT(spread_step_ns(stamps, rows[i].n), rows[i].expected_ns);
    }
}

#define STEPS 40
#define PER_STEP 500

/* Steps of 3 s with a pause of ten minutes in the middle. */
static unsigned step_second(unsigned step)
{
    return 3 * step + (step > STEPS / 2 ? 600 : 0);
}

static char *rounded_file(void)
{
    struct buf text;
    buf_init(&text, 1u << 20);
    buf_puts(&text, GENERIC);
    for (unsigned step = 0; step < STEPS; step++)
        for (unsigned i = 0; i < PER_STEP; i++)
            buf_printf(&text, "%u,%u,2\n", step_second(step), i + 1);
    char *path = file_of(text.data, text.len);
    buf_release(&text);
    return path;
}

static size_t due_times(const struct trace_spec *spec, int64_t *due_ns, size_t max)
{
    struct err e = {0};
    struct trace_row row;
    size_t n = 0;
    struct trace *t = trace_open(spec, &e);
    while (t && n < max && trace_next(t, &row, &e) == 1) {
        CHECK_INT(row.prompt_tokens, n % PER_STEP + 1); /* the file's order is kept */
        due_ns[n++] = row.due_ns;
    }
    CHECK_STR(e.text, "");
    trace_close(t);
    return n;
}

/* Each step keeps its rows, in order, and they lie evenly over it. */
static void rounded_rows_are_spread(void)
{
    static int64_t due_ns[STEPS * PER_STEP];
    char *path = rounded_file();
    struct trace_spec spec = spec_of(path);
    CHECK_INT(due_times(&spec, due_ns, ARRAY_LEN(due_ns)), STEPS * PER_STEP);
    unsigned tenths[10] = {0};
    double sum_gap2 = 0.0;
    for (size_t i = 0; i < ARRAY_LEN(due_ns); i++) {
        unsigned step = (unsigned)(i / PER_STEP);
        int64_t in_step = due_ns[i] - (int64_t)step_second(step) * S;
        CHECK(in_step >= 0 && in_step < 3 * S);
        CHECK(i == 0 || due_ns[i] >= due_ns[i - 1]);
        tenths[in_step * 10 / (3 * S)]++;
        if (i % PER_STEP > 0) {
            double gap = (double)(due_ns[i] - due_ns[i - 1]) / (3e9 / PER_STEP);
            sum_gap2 += gap * gap;
        }
    }
    for (size_t i = 0; i < 10; i++) /* binomial: 2,000 expected, sd 42 */
        CHECK_NEAR(tenths[i], STEPS * PER_STEP / 10, 200);
    /* gaps of uniform order statistics are near exponential: E[gap^2] = 2 */
    CHECK_NEAR(sum_gap2 / (STEPS * (PER_STEP - 1)), 2.0, 0.1);
    drop(path);
}

static void spreading_is_a_function_of_the_seed(void)
{
    static int64_t a[STEPS * PER_STEP], b[STEPS * PER_STEP];
    char *path = rounded_file();
    struct trace_spec spec = spec_of(path);
    CHECK_INT(due_times(&spec, a, ARRAY_LEN(a)), ARRAY_LEN(a));
    spec.limit = 1234; /* cuts a step: the rows before are due as before */
    CHECK_INT(due_times(&spec, b, ARRAY_LEN(b)), 1234);
    CHECK(memcmp(a, b, 1234 * sizeof *a) == 0);
    spec.limit = 0;
    spec.seed = 43;
    CHECK_INT(due_times(&spec, b, ARRAY_LEN(b)), ARRAY_LEN(b));
    CHECK(memcmp(a, b, sizeof a) != 0);
    spec.is_spread_off = true;
    CHECK_INT(due_times(&spec, b, ARRAY_LEN(b)), ARRAY_LEN(b));
    CHECK_INT(b[PER_STEP - 1], 0);
    CHECK_INT(b[PER_STEP], 3 * S);
    drop(path);
}

/* A broken row inside a step is reported at its own place, not a step early. */
static void broken_row_in_a_step(void)
{
    struct buf text, out;
    buf_init(&text, 65536);
    buf_init(&out, 65536);
    buf_puts(&text, GENERIC);
    for (unsigned i = 0; i < 200; i++)
        buf_printf(&text, "%u,%s,2\n", i / 50, i == 175 ? "?" : "1");
    char *path = file_of(text.data, text.len);
    struct trace_spec spec = spec_of(path);
    replay(&spec, &out);
    size_t rows = 0;
    for (const char *at = strchr(out.data, ';'); at; at = strchr(at + 1, ';'))
        rows++;
    CHECK_INT(rows, 175);
    CHECK(strstr(out.data, "row 176 (line 177): column \"prompt\": \"?\"") != NULL);
    drop(path);
    buf_release(&text);
    buf_release(&out);
}

int main(void)
{
    RUN(times);
    RUN(counts);
    RUN(block_lists);
    RUN(lines_into_fields);
    RUN(formats);
    RUN(broken_files);
    RUN(files_that_cannot_be_read);
    RUN(a_line_without_end);
    RUN(row_one_million);
    RUN(limit_and_speed);
    RUN(grids_of_time);
    RUN(rounded_rows_are_spread);
    RUN(spreading_is_a_function_of_the_seed);
    RUN(broken_row_in_a_step);
    return check_report();
}
