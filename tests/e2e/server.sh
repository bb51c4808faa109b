#!/bin/bash
# The server's own view: what is scraped from /metrics against the server's truth, what
# the report makes of it, and sources that do not answer.
#
# The server counts a request when it is over. So each answer of /metrics, whenever it
# came, must hold the sums over as many of the truth's first rows, by their end: that
# does not depend on how fast this machine is.
. "${0%/*}/lib/world.sh"
exporter=0
trap '[ "$server" -eq 0 ] || kill "$server" 2>/dev/null
    [ "$exporter" -eq 0 ] || kill "$exporter" 2>/dev/null; rm -rf "$dir"' EXIT

number() { # KEY: the first "key":number of each line on stdin
    sed -n "s/.*\"$1\":\([0-9.e+-]*\).*/\1/p"
}

# Requests with content: end, queue and prefill in s, by end.
truth_rows() {
    grep '"first_content_ns":[0-9]' "$dir/truth" |
        sed 's/.*"request_ns":\([0-9]*\),"slot_ns":\([0-9]*\),.*"first_content_ns":\([0-9]*\),.*"end_ns":\([0-9]*\).*/\4 \2 \1 \3/' |
        sort -n | awk '{ printf "%d %.9f %.9f\n", $1, ($2 - $3) / 1e9, ($4 - $2) / 1e9 }'
}

profile 20 5
start_server --dialect vllm --slots 4 --ttft 50ms --tpot 2ms
run r "$dir/profile.json" --rate 60/s --duration 4s --warmup 1s --format json \
    --scrape http://127.0.0.1:1/metrics
check "a run with a dead source ends well" "$code" '^(0|4)$'
stop_server
grep '"kind":"server"' "$dir/r/intervals.jsonl" >"$dir/lines"
truth_rows >"$dir/rows"
check_ge "one answer a second, and one at the end" "$(wc -l <"$dir/lines")" 4
check "the source is named" "$(head -n 1 "$dir/lines")" "\"source\":\"$url/metrics\",\"family\":\"vllm\""
check "the batch is full at times" "$(number running <"$dir/lines" | sort -n | tail -n 1)" '^4$'

paste -d' ' <(number queue_count <"$dir/lines") <(number queue_sum <"$dir/lines") \
    <(number prefill_sum <"$dir/lines") >"$dir/sums"
