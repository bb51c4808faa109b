#!/bin/bash
# What a load would cost, against sums done by hand; and what is refused.
. "${0%/*}/lib/world.sh"

estimate() { # ARGS...: sets $code; the answer is in $dir/out, the error in $dir/err
    "$gust" cost estimate "$@" >"$dir/out" 2>"$dir/err"
    code=$?
}

number() { # TABLE ROW COLUMN: from the JSON answer, as it is written there
    sed -n "/^  \"$1\": {/,/^  }/{/^    \"$2\": {/,/^    }/s/^ *\"$3\": \([^,]*\),\{0,1\}$/\1/p}" "$dir/out"
}

refused() { # NAME PATTERN ARGS...: exit 2, one line, nothing on stdout
    local name=$1 pattern=$2
    shift 2
    "$gust" "$@" >"$dir/out" 2>"$dir/err"
    check "$name: exit code" $? '^2$'
    check "$name: one line" "$(wc -l <"$dir/err") $(wc -c <"$dir/out")" '^1 0$'
    check "$name: the line" "$(cat "$dir/err")" "$pattern"
}

profile 1000 100
p=$dir/profile.json

# 1,000 prompt tokens at $0.15 and 100 of output at $0.60 a million, 500 times
estimate "$p" --requests 500 --model mistral-small-latest,mistral-large-2512 --format json
check "estimate: exit code" "$code" '^0$'
check "estimate: expected" "$(number load expected mistral-small-latest)" '^0\.105(0000000[0-9]*|)$'
check "estimate: worst" "$(number load worst mistral-small-latest)" '^0\.105(0000000[0-9]*|)$'
check "estimate: a second model" "$(number load expected mistral-large-2512)" '^0\.32(5|4999999[0-9]*)$'
check "estimate: canonical id" "$(number prices_per_million model mistral-small-latest)" '"mistral-small-2603"'
check "estimate: price" "$(number prices_per_million output mistral-small-latest)" '^0\.6$'

# the worst case: replies of 4,096
estimate "$p" --requests 1000 --model mistral-small-2603 --max-tokens 4096 --format json
check "worst case: as long as may be" "$(number load worst mistral-small-2603)" '^2\.607(6|5999999[0-9]*|6000000[0-9]*)$'

# 2/s for an hour at half the load in the mean: 7,200 requests at most, 86,400 a day
estimate "$p" --rate 2/s --peak-to-mean 2 --model mistral-small-2603 --format json
check "month: busiest hour" "$(number month busiest_hour mistral-small-2603)" '^1\.51(2|1999999[0-9]*|2000000[0-9]*)$'
check "month: 30 days" "$(number month month mistral-small-2603)" '^544\.3(2|1999999[0-9]*|2000000[0-9]*)$'

estimate "$p" --requests 10 --model mistral-small-2603 --price-tier priority --regional --format json
check "modifiers: 0.15 * 1.75 * 1.1" "$(number prices_per_million prompt mistral-small-2603)" '^0\.28875$'

estimate "$p" --requests 10 --model mistral-small-2603
check "text: says the date of the prices" "$(cat "$dir/out")" 'mistral of 2026-08-21'
estimate "$p" --requests 10 --model mistral-small-2603 --format markdown
check "markdown: a table" "$(cat "$dir/out")" '\| expected \| \$0\.00210 \|'
estimate "$p" --requests 10 --model mistral-small-2603 --out "$dir/page" --format html
check "html: a page" "$(cat "$dir/out")" '<!DOCTYPE html>.*</html>'
check "html: files" "$(cd "$dir/page" && echo *)" 'cost.json cost.md index.html'

# a list of one's own, which is old
cat >"$dir/own.json" <<'END'
{"name": "own", "date": "2020-02-29", "currency": "EUR", "models": [{"id": "mine", "input": 1, "output": 2}]}
END
estimate "$p" --requests 1000 --model mine --prices "$dir/own.json"
check "own list: the price" "$(cat "$dir/out")" '1\.20 EUR expected'
check "own list: its age is said" "$(tr -s ' \n' ' ' <"$dir/out")" 'own of 2020-02-29; they are [0-9]+ days old: check them'

sed 's/"input": 1/"input": -1/' "$dir/own.json" >"$dir/negative.json"
sed 's/"mine"/"mistral-ocr-5", "also": ["page"]/; s/, "input": 1, "output": 2//' "$dir/own.json" >"$dir/pages.json"
base=(cost estimate "$p" --requests 10)
refused "negative price" 'models\[0\]\.input: -1 is out of range' "${base[@]}" --model mine --prices "$dir/negative.json"
refused "unknown price" 'no price of model "mistral-smal-latest".*did you mean mistral-small-latest' "${base[@]}" --model mistral-smal-latest
refused "price by page" 'mistral-ocr-5 is not priced by token \(page\)' "${base[@]}" --model mistral-ocr-5 --prices "$dir/pages.json"
refused "no such list" 'unknown price list "nobody"' "${base[@]}" --model mine --prices nobody
refused "no list file" 'cannot open .*none\.json' "${base[@]}" --model mine --prices "$dir/none.json"
refused "no model" '--model is missing' "${base[@]}"
refused "empty model" '",mine" is no list of models' "${base[@]}" --model ,mine --prices "$dir/own.json"
refused "no load" 'how much\?' cost estimate "$p" --model mistral-small-2603
refused "zero rate" '--rate: .*out of range' cost estimate "$p" --rate 0/s --model mistral-small-2603
refused "rate and requests" 'exclude each other' "${base[@]}" --rate 1/s --model mistral-small-2603
refused "duration of requests" '--duration is the length of --rate' "${base[@]}" --duration 1h --model mistral-small-2603
refused "hours without rate" '--hours is a day of --rate' "${base[@]}" --hours 1,2 --model mistral-small-2603
refused "too few hours" '"1,2" is no list of 24 weights' cost estimate "$p" --rate 1/s --hours 1,2 --model mistral-small-2603
refused "no batch price" 'the list own has no batch price' "${base[@]}" --model mine --prices "$dir/own.json" --price-tier batch
refused "tier" '--price-tier' "${base[@]}" --model mine --price-tier gold
finish
