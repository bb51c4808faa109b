#!/bin/sh
# A gradual rollout on Kubernetes: the weight is that of two backends of a Gateway
# API route. Names: ROUTE, and backends production (0) and canary (1) of rule 0.
set -eu
: "${ROUTE:?the HTTPRoute to steer}"
weight='kubectl patch httproute "$ROUTE" --type json -p "[
    {\"op\":\"replace\",\"path\":\"/spec/rules/0/backendRefs/0/weight\",\"value\":$((100 - GUST_WEIGHT))},
    {\"op\":\"replace\",\"path\":\"/spec/rules/0/backendRefs/1/weight\",\"value\":$GUST_WEIGHT}]"'
export ROUTE
exec gust canary assistant \
    --baseline http://production.models.svc:8000 --canary http://canary.models.svc:8000 \
    --rate 20/s --steps 5,10,25,50,100 --bake 10m \
    --on-step "$weight" --on-nogo "GUST_WEIGHT=0; $weight" --smoke
