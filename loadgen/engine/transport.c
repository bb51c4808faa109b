/* libcurl's codes and options; see transport.h. Facts: load-generation 5. */
#include "engine/transport.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct {
    CURLcode code;
    enum transport transport;
} codes[] = {
    {CURLE_OK, TRANSPORT_OK},
    {CURLE_COULDNT_RESOLVE_HOST, TRANSPORT_DNS},
    {CURLE_COULDNT_RESOLVE_PROXY, TRANSPORT_DNS},
    {CURLE_COULDNT_CONNECT, TRANSPORT_REFUSED},
    {CURLE_SSL_CONNECT_ERROR, TRANSPORT_TLS},
    {CURLE_PEER_FAILED_VERIFICATION, TRANSPORT_TLS},
    {CURLE_SSL_CERTPROBLEM, TRANSPORT_TLS},
    {CURLE_SSL_CIPHER, TRANSPORT_TLS},
    {CURLE_SSL_CACERT_BADFILE, TRANSPORT_TLS},
    {CURLE_SSL_SHUTDOWN_FAILED, TRANSPORT_TLS},
    {CURLE_SSL_ISSUER_ERROR, TRANSPORT_TLS},
    {CURLE_SSL_PINNEDPUBKEYNOTMATCH, TRANSPORT_TLS},
    {CURLE_SSL_INVALIDCERTSTATUS, TRANSPORT_TLS},
    {CURLE_SSL_CLIENTCERT, TRANSPORT_TLS},
    {CURLE_PROXY, TRANSPORT_PROXY},
    {CURLE_GOT_NOTHING, TRANSPORT_BROKEN},
    {CURLE_SEND_ERROR, TRANSPORT_BROKEN},
    {CURLE_RECV_ERROR, TRANSPORT_BROKEN},
    {CURLE_PARTIAL_FILE, TRANSPORT_PARTIAL},
    {CURLE_OPERATION_TIMEDOUT, TRANSPORT_TIMEOUT},
    {CURLE_HTTP2, TRANSPORT_HTTP2},
    {CURLE_HTTP2_STREAM, TRANSPORT_HTTP2},
    {CURLE_UNSUPPORTED_PROTOCOL, TRANSPORT_NOT_HTTP},
    {CURLE_WEIRD_SERVER_REPLY, TRANSPORT_NOT_HTTP},
    {CURLE_BAD_CONTENT_ENCODING, TRANSPORT_ENCODING},
    {CURLE_OUT_OF_MEMORY, TRANSPORT_RESOURCE},
    {CURLE_INTERFACE_FAILED, TRANSPORT_RESOURCE},
    {CURLE_ABORTED_BY_CALLBACK, TRANSPORT_ABORTED},
    {CURLE_WRITE_ERROR, TRANSPORT_ABORTED},
};

void transport_init(void)
{
    if (curl_global_init(CURL_GLOBAL_ALL) != CURLE_OK)
        bug("curl_global_init failed");
}

void transport_cleanup(void)
{
    curl_global_cleanup();
}

/* What the system said refines it. */
static const struct {
    CURLcode code;
    int os_errno;
    enum transport transport;
} refined[] = {
    {CURLE_COULDNT_CONNECT, EMFILE, TRANSPORT_RESOURCE},
    {CURLE_COULDNT_CONNECT, ENFILE, TRANSPORT_RESOURCE},
    {CURLE_COULDNT_CONNECT, EADDRNOTAVAIL, TRANSPORT_RESOURCE}, /* no port is left */
    {CURLE_COULDNT_CONNECT, ENOBUFS, TRANSPORT_RESOURCE},
    {CURLE_COULDNT_CONNECT, ENOMEM, TRANSPORT_RESOURCE},
    {CURLE_COULDNT_CONNECT, EAGAIN, TRANSPORT_RESOURCE}, /* of a Unix socket */
    {CURLE_COULDNT_CONNECT, ETIMEDOUT, TRANSPORT_TIMEOUT},
    {CURLE_INTERFACE_FAILED, EADDRNOTAVAIL, TRANSPORT_OTHER}, /* not our address */
};

enum transport transport_of(CURLcode code, long os_errno)
{
    for (size_t i = 0; i < ARRAY_LEN(refined); i++)
        if (refined[i].code == code && refined[i].os_errno == os_errno)
            return refined[i].transport;
    for (size_t i = 0; i < ARRAY_LEN(codes); i++)
        if (codes[i].code == code)
            return codes[i].transport;
    return TRANSPORT_OTHER;
}

enum transport transport_of_easy(CURL *easy, CURLcode code, long os_errno)
{
    long status = 0;
    (void)curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &status);
    return code != CURLE_OK && status >= 300 ? TRANSPORT_PROXY
                                             : transport_of(code, os_errno);
}

/* Debian's bundle; libcurl's own default adds a CAPATH, which defeats the cache
 * of parsed certificates. */
static const char *default_ca_file(void)
{
    static const char *const files[] = {"/etc/ssl/certs/ca-certificates.crt",
                                        "/etc/pki/tls/certs/ca-bundle.crt",
                                        "/etc/ssl/cert.pem"};
    for (size_t i = 0; i < ARRAY_LEN(files); i++)
        if (access(files[i], R_OK) == 0)
            return files[i];
    return NULL;
}

