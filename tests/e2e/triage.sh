#!/bin/bash
# gust triage against servers that fail in every way that the tree knows: leaf,
# severity, exit code and one line of evidence. Then several targets, a watch over an
# outage, and the archive, in which no secret may be.
. "${0%/*}/lib/world.sh"
triage="$gust triage --timeout 3s"
beside=0
trap '[ "$server" -eq 0 ] || kill "$server" 2>/dev/null; [ "$beside" -eq 0 ] || kill "$beside" 2>/dev/null; rm -rf "$dir"' EXIT

look() { # NAME LEAF SEVERITY CODE EVIDENCE OPTIONS...: one look, as JSON
    local name=$1 leaf=$2 severity=$3 want=$4 evidence=$5
    shift 5
    # shellcheck disable=SC2086 # the words of $triage are words
    $triage --json "$@" >"$dir/look.json" 2>"$dir/look.err"
    code=$?
    check "$name: exit code" "$code" "^$want\$"
    check "$name: leaf" "$(verdict leaf)" "^$leaf\$"
    check "$name: severity" "$(verdict severity)" "^$severity\$"
    check "$name: evidence" "$(verdict sentence)" "$evidence"
    check "$name: nothing on stderr" "$(cat "$dir/look.err")" '^$'
}

verdict() { # KEY: of the verdict, which stands first
    sed -n "s/^    \"$1\": \"\{0,1\}\(.*[^\",]\)\"\{0,1\},\{0,1\}$/\1/p" "$dir/look.json" | head -n 1
}

# --- what one server can do wrong. A row: name | leaf | severity | exit code |
# evidence | options of gust mock | options of gust triage
export GUST_TEST_KEY=sesame-0123456789 GUST_BAD_KEY=wrong-key-42
while IFS='|' read -r name leaf severity want evidence mock options; do
    [ -n "${name// /}" ] || continue
    # shellcheck disable=SC2086 # the words of a row are words
    start_server --ttft 1ms $mock
    # shellcheck disable=SC2086
    look "$(echo $name)" "$(echo $leaf)" "$(echo $severity)" "$(echo $want)" \
        "$(echo $evidence)" --target "$url" $options
    check "$(echo $name): no key" "$(grep -c -e sesame -e wrong-key "$dir/look.json")" '^0$'
    stop_server
done <<'ROWS'
all is well       | resolved        | P4 | 0 | 3 of 3 answered.* first token | --dialect vllm |
well, with a key  | resolved        | P4 | 0 | 3 of 3 answered | --dialect mistral --model m --key-env GUST_TEST_KEY | --key-env GUST_TEST_KEY --dialect mistral
wrong key         | key_401         | P1 | 1 | HTTP 401 with the key, HTTP 401 without: Invalid API Key | --dialect mistral --key-env GUST_TEST_KEY | --key-env GUST_BAD_KEY --dialect mistral
no key            | no_key          | P3 | 3 | HTTP 401 without a key | --dialect mistral --key-env GUST_TEST_KEY | --dialect mistral
wrong model       | model_404       | P2 | 1 | m2 is not in the list of 1 | --dialect vllm --model m1 | --model m2
wrong model, API  | model_404       | P2 | 1 | m2 is not in the list of 1 | --dialect mistral --model m1 | --model m2 --dialect mistral
another model     | wrong_model     | P2 | 1 | by another-model | --dialect vllm --fault wrong-model:100% |
403               | forbidden_403   | P2 | 1 | 0 of 1 answered; HTTP 403 | --fault status=403:100% |
404               | path_404        | P2 | 1 | HTTP 404 | --fault status=404:100% |
quota             | quota_429       | P2 | 1 | 0 of 1 answered; HTTP 429 .*Rate limit exceeded | --dialect mistral --fault status=429:100% | --dialect mistral
capacity          | capacity_429    | P2 | 1 | 0 of 1 answered; HTTP 429 .*capacity exceeded | --dialect mistral --fault overload:100% | --dialect mistral
out of money      | spend_limit     | P1 | 1 | HTTP 402 | --fault status=402:100% |
queue full        | overloaded      | P1 | 1 | HTTP 503 .*queue is full | --dialect vllm --fault overload:100% |
529               | overloaded      | P1 | 1 | HTTP 529 | --fault status=529:100% |
500               | server_5xx      | P1 | 1 | 0 of 3 answered; HTTP 500 | --fault status=500:100% |
a proxy's page    | server_5xx      | P1 | 1 | 0 of 3 answered; HTTP 502 | --fault status=502:100% |
loading           | loading         | P2 | 1 | HTTP 503 .*Loading model | --dialect llamacpp --cold-start 1h |
bad body          | request_refused | P2 | 1 | HTTP 422 | --fault status=422:100% |
no byte           | timeout         | P1 | 1 | 0 of 1 answered; total_timeout | --fault hang:100% | --timeout 500ms
late first token  | degraded        | P2 | 1 | 3 of 3 answered, first token after | --fault slow-first-token=200ms:100% | --slow 100ms
stream cut        | broken          | P1 | 1 | 0 of 3 answered; reset | --fault reset-first:100% |
error inside 200  | bad_answer      | P1 | 1 | inband_error | --fault inband:100% |
not a stream      | bad_answer      | P1 | 1 | malformed_sse | --fault bad-content-type:100% |
ROWS

