/*
 * From settings to network options; see engine/net.h. Nothing is sent here.
 */
#ifndef GUST_RUN_NET_H
#define GUST_RUN_NET_H

#include "command/run_options.h"
#include "engine/net.h"

/* Parses and checks; what strings there are stay borrowed from the settings. */
MUST_CHECK int run_net(const struct run_settings *s, struct net_options *out,
                       struct err *e);

#endif
