#!/bin/bash
# gust profile: what is fitted is what was in the trace, in bounded memory; what is
# broken is named; nothing that exists is overwritten.
. "${0%/*}/lib/world.sh"

profile_verb() { # WORDS...: sets $code; answers in $dir/out and $dir/err
    "$gust" profile "$@" >"$dir/out" 2>"$dir/err" </dev/null
    code=$?
}

refused() { # NAME EXPRESSION WORDS...: exit code 2 and one line that says why
    local name=$1 expression=$2
    shift 2
    profile_verb "$@"
    check "$name: exit code" "$code" '^2$'
    check "$name: one line" "$(wc -l <"$dir/err")" '^1$'
    check "$name" "$(cat "$dir/err")" "$expression"
}

trace() { # ROWS: 20 rows a second, prompts 100..5099 and outputs 1..400 evenly
    awk -v n="$1" 'BEGIN {
        print "time,prompt,output"
        for (i = 0; i < n; i++)
            printf "%.2f,%d,%d\n", i / 20, 100 + i * 7919 % 5000, 1 + i * 31 % 400
    }'
}

peak_kb() { # COMMAND...: the most memory it had at any time
    local peak=0 pid now
    "$@" >"$dir/out" 2>"$dir/err" &
    pid=$!
    while now=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$pid/status" 2>/dev/null) &&
        [ -n "$now" ]; do
        peak=$now
        read -rt 0.01 <> <(:)
    done
    wait "$pid"
    echo "$peak"
}

field() { # ROW COLUMN: of the table that profile show prints
    awk -v row="$1" -v column="$2" '$1 == row { gsub(",", ""); print $column; exit }' "$dir/out"
}

# Fitted from a trace whose law is known: uniform lengths, 20 a second.
trace 200000 >"$dir/trace.csv"
profile_verb fit "$dir/trace.csv" --title 'A "quoted" title' --licence CC0 --out "$dir/fitted.json"
check "fit: exit code" "$code" '^0$'
check "fit: report" "$(cat "$dir/out")" '200,000 rows over 10000.0 s'
check "fit: distance" "$(sed -n 's/.*KS distance: prompt 0\.00.*, output 0\.0[01].*/good/p' "$dir/out")" '^good$'
check "fit: arrivals" "$(cat "$dir/out")" 'process: constant'
profile_verb check "$dir/fitted.json"
check "check: the fitted profile" "$code $(cat "$dir/out")" '^0 ok trace: constant, 20.0/s; mean tokens chat 2,[56]'
profile_verb show "$dir/fitted.json"
check "show: exit code" "$code" '^0$'
check "show: title" "$(head -n 1 "$dir/out")" '^trace: A "quoted" title$'
check_ge "show: prompt p50" "$(field prompt 5)" 2560
check_le "show: prompt p50" "$(field prompt 5)" 2640
check_ge "show: output p90" "$(field output 6)" 355
check_le "show: output p90" "$(field output 6)" 365
check "show: no line passes 80 columns" "$(awk 'length > 80' "$dir/out")" '^$'

# The document alone on standard output, the report beside it.
profile_verb fit "$dir/trace.csv" --name piped --date 2024-01-01 --limit 1000
cp "$dir/out" "$dir/piped.json"
check "fit: report on standard error" "$(cat "$dir/err")" '^1,000 rows over'
profile_verb fit "$dir/trace.csv" --name piped --date 2024-01-01 --limit 1000
check "fit: same trace, same profile" "$(cmp "$dir/out" "$dir/piped.json" 2>&1)" '^$'
profile_verb check "$dir/piped.json" assistant
check "check: two profiles, two lines" "$code $(wc -l <"$dir/out")" '^0 2$'

# Memory: two million rows need what a few do.
case $gust in
*asan* | *tsan*) skipped=$((skipped + 1)) ;;
*)
    trace 2000000 >"$dir/long.csv"
    check_le "fit: memory of 2,000,000 rows, kB" \
        "$(peak_kb "$gust" profile fit "$dir/long.csv" --out "$dir/long.json")" 65536
    check "fit: all rows" "$(head -n 1 "$dir/out")" '^2,000,000 rows'
    rm "$dir/long.csv"
    ;;
