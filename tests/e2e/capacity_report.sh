#!/bin/bash
# The report of a capacity search: what it says, in every form, and its exit code.
. "${0%/*}/lib/world.sh"


reported() { # NAME ARGS...: sets $code; the answer is in $dir/out
    local name=$1
    shift
    "$gust" report "$dir/$name" "$@" >"$dir/out" 2>"$dir/err"
    code=$?
}

mkdir -p "$dir/found"
"$tools/fake_capacity" "$dir/found" found 2
reported found
check "found: exit code" "$code" '^0$'
check "found: verdict first" "$(sed -n 2p "$dir/out")" '14/s is served within the objectives, 15\.4/s is not, bound by ttft p95 <='
check "found: trials are not lost" "$(grep -cE '^  0(01|10) ' "$dir/out")" '^2$'
check "found: invalid ones are no part of the curve" "$(sed -n '/^Curve/,/^Trials/p' "$dir/out")" '14/s  *pass.*17/s  *fail'
check "found: but of the trials" "$(grep 007 "$dir/out")" '15\.4/s .*too close to say'
check "found: files" "$(cd "$dir/found/report" && echo *)" 'capacity-report.json .*capacity.md.*index.html'
page=$dir/found/report/index.html
check "page: the word" "$(cat "$page")" '<h1>FOUND</h1>'
check "page: what a trial says is no markup" "$(grep -c '<script' "$page")" '^0$'
check "page: but it is said" "$(cat "$page")" '&lt;script&gt;alert'
if command -v gnuplot >/dev/null; then
    check "page: pictures" "$(grep -c '<svg' "$page")" '^6$'
    check "page: shapes for every state" "$(cat "$page")" '●.*✕.*△.*□'
else
    skipped=$((skipped + 2))
fi
reported found --format json
check "json: a number" "$(tr -d ' \n' <"$dir/out")" '"feasible_max":\{"value":14\}'
check "json: seconds" "$(tr -d ' \n' <"$dir/out")" '"trials/001":\{"trialis":"pass","ttftp50":0\.0[67]'
reported found --format markdown --no-plots --out "$dir/elsewhere"
check "markdown: a table" "$(cat "$dir/out")" '\| *14/s *\| *pass *\|'
check "markdown: elsewhere, without pictures" "$(cd "$dir/elsewhere" && echo *)" '^capacity-report.json capacity.md index.html$'

mkdir -p "$dir/never" "$dir/late"
"$tools/fake_capacity" "$dir/never" never
reported never --no-plots
check "never: exit code" "$code" '^1$'
check "never: says so" "$(sed -n 2p "$dir/out")" 'missed at the least load'
"$tools/fake_capacity" "$dir/late" generator
reported late --no-plots
check "generator: exit code" "$code" '^4$'

reported found --arm baseline
check "arm: exit code" "$code" '^2$'
check "arm: one line" "$(cat "$dir/err")" '^gust: --arm: a search has none; give one of its trials$'
reported found --format vllm
check "vllm: exit code" "$code" '^2$'
head -c 300 "$dir/found/capacity.json" >"$dir/late/capacity.json"
reported late
check "torn: exit code" "$code" '^2$'
check "torn: names the file" "$(cat "$dir/err")" 'late/capacity\.json'
check "torn: one line" "$(wc -l <"$dir/err")" '^1$'
finish
