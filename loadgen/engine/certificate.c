/* A look at a certificate; see certificate.h. */
#include "engine/certificate.h"

#include "base/clock.h"
#include "engine/transport.h"

#include <stdio.h>
#include <string.h>

/* What OpenSSL's result of the check means; numbers of its X509_V_ERR_... names,
 * which are part of its interface. LIMIT: with another TLS library each failed check
 * is an unknown issuer, and libcurl's words say more. */
static const struct {
    long result;
    enum trust trust;
} results[] = {
    {9, TRUST_NOT_YET},     /* CERT_NOT_YET_VALID */
    {10, TRUST_EXPIRED},    /* CERT_HAS_EXPIRED */
    {62, TRUST_WRONG_NAME}, /* HOSTNAME_MISMATCH */
    {64, TRUST_WRONG_NAME}, /* IP_ADDRESS_MISMATCH */
};

/* libcurl checks the name by itself; the result of OpenSSL knows nothing of it. */
static bool is_about_name(const char *why)
{
    return strstr(why, "subject name") != NULL || strstr(why, "common name") != NULL;
}

static enum trust trust_of(CURLcode code, long result, const char *why)
{
    if (code == CURLE_OK)
        return TRUST_GOOD;
    if (code != CURLE_PEER_FAILED_VERIFICATION)
        return TRUST_NO_HANDSHAKE;
    for (size_t i = 0; i < ARRAY_LEN(results); i++)
        if (results[i].result == result)
            return results[i].trust;
    return is_about_name(why) ? TRUST_WRONG_NAME : TRUST_UNKNOWN_ISSUER;
}

static void copy(char *to, size_t size, const char *from, size_t length)
{
    size_t n = length < size ? length : size - 1;
    memcpy(to, from, n);
    to[n] = '\0';
    for (char *p = to; *p != '\0'; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            *p = '?'; /* names come from outside: they must not command a terminal */
}

/* libcurl says the protocol only in its log. */
static int on_log(CURL *easy, curl_infotype type, char *text, size_t length, void *p)
{
    static const char start[] = "SSL connection using ";
    struct certificate *c = p;
    size_t skip = sizeof start - 1;
    (void)easy;
    if (type != CURLINFO_TEXT || length <= skip || memcmp(text, start, skip) != 0)
        return 0;
    size_t n = 0;
    while (skip + n < length && text[skip + n] != ' ' && text[skip + n] != '\n')
        n++;
    copy(c->protocol, sizeof c->protocol, text + skip, n);
    return 0;
}

static const char *field(const struct curl_slist *lines, const char *name)
{
    size_t n = strlen(name);
    for (; lines != NULL; lines = lines->next)
        if (strncmp(lines->data, name, n) == 0)
            return lines->data + n;
    return NULL;
}

static void read_chain(CURL *easy, int64_t wall_ns, struct certificate *out)
{
    struct curl_certinfo *info = NULL;
    if (curl_easy_getinfo(easy, CURLINFO_CERTINFO, &info) != CURLE_OK || info == NULL)
        return;
    out->chain = (size_t)info->num_of_certs;
    for (size_t i = 0; i < out->chain; i++) {
        const char *subject = field(info->certinfo[i], "Subject:");
        const char *issuer = field(info->certinfo[i], "Issuer:");
        const char *until = field(info->certinfo[i], "Expire date:");
        if (i == 0 && subject != NULL)
            copy(out->subject, sizeof out->subject, subject, strlen(subject));
        if (i == 0 && issuer != NULL)
            copy(out->issuer, sizeof out->issuer, issuer, strlen(issuer));
        time_t end_s = until != NULL ? curl_getdate(until, NULL) : -1;
        int64_t left_s = (int64_t)end_s - wall_ns / NS_PER_S;
        if (end_s == -1 || (out->has_expiry && left_s >= out->left_s))
            continue;
        out->has_expiry = true;
        out->left_s = left_s;
        copy(out->expires, sizeof out->expires, until, strlen(until));
    }
}

/* One handshake; without a check when is_blind. */
static CURLcode shake(const struct plan *plan, const char *url, int64_t timeout_ns,
                      bool is_blind, int64_t wall_ns, struct certificate *out)
{
    CURL *easy = curl_easy_init();
    if (easy == NULL)
        bug("curl_easy_init failed");
    char why[CURL_ERROR_SIZE] = "";
    long result = 0;
    transport_defaults(easy, plan);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(easy, CURLOPT_CERTINFO, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)(timeout_ns / NS_PER_MS));
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, why);
    curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
    curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, on_log);
    curl_easy_setopt(easy, CURLOPT_DEBUGDATA, out);
    if (is_blind) {
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    CURLcode code = curl_easy_perform(easy);
    (void)curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &result);
    read_chain(easy, wall_ns, out);
    if (!is_blind) {
        out->trust = trust_of(code, result, why);
        const char *words = why[0] != '\0' ? why : curl_easy_strerror(code);
        copy(out->why, sizeof out->why, words, code == CURLE_OK ? 0 : strlen(words));
    }
    curl_easy_cleanup(easy);
    return code;
}

void certificate_read(const struct plan *plan, const char *url, int64_t timeout_ns,
                      int64_t wall_ns, struct certificate *out)
{
    *out = (struct certificate){0};
    int64_t start_ns = clock_now_ns();
    CURLcode code = shake(plan, url, timeout_ns, false, wall_ns, out);
    out->took_ns = clock_now_ns() - start_ns;
    if (code == CURLE_PEER_FAILED_VERIFICATION)
        (void)shake(plan, url, timeout_ns, true, wall_ns, out);
    /* both at once: what has expired is said first */
    if (out->trust == TRUST_UNKNOWN_ISSUER && out->has_expiry && out->left_s < 0)
        out->trust = TRUST_EXPIRED;
}
