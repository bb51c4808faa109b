#!/bin/bash
# gust merge: shards of a run are, count by count, the run that one process makes; what
# is missing, there twice, still running or of another run is named, and never passes.
. "${0%/*}/lib/world.sh"

shard() { # OUT I/N ARGS...: a shard in the background; adds its pid to $pids
    local out=$1 part=$2
    shift 2
    "$gust" run "$dir/profile.json" --target "$url" --out "$dir/$out" --shard "$part" --quiet \
        --seed 5 --rate 40/s --duration 4s --warmup 1s --slo 'success >= 99%' "$@" \
        >>"$dir/$out.out" 2>>"$dir/$out.err" &
    pids+=($!)
}

await() { # until the shards are done; $codes has their exit codes
    local pid
    codes=
    for pid in "${pids[@]}"; do
        wait "$pid"
        codes+="$? "
    done
    pids=()
}

merge() { # NAME DIR ARGS...: sets $code
    local name=$1 from=$2
    shift 2
    rm -rf "${dir:?}/$name"
    "$gust" merge "$dir/$from" --out "$dir/$name" --no-report "$@" >"$dir/$name.out" 2>"$dir/$name.err"
    code=$?
}

profile 40 20
start_server --dialect openai --ttft 20ms --tpot 3ms --jitter 0
pids=()
for i in 0 1 2; do shard parts $i/3; done
await
check "each shard ends well" "$codes" '^(0|4) (0|4) (0|4) $'
check "a shard says what it is" "$(sort "$dir/parts.err")" 'shard 0 of 3: .*/shard-000; gust merge'
check "a shard gives no verdict" "$(cat "$dir/parts.out")" '^$'
run whole "$dir/profile.json" --seed 5 --rate 40/s --duration 4s --warmup 1s --slo 'success >= 99%'

merge merged parts --expect 3
check "complete" "$(cat "$dir/merged.err")" 'merged 3 of 3 shards, 3 complete'
check "judged" "$code $(grep -o 'SLOs met\|INVALID\|invalid' "$dir/merged.out" | head -n 1)" '^(0 SLOs met|4 .*)$'
# one run of the same seed, on every count that no clock decides
for key in schedule_digest schedule_head scheduled sent not_sent succeeded failed censored attempts \
    retries hidden measured prompt_asked output_asked prompt_tokens output_tokens content_events items; do
    check "as one run: $key" "$(manifest merged $key)" "^$(manifest whole $key)$"
done
check_ge "there was something to count" "$(manifest merged scheduled)" 100
lengths() { # NAME: the distributions of lengths in run.json
    tr -d ' \n' <"$dir/$1/run.json" | grep -o '"lengths":{[^}]*}'
}
check "as one run: lengths" "$([ "$(lengths merged)" = "$(lengths whole)" ]; echo $?)" '^0$'
due() { # NAME KIND: arrivals by second, in the order of time
    sed -n "s/.*\"kind\":\"second\",\"t\":\([0-9]*\),.*\"due\":\([0-9]*\).*/\1 \2/p" "$dir/$1/intervals.jsonl" |
        awk '$2 > 0' | sort -n | awk '{ n[$1] += $2 } END { for (t in n) print t, n[t] }' | sort -n
}
check_ge "the merged seconds have as many arrivals" "$(due merged | awk '{ n += $2 } END { print n }')" \
    "$(manifest whole scheduled)"
"$gust" report "$dir/merged" --format json >"$dir/report.json" 2>/dev/null
check "gust report reads it, and its books hold" "$(grep -c '"books"\|"identity"' "$dir/report.json")" '^0$'

variant() { # NAME: a copy of the shards to spoil
    rm -rf "${dir:?}/$1"
    cp -r "$dir/parts" "$dir/$1"
}
edit() { # FILE SED-EXPRESSION
    sed "$2" "$1" >"$1.new" && mv "$1.new" "$1"
}

variant missing
rm -r "$dir/missing/shard-001"
merge m missing --expect 3
check "a missing shard" "$code $(cat "$dir/m.err")" '^4 .*merged 2 of 3.*1 of 3 shards missing: 1'
check "a missing shard passes nothing" "$(cat "$dir/m.out")" '1 of 3 shards missing'
merge m missing
check "missing without --expect" "$code $(cat "$dir/m.err")" '^4 .*1 of 3 shards missing: 1'
rm -r "$dir/missing/shard-000"
merge m missing
check "two missing shards" "$(cat "$dir/m.err")" '2 of 3 shards missing: 0-1'

variant twice
cp -r "$dir/twice/shard-001" "$dir/twice/shard-001.2"
merge m twice --expect 3
check "a shard that came twice" "$code $(cat "$dir/m.err")" '^4 .*shard 1 came twice, as shard-001 and shard-001.2'
check "counts once" "$(manifest m scheduled)" "^$(manifest whole scheduled)$"

