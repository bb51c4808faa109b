#!/bin/bash
# What a load would cost and what runs did cost, against sums done by hand; and what is
# refused.
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

check "month: hours, where they differ" "$(grep -c '"hours": {' "$dir/out")" '^1$'
estimate "$p" --rate 2/s --model mistral-small-2603 --format json
check "month: a flat day has no hours" "$(grep -c '"hours": {' "$dir/out")" '^0$'

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

# --- a run that is only looked at: 100/s for 10 s, $0.00021 a request -------------------
dry() { # ARGS...: sets $code; the answer is in $dir/out, the error in $dir/err
    "$gust" run "$p" --dry-run --duration 10s --warmup 0s "$@" >"$dir/out" 2>"$dir/err"
    code=$?
}
printf '{"name":"dry","classes":[{"name":"chat","api":"chat","prompt":1000,"output":100}],
    "arrival":{"kind":"constant","rate":"100/s"}}\n' >"$p"
api=(--target https://api.mistral.ai --model mistral-small-latest)
dry "${api[@]}"
check "dry run: exit code" "$code" '^0$'
check "dry run: the cost" "$(cat "$dir/out")" 'cost +\$0\.210 expected, at most \$0\.210; \$0\.210 for 1,000 requests'
check "dry run: the prices" "$(cat "$dir/out")" 'prices +mistral of 2026-08-21, from '
dry "${api[@]}" --budget 0.1 --budget-rate 100/h
check "dry run: what the budget pays for" "$(cat "$dir/out")" 'budget +\$0\.100 pays for about 476 of 1,000 requests, 4\.76 s of the load, and ends it'
check "dry run: the rate" "$(cat "$dir/out")" 'budget +\$100\.00 an hour is enough for the \$75\.60 an hour'
dry "${api[@]}" --policy naive-3x --budget 1
check "dry run: attempts are in the worst case" "$(cat "$dir/out")" 'cost +\$0\.210 expected, at most \$0\.840;.*budget +\$1\.00 pays for all of it'
dry "${api[@]}" --users 7 --budget 0.1
check "dry run: a closed loop" "$(cat "$dir/out")" 'cost +depends on how much the server answers; \$0\.210 for 1,000 requests.*pays for about 476 requests'
dry --prices "$dir/own.json" --model mine
check "dry run: any server, by a list" "$(cat "$dir/out")" 'cost +1\.20 EUR expected, at most 1\.20 EUR'
dry --target http://127.0.0.1:1 --model mine
check "dry run: nobody asked" "$code $(grep -c cost "$dir/out")" '^0 0$'
dry --target https://api.mistral.ai
check "dry run: no model" "$code $(cat "$dir/out")" '^0 .*cost +not counted: the price is that of a model: give --model NAME'
profile 1000 100
refused "dry run: budget without a model" 'give --model NAME' run "$p" --dry-run --prices "$dir/own.json"
refused "dry run: budget without prices" '--budget needs prices: give --prices FILE with the price of the model' run "$p" --dry-run --budget 1
refused "dry run: unknown model" 'no price of model "nobody"' run "$p" --dry-run "${api[@]:0:2}" --model nobody --budget 1

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

# --- what runs cost: 1,000 prompt tokens and 100 of output, 60 requests ---------------
model=mistral-small-latest
printf '{"name":"e2e","classes":[{"name":"chat","api":"chat","prompt":1000,"output":100}],"slos":["ttft p95 <= 10s"],
    "arrival":{"kind":"constant","rate":"20/s"}}\n' >"$p"
start_server --dialect mistral --ttft 5ms --tpot 1ms --prefill 1us --slots 500 --cache-tokens 0
run a "$p" --dialect mistral --model "$model" --rate 20/s --duration 3s --warmup 0s
check "run: it is recorded" "$code" '^(0|1|4)$'
"$gust" canary "$p" --baseline "$url" --canary "$url" --dialect mistral --model "$model" --canary-model ministral-3b-latest \
    --rate 20/s --duration 3s --warmup 0s --out "$dir/two" --quiet --no-report >/dev/null 2>&1
