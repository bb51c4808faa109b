/*
 * A summary in the shape of `vllm bench serve --save-result`, so that dashboards
 * made for it read ours. Its definitions, not ours: from wire start, successful
 * requests only, whatever the sample; the page says how ours differ.
 */
#ifndef GUST_VLLM_JSON_H
#define GUST_VLLM_JSON_H

#include "judge/summary.h"

void summary_vllm_json(const struct summary *s, struct buf *out);

#endif