variant other
edit "$dir/other/shard-002/run.json" 's/"seed": "5"/"seed": "6"/'
merge m other --expect 3
check "another seed" "$code $(cat "$dir/m.err")" '^2 .*shard-002 is no part of the same run as shard-000: its seed is "6", not "5"'
check "another seed: nothing is written" "$(ls "$dir/m" 2>&1)" 'No such file'
variant other
edit "$dir/other/shard-001/run.json" 's/"schedule_head": ".*"/"schedule_head": "0123456789abcdef"/'
merge m other
check "another schedule" "$code $(cat "$dir/m.err")" '^2 .*shard-001 is no part of .*its schedule is'
variant other
edit "$dir/other/shard-001/run.json" 's/"schedule_digest": ".*"/"schedule_digest": "0123456789abcdef"/'
merge m other
check "another whole schedule" "$code $(cat "$dir/m.err")" "^2 .*its schedule's digest is 0123456789abcdef"
variant other
edit "$dir/other/shard-001/run.json" 's/"tool": "gust .*"/"tool": "gust 0.0.1"/'
merge m other
check "another version" "$code $(cat "$dir/m.err")" '^2 .*shard-001 is no part of .*its version is "gust 0.0.1"'
merge m parts --expect 4
check "another number" "$code $(cat "$dir/m.err")" '^2 .*4 shards are expected, but these are of a run of 3'

variant live
edit "$dir/live/shard-002/run.json" 's/"status": "complete"/"status": "running"/'
printf '{"kind":"second","t":' >>"$dir/live/shard-002/intervals.jsonl"
merge m live --expect 3
check "a shard that still runs" "$code $(cat "$dir/m.err")" '^4 .*shard-002 on .*: still running, or killed'
check "its requests are there" "$(sed -n 's/^ *scheduled \([0-9,]*\).*/\1/p' "$dir/m.out")" \
    "^$(sed -n 's/^ *scheduled \([0-9,]*\).*/\1/p' "$dir/merged.out")$"

variant empty
rm "$dir/empty/shard-001/run.json"
merge m empty --expect 3
check "a shard that never began" "$code $(cat "$dir/m.err")" '^4 .*1 of 3 shards missing: 1.*'
merge m whole
check "no shards" "$code $(cat "$dir/m.err")" '^2 .*no shard has begun'
merge m nowhere
check "no directory" "$code $(cat "$dir/m.err")" '^2 .*cannot read .*nowhere: No such file'
"$gust" merge "$dir/parts" --out "$dir/merged" 2>"$dir/m.err"
check "never overwritten" "$? $(cat "$dir/m.err")" '^3 .*exists already'

# a shard that was stopped
pids=()
shard stopped 0/2 --duration 60s
shard stopped 1/2 --duration 60s
for _ in $(seq 1000); do
    [ "$(cat "$dir"/stopped/shard-00?/intervals.jsonl 2>/dev/null | wc -l)" -ge 8 ] && break
    read -rt 0.02 <> <(:)
done
kill -TERM "${pids[1]}"
wait "${pids[1]}"
check "SIGTERM seals: exit code" $? '^130$'
"$gust" merge "$dir/stopped" --expect 2 --out "$dir/m1" --no-report >/dev/null 2>"$dir/m.err"
check "so far" "$? $(cat "$dir/m.err")" '^4 .*merged 2 of 2 shards, 0 complete.*shard-001 on .*interrupted'
kill -TERM "${pids[0]}"
wait "${pids[0]}"
pids=()

# two arms: the merge gives the verdict
arms() { # I/N
    "$gust" canary "$dir/profile.json" --baseline "$url" --canary "$url" --out "$dir/arms" --shard "$1" \
        --quiet --rate 20/s --duration 4s --warmup 1s >"$dir/arms.out" 2>&1 &
    pids+=($!)
}
arms 0/2
arms 1/2
await
merge verdict arms --expect 2
check "a canary's verdict" "$code $(head -n 1 "$dir/verdict.out")" '^(0 GO|1 NO-GO|4 INCONCLUSIVE)'
"$gust" compare "$dir/verdict" >"$dir/compare.out" 2>/dev/null
check "gust compare gives the same" "$? $(head -n 1 "$dir/compare.out")" "^$code $(head -n 1 "$dir/verdict.out" | sed 's/[][().*+?|^$%]/./g')$"
rm -r "$dir/arms/shard-001"
merge verdict arms --expect 2
check "half a canary" "$code $(head -n 1 "$dir/verdict.out")" '^4 INCONCLUSIVE'
finish
