/*
 * What documents say, by both readers. Facts are compared as text: "c1" choices,
 * "i0" index of the last, "f1" finished bits, the finish reason, the flags, "b5"
 * bytes of text, "u12/3/0/0" usage (prompt, completion, cached, reasoning), "n2"
 * items, and "m:" the model.
 */
#include "check.h"
#include "fence.h"

#include "base/buf.h"
#include "wire/reply.h"

#include <jansson.h>

static const char *const finish_names[] = {
    [FINISH_NONE] = "",
    [FINISH_STOP] = " stop",
    [FINISH_LENGTH] = " length",
    [FINISH_TOOL] = " tool",
    [FINISH_CONTENT_FILTER] = " filter",
    [FINISH_CONTEXT] = " context",
    [FINISH_ERROR] = " error",
    [FINISH_OTHER] = " other",
};

static void describe(const struct reply *r, struct buf *out)
{
    buf_reset(out);
    buf_printf(out, "c%u i%u f%x%s", r->choices, r->choice_index, r->finished,
               finish_names[r->finish]);
    buf_printf(out, "%s%s%s%s%s%s", r->has_role ? " role" : "",
               r->has_content ? " content" : "", r->has_thinking ? " thinking" : "",
               r->has_tool ? " tools" : "", r->has_refusal ? " refusal" : "",
               r->is_done ? " done" : "");
    if (r->content_bytes > 0)
        buf_printf(out, " b%u", r->content_bytes);
    if (r->usage.is_present)
        buf_printf(out, " u%u/%u/%u/%u", r->usage.prompt_tokens,
                   r->usage.completion_tokens, r->usage.cached_tokens,
                   r->usage.reasoning_tokens);
    if (r->items > 0)
        buf_printf(out, " n%u", r->items);
    if (r->is_flagged)
        buf_puts(out, " flagged");
    if (r->model[0] != '\0')
        buf_printf(out, " m:%s", r->model);
    if (r->is_error)
        buf_printf(out, " ERROR %d [%s] %s", r->error_code, r->provider_code,
                   r->error_text);
}

enum path {
    SCAN,  /* both readers take it */
    PARSE, /* the scanner leaves it to jansson */
    BAD,   /* neither takes it */
};

#define CHUNK(choice) "{\"id\":\"x\",\"model\":\"m\",\"choices\":[" choice "]}"
#define DELTA(delta) CHUNK("{\"index\":0,\"delta\":{" delta "},\"finish_reason\":null}")
#define FINISH(name) CHUNK("{\"index\":0,\"delta\":{},\"finish_reason\":" name "}")
#define USAGE(usage) "{\"choices\":[],\"usage\":" usage "}"

