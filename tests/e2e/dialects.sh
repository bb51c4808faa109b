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
finish
