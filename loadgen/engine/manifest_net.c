/* How connections were opened, and where they went; see manifest_net.h. */
#include "engine/manifest_net.h"

#include "engine/redact.h"
#include "engine/transport.h"

static void write_count(struct jout *j, const char *key, const uint64_t *count)
{
    if (count == NULL)
        jout_null(j, key);
    else
        jout_u64(j, key, *count);
}

static void write_addresses(struct jout *j, const struct plan *plan,
                            const struct dial_counts *counts)
{
    jout_array(j, "addresses");
    for (uint32_t arm = 0; arm < plan->arms; arm++) {
        const struct peers *p = &plan->peers[arm];
        for (uint32_t i = 0; i < p->count; i++) {
            jout_object(j, NULL);
            jout_str(j, "arm", plan->targets[arm].name);
            jout_str(j, "host", p->place.host);
            jout_u64(j, "port", p->place.port);
            jout_str(j, "address", p->list[i].text);
            write_count(j, "connects", counts ? &counts->connects[arm][i] : NULL);
            write_count(j, "requests", counts ? &counts->requests[arm][i] : NULL);
            jout_end_object(j);
        }
    }
    jout_end_array(j);
}

static void write_sources(struct jout *j, const struct net_options *net,
                          const struct dial_counts *counts)
{
    char text[ADDRESS_TEXT];
    jout_array(j, "sources");
    for (uint32_t i = 0; i < net->source_count; i++) {
        jout_object(j, NULL);
        jout_str(j, "address", address_format(text, &net->sources[i]));
        write_count(j, "connects", counts ? &counts->sources[i] : NULL);
        jout_end_object(j);
    }
    jout_end_array(j);
}

static void write_proxy(struct jout *j, const char *proxy)
{
    struct buf url;
    buf_init(&url, 8192);
    if (proxy != NULL)
        redact_url(&url, proxy);
    jout_str(j, "proxy", proxy ? url.data : NULL);
    buf_release(&url);
}

static void write_quirks(struct jout *j, const struct plan *plan)
{
    const char *quirks[QUIRKS_MAX];
    size_t n = transport_quirks(plan, quirks);
    jout_array(j, "quirks");
    for (size_t i = 0; i < n; i++)
        jout_str(j, NULL, quirks[i]);
    jout_end_array(j);
}

void manifest_network(struct jout *j, const struct plan *plan,
                      const struct dial_counts *counts)
{
    const struct net_options *net = &plan->net;
    const char *url = plan->targets[0].base_url;
    jout_object(j, "network");
    jout_str(j, "libcurl", transport_version());
    jout_str(j, "http", net->http == NET_HTTP_2 ? "2" : "1.1");
    jout_u64(j, "streams_per_connection", net_streams(net, url));
    jout_bool(j, "certificates_checked", !net->is_insecure);
    jout_bool(j, "client_certificate", net->cert_file != NULL);
    write_proxy(j, net->proxy);
    jout_str(j, "unix_socket", net->unix_socket);
    write_addresses(j, plan, net->proxy ? NULL : counts);
    write_sources(j, net, counts);
    jout_end_object(j);
    write_quirks(j, plan);
}