static const struct {
    const char *name;
    enum path path;
    const char *json, *expected;
} rows[] = {
    /* content */
    {"role chunk", SCAN, DELTA("\"role\":\"assistant\",\"content\":\"\""),
     "c1 i0 f0 role m:m"},
    {"role, null content", SCAN, DELTA("\"role\":\"assistant\",\"content\":null"),
     "c1 i0 f0 role m:m"},
    {"content", SCAN, DELTA("\"content\":\"Hello\""), "c1 i0 f0 content b5 m:m"},
    {"escapes", SCAN, DELTA("\"content\":\"\\n\\\"\\u00e9\\u4e16\\ud83d\\ude00\\/\""),
     "c1 i0 f0 content b12 m:m"},
    {"zero byte in content", SCAN, DELTA("\"content\":\"\\u0000\""),
     "c1 i0 f0 content b1 m:m"},
    {"utf-8", SCAN, DELTA("\"content\":\"\xc3\xa9\xe4\xb8\x96\xf0\x9f\x98\x80\""),
     "c1 i0 f0 content b9 m:m"},
    {"reasoning", SCAN, DELTA("\"reasoning\":\"hm\""), "c1 i0 f0 thinking b2 m:m"},
    {"reasoning_content", SCAN, DELTA("\"content\":null,\"reasoning_content\":\"hm\""),
     "c1 i0 f0 thinking b2 m:m"},
    {"thinking parts", PARSE,
     DELTA("\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\","
           "\"text\":\"Okay\"}]}]"),
     "c1 i0 f0 thinking b4 m:m"},
    {"no thinking parts", PARSE,
     DELTA("\"content\":[{\"type\":\"thinking\",\"thinking\":[]}]"), "c1 i0 f0 m:m"},
    {"thinking as text", PARSE,
     DELTA("\"content\":[{\"type\":\"thinking\",\"thinking\":\"hm\"}]"),
     "c1 i0 f0 thinking b2 m:m"},
    {"thinking and text parts", PARSE,
     DELTA("\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"text\":\"a\"}]},"
           "{\"type\":\"text\",\"text\":\"bc\"}]"),
     "c1 i0 f0 content thinking b3 m:m"},
    {"parts of other kinds", PARSE,
     DELTA("\"content\":[{\"type\":\"reference\",\"reference_ids\":[1]}]"),
     "c1 i0 f0 m:m"},
    {"tool call", PARSE,
     DELTA("\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{}\"}}]"),
     "c1 i0 f0 tools m:m"},
    {"no tool calls", SCAN, DELTA("\"content\":\"a\",\"tool_calls\":null"),
     "c1 i0 f0 content b1 m:m"},
    {"empty tool calls", SCAN, DELTA("\"content\":\"a\",\"tool_calls\":[ ]"),
     "c1 i0 f0 content b1 m:m"},
    {"old function call", PARSE, DELTA("\"function_call\":{\"name\":\"f\"}"),
     "c1 i0 f0 tools m:m"},
    {"refusal", PARSE, DELTA("\"refusal\":\"no\""), "c1 i0 f0 refusal m:m"},
    {"null refusal", SCAN, DELTA("\"content\":\"a\",\"refusal\":null"),
     "c1 i0 f0 content b1 m:m"},
    {"completion", SCAN, "{\"choices\":[{\"index\":0,\"text\":\" upon\"}]}",
     "c1 i0 f0 content b5"},
    {"padding and unknown members", SCAN,
     "{\"p\":\"abc\",\"choices\":[{\"delta\":{\"content\":\"a\",\"x\":[{}]},"
     "\"logprobs\":{\"content\":[{\"logprob\":-9.5e-05,\"top\":[[],{}]}]}}],"
     "\"nvext\":{\"a\":[1,-2.5,true,false,null]}}",
     "c1 i0 f0 content b1"},
    {"blanks everywhere", SCAN,
     " { \"choices\" : [ { \"index\" : 0 , \"delta\" : { \"content\" : \"a\" } } ] }\n",
     "c1 i0 f0 content b1"},
    {"whole answer", SCAN,
     "{\"model\":\"m\",\"choices\":[{\"index\":0,\"finish_reason\":\"stop\",\"message\":"
     "{\"role\":\"assistant\",\"tool_calls\":null,\"content\":\"Hi\"}}],"
     "\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":1,\"total_tokens\":4}}",
     "c1 i0 f1 stop role content b2 u3/1/0/0 m:m"},
    /* choices */
    {"second choice", SCAN,
     CHUNK("{\"index\":1,\"delta\":{},\"finish_reason\":\"stop\"}"),
     "c1 i1 f2 stop m:m"},
    {"two choices", SCAN,
     CHUNK("{\"index\":0,\"finish_reason\":\"stop\"},"
           "{\"index\":1,\"finish_reason\":\"length\"}"),
     "c2 i1 f3 length m:m"},
    {"choices without index", SCAN,
     CHUNK("{\"finish_reason\":\"stop\"},{\"finish_reason\":\"stop\"}"),
     "c2 i1 f3 stop m:m"},
    {"choice 31", SCAN, CHUNK("{\"index\":31,\"finish_reason\":\"stop\"}"),
     "c1 i31 f80000000 stop m:m"},
    {"choice 32 has no bit", SCAN, CHUNK("{\"index\":32,\"finish_reason\":\"stop\"}"),
     "c1 i32 f0 stop m:m"},
    {"no choices", SCAN, "{\"choices\":[]}", "c0 i0 f0"},
    {"null delta", SCAN, CHUNK("{\"index\":null,\"delta\":null}"), "c1 i0 f0 m:m"},
    {"null choices", PARSE, "{\"choices\":null}", "c0 i0 f0"},
    {"long index", PARSE, CHUNK("{\"index\":4294967295}"), "c1 i4294967295 f0 m:m"},
    /* finish reasons */
    {"null finish", SCAN, FINISH("null"), "c1 i0 f0 m:m"},
    {"empty finish", SCAN, FINISH("\"\""), "c1 i0 f0 m:m"},
    {"stop", SCAN, FINISH("\"stop\""), "c1 i0 f1 stop m:m"},
    {"eos_token", SCAN, FINISH("\"eos_token\""), "c1 i0 f1 stop m:m"},
    {"stop_sequence", SCAN, FINISH("\"stop_sequence\""), "c1 i0 f1 stop m:m"},
    {"length", SCAN, FINISH("\"length\""), "c1 i0 f1 length m:m"},
    {"tool_calls", SCAN, FINISH("\"tool_calls\""), "c1 i0 f1 tool m:m"},
    {"content_filter", SCAN, FINISH("\"content_filter\""), "c1 i0 f1 filter m:m"},
    {"model_length", SCAN, FINISH("\"model_length\""), "c1 i0 f1 context m:m"},
    {"error", SCAN, FINISH("\"error\""), "c1 i0 f1 error m:m"},
    {"abort", SCAN, FINISH("\"abort\""), "c1 i0 f1 error m:m"},
    {"parse_error", SCAN, FINISH("\"parse_error\""), "c1 i0 f1 error m:m"},
    {"unknown finish", SCAN, FINISH("\"stopped\""), "c1 i0 f1 other m:m"},
    {"escaped finish", PARSE, FINISH("\"st\\u006fp\""), "c1 i0 f1 stop m:m"},
    /* usage */
    {"usage", SCAN, USAGE("{\"prompt_tokens\":12,\"completion_tokens\":3}"),
     "c0 i0 f0 u12/3/0/0"},
    {"usage null", SCAN, USAGE("null"), "c0 i0 f0"},
    {"usage empty", SCAN, USAGE("{}"), "c0 i0 f0"},
    {"usage with details", SCAN,
     USAGE("{\"prompt_tokens\":12,\"completion_tokens\":3,"
           "\"prompt_tokens_details\":{\"cached_tokens\":8,\"audio_tokens\":0},"
           "\"completion_tokens_details\":{\"reasoning_tokens\":2}}"),
     "c0 i0 f0 u12/3/8/2"},
    {"usage with null details", SCAN,
     USAGE("{\"prompt_tokens\":12,\"completion_tokens\":3,"
           "\"prompt_tokens_details\":null}"),
     "c0 i0 f0 u12/3/0/0"},
    {"usage, prompt_tokens null", SCAN,
     USAGE("{\"prompt_tokens\":null,\"completion_tokens\":3}"), "c0 i0 f0 u0/3/0/0"},
    {"usage, all null", SCAN,
     USAGE("{\"prompt_tokens\":null,\"completion_tokens\":null}"), "c0 i0 f0"},
    {"usage, other places", SCAN,
     USAGE("{\"prompt_tokens\":12,\"num_cached_tokens\":4,\"reasoning_tokens\":1}"),
     "c0 i0 f0 u12/0/4/1"},
    {"usage, two places", SCAN,
     USAGE("{\"prompt_tokens\":12,\"cached_tokens\":9,"
           "\"prompt_tokens_details\":{\"cached_tokens\":8}}"),
     "c0 i0 f0 u12/0/9/0"},
    {"usage as a real", PARSE, USAGE("{\"prompt_tokens\":12.0}"), "c0 i0 f0 u12/0/0/0"},
    {"usage twice in it", PARSE, USAGE("{\"prompt_tokens\":99,\"prompt_tokens\":12}"),
     "c0 i0 f0 u12/0/0/0"},
    {"usage negative", BAD, USAGE("{\"prompt_tokens\":-1}"), ""},
    {"usage with a fraction", BAD, USAGE("{\"prompt_tokens\":1.5}"), ""},
    {"usage too large", BAD, USAGE("{\"prompt_tokens\":4294967296}"), ""},
    {"usage as text", BAD, USAGE("{\"prompt_tokens\":\"12\"}"), ""},
    {"usage as a list", BAD, USAGE("[]"), ""},
    /* other documents */
    {"embeddings", SCAN,
     "{\"object\":\"list\",\"model\":\"e\",\"data\":[{\"embedding\":[0.5,-1e-05,0],"
     "\"index\":0},{\"embedding\":[],\"index\":1}],\"usage\":{\"prompt_tokens\":8,"
     "\"completion_tokens\":0}}",
     "c0 i0 f0 u8/0/0/0 n2 m:e"},
    {"moderation", PARSE,
     "{\"results\":[{\"categories\":{\"a\":false}},{\"categories\":{\"b\":true}}]}",
     "c0 i0 f0 n2 flagged"},
    {"moderation, clean", PARSE,
     "{\"results\":[{\"flagged\":false,\"categories\":{\"a\":false}}]}", "c0 i0 f0 n1"},
    {"moderation, flag only", PARSE, "{\"results\":[{\"flagged\":true}]}",
     "c0 i0 f0 n1 flagged"},
    {"conversation delta", PARSE,
     "{\"type\":\"message.output.delta\",\"content\":\"The\"}", "c0 i0 f0 content b3"},
    {"conversation thinking", PARSE,
     "{\"type\":\"message.output.delta\",\"content\":{\"type\":\"thinking\","
     "\"thinking\":[{\"type\":\"text\",\"text\":\"hm\"}]}}",
     "c0 i0 f0 thinking b2"},
    {"conversation done", PARSE,
     "{\"type\":\"conversation.response.done\",\"usage\":{\"prompt_tokens\":18,"
     "\"completion_tokens\":1}}",
     "c1 i0 f1 stop done u18/1/0/0"},
    {"tool done is not the end", PARSE, "{\"type\":\"tool.execution.done\"}",
     "c0 i0 f0"},
    {"transcription", PARSE,
     "{\"type\":\"transcription.text.delta\",\"text\":\"Hello\"}",
     "c0 i0 f0 content b5"},
    {"nothing known", PARSE, "{\"status\":\"ok\"}", "c0 i0 f0"},
    {"64-bit id", PARSE, "{\"choices\":[],\"id\":18446744073709551615}", "c0 i0 f0"},
    /* in-band errors */
    {"error object", PARSE,
     "{\"error\":{\"message\":\"boom\",\"type\":\"InternalServerError\",\"param\":null,"
     "\"code\":500}}",
     "c0 i0 f0 ERROR 500 [500] InternalServerError: 500: boom"},
    {"error text", PARSE, "{\"error\":\"Unauthorized\"}",
     "c0 i0 f0 ERROR 0 [] Unauthorized"},
    {"error text and type", PARSE,
     "{\"error\":\"Model is overloaded\",\"error_type\":\"overloaded\"}",
     "c0 i0 f0 ERROR 0 [overloaded] overloaded: Model is overloaded"},
    {"tgi in a stream", PARSE,
     "{\"error\":{\"message\":\"Model is overloaded\",\"http_status_code\":422}}",
     "c0 i0 f0 ERROR 422 [422] 422: Model is overloaded"},
    {"flat error", PARSE,
     "{\"object\":\"error\",\"message\":\"Rate limit exceeded\",\"type\":"
     "\"rate_limited\",\"param\":null,\"code\":\"1300\"}",
     "c0 i0 f0 ERROR 1300 [1300] rate_limited: 1300: Rate limit exceeded"},
    {"flat error of a gateway", PARSE,
     "{\"error_type\":\"context_length_exceeded\",\"error_message\":\"too long\"}",
     "c0 i0 f0 ERROR 0 [context_length_exceeded] context_length_exceeded: too long"},
    {"choices and error", PARSE,
     "{\"choices\":[],\"error\":{\"code\":502,\"message\":\"Provider\"}}",
     "c0 i0 f0 ERROR 502 [502] 502: Provider"},
    {"conversation error", PARSE,
     "{\"type\":\"conversation.response.error\",\"message\":\"down\",\"code\":3505}",
     "c0 i0 f0 ERROR 3505 [3505] conversation.response.error: 3505: down"},
    {"code in words", PARSE,
     "{\"error\":{\"message\":\"x\",\"type\":\"t\",\"code\":\"context_length\"}}",
     "c0 i0 f0 ERROR 0 [context_length] t: context_length: x"},
    {"detail", PARSE, "{\"detail\":\"Invalid API Key\"}",
     "c0 i0 f0 ERROR 0 [] Invalid API Key"},
    {"detail beside choices", PARSE, "{\"choices\":[],\"detail\":\"x\"}", "c0 i0 f0"},
    {"error null", SCAN, DELTA("\"content\":\"a\"},\"error\":null,\"x\":{"),
     "c1 i0 f0 content b1 m:m"},
    {"top error null", SCAN, "{\"choices\":[],\"error\":null}", "c0 i0 f0"},
    {"error false", PARSE, "{\"choices\":[],\"error\":false}", "c0 i0 f0"},
    {"error empty", PARSE, "{\"choices\":[],\"error\":\"\"}", "c0 i0 f0"},
    {"word error in content", SCAN, DELTA("\"content\":\"\\\"error\\\":\""),
     "c1 i0 f0 content b8 m:m"},
    {"error deeper down", SCAN, DELTA("\"content\":\"a\",\"error\":{\"x\":1}"),
     "c1 i0 f0 content b1 m:m"},
    /* keys that come twice: the last counts */
    {"content twice", PARSE, DELTA("\"content\":\"a\",\"content\":\"\""),
     "c1 i0 f0 m:m"},
    {"choices twice", PARSE, "{\"choices\":[{}],\"choices\":[]}", "c0 i0 f0"},
    {"unknown twice", SCAN, "{\"choices\":[],\"x\":1,\"x\":2}", "c0 i0 f0"},
    {"escaped key", PARSE, "{\"\\u0063hoices\":[{\"finish_reason\":\"stop\"}]}",
     "c1 i0 f1 stop"},
    /* wrong types */
    {"content a number", BAD, DELTA("\"content\":5"), ""},
    {"role a number", BAD, DELTA("\"role\":5"), ""},
    {"reasoning a list", BAD, DELTA("\"reasoning\":[]"), ""},
    {"delta a text", BAD, CHUNK("{\"delta\":\"a\"}"), ""},
    {"choice a text", BAD, CHUNK("\"a\""), ""},
    {"choices an object", BAD, "{\"choices\":{}}", ""},
    {"finish a number", BAD, FINISH("5"), ""},
    {"index a text", BAD, CHUNK("{\"index\":\"0\"}"), ""},
    {"index negative", BAD, CHUNK("{\"index\":-1}"), ""},
    {"model a number", BAD, "{\"choices\":[],\"model\":5}", ""},
    {"data an object", BAD, "{\"data\":{}}", ""},
    {"tool_calls an object", BAD, DELTA("\"tool_calls\":{}"), ""},
    {"part a number", BAD, DELTA("\"content\":[5]"), ""},
    {"a list", BAD, "[{\"choices\":[]}]", ""},
    {"a text", BAD, "\"choices\"", ""},
    {"a number", BAD, "5", ""},
    {"null", BAD, "null", ""},
    /* not JSON */
    {"empty", BAD, "", ""},
    {"blank", BAD, " \n", ""},
    {"cut", BAD, "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a}", ""},
    {"trailing text", BAD, "{\"choices\":[]} x", ""},
    {"two documents", BAD, "{\"choices\":[]}{\"choices\":[]}", ""},
    {"trailing comma", BAD, "{\"choices\":[],}", ""},
    {"trailing comma in a list", BAD, "{\"choices\":[{},]}", ""},
    {"trailing comma, skipped", BAD, "{\"choices\":[],\"x\":[1,]}", ""},
    {"missing comma", BAD, "{\"choices\":[] \"x\":1}", ""},
    {"missing colon", BAD, "{\"choices\" []}", ""},
    {"wrong bracket", BAD, "{\"choices\":[],\"x\":[1}}", ""},
    {"leading zero", BAD, "{\"choices\":[],\"x\":01}", ""},
    {"bare minus", BAD, "{\"choices\":[],\"x\":-}", ""},
    {"bare point", BAD, "{\"choices\":[],\"x\":1.}", ""},
    {"bare exponent", BAD, "{\"choices\":[],\"x\":1e}", ""},
    {"plus", BAD, "{\"choices\":[],\"x\":+1}", ""},
    {"word", BAD, "{\"choices\":[],\"x\":nul}", ""},
    {"longer word", BAD, "{\"choices\":[],\"x\":nullx}", ""},
    {"NaN", BAD, "{\"choices\":[],\"x\":NaN}", ""},
    {"overflow", BAD, "{\"choices\":[],\"x\":1e999}", ""},
    {"large exponent", PARSE, "{\"choices\":[],\"x\":1e100}", "c0 i0 f0"},
    {"single quotes", BAD, "{'choices':[]}", ""},
    {"control byte", BAD, DELTA("\"content\":\"a\nb\""), ""},
    {"bad escape", BAD, DELTA("\"content\":\"\\x\""), ""},
    {"short escape", BAD, DELTA("\"content\":\"\\u12\""), ""},
    {"half a pair, high", BAD, DELTA("\"content\":\"\\ud83d\""), ""},
    {"half a pair, low", BAD, DELTA("\"content\":\"\\ude00\""), ""},
    {"high and high", BAD, DELTA("\"content\":\"\\ud83d\\ud83d\""), ""},
    {"utf-8 continuation", BAD, DELTA("\"content\":\"\x80\""), ""},
    {"utf-8 cut", BAD, DELTA("\"content\":\"\xe4\xb8\""), ""},
    {"utf-8 overlong", BAD, DELTA("\"content\":\"\xc0\xaf\""), ""},
    {"utf-8 overlong, three", BAD, DELTA("\"content\":\"\xe0\x80\xaf\""), ""},
    {"utf-8 surrogate", BAD, DELTA("\"content\":\"\xed\xa0\x80\""), ""},
    {"utf-8 too large", BAD, DELTA("\"content\":\"\xf4\x90\x80\x80\""), ""},
    {"utf-8 five", BAD, DELTA("\"content\":\"\xf8\x88\x80\x80\x80\""), ""},
};

