#!/bin/bash
# Three model servers behind a front, of which one is killed under load and started
# again: with the built-in front, and with nginx as the real one. Streams that were
# under way on it break, everything else is served by the others: no request that was
# sent after its end fails. Told by the recorded stamps of the client and the truth.
. "${0%/*}/lib/world.sh"
web=0
trap 'for pid in $server $web; do [ "$pid" -eq 0 ] || kill "$pid" 2>/dev/null; done
    rm -rf "$dir"' EXIT

fleet() { # FRONT: the file; b is killed after a second, and comes back after two
    cat >"$dir/fleet.json" <<JSON
{"front": $1,
 "replicas": [{"name": "a"}, {"name": "b"}, {"name": "c"}],
 "events": [{"at": "1s", "replica": "b", "do": "kill"},
            {"at": "2s", "replica": "b", "do": "restart"}]}
JSON
}

configuration() { # PORT: of nginx; one worker, so that its turns are one round
    printf 'daemon off; master_process off; pid %s/nginx.pid; error_log %s/nginx.log;\n' \
        "$dir" "$dir"
    printf 'events { worker_connections 512; }\nhttp {\n access_log off;\n'
    printf ' keepalive_requests 100000;\n'
    for kind in client_body proxy fastcgi uwsgi scgi; do
        printf ' %s_temp_path %s/t_%s;\n' "$kind" "$dir" "$kind"
    done
    printf ' upstream fleet {\n'
    while read -r member; do
        printf '  server 127.0.0.1:%s max_fails=1 fail_timeout=1s;\n' "$member"
    done <"$dir/port"
    printf ' }\n server { listen 127.0.0.1:%s; location / {\n' "$1"
    printf '  proxy_pass http://fleet; proxy_buffering off; proxy_http_version 1.1;\n'
    printf '  proxy_set_header Connection ""; proxy_next_upstream error timeout; } }\n}\n'
}

start_nginx() { # sets $url; below the ephemeral ports, another one when it is taken
    for _ in 1 2 3 4 5 6 7 8; do
        local port=$((12000 + RANDOM % 2900))
        configuration "$port" >"$dir/nginx.conf"
        nginx -p "$dir" -c "$dir/nginx.conf" >"$dir/nginx.out" 2>&1 &
        web=$!
        for _ in $(seq 500); do
            [ -s "$dir/nginx.pid" ] && break
            kill -0 "$web" 2>/dev/null || break
            read -rt 0.01 <> <(:)
        done
        url=http://127.0.0.1:$port
        [ -s "$dir/nginx.pid" ] && return
        wait "$web"
        web=0
    done
    fail nginx "$(tail -n 3 "$dir/nginx.log" "$dir/nginx.out")"
    finish
}

fate() { # WHAT NTH: when that became of b
    sed -n "s/.*\"replica\":\"b\",\"what\":\"$1\",\"at_ns\":\([0-9]*\).*/\1/p" "$dir/truth" |
        sed -n "$2p"
}

judge() { # NAME: of the front
    "$tools/score" "$dir/r" "$dir/truth" >"$dir/score" || fail "$1" "no score"
    local t0 killed down up n served broke other wrong
    t0=$(manifest r monotonic_ns)
    t0=${t0%,} killed=$(fate killed 1) down=$(fate down 1) up=$(fate up 2)
    check "$1: b was killed, ended and came back" \
        "$((killed > 0)) $((down >= killed)) $((up > down))" '^1 1 1$'
    # sent before b was gone, and not over when it was killed
    zstd -qdc "$dir/r/requests.csv.zst" | awk -F, -v killed=$((killed - t0)) -v down=$((down - t0)) '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        { sent = $at["due_ns"] + $at["lag_ns"]; n++ }
        $at["outcome"] == "ok" { served++; next }
        $at["outcome"] !~ /^(truncated_stream|reset|bad_gateway_502)$/ { other++ }
        { failed++ }
        sent >= down || $at["end_ns"] < killed { wrong++ }
        END { printf "%d %d %d %d %d\n", n, served, failed, other, wrong }' >"$dir/line"
    read -r n served broke other wrong <"$dir/line"
    check_ge "$1: load" "$n" 100
    check_ge "$1: streams broke" "$broke" 1
    check "$1: in no other way" "$other" '^0$'
    check "$1: only what was under way on b" "$wrong" '^0$'
    check "$1: all others are served" "$served" "^$((n - broke))$"
    for name in a b c; do
        check_ge "$1: $name served" \
            "$(grep -c "\"status\":200.*\"end\":\"complete\".*\"replica\":\"$name\"" "$dir/truth")" 10
    done
    check "$1: b served again" "$(grep '"replica":"b"' "$dir/truth" | grep -o '"request_ns":[0-9]*' |
        cut -d: -f2 | awk -v up="$up" '$1 >= up { n++ } END { print (n > 0) }')" '^1$'
}

load() {
    run r "$dir/profile.json" --rate 60/s --duration 4s --warmup 0s --records --stop-on 100%
}

profile 20 40
fleet '{"fail_timeout": "300ms"}'
start_server --dialect openai --ttft 20ms --tpot 8ms --config "$dir/fleet.json"
load
stop_server
judge built-in

if command -v nginx >/dev/null; then
    fleet false
    start_server --dialect openai --ttft 20ms --tpot 8ms --config "$dir/fleet.json"
    start_nginx
    load
    kill "$web"
    wait "$web"
    web=0
    stop_server
    judge nginx
else
    echo "the part with nginx needs it (ci/deps test installs it)"
    skipped=$((skipped + 1))
fi
finish
