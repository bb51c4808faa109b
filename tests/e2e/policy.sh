#!/bin/bash
# Client policies on the wire: what the run says of its attempts is what the server
# saw; breakers open and close; nothing is sent while they are open.
. "${0%/*}/lib/world.sh"

number() { # NAME KEY: a count of run.json, 0 when it is not there
    local n
    n=$(manifest "$1" "$2")
    echo "${n:-0}"
}

seen() { # NAME: attempts that the server saw of that run
    local id
    id=$(manifest "$1" run_id)
    grep -c "\"$id-" "$dir/truth"
}

events() { # NAME: kinds of the events of a client's state, in order
    sed -n 's/.*"kind":"\(breaker_[a-z_]*\|failover\|failback\)".*/\1/p' \
        "$dir/$1/events.jsonl" | tr '\n' ' '
}

# --- attempts, requests and the server's truth agree, whatever the policy
# The faults begin after preflight, which would be refused by them.
profile 20 5
for policy in none naive-3x grpc-throttle openai-python; do
    start_server --dialect openai --ttft 2ms --tpot 1ms --jitter 0 \
        --fault status=503:40%@700ms+60s
    run "$policy" "$dir/profile.json" --rate 60/s --duration 3s --warmup 0s \
        --stop-on 100% --policy "$policy"
    stop_server
    attempts=$(number "$policy" attempts) sent=$(number "$policy" sent)
    retries=$(number "$policy" retries)
    check "$policy: the server saw each attempt" "$(seen "$policy")" "^$attempts$"
    check "$policy: attempts are requests and retries" "$((sent + retries))" "^$attempts$"
    check "$policy: all are sent" "$(number "$policy" not_sent)" '^0$'
done
check "none: sends once" "$(number none retries)" '^0$'
check "none: rescues nobody" "$(number none rescued)" '^0$'
check_ge "naive-3x: retries" "$(number naive-3x retries)" 10
check_ge "naive-3x: rescues" "$(number naive-3x rescued)" 10
check_le "naive-3x: at most four attempts" "$(number naive-3x attempts)" \
    $((4 * $(number naive-3x sent)))
check_ge "openai-python: rescues" "$(number openai-python rescued)" 10
check_le "grpc-throttle: the budget ends it" "$(number grpc-throttle retries)" \
    $(($(number naive-3x retries) / 2))
check_ge "grpc-throttle: and says so" \
    "$(sed -n '/"decisions"/,/}/s/.*"budget": \([0-9]*\).*/\1/p' "$dir/grpc-throttle/run.json")" 5

# --- everything fails: five failures, then silence; a request refused was never sent
start_server --dialect openai --ttft 2ms --tpot 1ms --fault status=503@1500ms+60s
run open "$dir/profile.json" --rate 40/s --duration 4s --warmup 0s --stop-on 100% \
    --policy sre-checklist
stop_server
check "breaker: opens once" "$(events open)" '^breaker_open $'
check_ge "breaker: refuses the rest" "$(number open breaker_open)" 40
check "breaker: the server saw no more than was sent" "$(seen open)" \
    "^$(number open attempts)$"
check_le "breaker: few leak" "$(number open leaked)" 40
check_ge "breaker: those that opened it" "$(number open leaked)" 5

# --- an outage and its end: open, probed, closed
cat >"$dir/breaker.json" <<'POLICY'
{"name": "quick",
 "breaker": {"kind": "consecutive", "failures": 3, "window": "10s", "open": "300ms", "probes": 2}}
POLICY
start_server --dialect openai --ttft 2ms --tpot 1ms --fault status=503@1500ms+1500ms
run closes "$dir/profile.json" --rate 40/s --duration 5s --warmup 0s --stop-on 100% \
    --policy "$dir/breaker.json"
check "breaker: opens first" "$(events closes)" '^breaker_open breaker_half_open '
check "breaker: is closed in the end" "$(events closes)" 'breaker_half_open breaker_closed $'
check_ge "breaker: requests succeed again" "$(number closes succeeded)" 60
stop_server

# --- no sleep past the deadline, though the server asks for an hour
cat >"$dir/deadline.json" <<'POLICY'
{"name": "deadline", "deadline": "1s",
 "retry": {"attempts": 5, "backoff": {"base": "200ms", "jitter": "full"},
           "retry_after": {"honour": true}}}
POLICY
start_server --dialect openai --ttft 2ms --tpot 1ms --fault retry-after=3600s@1500ms+60s
run deadline "$dir/profile.json" --rate 20/s --duration 4s --warmup 0s --stop-on 100% \
    --policy "$dir/deadline.json"
check "deadline: nobody waits for an hour" "$(number deadline censored)" '^0$'
check "deadline: no retry at all" "$(number deadline retries)" '^0$'
check_ge "deadline: that is why" "$(number deadline deadline)" 10
stop_server

# --- a run that ends while requests wait: censored, and the books hold
cat >"$dir/patient.json" <<'POLICY'
{"name": "patient", "retry": {"attempts": 9, "backoff": {"base": "60s", "max": "60s"}}}
POLICY
start_server --dialect openai --ttft 2ms --tpot 1ms --fault status=503@1s+60s
run patient "$dir/profile.json" --rate 20/s --duration 3s --warmup 0s --stop-on 100% \
    --drain 200ms --policy "$dir/patient.json"
# --- mistakes
run mistake "$dir/profile.json" --policy naive-4x
check "an unknown policy" "$code $(cat "$dir/mistake.err")" '^2 .*did you mean naive-3x'
run mistake "$dir/profile.json" --policy none --policy none
check "two of one name" "$code $(cat "$dir/mistake.err")" '^2 .*two policies are called none'
run mistake "$dir/profile.json" --outage 50s
check "no outage" "$code $(cat "$dir/mistake.err")" '^2 .*of the form 60s\+20s'
run mistake "$dir/profile.json" --duration 10s --outage 5s+5s
check "an outage without an after" "$code $(cat "$dir/mistake.err")" '^2 .*must end before'
stop_server
check_ge "patient: what waits is censored" "$(number patient censored)" 5
check "patient: the server saw each attempt" "$(seen patient)" \
    "^$(number patient attempts)$"
finish
