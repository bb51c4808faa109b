#!/bin/bash
# The table of live verdicts (tests/study/live.sh): what it counts, when it is content,
# that a run which was made is not made again, and one short run for real.
. "${0%/*}/lib/world.sh"
live=$(cd "${0%/*}/../study" && pwd)/live.sh
unset LIVE_ROWS LIVE_STOPS LIVE_SPLITS JOBS

table() { # NAME RUNS ROWS...: made-up rows of aa whole mirror: sets $code
    local name=$1 runs=$2
    shift 2
    mkdir -p "$dir/$name"
    printf '%s\n' "$@" | tr ' ' '\t' >"$dir/$name/rows.tsv"
    BUILD=$dir GUST=${false_gust:-$gust} LIVE_DIR=$dir/$name LIVE_RUNS=$runs LIVE_ROWS=aa \
        LIVE_STOPS=whole LIVE_SPLITS=mirror "$live" >"$dir/$name.out" 2>&1
    code=$?
}

# scenario stop split number try exit verdict elapsed usable lag runq reasons
go='0 GO'
open='4 INCONCLUSIVE'
table fine 3 "aa whole mirror 1 1 $go 160 145 400 0 " \
    "aa whole mirror 2 1 $open 150 0 90000 0.3 generator_lag,too_short" \
    "aa whole mirror 2 2 $open 220 205 2000 0 open:ttft_p95" \
    "aa whole mirror 3 1 $go 170 145 300 0 "
check "all as it must be: exit code" "$code" '^0$'
check "counts, times, reasons, void tries" "$(cat "$dir/fine.out")" \
    '\| aa \| whole \| mirror \| not NO_GO \| 3 \| 2 \| 0 \| 1 \| 170 \| 220 \| 1 \| open:ttft_p95 1 \|'
check "the result is kept" "$(cmp <(tail -n +2 "$dir/fine.out") "$dir/fine/RESULTS.md" && echo same)" same

table wrong 2 "aa whole mirror 1 1 $go 160 145 400 0 " "aa whole mirror 2 1 1 NO_GO 60 45 400 0 "
check "a NO-GO of equals: exit code" "$code" '^1$'
check "a NO-GO of equals: the line" "$(cat "$dir/wrong.out")" '1 runs are NOT as they must be'

printf '#!/bin/sh\nexit 1\n' >"$dir/no_gust"
chmod +x "$dir/no_gust"
false_gust=$dir/no_gust
table gone 2 "aa whole mirror 1 1 $go 160 145 400 0 "
check "a run that cannot be made: exit code" "$code" '^4$'
check "a run that cannot be made: the line" "$(cat "$dir/gone.out")" '1 runs are missing'
LIVE_SECONDS=9 table gone 2 "aa whole mirror 1 1 $go 160 145 400 0 "
check "rows of other settings" "$code $(cat "$dir/gone.out")" '^2 .*remove it'
false_gust=

# For real: a verdict of some kind, once.
once() {
    BUILD=$dir GUST=$gust LIVE_DIR=$dir/real LIVE_RUNS=1 LIVE_SECONDS=3 LIVE_MORE=0 \
        LIVE_ROWS=errors LIVE_STOPS=whole LIVE_SPLITS=split "$live" >"$dir/real.out" 2>&1
}
once
check "a real run leaves a row" "$(tail -n 1 "$dir/real/rows.tsv" | tr '\t' ' ')" \
    '^errors whole split 1 [1-4] [14] (NO_GO|INCONCLUSIVE) [3-9][.0-9]* [0-9]+ [0-9]+ [0-9.e-]+ '
cp "$dir/real/rows.tsv" "$dir/before"
once
check "and is not made again" "$(cmp "$dir/before" "$dir/real/rows.tsv" && echo same)" same
check "the table has it" "$(cat "$dir/real/RESULTS.md")" '\| errors \| whole \| split \| NO_GO \| 1 \|'
finish