static void both_readers_agree(void)
{
    struct fence g = fence_new(4096);
    struct buf text;
    struct reply r;
    buf_init(&text, 1u << 16);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].name;
        size_t length = strlen(rows[i].json);
        const char *json = fence_put(&g, rows[i].json, length);
        bool is_scanned = reply_scan(&r, json, length);
        CHECK_INT(is_scanned, rows[i].path == SCAN);
        if (is_scanned) {
            describe(&r, &text);
            CHECK_STR(text.data, rows[i].expected);
        }
        enum reply_status status = reply_parse(&r, json, length);
        CHECK_INT(status, rows[i].path == BAD ? REPLY_BAD : REPLY_OK);
        if (status == REPLY_OK) {
            describe(&r, &text);
            CHECK_STR(text.data, rows[i].expected);
        }
    }
    buf_release(&text);
    fence_free(&g);
}

/* Every beginning of a document is refused, by both, without a look past its end. */
static void cut_documents_are_bad(void)
{
    struct fence g = fence_new(4096);
    struct reply r;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].name;
        size_t length = strlen(rows[i].json);
        if (rows[i].path == BAD || rows[i].json[length - 1] != '}')
            continue;
        for (size_t cut = 0; cut < length; cut++) {
            const char *json = fence_put(&g, rows[i].json, cut);
            CHECK(!reply_scan(&r, json, cut));
            CHECK_INT(reply_parse(&r, json, cut), REPLY_BAD);
        }
    }
    fence_free(&g);
}

