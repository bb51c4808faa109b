#!/bin/bash
# Exactly once: each injected fault lands in its own class, each request in one,
# and what no fault touched succeeds. A row: fault option | kind in the truth |
# class in the run (several: any of them, by when it struck).
. "${0%/*}/lib/world.sh"

# The faults are drawn anew in each run. Where the first three requests get a
# configuration error the guard ends the run, as it must: then it is drawn again.
strike() { # FAULT: a run against a server with it
    for _ in 1 2 3 4 5 6; do
        start_server --dialect openai --ttft 5ms --tpot 2ms --jitter 0 --fault "$1"
        run r "$dir/profile.json" --rate 80/s --duration 1s --warmup 0s --records \
            --stop-on 100% --ttft-timeout 400ms --stall-timeout 400ms --timeout 5s
        stop_server
        [ "$code" -eq 3 ] || break
    done
}

profile 20 12
while IFS='|' read -r option kind classes; do
    option=${option// /} kind=${kind// /} classes=${classes// /}
    [ -n "$option" ] || continue
    strike "$option:40%"
    "$tools/score" "$dir/r" "$dir/truth" >"$dir/score" || fail "$option" "no score"
    hit=$(awk -v k="$kind" '$1 == "fault" && $2 == k { n += $4 } END { print n + 0 }' "$dir/score")
    right=$(awk -v k="$kind" -v c="^($classes)\$" '$1 == "fault" && $2 == k && $3 ~ c { n += $4 }
        END { print n + 0 }' "$dir/score")
    spared=$(awk '$1 == "fault" && $2 == "none" && $3 != "ok" { n += $4 } END { print n + 0 }' \
        "$dir/score")
    check_ge "$option strikes" "$hit" 20
    check "$option: every one lands in $classes" "$right" "^$hit$"
    check "$option: the others succeed" "$spared" '^0$'
    check "$option: each is scored" "$(sed -n 's/^matched //p' "$dir/score")" \
        "^$(sed -n 's/^records //p' "$dir/score")$"
done <<'ROWS'
status=500          | status           | server_500
status=502          | status           | bad_gateway_502
status=503          | status           | unavailable_503
status=504          | status           | gateway_timeout_504
status=529          | status           | overloaded_529
status=408          | status           | timeout_408
status=429          | status           | rate_limited_429
retry-after=3s      | retry-after      | rate_limited_429
overload            | overload         | capacity_429_503
slow-first-token=2s | slow-first-token | ttft_timeout
stall=2s            | stall            | stall_timeout
reset               | reset            | truncated_stream
reset-first         | reset-first      | reset
truncate            | truncate         | truncated_stream
refuse              | refuse           | reset
inband              | inband           | inband_error
malformed           | malformed        | malformed_json
no-done             | no-done          | truncated_stream
empty               | empty            | empty_completion
bad-content-type    | bad-content-type | malformed_sse
content-filter      | content-filter   | content_filter
finish-error        | finish-error     | finish_error
wrong-model         | wrong-model      | model_mismatch
ROWS
finish
