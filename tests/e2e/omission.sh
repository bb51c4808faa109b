#!/bin/bash
# No coordinated omission: the server stands still for two seconds in a run at
# 50/s. Seen from the due times, p99 shows it; seen from the wire, the requests
# that were in flight show it too, and the generator keeps its pace throughout.
. "${0%/*}/lib/world.sh"

profile 20 4
start_server --dialect openai --ttft 20ms --tpot 5ms --jitter 0 --stall-at 4s \
    --stall-for 2s
run r "$dir/profile.json" --rate 50/s --duration 12s --warmup 1s --records
stop_server
check "the run ends well" "$code" '^(0|4)$'
zstd -dcq "$dir/r/requests.csv.zst" >"$dir/rows"

# percentile of a column in ms, over rows that have it
percentile() { # COLUMN P
    awk -F, -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) c = i; next }
        $c != "" { print int($c / 1000000) }' "$dir/rows" | sort -n |
        awk -v p="$2" '{ v[NR] = $1 } END { i = int(p / 100 * NR + 0.999); print v[i] }'
}

rows=$(($(wc -l <"$dir/rows") - 1))
check_ge "arrivals went on through the stall" "$rows" 500
check "each is accounted for" "$(manifest r scheduled)" "^$rows$"
check "none failed" "$(manifest r failed)" '^0$'
check_ge "p99 of TTFT from the due time shows the stall" "$(percentile ttft_ns 99)" 1700
check_ge "and so does p90: 100 of 600 requests met it" "$(percentile ttft_ns 90)" 500
check_le "p50 does not" "$(percentile ttft_ns 50)" 200
check_ge "ttft_sent stands beside it" "$(percentile ttft_sent_ns 99)" 1
finish
