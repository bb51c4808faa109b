#!/bin/bash
# A server that closes reused connections before the first byte: libcurl sends the
# request again by itself, which is counted as a hidden attempt, or refused.
. "${0%/*}/lib/world.sh"

profile 20 4
# Connections are opened before the start, so requests meet reused ones, and go out
# again until one is new; not when the close comes while the body is being sent.
start_server --dialect openai --ttft 1ms --tpot 100us --fault stale
run counted "$dir/profile.json" --rate 40/s --duration 1s --warmup 0s --model m --warm-connections 4
stop_server
struck=$(grep -c '"id":"[^"]*","seq":[0-9]*,"fault":"stale"' "$dir/truth")
check_ge "reused connections were closed" "$struck" 5
check_ge "most of them are hidden attempts" "$(manifest counted hidden)" 1
check "what libcurl did not send again is a failure, and nothing else is" \
    "$(($(manifest counted hidden) + $(manifest counted failed)))" "^$struck$"
check "of the class reset, if any" "$(manifest counted failed)" "^$(manifest counted reset | grep . || echo 0)$"
check "attempts on the wire are the requests and the hidden ones" \
    "$(($(manifest counted sent) + $(manifest counted hidden)))" "^$(manifest counted attempts)$"

start_server --dialect openai --ttft 1ms --tpot 100us --fault stale
run refused "$dir/profile.json" --rate 40/s --duration 1s --warmup 0s --model m --warm-connections 4 \
    --strict-attempts --stop-on 100%
stop_server
struck=$(grep -c '"id":"[^"]*","seq":[0-9]*,"fault":"stale"' "$dir/truth")
check_ge "strict: reused connections were closed" "$struck" 5
check "strict: each is a failure" "$(manifest refused failed)" "^$struck$"
check "strict: of the class reset" "$(manifest refused reset)" "^$struck$"
check "strict: no attempt is hidden" "$(manifest refused hidden)" '^0$'
finish
