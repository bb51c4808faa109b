/* A run directory goes to an object store; see store.h. */
#include "engine/store.h"

#include "base/buf.h"
#include "measure/rundir.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define SCHEME "s3://"
#define ANSWER_BYTES 256
#define HTTP_OK 200
#define HTTP_MULTIPLE 300
#define HTTP_PRECONDITION 412

static const char allowed[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/";

int store_parse(const char *text, const char *endpoint, const char *region,
                struct store *out, struct err *e)
{
    const char *path = text + strlen(SCHEME);
    if (strncmp(text, SCHEME, strlen(SCHEME)) != 0 || path[0] == '\0' || path[0] == '/')
        return err_set(e, "--upload: \"%s\" is not s3://BUCKET/PREFIX", text);
    if (strspn(path, allowed) != strlen(path))
        return err_set(e, "--upload: \"%s\" may hold letters, digits and ._-/ only",
                       text);
    if (endpoint != NULL && strncmp(endpoint, "http://", 7) != 0 &&
        strncmp(endpoint, "https://", 8) != 0)
        return err_set(e,
                       "AWS_ENDPOINT_URL: \"%s\" must begin with http:// or https://",
                       endpoint);
    size_t length = strlen(path);
    while (length > 0 && path[length - 1] == '/')
        length--;
    int n =
        snprintf(out->region, sizeof out->region, "%s", region ? region : "us-east-1");
    if (n < 0 || (size_t)n >= sizeof out->region ||
        strspn(out->region, allowed) != strlen(out->region))
        return err_set(e, "AWS_REGION: \"%s\" is no region", region);
    size_t root = endpoint ? strlen(endpoint) : 0;
    while (root > 0 && endpoint[root - 1] == '/')
        root--;
    n = endpoint != NULL
            ? snprintf(out->url, sizeof out->url, "%.*s/%.*s", (int)root, endpoint,
                       (int)length, path)
            : snprintf(out->url, sizeof out->url, "https://s3.%s.amazonaws.com/%.*s",
                       out->region, (int)length, path);
    if (n < 0 || (size_t)n >= sizeof out->url)
        return err_set(e, "--upload: longer than %zu bytes", sizeof out->url - 1);
    return 0;
}

/* --- one file ---------------------------------------------------------------------- */

static size_t on_answer(char *bytes, size_t size, size_t n, void *p)
{
    struct buf *answer = p;
    size_t length = size * n;
    size_t room = ANSWER_BYTES - answer->len;
    buf_append(answer, bytes, length < room ? length : room);
    return length;
}

static void keep_header(struct curl_slist **list, const char *line)
{
    struct curl_slist *longer = curl_slist_append(*list, line);
    if (longer == NULL)
        bug("out of memory"); /* as xcalloc would say */
    *list = longer;
}

/* 7.88 does not say itself that the payload is not signed; without a proof of what
 * was not there before, a retry could replace a result. */
static struct curl_slist *headers_of(const struct store *s)
{
    char token[2048];
    struct curl_slist *list = NULL;
    keep_header(&list, "x-amz-content-sha256: UNSIGNED-PAYLOAD");
    keep_header(&list, "If-None-Match: *");
    keep_header(&list, "Content-Type: application/octet-stream");
    int n = s->token
                ? snprintf(token, sizeof token, "x-amz-security-token: %s", s->token)
                : -1;
    if (n > 0 && (size_t)n < sizeof token)
        keep_header(&list, token);
    return list;
}

static int judge_answer(CURLcode rc, CURL *easy, const char *url, const char *why,
                        const struct buf *answer, struct err *e)
{
    long status = 0;
    (void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    if (rc != CURLE_OK)
        return err_set(e, "--upload: %s: %s", url,
                       why[0] ? why : curl_easy_strerror(rc));
    if (status == HTTP_PRECONDITION)
        return err_set(e,
                       "--upload: %s exists already: this shard was uploaded before, "
                       "and nothing is overwritten",
                       url);
    if (status < HTTP_OK || status >= HTTP_MULTIPLE)
        return err_set(e, "--upload: %s: HTTP %ld: %.200s", url, status,
                       answer->len > 0 ? answer->data : "");
    return 0;
}

static int put_file(const struct store *s, const char *url, FILE *f, curl_off_t length,
                    struct err *e)
{
    char provider[96], why[CURL_ERROR_SIZE] = "";
    CURL *easy = curl_easy_init();
    if (easy == NULL)
        return err_set(e, "--upload: libcurl does not start");
    struct curl_slist *headers = headers_of(s);
    struct buf answer;
    buf_init(&answer, ANSWER_BYTES + 1);
    (void)snprintf(provider, sizeof provider, "aws:amz:%s:s3", s->region);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_READDATA, f);
    curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, length);
    curl_easy_setopt(easy, CURLOPT_AWS_SIGV4, provider);
    curl_easy_setopt(easy, CURLOPT_USERNAME, s->key_id);
    curl_easy_setopt(easy, CURLOPT_PASSWORD, s->secret);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_answer);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &answer);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, why);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, 10000L);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L); /* B/s ... */
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, 60L); /* ... for so many s */
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    if (s->ca_file != NULL)
        curl_easy_setopt(easy, CURLOPT_CAINFO, s->ca_file);
    CURLcode done = curl_easy_perform(easy);
    int rc = judge_answer(done, easy, url, why, &answer, e);
    buf_release(&answer);
    curl_slist_free_all(headers);
    curl_easy_cleanup(easy);
    return rc;
}

/* 0 also where there is no such file and none is needed. */
static int put_name(const struct store *s, const char *run_path, const char *name,
                    bool is_needed, struct err *e)
{
    struct buf path, url;
    struct stat facts;
    const char *slash = strrchr(run_path, '/');
    buf_init(&path, 4096);
    buf_init(&url, 4096);
    buf_printf(&path, "%s/%s", run_path, name);
    buf_printf(&url, "%s/%s/%s", s->url, slash ? slash + 1 : run_path, name);
    FILE *f = fopen(path.data, "rb");
    int rc = 0;
    if (f == NULL && (is_needed || errno != ENOENT))
        rc = err_set_errno(e, errno, "--upload: cannot open %s", path.data);
    else if (f != NULL && fstat(fileno(f), &facts) != 0)
        rc = err_set_errno(e, errno, "--upload: %s", path.data);
    else if (f != NULL)
        rc = put_file(s, url.data, f, (curl_off_t)facts.st_size, e);
    if (f != NULL)
        (void)fclose(f); /* only read from */
    buf_release(&path);
    buf_release(&url);
    return rc;
}

int store_put(const struct store *s, const char *run_path, struct err *e)
{
    for (unsigned i = 0; i < RUNDIR_FILES; i++)
        if (put_name(s, run_path, rundir_file_names[i], true, e) < 0)
            return -1;
    if (put_name(s, run_path, "requests.csv.zst", false, e) < 0)
        return -1;
    return put_name(s, run_path, RUNDIR_MANIFEST, true, e);
}
