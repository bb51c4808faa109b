#!/bin/bash
# Hedged requests on the wire: the server sees each attempt, the first content wins,
# the other attempt is cancelled, and there are no more hedges than their budget has.
. "${0%/*}/lib/world.sh"

number() { # NAME KEY: a count of run.json, 0 when it is not there
    local n
    n=$(manifest "$1" "$2")
    echo "${n:-0}"
}

lost() { # NAME [CLASS]: attempts that did not end their request
    sed -n '/^ *"lost": {/,/}/p' "$dir/$1/run.json" | grep "\"${2:-}" |
        sed -n 's/.*": \([0-9]*\).*/\1/p' | awk '{n += $1} END {print n + 0}'
}

seen() { # NAME [FILE [WORD]]: attempts of that run that a server saw
    grep "\"$(manifest "$1" run_id)-" "${2:-$dir/truth}" | grep -c "${3:-}"
}

policy() { # NAME HEDGE [MORE]
    echo "{\"name\": \"$1\", \"hedge\": $2${3:+, $3}}" >"$dir/$1.json"
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

books() { # NAME SEEN: the identity of attempts, against the server's truth
    local attempts hedges
    check_ge "$1: there is something to count" "$(number "$1" sent)" 100
    attempts=$(number "$1" attempts) hedges=$(number "$1" hedges)
    check "$1: the server saw each attempt that left" "$2" "^$(left "$1")$"
    check "$1: attempts are requests, retries and hedges" \
        "$(($(number "$1" sent) + $(number "$1" retries) + hedges))" "^$attempts$"
    check "$1: each further attempt was lost or took over" "$(lost "$1")" \
        "^$(($(number "$1" retries) + hedges))$"
    check "$1: all are sent" "$(number "$1" not_sent)" '^0$'
}

steady() { # NAME PROFILE OPTIONS...: two seconds at 120/s
    run "$1" "$2" --rate 120/s --duration 2s --warmup 0s --stop-on 100% \
        --policy "$dir/$1.json" "${@:3}"
    [ "$1" = across ] || settle "$1" "$dir/truth"
}

# --- a fifth of the first tokens is a second late: hedges bring them after 0.2 s
profile 20 5
policy fixed '{"after": "200ms", "share": "60%"}'
start_server --dialect openai --ttft 2ms --tpot 1ms --jitter 0 --fault slow-first-token=1s:20%
steady fixed "$dir/profile.json" --model mistral-small-latest --prices mistral
stop_server
books fixed "$(seen fixed)"
check "fixed: all succeed" "$(number fixed succeeded)" "^$(number fixed sent)$"
check_ge "fixed: hedges" "$(number fixed hedges)" 15
check_ge "fixed: and some are first" "$(number fixed hedges_won)" 5
check "fixed: who is second is cancelled" "$(lost fixed '\(cancelled\|ok\)')" \
    "^$(number fixed hedges)$"
check_ge "fixed: which the server sees" "$(seen fixed "$dir/truth" client_closed)" 5
check_le "fixed: and sees of no other" "$(seen fixed "$dir/truth" client_closed)" \
    "$(number fixed hedges)"
billed() { # NAME PART COLUMN: tokens, from 1
    sed -n "s/^ *\"$2\": \[\(.*\)\],\{0,1\}$/\1/p" "$dir/$1/run.json" | head -n 1 | cut -d , -f "$3"
}
check "fixed: an answer is charged once" "$(billed fixed served 3)" \
    "^$((5 * $(number fixed succeeded)))$"
check "fixed: what was cancelled may have been charged, to its last token" \
    "$(($(billed fixed extra 3) + $(billed fixed doubt 3)))" "^$((5 * ($(number fixed hedges) - $(number fixed unsent))))$"
check "fixed: each part has its price" "$(sed -n '/"priced"/,/}/p' "$dir/fixed/run.json" |
    grep -v priced | tr -dc '0-9\n' | awk '{n += $1} NR == 4 {print n}')" \
    "^$(number fixed cost_pico)$"
