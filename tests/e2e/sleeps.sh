#!/bin/bash
# The sleeps of each shipped policy, seen by the server: between two attempts of a
# request lies what the client's own source prescribes (sleeps.c), never less, and no
# sleep ends past a deadline.
#
# No sleep may be shorter by anything. On a busy machine some end later; not the half.
. "${0%/*}/lib/world.sh"
late_ms=300

gaps() { # NAME: "NUMBER N MS" between attempt N and the one before it, by the truth
    sed -n "s/.*\"$(manifest "$1" run_id)-\([0-9]*\)\.0\(-\([0-9]*\)\)\{0,1\}\".*\"status\":\([0-9]*\).*\"request_ns\":\([0-9]*\).*/\1 \3 \4 \5/p" \
        "$dir/truth" | awk '
        NF == 3 { number = $1; n = 1; status = $2; at = $3 }
        NF == 4 { number = $1; n = $2; status = $3; at = $4 }
        { time[number, n] = at; if (n > most[number]) most[number] = n }
        END {
            for (number in most)
                for (n = 2; n <= most[number]; n++)
                    printf "%d %d %.3f\n", number, n, (time[number, n] - time[number, n - 1]) / 1e6
        }' | sort -n -k 1 -k 2
}

compare() { # NAME: "GAPS EARLY LATE" against the formula
    gaps "$1" | while read -r number n ms; do
        echo "$ms $("$tools/sleeps" "$1" 7 "$number" $((n - 1)) | tail -n 1)"
    done | awk -v late="$late_ms" '
        { gaps++; early += $1 < $2; behind += $1 - $2 > late }
        END { print gaps + 0, early + 0, behind + 0 }'
}

attempt() { # NAME RATE: a run under a policy, beside the others
    "$gust" run "$dir/profile.json" --target "$url" --out "$dir/$1" --quiet --no-report \
        --policy "${3:-$1}" --seed 7 --rate "$2" --duration 5s --warmup 0s --drain 3s \
        --stop-on 100% >"$dir/$1.out" 2>&1 &
}

# Preflight of all of them is over when the failures begin.
profile 20 5
start_server --dialect openai --ttft 2ms --tpot 1ms --fault status=503@2s+60s
cat >"$dir/deadline.json" <<'POLICY'
{"name": "deadline", "deadline": "2s",
 "retry": {"backoff": {"base": "500ms", "factor": 1.5, "jitter": "add", "spread": "1s"}}}
POLICY
# name, rate, and how many sleeps are seen at least
rows=("mistral-python 4/s 12" "vibe 4/s 12" "openai-python 4/s 8" "naive-3x 4/s 8"
    "grpc-throttle 4/s 3" "sre-checklist 1/s 1") # five failures, and this one is silent
for row in "${rows[@]}"; do
    read -r name rate _ <<<"$row"
    attempt "$name" "$rate"
done
attempt deadline 4/s "$dir/deadline.json"
wait $(jobs -p | grep -v "^$server$")
read -rt 1.2 <> <(:) # the truth is written once a second
stop_server
for row in "${rows[@]}"; do
    read -r name _ least <<<"$row"
    read -r count early late <<<"$(compare "$name")"
    check_ge "$name: sleeps were seen" "$count" "$least"
    check "$name: none is too short" "$early" '^0$'
    check_le "$name: hardly one is too long" "$((2 * late))" "$count"
done
# Without it each would be tried again for four seconds or more.
tried=$(gaps deadline | awk '{ sum[$1] += $3 } END { for (i in sum) print (sum[i] > 2300) }')
check_ge "deadline: sleeps were seen" "$(gaps deadline | wc -l)" 5
check_le "deadline: no sleep ends past it" "$((4 * $(grep -c 1 <<<"$tried")))" \
    "$(wc -l <<<"$tried")"
finish