/* The same for the server and for a proxy that is spoken to over TLS. */
static void set_trust(CURL *easy, const struct net_options *net)
{
    const char *ca = net->ca_file ? net->ca_file : default_ca_file();
    curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    curl_easy_setopt(easy, CURLOPT_PROXY_CAPATH, NULL);
    curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, -1L);
    if (ca != NULL) {
        curl_easy_setopt(easy, CURLOPT_CAINFO, ca);
        curl_easy_setopt(easy, CURLOPT_PROXY_CAINFO, ca);
    }
    if (net->is_insecure) {
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
        curl_easy_setopt(easy, CURLOPT_PROXY_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(easy, CURLOPT_PROXY_SSL_VERIFYHOST, 0L);
    }
}

static void set_client_certificate(CURL *easy, const struct net_options *net)
{
    if (net->cert_file == NULL)
        return;
    curl_easy_setopt(easy, CURLOPT_SSLCERT, net->cert_file);
    curl_easy_setopt(easy, CURLOPT_SSLKEY,
                     net->key_file ? net->key_file : net->cert_file);
}

/* Never left to libcurl, which would try HTTP/2 over TLS by itself. Streams wait for
 * a connection that may carry them rather than open one each. */
static void set_http(CURL *easy, const struct net_options *net, const char *url)
{
    long version = CURL_HTTP_VERSION_1_1;
    if (net->http == NET_HTTP_2) {
        version = net_is_h2c(net, url) ? CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE
                                       : CURL_HTTP_VERSION_2TLS;
        curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
    }
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, version);
    if (net_is_never_reused(net, url)) {
        curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
        curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    }
}

/* Every handle holds its buffer. Events are small: where all answers are streams
 * 1 KB does, the least that libcurl takes, and saves 3 KB a stream. What comes
 * at once and is read in pieces still has one time: see content_reads. An HTTP/2
 * stream that leaves bytes behind holds up the others of its connection. */
static long receive_buffer(const struct plan *plan)
{
    if (plan->profile == NULL || plan->net.http == NET_HTTP_2) /* no load, or shared */
        return 16384;
    for (size_t i = 0; i < plan->profile->class_count; i++)
        if (!plan->profile->classes[i].is_stream)
            return 16384;
    return 1024;
}

void transport_defaults(CURL *easy, const struct plan *plan)
{
    const struct net_options *net = &plan->net;
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, net->proxy ? net->proxy : "");
    curl_easy_setopt(easy, CURLOPT_NOPROXY, ""); /* else the environment is read anew */
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L); /* no reply of ours */
    curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 1L); /* as real clients do */
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, 16384L);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, receive_buffer(plan));
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    if (plan->timers.connect_ns > 0)
        curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                         (long)(plan->timers.connect_ns / NS_PER_MS));
    if (net->unix_socket != NULL)
        curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, net->unix_socket);
    set_http(easy, net, plan->targets[0].base_url);
    set_trust(easy, net);
    set_client_certificate(easy, net);
}

bool transport_connect_times(CURL *easy, int64_t *dns_ns, int64_t *connect_ns,
                             int64_t *tls_ns)
{
    long connects = 0;
    curl_off_t dns = 0, connect = 0, tls = 0;
    (void)curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &connects);
    if (connects == 0)
        return false;
    (void)curl_easy_getinfo(easy, CURLINFO_NAMELOOKUP_TIME_T, &dns);
    (void)curl_easy_getinfo(easy, CURLINFO_CONNECT_TIME_T, &connect);
    (void)curl_easy_getinfo(easy, CURLINFO_APPCONNECT_TIME_T, &tls);
    *dns_ns = dns * NS_PER_US;
    *connect_ns = connect > dns ? (connect - dns) * NS_PER_US : -1;
    *tls_ns = tls > connect ? (tls - connect) * NS_PER_US : -1;
    return true;
}

static struct curl_slist *append(struct curl_slist *list, const char *line)
{
    struct curl_slist *longer = curl_slist_append(list, line);
    if (longer == NULL)
        bug("out of memory in a header list");
    return longer;
}

struct curl_slist *transport_headers(const struct target *t, bool is_stream)
{
    struct curl_slist *list = append(NULL, "Content-Type: application/json");
    list = append(list,
                  is_stream ? "Accept: text/event-stream" : "Accept: application/json");
    list = append(list, "Expect:");
    struct buf line;
    buf_init(&line, 16384);
    buf_printf(&line, "User-Agent: gust/%s", gust_version);
    list = append(list, line.data);
    if (t->key != NULL) {
        buf_reset(&line);
        buf_printf(&line, "Authorization: Bearer %s", t->key);
        list = append(list, line.data);
        memset(line.data, 0, line.len);
    }
    for (size_t i = 0; t->headers != NULL && t->headers[i] != NULL; i++)
        list = append(list, t->headers[i]);
    buf_release(&line);
    return list;
}

const char *transport_version(void)
{
    return curl_version();
}

static unsigned conditions_of(const struct plan *plan)
{
    const struct timers *t = &plan->timers;
    bool is_clear = net_is_h2c(&plan->net, plan->targets[0].base_url);
    bool is_timed = t->ttft_ns > 0 || t->stall_ns > 0 || t->total_ns > 0;
    return (plan->net.http == NET_HTTP_2 ? QUIRK_HTTP2 : 0) |
           (is_clear ? QUIRK_CLEAR : 0) | (is_timed ? QUIRK_TIMERS : 0);
}

size_t transport_quirks(const struct plan *plan, const char *out[QUIRKS_MAX])
{
    unsigned conditions = plan ? conditions_of(plan) : 0;
    return quirks_of(curl_version_info(CURLVERSION_NOW)->version_num, conditions, out);
}
