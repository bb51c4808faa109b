#!/bin/bash
# The control port of `gust proxy` in toxiproxy's words: proxies and toxics come, change
# and go while connections pass, clients see it at once, mistakes change nothing.
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

ask() { # METHOD PATH [BODY]: answer and status
    curl -s -m 10 -X "$1" ${3:+-d "$3"} -w '%{http_code}' "$control$2"
}

chat() { # curl's code and the status of a short stream through the proxy
    curl -s -m 10 -o "$dir/body" -w '%{http_code}' "http://$1/v1/chat/completions" -d '{"model":"m",
        "stream":true,"messages":[{"role":"user","content":"hi"}],"max_tokens":8}'
    echo " $?"
}

start_server --dialect openai --ttft 2ms --tpot 1ms
upstream=${url#http://}
"$gust" proxy --control 0 --control-file "$dir/control" --truth "$dir/proxy.truth" \
    >"$dir/proxy.log" 2>&1 &
proxy=$!
for _ in $(seq 1000); do
    [ -s "$dir/control" ] && break
    kill -0 "$proxy" 2>/dev/null || break
    read -rt 0.01 <> <(:)
done
control=http://127.0.0.1:$(cat "$dir/control")
check "the version" "$(ask GET /version)" '^\{"version":"2\.[0-9.]+","gust":".*200$'
check "nothing yet" "$(ask GET /proxies)" '^\{\}.200$'
check "a proxy" "$(ask POST /proxies \
    '{"name":"llm","listen":"127.0.0.1:0","upstream":"'"$upstream"'"}')" \
    '^\{"name":"llm","listen":"127\.0\.0\.1:[0-9]+",.*"enabled":true,"toxics":\[\].*201$'
at=$(ask GET /proxies/llm | sed -n 's/.*"listen":"\([^"]*\)".*/\1/p')
check "it leads there" "$(chat "$at")" '^200 0$'
check "once" "$(ask POST /proxies '{"name":"llm","upstream":"'"$upstream"'"}')" 'exists: llm.*409$'

check "a toxic" "$(ask POST /proxies/llm/toxics '{"type":"limit_data","attributes":{"bytes":700}}')" \
    '"attributes":\{"bytes":700\},"name":"limit_data_downstream","type":"limit_data","stream":"downstream","toxicity":1.*200$'
check "it strikes" "$(chat "$at")" '^200 18$'
check "it is counted" "$(ask GET /proxies/llm/toxics/limit_data_downstream)" '"struck":1\}.200$'
check "once" "$(ask POST /proxies/llm/toxics '{"type":"limit_data"}')" 'already exists.*409$'
check "changed" "$(ask PATCH /proxies/llm/toxics/limit_data_downstream \
    '{"attributes":{"bytes":9000000}}')" '"bytes":9000000\}.*200$'
check "it spares" "$(chat "$at")" '^200 0$'
check "changed again, as older clients do" "$(ask POST /proxies/llm/toxics/limit_data_downstream \
    '{"toxicity":0}')" '"bytes":9000000\}.*"toxicity":0.*200$'
check "gone" "$(ask DELETE /proxies/llm/toxics/limit_data_downstream)" '^204$'
check "there is none" "$(ask GET /proxies/llm/toxics)" '^\[\].200$'
check "after so many events" "$(ask POST /proxies/llm/toxics '{"name":"r","type":"reset_peer",
    "attributes":{"timeout":0,"after_events":2}}')" '"after_events":2\}.*200$'
check "reset" "$(chat "$at")" '^200 56$'
check "two events came" "$(grep -c '^data: ' "$dir/body")" '^2$'

