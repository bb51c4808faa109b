#!/bin/bash
# Every recorded reply of a real server, sent by the built-in one over a socket in
# chunks of a few bytes, lands in its class in a run: fixtures/streams/classes.
. "${0%/*}/lib/world.sh"
classes=${0%/*}/../../fixtures/streams/classes

# A share of 3 % of 600 requests misses a reply once in 10^7 runs. The seed spares the
# first request, which is the calibration. Where the first three requests, of those
# that were drawn, get configuration errors the guard ends the run, as it must: again.
strike() { # PROFILE NAMES...: a run against a server that sends them, and its score
    local profile=$1 faults=() name
    shift
    for name; do
        faults+=(--fault "reply=$name:3%")
    done
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        start_server --dialect openai --ttft 1ms --tpot 100us --jitter 0 --seed 2 "${faults[@]}"
        run r "$profile" --dialect openai --model m --rate 1500/s --duration 5s --limit 600 \
            --warmup 0s --records --stop-on 100%
        stop_server
        [ "$code" -eq 3 ] || break
    done
    "$tools/score" "$dir/r" "$dir/truth" >"$dir/score" || fail "$*" "no score"
    check "$1 ...: what was spared succeeds" \
        "$(awk '$1 == "fault" && $2 == "none" && $3 != "ok" { n += $4 } END { print n + 0 }' "$dir/score")" '^0$'
    for name; do
        check "$name lands in its class" \
            "$(awk -v k="reply=$name" '$1 == "fault" && $2 == k { printf "%s ", $3 }' "$dir/score")" \
            "^$(awk -v n="$name" '$1 == n { print $3 }' "$classes") $"
    done
}

# A class with a model of its own may be answered by any: the recorded ones differ.
json() { # API MORE: a profile of one class
    printf '{"name":"e2e","classes":[{"name":"c","api":"%s","model":"m","prompt":8%s}],
        "arrival":{"kind":"constant","rate":"10/s"}}\n' "$1" "$2" >"$dir/$1.json"
}

json chat ',"output":4'
mv "$dir/chat.json" "$dir/stream.json"
json chat ',"output":4,"stream":false'
json embeddings ''
json moderation ''
cp "$dir/stream.json" "$dir/refusal.json"

for request in $(awk '!/^#/ { print $2 }' "$classes" | sort -u); do
    [ -s "$dir/$request.json" ] || cp "$dir/moderation.json" "$dir/$request.json"
    mapfile -t names < <(awk -v r="$request" '$2 == r { print $1 }' "$classes")
    for ((i = 0; i < ${#names[@]}; i += 16)); do
        strike "$dir/$request.json" "${names[@]:i:16}"
    done
done
check "no reply is without a row" "$("$gust" mock --replies | awk '{ print $1 }' | sort | tr '\n' ' ')" \
    "^$(awk '!/^#/ { print $1 }' "$classes" | sort | tr '\n' ' ')$"
finish
