#!/bin/bash
# Trouble on the wire: what each toxic of `gust proxy` does to connections is seen by
# `gust run` behind it as the right class. A toxic that strikes inside a stream ends its
# request in that class and its connection, so there are as many of them as the proxy's
# truth has strikes, and all other requests succeed.
. "${0%/*}/lib/world.sh"
proxy=0
ends() { # a pid of 0 would be all of us
    local pid
    for pid in "$proxy" "$server"; do
        [ "$pid" -eq 0 ] || kill "$pid" 2>/dev/null
    done
    rm -rf "$dir"
}
trap ends EXIT

start_proxy() { # OPTIONS...: between $url, which becomes its own, and the server
    rm -f "$dir/proxy.port" "$dir/proxy.truth"
    "$gust" proxy --listen 127.0.0.1:0 --port-file "$dir/proxy.port" \
        --upstream "${url#http://}" --truth "$dir/proxy.truth" "$@" \
        >"$dir/proxy.log" 2>&1 &
    proxy=$!
    for _ in $(seq 1000); do
        [ -s "$dir/proxy.port" ] && break
        kill -0 "$proxy" 2>/dev/null || break
        read -rt 0.01 <> <(:)
    done
    if [ ! -s "$dir/proxy.port" ]; then
        fail "the proxy starts" "$(cat "$dir/proxy.log")"
        finish
    fi
    url=http://127.0.0.1:$(cat "$dir/proxy.port")
}

stop_proxy() {
    kill "$proxy"
    wait "$proxy"
    check "the proxy ends in order" "$?" '^0$'
    proxy=0
}

through() { # TOXIC...: a run through a proxy with them, against a server of its own
    local toxics=() toxic
    for toxic in "$@"; do
        toxics+=(--toxic "$toxic")
    done
    start_server --dialect openai --ttft 5ms --tpot 2ms --jitter 0
    start_proxy "${toxics[@]}"
    run r "$dir/profile.json" --rate 100/s --duration 1s --warmup 0s --records \
        --stop-on 100% --ttft-timeout 500ms --stall-timeout 500ms --timeout 8s
    stop_proxy
    stop_server
    zstd -qdc "$dir/r/requests.csv.zst" | awk -F, '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        { print $at["outcome"], $at["hidden_attempts"] }' >"$dir/outcomes"
}

outcomes() { # EXPRESSION: how many requests ended so
    grep -cE "^($1) " "$dir/outcomes"
}

truth() { # EXPRESSION: how many lines of the proxy's truth
    grep -cE "$1" "$dir/proxy.truth"
}

profile 20 12

# Inside a stream: exactly the struck ones, each in its class.
while IFS='|' read -r toxic class; do
    toxic=${toxic// /} class=${class// /}
    through "$toxic:40%:after=3ev"
    check_ge "$toxic strikes" "$(truth '"event":"strike"')" 1
    check "$toxic: every one lands in $class" "$(outcomes "$class")" \
        "^$(truth '"event":"strike"')$"
    check "$toxic: the others succeed" "$(outcomes "ok|$class")" "^$(wc -l <"$dir/outcomes")$"
    check "$toxic: it began and ended" \
        "$(truth '"event":"fault_start"')$(truth '"event":"fault_end"')" '^11$'
done <<'ROWS'
reset_peer   | truncated_stream
fin          | truncated_stream
corrupt      | truncated_stream
stall=3s     | stall_timeout
timeout=30s  | stall_timeout
blackhole    | stall_timeout
bandwidth=20 | stall_timeout
ROWS

# Before the first byte libcurl sends again by itself on a connection that has served:
# then the request succeeds, and is counted as sent twice.
through reset_peer:40%:up
check_ge "reset before an answer strikes" "$(truth '"event":"strike"')" 1
hidden=$(awk '{ n += $2 } END { print n + 0 }' "$dir/outcomes")
check_ge "each is a reset or was sent again" "$(($(outcomes reset) + hidden))" 1
check "the others succeed" "$(outcomes 'ok|reset')" "^$(wc -l <"$dir/outcomes")$"

# Slow, but nothing is lost.
through latency=20ms:jitter=10ms slicer=40:size_variation=20:delay=50us slow_close=50ms
check "slow: all succeed" "$(outcomes ok)" "^$(wc -l <"$dir/outcomes")$"
check_ge "slow: all were struck" "$(truth '"event":"strike".*"latency"')" \
    "$(truth '"event":"connection"')"
check "every byte arrives, unless the client leaves" "$(grep '"end":"closed"' "$dir/proxy.truth" |
    sed -E 's/.*"up_received":([0-9]+),"up_sent":([0-9]+),"down_received":([0-9]+),"down_sent":([0-9]+).*/\1 \2 \3 \4/' |
    awk '$1 != $2 || $3 != $4 || $3 == 0 { n++ } END { print (NR > 0), n + 0 }')" '^1 0$'

# All connections are closed, and for a while there are no new ones.
through close_all@200ms+300ms refuse@200ms+300ms
check_ge "refused" "$(outcomes connect_refused)" 5
check_ge "before and after all is well" "$(outcomes ok)" 5
check "nothing else" "$(outcomes 'ok|connect_refused|truncated_stream|reset')" \
    "^$(wc -l <"$dir/outcomes")$"
check_ge "they were closed" "$(truth '"end":"close_all","fault_id":1')" 1

# Cut by its bytes: half a stream.
through limit_data=2500:40%
check_ge "limit_data strikes" "$(outcomes truncated_stream)" 1
check_le "no more than it says" "$(outcomes truncated_stream)" "$(truth '"event":"strike"')"
check "limit_data: exactly so many bytes" "$(grep '"fault_id":1,"up' "$dir/proxy.truth" |
    grep -cv '"down_sent":2500}')" '^0$'

# Mistakes: nothing listens, and it is said what is wrong.
while IFS='|' read -r option expected; do
    read -ra words <<<"$option"
    "$gust" proxy --listen 127.0.0.1:0 "${words[@]}" >"$dir/out" 2>&1
    check "$option" "$? $(cat "$dir/out")" "$expected"
done <<'ROWS'
--toxic fin|^2 .*--upstream is missing
--upstream nowhere|^2 .*nowhere: host:port is wanted
--upstream 127.0.0.1:99999|^2 .*host:port is wanted
--upstream 127.0.0.1:1 --toxic explode|^2 .*no such toxic.*known are latency
--upstream 127.0.0.1:1 --toxic latency:jiter=3ms|^2 .*no such attribute
--upstream 127.0.0.1:1 --toxic refuse:5%|^2 .*of the proxy
--upstream 127.0.0.1:1 --truth /nowhere/file|^3 .*/nowhere/file
ROWS
check "the kinds" "$("$gust" proxy --toxics | wc -l)" '^13$'
finish
