/*
 * From what was looked at to what is wrong: the decision tree of a triage.
 *
 * Facts of one target go in, one leaf comes out: what is wrong, how bad that is, on
 * whose side, what to do next. Pure: no socket, no clock. The tree is an ordered
 * table of rules, the leaves are a table of rows; the first rule that holds decides,
 * from the name on the wire up to the answer of the model.
 *
 * Severities:
 *   P1  users get nothing
 *   P2  some users get nothing, or all wait
 *   P3  users are served; something beside them is wrong and will hurt
 *   P4  nothing wrong is seen
 *
 * LIMIT: a look is a handful of requests. That all of them worked says that the
 * service works for most, not that it works for all: a share of errors below a third
 * is likely not seen. The error rate of Prometheus is for that.
 */
#ifndef GUST_DIAGNOSIS_H
#define GUST_DIAGNOSIS_H

#include "wire/outcome.h"

#include <stddef.h>

/* What is looked at, in this order: enum, name, what a person reads. */
#define CHECK_LIST(X)                                                                  \
    X(NAME, "name", "name resolution")                                                 \
    X(CONNECT, "connect", "TCP connection to each address")                            \
    X(TLS, "tls", "TLS handshake and certificate")                                     \
    X(HTTP, "http", "GET of the list of models")                                       \
    X(KEY, "key", "the same without the key")                                          \
    X(MODEL, "model", "is the model in the list?")                                     \
    X(REQUEST, "request", "requests for one token, streamed")                          \
    X(LIMITS, "limits", "rate-limit headers of the replies")                           \
    X(HEALTH, "health", "the server's own health endpoint")                            \
    X(METRICS, "metrics", "the server's own queue")                                    \
    X(PROMETHEUS, "prometheus", "error rate that Prometheus knows")                    \
    X(APP, "app", "health of the application in front")

enum check {
#define CHECK_ENUM(id, name, title) CHECK_##id,
    CHECK_LIST(CHECK_ENUM)
#undef CHECK_ENUM
        CHECK_COUNT
};

extern const char *const check_names[CHECK_COUNT];
extern const char *const check_titles[CHECK_COUNT];

enum severity {
    SEVERITY_P1 = 1,
    SEVERITY_P2,
    SEVERITY_P3,
    SEVERITY_P4,
};

enum name_fact {
    NAME_NOT_ASKED, /* an address was given, or a proxy resolves */
    NAME_RESOLVED,
    NAME_NOT_FOUND, /* the name server says that there is none */
    NAME_NO_ANSWER, /* the name server says nothing */
};

enum reach {
    REACH_NOT_TRIED,
    REACH_OPEN,
    REACH_REFUSED,
    REACH_SILENT,      /* no answer in time */
    REACH_UNREACHABLE, /* no route to it */
    REACH_NO_RESOURCE, /* this machine has no port or descriptor left */
};

enum trust {
    TRUST_NOT_TRIED, /* plain HTTP, too */
    TRUST_GOOD,
    TRUST_EXPIRED,
    TRUST_NOT_YET,
    TRUST_WRONG_NAME,
    TRUST_UNKNOWN_ISSUER,
    TRUST_NO_HANDSHAKE,
};

/* What a look at one target has found; zero: not looked at. Strings are borrowed. */
struct target_facts {
    enum name_fact name;
    uint32_t addresses, open; /* open: those that take connections */
    enum reach reach;         /* REACH_OPEN, or why the first closed one is closed */
    enum trust trust;
    bool has_certificate;
    int64_t certificate_left_s; /* until the first of its chain expires */
    bool has_key;               /* one was sent */
    bool has_models;            /* the list of models was asked for */
    enum outcome models;        /* how that ended */
    uint16_t models_http;
    bool is_model_missing; /* the list came and does not name the model */
    uint32_t sent, failed; /* requests for a token */
    enum outcome outcome;  /* of the first that failed */
    uint16_t http;
    const char *words; /* the server's about it; NULL or "": none */
    bool is_other_model;
    int64_t ttft_ns; /* median of those that worked, from an unopened connection */
    int64_t slow_ns; /* a first token later than that is slow; 0: never */
    bool has_health, is_healthy;
};

