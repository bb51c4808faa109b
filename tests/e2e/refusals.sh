#!/bin/bash
# Bad input and servers that say no: one clear line that names the thing, the exit
# code of the contract, and nothing sent (2) or nothing lost (3).
# A row: name | exit code | expression on the line | arguments of gust run
. "${0%/*}/lib/world.sh"

cat >"$dir/type.json" <<'JSON'
{"name":"x","classes":[{"name":"chat","api":"chat","weight":"much","prompt":10,"output":10}],"arrival":{"kind":"poisson","rate":1}}
JSON
cat >"$dir/negative.json" <<'JSON'
{"name":"x","classes":[{"name":"chat","api":"chat","weight":-1,"prompt":10,"output":10}],"arrival":{"kind":"poisson","rate":1}}
JSON
cat >"$dir/unknown.json" <<'JSON'
{"name":"x","classes":[{"name":"chat","api":"chat","weigth":1,"prompt":10,"output":10}],"arrival":{"kind":"poisson","rate":1}}
JSON
echo '{"name":' >"$dir/cut.json"
mkdir "$dir/taken"
profile 10 5
export GUST_TEST_KEY=sesame-0123456789 GUST_BAD_KEY=wrong-key-42
start_server --dialect mistral --model m1 --ttft 1ms --tpot 1ms --key-env GUST_TEST_KEY
keys="--key-env GUST_TEST_KEY"

while IFS='|' read -r name want expression words; do
    [ -n "${name// /}" ] || continue
    words=${words//@DIR/$dir} words=${words//@URL/$url}
    # shellcheck disable=SC2086 # the words of a row are words
    "$gust" run $words --quiet --no-report >"$dir/out" 2>"$dir/err" </dev/null
    code=$?
    name=$(echo $name) expression=$(echo $expression)
    check "$name: exit code" "$code" "^$(echo $want)\$"
    check "$name: the line" "$(cat "$dir/err")" "$expression"
    check "$name: one line" "$(wc -l <"$dir/err")" '^1$'
    check "$name: no key" "$(grep -c -e sesame -e wrong-key "$dir/err" "$dir/out" | grep -v ':0$')" '^$'
done <<ROWS
wrong type       | 2 | classes\[0\]\.weight: is a string    | @DIR/type.json --target @URL
negative weight  | 2 | classes\[0\]\.weight: -1 is out of   | @DIR/negative.json --target @URL
unknown key      | 2 | did you mean .weight.                | @DIR/unknown.json --target @URL
cut profile      | 2 | cut\.json                            | @DIR/cut.json --target @URL
no such profile  | 2 | unknown profile .asistant.; did you mean assistant | asistant --target @URL
no profile       | 2 | PROFILE is missing                   | --target @URL
no target        | 2 | --target is missing                  | @DIR/profile.json
odd target       | 2 | must begin with http                 | @DIR/profile.json --target ftp://x
rate and users   | 2 | exclude each other                   | @DIR/profile.json --target @URL --rate 1/s --users 2
unknown dialect  | 2 | --dialect: .foo.                     | @DIR/profile.json --target @URL --dialect foo
odd rate         | 2 | --rate: .*20/x                       | @DIR/profile.json --target @URL --rate 20/x
odd SLO          | 2 | --slo                                | @DIR/profile.json --target @URL --slo nonsense
unreadable trace | 2 | no-such-trace                        | --trace @DIR/no-such-trace.csv --target @URL
warm-up too long | 2 | --warmup: it must be shorter         | @DIR/profile.json --target @URL --warmup 70s
users over cap   | 2 | 4 is less than the closed loop.s 5    | @DIR/profile.json --target @URL --users 5 --max-in-flight 4
out exists       | 2 | taken exists already                 | @DIR/profile.json --target @URL --out @DIR/taken
no key, env      | 2 | GUST_NO_SUCH_KEY is not set          | @DIR/profile.json --target @URL --key-env GUST_NO_SUCH_KEY
no key, file     | 2 | --key-file: cannot open              | @DIR/profile.json --target @URL --key-file @DIR/no-key
no key, API      | 2 | no API key                           | @DIR/profile.json --target https://api.mistral.ai
target down      | 3 | connect_refused.*nothing listens     | @DIR/profile.json --target http://127.0.0.1:1
no such host     | 3 | cannot resolve host .nosuch\.invalid | @DIR/profile.json --target http://nosuch.invalid
TLS on plain     | 3 | tls.*check the certificate           | @DIR/profile.json --target https://${url#http://}
wrong path       | 3 | HTTP 404                             | @DIR/profile.json --target @URL/nowhere --dialect mistral --model m1 $keys
no key at all    | 3 | HTTP 401 \(auth_401\)                | @DIR/profile.json --target @URL --dialect mistral --model m1
wrong key        | 3 | HTTP 401 \(auth_401\).*Invalid       | @DIR/profile.json --target @URL --dialect mistral --model m1 --key-env GUST_BAD_KEY
wrong model      | 3 | m2                                   | @DIR/profile.json --target @URL --dialect mistral --model m2 $keys
ROWS

# a right key and model work, and the key is nowhere in what is written
run good "$dir/profile.json" --rate 20/s --duration 1s --warmup 0s --dialect mistral --model m1 \
    --key-env GUST_TEST_KEY --header 'X-Secret: swordfish' --records
check "a right key works" "$code" '^(0|4)$'
check "no secret in the run directory" \
    "$(grep -rl -e sesame -e swordfish "$dir/good" "$dir/good.out" "$dir/good.err")" '^$'
stop_server

# descriptors: asked for more than ulimit -n allows
start_server --dialect openai
(
    ulimit -n 128
    "$gust" run "$dir/profile.json" --target "$url" --out "$dir/few" --quiet 2>"$dir/err"
    echo $? >"$dir/code"
)
check "too few descriptors: exit code" "$(cat "$dir/code")" '^3$'
check "too few descriptors: the line" "$(cat "$dir/err")" 'ulimit -n allows 128'

# a server that turns sour: configuration errors on the first requests stop the run
stop_server
start_server --dialect openai --fault status=404:100%
run sour "$dir/profile.json" --rate 200/s --duration 5s --warmup 0s --dialect openai --model m
check "a server that says no: exit code" "$code" '^3$'
stop_server

# refusals come back first: while an older request is still being answered they say
# nothing of the run
start_server --dialect vllm --context 460 --ttft 400ms
printf '%s\n' time,prompt,output 0.1,50,5 0.2,900,5 0.25,900,5 \
    0.3,900,5 0.9,50,5 1.0,50,5 >"$dir/long.csv"
run long --trace "$dir/long.csv" --warmup 0s --stop-on 100%
check "some are refused: exit code" "$code" '^(0|1|4)$'
check "some are refused: and counted" "$(manifest long succeeded)/$(manifest long failed)" '^3/3$'
stop_server
finish
