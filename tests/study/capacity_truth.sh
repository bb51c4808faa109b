#!/bin/bash
# Is the server on paper (queueworld.c) the server that is measured? The built-in
# server gets three loads from `gust run`; what arrived there, by its own truth file,
# is served again on paper, and both are compared, as the client saw it.
#
#   make capacity-truth              TRUTH_SECONDS=60 a load
#
# Exit code 1: a p50 or p95 differs by more than 10 % and 5 ms.
set -u
here=$(cd "$(dirname "$0")" && pwd)
build=${BUILD:-$(cd "$here/../.." && pwd)/build}
gust=${GUST:-$build/gust}
paper=$build/tests/study/capacity_truth
seconds=${TRUTH_SECONDS:-60}
dir=$(mktemp -d) || exit 3
server=0
trap '[ "$server" -eq 0 ] || kill "$server"; rm -rf "$dir"' EXIT
model="--slots 8 --ttft 20ms --prefill 100us --tpot 5ms --tpot-slope 200us --jitter 0.1"

cat >"$dir/profile.json" <<'JSON'
{"name":"truth","classes":[{"name":"chat","api":"chat",
   "prompt":{"kind":"uniform","min":100,"max":900},
   "output":{"kind":"lognormal","mean":40,"cv":0.5,"max":200}}],
 "arrival":{"kind":"poisson","rate":"10/s"},"slos":["ttft p95 <= 500ms"]}
JSON

one_load() { # RATE: the run's summary in $dir/seen, the paper's in $dir/paper
    local rate=$1
    rm -f "$dir/port"
    # shellcheck disable=SC2086 # options are words
    "$gust" mock --listen 127.0.0.1:0 --port-file "$dir/port" --truth "$dir/truth" \
        --dialect vllm --cache-tokens 0 $model >"$dir/log" 2>&1 &
    server=$!
    while kill -0 $server && [ ! -s "$dir/port" ]; do read -rt 0.02 <> <(:); done
    "$gust" run "$dir/profile.json" --target "http://127.0.0.1:$(cat "$dir/port")" \
        --rate "$rate/s" --duration "${seconds}s" --warmup 0s --seed "$rate" \
        --out "$dir/run-$rate" --quiet --no-report >/dev/null 2>"$dir/err"
    kill $server
    wait $server
    server=0
    awk '{ gsub(/[{"}]/, ""); n = split($0, pair, /[,:]/)
           for (i = 1; i < n; i += 2) v[pair[i]] = pair[i + 1]
           printf("%.9f %d %d\n", v["request_ns"] / 1e9, v["prompt_tokens"], v["output_tokens"]) }' \
        "$dir/truth" | sort -n >"$dir/past"
    "$gust" report "$dir/run-$rate" --format json --no-plots --out "$dir/report" >"$dir/seen" 2>/dev/null
    # shellcheck disable=SC2086
    "$paper" $model --past "$dir/past" --replications 20 >"$dir/paper"
}

rows() { # RATE: a row a figure; bad ones are marked
    awk -v rate="$1" '
        FNR == NR { if ($2 ~ /^p/ && $NF != "refused") { paper[$1 " " $2] = $3; half[$1 " " $2] = $6 } next }
        /^  "/ { table = $1 }
        table == "\"latency\":" && /^    "/ { metric = $1; gsub(/[":{]/, "", metric) }
        table == "\"latency\":" && /^      "p/ { p = $1; gsub(/[":]/, "", p) }
        table == "\"latency\":" && $1 == "\"s\":" {
            if (metric == "ttft_sent") name = "ttft"
            else if (metric == "e2e_sent") name = "e2e"
            else name = metric == "tpot" ? "tpot" : ""
            key = name " " p
            if (name == "" || !(key in paper) || $2 ~ /null/) next
            seen = $2 * 1000; told = paper[key] * 1000
            bad = (seen - told) ^ 2 > (0.1 * told) ^ 2 && (seen - told) ^ 2 > 25
            printf("| %s/s | %s %s | %.2f ms | %.2f +- %.2f ms | %+.1f %% |%s\n", rate, name, p, seen, told,
                half[key] * 1000, 100 * (told - seen) / seen, bad && p != "p99" ? " !" : "")
            failed = failed || (bad && p != "p99")
        }
        END { exit failed }' "$dir/paper" "$dir/seen"
}

code=0
echo "| load | figure | measured | on paper | off |"
echo "| --- | --- | --- | --- | --- |"
for rate in ${TRUTH_RATES:-8 14 17}; do
    one_load "$rate"
    rows "$rate" || code=1
done
exit $code
