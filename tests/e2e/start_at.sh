#!/bin/bash
# --start-at: shards that are started at different times send at the same moments; what
# comes too late sends nothing. --clock-check: a planted offset is found, and recorded.
. "${0%/*}/lib/world.sh"
clock=0
trap 'for pid in $server $clock; do [ "$pid" -eq 0 ] || kill "$pid" 2>/dev/null; done; rm -rf "$dir"' EXIT

start_clock() { # OFFSET-MS: sets $time
    rm -f "$dir/clock.port"
    "$tools/time_server" "$dir/clock.port" "$1" 2>"$dir/clock.log" &
    clock=$!
    for _ in $(seq 1000); do
        [ -s "$dir/clock.port" ] && break
        read -rt 0.01 <> <(:)
    done
    time=127.0.0.1:$(cat "$dir/clock.port")
}
stop_clock() {
    kill "$clock"
    wait "$clock" 2>/dev/null
    clock=0
}
number() { # FILE KEY: the first number behind it
    sed -n "s/^ *\"$2\": \(-\{0,1\}[0-9.e+-]*\),\{0,1\}$/\1/p" "$1" | head -n 1
}

profile 20 20
start_server --dialect openai --ttft 10ms --tpot 2ms --jitter 0
start_clock 250
at=$(($(date +%s) + 9))
pids=()
for i in 0 1; do
    "$gust" run "$dir/profile.json" --target "$url" --rate 40/s --duration 2s --warmup 0s --quiet \
        --shard $i/2 --start-at $at --clock-check "$time" --out "$dir/parts" 2>"$dir/err.$i" &
    pids+=($!)
    [ $i = 1 ] || read -rt 1 <> <(:) # the second is started a second later
done
for pid in "${pids[@]}"; do wait "$pid"; done
for i in 0 1; do
    check "shard $i starts when it shall" "$(number "$dir/parts/shard-00$i/run.json" wall_s | awk '{ printf "%.6f", $1 }')" "^$at\.000000$"
    # the exchange takes microseconds; 20 ms are for a machine that stands still
    check_ge "shard $i: the planted offset, least" "$(number "$dir/parts/shard-00$i/run.json" offset_s | awk '{ printf "%d", $1 * 1000 }')" 230
    check_le "shard $i: the planted offset, most" "$(number "$dir/parts/shard-00$i/run.json" offset_s | awk '{ printf "%d", $1 * 1000 }')" 270
    check "shard $i: sent what is its own" "$(manifest parts/shard-00$i scheduled)" '^[1-9][0-9]*$'
done
"$gust" merge "$dir/parts" --expect 2 --no-report --out "$dir/merged" >/dev/null 2>"$dir/merged.err"
check "together" "$? $(cat "$dir/merged.err")" '^(0|4) merged 2 of 2 shards, 2 complete'
stop_clock

# clocks apart: the same run, of which one shard says that its clock is off
sed 's/"offset_s": .*/"offset_s": 0.33,/' "$dir/parts/shard-001/run.json" >"$dir/run.json"
cp "$dir/run.json" "$dir/parts/shard-001/run.json"
"$gust" merge "$dir/parts" --expect 2 --no-report --out "$dir/merged2" >/dev/null 2>"$dir/merged.err"
check "clocks that are apart" "$(cat "$dir/merged.err")" "note +the shards' clocks are [0-9.]* ms apart"
sed 's/"wall_s": .*/"wall_s": 1000,/' "$dir/run.json" >"$dir/parts/shard-001/run.json"
"$gust" merge "$dir/parts" --expect 2 --no-report --out "$dir/merged3" >/dev/null 2>"$dir/merged.err"
check "shards that did not start together" "$? $(cat "$dir/merged.err")" '^4 .*not GO +the shards started .* apart'

refused() { # NAME EXPECTED ARGS...
    local name=$1 expected=$2
    shift 2
    check "$name" "$("$gust" run "$dir/profile.json" --target "$url" --quiet --shard 0/2 --out "$dir/no" "$@" 2>&1; echo "code $?")" "$expected"
}
refused "too late" 'was .* ago: too late, nothing was sent.*code 3' --start-at $(($(date +%s) - 3))
refused "in milliseconds" 'neither seconds since 1970.*code 2' --start-at "$(date +%s)000"
refused "next month" 'more than a week away.*code 3' --start-at $(($(date +%s) + 2600000))
refused "no clock there" 'clock-check: 127.0.0.1:1: .*code 3' --clock-check 127.0.0.1:1
refused "no such clock" 'clock-check: nobody.invalid.*code 3' --clock-check nobody.invalid
check "and nothing was begun" "$(ls "$dir/no" 2>&1)" 'No such file'

# a signal while it waits for its start
"$gust" run "$dir/profile.json" --target "$url" --start-at $(($(date +%s) + 600)) --duration 2s --quiet \
    --no-report --out "$dir/waiting" >"$dir/out" 2>"$dir/err" &
pid=$!
for _ in $(seq 1000); do
    [ -s "$dir/waiting/latency.hlog" ] || [ -d "$dir/waiting" ] && break
    read -rt 0.01 <> <(:)
done
kill -TERM $pid
wait $pid
check "a signal before the start: exit code" $? '^130$'
check "a signal before the start: sealed" "$(manifest waiting status)" '^interrupted$'
check "a signal before the start: nothing was sent" "$(manifest waiting scheduled)" '^0$'
finish