wrong=$(awk 'NR == FNR { queue[NR] = queue[NR - 1] + $2; prefill[NR] = prefill[NR - 1] + $3; next }
    { q = $2 - queue[$1]; p = $3 - prefill[$1] }
    q * q > 1e-10 || p * p > 1e-10 { print $0, queue[$1], prefill[$1] }' "$dir/rows" "$dir/sums")
check "every answer is the truth's sums" "$wrong" '^$'
check_ge "the last one has most requests" "$(tail -n 1 "$dir/sums" | cut -d' ' -f1)" 100

# the table: differences between the answers nearest to 1 s and to 4 s
split=$(grep -A8 '"ttft_split"' "$dir/r.out" | tr -d ' \n')
expected=$(paste -d' ' <(number t <"$dir/lines") "$dir/sums" |
    awk 'function d(x) { return x < 0 ? -x : x }
    NR == 1 || d($1 - 1) <= d(t - 1) { t = $1; n = $2; q = $3; p = $4; u = "" }
    u == "" || d($1 - 4) <= d(u - 4) { u = $1; m = $2; r = $3; s = $4 }
    END { printf "%d %.6f %.6f\n", m - n, (r - q) / (m - n), (s - p) / (m - n) }')
got=$(printf '%s\n' "$split" | sed 's/.*"queue_s":\([0-9.e-]*\),"prefill_s":\([0-9.e-]*\),.*"server_count":\([0-9]*\).*/\3 \1 \2/' |
    awk '{ printf "%d %.6f %.6f\n", $1, $2, $3 }')
check "where the time went" "$got" "^$expected$"
# the client's mean is over what ended between the same two answers
expected=$(number t <"$dir/lines" |
    awk 'function d(x) { return x < 0 ? -x : x }
    FILENAME == "-" { if (NR == 1 || d($1 - 1) <= d(t - 1)) { t = $1; u = "" }
        if (u == "" || d($1 - 4) <= d(u - 4)) u = $1; next }
    $1 >= int(t) && $1 < int(u) { n += $2; s += $3 }
    END { printf "%.6f %d\n", s / n, n }' - <(grep '"kind":"second"' "$dir/r/intervals.jsonl" |
        sed -n 's/.*"t":\([0-9.]*\),.*"ttft_sent_count":\([0-9]*\),"ttft_sent_s":\([0-9.]*\).*/\1 \2 \3/p'))
got=$(printf '%s\n' "$split" | sed 's/.*"client_s":\([0-9.e-]*\),.*"client_count":\([0-9]*\).*/\1 \2/' |
    awk '{ printf "%.6f %d\n", $1, $2 }')
check "the client's time is beside it, over the same requests" "$got" "^$expected$"
check "and how well the rest is known" "$split" '"rest_s":-?[0-9][^,]*,"rest_doubt_s":[0-9]'

check "a dead source is counted" \
    "$(grep -A9 '"scrape": \[' "$dir/r/run.json" | tr -d ' \n')" \
    '"url":"http://127.0.0.1:1/metrics","family":null,"ok":0,"failed":[1-9][0-9]*,"first_failed_s":[0-9.]+,"silent_since_s":[0-9.]+,"error":".*connect'
"$gust" report "$dir/r" >"$dir/report.out" 2>&1
check "the report has the table" "$(cat "$dir/report.out")" 'Where the time to the first token went'
check "a dead source is told of" "$(tr -s '\n ' ' ' <"$dir/report.out")" \
    'http://127.0.0.1:1/metrics: none of ([0-9]+) scrapes was answered \(.*connect'
check "and the server's view" "$(cat "$dir/report.out")" 'requests running'
check "the page has both" "$(grep -c 'id="times"\|id="server"' "$dir/r/report/index.html")" '^2$'
check "and the pictures" "$(ls "$dir/r/report" | grep -c 'server_load.svg\|server_use.svg')" '^[02]$'

# An exporter that goes silent in the middle: told, and what it said before is kept.
"$tools/fake_answer" "$dir/exporter" 200 'DCGM_FI_DEV_GPU_UTIL{gpu="0"} 60
DCGM_FI_DEV_GPU_UTIL{gpu="1"} 20
DCGM_FI_DEV_FB_USED{gpu="0"} 30000
DCGM_FI_DEV_FB_FREE{gpu="0"} 10000
' &
exporter=$!
for _ in $(seq 1000); do
    [ -s "$dir/exporter" ] && break
    read -rt 0.01 <> <(:)
done
gpu=http://127.0.0.1:$(cat "$dir/exporter")/metrics
start_server --dialect openai --ttft 1ms --tpot 1ms
run gpu "$dir/profile.json" --rate 20/s --duration 4s --warmup 0s --drain 1s --scrape "$gpu" &
runs=$!
for _ in $(seq 3000); do # two answers of it
    [ "$(grep -cs '"gpu_use"' "$dir/gpu/intervals.jsonl")" -ge 2 ] 2>/dev/null && break
    read -rt 0.01 <> <(:)
done
kill "$exporter"
wait "$exporter" 2>/dev/null
exporter=0
wait "$runs"
stop_server
"$gust" report "$dir/gpu" >"$dir/report.out" 2>&1
summary=$(tr -d ' \n' <"$dir/gpu/report/summary.json" | sed 's/.*\("server":\[.*\),"ttft_split".*/\1/')
check "silence is told" "$(tr -s '\n ' ' ' <"$dir/report.out")" \
    "$gpu: silent since [1-9][0-9.]* s of the run: [1-9][0-9]* of [1-9][0-9]* scrapes failed \\(.*onnect"
check "and in the summary" "$summary" \
    "\"source\":\"$gpu\",\"family\":\"dcgm\",\"answers\":[2-9][0-9]*,\"failed\":[1-9][0-9]*,\"first_failed_s\":[1-9][0-9.]*,\"silent_since_s\":[1-9]"
check "what it said is kept" "$summary" '"gpu_use":0\.4[0-9]*,"gpu_memory_used":3\.145728e\+10,'
if [ -s "$dir/gpu/report/server_use.svg" ]; then
    for what in 'key-value cache' 'prefix cache hits' 'GPU busy' 'GPU memory'; do
        check "the picture has a line: $what" "$(cat "$dir/gpu/report/server_use.svg")" ">$what<"
    done
else
    skipped=$((skipped + 4)) # no gnuplot
fi
check "the target's own answered" "$summary" '"failed":0,"first_failed_s":null,"silent_since_s":null,"error":null'

start_server --dialect vllm --ttft 1ms --tpot 1ms
run off "$dir/profile.json" --rate 20/s --duration 1s --warmup 0s --scrape none
check "none is none" "$(grep -c '"kind":"server"' "$dir/off/intervals.jsonl")" '^0$'
run bad "$dir/profile.json" --rate 20/s --duration 1s --scrape ftp://x
check "no URL: exit code" "$code" '^2$'
check "no URL: the line" "$(cat "$dir/bad.err")" '^gust: --scrape: "ftp://x" must begin with http'
stop_server
finish
