#!/bin/bash
# The confusion matrix of the faults that faults.sh does not have: three kinds strike a
# quarter of the requests each, and every request lands in the class of its own fault.
# A row: fault option | kind in the truth | class in the run. Those of class ok are
# what a client must live with.
#
# They begin 400 ms after the first request: the calibration is well, and a class that
# is a configuration error does not end the run. Where a loaded machine took longer for
# that, the run is made again.
. "${0%/*}/lib/world.sh"

count() { # KIND CLASS-EXPRESSION: requests
    awk -v k="$1" -v c="^($2)\$" '$1 == "fault" && $2 == k && $3 ~ c { n += $4 }
        END { print n + 0 }' "$dir/score"
}

strike() { # a run against a server with the faults of the array options
    local args=() option
    for option in "${options[@]}"; do
        args+=(--fault "$option@400ms+1d")
    done
    for _ in 1 2 3 4 5 6; do
        start_server --dialect openai --ttft 5ms --tpot 2ms --jitter 0 "${args[@]}"
        run r "$dir/profile.json" --rate 120/s --duration 1.5s --warmup 0s --records \
            --stop-on 100% --ttft-timeout 400ms --stall-timeout 400ms --timeout 2s
        stop_server
        [ "$code" -eq 3 ] || break
    done
    "$tools/score" "$dir/r" "$dir/truth" >"$dir/score" || fail "${options[*]}" "no score"
    for i in "${!options[@]}"; do
        hit=$(count "${kinds[i]}" '.*')
        check_ge "${options[i]} strikes" "$hit" 8
        check "${options[i]}: every one lands in ${classes[i]}" \
            "$(count "${kinds[i]}" "${classes[i]}")" "^$hit$"
    done
    check "${options[*]}: the others succeed" \
        "$(awk '$1 == "fault" && $2 == "none" && $3 != "ok" { n += $4 } END { print n + 0 }' \
            "$dir/score")" '^0$'
    check "${options[*]}: each is scored" "$(sed -n 's/^matched //p' "$dir/score")" \
        "^$(sed -n 's/^records //p' "$dir/score")$"
    options=() kinds=() classes=()
}

profile 20 12
options=() kinds=() classes=()
while IFS='|' read -r option kind class; do
    option=${option// /} kind=${kind// /} class=${class// /}
    [ -n "$option" ] || continue
    options+=("$option") kinds+=("$kind") classes+=("$class")
    [ "${#options[@]}" -lt 3 ] || strike
done <<'ROWS'
retry-after-ms=50ms:25%      | retry-after-ms   | rate_limited_429
unavailable=3s:25%           | unavailable      | unavailable_503
slow=1000:25%                | slow             | ttft_timeout
retry-after-date=-10m:25%    | retry-after-date | rate_limited_429
key-refused=any:25%          | key-refused      | auth_401
drip=200ms:25%               | drip             | total_timeout|stall_timeout
retry-after-text=soon:25%    | retry-after-text | rate_limited_429
spend-limit:25%              | spend-limit      | quota_spent_429
context:25%                  | context          | http_400_context
cut-head:25%                 | cut-head         | reset
bad-chunk:25%                | bad-chunk        | truncated_stream
not-http:25%                 | not-http         | other
empty-body:25%               | empty-body       | reset
no-length:25%                | no-length        | truncated_stream
cut-letter:25%               | cut-letter       | malformed_json
cut-event:25%                | cut-event        | truncated_stream
huge-event=100k:25%          | huge-event       | ok
duplicate:25%                | duplicate        | ok
comments:25%                 | comments         | ok
empty-events:25%             | empty-events     | ok
split:25%                    | split            | ok
no-usage:25%                 | no-usage         | ok
wrong-usage=10:25%           | wrong-usage      | ok
bandwidth=20k:25%            | bandwidth        | ok
reset:25%:after=4ev          | reset            | truncated_stream
stall=2s:25%:after=1500b     | stall            | stall_timeout
inband:25%:after=10ms        | inband           | inband_error
echo-key:25%                 | echo-key         | forbidden_403
hang:25%                     | hang             | ttft_timeout
refuse:25%                   | refuse           | reset
ROWS
finish
