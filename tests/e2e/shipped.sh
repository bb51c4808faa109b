#!/bin/bash
# The strict server of the Mistral API takes what every shipped profile sends: no field
# that it does not know, no value out of range, as many tokens as were asked for.
. "${0%/*}/lib/world.sh"

sum() { # NAME KEY: over the classes of run.json
    sed -n '/^  "totals": {/,/^  }/p' "$dir/$1/run.json" |
        sed -n "s/^ *\"$2\": \([0-9]*\),*$/\1/p" | awk '{ n += $1 } END { print n + 0 }'
}

names=$("$gust" profile list | awk '{ print $1 }')
check_ge "profiles are shipped" "$(wc -w <<<"$names")" 10
start_server --dialect mistral --ttft 1ms --prefill 0us --tpot 5us --tpot-slope 0us
for name in $names; do
    # later turns of conversations, after their users have thought, are left out
    run "$name" "$name" --rate 40/s --limit 10 --duration 3s --warmup 0s --drain 60s \
        --dialect mistral --model m --stop-on 100% --scrape none
    check_ge "$name: as many are sent as should be" "$(sum "$name" sent)" 10
    check "$name: all of them succeed" "$(sum "$name" succeeded)" "^$(sum "$name" sent)$"
    check "$name: as many tokens as asked" "$(sum "$name" drifted)" '^0$'
done
stop_server
check "the server refused nothing" \
    "$(grep -o '"status":[0-9]*' "$dir/truth" | sort -u)" '^"status":200$'
finish
