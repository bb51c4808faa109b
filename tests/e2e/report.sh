#!/bin/bash
# gust report: exit codes, what goes where, and that a missing gnuplot or a folder
# that cannot be written is said in one line.
. "${0%/*}/lib/world.sh"

report() { # NAME ARGS...: of the run in $dir/NAME; sets $code
    local name=$1
    shift
    "$gust" report "$dir/$name" "$@" >"$dir/out" 2>"$dir/err"
    code=$?
}

while read -r kind expected says; do
    "$tools/fake_run" "$kind" "$dir/$kind" || fail "$kind" "cannot be written"
    report "$kind"
    check "$kind: exit code" "$code" "^$expected$"
    check "$kind: says so first" "$(head -n 1 "$dir/out")" "^$says"
    check "$kind: where the page is" "$(cat "$dir/err")" "^report: .*/$kind/report/index.html$"
    report "$kind" --format json --no-plots
    check "$kind: JSON agrees" "$(cat "$dir/out")" "\"state\": \"$kind\""
    check "$kind: the same exit code" "$code" "^$expected$"
done <<'END'
valid        0 Valid
met          0 SLOs met
missed       1 SLO missed
inconclusive 4 Inconclusive
incomplete   4 Incomplete
invalid      4 Invalid
END

report missed
for name in index.html summary.md summary.json junit.xml metrics.om; do
    check_ge "$name is there" "$(wc -c <"$dir/missed/report/$name")" 100
done
check "no leftovers" "$(ls "$dir/missed/report")" '^[^.]+(\.(html|md|json|xml|om|svg)[^.]*)+$'
cp -r "$dir/missed/report" "$dir/first"
report missed
check "a second report is the same" "$(diff -r "$dir/first" "$dir/missed/report")" '^$'
check "junit.xml fails the missed one only" \
    "$(grep -c '<failure' "$dir/missed/report/junit.xml")" '^1$'
report missed --format vllm --no-plots
check "--format vllm" "$(tr -d ' \n' <"$dir/out")" '"completed":[0-9]+,"failed":[0-9]+,.*"p99_ttft_ms":[0-9.]+,'
report missed --format none
check "--format none is silent" "$(cat "$dir/out")" '^$'
report missed --out "$dir/elsewhere" --format markdown
check "--format markdown" "$(head -n 1 "$dir/out")" '^# SLO missed: missed$'
check_ge "--out" "$(wc -c <"$dir/elsewhere/index.html")" 1000

if command -v gnuplot >/dev/null; then
    check_ge "pictures" "$(find "$dir/missed/report" -name '*.svg' | wc -l)" 8
fi
whole=$(realpath "$gust")
PATH=/nonexistent "$whole" report "$dir/missed" >"$dir/out" 2>"$dir/err"
check "without gnuplot: exit code" $? '^1$'
check "without gnuplot: the page says so" "$(cat "$dir/missed/report/index.html")" \
    'no pictures: gnuplot is not installed'
check "without gnuplot: no stale pictures" "$(ls "$dir/missed/report")" '^[^v]*$'

rm -rf "$dir/valid/report"
: >"$dir/valid/report"
report valid
check "folder in the way: exit code" "$code" '^3$'
check "folder in the way: one line" "$(cat "$dir/err")" '^gust: cannot write [^
]*/report/[^
]*$'
check "folder in the way: the summary is there" "$(head -n 1 "$dir/out")" '^Valid'

printf 'x' >>"$dir/met/intervals.jsonl"
report met --no-plots
check "torn last line: read" "$code" '^0$'
check "torn last line: said" "$(cat "$dir/out")" 'ended in the middle of a line'
sed -i '20s/.*/{"kind":"slice",/' "$dir/met/intervals.jsonl"
report met --no-plots
check "broken line: exit code" "$code" '^2$'
check "broken line: named" "$(cat "$dir/err")" 'intervals.jsonl.*line 20'

# a live run prints what `gust report` prints
profile 200 10
start_server --dialect openai --ttft 10ms --tpot 2ms
"$gust" run "$dir/profile.json" --target "$url" --out "$dir/live" --quiet \
    --rate 50/s --duration 4s --warmup 0s >"$dir/live.out" 2>"$dir/live.err"
check "live: exit code" $? '^(0|4)$'
for seed in 1 2; do # of which the server has seen the first
    run again "$dir/profile.json" --rate 50/s --duration 2s --warmup 0s --seed $seed
    report again --no-plots
    check "seed $seed: seen before" "$(grep -c 'seen these prompts before' "$dir/out")" "^$((2 - seed))\$"
done
stop_server
check_ge "live: has its page" "$(wc -c <"$dir/live/report/index.html")" 10000
report live --no-plots
check "live: the same summary again" "$(diff "$dir/live.out" "$dir/out")" '^$'
finish
