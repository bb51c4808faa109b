#!/bin/bash
# A real server in front: nginx with TLS, HTTP/2 and mutual TLS, connections that it
# closes on a request or after so many, 502 and 504 of a part of the requests, and
# streams that it holds back. Each request must be counted once and in its class.
. "${0%/*}/../e2e/lib/world.sh"
web=0 slow=0 proxy=0
trap 'for pid in $server $slow $web $proxy; do [ "$pid" -eq 0 ] || kill "$pid" 2>/dev/null; done
    [ "$slow" -eq 0 ] || kill -CONT "$slow" 2>/dev/null; rm -rf "$dir"' EXIT

if ! command -v nginx >/dev/null || ! command -v openssl >/dev/null; then
    echo "needs nginx and openssl (ci/deps test installs them)"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
fi

certificates() { # ca.pem signs the server's server.pem and the client's me.pem
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=gust test CA" \
        -keyout "$dir/ca.key" -out "$dir/ca.pem" 2>/dev/null
    for name in server me; do
        openssl req -newkey rsa:2048 -nodes -subj "/CN=$name" -keyout "$dir/$name.key" \
            -out "$dir/$name.csr" 2>/dev/null
        printf 'subjectAltName=DNS:model.test,IP:127.0.0.1\n' >"$dir/$name.ext"
        openssl x509 -req -in "$dir/$name.csr" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" -days 2 \
            -CAcreateserial -extfile "$dir/$name.ext" -out "$dir/$name.pem" 2>/dev/null
    done
}