/* What is known beside the targets. */
struct scene_facts {
    bool has_error_share; /* Prometheus was asked and answered with a number */
    double error_share;   /* 0..1 */
    double error_limit;   /* more of it is an incident */
    bool has_app, is_app_healthy;
};

/* Columns: enum, name (JSON), severity, side, check that shows it, title, reason of
 * the severity, what to do next (one step a line). */
#define LEAF_LIST(X)                                                                   \
    X(RESOLVED, "resolved", P4, NOBODY, REQUEST, "nothing wrong is seen",              \
      "requests are answered", "")                                                     \
    X(UNKNOWN, "unknown", P3, NOBODY, REQUEST, "no request could be tried",            \
      "whether users are served is not known",                                         \
      "give --model: the server lists none that could be asked")                       \
    X(NO_KEY, "no_key", P3, NOBODY, KEY, "the server wants a key and none was given",  \
      "whether users are served is not known",                                         \
      "set MISTRAL_API_KEY, or give --key-env or --key-file")                          \
    X(OUR_HOST, "our_host", P3, OURS, CONNECT,                                         \
      "this machine has no descriptor, port or memory left to look",                   \
      "whether users are served is not known",                                         \
      "look from another machine\nraise ulimit -n; count connections with ss -s")      \
    X(RESOLVER, "resolver", P1, OURS, NAME, "the name server does not answer",         \
      "from here no name is found",                                                    \
      "ask another resolver: dig @1.1.1.1 HOST\n"                                      \
      "check /etc/resolv.conf and the way to UDP and TCP port 53")                     \
    X(DNS, "dns", P1, NETWORK, NAME, "the host name is not found",                     \
      "nobody who asks this name server finds the server",                             \
      "check the spelling of --target\n"                                               \
      "compare resolvers: dig HOST, dig @1.1.1.1 HOST\n"                               \
      "look for a DNS change or an expired domain")                                    \
    X(NETWORK, "network", P1, NETWORK, CONNECT, "no address of the server answers",    \
      "packets are lost on the way: every request runs into its timeout",              \
      "try another network or region: is it here or there?\n"                          \
      "check firewall, security group, route and VPN changes\n"                        \
      "find where it ends: mtr -T -P PORT HOST")                                       \
    X(CUT_OFF, "cut_off", P1, OURS, CONNECT, "no target can be reached from here",     \
      "several servers at once: it is this side's network",                            \
      "look from another network before you call it theirs\n"                          \
      "check route, VPN, firewall and name server of this host")                       \
    X(REFUSED, "refused", P1, THEIRS, CONNECT,                                         \
      "the host is up and nothing listens on the port",                                \
      "every request is refused at once",                                              \
      "is the server process running? Look at its last log lines (out of memory?)\n"   \
      "is it still loading, or on another port?\n"                                     \
      "restart or replace it; send the traffic elsewhere meanwhile")                   \
    X(TLS_EXPIRED, "tls_expired", P1, THEIRS, TLS, "the certificate has expired",      \
      "every client that checks certificates fails",                                   \
      "renew the certificate and reload what terminates TLS\n"                         \
      "check why the renewal job did not run")                                         \
    X(TLS_NOT_YET, "tls_not_yet", P1, THEIRS, TLS, "the certificate is not valid yet", \
      "every client that checks certificates fails",                                   \
      "check the clock of this machine: date -u\ninstall the previous certificate")    \
    X(TLS_NAME, "tls_name", P1, THEIRS, TLS, "the certificate is for another name",    \
      "every client that checks certificates fails",                                   \
      "is the host of --target the one that clients use?\n"                            \
      "look for a wrong default certificate in the proxy or load balancer")            \
    X(TLS_ISSUER, "tls_issuer", P1, THEIRS, TLS,                                       \
      "the certificate's issuer is not trusted here",                                  \
      "clients that do not know this issuer fail",                                     \
      "a private authority: give its certificate with --cacert\n"                      \
      "a public one: the server must send its intermediate certificates\n"             \
      "a proxy that breaks TLS open shows as its issuer")                              \
    X(TLS, "tls", P1, THEIRS, TLS, "there is no TLS handshake",                        \
      "no client gets through",                                                        \
      "does the port speak TLS, or plain HTTP?\n"                                      \
      "compare protocol versions: openssl s_client -connect HOST:PORT")                \
    X(KEY, "key_401", P1, OURS, KEY, "the key is refused",                             \
      "every request with this key fails, and retries cannot help",                    \
      "was the key rotated, revoked or deleted? Deploy the new one\n"                  \
      "does every replica have it? Reload those that read it at their start\n"         \
      "is it a key of this host? Keys of other hosts are refused")                     \
    X(FORBIDDEN, "forbidden_403", P2, OURS, REQUEST,                                   \
      "the key may not use this model or endpoint",                                    \
      "requests of this kind fail; others may work",                                   \
      "check the plan and the workspace of the key\n"                                  \
      "try a model that the list of models names\n"                                    \
      "a page of a web firewall instead of JSON: ask its owner")                       \
    X(NEVER, "never_allowed", P2, OURS, REQUEST,                                       \
      "the key's limit for this model is 0",                                           \
      "requests for this model fail; others may work",                                 \
      "check the plan of the key: this model is not in it\ntry another model")         \
    X(MODEL, "model_404", P2, OURS, MODEL, "the model does not exist there",           \
      "requests for this model fail; others may work",                                 \
      "was it retired or renamed? Take a name of the list of models\n"                 \
      "roll back the last change of the model's name")                                 \
    X(PATH, "path_404", P2, OURS, REQUEST, "the path does not exist there",            \
      "requests to this path fail",                                                    \
      "check the base URL: with or without /v1?\n"                                     \
      "check --dialect and the routes of the gateway")                                 \
    X(REQUEST, "request_refused", P2, OURS, REQUEST,                                   \
      "the server refuses the body of the request",                                    \
      "requests of this form fail; others may work",                                   \
      "check --dialect\nwas the server updated? Compare its words with the client's "  \
      "last change")                                                                   \
    X(SPEND, "spend_limit", P1, OURS, REQUEST, "the month's budget is used up",        \
      "no request passes until it is raised or its period ends",                       \
      "raise the limit, or add credit, in the provider's console\n"                    \
      "find what spent it; stop retries: they cannot help\n"                           \
      "send the traffic to another account or provider")                               \
    X(QUOTA, "quota_429", P2, OURS, REQUEST, "the rate limit of the key is used up",   \
      "requests above the limit fail",                                                 \
      "find who sends: a batch job, a retry storm?\n"                                  \
      "slow down, honour Retry-After, shed the least important\n"                      \
      "ask for a higher limit, or spread over keys and providers")                     \
    X(CAPACITY, "capacity_429", P2, THEIRS, REQUEST,                                   \
      "the provider has no capacity left for this model",                              \
      "it is not the key's quota: others of the provider's users fail, too",           \
      "switch to another model or provider\n"                                          \
      "back off: retries make it longer\nlook at the provider's status page")          \
    X(OVERLOADED, "overloaded", P1, THEIRS, REQUEST, "the server is overloaded",       \
      "requests are refused because its queue is full",                                \
      "shed load and stop retries first\nadd replicas, or send traffic elsewhere\n"    \
      "look at queue and cache use: gust triage shows what /metrics says")             \
    X(LOADING, "loading", P2, THEIRS, REQUEST, "the server is loading its model",      \
      "it was started a short time ago and answers nobody yet",                        \
      "wait: --watch 30s says when it works\n"                                         \
      "why was it restarted? Look at its log before the start")                        \
    X(SERVER_ERROR, "server_5xx", P1, THEIRS, REQUEST, "the server fails with 5xx",    \
      "requests that are right are not answered",                                      \
      "look at the provider's status page, or the server's log\n"                      \
      "name the correlation id of the evidence when you report it\n"                   \
      "send the traffic elsewhere; open the circuit breaker")                          \
    X(TIMEOUT, "timeout", P1, THEIRS, REQUEST,                                         \
      "the server takes the request and does not answer",                              \
      "users wait for their timeout",                                                  \
      "is its queue long? A longer --timeout tells slow from dead\n"                   \
      "a stuck engine: look at its log, restart it\n"                                  \
      "shorten the clients' timeouts and fail over")                                   \
    X(BROKEN, "broken", P1, THEIRS, REQUEST, "connections break before the answer",    \
      "requests are lost on the way",                                                  \
      "does the server crash? Look at its restarts\n"                                  \
      "look for a proxy or load balancer that cuts streams")                           \
    X(BAD_ANSWER, "bad_answer", P1, THEIRS, REQUEST, "HTTP 200, and no answer inside", \
      "dashboards that count status codes show nothing",                               \
      "read the server's words in the evidence\n"                                      \
      "look at its log for the request's id\nis a gateway in between?")                \
    X(WRONG_MODEL, "wrong_model", P2, THEIRS, REQUEST, "another model answers",        \
      "users are served, with answers of another model",                               \
      "look at the routes of the gateway and the last deployment")                     \
    X(OTHER, "other", P1, THEIRS, REQUEST, "requests fail",                            \
      "requests are not answered", "read the server's words in the evidence")          \
    X(DEGRADED, "degraded", P2, THEIRS, REQUEST, "the first token is slow",            \
      "users are served, and wait",                                                    \
      "is its queue long? Add replicas or shed load\n"                                 \
      "compare with the last good day: gust compare\n"                                 \
      "send the traffic elsewhere")                                                    \
    X(ERRORS_SEEN, "errors_seen", P2, THEIRS, PROMETHEUS,                              \
      "this look works, and Prometheus counts errors", "a part of the users fails",    \
      "split the error rate by replica, model and status code\n"                       \
      "one bad replica of many? Take it out")                                          \
    X(OUR_SIDE, "our_side", P1, OURS, APP,                                             \
      "the model server works, the application in front does not",                     \
      "users reach the model through the application only",                            \
      "look at the application: last deployment, log, restarts\n"                      \
      "can it reach the model server? Run gust triage from its host")                  \
    X(UNHEALTHY, "unhealthy", P3, THEIRS, HEALTH,                                      \
      "requests work, and the health endpoint says no",                                \
      "a load balancer may take the server out",                                       \
      "look at the server's log\nask the health endpoint again in a minute")           \
    X(PART_DOWN, "part_down", P3, THEIRS, CONNECT,                                     \
      "a part of the server's addresses is down",                                      \
      "clients that pick a dead address wait or fail",                                 \
      "take the dead addresses out of DNS\nlook why they do not answer")               \
    X(CERTIFICATE_SOON, "certificate_soon", P3, THEIRS, TLS,                           \
      "the certificate expires within 14 days", "users are served until then",         \
      "renew it now; check why the renewal job did not")                               \
    X(STANDBY_DOWN, "standby_down", P3, THEIRS, REQUEST,                               \
      "the first target works, another one does not",                                  \
      "users are served; there is less to fall back on",                               \
      "repair it before it is needed")

