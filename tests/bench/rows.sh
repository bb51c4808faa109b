# shellcheck shell=bash disable=SC2154 # variables are those of `run`
# The rows of the bench: one function each, named as in the table of goals.

many=100000000 # tokens: a stream that does not end

# ---- P1: events of streams, one a read

one_p1() {
    window p1raw -n 5000 -w 1500 -- "$tools/raw" "$port" 5000 $many "$dir/raw"
    window p1bare -n 5000 -w 1500 -- "$tools/bare" "$port" 5000 $many
    window_gust p1gust endless -n 5000 -w 1500 -- --users 5000 --duration 600s
}

row_P1() {
    local gust_us bare_us raw_us
    start_truth -i 100000
    repeat one_p1
    stop
    gust_us=$(median p1gust cpu_us/events)
    bare_us=$(median p1bare cpu_us/events)
    raw_us=$(median p1raw cpu_us/events)
    line P1 "5,000 streams x 10/s: events" '>= 0.85 of libcurl' \
        "$(calc "$gust_us") us/event" "libcurl $(calc "$bare_us") us" \
        "$(calc "$bare_us / $gust_us")" "$(verdict "$bare_us / $gust_us >= 0.85")"
    line P1 "  on one core: $(calc "1000 / $gust_us")k events/s" '>= 0.6 of epoll' \
        "$(calc "$gust_us") us/event" "raw epoll $(calc "$raw_us") us" \
        "$(calc "$raw_us / $gust_us")" "$(verdict "$raw_us / $gust_us >= 0.6")"
}

# ---- P2: many events a read

one_p2() {
    window p2raw -n 64 -w 1500 -- "$tools/raw" "$port" 64 $many "$dir/raw"
    window p2bare -n 64 -w 1500 -- "$tools/bare" "$port" 64 $many
    window_gust p2gust endless -n 64 -w 1500 -- --users 64 --duration 600s
}

row_P2() {
    local gust_us bare_us raw_us
    start_truth -i 2000 -k 64
    repeat one_p2
    stop
    gust_us=$(median p2gust cpu_us/events)
    bare_us=$(median p2bare cpu_us/events)
    raw_us=$(median p2raw cpu_us/events)
    line P2 "64 events a write: $(calc "1 / $gust_us") M/s a core" '>= 2 M/s' \
        "$(calc "$gust_us") us/event" \
        "libcurl $(calc "$bare_us") raw $(calc "$raw_us")" \
        "$(calc "$bare_us / $gust_us")" "$(verdict "1 / $gust_us >= 2")"
}

# ---- P3: requests without streams

write_lua() {
    cat >"$dir/post.lua" <<'LUA'
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Accept"] = "application/json"
wrk.headers["x-request-id"] = "wrk-00000000-000001.0"
wrk.body = '{"model":"bench","messages":[{"role":"user","content":"The quick brown ' ..
    'fox jumps over the lazy dog while the old river carries wind and rain"}],' ..
    '"max_tokens":16,"ignore_eos":true}'
LUA
}

one_p3() {
    for n in 64 1000; do
        # two seconds until the generator's own buffers have grown
        window_gust "p3gust$n" answer -s 2200 -w 1200 -- --users $n --duration 600s
        window "p3bare$n" -s 800 -w 1200 -- "$tools/bare" "$port" $n 0
        ! command -v wrk >/dev/null ||
            window "p3wrk$n" -s 800 -w 1200 -- wrk -t 1 -c $n -d 60 -s "$dir/post.lua" \
                "http://127.0.0.1:$port/v1/chat/completions"
    done
}

row_P3() {
    local gust_us bare_us wrk_us
    write_lua
    start_truth
    repeat one_p3
    stop
    for n in 64 1000; do
        gust_us=$(median "p3gust$n" cpu_us/requests)
        bare_us=$(median "p3bare$n" cpu_us/requests)
        wrk_us=$(median "p3wrk$n" cpu_us/requests)
        line P3 "$n connections: $(calc "1000 / $gust_us")k requests/s" \
            '>= 0.8 of libcurl' "$(calc "$gust_us") us/request" \
            "libcurl $(calc "$bare_us") us" "$(calc "$bare_us / $gust_us")" \
            "$(verdict "$bare_us / $gust_us >= 0.8")"
        if [ "$wrk_us" = '?' ]; then
            skip P3 "  beside wrk" '>= 0.4 of wrk' 'not here: no wrk'
            continue
        fi
        line P3 "  beside wrk" '>= 0.4 of wrk' "$(calc "$gust_us") us/request" \
            "wrk $(calc "$wrk_us") us" "$(calc "$wrk_us / $gust_us")" \
            "$(verdict "$wrk_us / $gust_us >= 0.4")"
    done
}

