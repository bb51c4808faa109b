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
finish
