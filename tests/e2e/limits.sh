#!/bin/bash
# Rate limits: a server that publishes and enforces them. Without --respect-limits it
# refuses what is too much; with it the load is paced, nothing is refused, and what
# waited says so. Every check is a count: what a slow machine changes is how many
# requests come to be sent, never that a limit is met.
. "${0%/*}/lib/world.sh"


refused() { # NAME: 429s in run.json
    grep -o '"rate_limited_429": [0-9]*' "$dir/$1/run.json" | grep -o '[0-9]*$' || echo 0
}

truth_of() { # STATUS: requests of that status that the server saw
    grep -c "\"status\":$1," "$dir/truth"
}

profile 20 5
load="--rate 40/s --duration 2s --warmup 0s --drain 1s --stop-on 100% --dialect"

# requests per minute; the calibration takes one of them
start_server --dialect openai --rpm 60 --ttft 2ms --tpot 1ms
# shellcheck disable=SC2086 # words
run plain "$dir/profile.json" $load openai
stop_server
check "a server that limits refuses" "$(refused plain)" '^[1-9]'
check "exactly its limit is admitted" "$(truth_of 200)" '^60$'
check "every refusal is counted" "$(truth_of 429)" "^$(refused plain)$"
check "the manifest has the limit" "$(grep -A9 '"limits": {' "$dir/plain/run.json" | tr -d ' \n')" \
    '"of":"requests","window_s":60,"limit":60,"remaining":0,"remaining_min":0'
check "so has the second in which it was used up" \
    "$(grep '"kind":"limits"' "$dir/plain/intervals.jsonl" | tail -n 1)" '"remaining_min":0'

for dialect in openai mistral; do
    start_server --dialect $dialect --rpm 60 --ttft 2ms --tpot 1ms
    # shellcheck disable=SC2086
    run paced "$dir/profile.json" $load $dialect --respect-limits --model gust-mock
    stop_server
    check "$dialect: paced, nothing is refused" "$(refused paced)" '^0$'
    check "$dialect: nor did the server refuse" "$(truth_of 429)" '^0$'
    check "$dialect: some were sent" "$(manifest paced sent)" '^[1-9]'
    # 60 a minute is one a second: of 80 requests in two seconds most wait
    check_ge "$dialect: what was not sent was cancelled" "$(manifest paced cancelled)" 40
    check "$dialect: which makes the run invalid" "$code" '^4$'
    check "$dialect: and says why" "$(cat "$dir/paced.out")" 'rate limit allows no +more'
    check "$dialect: waiting is queue" "$(grep -c '/all/queue,' "$dir/paced/latency.hlog")" '^[1-9]'
    # they waited for seconds; what a busy machine adds is far less
    check_le "$dialect: and no lag" "$(grep -A2 '"lag_us": {' "$dir/paced/run.json" | sed -n 's/.*"p99": \([0-9]*\).*/\1/p')" 500000
done

# tokens per minute, which bind before the requests do: about 28 a request
for dialect in openai mistral; do
    start_server --dialect $dialect --rpm 1000 --tpm 900 --ttft 2ms --tpot 1ms
    # shellcheck disable=SC2086
    run plain "$dir/profile.json" $load $dialect --model gust-mock
    check "$dialect: tokens refuse" "$(refused plain)" '^[1-9]'
    stop_server
    start_server --dialect $dialect --rpm 1000 --tpm 900 --ttft 2ms --tpot 1ms
    # shellcheck disable=SC2086
    run paced "$dir/profile.json" $load $dialect --respect-limits --model gust-mock
    stop_server
    check "$dialect: paced by tokens, nothing is refused" "$(truth_of 429)" '^0$'
    check "$dialect: yet some were sent" "$(manifest paced sent)" '^[1-9]'
done

# a limit that is never met changes nothing
start_server --dialect openai --rpm 100000 --ttft 2ms --tpot 1ms
# shellcheck disable=SC2086
run free "$dir/profile.json" $load openai --respect-limits
check "a wide limit holds nothing back" "$(manifest free not_sent)" '^0$'
check "nothing waited" "$(grep -c '/all/queue,' "$dir/free/latency.hlog")" '^0$'
# shellcheck disable=SC2086
run threads "$dir/profile.json" $load openai --respect-limits --threads 2
check "one thread keeps the budget" "$code" '^2$'
check "and says so" "$(cat "$dir/threads.err")" 'threads: 2 threads cannot keep one budget'
stop_server
finish
