#!/bin/bash
# The API key is in no byte that is written: success, every class of failure, servers
# that repeat the key, runs that send nothing, a canary, a key from a file.
. "${0%/*}/lib/world.sh"
exporter=0
trap '[ "$server" -eq 0 ] || kill "$server" 2>/dev/null
    [ "$exporter" -eq 0 ] || kill "$exporter" 2>/dev/null; rm -rf "$dir"' EXIT

key=sesame-7f3a91c2d4e85b60
half=7f3a91c2 # half a key is a leak, too
export GUST_TEST_KEY=$key
mkdir "$dir/safe" # what the test itself writes of the key
printf '%s\n' "$key" >"$dir/safe/key"
profile 20 4
quick=(--rate 200/s --duration 1s --warmup 0s --dialect openai --model m --key-env GUST_TEST_KEY)

search() { # NAME: the key, in files as they are and in the packed records
    local file
    check "$1: no key in what was written" "$(grep -rla -e "$half" "$dir" --exclude-dir=safe)" '^$'
    for file in "$dir"/*.tar.gz; do
        [ -s "$file" ] && check "$1: nor in $(basename "$file")" "$(gzip -dc "$file" | grep -ac "$half")" '^0$'
    done
    for file in "$dir"/*/requests.csv.zst; do
        [ -s "$file" ] && check "$1: nor in the records" "$(zstd -dcq "$file" | grep -c "$half")" '^0$'
    done
}

# a share of each fault, and one server that repeats the key to everyone
faults=(status=500 status=502 status=503 status=429 overload reset reset-first truncate refuse inband
    malformed no-done empty bad-content-type finish-error wrong-model)
words=()
for fault in "${faults[@]}"; do
    words+=(--fault "$fault:4%")
done
start_server --dialect openai --ttft 1ms --tpot 100us --seed 2 --key-env GUST_TEST_KEY "${words[@]}"
for _ in 1 2 3 4 5; do # three configuration errors at first end a run, as they must: again
    run all "$dir/profile.json" "${quick[@]}" --records --stop-on 100%
    [ "$code" -eq 3 ] || break
done
check "many classes were met" "$(sed -n 's/.*"outcome":"\([a-z_0-9]*\)".*/\1/p' "$dir/all/failures.jsonl" | sort -u | wc -l)" '^1[0-9]$'
"$gust" report "$dir/all" >"$dir/all.report" 2>&1
for format in text json markdown; do
    "$gust" report "$dir/all" --format $format >"$dir/all.$format" 2>&1
done
for asked in --dry-run --print-config --print-schedule; do
    "$gust" run "$dir/profile.json" --target "$url" "${quick[@]}" $asked >"$dir/said$asked" 2>&1
    "$gust" run "$dir/profile.json" --target "$url" --key-file "$dir/safe/key" $asked >>"$dir/said$asked" 2>&1
done
run file "$dir/profile.json" --rate 20/s --duration 1s --warmup 0s --dialect openai --model m \
    --key-file "$dir/safe/key" --header "X-Also: $key"
"$gust" canary "$dir/profile.json" --baseline "$url" --canary "$url" --rate 40/s --duration 2s --warmup 0s \
    --dialect openai --model m --key-env GUST_TEST_KEY --out "$dir/canary" >"$dir/canary.out" 2>&1
check "the canary ran" "$(ls "$dir/canary/run.json")" 'run.json'
stop_server

# clients' policies that try again, prices, recorded prompts, the evidence of a triage,
# and exporters, which must not be asked with a key
start_server --dialect openai --ttft 1ms --tpot 100us --key-env GUST_TEST_KEY --rpm 60
"$tools/fake_answer" "$dir/exporter" 200 'DCGM_FI_DEV_GPU_UTIL{gpu="0"} 60
' &
exporter=$!
while [ ! -s "$dir/exporter" ]; do read -rt 0.01 <> <(:); done
printf '{"prompt":"a recorded one","output_tokens":2}\n' >"$dir/prompts"
run naive "$dir/profile.json" "${quick[@]}" --policy naive-3x --stop-on 100% \
    --scrape "http://127.0.0.1:$(cat "$dir/exporter")/metrics" --prompts "$dir/prompts"
check "the exporter was not asked with a key" "$(tr -d ' \n' <"$dir/naive/run.json")" '"family":"dcgm","ok":[1-9]'
kill "$exporter"
wait "$exporter" 2>/dev/null
exporter=0
check "some were tried again" "$(manifest naive retries)" '^[1-9]'
stop_server
start_server --dialect openai --ttft 1ms --tpot 100us --key-env GUST_TEST_KEY
run two "$dir/profile.json" "${quick[@]}" --policy none --policy naive-3x --stop-on 100%
check "two policies ran" "$(ls -d "$dir"/two/*/run.json "$dir"/two-*/run.json "$dir"/two/run.json 2>/dev/null | wc -l)" '^[1-9]'
"$gust" cost "$dir/all" --model mistral-small-latest --format json >"$dir/cost.json" 2>"$dir/cost.err"
"$gust" cost "$dir/all" --model mistral-small-latest >"$dir/cost.text" 2>&1
check "runs were priced" "$(cat "$dir/cost.text")" 'mistral-small'
"$gust" triage --target "$url" --model m --key-env GUST_TEST_KEY --bundle "$dir/evidence.tar.gz" \
    >"$dir/triage.text" 2>&1
"$gust" triage --target "$url" --model m --key-file "$dir/safe/key" --json >"$dir/triage.json" 2>&1
check "a bundle was written" "$(gzip -dc "$dir/evidence.tar.gz" | tr -d '\0' | wc -c)" '^[1-9]'
stop_server
search "failures"

start_server --dialect openai --ttft 1ms --tpot 100us --seed 2 --fault echo-key:50%
run echo "$dir/profile.json" "${quick[@]}" --records --stop-on 100%
check "a server that repeats the key was met" "$(cat "$dir"/echo/failures.jsonl "$dir/echo.err")" 'forbidden_403'
stop_server
start_server --dialect openai --ttft 1ms --tpot 100us --fault echo-key
run first "$dir/profile.json" "${quick[@]}"
"$gust" triage --target "$url" --model m --key-env GUST_TEST_KEY --bundle "$dir/echo.tar.gz" >"$dir/echo.text" 2>&1
check "triage of a server that repeats the key" "$(cat "$dir/echo.text")" '403'
check "and at the first request" "$code $(cat "$dir/first.err")" '^3 .*forbidden_403'
stop_server
mv "$dir/truth" "$dir/server.log" "$dir/safe/" 2>/dev/null
search "a server that repeats it"
GUST_TEST_KEY=$'sesame-7f3a91c2\nx' "$gust" run "$dir/profile.json" --target "$url" --key-env GUST_TEST_KEY \
    >"$dir/broken" 2>&1
search "a key with a line break"
finish