/* One byte changed to anything: what the scanner takes, jansson reads alike. */
static void damaged_documents_agree(void)
{
    struct buf scanned, parsed;
    struct reply r;
    buf_init(&scanned, 1u << 16);
    buf_init(&parsed, 1u << 16);
    for (size_t i = 0; i < ARRAY_LEN(rows); i += 3) {
        check_row = rows[i].name;
        size_t length = strlen(rows[i].json);
        for (size_t at = 0; at < length; at++) {
            char json[1024];
            memcpy(json, rows[i].json, length);
            json[at] = (char)(at * 37 + i * 11 + 1);
            if (!reply_scan(&r, json, length))
                continue;
            describe(&r, &scanned);
            CHECK_INT(reply_parse(&r, json, length), REPLY_OK);
            describe(&r, &parsed);
            CHECK_STR(scanned.data, parsed.data);
        }
    }
    buf_release(&scanned);
    buf_release(&parsed);
}

static void deep_nesting(void)
{
    static const struct {
        unsigned depth;
        bool is_scanned;
        enum reply_status status;
    } depths[] = {{64, true, REPLY_OK},
                  {65, false, REPLY_OK},
                  {1500, false, REPLY_OK},
                  {100000, false, REPLY_BAD}};
    struct buf json;
    struct reply r;
    buf_init(&json, 1u << 20);
    for (size_t i = 0; i < ARRAY_LEN(depths); i++) {
        buf_reset(&json);
        buf_puts(&json, "{\"choices\":[],\"x\":");
        for (unsigned d = 0; d < depths[i].depth; d++)
            buf_putc(&json, '[');
        for (unsigned d = 0; d < depths[i].depth; d++)
            buf_putc(&json, ']');
        buf_putc(&json, '}');
        CHECK_INT(reply_scan(&r, json.data, json.len), depths[i].is_scanned);
        CHECK_INT(reply_parse(&r, json.data, json.len), depths[i].status);
    }
    buf_release(&json);
}

