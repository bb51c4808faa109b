/* Network options, checked before anything is sent; see net.h. */
#include "engine/net.h"

#include "base/buf.h"
#include "engine/quirk.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define POOL_EXCHANGES NET_STREAMS_MAX
#define PEM_MAX (4u << 20)

/* --- URLs ----------------------------------------------------------------------- */

/* libcurl's own reading of a URL: what it connects to is what is checked. A proxy has
 * other schemes, and no port but its own: then port is 0. */
static bool take_apart(const char *url, bool is_proxy, struct net_place *out)
{
    char *scheme = NULL, *host = NULL, *port = NULL;
    CURLU *u = curl_url();
    bool is_good = u != NULL &&
                   curl_url_set(u, CURLUPART_URL, url,
                                is_proxy ? CURLU_NON_SUPPORT_SCHEME : 0) == CURLUE_OK &&
                   curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                   curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
                   strlen(host) < sizeof out->host;
    unsigned flags = is_proxy ? 0 : CURLU_DEFAULT_PORT;
    bool has_port =
        is_good && curl_url_get(u, CURLUPART_PORT, &port, flags) == CURLUE_OK;
    if (is_good) {
        *out = (struct net_place){.is_tls = strcmp(scheme, "https") == 0};
        out->port = has_port ? (uint16_t)strtoul(port, NULL, 10) : 0;
        (void)snprintf(out->host, sizeof out->host, "%s", host);
    }
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(u);
    return is_good && (is_proxy || has_port);
}

int net_place_of(const char *url, struct net_place *out, struct err *e)
{
    if (take_apart(url, false, out))
        return 0;
    return err_set(e, "--target: \"%s\" is no http or https URL", url);
}

bool net_is_h2c(const struct net_options *net, const char *url)
{
    return net->http == NET_HTTP_2 && url != NULL &&
           strncasecmp(url, "http://", 7) == 0;
}

bool net_is_never_reused(const struct net_options *net, const char *url)
{
    return net_is_h2c(net, url) &&
           quirk_breaks_h2c_reuse(curl_version_info(CURLVERSION_NOW)->version_num);
}

uint32_t net_streams(const struct net_options *net, const char *url)
{
    if (net->http == NET_HTTP_1 || net_is_never_reused(net, url))
        return 1;
    return net->streams > 0 ? net->streams : NET_STREAMS;
}

/* --- sums ----------------------------------------------------------------------- */

static uint32_t parts(uint32_t n, uint32_t of)
{
    return n / of + (n % of != 0);
}

uint32_t net_connections(uint32_t streams, uint32_t in_flight, uint32_t threads,
                         uint32_t arms)
{
    if (streams <= 1)
        return in_flight;
    uint32_t each = parts(in_flight, threads); /* worker */
    uint32_t fill = each < POOL_EXCHANGES ? each : POOL_EXCHANGES;
    uint64_t n = (uint64_t)threads * parts(each, POOL_EXCHANGES) *
                 (parts(fill, streams) + arms - 1);
    return n < in_flight ? (uint32_t)n : in_flight;
}

/* --- files ---------------------------------------------------------------------- */

/* The whole file as text; NULL and err when it cannot be read or is too large. */
static char *read_pem(const char *path, struct err *e)
{
    struct buf text;
    char part[4096];
    FILE *f = fopen(path, "re");
    if (f == NULL) {
        (void)err_set_errno(e, errno, "cannot open %s", path);
        return NULL;
    }
    buf_init(&text, PEM_MAX);
    for (size_t n = fread(part, 1, sizeof part, f); n > 0;
         n = fread(part, 1, sizeof part, f))
        buf_append(&text, part, n);
    if (ferror(f) != 0)
        (void)err_set_errno(e, errno, "cannot read %s", path);
    else if (text.is_full)
        (void)err_set(e, "%s is larger than %u MB", path, PEM_MAX >> 20);
    (void)fclose(f); /* only read from */
    explicit_bzero(part, sizeof part);
    char *whole = e->is_set ? NULL : buf_steal(&text);
    buf_release(&text);
    return whole;
}

