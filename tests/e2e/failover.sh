#!/bin/bash
# Failover on the wire: from a Mistral server that fails to a vLLM server with another
# key and another model, and back when the first one has been well for a while. What
# the run counts is what the two servers saw.
. "${0%/*}/lib/world.sh"
export FIRST_KEY=sesame-of-the-first SECOND_KEY=sesame-of-the-second
pids=()
end() { # ends what still runs
    local pid
    for pid in "${pids[@]}"; do
        kill "$pid" 2>/dev/null
    done
    rm -rf "$dir"
}
trap end EXIT

number() { # NAME KEY: a count of run.json, 0 when it is not there
    local n
    n=$(manifest "$1" "$2")
    echo "${n:-0}"
}

server() { # NAME OPTIONS...: a server of its own; its address is in $url
    local name=$1
    shift
    start_server "$@"
    mv "$dir/truth" "$dir/$name" # it goes on writing there
    pids+=("$server")
    last=$server
    server=0
}

stop() { # PID
    kill "$1"
    wait "$1" 2>/dev/null
}

rows() { # NAME FILE [WORDS]: attempts of that run in a server's truth
    grep "\"$(manifest "$1" run_id)-" "$dir/$2" | grep -c "${3:-}"
}

events() { # NAME KIND: how often it stands in the timeline
    grep -c "\"kind\":\"$2\"" "$dir/$1/events.jsonl"
}

left() { # NAME: attempts that left
    echo $(($(number "$1" attempts) - $(number "$1" unsent)))
}

settle() { # NAME FILES...: a busy machine's server may be behind its clients
    local want
    want=$(left "$1")
    for _ in $(seq 1500); do
        [ "$(cat "${@:2}" | grep -c "\"$(manifest "$1" run_id)-")" -ge "$want" ] && break
        read -rt 0.01 <> <(:)
    done
}

policy() { # NAME URL RULES: retries at once elsewhere, and what more
    cat >"$dir/$1.json" <<POLICY
{"name": "$1",
 "retry": {"attempts": 8, "backoff": {"base": "50ms"}},
 "failover": {$3, "endpoints": [
   {"name": "spare", "url": "$2", "dialect": "vllm", "model": "other", "key_env": "SECOND_KEY"}]}}
POLICY
}

go() { # NAME URL OPTIONS...
    url=$2
    run "$1" "$dir/profile.json" --rate 40/s --warmup 0s --stop-on 100% --drain 10s \
        --model mistral-small-latest --key-env FIRST_KEY --policy "$dir/$1.json" "${@:3}"
}

# --- the first one fails for two seconds: over, and back
profile 20 5
server second --dialect vllm --model other --key-env SECOND_KEY --ttft 2ms --tpot 1ms
second=$last second_url=$url
server first --dialect mistral --model mistral-small-latest --key-env FIRST_KEY --ttft 2ms \
    --tpot 1ms --fault status=503@2s+2s
first=$last
policy over "$second_url" '"failures": 3, "after": "700ms", "successes": 3'
sed -i 's/^{/{"breaker": {"kind": "consecutive", "failures": 3, "window": "60s", "open": "300ms",\n "probes": 1},/' \
    "$dir/over.json"
go over "$url" --duration 8s
settle over "$dir/first" "$dir/second"
stop "$first"
check "over: everybody is served" "$(number over succeeded)" "^$(number over sent)$"
check_ge "over: there is something to count" "$(number over sent)" 200
check "over: the servers saw each attempt that left" \
    "$(($(rows over first) + $(rows over second)))" "^$(left over)$"
check "over: the second takes key, model and dialect" "$(rows over second '"status":200')" \
    "^$(rows over second)$"
check_ge "over: it served" "$(rows over second)" 30
check "over: once" "$(events over failover) $(number over failovers)" '^1 1$'
check "over: and back once" "$(events over failback) $(number over failbacks)" '^1 1$'
refused=$(rows over first '"status":503')
check_ge "over: the first failed" "$refused" 3
check "over: every failure leaked, or was a probe" \
    "$(($(number over leaked) + $(number over flaps)))" "^$refused$"