static void model_is_read_on_demand(void)
{
    static const char json[] = "{\"choices\":[],\"model\":\"mistral-tiny\"}";
    static const char odd[] = "{\"model\":\"mistral-tiny\"}";
    struct reply r;
    CHECK_INT(reply_read(&r, json, sizeof json - 1, true), REPLY_OK);
    CHECK_STR(r.model, "mistral-tiny");
    CHECK_INT(reply_read(&r, json, sizeof json - 1, false), REPLY_OK);
    CHECK_STR(r.model, "");
    CHECK_INT(reply_read(&r, odd, sizeof odd - 1, true), REPLY_OK);
    CHECK_STR(r.model, "mistral-tiny");
    CHECK_INT(reply_read(&r, odd, sizeof odd - 1, false), REPLY_OK);
    CHECK_STR(r.model, "");
}

static void long_texts_are_cut(void)
{
    struct buf json;
    struct reply r;
    buf_init(&json, 1u << 16);
    buf_puts(&json, "{\"error\":{\"code\":\"");
    for (int i = 0; i < 1000; i++)
        buf_puts(&json, "code");
    buf_puts(&json, "\",\"message\":\"m\"},\"model\":\"");
    for (int i = 0; i < 1000; i++)
        buf_puts(&json, "name");
    buf_puts(&json, "\"}");
    CHECK_INT(reply_read(&r, json.data, json.len, true), REPLY_OK);
    CHECK_INT(strlen(r.model), sizeof r.model - 1);
    CHECK_INT(strlen(r.provider_code), sizeof r.provider_code - 1);
    CHECK(strlen(r.error_text) < sizeof r.error_text);
    buf_release(&json);
}