/* What a PEM file must hold, and what must not be in it. */
struct pem_need {
    const char *option, *holds, *what;
    bool is_key;
};

static int check_pem(const char *path, const struct pem_need *need, struct err *e)
{
    char *text = read_pem(path, e);
    if (text == NULL)
        return err_in(e, "%s", need->option);
    int rc = 0;
    if (strstr(text, need->holds) == NULL)
        rc = err_set(e, "%s: %s holds no %s in PEM form", need->option, path,
                     need->what);
    else if (need->is_key && strstr(text, "ENCRYPTED") != NULL)
        rc = err_set(e,
                     "%s: the key in %s is encrypted, and nobody is there to type its "
                     "pass phrase: decrypt it with `openssl pkey -in %s -out KEY`",
                     need->option, path, path);
    explicit_bzero(text, strlen(text));
    free(text);
    return rc;
}

static int check_client_certificate(const struct net_options *net, struct err *e)
{
    static const struct pem_need cert = {"--cert", "-----BEGIN CERTIFICATE-----",
                                         "certificate", false};
    static const struct pem_need key = {"--cert-key", "PRIVATE KEY-----", "private key",
                                        true};
    static const struct pem_need both = {
        "--cert", "PRIVATE KEY-----", "private key: give it with --cert-key, or there,",
        true};
    if (net->cert_file == NULL)
        return net->key_file == NULL
                   ? 0
                   : err_set(e, "--cert-key: the certificate is missing: give --cert");
    if (check_pem(net->cert_file, &cert, e) < 0)
        return -1;
    if (net->key_file != NULL)
        return check_pem(net->key_file, &key, e);
    return check_pem(net->cert_file, &both, e);
}

static int check_trust(const struct net_options *net, struct err *e)
{
    static const struct pem_need ca = {"--cacert", "CERTIFICATE-----", "certificate",
                                       false};
    return net->ca_file == NULL ? 0 : check_pem(net->ca_file, &ca, e);
}

static int check_unix_socket(const struct net_options *net, struct err *e)
{
    struct stat st;
    const char *path = net->unix_socket;
    if (path == NULL)
        return 0;
    if (strlen(path) >= sizeof((struct sockaddr_un *)0)->sun_path)
        return err_set(e, "--unix-socket: %s is longer than %zu bytes", path,
                       sizeof((struct sockaddr_un *)0)->sun_path - 1);
    if (stat(path, &st) != 0)
        return err_set_errno(e, errno, "--unix-socket: %s", path);
    if (!S_ISSOCK(st.st_mode))
        return err_set(e, "--unix-socket: %s is no socket", path);
    return 0;
}

/* --- proxy ---------------------------------------------------------------------- */

int net_proxy_place(const char *url, struct net_place *out, struct err *e)
{
    static const char *const schemes[] = {"http://",    "https://",  "socks4://",
                                          "socks4a://", "socks5://", "socks5h://"};
    bool is_known = false;
    for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
        is_known |= strncasecmp(url, schemes[i], strlen(schemes[i])) == 0;
    if (!is_known)
        return err_set(e, "it must begin with http://, https://, socks5://, "
                          "socks5h://, socks4:// or socks4a://");
    if (!take_apart(url, true, out))
        return err_set(e, "no URL such as http://proxy.example:3128");
    if (out->port == 0)
        return err_set(e,
                       "the port is missing, as in http://%s:3128 (the libraries' "
                       "defaults differ)",
                       out->host);
    return 0;
}

static int check_proxy(const struct net_options *net, struct err *e)
{
    struct net_place ignored;
    if (net->proxy == NULL || net_proxy_place(net->proxy, &ignored, e) == 0)
        return 0;
    return err_in(e, "--proxy");
}