# ---- P4: requests beside idle streams

one_p4() {
    for n in 100 10000; do
        start_truth -h $n
        window_gust "p4held$n" endless -n $n -s 800 -w 1200 -- --users $((n + 64)) \
            --duration 600s --ttft-timeout 0 --stall-timeout 0
        stop
    done
}

row_P4() {
    local few_us many_us
    if [ "$(ulimit -Hn)" -lt 12000 ]; then
        skip P4 "10,000 idle streams" '<= 1.4 x' 'not here: ulimit -n'
        return
    fi
    repeat one_p4
    few_us=$(median p4held100 cpu_us/requests)
    many_us=$(median p4held10000 cpu_us/requests)
    line P4 "a request beside 10,000 idle streams" '<= 1.4 x beside 100' \
        "$(calc "$many_us") us/request" "beside 100: $(calc "$few_us") us" \
        "$(calc "$few_us / $many_us")" "$(verdict "$many_us <= 1.4 * $few_us")"
}

# ---- P5: what the client adds to the times it reports

# The reference reader takes the time at which epoll_wait returned.
reference_delays() { # STREAMS TOKENS
    taskset -c "$client_core" "${urgent[@]}" "$tools/raw" "$port" "$1" "$2" >"$dir/raw.out" &
    local reader=$!
    read -rt 2.5 <> <(:)
    kill "$reader"
    wait "$reader" 2>/dev/null
    echo "$(awk '/p50/ { print $2 }' "$dir/raw.out") /" \
        "$(awk '/p99/ { print $2 }' "$dir/raw.out") us"
}

delays() { # LABEL RATE TOKENS STREAMS: of a run of five seconds against $truth
    local reference
    noisy=0
    profile delay true "$3"
    reference=$(reference_delays "$4" "$3")
    window_gust delay delay -w 0 -- --rate "$2/s" --duration 5s --warmup 1s --records \
        --drain 5s
    "$tools/delay" "$dir/best_run" "$dir/truth" >"$dir/delay" 2>"$dir/delay.log"
    for what in first gap; do
        local p50 p99 name=TTFT
        [ $what = first ] || name=gap
        p50=$(awk "\$1 == \"${what}_us_p50\" { print \$2 }" "$dir/delay")
        p99=$(awk "\$1 == \"${what}_us_p99\" { print \$2 }" "$dir/delay")
        line P5 "$1: $name" '<= 6 / 20 us' "${p50:-?} / ${p99:-?} us" \
            "at epoll $reference" - \
            "$(verdict "${p50:-999} <= 6 && ${p99:-999} <= 20")"
    done
}

row_P5() {
    local period_us
    be_urgent
    for load in '100 20000 25' '1000 20000 50' '5000 100000 20'; do
        # shellcheck disable=SC2086 # three words
        set -- $load
        period_us=$2
        start_truth -i "$period_us" -t "$dir/truth"
        delays "$1 x $((1000000 / period_us))/s" $(($1 * 1000000 / period_us / $3)) "$3" "$1"
        stop
    done
    start_truth -i 200000 -l -t "$dir/truth"
    delays "1,000 in one burst" 500 10 1000
    stop
    noisy=0
    say "P5     stamped by the kernel: $(awk '/kernel_share/ { print $2 }' "$dir/delay")" \
        "of the reads; stamps before the server's own: $(awk '/early/ { print $2 }' "$dir/delay")"
}

# ---- P6: when requests leave