check "over: the breaker opened once, and after each probe" "$(events over breaker_open)" \
    "^$(($(number over opens) + $(number over flaps)))$"
check "over: opened and closed" "$(number over opens) $(number over closes)" '^1 1$'
check "over: with reason" "$(number over false_opens)" '^0$'
check "over: each failure was tried again" "$(number over retries)" "^$refused$"
newest() { # FILE: when its server last was asked
    sed -n "/\"$(manifest over run_id)-/s/.*\"request_ns\":\([0-9]*\).*/\1/p" "$dir/$1" | sort -n | tail -n 1
}
check_ge "over: the first serves in the end" "$(newest first)" "$(newest second)"

# --- the first one dies, and another one is started in its place
server first --dialect mistral --model mistral-small-latest --key-env FIRST_KEY --ttft 2ms \
    --tpot 1ms
first=$last first_url=$url
policy dies "$second_url" '"failures": 3, "after": "500ms", "successes": 3'
go dies "$first_url" --duration 6s &
runner=$!
for _ in $(seq 1500); do # it is in the middle when the truth says so
    [ "$(wc -l <"$dir/first")" -ge 60 ] && break
    read -rt 0.01 <> <(:)
done
stop "$first"
for _ in $(seq 1500); do
    [ "$(grep -c failover "$dir/dies/events.jsonl" 2>/dev/null)" -ge 1 ] && break
    read -rt 0.01 <> <(:)
done
server again --dialect mistral --model mistral-small-latest --key-env FIRST_KEY --ttft 2ms \
    --tpot 1ms --listen "${first_url#http://}"
again=$last
wait "$runner"
settle dies "$dir/first" "$dir/again" "$dir/second"
stop "$again"
check "dies: over" "$(events dies failover) $(number dies failovers)" '^1 1$'
check "dies: and back" "$(events dies failback) $(number dies failbacks)" '^1 1$'
check_ge "dies: some found nobody there" "$(number dies unsent)" 1
check "dies: attempts are requests and retries" \
    "$(($(number dies sent) + $(number dies retries)))" "^$(number dies attempts)$"
seen=$(($(rows dies first) + $(rows dies again) + $(rows dies second)))
check_le "dies: the servers saw what left" "$seen" "$(left dies)"
check_ge "dies: but for what the first one had not read when it died" "$seen" \
    $(($(left dies) - 20))
check_ge "dies: the one in its place serves" "$(rows dies again)" 20

# --- without hysteresis it goes to and fro; each time is counted
server first --dialect mistral --model mistral-small-latest --key-env FIRST_KEY --ttft 2ms \
    --tpot 1ms --fault status=503:50%@500ms+60s
first=$last
policy to-and-fro "$second_url" '"failures": 1, "after": "50ms", "successes": 1'
go to-and-fro "$url" --duration 3s
settle to-and-fro "$dir/first" "$dir/second"
stop "$first"
stop "$second"
check_ge "to and fro: often" "$(number to-and-fro failovers)" 4
check "to and fro: each failover is an event" "$(events to-and-fro failover)" \
    "^$(number to-and-fro failovers)$"
check "to and fro: each failback is an event" "$(events to-and-fro failback)" \
    "^$(number to-and-fro failbacks)$"
check_le "to and fro: over as often as back, or once more" \
    "$(($(number to-and-fro failovers) - $(number to-and-fro failbacks)))" 1
check "to and fro: each failure was tried again" "$(number to-and-fro retries)" \
    "^$(rows to-and-fro first '"status":503')$"
check "to and fro: the servers saw each attempt that left" \
    "$(($(rows to-and-fro first) + $(rows to-and-fro second)))" "^$(left to-and-fro)$"
check "no key is in what was written" \
    "$(cat "$dir"/*/*.json* "$dir"/*.out "$dir"/*.err | grep -c sesame-of)" '^0$'
finish