/* --- sources -------------------------------------------------------------------- */

static int check_source(const union address *a, struct err *e)
{
    char text[ADDRESS_TEXT];
    int fd = socket(a->family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return err_set_errno(e, errno, "--source-address: %s", address_format(text, a));
    int rc = bind(fd, &a->any, address_length(a));
    int why = errno;
    (void)close(fd);
    if (rc == 0)
        return 0;
    if (why == EADDRNOTAVAIL)
        return err_set(
            e,
            "--source-address: %s is no address of this machine; `ip address` "
            "lists them",
            address_format(text, a));
    return err_set_errno(e, why, "--source-address: %s", address_format(text, a));
}

/* --- together ------------------------------------------------------------------- */

/* Pairs of options that exclude each other, in the order of their rows. */
static int check_pairs(const struct net_options *net, struct err *e)
{
    bool has_proxy = net->proxy != NULL, has_unix = net->unix_socket != NULL;
    const struct {
        bool is_hit;
        const char *text;
    } rows[] = {
        {has_proxy && has_unix,
         "--proxy and --unix-socket exclude each other: a connection goes to one"},
        {net->override_count > 0 && has_proxy,
         "--resolve has no effect with --proxy: the proxy looks names up"},
        {net->override_count > 0 && has_unix,
         "--resolve has no effect with --unix-socket: no name is looked up"},
        {net->source_count > 0 && has_unix,
         "--source-address has no effect with --unix-socket: it has no address"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (rows[i].is_hit)
            return err_set(e, "%s", rows[i].text);
    return 0;
}

int net_check(const struct net_options *net, struct err *e)
{
    if (net->http == NET_HTTP_2 &&
        (curl_version_info(CURLVERSION_NOW)->features & CURL_VERSION_HTTP2) == 0)
        return err_set(e, "--http 2: this libcurl was built without HTTP/2");
    if (net->http != NET_HTTP_2 && net->streams > 0)
        return err_set(e, "--streams-per-connection: only --http 2 has streams");
    if (check_pairs(net, e) < 0 || check_trust(net, e) < 0 ||
        check_client_certificate(net, e) < 0 || check_proxy(net, e) < 0 ||
        check_unix_socket(net, e) < 0)
        return -1;
    for (uint32_t i = 0; i < net->source_count; i++)
        if (check_source(&net->sources[i], e) < 0)
            return -1;
    return 0;
}

static bool is_meant(const struct override *o, const char *const *urls, size_t n)
{
    struct err ignored = {0}; /* a bad URL is another check's business */
    struct net_place place = {0};
    for (size_t i = 0; i < n; i++)
        if (net_place_of(urls[i], &place, &ignored) == 0 &&
            strcasecmp(place.host, o->host) == 0 && place.port == o->port)
            return true;
    return false;
}

int net_check_targets(const struct net_options *net, const char *const *base_urls,
                      size_t n, struct err *e)
{
    for (size_t i = 0; i < n; i++) {
        if (net_is_never_reused(net, base_urls[i]) && net->streams > 1)
            return err_set(e,
                           "--streams-per-connection: this libcurl (%s) opens a "
                           "connection for every HTTP/2 request without TLS",
                           curl_version_info(CURLVERSION_NOW)->version);
        if (net_is_h2c(net, base_urls[i]) && net->proxy != NULL)
            return err_set(e, "--http 2: without TLS it does not go through a --proxy");
        if (net_is_h2c(net, base_urls[i]) != net_is_h2c(net, base_urls[0]))
            return err_set(e, "--http 2: both targets must be https, or both http");
    }
    for (uint32_t i = 0; i < net->override_count; i++)
        if (!is_meant(&net->overrides[i], base_urls, n))
            return err_set(e, "--resolve: no target is at %s:%u",
                           net->overrides[i].host, net->overrides[i].port);
    return 0;
}