/* fixtures/streams/error_bodies.json, by name: code and text. */
static const struct {
    const char *name;
    int code;
    const char *provider_code, *text;
} errors[] = {
    {"m400_invalid_model", 1500, "1500",
     "invalid_model: 1500: Invalid model: definitely-not-a-model"},
    {"m400_context", 3051, "3051",
     "invalid_request_invalid_args: 3051: Prompt contains 159202 tokens and 0 draft "
     "tokens, too large for model with 131072 maximum context length"},
    {"m401_key", 0, "", "Invalid API Key"},
    {"m401_kong", 0, "", "Unauthorized"},
    {"m404_route", 0, "", "no Route matched with those values"},
    {"m422_new", 0, "",
     "extra_forbidden body.max_completion_tokens: Extra inputs are not permitted"},
    {"m422_old", 0, "invalid_request_error",
     "invalid_request_error: extra_forbidden body.stream_options.include_usage: Extra "
     "inputs are not permitted"},
    {"m422_msgarray", 3001, "3001",
     "invalid_request_error: 3001: extra_forbidden body.tools: Extra inputs are not "
     "permitted"},
    {"m429_rate", 1300, "1300", "rate_limited: 1300: Rate limit exceeded"},
    {"m429_capacity", 3505, "3505",
     "service_tier_capacity_exceeded: 3505: Service tier capacity exceeded for this "
     "model."},
    {"m429_old", 0, "", "Requests rate limit exceeded"},
    {"vllm401", 0, "", "Unauthorized"},
    {"vllm400_old", 400, "400",
     "BadRequestError: 400: max_tokens must be at least 1, got -186."},
    {"llamacpp503", 503, "503", "unavailable_error: 503: Loading model"},
    {"tgi429", 0, "overloaded", "overloaded: Model is overloaded"},
    {"ollama503", 0, "api_error",
     "api_error: server busy, please try again. maximum pending requests exceeded"},
    {"openai400_ctx", 0, "context_length_exceeded",
     "invalid_request_error: context_length_exceeded: This model's maximum context "
     "length is 8192 tokens. However, your messages resulted in 8312 tokens. Please "
     "reduce the length of the messages."},
};

