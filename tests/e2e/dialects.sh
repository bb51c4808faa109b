#!/bin/bash
# Each server is spoken to as its own client would: what a profile may send, what
# --set adds, and that the strict server takes every request of every shipped profile.
. "${0%/*}/lib/world.sh"

cat >"$dir/profile.json" <<'JSON'
{"name":"e2e","classes":[{"name":"chat","api":"chat","prompt":20,"output":4,
  "sampling":{"temperature":0,"top_p":1,"top_k":40}}],"arrival":{"kind":"constant","rate":"20/s"}}
JSON
quick="--duration 1s --warmup 0s --seed 3"
key=sesame-0123456789
export MISTRAL_API_KEY=$key

# a field that the dialect does not list: said before anything is sent
start_server --dialect mistral --ttft 1ms --tpot 100us
for asked in mistral auto; do
    # shellcheck disable=SC2086 # the words are words
    run unlisted "$dir/profile.json" $quick --dialect $asked --model m
    check "unlisted, dialect $asked: exit code" "$code" '^2$'
    check "unlisted, dialect $asked: the line" "$(cat "$dir/unlisted.err")" \
        'class chat: dialect mistral \(Mistral API\) does not list the field top_k.*--set .top_k=40.'
done
check "unlisted: nothing was sent" "$(cat "$dir/truth")" '^$'
# shellcheck disable=SC2086
run sent "$dir/profile.json" $quick --dialect mistral --model m --set top_k=41
check "sent knowingly, the strict server refuses: exit code" "$code" '^3$'
check "sent knowingly: the server's words" "$(cat "$dir/sent.err")" 'validation_422.*extra_forbidden body.top_k'
stop_server

# the same profile where the field is known; TGI has no temperature 0 and no top_p 1
for family in vllm tgi; do
    start_server --dialect $family --ttft 1ms --tpot 100us
    set=()
    [ $family = vllm ] || set=(--set top_k=40)
    # shellcheck disable=SC2086
    run listed "$dir/profile.json" $quick --model m "${set[@]}"
    check "$family takes what it lists" "$(manifest listed succeeded)" '^20$'
    stop_server
done
start_server --dialect tgi --ttft 1ms --tpot 100us
# shellcheck disable=SC2086
run cold "$dir/profile.json" $quick --model m --set top_k=40 --set temperature=0
check "TGI refuses temperature 0" "$(cat "$dir/cold.err")" 'strictly positive'
stop_server

# every API of the Mistral API, as its strict server takes it; what a class may not
# have by its API is an error of the profile
cat >"$dir/all.json" <<'JSON'
{"name":"all","arrival":{"kind":"constant","rate":"40/s"},"classes":[
 {"name":"chat","api":"chat","prompt":9,"output":3},
 {"name":"whole","api":"chat","prompt":9,"output":3,"stream":false},
 {"name":"fim","api":"fim","prompt":9,"suffix":4,"output":3},
 {"name":"embed","api":"embeddings","prompt":9,"batch":{"kind":"uniform","min":1,"max":5}},
 {"name":"post","api":"moderation","prompt":9,"batch":2},
 {"name":"talk","api":"chat_moderation","prompt":9,"batch":{"kind":"uniform","min":1,"max":3}},
 {"name":"sort","api":"classification","prompt":9,"batch":2},
 {"name":"route","api":"chat_classification","prompt":9},
 {"name":"page","api":"ocr","page":{"width":64,"height":96}},
 {"name":"file","api":"ocr","page":{"width":64,"height":96,"pages":{"kind":"uniform","min":1,"max":9}}},
 {"name":"look","api":"chat","prompt":9,"output":3,"image":{"width":100,"height":60,"count":2}}]}
JSON
start_server --dialect mistral --ttft 1ms --tpot 100us
run all "$dir/all.json" --duration 3s --warmup 0s --dialect mistral --model m --records
check "every API: exit code" "$code" '^0$'
check "every API: all succeed" "$(manifest all scheduled) $(manifest all failed)" '^[0-9]+ 0$'
check "every API: as many tokens as asked" "$(sed -n 's/^ *"drifted": \([0-9]*\).*/\1/p' "$dir/all/run.json" | sort -u)" '^0$'
check "every API was met" "$(grep -o '"class":"[a-z]*"' "$dir/all/intervals.jsonl" | sort -u | wc -l)" '^11$'
run said "$dir/all.json" --duration 1s --warmup 0s --dialect vllm --model m
check "an API that a server lacks" "$code $(cat "$dir/said.err")" '^2 .*class fim: vLLM has no fim API'
stop_server
for field in '"output":3' '"sampling":{}' '"image":{"width":9,"height":99}'; do
    printf '{"name":"x","classes":[{"name":"c","api":"ocr","page":{"width":64,"height":64},%s}],"arrival":{"kind":"constant","rate":1}}' \
        "$field" >"$dir/odd.json"
    check "ocr has no $field" "$("$gust" profile check "$dir/odd.json" 2>&1)" 'classes\[0\]'
