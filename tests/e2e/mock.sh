#!/bin/bash
# The built-in model server over real sockets: what curl gets from it.
#
# Each server is started on a free port and stopped with SIGTERM, which must end
# it with code 0. Bodies and timings are the unit tests' business; here it is the
# connection: keep-alive, large bodies, breaking off, leaving, shutting down.
set -u
gust=${GUST:-build/gust}
dir=$(mktemp -d) || exit 1
server=0 passed=0 failed=0
trap '[ "$server" -eq 0 ] || kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT

check() { # NAME ACTUAL EXPECTED-EXPRESSION
    if [[ $2 =~ $3 ]]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED %s\n  got      %s\n  expected %s\n' "$1" "$2" "$3"
    fi
}

start() { # OPTIONS...: sets $url
    rm -f "$dir/port" "$dir/log"
    "$gust" mock --listen 127.0.0.1:0 --port-file "$dir/port" --ttft 5ms --tpot 1ms \
        --jitter 0 --prefill 0 "$@" >"$dir/log" 2>&1 &
    server=$!
    for _ in $(seq 500); do
        [ -s "$dir/port" ] && break
        read -rt 0.01 <> <(:)
    done
    url=http://127.0.0.1:$(cat "$dir/port")
}

stop() { # sets $last, the server's last line
    kill "$server"
    wait "$server"
    check "the server ends well" "$?" '^0$'
    server=0
    last=$(tail -n 1 "$dir/log")
}

get() { # CURL-WORDS...: status and body
    curl -s -m 10 -w '%{http_code}' "$@"
}

chat() { # MORE-MEMBERS CURL-WORDS...
    local more=$1
    shift
    curl -s -m 10 "$@" "$url/v1/chat/completions" -d '{"model":"m","messages":[{"role":
        "user","content":"one two three"}],"max_tokens":20'"$more"'}'
}

# ---- every dialect streams, and can be told by what it answers

while read -r dialect probe tail; do
    start --dialect "$dialect"
    check "$dialect: first line" "$(head -n 1 "$dir/log")" \
        "^gust mock: listening on $url \(dialect $dialect, model gust-mock\)$"
    answer=$(chat ',"stream":true' -i)
    check "$dialect: stream type" "$answer" 'content-type: text/event-stream'
    check "$dialect: events" "$(grep -c '^data: {' <<<"$answer")" "^$tail$"
    check "$dialect: end" "$(grep -v '^$' <<<"$answer" | tail -n 1)" '^data: \[DONE\]'
    check "$dialect: probe" "$(get -o /dev/null "$url$probe")" '^200$'
    stop
done <<'ROWS'
mistral   /health           21
openai    /health           22
vllm      /version          21
sglang    /get_server_info  22
llamacpp  /props            22
tgi       /info             21
ollama    /api/version      22
ROWS

# ---- all paths of one server, on one connection

start --dialect vllm --truth "$dir/truth"
check health "$(get "$url/health")" '^\{"status":"ok"\}200$'
check models "$(get "$url/v1/models")" '"id":"gust-mock".*"owned_by":"vllm".*200$'
check chat "$(chat '' -w '%{http_code}')" '"completion_tokens":20,.*200$'
check completion "$(get "$url/v1/completions" -d '{"prompt":"a b","max_tokens":3}')" \
    '"text":".*"prompt_tokens":3,.*200$'
check fim "$(get "$url/v1/fim/completions" -d '{"prompt":"a","suffix":"b"}')" \
    '"message".*200$'
check embeddings "$(get "$url/v1/embeddings" -d '{"input":["a b","c"]}')" \
    '"index":1.*"prompt_tokens":7,.*200$'
check moderations "$(get "$url/v1/moderations" -d '{"input":"a"}')" '"results".*200$'
check tokenize "$(get "$url/tokenize" -d '{"prompt":"a b c"}')" '"count":4,.*200$'
check "no such path" "$(get "$url/v1/nothing" -d '{}')" 'Not Found.*404$'
check "no such method" "$(get "$url/v1/chat/completions")" 'Not Allowed.*405$'
check "no JSON" "$(get "$url/v1/chat/completions" -d 'x')" 'JSON.*400$'
check "keep-alive" "$(curl -s -m 10 -w '%{num_connects}\n' "$url/health" "$url/health" |
    grep -o '[01]$' | tr '\n' ' ')" '^1 0 $'