esac

# What is broken is named; what exists stays as it is.
{ trace 5000; echo '250.00,12O,7'; trace 10 | tail -n +2; } >"$dir/broken.csv"
refused "a broken row" 'broken.csv: row 5001 \(line 5002\): column "prompt": "12O" is not' \
    fit "$dir/broken.csv"
check "a broken row: no document" "$(cat "$dir/out")" '^$'
refused "no such trace" 'nowhere.csv: No such file' fit "$dir/nowhere.csv"
echo 'time,prompt,output' >"$dir/empty.csv"
refused "a trace without rows" 'empty.csv: has no rows' fit "$dir/empty.csv"
refused "other columns" 'no column "when" among "time", "prompt", "output"' \
    fit "$dir/trace.csv" --columns time=when
refused "no spread" '--spread takes auto, off or a duration: ' fit "$dir/trace.csv" --spread wide
echo precious >"$dir/there.json"
refused "an existing profile" 'there.json: File exists' fit "$dir/trace.csv" --out "$dir/there.json"
check "an existing profile stays" "$(cat "$dir/there.json")" '^precious$'
refused "no profile at all" 'there.json: ' check "$dir/there.json"
sed 's/"prompt": \[[0-9]*/"prompt": [-1/' "$dir/piped.json" >"$dir/negative.json"
refused "a negative length" 'negative.json: classes\[0\].lengths.grid.prompt\[0\]: -1' \
    check "$dir/negative.json"
profile_verb check "$dir/negative.json" "$dir/fitted.json"
check "check: goes on behind a broken one" "$code $(cat "$dir/out")" '^2 ok trace'
refused "an unknown name" 'unknown profile "asistant"' show asistant

# The shipped ones.
profile_verb list
for name in assistant azure-2023-code azure-2023-conv mooncake-conversation tutor; do
    check "list: $name" "$(cat "$dir/out")" "$name  +[A-Z]"
done
lines=$(wc -l <"$dir/out")
profile_verb check
check "check: all shipped ones" "$code $(grep -c '^ok ' "$dir/out")" "^0 $lines\$"
profile_verb show --brief mooncake-conversation
check "show: prefixes" "$(cat "$dir/out")" '77 % of the prompts start with one of 335 shared'
profile_verb show semantic-search
check "show: embeddings" "$(cat "$dir/out")" 'class query: embeddings, 90 % of the requests'
check "show: embeddings have no output" "$(grep -c output "$dir/out")" '^0$'

# A program far from its profiles says where it looked (or finds installed ones).
mkdir -p "$dir/far/bin"
cp "$gust" "$dir/far/bin/gust"
for verb in list check; do
    env -u GUST_PROFILE_DIR "$dir/far/bin/gust" profile "$verb" >"$dir/out" 2>"$dir/err"
    check "$verb: far from home" "$? $(cat "$dir/out" "$dir/err")" \
        '^(0 .*assistant|2 gust: no profiles in /.*/far/bin/\.\./profiles, .*GUST_PROFILE_DIR)'
done

# The picture.
if command -v gnuplot >/dev/null; then
    profile_verb show --brief code-maintenance --plot "$dir/it's a plot.svg"
    check "plot: exit code" "$code$(cat "$dir/err")" '^0$'
    check "plot: a whole picture" "$(tail -c 8 "$dir/it's a plot.svg")" '</svg>'
    check "plot: both classes" "$(grep -c 'class [rp]' "$dir/it's a plot.svg")" '^2$'
    refused "an existing picture" "a plot.svg: File exists" \
        show --brief assistant --plot "$dir/it's a plot.svg"
    refused "a folder that is not there" "nowhere/p.svg: No such file" \
        show assistant --brief --plot "$dir/nowhere/p.svg"
else
    skipped=$((skipped + 1))
fi
finish
