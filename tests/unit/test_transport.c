/* libcurl's words in ours, the header lines of a target, and its quirks. */
#include "engine/transport.h"

#include "check.h"

#include <errno.h>

static const struct {
    CURLcode code;
    int os_errno;
    enum transport expected;
} rows[] = {
    {CURLE_OK, 0, TRANSPORT_OK},
    {CURLE_COULDNT_RESOLVE_HOST, 0, TRANSPORT_DNS},
    {CURLE_COULDNT_RESOLVE_PROXY, 0, TRANSPORT_DNS},
    {CURLE_COULDNT_CONNECT, 0, TRANSPORT_REFUSED},
    {CURLE_COULDNT_CONNECT, ECONNREFUSED, TRANSPORT_REFUSED},
    {CURLE_COULDNT_CONNECT, EHOSTUNREACH, TRANSPORT_REFUSED},
    {CURLE_COULDNT_CONNECT, ETIMEDOUT, TRANSPORT_TIMEOUT},
    {CURLE_COULDNT_CONNECT, EMFILE, TRANSPORT_RESOURCE},
    {CURLE_COULDNT_CONNECT, ENFILE, TRANSPORT_RESOURCE},
    {CURLE_COULDNT_CONNECT, EADDRNOTAVAIL, TRANSPORT_RESOURCE},
    {CURLE_COULDNT_CONNECT, ENOBUFS, TRANSPORT_RESOURCE},
    {CURLE_COULDNT_CONNECT, ENOMEM, TRANSPORT_RESOURCE},
    {CURLE_RECV_ERROR, EMFILE, TRANSPORT_BROKEN}, /* an old errno says nothing */
    {CURLE_SSL_CONNECT_ERROR, 0, TRANSPORT_TLS},
    {CURLE_PEER_FAILED_VERIFICATION, 0, TRANSPORT_TLS},
    {CURLE_SSL_CACERT_BADFILE, 0, TRANSPORT_TLS},
    {CURLE_PROXY, 0, TRANSPORT_PROXY},
    {CURLE_GOT_NOTHING, 0, TRANSPORT_BROKEN},
    {CURLE_SEND_ERROR, EPIPE, TRANSPORT_BROKEN},
    {CURLE_RECV_ERROR, ECONNRESET, TRANSPORT_BROKEN},
    {CURLE_PARTIAL_FILE, 0, TRANSPORT_PARTIAL},
    {CURLE_OPERATION_TIMEDOUT, 0, TRANSPORT_TIMEOUT},
    {CURLE_HTTP2, 0, TRANSPORT_HTTP2},
    {CURLE_HTTP2_STREAM, 0, TRANSPORT_HTTP2},
    {CURLE_UNSUPPORTED_PROTOCOL, 0, TRANSPORT_NOT_HTTP},
    {CURLE_WEIRD_SERVER_REPLY, 0, TRANSPORT_NOT_HTTP},
    {CURLE_BAD_CONTENT_ENCODING, 0, TRANSPORT_ENCODING},
    {CURLE_OUT_OF_MEMORY, 0, TRANSPORT_RESOURCE},
    {CURLE_INTERFACE_FAILED, EADDRINUSE, TRANSPORT_RESOURCE},
    {CURLE_INTERFACE_FAILED, EADDRNOTAVAIL, TRANSPORT_OTHER},
    {CURLE_ABORTED_BY_CALLBACK, 0, TRANSPORT_ABORTED},
    {CURLE_WRITE_ERROR, 0, TRANSPORT_ABORTED},
    {CURLE_LDAP_CANNOT_BIND, 0, TRANSPORT_OTHER},
};

static void codes_are_translated(void)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char name[120];
        (void)snprintf(name, sizeof name, "%s, %s", curl_easy_strerror(rows[i].code),
                       rows[i].os_errno ? strerror(rows[i].os_errno) : "no errno");
        check_row = name;
        CHECK_INT(transport_of(rows[i].code, rows[i].os_errno), rows[i].expected);
        check_row = NULL;
    }
}

static unsigned count(const struct curl_slist *list, const char *line)
{
    unsigned n = 0;
    for (; list != NULL; list = list->next)
        n += strncmp(list->data, line, strlen(line)) == 0;
    return n;
}

static void headers_of_a_target(void)
{
    static const char *const own[] = {"X-Team: red", "X-Run: 7", NULL};
    struct target t = {.key = "sesame", .headers = own};
    struct curl_slist *stream = transport_headers(&t, true);
    struct curl_slist *body = transport_headers(&t, false);
    CHECK_INT(count(stream, "Content-Type: application/json"), 1);
    CHECK_INT(count(stream, "Accept: text/event-stream"), 1);
    CHECK_INT(count(body, "Accept: application/json"), 1);
    CHECK_INT(count(stream, "Expect:"), 1);
    CHECK_INT(count(stream, "User-Agent: gust/"), 1);
    CHECK_INT(count(stream, "Authorization: Bearer sesame"), 1);
    CHECK_INT(count(stream, "X-Team: red"), 1);
    CHECK_INT(count(stream, "X-Run: 7"), 1);
    curl_slist_free_all(stream);
    curl_slist_free_all(body);
}

static void without_a_key_there_is_no_authorization(void)
{
    struct target t = {0};
    struct curl_slist *list = transport_headers(&t, true);
    CHECK_INT(count(list, "Authorization"), 0);
    curl_slist_free_all(list);
}

static void the_version_and_its_quirks_are_told(void)
{
    struct plan plan = {.targets[0].base_url = "https://127.0.0.1"};
    const char *texts[QUIRKS_MAX], *more[QUIRKS_MAX];
    CHECK(strstr(transport_version(), "libcurl/") != NULL);
    size_t n = transport_quirks(&plan, texts);
    plan.net.http = NET_HTTP_2;
    CHECK(transport_quirks(&plan, more) > n);
}

int main(void)
{
    transport_init();
    RUN(codes_are_translated);
    RUN(headers_of_a_target);
    RUN(without_a_key_there_is_no_authorization);
    RUN(the_version_and_its_quirks_are_told);
    transport_cleanup();
    return check_report();
}