metrics=$(get "$url/metrics")
for name in num_requests_running num_requests_waiting kv_cache_usage_perc \
    prompt_tokens_total generation_tokens_total prefix_cache_hits_total \
    time_to_first_token_seconds_bucket e2e_request_latency_seconds_count; do
    check "metrics: $name" "$metrics" "vllm:$name\{"
done
check "metrics: tokens" "$metrics" 'vllm:generation_tokens_total\{[^}]*\} 151'

# ---- sizes, pieces, nonsense

{
    printf '{"max_tokens":1,"messages":[{"role":"user","content":"'
    head -c 3000000 /dev/zero | tr '\0' ' '
    printf 'x"}]}'
} >"$dir/large"
check "3 MB after 100-continue" "$(get -H 'Expect: 100-continue' "$url/v1/chat/completions" \
    --data-binary @"$dir/large")" '"prompt_tokens":8,.*200$'
head -c 17000000 /dev/zero >"$dir/huge"
check "17 MB" "$(get -o /dev/null -H 'Expect: 100-continue' "$url/v1/chat/completions" \
    --data-binary @"$dir/huge")" '^413$'

raw() { # TEXT: what the server says to these bytes, until it closes
    local port=${url##*:}
    exec 3<>"/dev/tcp/127.0.0.1/$port"
    printf '%b' "$1" >&3
    timeout 5 cat <&3
    exec 3>&-
}
check "no HTTP" "$(raw 'hello\r\n\r\n')" '^HTTP/1.1 400 '
check "pipelined" "$(raw 'GET /health HTTP/1.1\r\n\r\nPOST /v1/completions HTTP/1.1\r\ncontent-length: 31\r\n\r\n{"prompt":"a", "max_tokens": 2}GET /nothing HTTP/1.1\r\nConnection: close\r\n\r\n' |
    grep -ao 'HTTP/1.1 [0-9]*' | tr '\n' ' ')" '^HTTP/1.1 200 HTTP/1.1 200 HTTP/1.1 404 $'
check "byte by byte" "$(for c in 'GET /hea' 'lth HTTP/1' '.1\r' '\nConnection: cl' 'ose\r\n\r' '\n'; do
    printf '%b' "$c"
    read -rt 0.02 <> <(:)
done | { exec 3<>"/dev/tcp/127.0.0.1/${url##*:}"; cat >&3; timeout 5 cat <&3; })" 'status":"ok'

# ---- clients that leave, and the truth about all

curl -s -m 0.3 "$url/v1/chat/completions" -o /dev/null -H 'X-Request-Id: gone' \
    -d '{"stream":true,"max_tokens":100000,"messages":[{"role":"user","content":"a"}]}'
check "x-request-id comes back" "$(chat '' -i -H 'X-Request-Id: stays')" 'x-request-id: stays'
stop
check "clients left" "$last" '1 clients left, 2 bad HTTP'
check "truth: who left" "$(grep '"gone"' "$dir/truth")" '"end":"client_closed"'
check "truth: who stayed" "$(grep '"stays"' "$dir/truth")" \
    '"fault":null,"status":200,"end":"complete","body":"[0-9a-f]*","prompt_tokens":10,.*"output_tokens":20'

# ---- strictness

MOCK_KEY=secret start --dialect mistral --model small --key-env MOCK_KEY --context 30
check "no key" "$(chat '' -w '%{http_code}')" '\{"detail":"Invalid API Key"\}401$'
key='Authorization: Bearer secret'
check "wrong model" "$(chat '' -w '%{http_code}' -H "$key")" '"code":"1500".*400$'
ask() { # MEMBERS
    get -H "$key" "$url/v1/chat/completions" -d '{"model":"small","messages":[{"role":
        "user","content":"one two three"}],'"$1"'}'
}
check "extra field" "$(ask '"seed":1')" '"extra_forbidden","loc":\["body","seed"\].*422$'
check "context" "$(ask '"max_tokens":25')" 'maximum context length.*400$'
check "fits" "$(ask '"max_tokens":24')" '"completion_tokens":24.*200$'
check "correlation id" "$(curl -si "$url/health")" \
    'mistral-correlation-id: [0-9a-f]{8}-[0-9a-f]{4}-'
stop

