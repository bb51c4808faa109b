/* From settings to network options; see run_net.h. */
#include "command/run_net.h"

static int take_overrides(const struct opt_list *words, struct net_options *out,
                          struct err *e)
{
    if (words->count > NET_OVERRIDES_MAX)
        return err_set(e, "--resolve: at most %d are taken", NET_OVERRIDES_MAX);
    for (size_t i = 0; i < words->count; i++)
        if (override_parse(words->items[i], &out->overrides[i], e) < 0)
            return err_in(e, "--resolve");
    out->override_count = (uint32_t)words->count;
    return 0;
}

static int take_sources(const char *text, struct net_options *out, struct err *e)
{
    if (text == NULL)
        return 0;
    int n = address_list(text, 0, out->sources, NET_SOURCES_MAX, e);
    if (n < 0)
        return err_in(e, "--source-address");
    out->source_count = (uint32_t)n;
    return 0;
}

int run_net(const struct run_settings *s, struct net_options *out, struct err *e)
{
    *out = (struct net_options){.ca_file = s->ca_file,
                                .is_insecure = s->is_insecure,
                                .cert_file = s->cert_file,
                                .key_file = s->key_file,
                                .proxy = s->proxy,
                                .unix_socket = s->unix_socket,
                                .http = (enum net_http)s->http,
                                .streams = (uint32_t)s->streams};
    if (take_overrides(&s->resolves, out, e) < 0 ||
        take_sources(s->sources, out, e) < 0)
        return -1;
    return net_check(out, e);
}
