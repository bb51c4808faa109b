/* The words of the network options: what is taken, and what is refused before
 * anything is sent. */
#include "command/run_net.h"

#include "scratch.h"

#include <sys/socket.h>
#include <sys/un.h>

#define WORDS_MAX 16

static const struct {
    const char *name, *text;
} files[] = {
    {"cert", "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n"},
    {"key", "-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----\n"},
    {"both", "-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----\n"
             "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n"},
    {"locked", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMII\n"},
    {"old-locked", "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nMII\n"},
    {"der", "0\x82\x03\x10"},
    {"empty", ""},
};

static const struct {
    const char *words, *error; /* "": taken */
} rows[] = {
    {"", ""},
    {"--http 2", ""},
    {"--http 3", "--http: \"3\" is none of 1.1, 2"},
    {"--http 2 --streams-per-connection 64", ""},
    {"--http 2 --streams-per-connection 65", "--streams-per-connection: 65"},
    {"--http 2 --streams-per-connection 0", "--streams-per-connection: 0"},
    {"--streams-per-connection 8", "--streams-per-connection: only --http 2 has"},
    {"--cacert cert", ""},
    {"--cacert key", "--cacert: key holds no certificate in PEM form"},
    {"--cacert der", "--cacert: der holds no certificate in PEM form"},
    {"--cacert none", "--cacert: cannot open none: No such file"},
    {"--cacert .", "--cacert: cannot read ."},
    {"--cert cert --cert-key key", ""},
    {"--cert both", ""},
    {"--cert cert", "--cert: cert holds no private key: give it with --cert-key"},
    {"--cert empty --cert-key key", "--cert: empty holds no certificate"},
    {"--cert cert --cert-key cert", "--cert-key: cert holds no private key"},
    {"--cert cert --cert-key locked", "--cert-key: the key in locked is encrypted"},
    {"--cert cert --cert-key old-locked", "openssl pkey -in old-locked"},
    {"--cert-key key", "--cert-key: the certificate is missing: give --cert"},
    {"--proxy http://p.test:3128", ""},
    {"--proxy https://p.test:3128", ""},
    {"--proxy socks5h://me:pw@p.test:1080", ""},
    {"--proxy p.test:3128", "--proxy: it must begin with http://, https://, socks5://"},
    {"--proxy ftp://p.test:21", "--proxy: it must begin with"},
    {"--proxy http://p.test", "--proxy: the port is missing, as in http://p.test:3128"},
    {"--proxy http://:1", "--proxy: no URL such as"},
    {"--source-address 127.0.0.1", ""},
    {"--source-address 127.0.0.1,127.0.0.2", ""},
    {"--source-address 192.0.2.1", "--source-address: 192.0.2.1 is no address of this"},
    {"--source-address lo", "--source-address: \"lo\" is no IPv4 or IPv6 address"},
    {"--source-address 127.0.0.1,127.0.0.1", "--source-address: 127.0.0.1 is there"},
    {"--resolve a.test:80:127.0.0.1 --resolve b.test:80:127.0.0.1", ""},
    {"--resolve a.test:80",
     "--resolve: \"a.test:80\": \"80\" is no port 1..65535 with"},
    {"--unix-socket socket", ""},
    {"--unix-socket cert", "--unix-socket: cert is no socket"},
    {"--unix-socket none", "--unix-socket: none: No such file"},
    {"--unix-socket socket --proxy http://p.test:1", "exclude each other"},
    {"--unix-socket socket --resolve a.test:80:10.0.0.1", "--resolve has no effect"},
    {"--proxy http://p.test:1 --resolve a.test:80:10.0.0.1", "--resolve has no effect"},
    {"--unix-socket socket --source-address 127.0.0.1", "--source-address has no"},
};

/* Splits words at blanks, parses them as the command line of a run. */
static int take(const char *words, struct net_options *net, struct err *e)
{
    char text[1024], *rest = NULL, *argv[WORDS_MAX];
    int argc = 0;
    struct run_settings settings = {0};
    struct opt_list args;
    (void)snprintf(text, sizeof text, "run %s", words);
    for (char *w = strtok_r(text, " ", &rest); w != NULL && argc < WORDS_MAX;
         w = strtok_r(NULL, " ", &rest))
        argv[argc++] = w;
    struct opts *opts = opts_new(run_options, &settings, e);
    int rc = opts_command_line(opts, argc, argv, &args, e);
    if (rc == 0)
        rc = run_net(&settings, net, e);
    opts_free(opts);
    return rc;
}

static void words_are_taken_or_refused(void)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct net_options net;
        struct err e = {0};
        check_row = rows[i].words;
        CHECK_INT(take(rows[i].words, &net, &e), rows[i].error[0] ? -1 : 0);
        CHECK(strstr(e.text, rows[i].error) != NULL);
        if (rows[i].error[0] == '\0')
            CHECK_STR(e.text, "");
    }
}

static void values_arrive(void)
{
    struct net_options net;
    struct err e = {0};
    CHECK_INT(take("--http 2 --streams-per-connection 9 --source-address "
                   "127.0.0.1,127.0.0.9 --resolve a.test:443:10.0.0.1,10.0.0.2 "
                   "--cert cert --cert-key key",
                   &net, &e),
              0);
    CHECK_INT(net.http, NET_HTTP_2);
    CHECK_INT(net.streams, 9);
    CHECK_INT(net.source_count, 2);
    CHECK_INT(net.override_count, 1);
    CHECK_INT(net.overrides[0].count, 2);
}

/* A password in a proxy's URL is in no message. */
static void passwords_are_not_repeated(void)
{
    struct net_options net;
    struct err e = {0};
    CHECK_INT(take("--proxy http://me:sesame@p.test", &net, &e), -1);
    CHECK(strstr(e.text, "sesame") == NULL);
    err_clear(&e);
    CHECK_INT(take("--proxy ftp://me:sesame@p.test:1", &net, &e), -1);
    CHECK(strstr(e.text, "sesame") == NULL);
}

static void overrides_have_a_limit(void)
{
    struct run_settings s = {0};
    const char *items[NET_OVERRIDES_MAX + 1];
    struct net_options net;
    struct err e = {0};
    for (size_t i = 0; i < ARRAY_LEN(items); i++)
        items[i] = "a.test:80:10.0.0.1";
    s.resolves = (struct opt_list){.items = items, .count = ARRAY_LEN(items)};
    CHECK_INT(run_net(&s, &net, &e), -1);
    CHECK_STR(e.text, "--resolve: at most 8 are taken");
}

static struct scratch world_new(void)
{
    struct scratch s = scratch_new();
    struct sockaddr_un at = {.sun_family = AF_UNIX, .sun_path = "socket"};
    for (size_t i = 0; i < ARRAY_LEN(files); i++)
        scratch_write(scratch_path(&s, files[i].name), files[i].text,
                      strlen(files[i].text));
    CHECK_INT(chdir(s.path), 0);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK_INT(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    (void)close(fd);
    return s;
}

int main(void)
{
    struct scratch world = world_new();
    RUN(words_are_taken_or_refused);
    RUN(values_arrive);
    RUN(passwords_are_not_repeated);
    RUN(overrides_have_a_limit);
    scratch_remove(&world);
    return check_report();
}