enum leaf {
#define LEAF_ENUM(id, name, severity, side, check, title, reason, next) LEAF_##id,
    LEAF_LIST(LEAF_ENUM)
#undef LEAF_ENUM
        LEAF_COUNT
};

/* Where to look for the cause. */
enum side { SIDE_NOBODY, SIDE_OURS, SIDE_NETWORK, SIDE_THEIRS };

extern const char *const side_names[];

struct leaf_row {
    const char *name;
    enum severity severity;
    enum side side;
    enum check check;
    const char *title, *reason;
    const char *next; /* a step a line; "" none */
};

extern const struct leaf_row leaf_rows[LEAF_COUNT];

struct diagnosis {
    enum leaf leaf;
    enum severity severity; /* the leaf's, one less bad when it comes and goes */
    bool is_intermittent;   /* some of the requests worked */
};

/* Of one target alone. */
struct diagnosis diagnose_target(const struct target_facts *f);

/* Can it do the work of another? Its requests are answered, all of them in time. */
bool diagnosis_can_take_over(const struct diagnosis *d);

/*
 * Of all of them: the first target is what users use, the others stand by.
 * *about is the index of the target that shows it; n when it is none of them.
 */
struct diagnosis diagnose(const struct diagnosis *targets, size_t n,
                          const struct scene_facts *scene, size_t *about);

/* Could this look tell anything about the service? */
bool diagnosis_is_blind(const struct diagnosis *d);

/* Are users served, so that waiting for it is over? */
bool diagnosis_is_recovered(const struct diagnosis *d);

#endif
