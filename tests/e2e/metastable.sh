#!/bin/bash
# An outage at 80 % load. Clients that retry without a thought keep the server down
# when the fault is long gone; gRPC's throttle lets it come back; the report says so.
#
# Sixteen slots of 0.4 s serve 40 requests a second, 32 come, each is given up after
# 1 s. Four times as many attempts as slots can serve: whoever gets a slot has waited
# for nearly its whole second and is given up before it is served, for ever. Without
# retries the queue of one second is gone in seconds. The two servers and runs go side
# by side; what is asserted lies far from either bound.
. "${0%/*}/lib/world.sh"

slow() { # a server with an outage of 4 s, 5 s after its first request
    start_server --dialect openai --slots 16 --ttft 200ms --prefill 0 --tpot 10ms \
        --tpot-slope 0 --jitter 0.1 --fault hang@5s+4s
}

story() { # POLICY URL: a run of it
    "$gust" run "$dir/profile.json" --target "$2" --out "$dir/$1" --quiet --no-report \
        --policy "$1" --duration 23s --warmup 1s --drain 2s --timeout 1s --stop-on 100% \
        --outage 5s+4s >"$dir/$1.out" 2>"$dir/$1.err"
}

number() { # NAME KEY: a count of run.json
    manifest "$1" "$2"
}

profile 20 20
sed -i 's|10/s|32/s|' "$dir/profile.json"
slow
first=$server first_url=$url
slow
both() { # ends what still runs; a pid of 0 would be all of us
    local pid
    for pid in "$first" "$server"; do
        [ "$pid" -eq 0 ] || kill "$pid" 2>/dev/null
    done
    rm -rf "$dir"
}
trap both EXIT
story naive-3x "$first_url" &
naive=$!
story grpc-throttle "$url"
wait "$naive"

check "naive-3x: the verdict" "$(cat "$dir/naive-3x.out")" 'collapsed: .* good before the outage'
check "naive-3x: in the first sentence, too" "$(head -n 3 "$dir/naive-3x.out" | tr -s '\n ' ' ')" \
    '(did not come back after the outage|^Invalid .*after the outage it collapsed)'
check "naive-3x: not that it recovered" "$(grep -c '  recovered: ' "$dir/naive-3x.out")" '^0$'
check_ge "naive-3x: more than twice the load" "$(number naive-3x attempts)" \
    $((2 * $(number naive-3x sent)))
check "grpc-throttle: the verdict" "$(cat "$dir/grpc-throttle.out")" \
    'recovered: .* good before the outage'
check "grpc-throttle: in the first sentence, too" \
    "$(head -n 3 "$dir/grpc-throttle.out" | tr -s '\n ' ' ')" 'after the outage it recovered'
check "grpc-throttle: not that it collapsed" \
    "$(grep -c 'collapsed: ' "$dir/grpc-throttle.out")" '^0$'
check_le "grpc-throttle: hardly more load" "$((10 * $(number grpc-throttle attempts)))" \
    $((12 * $(number grpc-throttle sent)))
check_ge "grpc-throttle: the budget said no" \
    "$(sed -n '/"decisions"/,/}/s/.*"budget": \([0-9]*\).*/\1/p' "$dir/grpc-throttle/run.json")" 20

# the report says the same in its other forms
"$gust" report "$dir/naive-3x" --no-plots >/dev/null 2>&1
check "the page" "$(grep -c 'Recovery after the outage' "$dir/naive-3x/report/index.html")" '^[1-9]'
check "Markdown" "$(grep -c '^### Recovery after the outage' "$dir/naive-3x/report/summary.md")" '^1$'
check "JSON" "$(cat "$dir/naive-3x/report/summary.json")" '"finding": "collapsed: '
stop_server
server=$first first=0
stop_server
finish
