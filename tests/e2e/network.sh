#!/bin/bash
# Where connections go: several addresses of one name, some of them dead; several
# local addresses; what a dry run says of it; and mistakes, before anything is sent.
. "${0%/*}/lib/world.sh"
other=0
trap '[ "$server" -eq 0 ] || kill "$server" 2>/dev/null
    [ "$other" -eq 0 ] || kill "$other" 2>/dev/null; rm -rf "$dir"' EXIT

counted() { # NAME ADDRESS KEY: of that address in run.json
    tr -d ' \n' <"$dir/$1/run.json" |
        sed -n "s/.*\"address\":\"$2\",\"connects\":\([0-9]*\)[^}]*\"requests\":\([0-9]*\).*/\1 \2/p" |
        if [ "$3" = connects ]; then cut -d' ' -f1; else cut -d' ' -f2; fi
}

from() { # NAME ADDRESS: connections from that local address
    tr -d ' \n' <"$dir/$1/run.json" |
        sed -n "s/.*\"sources\":\[[^]]*\"address\":\"$2\",\"connects\":\([0-9]*\)}.*/\1/p"
}

profile 10 5
start_server --dialect openai --ttft 5ms --tpot 1ms
port=${url##*:}
load="--rate 60/s --duration 1s --warmup 0s --warm-connections 1"

# Two of three addresses refuse. A transfer that libcurl forgets until half of its
# connect timeout is over would end at --timeout, and be a failure.
url=http://model.test:$port
# shellcheck disable=SC2086 # the words of a load are words
run dead "$dir/profile.json" $load --resolve "model.test:$port:127.0.0.3,127.0.0.2,127.0.0.1" \
    --connect-timeout 60s --timeout 20s
check "dead addresses: exit code" "$code" '^(0|4)$'
check "dead addresses: all succeed" "$(manifest dead succeeded)" "^$(manifest dead sent)$"
check "dead addresses: requests go to the living" "$(counted dead 127.0.0.1 requests)" \
    "^$(manifest dead sent)$"
check "dead addresses: and none to others" "$(counted dead 127.0.0.2 requests)" '^0$'
check_ge "dead addresses: which were tried" "$(counted dead 127.0.0.2 connects)" 1

# A second server at another address: connections alternate.
"$gust" mock --listen "127.0.0.2:$port" --port-file "$dir/port2" --dialect openai --ttft 200ms \
    --tpot 1ms --truth "$dir/truth2" >"$dir/server2.log" 2>&1 &
other=$!
for _ in $(seq 1000); do
    [ -s "$dir/port2" ] && break
    read -rt 0.01 <> <(:)
done
# shellcheck disable=SC2086
run both "$dir/profile.json" $load --resolve "model.test:$port:127.0.0.1,127.0.0.2" \
    --source-address 127.0.0.7,127.0.0.8
one=$(counted both 127.0.0.1 requests) two=$(counted both 127.0.0.2 requests)
check "two addresses: all succeed" "$(manifest both succeeded)" "^$(manifest both sent)$"
check "two addresses: every attempt is counted" "$((one + two))" "^$(manifest both attempts)$"
check_ge "two addresses: the first is used" "$one" 1
check "two addresses: connections alternate" \
    "$(($(counted both 127.0.0.1 connects) - $(counted both 127.0.0.2 connects)))" '^(0|1)$'
check "two sources: connections alternate" \
    "$(($(from both 127.0.0.7) - $(from both 127.0.0.8)))" '^(-1|0|1)$'
check "two sources: every connection has one" "$(($(from both 127.0.0.7) + $(from both 127.0.0.8)))" \
    "^$(($(counted both 127.0.0.1 connects) + $(counted both 127.0.0.2 connects)))$"
kill "$other"
wait "$other"
other=0
check "two addresses: the second has what its server saw" "$(grep -c . "$dir/truth2")" "^$two$"

"$gust" run "$dir/profile.json" --dry-run --http 2 --streams-per-connection 16 --max-in-flight 640 \
    --threads 1 --source-address 127.0.0.1,127.0.0.2 >"$dir/dry" 2>&1
check "dry run: connections" "$(cat "$dir/dry")" \
    'HTTP/2, 16 streams a connection, at most 40 connections from 2 local addresses'
check "dry run: ports" "$(cat "$dir/dry")" '% of the ports \(2 x '
"$gust" run "$dir/profile.json" --print-config --source-address 127.0.0.1 >"$dir/config" 2>&1
check "print config" "$(cat "$dir/config")" 'source-address += 127\.0\.0\.1 +\(command line\)'

"$gust" doctor --host-only --http 2 --source-address 127.0.0.1,127.0.0.2 >"$dir/doctor" 2>&1
check "doctor: the library and its quirks" "$(cat "$dir/doctor")" 'libcurl/[0-9.]+, HTTP/2, known quirks:'
one=$("$gust" doctor --host-only --source-address 127.0.0.1 | sed -n 's/.*ports *\([0-9,]*\) per.*/\1/p')
two=$(sed -n 's/.*ports *\([0-9,]*\) per.*/\1/p' "$dir/doctor")
check "doctor: two sources have twice the ports" "${two//,/}" "^$((2 * ${one//,/}))$"
"$gust" doctor --host-only --source-address 192.0.2.1 >"$dir/out" 2>&1
check "doctor: a foreign source" "$? $(cat "$dir/out")" '^2 .*192\.0\.2\.1 is no address of this machine'

while IFS='|' read -r name want expression words; do
    [ -n "${name// /}" ] || continue
    # shellcheck disable=SC2086
    "$gust" run "$dir/profile.json" ${words//@PORT/$port} --quiet --no-report >"$dir/out" 2>"$dir/err"
    code=$?
    name=$(echo $name) expression=$(echo $expression)
    check "$name: exit code" "$code" "^$(echo $want)\$"
    check "$name: the line" "$(cat "$dir/err")" "$expression"
    check "$name: one line" "$(wc -l <"$dir/err")" '^1$'
done <<'ROWS'
unused override | 2 | --resolve: no target is at other.test:1         | --target http://127.0.0.1:@PORT --resolve other.test:1:127.0.0.1
foreign source  | 2 | 192.0.2.1 is no address of this machine        | --target http://127.0.0.1:@PORT --source-address 192.0.2.1
all refuse      | 3 | connect_refused                               | --target http://x.test:1 --resolve x.test:1:127.0.0.1,127.0.0.2
HTTP/1.1 only   | 3 | --http 2 without TLS, which few servers speak | --target http://127.0.0.1:@PORT --http 2
ROWS
stop_server
finish