one_p6() {
    local rate seconds pace
    for load in '100 8 timer' '1000 2 timer' '10000 2 timer' '1000 2 spin'; do
        read -r rate seconds pace <<<"$load"
        window_gust "p6$rate$pace" answer -w 0 -- --rate "$rate/s" \
            --duration "$((seconds * 1000 + 500))ms" --warmup 500ms --pace "$pace"
        "$tools/percentile" "$dir/best_run" lag >>"$dir/series.p6$rate$pace"
        taskset -c "$client_core" "${urgent[@]}" "$tools/pace" "$rate" 2 \
            >>"$dir/series.p6$rate$pace"
    done
}

lag() { # RATE PACE GOAL50 GOAL99
    local p50 p99 late50 late99
    p50=$(median "p6$1$2" lag_us_p50)
    p99=$(median "p6$1$2" lag_us_p99)
    late50=$(median "p6$1$2" late_us_p50)
    late99=$(median "p6$1$2" late_us_p99)
    noisy=0
    [ "$late99" = '?' ] || ! holds "$late99 > $4" || noisy=1
    line P6 "$1/s, $2" "<= $3 / $4 us" "$p50 / $p99 us" "timerfd $late50 / $late99 us" - \
        "$(verdict "$p50 <= $3 && $p99 <= $4")"
}

row_P6() {
    local share
    be_urgent
    start_truth
    repeat one_p6
    stop
    lag 100 timer 40 120
    lag 1000 timer 40 120
    share=$(calc "100 * $(median p61000timer cpu_us/wall_us)")
    line P6 "  CPU at 1,000/s" '< 10 %' "$share %" - - "$(verdict "$share < 10")"
    lag 10000 timer 40 120
    lag 1000 spin 12 120
}

# ---- P7: memory

held_rss() { # STREAMS
    start_truth -h "$1"
    window_gust "p7gust$1" endless -n "$1" -w 500 -- --users "$1" --duration 600s \
        --ttft-timeout 0 --stall-timeout 0
    stop
    start_truth -h "$1"
    window "p7bare$1" -n "$1" -w 500 -- "$tools/bare" "$port" "$1" $many
    stop
}

row_P7() {
    local per_gust per_bare grown events
    if [ "$(ulimit -Hn)" -lt 12000 ]; then
        skip P7 "10,000 idle streams" '<= 16 KB' 'not here: ulimit -n'
    else
        held_rss 100
        held_rss 10000
        noisy=0
        per_gust=$(calc "($(median p7gust10000 rss_kb) - $(median p7gust100 rss_kb)) / 9900")
        per_bare=$(calc "($(median p7bare10000 rss_kb) - $(median p7bare100 rss_kb)) / 9900")
        line P7 "memory of an idle stream, of 10,000" '<= 16 KB' "$per_gust KB" \
            "libcurl $per_bare KB" "$(calc "$per_bare / $per_gust")" \
            "$(verdict "$per_gust <= 16")"
    fi
    start_truth -i 2000 -k 64
    window_gust p7flat endless -n 64 -s 2500 -w 8000 -- --users 64 --duration 600s
    stop
    grown=$(median p7flat rss_grown_kb)
    events=$(calc "$(median p7flat events) / 1e6")
    noisy=0 # memory does not mind
    line P7 "growth over $events M events" 'flat' "$grown KB" - - \
        "$(verdict "$grown <= 512")"
}

# ---- P8: start

one_p8() {
    window_gust p8 answer -w 0 -- --rate 1000/s --duration 1s
}

row_P8() {
    start_truth
    repeat one_p8
    stop
    noisy=0
    local ms
    ms=$(calc "$(median p8 start_us) / 1000")
    line P8 "exec to first request, less preflight" '<= 30 ms' "$ms ms" - - \
        "$(verdict "$ms <= 30")"
}

row_P9() {
    skip P9 "judge two runs of 1 h" '<= 1 s, 100 MB' later
}

# ---- P10: a report

row_P10() {
    local begin s
    "$tools/hour" "$dir/hour" || return
    begin=$EPOCHREALTIME
    "$gust" report "$dir/hour" >"$dir/report.out" 2>&1
    s=$(calc "$EPOCHREALTIME - $begin")
    rm -rf "$dir/hour"
    line P10 "report of 1 h, all plots" '<= 5 s' "$s s" - - "$(verdict "$s <= 5")"
}