start_server --ttft 1ms --dialect vllm
look "the server's own words" resolved P4 0 answered --target "$url"
check "its health" "$(cat "$dir/look.json")" '/health: HTTP 200'
check "its queue" "$(cat "$dir/look.json")" '[0-9]+ running, 0 queued'
stop_server

# --- below HTTP
start_server --ttft 1ms
stop_server # its port is closed now
look "closed port" refused P1 1 "open at 0 of 1 addresses; 127.0.0.1: refused" --target "$url"
# where no name server can be reached, nobody says that there is no such name
look "no such name" '(dns|resolver)' P1 1 "nosuch.invalid: " --target http://nosuch.invalid

# --- TLS: certificates of our own. There is no model behind them, which is as far as
# a look gets when they are good.
certificate() { # NAME FROM UNTIL: a CA of its own for localhost, into $dir/NAME.pem
    openssl req -newkey rsa:2048 -nodes -keyout "$dir/$1.key" -out "$dir/$1.csr" \
        -subj /CN=localhost >/dev/null 2>&1
    printf '%s\n' '[ca]' 'default_ca=c' '[c]' "database=$dir/$1.idx" "new_certs_dir=$dir" \
        "serial=$dir/$1.ser" default_md=sha256 policy=p x509_extensions=x '[p]' \
        commonName=supplied '[x]' subjectAltName=DNS:localhost \
        basicConstraints=critical,CA:TRUE >"$dir/$1.cnf"
    : >"$dir/$1.idx"
    echo 01 >"$dir/$1.ser"
    openssl ca -batch -notext -selfsign -config "$dir/$1.cnf" -in "$dir/$1.csr" \
        -keyfile "$dir/$1.key" -startdate "$2" -enddate "$3" -out "$dir/$1.pem" >/dev/null 2>&1
}

serve_tls() { # NAME: sets $port
    for _ in 1 2 3 4 5; do # a free port may be taken between drawing and binding it
        port=$((20000 + RANDOM % 12000))
        openssl s_server -accept "127.0.0.1:$port" -cert "$dir/$1.pem" -key "$dir/$1.key" \
            -www >"$dir/tls.log" 2>&1 </dev/null &
        beside=$!
        for _ in $(seq 1000); do
            grep -q ACCEPT "$dir/tls.log" && return
            kill -0 "$beside" 2>/dev/null || break
            read -rt 0.01 <> <(:)
        done
    done
    fail "openssl s_server starts" "$(cat "$dir/tls.log")"
}

stop_beside() {
    kill "$beside"
    wait "$beside" 2>/dev/null
    beside=0
}

certificate good 20200101000000Z 20990101000000Z
serve_tls good
look "a good certificate" unknown P3 3 'no request could be tried' \
    --target "https://localhost:$port" --cacert "$dir/good.pem" --dialect openai
check "a good certificate: its evidence" "$(cat "$dir/look.json")" \
    'TLSv1\.[23], .*CN ?= ?localhost, 1 certificate, valid for [0-9]{5} days'
look "unknown issuer" tls_issuer P1 1 'self.signed.*CN ?= ?localhost' \
    --target "https://localhost:$port"
look "no check was asked for" unknown P3 3 'no request could be tried' \
    --target "https://localhost:$port" --insecure --dialect openai
