#!/bin/bash
# Same seed, same schedule and same bodies, byte for byte, for 1 and for 4
# threads; another seed, another schedule.
. "${0%/*}/lib/world.sh"

bodies() { # NAME: what the server saw of a run, in the order of the schedule
    sed -n 's/.*"id":"[0-9a-f]*-\([0-9.]*\)".*"body":"\([0-9a-f]*\)".*/\1 \2/p' "$dir/truth" |
        sort -n >"$dir/$1.bodies"
}

one() { # NAME THREADS SEED
    start_server --dialect vllm --ttft 2ms --tpot 1ms --jitter 0
    run "$1" tutor --rate 30/s --duration 3s --threads "$2" --seed "$3" --records
    bodies "$1"
    stop_server
    check "$1 ends well" "$code" '^(0|1|4)$'
    zstd -dcq "$dir/$1/requests.csv.zst" |
        awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
            $at["turn"] == 0 { print $at["number"], $at["due_ns"], $at["class"],
                $at["prompt_asked"], $at["output_asked"] }' | sort -n >"$dir/$1.schedule"
}

one single 1 7
one four 4 7
one again 1 7
one other 1 8
check_ge "a schedule of some length" "$(wc -l <"$dir/single.schedule")" 60
for name in four again; do
    check "$name: the same schedule" \
        "$(cmp "$dir/single.schedule" "$dir/$name.schedule" 2>&1)" '^$'
    check "$name: the same digest" "$(manifest $name schedule_digest)" \
        "^$(manifest single schedule_digest)$"
    # follow-up turns are due after their replies, so their number may differ by a few
    join -j 1 <(sort "$dir/single.bodies") <(sort "$dir/$name.bodies") >"$dir/both"
    check_ge "$name: bodies in common" "$(wc -l <"$dir/both")" 60
    check "$name: the same bodies" "$(awk '$2 != $3' "$dir/both")" '^$'
done
check "another seed, another schedule" \
    "$(cmp -s "$dir/single.schedule" "$dir/other.schedule"; echo $?)" '^1$'
check "printed as it is replayed" "$("$gust" run tutor --rate 30/s --duration 3s --seed 7 \
    --print-schedule | awk -F'\t' '$1 ~ /^[0-9]+$/ { printf "%d %.0f %s %d %d\n", $1, $2 * 1e9, $3, $4, $5 }' |
    cmp - "$dir/single.schedule" 2>&1)" '^$'
finish