done

# moderation hits, refusals and content filters are counted as the server sent them
struck() { # KIND: requests of the run that the server answered so
    grep -c "\"id\":\"[^\"]*\",\"seq\":[0-9]*,\"fault\":\"$1\"" "$dir/truth"
}
number() { # NAME KEY
    sed -n "s/^ *\"$2\": \([0-9.e-]*\),*$/\1/p" "$dir/$1.out" | head -n 1
}
printf '{"name":"m","classes":[{"name":"post","api":"moderation","model":"m","prompt":8}],
    "arrival":{"kind":"constant","rate":1}}' >"$dir/post.json"
printf '{"name":"e","classes":[{"name":"find","api":"embeddings","prompt":8,"batch":3}],
    "arrival":{"kind":"constant","rate":1}}' >"$dir/find.json"
printf '{"name":"c","classes":[{"name":"chat","api":"chat","model":"m","prompt":8,"output":4}],
    "arrival":{"kind":"constant","rate":1}}' >"$dir/talk.json"
judged="--rate 200/s --duration 1s --warmup 0s --format json --stop-on 100%"
start_server --dialect openai --ttft 1ms --tpot 100us --seed 2 --fault reply=moderations:40%
# shellcheck disable=SC2086
run hits "$dir/post.json" $judged --model m
stop_server
check "moderation hits" "$(number hits flagged) $(number hits flagged_share)" \
    "^$(struck reply=moderations) $(awk -v n="$(struck reply=moderations)" 'BEGIN { print n / 200 }')$"
start_server --dialect openai --ttft 1ms --tpot 100us --seed 2 --fault reply=openai_refusal:30% \
    --fault content-filter:20%
# shellcheck disable=SC2086
run withheld "$dir/talk.json" $judged --model m
stop_server
check "refusals" "$(number withheld refused)" "^$(struck reply=openai_refusal)$"
check "content filters" "$(number withheld filtered)" "^$(struck content-filter)$"
start_server --dialect openai --ttft 20ms --tpot 100us --jitter 0
# shellcheck disable=SC2086
run find "$dir/find.json" $judged --model m
stop_server
check "three results a request" "$(number find items)" '^600$'
check_ge "embedding latency, by its name, in us" "$(number find embedding_p95_us | cut -d. -f1)" 20000
check "and in the text" "$("$gust" report "$dir/find" 2>/dev/null)" 'embedding latency p95 [2-9][0-9.]* ms|embedding latency p95 [0-9.]* m?s'

# which model is behind a name; a canary that answers with the baseline's
sed -i 's/"model":"m",//' "$dir/talk.json"
start_server --dialect mistral --ttft 1ms --tpot 100us --model alpha
run alias "$dir/talk.json" --rate 50/s --duration 1s --warmup 0s --dialect mistral --model alpha
check "the model at the start and at the end" \
    "$(grep -o '"model_resolved[a-z_]*": "[a-z]*"' "$dir/alias/run.json" | sort -u | tr '\n' ' ')" \
    '^"model_resolved": "alpha" "model_resolved_at_end": "alpha" $'
check "nothing changed" "$(grep -c '"kind":"model"' "$dir/alias/events.jsonl")" '^0$'
stop_server
start_server --dialect openai --ttft 1ms --tpot 100us --seed 2 --fault wrong-model:40%
run moved "$dir/talk.json" --rate 100/s --duration 1s --warmup 0s --model m --stop-on 100%
stop_server
check "another model is one event" "$(grep -c '"kind":"model".*another-model answered, m was asked' "$dir/moved/events.jsonl")" '^1$'
check "and each is a failure" "$(manifest moved model_mismatch)" "^$(struck wrong-model)$"
start_server --dialect openai --ttft 1ms --tpot 100us --fault wrong-model
"$gust" canary "$dir/talk.json" --baseline "$url" --canary "$url" --model another-model --canary-model next \
    --out "$dir/same" --quiet >"$dir/same.out" 2>&1
check "a canary with the baseline's model" "$? $(cat "$dir/same.out")" \
    "^3 .*canary: model_mismatch: next was asked for, and another-model answered, which is the baseline's"
stop_server
finish