stop_server
start_server --dialect openai --ttft 5ms --tpot 1ms --prefill 1us --slots 500 --cache-tokens 0
run plain "$p" --dialect openai --model own-model --rate 20/s --duration 3s --warmup 0s
stop_server

said() { # ARGS...: sets $code; the answer is in $dir/out, the error in $dir/err
    "$gust" cost "$@" >"$dir/out" 2>"$dir/err"
    code=$?
}

said "$dir/a" --format json
check "run: exit code" "$code" '^0$'
check "run: what run.json says" "$(number run total a)" "^$(sed -n 's/^    "spent": \([0-9.e-]*\),$/\1/p' "$dir/a/run.json" | head -n 1)$"
check "run: 60 requests and the preflight" "$(number run total a)" '^0\.01260345$'
check "run: 1,000 requests" "$(number per_1000 scheduled a)" '^0\.2(1|0999999[0-9]*|1000000[0-9]*)$'
check "run: prompt" "$(number run prompt a)" '^0\.009$'
check "run: no waste" "$(number parts waste a)" '^0'
said "$dir/a" --format json --prices "$dir/own.json" --model mine
check "anew: 60 * (1,000 * 1 + 100 * 2)" "$(number run total a)" '^0\.072$'
said "$dir/plain" --format json --prices mistral --model mistral-large-latest
check "anew: a run without prices" "$(number run total plain)" '^0\.039$'

# $40 an hour for 20/s: 72,000 an hour; 1,000 / 4 + 100 tokens, 7,000 a second
said "$dir/plain" --format json --gpu-hour 2.50 --gpus 8 --replicas 2 --utilisation 50% --against "$model"
check "own hardware: an hour" "$(number own_hardware hour plain)" '^40$'
check "own hardware: 1,000 within the SLOs" "$(number own_hardware good_1000 plain)" '^0\.5555'
check "own hardware: at half use" "$(number own_hardware good_1000_used plain)" '^1\.1111'
check "own hardware: the tax" "$(number own_hardware tax_1000 plain)" '^0\.5555'
check "own hardware: 1M output tokens" "$(number own_hardware million_output_tokens plain)" '^1\.587'
check "own hardware: the API" "$(number own_hardware api_1000 plain)" '^0\.2(1|0999999[0-9]*|1000000[0-9]*)$'
check "own hardware: never" "$(number own_hardware break_even_per_s plain)" '^"never"$'
# $2 a replica hour: 10/s each; the API's 756 an hour at 1/s: 0.756 r = 2 (n + 1), n = 1
said "$dir/plain" --format json --gpu-hour 2 --gpus 1 --replicas 2 --against "$model"
check "own hardware: break-even" "$(number own_hardware break_even_per_s plain)" '^5\.29'
said "$dir/plain" --gpu-hour 2 --gpus 1 --replicas 2 --against "$model" --out "$dir/drawn"
if command -v gnuplot >/dev/null; then
    check "own hardware: drawn" "$(cat "$dir/drawn/index.html")" '<svg.*requests per second'
else
    skipped=$((skipped + 1))
fi

said "$dir/two" --format json
check "two arms: how much cheaper" "$(cat "$dir/out")" 'two canary costs 47\.6 % less a request'
check "two arms: the judge has a say" "$(cat "$dir/out")" '"finding": "(yes|no|not shown): .* The judge, against the first: '
# seconds of a late generator are left out, on a busy machine all three of them
echo '{"schema": 1, "limits": {"late_ms": 60000}}' >"$dir/patient.json"
answer=$("$gust" compare "$dir/two" --policy "$dir/patient.json" --format json)
check "two arms: cost is a number of the judge" "$(tr -d ' \n' <<<"$answer")" '"name":"cost",[^}]*"baseline":\{"value":0\.2(1|09999|10000)[0-9]*,[^}]*\},"canary":\{"value":0\.1(1|09999|10000)'