check_le "fixed: a hedge that is second rescues nobody" "$(number fixed rescued)" \
    "$(number fixed hedges_won)"

# --- the budget is a bound whatever happens: all are slow, a twentieth is hedged
policy scarce '{"after": "10ms", "share": "5%"}'
start_server --dialect openai --ttft 100ms --tpot 1ms --jitter 0
steady scarce "$dir/profile.json"
stop_server
books scarce "$(seen scarce)"
check_ge "scarce: hedges" "$(number scarce hedges)" 3
check_le "scarce: at most 5 %" "$((20 * $(number scarce hedges)))" "$(number scarce sent)"
check_ge "scarce: the others are counted" "$(number scarce hedges_denied)" 100

# --- and so it is with a percentile; what is no stream is hedged as well
sed 's/"api":"chat"/"api":"chat","stream":false/' "$dir/profile.json" >"$dir/plain.json"
start_server --dialect openai --ttft 2ms --tpot 1ms --jitter 0 --fault slow-first-token=500ms:20%
policy whole '{"percentile": 50, "share": "10%"}'
steady whole "$dir/plain.json"
stop_server
books whole "$(seen whole)"
check_ge "percentile: hedges" "$(number whole hedges)" 1
check_le "percentile: at most 10 %" "$((10 * $(number whole hedges)))" "$(number whole sent)"

# --- an attempt that fails leaves its request to the other; both fail, and it failed
policy both '{"after": "50ms", "share": "100%"}' '"timeouts": {"ttft": "400ms"}'
start_server --dialect openai --ttft 2ms --tpot 1ms --jitter 0 --fault hang:60%@500ms+60s
steady both "$dir/profile.json" --drain 5s
stop_server
books both "$(seen both)"
check_ge "both fail: requests" "$(number both ttft_timeout)" 10
check_ge "both fail: an attempt before them" "$(lost both ttft_timeout)" 5
check_ge "both fail: others are rescued" "$(number both rescued)" 10

# --- a run that ends meanwhile: censored, and the books hold
policy over '{"after": "50ms", "share": "100%"}'
start_server --dialect openai --ttft 2ms --tpot 1ms --fault hang@1s+60s
steady over "$dir/profile.json" --drain 200ms
stop_server
books over "$(seen over)"
check_ge "over: censored" "$(number over censored)" 20

# --- the second attempt goes to the second endpoint, which speaks another dialect
start_server --dialect openai --ttft 2ms --tpot 1ms --fault hang:50%@500ms+60s
first=$server first_url=$url first_truth=$dir/first
mv "$dir/truth" "$first_truth"
server=0
start_server --dialect vllm --model other --ttft 2ms --tpot 1ms
both() { # ends what still runs
    local pid
    for pid in "$first" "$server"; do
        [ "$pid" -eq 0 ] || kill "$pid" 2>/dev/null
    done
    rm -rf "$dir"
}
trap both EXIT
policy across '{"after": "50ms", "share": "100%"}' "\"failover\":
    {\"failures\": 1000, \"endpoints\": [{\"name\": \"spare\", \"url\": \"$url\", \"dialect\": \"vllm\", \"model\": \"other\"}]}"
second_truth=$dir/truth
url=$first_url
steady across "$dir/profile.json"
settle across "$first_truth" "$second_truth"
stop_server
server=$first first=0
stop_server
check "across: all succeed" "$(number across succeeded)" "^$(number across sent)$"
books across "$(($(seen across "$first_truth") + $(seen across "$second_truth")))"
check_le "across: the other server sees hedges only" "$(seen across "$second_truth")" \
    "$(number across hedges)"
check_ge "across: and each that left" "$(seen across "$second_truth")" \
    "$(($(number across hedges) - $(number across unsent)))"
check_ge "across: and there are some" "$(number across hedges)" 20
finish
