#!/bin/bash
# What a run costs, to the last pico-dollar, against the server's truth; and a budget
# that cannot be passed.
. "${0%/*}/lib/world.sh"

model=mistral-small-latest # a million tokens: $0.15 prompt, $0.015 cached, $0.60 output
mistral=(--dialect mistral --model "$model")
quick=(--prefill 1us --tpot-slope 0) # no queue of prompts

cost() { # NAME KEY: an amount of run.json's cost, as it is written there
    sed -n '/^  "cost": {/,/^  }/s/^    "'"$2"'": \([^,]*\),\{0,1\}$/\1/p' "$dir/$1/run.json"
}

# Pico-dollars of the truth: replies that ended are charged as told; a stream that was
# broken off tells nothing: its whole prompt and the tokens that came; errors nothing.
true_cost() { # ID-PATTERN
    awk -v id="$1" '
        function field(name) {
            return match($0, "\"" name "\":[^,}]*") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3) : ""
        }
        field("id") ~ id && field("status") == 200 {
            cached = field("end") == "\"complete\"" ? field("cached_tokens") : 0
            sum += (field("prompt_tokens") - cached) * 150000 + cached * 15000 + field("output_tokens") * 600000
        }
        END { printf "%.0f\n", sum }' "$dir/truth"
}

pico() { # AMOUNT: exact decimals of a dollar as pico-dollars
    local whole=${1%%.*} part=
    case $1 in *.*) part=${1#*.} ;; esac
    part=${part}000000000000
    echo "$((10#$whole * 1000000000000 + 10#${part:0:12}))"
}

# --- a rate of spending that is too high: 50/s cost $37.80 an hour, for 14 s ----------
profile 1000 100
cp "$dir/profile.json" "$dir/constant.json"
"$gust" mock --listen 127.0.0.1:0 --port-file "$dir/rate.port" --dialect mistral --ttft 5ms --tpot 1ms "${quick[@]}" \
    >"$dir/rate.log" 2>&1 &
rate_server=$!
for _ in $(seq 1000); do
    [ -s "$dir/rate.port" ] && break
    read -rt 0.01 <> <(:)
done
"$gust" run "$dir/constant.json" --target "http://127.0.0.1:$(cat "$dir/rate.port")" "${mistral[@]}" --rate 50/s \
    --duration 120s --warmup 0s --budget-rate 10/h --out "$dir/rate" --quiet --no-report >"$dir/rate.out" 2>"$dir/rate.err" &
rate_run=$!
trap '[ "$server" -eq 0 ] || kill "$server" 2>/dev/null; kill "$rate_server" "$rate_run" 2>/dev/null; rm -rf "$dir"' EXIT

# --- cached tokens, failed streams, errors, a warm-up -------------------------------
cat >"$dir/profile.json" <<'END'
{"name": "e2e", "arrival": {"kind": "poisson", "rate": "10/s"}, "classes": [
  {"name": "chat", "api": "chat", "prompt": {"kind": "uniform", "min": 300, "max": 900}, "output": {"kind": "uniform", "min": 5, "max": 60},
   "prefix": {"tokens": 256, "groups": 3}}]}
END
for seed in 1 2 3 4 5 6 7 8 9; do # the first whose faults spare the calibration
    start_server --dialect mistral --ttft 5ms --tpot 1ms --slots 500 --seed "$seed" \
        --fault truncate:10% --fault status=500:5% --fault status=429:5%
    run exact "$dir/profile.json" "${mistral[@]}" --rate 100/s --duration 4s --warmup 1s
    stop_server
    [ "$code" -ne 3 ] && break
done
check "exact: the run" "$code" '^(0|1|4)$'
check_ge "exact: streams were broken off" "$(manifest exact truncated_stream)" 5
check_ge "exact: errors" "$(manifest exact server_500)" 1
check_ge "exact: tokens came from the cache" "$(manifest exact cached_tokens)" 1000
check "exact: requests" "$(pico "$(cost exact requests)")" "^$(true_cost '^"')$"
check "exact: preflight" "$(pico "$(cost exact preflight)")" "^$(true_cost null)$"
check "exact: both are what was spent" "$(pico "$(cost exact spent)")" "^$(($(true_cost '^"') + $(true_cost null)))$"
check "exact: assumed bills are those of broken streams" "$(manifest exact assumed_bills)" "^$(manifest exact truncated_stream)$"
check "exact: the price has a date" "$(cost exact date)" '^"2026-08-21"$'
check "exact: priced by the canonical id" "$(grep -c '"model": "mistral-small-2603"' "$dir/exact/run.json")" '^1$'
check "exact: the last line of spending" "$(sed -n 's/.*"kind":"spending".*"spent":\([0-9.]*\),.*/\1/p' "$dir/exact/intervals.jsonl" | tail -n 1)" "^$(cost exact spent)$"