static void error_bodies_of_servers(void)
{
    json_t *bodies = json_load_file("fixtures/streams/error_bodies.json", 0, NULL);
    struct reply r;
    CHECK(bodies != NULL);
    for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
        check_row = errors[i].name;
        json_t *entry = json_object_get(bodies, errors[i].name);
        char *body = json_dumps(json_object_get(entry, "body"), JSON_COMPACT);
        CHECK(body != NULL);
        if (body == NULL)
            continue;
        reply_error_body(&r, body, strlen(body));
        CHECK(r.is_error);
        CHECK_INT(r.error_code, errors[i].code);
        CHECK_STR(r.provider_code, errors[i].provider_code);
        CHECK_STR(r.error_text, errors[i].text);
        free(body);
    }
    json_decref(bodies);
}

static void error_bodies_of_any_kind(void)
{
    static const struct {
        const char *name, *body, *text;
    } odd[] = {
        {"empty", "", ""},
        {"text", "upstream connect error\r\nor reset\n",
         "upstream connect error or reset"},
        {"page",
         "<!DOCTYPE html>\n<html><head><title>520: Web server</title></head></html>",
         "520: Web server"},
        {"page without an end", "<html><title>502 Bad", "502 Bad"},
        {"title tag alone", "<title>", "<title>"},
        {"cut JSON", "{\"error\":{\"message\":\"too", "{\"error\":{\"message\":\"too"},
        {"list", "[{\"error\":{\"message\":\"m\",\"status\":\"INTERNAL\"}}]",
         "INTERNAL: m"},
        {"event", "data: {\"error\":\"no\"}\n\ndata: [DONE]\n\n", "no"},
        {"error field", "error: {\"code\":400,\"message\":\"no\"}\n\n", "400: no"},
        {"no words", "{\"a\":1}", ""},
        {"bytes",
         "\x01\x02 \x7f"
         "a\x80",
         "a\x80"},
    };
    struct fence g = fence_new(4096);
    struct reply r;
    for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
        check_row = odd[i].name;
        size_t length = strlen(odd[i].body);
        reply_error_body(&r, fence_put(&g, odd[i].body, length), length);
        CHECK(r.is_error);
        CHECK_STR(r.error_text, odd[i].text);
    }
    fence_free(&g);
}

int main(void)
{
    RUN(both_readers_agree);
    RUN(cut_documents_are_bad);
    RUN(damaged_documents_agree);
    RUN(deep_nesting);
    RUN(model_is_read_on_demand);
    RUN(long_texts_are_cut);
    RUN(error_bodies_of_servers);
    RUN(error_bodies_of_any_kind);
    return check_report();
}
