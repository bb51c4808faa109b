#!/bin/bash
# gust capacity against servers whose capacity is known by construction: what it finds,
# how it ends, what it says about wrong input, and that a search that was killed goes on
# without losing or repeating a trial. The searches run side by side; none looks at the
# clock: servers are seconds slower or a whole user fuller where it matters. A trial
# whose generator was late on a busy machine is repeated up to 20 times.
. "$(dirname "$0")/lib/world.sh"

pids=()
servers=()
trap 'for p in "${pids[@]}" "${servers[@]}"; do kill -9 "$p" 2>/dev/null; done; rm -rf "$dir"' EXIT

serve() { # NAME OPTIONS...: a server of its own; its URL is in $dir/NAME.url
    local name=$1
    shift
    "$gust" mock --listen 127.0.0.1:0 --port-file "$dir/$name.port" --jitter 0 \
        --prefill 0s --tpot-slope 0s --cache-tokens 0 "$@" >"$dir/$name.log" 2>&1 &
    servers+=($!)
    for _ in $(seq 1000); do
        [ -s "$dir/$name.port" ] && break
        read -rt 0.01 <> <(:)
    done
    echo "http://127.0.0.1:$(cat "$dir/$name.port")" >"$dir/$name.url"
}

search() { # NAME ARGS...: in the background; what it said is in $dir/NAME.out, .err, .code
    local name=$1
    shift
    {
        "$gust" capacity "$dir/profile.json" --target "$(cat "$dir/$name.url")" \
            --trial-time 2s --warmup 1s --width 20% --repeats 20 --drain 10s "$@" \
            >"$dir/$name.out" 2>"$dir/$name.err" </dev/null
        echo $? >"$dir/$name.code"
    } &
    pids+=($!)
}

number() { # NAME KEY: of capacity.json
    sed -n "s/^  \"$2\": \"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}$/\1/p" "$dir/$1/capacity.json"
}

binding() { # NAME: the objective that is missed first
    sed -n '/"text"/{N;/"binding": true/{s/.*"text": "\([^"]*\)".*/\1/p}}' "$dir/$1/capacity.json"
}

trials() { # NAME: the names of the journaled trials
    sed -n 's/.*"trial":"trials\/\([0-9]*\)".*/\1/p' "$dir/$1/capacity.jsonl"
}

profile 100 1
# four users fit; with a fifth one of them always waits for its turn
for name in users killed; do
    serve "$name" --slots 4 --ttft 200ms
done
# 2 slots of 0.1 s: 20/s at most, whatever the objective
serve rate --slots 2 --ttft 100ms
# the same, but who does not find a place is refused at once: errors, no waiting
serve refusing --slots 2 --queue 0 --ttft 100ms
serve never --slots 4 --ttft 300ms
# the server would take thousands, the generator may have 4 in flight
serve endless --slots 1000 --ttft 300ms

users=(--users 2 --slo 'ttft p90 <= 300ms')
search users "${users[@]}" --out "$dir/users" --replicas 2 --soak 2s --overload 1.5
search killed "${users[@]}" --out "$dir/killed"
search rate --rate 8/s --width 30% --slo 'ttft p80 <= 200ms' --out "$dir/rate"
search refusing --rate 4/s --width 30% --slo 'ttft p80 <= 1s' --slo 'success >= 80%' --out "$dir/refusing"
search never --slo 'ttft p80 <= 50ms' --out "$dir/never"
search endless --rate 4/s --slo 'ttft p80 <= 2s' --max-in-flight 4 --repeats 1 --out "$dir/endless"

# --- killed in the middle ---------------------------------------------------------------
for _ in $(seq 3000); do
    [ "$(wc -l <"$dir/killed/capacity.jsonl" 2>/dev/null || echo 0)" -ge 4 ] && break
    read -rt 0.02 <> <(:)
done
read -rt 0.7 <> <(:)
kill -9 "$(pgrep -P "${pids[1]}")" # its only child by now
wait "${pids[1]}" 2>/dev/null
before=$(trials killed | wc -l)
check_ge "killed: trials were journaled" "$before" 3
[ -f "$dir/killed/capacity.json" ] && pass || fail "killed: there is a result so far" "none"
printf '{"phase":"bisect","state":"pa' >>"$dir/killed/capacity.jsonl" # a torn line
search killed "${users[@]}" --resume "$dir/killed"