# --- the trade-off: half the price, of made-up runs of known truth -----------------------
for name in large small slow dear; do
    ttft=1
    [ "$name" = slow ] && ttft=6
    "$tools/fake_canary" "$dir/$name" 300 20 "1${#name}" "$ttft" 1 0.001
    sed -i "s/\"model\":\"mistral-small\"/\"model\":\"$name\"/" "$dir/$name/run.json"
done
cat >"$dir/two.json" <<'END'
{"name": "two", "date": "2026-10-01", "currency": "USD", "models": [{"id": "large", "input": 2, "output": 6},
  {"id": "small", "input": 1, "output": 3}, {"id": "slow", "input": 1, "output": 3}, {"id": "dear", "input": 3, "output": 9}]}
END
trade() { # ARGS...: the answer in one line
    said "$@" --prices "$dir/two.json"
    tr -s ' \n' ' ' <"$dir/out"
}
check "trade-off: yes" "$(trade "$dir/large" "$dir/small" --saving 40%)" 'yes: small costs [45][0-9.]+ % less a request \(90 % interval: -5[0-9.]* to -4[0-9.]* %\), asked for are 40 %; it keeps its budgets'
check "trade-off: the p95 in numbers" "$(tr -s ' ' <"$dir/out")" 'ttft p95 <= 10s [0-9.]+ % within [0-9.]+ to [0-9.]+ % at least 95 % yes'
check "trade-off: cheaper, not by so much" "$(trade "$dir/large" "$dir/small" --saving 60%)" 'no: small costs .*asked for are 60 %'
check "trade-off: dearer" "$(trade "$dir/large" "$dir/dear")" 'no: dear costs [45][0-9.]+ % more a request'
check "trade-off: its own budget" "$(trade "$dir/large" "$dir/small" --slo 'ttft p95 <= 100ms')" 'no: small .*; it breaks ttft p95 <= 100ms'
check "trade-off: slower, within its budget" "$(trade "$dir/large" "$dir/slow" --saving 40%)" 'yes: slow costs .*; it keeps its budgets\. The judge, against the first: NO-GO: the canary is worse'
check "trade-off: JSON" "$(trade "$dir/large" "$dir/small" --format json)" '"tradeoff": \{ "cost_per_request": \{ "measured": "-[0-9.]+ %", "interval": "[^"]+", "wanted": "below 0 %", "shown": "yes"'
refused "trade-off: of one run" '--saving is for two runs' cost "$dir/large" --saving 40% --prices "$dir/two.json"
refused "trade-off: a budget of one run" '--slo is for two runs' cost "$dir/large" --slo 'ttft p95 <= 1s' --prices "$dir/two.json"
refused "trade-off: no metric" '--slo: .*tfft' cost "$dir/large" "$dir/small" --slo 'tfft p95 <= 1s' --prices "$dir/two.json"
refused "trade-off: all of it" '--saving' cost "$dir/large" "$dir/small" --saving 100% --prices "$dir/two.json"

refused "no prices" 'the run has no prices \(model own-model\): give --prices' cost "$dir/plain"
refused "no such run" 'nowhere' cost "$dir/nowhere"
refused "unknown model of a run" 'class chat: no price of model "own-model"' cost "$dir/plain" --prices mistral
refused "gpus without a price" '--gpus is about own hardware: give --gpu-hour' cost "$dir/a" --gpus 8
refused "negative price of a GPU" '--gpu-hour: -1 is out of range' cost "$dir/a" --gpu-hour=-1
refused "overhead" '--overhead: "much" is no share' cost "$dir/a" --gpu-hour 1 --overhead much
refused "against nobody" '--against: .*no price of model "nobody"' cost "$dir/a" --gpu-hour 1 --against nobody
finish
