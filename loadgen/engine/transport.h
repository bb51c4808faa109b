/*
 * The one place that speaks libcurl's language: its codes, and the options that
 * every handle gets. The rest of the engine sees enum transport.
 */
#ifndef GUST_TRANSPORT_H
#define GUST_TRANSPORT_H

#include "engine/plan.h"
#include "engine/quirk.h"
#include "wire/outcome.h"

#include <curl/curl.h>

/* Once per process, before any thread; and at its end. */
void transport_init(void);
void transport_cleanup(void);

/* libcurl's result in our words. os_errno refines it; 0 unknown. */
enum transport transport_of(CURLcode code, long os_errno);

/* The same of a transfer that has ended, which knows what a proxy said to CONNECT. */
enum transport transport_of_easy(CURL *easy, CURLcode code, long os_errno);

/* Options that are the same for every request to a target: no signals, no proxy
 * unless asked, TLS trust from one file (CAPATH off: 20 ms and 0.9 MB a
 * connection otherwise), small upload buffer, no Expect, the version of HTTP. */
void transport_defaults(CURL *easy, const struct plan *plan);

/* Phases of the connection that a transfer opened, in ns (-1: there was none); false
 * when it went over one that was open. */
bool transport_connect_times(CURL *easy, int64_t *dns_ns, int64_t *connect_ns,
                             int64_t *tls_ns);

/* The header lines of a target: content type, key, user agent, the user's own.
 * Owned by the caller (curl_slist_free_all). */
struct curl_slist *transport_headers(const struct target *t, bool is_stream);

/* "libcurl/7.88.1 OpenSSL/3.0.20 ...". */
const char *transport_version(void);

/* The quirks of this libcurl that touch the plan (NULL: any): see quirk.h. */
size_t transport_quirks(const struct plan *plan, const char *out[QUIRKS_MAX]);

#endif