look "wrong name" tls_name P1 1 '127\.0\.0\.1.*CN ?= ?localhost' \
    --target "https://127.0.0.1:$port" --cacert "$dir/good.pem"
stop_beside
certificate old 20200101000000Z 20210101000000Z
serve_tls old
look "expired" tls_expired P1 1 'expired [0-9]+ days ago' \
    --target "https://localhost:$port" --cacert "$dir/old.pem"
stop_beside
certificate young 20980101000000Z 20990101000000Z
serve_tls young
look "not yet valid" tls_not_yet P1 1 'not yet valid' \
    --target "https://localhost:$port" --cacert "$dir/young.pem"
stop_beside
start_server --ttft 1ms
look "TLS on a plain port" tls P1 1 'no TLS handshake' --target "https://${url#http://}"
stop_server

# --- beside the target: the server is well in all of these
serve() { # STATUS BODY: sets $other
    rm -f "$dir/answer"
    "$tools/fake_answer" "$dir/answer" "$1" "$2" &
    beside=$!
    for _ in $(seq 1000); do
        [ -s "$dir/answer" ] && break
        read -rt 0.01 <> <(:)
    done
    other=http://127.0.0.1:$(cat "$dir/answer")
}

rate() { # NUMBER: Prometheus' answer
    serve 200 '{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"'"$1"'"]}]}}'
}

start_server --ttft 1ms --dialect mistral --key-env GUST_TEST_KEY
keyed=(--target "$url" --dialect mistral --key-env GUST_TEST_KEY)
rate 0.12
look "others fail" errors_seen P2 1 'error rate 12 %, limit 1 %' "${keyed[@]}" --prometheus "$other/"
look "so many may fail" resolved P4 0 'answered' "${keyed[@]}" --prometheus "$other" --error-limit 15%
stop_beside
serve 200 '{"status":"success","data":{"resultType":"vector","result":[]}}'
look "Prometheus knows nothing" resolved P4 0 'answered' "${keyed[@]}" --prometheus "$other"
check "Prometheus knows nothing: said" "$(cat "$dir/look.json")" 'no data: the query gives nothing'
stop_beside
serve 503 'database is down'
look "our side" our_side P1 1 'HTTP 503, database is down' "${keyed[@]}" --app-health "$other"
stop_beside
serve 500 "config: key=$GUST_TEST_KEY"
look "an application that shows the key" our_side P1 1 'HTTP 500, config: key=\*+$' "${keyed[@]}" \
    --app-health "$other" --bundle "$dir/shown.tar.gz"
check "an application that shows the key: hidden" "$(tar xzOf "$dir/shown.tar.gz" | grep -c sesame)" '^0$'
stop_beside
serve 200 fine
look "the application is well" resolved P4 0 'answered' "${keyed[@]}" --app-health "$other"
stop_beside

# --- several targets: which is down, which can take over
dead=http://127.0.0.1:1
good=$url
look "the first is down" refused P1 1 'refused' --target "$dead" --target "$good" \
    --dialect mistral --key-env - --key-env GUST_TEST_KEY
check "the first is down: who takes over" "$(verdict take_over)" "^$good\$"
look "the second is down" standby_down P3 4 "$dead.*refused" --target "$good" --target "$dead" \
    --dialect mistral --key-env GUST_TEST_KEY --key-env -
check "the second is down: nobody has to" "$(verdict take_over)" '^null$'

# --- the archive: members in order, no secret in any of them
"$gust" triage --target "http://user:hunter2@${url#http://}" --dialect mistral --key-env GUST_TEST_KEY \
    --header 'X-Secret: swordfish' --app-health "$dead/?token=open-sesame" \
    --bundle "$dir/evidence.tar.gz" >"$dir/out" 2>"$dir/err"
check "archive: exit code" "$?" '^1$'
check "archive: members" "$(tar tzf "$dir/evidence.tar.gz" | tr '\n' ' ')" \
    '^triage/triage.json triage/triage.txt triage/versions.txt triage/look-01/checks.json triage/look-01/transcript.txt $'
tar xzf "$dir/evidence.tar.gz" -C "$dir"
check "archive: what was asked" "$(cat "$dir/triage/look-01/transcript.txt")" 'POST http://\*\*\*@127.*Bearer \*\*\*.*X-Secret: \*\*\*'
check "archive: versions" "$(cat "$dir/triage/versions.txt")" 'gust [0-9.]+.*libcurl/'
check "no secret anywhere" \
    "$(grep -rlE 'sesame|hunter2|swordfish' "$dir/triage" "$dir/out" "$dir/err")" '^$'