# ---- each fault as curl sees it: exit code, status, what is in the body

while IFS='|' read -r fault code status body; do
    start --dialect vllm --fault "$fault"
    answer=$(chat ',"stream":true' -i -m 1 -w '\n%{http_code}')
    check "$fault: exit code" "$?" "^$code$"
    check "$fault: status" "$(tail -n 1 <<<"$answer")" "^$status$"
    check "$fault: answer" "$answer" "$body"
    stop
done <<'ROWS'
status=500|0|500|api_error
status=502|0|502|<h1>502 Bad Gateway
retry-after=3s|0|429|retry-after: 3
overload|0|503|queue is full
stall=2s|28|200|content
hang|28|000|
reset|56|200|"content":" 
reset-first|56|000|
truncate|18|200|"content":" 
refuse|52|000|
inband|0|200|"error":
malformed|0|200|"content":
no-done|0|200|"finish_reason":"length"
empty|0|200|"finish_reason":"length"
bad-content-type|0|200|content-type: text/html
content-filter|0|200|"content_filter"
finish-error|0|200|"finish_reason":"error"
wrong-model|0|200|"model":"another-model"
ROWS

# ---- the same requests meet the same faults, in any order

statuses() { # IDS...
    for id in "$@"; do
        echo "$id $(chat '' -o /dev/null -w '%{http_code}' -H "X-Request-Id: run-$id")"
    done | sort
}
start --fault status=500:40% --seed 5
one=$(statuses 1 2 3 4 5 6 7 8 9 10 11 12)
stop
start --fault status=500:40% --seed 5
two=$(statuses 12 4 6 11 1 8 2 9 3 7 10 5)
stop
check "faults by id" "$([ "$one" = "$two" ] && echo same)" '^same$'
check "some of them" "$(grep -c 500 <<<"$one")" '^[2-8]$'

# ---- the service model: queue, cache, cold start

# the first request holds the slot until it is killed
start --slots 1 --queue 0 --dialect vllm --fault slow-first-token=1h@0s+1us
curl -s -m 60 -o /dev/null "$url/v1/chat/completions" \
    -d '{"model":"m","messages":[{"role":"user","content":"one"}],"max_tokens":1}' &
until [[ $(get "$url/metrics") =~ num_requests_running\{[^}]*\}\ 1 ]]; do :; done
check "queue is full" "$(chat '' -w '%{http_code}')" 'queue is full.*503$'
kill $!
wait $! 2>/dev/null
check "the slot is free again" "$(chat '' -o /dev/null -w '%{http_code}')" '^200$'
stop
start --cache-block 2
check "cold prompt" "$(chat '')" '"cached_tokens":0'
check "cached prompt" "$(chat '')" '"cached_tokens":2'
stop
start --dialect llamacpp --ttft 500ms --ping 200ms
check "pings" "$(chat ',"stream":true' | grep -c '^:')" '^2$'
stop
start --stall-at 5ms --stall-for 700ms
check "a stall of the server" "$(chat '' -o /dev/null -w '%{time_total}')" '^0\.7|^0\.8'
check "is over" "$(chat '' -o /dev/null -w '%{time_total}')" '^0\.[0-3]'
stop
start --cold-start 300ms
check "loading" "$(get "$url/health")" 'Loading model.*503$'
until [ "$(get -o /dev/null "$url/health")" = 200 ]; do :; done
check "loaded" "$(chat '' -o /dev/null -w '%{http_code}')" '^200$'
stop

# ---- what cannot be done is said in one line

start
refusal() { # CODE EXPRESSION OPTIONS...
    local code=$1 expression=$2 answer
    shift 2
    answer=$("$gust" mock "$@" 2>&1 >/dev/null)
    check "$*: exit code" "$?" "^$code$"
    check "$*: reason" "$answer" "^gust: .*$expression"
}
refusal 3 'Address already in use' --listen "${url#http://}"
refusal 3 'truth' --listen 127.0.0.1:0 --truth "$dir/no/truth"
refusal 2 'host:port' --listen 127.0.0.1:
refusal 2 'explode' --fault explode
refusal 2 'add up to' --fault reset:60% --fault truncate:60%
refusal 2 'no such variable' --key-env NO_SUCH_KEY_HERE
refusal 2 'mean 1' --output-tokens 0
stop

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
