#!/bin/bash
# What `gust capacity` finds, against what is true: searches with different seeds
# against servers of one known service model, several at once, and beside each a plain
# bisection as other tools do it: one trial a load, its percentile against the limit, no
# repetition and no confirmation. The truth is capacity_truth's, which shares no code
# with either.
#
#   make capacity-study            20 searches, 10 at once: half an hour and more
#   SEARCHES=4 AT_ONCE=4 TRIAL=25 make capacity-study
#
# Results: build/study/CAPACITY.md. Exit code 1: a search is more than 10 % below the
# truth or more than 3 % above it. A search that ended for another reason (exit code 4: a
# busy machine made the generator late more than 20 times in a row) has no ratio, and
# counts as a failure, too.
set -u
here=$(cd "$(dirname "$0")" && pwd)
build=${BUILD:-$(cd "$here/../.." && pwd)/build}
gust=${GUST:-$build/gust}
truth_of=${TRUTH:-$build/tests/study/capacity_truth}
searches=${SEARCHES:-20}
at_once=${AT_ONCE:-10}
trial=${TRIAL:-30}
warmup=5
out=${OUT:-$build/study}
slo='ttft p90 <= 200ms'
model=(--slots 4 --ttft 40ms --tpot 10ms --tpot-slope 200us --prefill 100us --jitter 0.1)
dir=$(mktemp -d) || exit 3
pids=()
trap 'for p in "${pids[@]}"; do kill "$p" 2>/dev/null; done; rm -rf "$dir"' EXIT
mkdir -p "$out"
printf '{"name":"study","classes":[{"name":"chat","api":"chat","prompt":100,"output":11}],
    "arrival":{"kind":"poisson","rate":"10/s"}}\n' >"$dir/profile.json"

# One load, one trial: 0 met, 1 missed. A late generator is given ten tries.
plain_trial() { # SEED URL RATE
    local code=4 i
    for i in 1 2 3 4 5 6 7 8 9 10; do
        rm -rf "$dir/plain-$1"
        "$gust" run "$dir/profile.json" --target "$2" --rate "$3/s" --seed "$1" --slo "$slo" \
            --duration $((trial + warmup))s --warmup ${warmup}s --quiet --no-report \
            --out "$dir/plain-$1" >/dev/null 2>&1
        code=$?
        [ $code -le 1 ] && break
    done
    return $code
}

plain_bisection() { # SEED URL: prints the greatest load that was met, and the trials
    local lo=6 hi=60 n=0 middle
    while awk -v lo=$lo -v hi=$hi 'BEGIN { exit !(hi > lo * 1.05) }'; do
        middle=$(awk -v lo=$lo -v hi=$hi 'BEGIN { printf "%.4f", sqrt(lo * hi) }')
        n=$((n + 1))
        if plain_trial "$1" "$2" "$middle"; then lo=$middle; else hi=$middle; fi
    done
    echo "$lo $n"
}

one() { # SEED: a line "seed found trials seconds code plain plain_trials" in $dir/row-SEED
    local seed=$1 server url code begin end
    "$gust" mock --listen 127.0.0.1:0 --port-file "$dir/port-$seed" --seed "$seed" \
        --cache-tokens 0 "${model[@]}" >/dev/null 2>&1 &
    server=$!
    while kill -0 $server && [ ! -s "$dir/port-$seed" ]; do read -rt 0.02 <> <(:); done
    url=http://127.0.0.1:$(cat "$dir/port-$seed")
    begin=$(date +%s)
    "$gust" capacity "$dir/profile.json" --target "$url" --slo "$slo" --rate 5/s --seed "$((seed * 100))" \
        --trial-time "${trial}s" --warmup ${warmup}s --repeats 20 --max-trials 150 --max-time 3h \
        --out "$dir/search-$seed" --quiet >/dev/null 2>"$dir/err-$seed"
    code=$?
    end=$(date +%s)
    found=$(sed -n 's/^  "feasible_max": \([0-9.]*\),$/\1/p' "$dir/search-$seed/capacity.json")
    invalid=$(grep -c '"state":"invalid"' "$dir/search-$seed/capacity.jsonl")
    n=$(grep -c '"phase"' "$dir/search-$seed/capacity.jsonl")
    cp "$dir/search-$seed/capacity.json" "$out/capacity-$seed.json"
    echo "$seed ${found:-none} $((n - invalid)) $invalid $((end - begin)) $code $(plain_bisection "$seed" "$url")" >"$dir/row-$seed"
    kill $server
    wait $server 2>/dev/null
}

truth=$("$truth_of" "${model[@]}" --prompt 100 --output 11 --slo "$slo" | awk '$1 == "capacity" { print $2 }')
for seed in $(seq "$searches"); do
    while [ "$(jobs -rp | wc -l)" -ge "$at_once" ]; do wait -n; done
    one "$seed" &
    pids+=($!)
done
wait

sort -n "$dir"/row-* | awk -v truth="$truth" -v slo="$slo" -v trial="$trial" '
    BEGIN {
        printf "True capacity at %s: %.2f/s. Trials of %d s.\n\n", slo, truth, trial
        print "| seed | found/s | of the truth | trials | invalid | seconds | plain/s | of the truth | trials |"
        print "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    }
    {
        good = $6 == 0 && $2 != "none"
        ratio = good ? $2 / truth : 0
        plain = $7 / truth
        printf "| %d | %s | %s | %d | %d | %d | %.2f | %.3f | %d |\n", $1, good ? sprintf("%.2f", $2) : "exit code " $6,
            good ? sprintf("%.3f", ratio) : "-", $3, $4, $5, $7, plain, $8
        n++
        bad += !good || ratio < 0.9 || ratio > 1.03
        sum += ratio; trials += $3; seconds += $5; above += ratio > 1; plain_sum += plain; plain_above += plain > 1
        plain_bad += plain < 0.9 || plain > 1.03; plain_trials += $8
    }
    END {
        printf "| mean | | %.3f | %.1f | | %.0f | | %.3f | %.1f |\n\n", sum / n, trials / n, seconds / n, plain_sum / n, plain_trials / n
        printf "Outside of 0.90..1.03: %d of %d searches, %d of %d plain bisections. Above the truth: %d and %d.\n",
            bad, n, plain_bad, n, above, plain_above
        exit bad > 0
    }' | tee "$out/CAPACITY.md"
exit "${PIPESTATUS[1]}"