stop_server
"$gust" triage --target "$dead" --bundle "$dir/no/such/folder.tar.gz" >/dev/null 2>"$dir/err"
check "archive that cannot be written: exit code" "$?" '^3$'
check "archive that cannot be written: the line" "$(cat "$dir/err")" 'cannot write .*folder.tar.gz: No such'

# --- a watch over an outage: the server is down, comes back with another fault, heals
watch_for() { # EXPRESSION: waits until the watch has said so
    for _ in $(seq 3000); do
        grep -qE "$1" "$dir/watch" && return
        kill -0 "$watcher" 2>/dev/null || break
        read -rt 0.01 <> <(:)
    done
    grep -qE "$1" "$dir/watch" || fail "the watch says $1" "$(cat "$dir/watch")"
}

restart() { # OPTIONS...: on the port that it had; others may hold it for a moment
    for _ in $(seq 100); do
        rm -f "$dir/port"
        "$gust" mock --listen "${url#http://}" --port-file "$dir/port" --ttft 1ms "$@" \
            >"$dir/server.log" 2>&1 &
        server=$!
        for _ in $(seq 1000); do
            [ -s "$dir/port" ] && return
            kill -0 "$server" 2>/dev/null || break
            read -rt 0.01 <> <(:)
        done
        read -rt 0.1 <> <(:)
    done
    fail "the server starts again" "$(cat "$dir/server.log")"
}

start_server --ttft 1ms
stop_server
"$gust" triage --timeout 3s --target "$url" --watch 100ms --bundle "$dir/watch.tar.gz" >"$dir/watch" 2>&1 &
watcher=$!
watch_for '^P1  the host is up'
restart --fault status=429:100%
watch_for 'P1 -> P2 after .*: the rate limit of the key is used up'
stop_server
watch_for 'P2 -> P1 after'
restart
wait "$watcher"
check "watch: exit code" "$?" '^0$'
check "watch: the end" "$(tail -n 2 "$dir/watch")" 'P1 -> P4 after .*3 of 3 answered.*recovered: users are served; watched for'
check "watch: only changes" "$(grep -cE -- '-> P' "$dir/watch")" '^3$'
check "watch: a look per state" "$(tar tzf "$dir/watch.tar.gz" | grep -c transcript)" '^4$'
"$gust" triage --target "$url" --watch 1h >"$dir/watch" 2>&1
check "watch: nothing to wait for" "$?" '^0$'
stop_server
"$gust" triage --target "$url" --watch 1h --json >"$dir/watch" 2>&1 &
watcher=$!
watch_for '"leaf":"refused"'
kill -INT "$watcher"
wait "$watcher"
check "watch: interrupted" "$?" '^130$'
check "watch: a line of JSON per change" "$(wc -l <"$dir/watch")" '^1$'

# --- mistakes: one clear line, nothing sent. A row: name | line | options
while IFS='|' read -r name line options; do
    [ -n "${name// /}" ] || continue
    # shellcheck disable=SC2086 # the words of a row are words
    "$gust" triage $options >"$dir/out" 2>"$dir/err"
    code=$?
    check "$(echo $name): exit code" "$code" '^2$'
    check "$(echo $name): the line" "$(cat "$dir/err")" "$(echo $line)"
    check "$(echo $name): one line" "$(cat "$dir/err" "$dir/out" | wc -l)" '^1$'
done <<'ROWS'
no target       | --target is missing                    |
odd target      | --target: not a URL                    | --target ftp://x
two keys, three targets | --key-env is given 2 times for 3 targets: give it once for each, - for none | --target http://a --target http://b --target http://c --key-env X --key-env Y
two models      | --model is given 2 times for 1 targets | --target http://a --model x --model y
odd dialect     | --dialect: "foo" is not one of auto, mistral | --target http://a --dialect foo
header of whom  | --header: its value may be a secret    | --target http://a --target http://b --header X:1
no such key     | GUST_NO_SUCH_KEY is not set            | --target http://a --key-env GUST_NO_SUCH_KEY
odd Prometheus  | --prometheus: not a URL                | --target http://a --prometheus nowhere
odd application | --app-health: not a URL                | --target http://a --app-health ftp://x
ROWS
finish
