#!/bin/bash
# However a run ends, its directory is readable and nothing recorded is lost:
# signals in the middle, a full disk, a trace that breaks, a guard.
. "${0%/*}/lib/world.sh"

await_lines() { # FILE N: until the file has N lines
    for _ in $(seq 1000); do
        [ -f "$1" ] && [ "$(wc -l <"$1")" -ge "$2" ] && return
        read -rt 0.02 <> <(:)
    done
}

background() { # NAME ARGS...: a run; sets $pid
    local name=$1
    shift
    "$gust" run "$dir/profile.json" --target "$url" --out "$dir/$name" --quiet --no-report \
        --warmup 0s "$@" >"$dir/$name.out" 2>"$dir/$name.err" &
    pid=$!
}

whole_lines() { # NAME: every file ends with a newline
    for f in intervals.jsonl latency.hlog events.jsonl; do
        check "$1: $f has whole lines" "$(tail -c 1 "$dir/$1/$f" | od -An -c | tr -d ' ')" '^\\n$'
    done
}

profile 20 40
start_server --dialect openai --ttft 20ms --tpot 10ms --slots 500

background interrupted --rate 50/s --duration 60s
await_lines "$dir/interrupted/intervals.jsonl" 6
kill -INT "$pid"
wait "$pid"
check "SIGINT: exit code" $? '^130$'
check "SIGINT: sealed" "$(manifest interrupted status)" '^interrupted$'
check "SIGINT: drained, none censored" "$(manifest interrupted censored)" '^0$'
check_ge "SIGINT: requests are kept" "$(manifest interrupted succeeded)" 20

background cancelled --rate 50/s --duration 60s
await_lines "$dir/cancelled/intervals.jsonl" 6
kill -TERM "$pid"
await_lines "$dir/cancelled/events.jsonl" 2
kill -TERM "$pid"
wait "$pid"
check "second signal: exit code" $? '^130$'
check "second signal: sealed" "$(manifest cancelled status)" '^interrupted$'
whole_lines cancelled

check_ge "second signal: what was in flight is censored" "$(manifest cancelled censored)" 1

# a signal before the first request is due
background early --rate 50/s --duration 60s
for _ in $(seq 5000); do
    [ -d "$dir/early" ] && break
    read -rt 0.001 <> <(:)
done
kill -INT "$pid"
wait "$pid"
check "SIGINT at the start: exit code" $? '^130$'
check "SIGINT at the start: sealed" "$(manifest early status)" '^interrupted$'

background killed --rate 50/s --duration 60s
await_lines "$dir/killed/intervals.jsonl" 8
kill -KILL "$pid"
wait "$pid" 2>/dev/null
check "SIGKILL: not sealed" "$(manifest killed status)" '^running$'
whole_lines killed
answer=$("$gust" report "$dir/killed" 2>&1)
check "SIGKILL: report's exit code" $? '^4$'
check "SIGKILL: the report says so" "$answer" 'incomplete: [0-9]+ of 60 s'

# a disk that is full: a file-size limit stands in for it, so that it needs no root
(
    ulimit -f 64
    trap '' XFSZ
    "$gust" run "$dir/profile.json" --target "$url" --out "$dir/full" --quiet --no-report \
        --rate 100/s --duration 60s --warmup 0s 2>"$dir/full.err" >/dev/null
    echo $? >"$dir/full.code"
)
check "full disk: exit code" "$(cat "$dir/full.code")" '^3$'
check "full disk: the line" "$(cat "$dir/full.err")" 'cannot write (latency.hlog|intervals.jsonl)'
whole_lines full

# descriptors run out in the middle: this machine's fault, not the server's
background starved --rate 200/s --duration 2s --warm-connections 1 --stop-on 100%
await_lines "$dir/starved/run.json" 1
prlimit --pid "$pid" --nofile=40:40
wait "$pid"
check "no descriptors left: exit code" $? '^4$'
check_ge "no descriptors left: the class" "$(manifest starved client_resource)" 20
check "no descriptors left: no other" "$(manifest starved connect_refused)" '^$'

# replies take 420 ms
run cut "$dir/profile.json" --rate 50/s --duration 1s --warmup 0s --drain 0s
check "no drain: exit code" "$code" '^(0|1|4)$'
check "no drain: complete all the same" "$(manifest cut status)" '^complete$'
check_ge "no drain: censored, not forgotten" "$(manifest cut censored)" 5

# a closed loop of three users that may ask 20 times
run limited "$dir/profile.json" --users 3 --limit 20 --warmup 0s --threads 2
check "limit: so many requests, and no more" "$(manifest limited scheduled)" '^20$'
check "limit: complete" "$(manifest limited status)" '^complete$'

# what comes after the last row of a trace is drain: 1.5 s of rows, a reply takes 1 s
{
    echo TIMESTAMP,ContextTokens,GeneratedTokens
    for i in $(seq 0 15); do
        printf '2023-11-16 18:17:0%d.%d000000,20,100\n' $((i / 10)) $((i % 10))
    done
} >"$dir/short.csv"
"$gust" run --trace "$dir/short.csv" --target "$url" --out "$dir/short" --quiet --no-report \
    >/dev/null 2>&1
check "end of a trace: all of it is sent" "$(manifest short scheduled)" '^16$'
check "end of a trace: the window ends there" "$(manifest short end_s)" '^2$'
check_ge "end of a trace: then it drains" \
    "$(grep -c '"phase":"drain"' "$dir/short/intervals.jsonl")" 1

# a trace whose row 400 is broken
{
    echo TIMESTAMP,ContextTokens,GeneratedTokens
    for i in $(seq 0 398); do
        printf '2023-11-16 18:17:%02d.%03d0000,20,10\n' $((i / 100)) $((i % 100 * 10))
    done
    echo '2023-11-16 18:17:04.0000000,twenty,10'
} >"$dir/broken.csv"
"$gust" run --trace "$dir/broken.csv" --target "$url" --out "$dir/broken" --quiet --no-report \
    2>"$dir/broken.err" >/dev/null
check "broken trace: exit code" $? '^(3|4)$'
check "broken trace: names file, row and text" "$(cat "$dir/broken.err")" 'broken\.csv.*400.*twenty'
check "broken trace: what was sent is kept" "$(manifest broken succeeded)" '^399$'
stop_server

# the first seed whose faults spare the calibration request
for seed in 1 2 3 4 5 6 7 8 9; do
    start_server --dialect openai --ttft 1ms --tpot 1ms --fault status=500:70% --seed "$seed"
    run guarded "$dir/profile.json" --rate 100/s --duration 30s --warmup 0s --stop-on 50%
    stop_server
    [ "$code" -ne 3 ] && break
done
check "guard: exit code" "$code" '^5$'
check "guard: the line" "$(cat "$dir/guarded.err")" 'requests failed, --stop-on allows 50'
check "guard: sealed" "$(manifest guarded status)" '^aborted$'
finish