# ---- P11: shards, a 180th of an hour of them

row_P11() {
    local cpu_s plain_s mb begin
    "$tools/many_shards" make "$dir/shards" 1000 20 100 || return
    : >"$dir/counters"
    window p11 -w 0 -- "$gust" merge "$dir/shards" --expect 1000 --no-report --out "$dir/merged"
    rm -rf "$dir/merged"
    window p11plain -w 0 -- "$tools/many_shards" add "$dir/shards" 1000
    rm -rf "$dir/shards"
    noisy=0 # CPU time of seconds
    cpu_s=$(calc "$(median p11 cpu_us) / 1e6 * 180")
    plain_s=$(calc "$(median p11plain cpu_us) / 1e6 * 180")
    mb=$(calc "$(median p11 rss_kb) / 1024")
    line P11 "merge 1,000 shards x 1 h x 6 metrics, CPU" '<= 90 s' "$cpu_s s" \
        "a histogram a line $plain_s s" "$(calc "$plain_s / $cpu_s")" "$(verdict "$cpu_s <= 90")"
    line P11 "  memory" '<= 100 MB' "$mb MB" - - "$(verdict "$mb <= 100")"
}

# ---- P12: a large trace

write_trace() { # ROWS
    awk -v rows="$1" 'BEGIN {
        print "TIMESTAMP,ContextTokens,GeneratedTokens"
        srand(1)
        for (i = 0; i < rows; i++) {
            t = i / 100
            printf "2023-11-%02d %02d:%02d:%02d.%02d00000,%d,%d\n", 16 + t / 86400,
                t % 86400 / 3600, t % 3600 / 60, t % 60, i % 100,
                exp(4 + 4 * rand()), exp(2 + 4 * rand())
        }
    }' >"$dir/trace.csv"
}

row_P12() {
    local rows=5000000 cpu_s mb begin wc_s
    write_trace $rows
    : >"$dir/counters"
    window p12 -w 0 -- "$gust" profile fit "$dir/trace.csv" --out "$dir/fitted.json"
    begin=$EPOCHREALTIME
    wc -l "$dir/trace.csv" >/dev/null
    wc_s=$(calc "$EPOCHREALTIME - $begin")
    rm -f "$dir/trace.csv" "$dir/fitted.json"
    noisy=0 # CPU time of seconds
    cpu_s=$(calc "$(median p12 cpu_us) / 1e6")
    mb=$(calc "$(median p12 rss_kb) / 1024")
    line P12 "fit 5 M rows: $(calc "$rows / 1e6 / $cpu_s") M rows/s" '>= 1 M rows/s' \
        "$cpu_s s CPU" "wc -l $wc_s s" "$(calc "$wc_s / $cpu_s")" \
        "$(verdict "$rows / $cpu_s >= 1e6")"
    line P12 "  memory" '<= 64 MB' "$mb MB" - - "$(verdict "$mb <= 64")"
}

# ---- tokens: text in parts of 4 KB, on one core