wait "${pids[@]}" 2>/dev/null
check "resumed: exit code" "$(cat "$dir/killed.code")" '^0$'
check "resumed: found" "$(number killed feasible_max)" '^4$'
check "resumed: no trial is lost or repeated" \
    "$(trials killed | tr '\n' ' ')" "^$(seq -f %03.0f -s ' ' "$(trials killed | wc -l)") $"
check "resumed: each trial has one run" \
    "$(find "$dir/killed/trials" -mindepth 1 -maxdepth 1 ! -name '*cut*' | wc -l)" "^$(trials killed | wc -l)$"
check_ge "resumed: it went on" "$(trials killed | wc -l)" $((before + 1))
check "resumed: the torn line is gone" "$(grep -c '"state":"pa$' "$dir/killed/capacity.jsonl")" '^0$'

# finished, but not journaled: it is judged, not run again
last=$(trials killed | tail -n 1)
stamp=$(stat -c %Y.%i "$dir/killed/trials/$last/run.json")
sed -i '$d' "$dir/killed/capacity.jsonl"
search killed "${users[@]}" --resume "$dir/killed"
wait "${pids[-1]}"
check "judged again: exit code" "$(cat "$dir/killed.code")" '^0$'
check "judged again: the run is the same" "$(stat -c %Y.%i "$dir/killed/trials/$last/run.json")" "^$stamp$"
check "judged again: it is journaled" "$(trials killed | tail -n 1)" "^$last$"
check "judged again: found" "$(number killed feasible_max)" '^4$'
"$gust" capacity "$dir/profile.json" --target "$(cat "$dir/killed.url")" --trial-time 3s --warmup 1s \
    --width 20% --repeats 20 "${users[@]}" --resume "$dir/killed" >"$dir/out" 2>"$dir/err"
check "resumed with another trial: exit code" $? '^2$'
check "resumed with another trial" "$(tail -n 1 "$dir/err")" 'was searched with trial_ns "2000000000", not "3000000000"'

# --- what was found -----------------------------------------------------------------------
check "users: exit code" "$(cat "$dir/users.code")" '^0$'
check "users: verdict" "$(number users verdict)" '^found$'
check "users: a cliff" "$(number users feasible_max)" '^4$'
check "users: one more is too many" "$(number users infeasible_min)" '^5$'
check "users: with one of two replicas gone" "$(number users headroom)" '^2$'
check "users: the sentence" "$(head -n 1 "$dir/users.out")" '^FOUND  4 users meets every objective \(95 % confidence\); 5 users does not'
check "users: it was soaked" "$(grep -c '"phase":"soak","state":"pass"' "$dir/users/capacity.jsonl")" '^1$'
check "users: it came back" "$(grep -c '"recovered": true' "$dir/users/capacity.json")" '^1$'
check "users: a line per trial" "$(grep -c '^trial ' "$dir/users.err")" "^$(trials users | wc -l)$"

check "rate: exit code" "$(cat "$dir/rate.code")" '^0$'
check "rate: verdict" "$(number rate verdict)" '^found$'
check "rate: found" "$(number rate feasible_max)" '^([6-9]|1[0-9])(\.[0-9]+)?$'
check "rate: binding" "$(binding rate)" '^ttft p80 <= 200ms$'
check "rate: Little" "$(grep -c '"littles_residual":-\{0,1\}0\.[0-2]' "$dir/rate/capacity.jsonl")" '^[1-9]'

# Erlang B: 2 slots of 0.1 s refuse a fifth at 8.9/s; the least that is tried is 4/16
check "refusing: exit code" "$(cat "$dir/refusing.code")" '^0$'
check "refusing: found" "$(number refusing feasible_max)" '^[1-9](\.[0-9]+)?$|^1[01](\.[0-9]+)?$'
check "refusing: binding" "$(binding refusing)" '^success >= 80%$'

