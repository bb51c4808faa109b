#!/bin/bash
# --proxy: everything goes through it and nothing past it, names are looked up there,
# its password is in no file, and its refusals are a class of their own.
. "${0%/*}/lib/world.sh"
proxy=0
trap '[ "$server" -eq 0 ] || kill "$server" 2>/dev/null
    [ "$proxy" -eq 0 ] || kill "$proxy" 2>/dev/null; rm -rf "$dir"' EXIT

start_proxy() { # [USER:PASSWORD]: sets $at
    rm -f "$dir/proxy" "$dir/seen"
    : >"$dir/seen"
    "$tools/fake_proxy" "$dir/proxy" "$dir/seen" "$@" &
    proxy=$!
    while [ ! -s "$dir/proxy" ]; do
        kill -0 "$proxy" 2>/dev/null || break
        read -rt 0.01 <> <(:)
    done
    at=127.0.0.1:$(cat "$dir/proxy")
}

stop_proxy() {
    kill "$proxy"
    wait "$proxy" 2>/dev/null
    proxy=0
}

seen() { # EXPRESSION: lines of the proxy's log
    grep -cE "$1" "$dir/seen"
}

model() { # a server that is known by a name which only the proxy can look up
    start_server --dialect openai --ttft 2ms --tpot 1ms
    port=${url##*:}
    url=http://model.test:$port
}

profile 10 5
load="--rate 40/s --duration 1s --warmup 0s --stop-on 100%"

# shellcheck disable=SC2086 # the words of a load are words
{
    start_proxy user:open-sesame
    model
    run through "$dir/profile.json" $load --proxy "http://user:open-sesame@$at" --scrape none
    stop_server
    sent=$(manifest through sent)
    check "through a proxy: all succeed" "$(manifest through succeeded)" "^$sent$"
    # one more: the calibration
    check "through a proxy: it passed each of them" "$(seen "^POST http://model\.test:$port/v1/")" "^$((sent + 1))$"
    check "through a proxy: the server had no others" "$(grep -c '"seq"' "$dir/truth")" "^$((sent + 1))$"
    check "through a proxy: none was refused" "$(seen '^407')" '^0$'
    check "the manifest has its address, not its password" "$(manifest through proxy)" "^http://\*\*\*@$at$"
    check "nor has any other file" "$(grep -rlc sesame "$dir/through" "$dir/through.out" "$dir/through.err")" '^$'

    # who it lets through
    model
    for given in "" user:wrong-sesame@; do
        : >"$dir/seen"
        run refused "$dir/profile.json" $load --model m --dialect openai --proxy "http://$given$at"
        check "refused (${given:-no user}): exit code" "$code" '^3$'
        check "refused (${given:-no user}): the line" "$(cat "$dir/refused.err")" \
            'cannot reach http://model\.test:[0-9]+: HTTP 407 \(proxy\).*the proxy refuses: check --proxy'
        check "refused (${given:-no user}): no password in it" "$(grep -c sesame "$dir/refused.err")" '^0$'
        check "refused (${given:-no user}): the server saw nothing" "$(seen model.test)" '^0$'
    done
    # a tunnel: what the proxy says to CONNECT is no answer of the server
    https=https://model.test:$port
    : >"$dir/seen"
    "$gust" run "$dir/profile.json" $load --model m --target "$https" --quiet --no-report \
        --proxy "http://user:wrong@$at" --out "$dir/none" >"$dir/none.out" 2>"$dir/none.err"
    check "no tunnel without the password: exit code" "$?" '^3$'
    check "no tunnel without the password: the line" "$(cat "$dir/none.err")" \
        'cannot reach https://model\.test:[0-9]+: proxy: .*407'
    "$gust" run "$dir/profile.json" $load --model m --target https://model.test:1 --quiet --no-report \
        --proxy "http://user:open-sesame@$at" --out "$dir/none" >"$dir/none.out" 2>"$dir/none.err"
    check "a tunnel to nobody: exit code" "$?" '^3$'
    check "a tunnel to nobody: the line" "$(cat "$dir/none.err")" 'cannot reach .*: proxy: .*502'
    check "a tunnel to nobody: it was asked for" "$(seen '^CONNECT model\.test:1$')" '^[1-9]'
    "$gust" run "$dir/profile.json" $load --model m --target "$https" --quiet --no-report \
        --proxy "http://user:open-sesame@$at" --out "$dir/none" >"$dir/none.out" 2>"$dir/none.err"
    check "a tunnel to a server without TLS: exit code" "$?" '^3$'
    check "a tunnel to a server without TLS: the line" "$(cat "$dir/none.err")" 'cannot reach .*: tls: '
    stop_proxy

    run down "$dir/profile.json" $load --model m --dialect openai --proxy http://127.0.0.1:1
    check "proxy down: exit code" "$code" '^3$'
    check "proxy down: the line" "$(cat "$dir/down.err")" 'connect_refused: .*127\.0\.0\.1 port 1'
    run nobody "$dir/profile.json" $load --model m --dialect openai --proxy http://nobody.invalid:3128
    check "a proxy that has no address: exit code" "$code" '^(2|3)$'
    check "a proxy that has no address: the line" "$(cat "$dir/nobody.err")" '--proxy: .*nobody\.invalid'

    # it goes away in the middle of a run: failures of a class, counted, nothing else
    start_proxy
    run away "$dir/profile.json" --rate 40/s --duration 3s --warmup 0s --stop-on 100% --records \
        --model m --dialect openai --proxy "http://$at" --scrape none &
    runs=$!
    for _ in $(seq 3000); do
        [ "$(seen '^POST')" -ge 20 ] && break
        read -rt 0.01 <> <(:)
    done
    stop_proxy
    wait "$runs"
    ok=$(manifest away succeeded) lost=$(manifest away failed)
    check_ge "proxy gone: some succeeded" "$ok" 10
    check_ge "proxy gone: the others failed" "$lost" 1
    check "proxy gone: each is counted" "$((ok + lost))" "^$(manifest away sent)$"
    check "proxy gone: in classes of the connection" \
        "$(sed -n 's/.*"outcome":"\([a-z_0-9]*\)".*/\1/p' "$dir/away/failures.jsonl" | sort -u | tr '\n' ' ')" \
        '^(connect_refused |reset |truncated_stream )+$'
}
stop_server
finish