# a toxic that goes lets go what waits: the same request, then whole
ask DELETE /proxies/llm/toxics/r >"$dir/out"
ask POST /proxies/llm/toxics '{"name":"b","type":"blackhole","attributes":{"after_events":3}}' >"$dir/out"
chat "$at" >"$dir/held" &
held=$!
for _ in $(seq 500); do
    [[ $(ask GET /proxies/llm/toxics/b) =~ \"struck\":1 ]] && break
    read -rt 0.01 <> <(:)
done
check "held" "$(ask DELETE /proxies/llm/toxics/b)" '^204$'
wait "$held"
check "and whole" "$(cat "$dir/held") $(grep -c DONE "$dir/body")" '^200 0 1$'

# closed and open, other proxies, everything back
check "disabled" "$(ask POST /proxies/llm '{"enabled":false}')" '"enabled":false.*200$'
check "nobody listens" "$(chat "$at")" '^000 7$'
ask POST /proxies/llm/toxics '{"type":"fin"}' >"$dir/out"
check "reset" "$(ask POST /reset)" '^204$'
check "enabled, without toxics" "$(ask GET /proxies/llm)" '"enabled":true,"toxics":\[\].*200$'
check "at the same address" "$(chat "$at")" '^200 0$'
check "many" "$(ask POST /populate '[{"name":"llm","listen":"'"$at"'","upstream":"'"$upstream"'"},
    {"name":"dead","listen":"127.0.0.1:0","upstream":"127.0.0.1:1"}]')" \
    '^\{"proxies":\[\{"name":"llm".*\{"name":"dead".*\]\}.201$'
dead=$(ask GET /proxies/dead | sed -n 's/.*"listen":"\([^"]*\)".*/\1/p')
check "no upstream" "$(chat "$dead")" '^000 (7|56)$' # as early as it comes
check "led elsewhere" "$(ask PATCH /proxies/dead '{"upstream":"'"$upstream"'"}')" '200$'
check "well" "$(chat "$dead")" '^200 0$'
check "removed" "$(ask DELETE /proxies/dead)" '^204$'
check "gone" "$(ask GET /proxies/dead)" 'proxy not found: dead.*404$'

while IFS='|' read -r method path body expected; do
    check "$method $path $body" "$(ask "$method" "$path" "$body")" "$expected"
done <<'ROWS'
POST|/proxies|{"name":"x"}|required field: upstream.*400$
POST|/proxies|{"upstream":"h:1"}|required field: name.*400$
POST|/proxies|{"name":"x","upstream":"127.0.0.1"}|host:port.*400$
POST|/proxies|{"name":"x","upstrem":"h:1"}|upstrem.*upstream.*400$
POST|/proxies|{"name"|the body.*400$
POST|/proxies/llm/toxics|{"type":"explode"}|no such toxic.*400$
POST|/proxies/llm/toxics|{"type":"latency","attributes":{"latncy":1}}|latency.*400$
POST|/proxies/llm/toxics|{"type":"latency","toxicity":2}|toxicity.*400$
DELETE|/proxies/llm/toxics/none||toxic not found.*404$
GET|/nothing||no such path.*404$
PUT|/proxies|{}|does not take that method.*405$
ROWS
check "none of them was made" "$(ask GET /proxies)" '^\{"llm":\{[^{}]*\}\}.200$'
kill "$proxy"
wait "$proxy"
check "it ends in order" "$?" '^0$'
proxy=0
check "each toxic has a start" "$(grep -c '"event":"fault_start"' "$dir/proxy.truth")" '^6$'
check "and an end" "$(grep -c '"event":"fault_end"' "$dir/proxy.truth")" '^6$'
check "every strike lies between them" "$(awk '
    function field(key) {
        if (!match($0, "\"" key "\":[0-9]+")) return -1
        return substr($0, RSTART + length(key) + 3, RLENGTH - length(key) - 3)
    }
    /"fault_start"/ { start[field("fault_id")] = field("at_ns") }
    /"strike"/ { id[++n] = field("fault_id"); at[n] = field("at_ns") }
    /"fault_end"/ { end[field("fault_id")] = field("done_ns") }
    END {
        for (i = 1; i <= n; i++)
            if (at[i] < start[id[i]] || at[i] > end[id[i]] || !(id[i] in start)) wrong++
        print (n >= 3), wrong + 0
    }' "$dir/proxy.truth")" '^1 0$'
finish