# --- attempts beyond the first are charged, too ---------------------------------------
for seed in 1 2 3 4 5 6 7 8 9; do
    start_server --dialect mistral --ttft 5ms --tpot 1ms --slots 500 --seed "$seed" --fault truncate:20% --fault status=500:10%
    run again "$dir/profile.json" "${mistral[@]}" --policy naive-3x --rate 60/s --duration 3s --warmup 0s
    stop_server
    [ "$code" -ne 3 ] && break
done
check "again: the run" "$code" '^(0|1|4)$'
check_ge "again: broken streams were tried again" "$(manifest again retries)" 20
check "again: requests" "$(pico "$(cost again requests)")" "^$(true_cost '^"')$"
check "again: what did not answer is extra" "$(sed -n 's/^ *"extra": \[\([0-9]*\),.*/\1/p' "$dir/again/run.json")" '^[1-9][0-9]{3,}$'

# --- a tiny budget, 500 in flight ---------------------------------------------------
# a request is charged $0.00021 (1,000 prompt, 100 output): 500 set $0.105 aside
profile 1000 100
start_server --dialect mistral --ttft 1500ms --tpot 1ms --slots 1000 "${quick[@]}"
for i in 1 2; do # other prompts, or the server has them in its cache, for less
    run guard "$dir/profile.json" "${mistral[@]}" --seed "$i" --users 500 --threads "$i" --duration 60s --warmup 0s --budget 0.15
    check "guard $i: exit code" "$code" '^5$'
    check "guard $i: the line" "$(cat "$dir/guard.err")" 'next request could cost \$0\.000210, and \$0\.150? of the --budget of \$0\.150 are spent or set aside|--budget of \$0\.150 are spent'
    check_ge "guard $i: all were in flight" "$(manifest guard in_flight_max)" 500
    check_ge "guard $i: what was not admitted has its class" "$(sed -n '/"outcomes"/,/}/s/^ *"budget": \([0-9]*\),\{0,1\}$/\1/p' "$dir/guard/run.json")" 1
    check_le "guard $i: the cap holds" "$(pico "$(cost guard at_most)")" 150000000000
    check_ge "guard $i: and is used" "$(pico "$(cost guard spent)")" 149000000000
    check "guard $i: sealed" "$(manifest guard status)" '^aborted$'
done
# what is in flight is set aside: the first request that does not fit is the 501st
run aside "$dir/profile.json" "${mistral[@]}" --users 600 --duration 60s --warmup 0s --budget 0.1050035
check "aside: exit code" "$code" '^5$'
check "aside: 500 are sent" "$(manifest aside sent)" '^500$'
stop_server

# replies that break off: what they may be charged on top counts as spent
start_server --dialect mistral --ttft 100ms --tpot 1ms --slots 1000 "${quick[@]}" --fault reset:60% --seed 2
run doubt "$dir/profile.json" "${mistral[@]}" --users 100 --duration 60s --warmup 0s --budget 0.06 --stop-on 100%
case $code in
3) skipped=$((skipped + 2)) ;; # the calibration was hit
*)
    check "doubt: exit code" "$code" '^5$'
    check_le "doubt: the cap holds" "$(pico "$(cost doubt at_most)")" 60000000000
    ;;
esac
stop_server

# --- a canary: both arms have one budget --------------------------------------------
start_server --dialect mistral --ttft 5ms --tpot 1ms --slots 1000 "${quick[@]}"
"$gust" canary "$dir/profile.json" --baseline "$url" --canary "$url" "${mistral[@]}" --rate 200/s --duration 60s \
    --warmup 0s --budget 0.08 --out "$dir/canary" --quiet --no-report >"$dir/canary.out" 2>"$dir/canary.err"
check "canary: exit code" $? '^5$'
check_le "canary: the cap holds" "$(pico "$(cost canary at_most)")" 80000000000
check_ge "canary: and is used" "$(pico "$(cost canary spent)")" 70000000000

# --- refused before anything is charged ----------------------------------------------
refused() { # NAME PATTERN ARGS...: exit 2, one line
    local name=$1 pattern=$2
    shift 2
    rm -rf "$dir/none"
    "$gust" run "$dir/profile.json" --out "$dir/none" --quiet --no-report --rate 50/s --duration 2s "$@" \
        >"$dir/out" 2>"$dir/err" </dev/null
    check "$name: exit code" $? '^2$'
    check "$name: one line" "$(wc -l <"$dir/err")" '^1$'
    check "$name: the line" "$(cat "$dir/err")" "$pattern"
    check "$name: no run" "$(ls -d "$dir/none" 2>/dev/null)" '^$'
}

