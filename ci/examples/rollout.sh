#!/bin/sh
# A gradual rollout from a plain shell: each weight is set by a hook, judged, and
# rolled back on a NO-GO. The hooks get their facts in GUST_* variables.
set -eu
exec gust canary assistant \
    --baseline "$BASELINE_URL" --canary "$CANARY_URL" --rate 20/s \
    --steps 5,10,25,50,100 --bake 10m \
    --on-step './set-weight "$GUST_WEIGHT"' \
    --on-nogo './set-weight 0' \
    --smoke --out "runs/rollout-$(date +%Y%m%d-%H%M%S)"