row_TOK() {
    local python=${TEKKEN_PYTHON:-python3} tekken ours theirs
    tekken=$("$python" -c 'import mistral_common.tokens.tokenizers as m, pathlib
print(sorted((pathlib.Path(m.__file__).parents[2] / "data").glob("tekken_*.json"))[-1])' 2>/dev/null)
    if [ ! -s "$tekken" ]; then
        skip TOK "text to tokens" '>= 2 x tiktoken' 'not here: TEKKEN_PYTHON'
        return
    fi
    cat "$here"/../../{loadgen,report}/*/*.c >"$dir/text"
    noisy=0
    ours=$("${build}/tests/interop/tekken_ids" "$tekken" 4000 40 <"$dir/text" 2>&1 |
        grep -o '[0-9.]* MB/s' | cut -d' ' -f1)
    theirs=$("$python" - "$tekken" "$dir/text" <<'PY'
import sys, time
from mistral_common.tokens.tokenizers.tekken import Tekkenizer
t = Tekkenizer.from_file(sys.argv[1])
text = open(sys.argv[2]).read()
parts = [text[i:i + 4000] for i in range(0, len(text), 4000)]
begin, n = time.process_time(), 0
for part in parts:
    n += len(t._model.encode(part))
print("%.3g" % (len(text.encode()) / 1e6 / (time.process_time() - begin)))
PY
    )
    line TOK "text to tokens, parts of 4 KB" '>= 2 x tiktoken' "${ours:-?} MB/s" \
        "tiktoken ${theirs:-?} MB/s" "$(calc "${ours:-?} / ${theirs:-?}")" \
        "$(verdict "${ours:-?} / ${theirs:-?} >= 2")"
}

# ---- P13: the built-in server beside its customer

one_p13() {
    start_mock --ttft 10ms --tpot 20ms --tpot-slope 0us --prefill 0us --slots 2000
    window p13mock -p "$server" -s 1500 -w 1500 -- "$tools/raw" "$port" 1000 100000 \
        "$dir/counters"
    stop
    start_mock --ttft 0us --tpot 0us --tpot-slope 0us --prefill 0us --jitter 0
    window p13asked -p "$server" -s 500 -w 1500 -- "$tools/bare" "$port" 64 0 \
        "$dir/counters"
    stop
    start_truth -i 20000
    window p13floor -p "$server" -n 1000 -w 1500 -- "$tools/raw" "$port" 1000 $many \
        "$dir/raw"
    window_gust p13gust endless -n 1000 -w 1500 -- --users 1000 --duration 600s
    window_gust p13asks answer -s 800 -w 1500 -- --users 64 --duration 600s
    stop
}

row_P13() {
    local mock_us gust_us floor_us
    repeat one_p13
    mock_us=$(median p13mock cpu_us/events)
    gust_us=$(median p13gust cpu_us/events)
    floor_us=$(median p13floor cpu_us/events)
    line P13 "mock: $(calc "1000 / $mock_us")k events/s" '>= 1.5 x gust' \
        "$(calc "$mock_us") us/event" \
        "gust $(calc "$gust_us"), fixed $(calc "$floor_us")" \
        "$(calc "$gust_us / $mock_us")" "$(verdict "$gust_us / $mock_us >= 1.5")"
    mock_us=$(median p13asked cpu_us/requests)
    gust_us=$(median p13asks cpu_us/requests)
    line P13 "mock: $(calc "1000 / $mock_us")k requests/s" '>= 1.5 x gust' \
        "$(calc "$mock_us") us/request" "gust $(calc "$gust_us") us" \
        "$(calc "$gust_us / $mock_us")" "$(verdict "$gust_us / $mock_us >= 1.5")"
}

# ---- P14: two workers

instructions() { # THREADS REQUESTS: of the whole program
    local command
    mapfile -t command < <(gust_run answer --rate 500/s --limit "$2" --threads "$1")
    rm -rf "$dir/run"
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "${command[@]}" 2>&1 |
        awk '/Collected/ { print $NF }'
}

row_P14() {
    local one two
    if ! command -v valgrind >/dev/null; then
        skip P14 "two workers" '>= 1.8 x one' 'not here: no valgrind'
        return
    fi
    start_truth
    one=$(calc "($(instructions 1 1500) - $(instructions 1 500)) / 1e6")
    two=$(calc "($(instructions 2 1500) - $(instructions 2 500)) / 1e6")
    stop
    line P14 "two workers: instructions/request" '>= 1.8 x one' "$(calc "$two * 1000")" \
        "one: $(calc "$one * 1000")" "$(calc "2 * $one / $two")" \
        "$(verdict "2 * $one / $two >= 1.8")"
}

# ---- capacity: how often it claims more than there is

# Of simulated searches, whose truth is known; make capacity-study has the live ones.
row_CAP() {
    local ours theirs
    "$build/tests/unit/test_search" >"$dir/search"
    ours=$(sed -n 's/^noisy curve .* above it \([0-9.]*\) %.*/\1/p' "$dir/search")
    theirs=$(sed -n 's/^ *plain bisection .* above it \([0-9.]*\) %.*/\1/p' "$dir/search")
    noisy=0
    line CAP "searches that claim too much" '<= 5 %' "${ours:-?} %" \
        "plain bisection ${theirs:-?} %" - "$(verdict "${ours:-?} <= 5")"
}
