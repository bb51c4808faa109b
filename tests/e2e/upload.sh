#!/bin/bash
# --upload: shards without a shared file system meet in an object store, whose receiver
# here checks every signature by itself. What came from it is merged.
. "${0%/*}/lib/world.sh"
store=0
trap 'for pid in $server $store; do [ "$pid" -eq 0 ] || kill "$pid" 2>/dev/null; done; rm -rf "$dir"' EXIT
if ! command -v python3 >/dev/null; then
    echo "needs python3"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
fi
mkdir "$dir/bucket"
python3 "${0%/*}/s3.py" "$dir/store.port" "$dir/bucket" "se/cret+key" 2>"$dir/store.log" &
store=$!
for _ in $(seq 1000); do
    [ -s "$dir/store.port" ] && break
    read -rt 0.01 <> <(:)
done
export AWS_ENDPOINT_URL=http://127.0.0.1:$(cat "$dir/store.port")/ AWS_REGION=eu-west-3
export AWS_ACCESS_KEY_ID=AKEXAMPLE AWS_SECRET_ACCESS_KEY=se/cret+key
unset AWS_SESSION_TOKEN AWS_ENDPOINT_URL_S3 AWS_CA_BUNDLE

profile 20 20
start_server --dialect openai --ttft 10ms --tpot 2ms --jitter 0
put() { # I/N OUT ARGS...: sets $code
    local part=$1 out=$2
    shift 2
    "$gust" run "$dir/profile.json" --target "$url" --rate 30/s --duration 2s --warmup 0s --quiet --shard "$part" \
        --out "$dir/$out" --upload s3://load-tests/night/run-1/ "$@" >"$dir/out" 2>"$dir/err"
    code=$?
}
put 0/2 host0 --records
check "a shard is sent" "$code $(cat "$dir/err")" '^(0|4) .*uploaded to s3://load-tests/night/run-1/'
AWS_SESSION_TOKEN=temporary put 1/2 host1
check "with temporary credentials" "$code $(cut -d ' ' -f 2 "$dir/bucket/order" | sort | uniq -c | tr -s ' \n' ' ')" '^(0|4) .*6 - 5 temporary'
check "run.json comes last" "$(sed -n '6p;11p' "$dir/bucket/order" | cut -d ' ' -f 1 | tr '\n' ' ')" \
    '^/load-tests/night/run-1/shard-000/run.json /load-tests/night/run-1/shard-001/run.json $'
for file in run.json latency.hlog intervals.jsonl events.jsonl failures.jsonl requests.csv.zst; do
    check "$file arrives as it is" "$(cmp "$dir/host0/shard-000/$file" "$dir/bucket/load-tests/night/run-1/shard-000/$file" 2>&1)" '^$'
done
"$gust" merge "$dir/bucket/load-tests/night/run-1" --expect 2 --no-report --out "$dir/merged" >/dev/null 2>"$dir/err"
check "what came is merged" "$? $(cat "$dir/err")" '^(0|4) merged 2 of 2 shards, 2 complete'

put 0/2 again
check "nothing is overwritten" "$code $(cat "$dir/err")" '^3 .*shard-000/intervals.jsonl exists already.*still in .*/again/shard-000'
AWS_SECRET_ACCESS_KEY=another put 0/2 wrong
check "a wrong key" "$code $(cat "$dir/err")" '^3 .*HTTP 403: <Code>SignatureDoesNotMatch'
check "whose run is still there" "$(manifest wrong/shard-000 status)" '^complete$'
check "keys are written nowhere" "$(grep -rlE 'se/cret|AKEXAMPLE|temporary' "$dir"/host? "$dir/bucket/load-tests")" '^$'
refused() { # NAME EXPECTED ARGS...
    local name=$1 expected=$2
    shift 2
    check "$name" "$("$gust" run "$dir/profile.json" --target "$url" --out "$dir/no" "$@" 2>&1; echo "code $?")" "$expected"
}
refused "no such store" 'is not s3://BUCKET/PREFIX.*code 2' --upload https://host/x
refused "a name that cannot be signed" 'letters, digits and ._-/ only.*code 2' --upload s3://bucket/a+b
AWS_ACCESS_KEY_ID='' refused "no key" 'AWS_ACCESS_KEY_ID is not set.*code 2' --upload s3://bucket/x
AWS_ENDPOINT_URL=ftp://x refused "no endpoint" 'must begin with http.*code 2' --upload s3://bucket/x
check "nothing was begun" "$(ls "$dir/no" 2>&1)" 'No such file'
finish