check "never: exit code" "$(cat "$dir/never.code")" '^1$'
check "never: verdict" "$(number never verdict)" '^never$'
check "never: nothing is claimed" "$(number never feasible_max)" '^null$'
check "never: the sentence" "$(head -n 1 "$dir/never.out")" '^NEVER  one request at a time misses the objectives'

check "endless: exit code" "$(cat "$dir/endless.code")" '^4$'
check "endless: verdict" "$(number endless verdict)" '^generator$'
check "endless: the sentence" "$(head -n 1 "$dir/endless.out")" '^GENERATOR  the generator is the limit'
check "endless: repeated, then given up" "$(grep -c ' invalid: ' "$dir/endless.err")" '^[2-9]'

# --- the cap holds over trials, cut ones and resumed searches, too: $0.10 a request --------
paid() { # NAME ARGS...
    "$gust" capacity "$dir/profile.json" --target "$(cat "$dir/endless.url")" --slo 'ttft p80 <= 2s' --trial-time 2s \
        --warmup 1s --repeats 20 --prices "$dir/dear.json" --quiet "${@:2}" >"$dir/$1.out" 2>"$dir/$1.err"
}
printf '{"name":"dear","date":"2026-08-21","currency":"USD","models":[{"id":"gust-mock","input":1000,"output":1000}]}\n' \
    >"$dir/dear.json"
paid paid --budget 3 --rate 20/s --out "$dir/paid"
check "paid: exit code" $? '^5$'
check "paid: verdict" "$(number paid verdict) $(number paid end)" '^incomplete the budget is spent$'
check "paid: the cap holds, and is used" "$(number paid spent)" '^(2\.[5-9][0-9]*|3)$'
paid paid --budget 3 --rate 20/s --resume "$dir/paid"
check "paid, resumed: exit code" $? '^5$'
check "paid, resumed: the cap holds" "$(number paid spent)" '^(2\.[5-9][0-9]*|3(\.[0-4][0-9]*)?)$'

# --- wrong input: one line, and nothing is sent -----------------------------------------------
refused() { # NAME CODE PATTERN ARGS...
    local name=$1 code=$2 pattern=$3
    shift 3
    rm -rf "$dir/none"
    "$gust" capacity "$dir/profile.json" --out "$dir/none" "$@" >"$dir/out" 2>"$dir/err" </dev/null
    check "$name: exit code" $? "^$code$"
    check "$name: one line" "$(wc -l <"$dir/err")" '^1$'
    check "$name: the line" "$(cat "$dir/err")" "$pattern"
    [ ! -e "$dir/none" ] && pass || fail "$name: nothing is made" "$dir/none"
}

here=(--target "$(cat "$dir/never.url")" --slo 'ttft p95 <= 1s')
before=$(grep -c . "$dir/never.log")
refused "no metric" 2 '--slo: "tftt" is no metric; did you mean ttft\?' "${here[@]:0:2}" --slo 'tftt p95 <= 1s'
refused "no objective" 2 'has no objective: give --slo' "${here[@]:0:2}"
refused "budget without price" 2 '--budget needs prices' "${here[@]}" --dialect openai --budget 5
refused "negative budget" 2 '--budget: "-1"' "${here[@]}" --budget=-1
refused "unreachable" 3 'cannot|refused|unreachable' --target http://127.0.0.1:1 "${here[@]:2}"
refused "zero rate" 2 '--rate' "${here[@]}" --rate 0
refused "zero users" 2 '--users' "${here[@]}" --users 0
refused "two axes" 2 '--rate and --users exclude each other' "${here[@]}" --rate 1/s --users 1
refused "no overload" 2 '--overload: 0.9 is no overload' "${here[@]}" --overload 0.9
refused "no search" 2 '--resume: .*cannot open|--resume and --out exclude' "${here[@]}" --resume "$dir/nowhere"
far=${here[1]/127.0.0.1/0.0.0.0} # this machine, by a name that does not say so
refused "paid, unlimited" 2 'what a search spends is not known' --target "$far" "${here[@]:2}" --dialect openai \
    --prices "$dir/dear.json"
check "nothing was sent" "$(grep -c . "$dir/never.log")" "^$before$"
finish