far=http://0.0.0.0:${url##*:} # this machine, by a name that does not say so
refused "no amount" '--budget: "lots" is no amount of money' --target "$url" "${mistral[@]}" --budget lots
refused "negative" '--budget: "-1" is no amount' --target "$url" "${mistral[@]}" --budget=-1
refused "zero" '--budget: it must be above 0' --target "$url" "${mistral[@]}" --budget 0
refused "no rate" '--budget-rate: "10" is no rate of spending' --target "$url" "${mistral[@]}" --budget-rate 10
refused "budget without price" '--budget needs prices: give --prices FILE' --target "$url" --dialect openai --budget 5
refused "rate without price" '--budget-rate needs prices' --target "$url" --dialect openai --budget-rate 5/h
refused "model without price" 'no price of model "gust-mock"' --target "$url" --dialect mistral --model gust-mock --budget 5
refused "model without price in a list" 'no price of model "gust-mock"' --target "$url" --dialect openai --model gust-mock --prices mistral
refused "no such list" '--prices: cannot open .*nowhere' --target "$url" --prices "$dir/nowhere.json"
refused "dear, and nobody to ask" 'nothing was sent: the run may cost up to \$2[0-9.]+; confirm it with --yes' \
    --target "$far" "${mistral[@]}" --rate 200/s --duration 60s

# --- confirmed, by an answer or by --yes: $10 a request -------------------------------
cat >"$dir/dear.json" <<END
{"name": "dear", "date": "2026-08-21", "currency": "USD", "models": [{"id": "$model", "input": 10000, "output": 10000}]}
END
run_dear() { # NAME ARGS...: the command line of a short run that costs too much to go unasked
    local name=$1
    shift
    rm -rf "${dir:?}/$name"
    echo "$gust run $dir/profile.json --out $dir/$name --quiet --no-report --rate 5/s --duration 1s --warmup 0s --target $far ${mistral[*]} --prices $dir/dear.json $*"
}
$(run_dear yes --yes) </dev/null >"$dir/out" 2>"$dir/err"
check "--yes: it is sent" "$? $(manifest yes status)" '^(0|4) complete$'
if command -v script >/dev/null; then
    echo n | script -qec "$(run_dear no)" /dev/null >"$dir/out" 2>&1
    check "answer no: exit code" $? '^2$'
    check "answer no: it was asked" "$(cat "$dir/out")" 'may cost up to \$[0-9.]+\. Send it\? \[y/N\]'
    check "answer no: nothing was sent" "$(ls -d "$dir/no" 2>/dev/null)" '^$'
    echo y | script -qec "$(run_dear aye)" /dev/null >"$dir/out" 2>&1
    check "answer yes: it is sent" "$? $(manifest aye status)" '^(0|4) complete$'
else
    skipped=$((skipped + 4))
fi
stop_server

wait "$rate_run"
check "rate: exit code" $? '^5$'
check "rate: the line" "$(cat "$dir/rate.err")" 'the last minute was spent at \$[1-9][0-9]\.[0-9]+ an hour, --budget-rate allows \$10\.00'
check "rate: the alert is an event" "$(grep '"kind":"alert"' "$dir/rate/events.jsonl")" '"text":"spend P3: the last minute was spent at \$[1-9][0-9]\.[0-9]+ an hour, above \$10\.00"'
# the rate is known from the tenth second on
check "rate: a rate as soon as there is one" "$(awk '/"kind":"spending"/ {
        match($0, /"t":[0-9.]*/)
        t = substr($0, RSTART + 4, RLENGTH - 4) + 0
        if ((t < 10) != ($0 ~ /"per_h":null/)) bad++
        if (t >= 10 && /"per_h":[1-9][0-9](\.[0-9]*|),/) good++
    }
    END { print bad + 0, (good > 2) }' "$dir/rate/intervals.jsonl")" '^0 1$'
"$gust" report "$dir/rate" --no-plots >/dev/null 2>&1
check "rate: the report tells of the alert" "$(cat "$dir/rate/report/summary.md")" 'alert at [0-9.]+ s: spend P3: the last minute'
check "rate: and the most of an hour" "$(cat "$dir/rate/report/metrics.om")" 'gust_spend_per_hour_max [1-9][0-9](\.[0-9]+|)'
check "rate: sealed" "$(manifest rate status)" '^aborted$'
kill "$rate_server"
wait "$rate_server"
finish