# Ports by their place behind the first: nginx cannot be asked which one it took.
configuration() { # FIRST-PORT
    local upstream=${url#http://} listen='listen 127.0.0.1'
    local tls="ssl_certificate $dir/server.pem; ssl_certificate_key $dir/server.key;"
    local pass="proxy_pass http://$upstream; proxy_http_version 1.1; proxy_set_header Connection \"\";"
    cat <<CONF
daemon off; master_process off; pid $dir/nginx.pid; error_log $dir/nginx.log;
events { worker_connections 512; }
http {
    access_log off; keepalive_requests 100000;
    client_body_temp_path $dir/t1; proxy_temp_path $dir/t2; fastcgi_temp_path $dir/t3;
    uwsgi_temp_path $dir/t4; scgi_temp_path $dir/t5;
    # every fifth request of the run; preflight has no such number
    map \$http_x_request_id \$which { ~-[0-9]*[05][.] dead; ~-[0-9]*[38][.] slow; default good; }
    map \$connection_requests \$is_used { 1 0; default 1; }
    # 0: TLS and HTTP/2
    server { $listen:$1 ssl http2; $tls location / { $pass proxy_buffering off; } }
    # 1: TLS and HTTP/1.1
    server { $listen:$(($1 + 1)) ssl; $tls location / { $pass proxy_buffering off; } }
    # 2: mutual TLS
    server { $listen:$(($1 + 2)) ssl http2; $tls ssl_verify_client on;
        ssl_client_certificate $dir/ca.pem; location / { $pass } }
    # 3: a connection that was used before is closed without a byte
    server { $listen:$(($1 + 3)); location / {
        if (\$is_used) { return 444; } $pass proxy_buffering off; } }
    # 4: the same over TLS and HTTP/2
    server { $listen:$(($1 + 4)) ssl http2; $tls location / {
        if (\$is_used) { return 444; } $pass proxy_buffering off; } }
    # 5: HTTP/2 connections end after 20 requests (GOAWAY)
    server { $listen:$(($1 + 5)) ssl http2; $tls keepalive_requests 20;
        location / { $pass proxy_buffering off; } }
    # 10: the server allows 2 streams a connection, the client wants 32
    server { $listen:$(($1 + 10)) ssl http2; $tls http2_max_concurrent_streams 2;
        location / { $pass proxy_buffering off; } }
    # 6: 502 and 504
    server { $listen:$(($1 + 6)); location / {
        if (\$which = dead) { rewrite ^ /dead\$uri last; }
        if (\$which = slow) { rewrite ^ /slow\$uri last; } $pass }
        location /dead/ { internal; proxy_pass http://127.0.0.1:1; }
        location /slow/ { internal; rewrite ^/slow(.*) \$1 break; proxy_read_timeout 500ms;
            proxy_pass http://127.0.0.1:$slow_port; } }
    # 7: streams are held back: buffering alone passes small events on at once
    server { $listen:$(($1 + 7)); location / { $pass proxy_buffering on; limit_rate 8k; } }
    # 8: HTTP/2 without TLS
    server { $listen:$(($1 + 8)) http2; location / { $pass proxy_buffering off; } }
    # 9: idle connections are closed after a second
    server { $listen:$(($1 + 9)); keepalive_timeout 1s; location / { $pass proxy_buffering off; } }
}
CONF
}

start_nginx() { # below the ephemeral ports; another range when one is taken
    local k
    for k in 1 2 3 4 5 6 7 8; do
        first=$((15000 + (RANDOM * 8 + RANDOM % 8) % 1500 * 11))
        configuration "$first" >"$dir/nginx.conf"
        nginx -p "$dir" -c "$dir/nginx.conf" >"$dir/nginx.out" 2>&1 &
        web=$!
        for _ in $(seq 500); do
            [ -s "$dir/nginx.pid" ] && return
            kill -0 "$web" 2>/dev/null || break
            read -rt 0.01 <> <(:)
        done
        kill "$web" 2>/dev/null
        wait "$web"
        web=0
    done
    fail "nginx starts" "$(cat "$dir/nginx.out")"
    finish
}

counted_connects() { # NAME: connections to the target's addresses
    tr -d ' \n' <"$dir/$1/run.json" |
        sed -n 's/.*"addresses":\[{[^]]*"connects":\([0-9]*\).*/\1/p'
}

to() { # PLACE SCHEME: sets $url
    url=$2://127.0.0.1:$((first + $1))
}

profile 20 20
certificates
trust="--cacert $dir/ca.pem"
start_server --dialect openai --ttft 20ms --tpot 4ms --slots 500
upstream=$server upstream_url=$url
"$gust" mock --listen 127.0.0.1:0 --port-file "$dir/slow_port" --dialect openai \
    >"$dir/slow.log" 2>&1 &
slow=$!
for _ in $(seq 1000); do
    [ -s "$dir/slow_port" ] && break
    read -rt 0.01 <> <(:)
done
slow_port=$(cat "$dir/slow_port")
kill -STOP "$slow" # the kernel takes connections; nobody answers
start_nginx
open="--rate 60/s --duration 1s --warmup 0s"

# shellcheck disable=SC2086 # the words of a load are words
{
    # --- HTTP/2 over TLS: streams share connections, and every token is there
    to 0 https
    run h2 "$dir/profile.json" $open $trust --http 2 --records
    check "HTTP/2: exit code" "$code" '^(0|4)$'
    check "HTTP/2: all succeed" "$(manifest h2 succeeded)" "^$(manifest h2 sent)$"
    check "HTTP/2: the run says so" "$(manifest h2 http)" '^2$'
    check "HTTP/2: the report says so" "$(cat "$dir/h2.out")" \
        'HTTP +2, up to 32 streams a connection'
    check_le "HTTP/2: 60 requests share few connections" "$(manifest h2 connections_max)" 4
    check_ge "HTTP/2: bytes carry the kernel's time" "$(manifest h2 kernel)" \
        "$(manifest h2 loop)"

    run few "$dir/profile.json" --users 12 --duration 1s --warmup 0s $trust --http 2 \
        --streams-per-connection 4
    check "4 streams a connection: all succeed" "$(manifest few succeeded)" \
        "^$(manifest few sent)$"
    check_ge "4 streams a connection: 12 users need 3" "$(manifest few connections_max)" 3

    # the server's limit holds, not ours: connections follow it, no stream is refused
    to 10 https
    run two "$dir/profile.json" --users 12 --duration 1s --warmup 0s $trust --http 2
    check "2 streams allowed: all succeed" "$(manifest two succeeded)" "^$(manifest two sent)$"
    check_ge "2 streams allowed: 12 users need 6 connections" "$(manifest two connections_max)" 6

    to 8 http
    run clear "$dir/profile.json" $open --http 2
    check "HTTP/2 without TLS: all succeed" "$(manifest clear succeeded)" \
        "^$(manifest clear sent)$"

    # --- who trusts whom
    to 1 https
    run old "$dir/profile.json" $open $trust --http 2
    check "HTTP/1.1 only: exit code" "$code" '^3$'
    check "HTTP/1.1 only: the line" "$(cat "$dir/old.err")" '--http 2: .*speaks HTTP/1\.1 only'
    run untrusted "$dir/profile.json" $open
    check "unknown authority: exit code" "$code" '^3$'
    check "unknown authority: the line" "$(cat "$dir/untrusted.err")" 'tls: .*certificate'
    url=https://model.test:$((first + 1))
    run named "$dir/profile.json" $open $trust --resolve "model.test:$((first + 1)):127.0.0.1"
    check "a name of the certificate" "$(manifest named succeeded)" "^$(manifest named sent)$"
    to 2 https
    run nobody "$dir/profile.json" $open $trust --http 2
    check "mutual TLS without --cert: exit code" "$code" '^3$'
    check "mutual TLS without --cert: the server's words" "$(cat "$dir/nobody.err")" 'HTTP 400'
    run me "$dir/profile.json" $open $trust --http 2 --cert "$dir/me.pem" --cert-key "$dir/me.key"
    check "mutual TLS: all succeed" "$(manifest me succeeded)" "^$(manifest me sent)$"
    check "mutual TLS: the run says so" "$(manifest me client_certificate)" '^true$'
    run odd "$dir/profile.json" $open $trust --cert "$dir/me.pem" --cert-key "$dir/ca.key"
    check "mutual TLS, another's key: exit code" "$code" '^3$'
    check "mutual TLS, another's key: the line" "$(cat "$dir/odd.err")" 'tls'

    # --- TLS through a proxy: tunnels, and nothing that the proxy could read
    "$tools/fake_proxy" "$dir/proxy" "$dir/tunnels" user:open-sesame &
    proxy=$!
    while [ ! -s "$dir/proxy" ]; do read -rt 0.01 <> <(:); done
    for http in 1.1 2; do
        : >"$dir/tunnels"
        to $([ $http = 2 ] && echo 0 || echo 1) https
        run tunnel "$dir/profile.json" $open $trust --http $http --scrape none \
            --proxy "http://user:open-sesame@127.0.0.1:$(cat "$dir/proxy")"
        check "HTTP/$http through a proxy: all succeed" "$(manifest tunnel succeeded)" "^$(manifest tunnel sent)$"
        check "HTTP/$http through a proxy: none hidden" "$(manifest tunnel hidden)" '^0$'
        check "HTTP/$http through a proxy: tunnels only" "$(sort -u "$dir/tunnels")" "^CONNECT ${url#https://}$"
        check_ge "HTTP/$http through a proxy: the server's bytes make the TTFT" \
            "$(sed -n 's/^ *ttft_sent *\([0-9]*\)[0-9.]* ms.*/\1/p' "$dir/tunnel.out" | head -n 1)" 10
    done
    kill "$proxy"
    wait "$proxy" 2>/dev/null
    proxy=0

    # --- a reused connection that is closed before a byte: libcurl sends again
    # one user has one connection, which is closed at every second request on it
    to 3 http
    run hidden "$dir/profile.json" --users 1 --limit 10 --warmup 0s --warm-connections 1
    check "closed on reuse: all succeed" "$(manifest hidden succeeded)" '^10$'
    check "closed on reuse: each has a hidden attempt" "$(manifest hidden hidden)" '^10$'
    check "closed on reuse: every attempt is counted" "$(manifest hidden attempts)" '^20$'
    run strict "$dir/profile.json" --users 1 --limit 10 --warmup 0s --warm-connections 1 \
        --strict-attempts --stop-on 100%
    check "closed on reuse, strict: every second is refused" "$(manifest strict reset)" '^5$'
    check "closed on reuse, strict: none hidden" "$(manifest strict hidden)" '^0$'
    check "closed on reuse, strict: the others succeed" "$(manifest strict succeeded)" '^5$'
    to 4 https
    run closed2 "$dir/profile.json" $open $trust --http 2 --stop-on 100%
    check_ge "HTTP/2 closed on reuse: class http2" "$(manifest closed2 http2)" 1
    check "HTTP/2 closed on reuse: no other class" \
        "$(($(manifest closed2 succeeded) + $(manifest closed2 http2)))" \
        "^$(manifest closed2 sent)$"

    # --- GOAWAY after 20 requests: the server asks for a new connection
    to 5 https
    run away "$dir/profile.json" $open $trust --http 2 --stop-on 100%
    check "GOAWAY: every request ends in success or http2" \
        "$(($(manifest away succeeded) + $(x=$(manifest away http2) && echo "${x:-0}")))" \
        "^$(manifest away sent)$"
    check_ge "GOAWAY: connections follow each other" "$(counted_connects away)" 3

    # --- connections that are idle for longer than the server keeps them
    to 9 http
    run idle "$dir/profile.json" --rate 1/s --duration 4s --warmup 0s --warm-connections 1
    check "short keep-alive: all succeed" "$(manifest idle succeeded)" "^$(manifest idle sent)$"

    # --- a fifth of the requests finds no upstream, a fifth a slow one
    to 6 http
    run gateway "$dir/profile.json" --rate 60/s --duration 1s --warmup 0s --stop-on 100%
    sent=$(manifest gateway sent)
    check "gateway: 502 where nobody listens" "$(manifest gateway bad_gateway_502)" \
        "^$(((sent + 4) / 5))$"
    check "gateway: 504 where nobody answers" "$(manifest gateway gateway_timeout_504)" \
        "^$(((sent + 1) / 5))$"
    check "gateway: the others succeed" "$(manifest gateway succeeded)" \
        "^$((sent - (sent + 4) / 5 - (sent + 1) / 5))$"

    # --- a stream that is held back comes in fewer reads than events
    to 7 http
    run held "$dir/profile.json" $open
    check "held back: the report says so" "$(tr -s ' \n' ' ' <"$dir/held.out")" \
        'content events came to a read: gaps are those of whatever holds the stream back'
    check "held back: all succeed" "$(manifest held succeeded)" "^$(manifest held sent)$"
}
stop_server
finish
