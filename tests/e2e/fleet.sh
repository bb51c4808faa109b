#!/bin/bash
# A fleet of model servers behind the built-in front: requests go round, replicas are
# killed, stopped and started anew through the control port and by the fleet's file, the
# truth names the replica and its fate, and nothing outlives the parent. Every check is
# a count, a fact of the truth, or waited for.
. "${0%/*}/lib/world.sh"

ask() { # METHOD PATH [BODY]: answer and status
    curl -s -m 10 -X "$1" ${3:+-d "$3"} -w '%{http_code}' "$control$2"
}

chat() { # status of a request to the model
    curl -s -m 20 -o "$dir/body" -w '%{http_code}' "$url/v1/chat/completions" \
        -d '{"model":"m","messages":[{"role":"user","content":"hi"}],"max_tokens":3}'
}

start() { # OPTIONS...
    start_server --dialect openai --ttft 2ms --tpot 1ms --control 0 \
        --control-file "$dir/control" "$@"
    control=http://127.0.0.1:$(cat "$dir/control")
}

replica() { # NAME: its object of /replicas
    ask GET /replicas | grep -o "{\"name\":\"$1\"[^}]*}"
}

requests_of() { # NAME
    replica "$1" | sed 's/.*"requests":\([0-9]*\).*/\1/'
}

await() { # NAME EXPRESSION: until its object matches
    for _ in $(seq 1000); do
        [[ $(replica "$1") =~ $2 ]] && return
        read -rt 0.01 <> <(:)
    done
    fail "$1 becomes $2" "$(replica "$1")"
}

pid_of() { # NAME
    replica "$1" | sed 's/.*"pid":\([0-9]*\).*/\1/'
}

lines_of() { # EXPRESSION LEAST: lines of the truth, once there are so many
    for _ in $(seq 300); do
        [ "$(grep -c "$1" "$dir/truth")" -lt "$2" ] || break
        read -rt 0.01 <> <(:)
    done
    grep -c "$1" "$dir/truth"
}

has_ended() { # PID: it is gone, or a zombie that waits for its new parent
    for _ in $(seq 1000); do
        [ -d "/proc/$1" ] || return 0
        grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null && return 0
        read -rt 0.01 <> <(:)
    done
    return 1
}

# ---- by hand

start --replicas 3
check "the front is told" "$(head -n 1 "$dir/server.log")" "front on $url, 3 replicas"
statuses=
for _ in 1 2 3 4 5 6; do
    statuses+="$(chat) "
done
check "all are served" "$statuses" '^(200 ){6}$'
for name in r1 r2 r3; do
    check "$name had its turns" "$(replica $name)" '"state":"up".*"starts":1,.*"requests":2,"failures":0'
    check "the truth names $name" "$(lines_of "\"status\":200.*\"replica\":\"$name\"" 2)" '^2$'
done

check "one is killed" "$(ask POST /replicas/r2 '{"do":"kill"}')" '200$'
await r2 '"state":"down"'
statuses=
for _ in 1 2 3 4 5 6; do
    statuses+="$(chat) "
done
check "nobody notices" "$statuses" '^(200 ){6}$'
check "the front did" "$(replica r2)" '"is_left_alone":true,"requests":2,"failures":1'
check "there is nothing to kill" "$(ask POST /replicas/r2 '{"do":"kill"}')" 'replica r2 is down.*409$'
check "it is started with a model to load" \
    "$(ask POST /replicas/r2 '{"do":"restart","load_time":"1h"}')" '"state":"starting".*200$'
await r2 '"state":"up"'
check "its own control port" "$(ask GET /replicas/r2/status)" '"replica":"r2".*"is_loading":true.*200$'
check "and once more" "$(ask POST /replicas/r2 '{"do":"restart"}')" '200$'
await r2 '"starts":3'
await r2 '"state":"up"'
check "without one now" "$(ask GET /replicas/r2/status)" '"is_loading":false'

# a fault of one replica only: it is half dead
check "a fault for one" "$(ask POST /replicas/r1/faults '{"fault":"status=500"}')" '201$'
for _ in $(seq 9); do
    chat
    echo
done >"$dir/statuses"
check "its share fails" "$(grep -c 500 "$dir/statuses")" '^[3-5]$'
had=$(grep -c 500 "$dir/statuses")
check "the truth knows whose" "$(lines_of '"fault":"status".*"replica":"r1"' "$had")" "^$had$"
check "the others have none" "$(ask GET /replicas/r3/faults)" '"faults":\[\]'
check "cleared" "$(ask DELETE /replicas/r1/faults)" '"cleared":1'

# a stopped one takes connections and says nothing
check "one is stopped" "$(ask POST /replicas/r3 '{"do":"stop"}')" '"state":"stopped".*200$'
had=$(requests_of r3)
for i in 1 2 3; do
    curl -s -m 60 -o /dev/null -w '%{http_code}' "$url/v1/models" >"$dir/stopped$i" &
    pids[i]=$!
done
for _ in $(seq 1000); do
    [ "$(requests_of r3)" -eq "$had" ] || break
    read -rt 0.01 <> <(:)
done
check "who is handed to it waits" "$(cat "$dir"/stopped?)" '^(200){1,2}$|^$'
check "it goes on" "$(ask POST /replicas/r3 '{"do":"continue"}')" '"state":"up".*200$'
wait "${pids[@]}"
check "and all are served" "$(cat "$dir"/stopped?)" '^200200200$'

# none is left
for name in r1 r2 r3; do
    check "$name ends" "$(ask POST /replicas/$name '{"do":"terminate"}')" '200$'
    await $name '"state":"down"'
done
check "502 when there is none" "$(chat)" '^502$'
check "which is counted" "$(ask GET /replicas)" '"unserved":1'

while IFS='|' read -r method path body expected; do
    check "$method $path $body" "$(ask "$method" "$path" "$body")" "$expected"
done <<'ROWS'
POST|/replicas/r9|{"do":"kill"}|no replica r9.*404$
POST|/replicas/r1|{"do":"explode"}|kill.*400$
GET|/replicas/r9/status||no replica r9.*404$
GET|/replicas/r1/status||502$
GET|/faults||no such path.*404$
ROWS
fate=$(sed -n 's/.*"replica":"r2","what":"\([a-z]*\)","at_ns".*/\1/p' "$dir/truth" | tr '\n' ' ')
check "the truth has its fate" "$fate" \
    '^starting up killed down starting up killed down starting up terminated down $'
stop_server
check "the parent ends well" "$?" '^0$'

# ---- nothing outlives the parent

start --replicas 2
first=$(pid_of r1) second=$(pid_of r2)
check "two processes" "$first $second" '^[0-9]+ [0-9]+$'
disown "$server" # or the shell tells of its end
kill -KILL "$server"
server=0
for pid in $first $second; do
    has_ended "$pid"
    check "replica $pid ends with its killed parent" "$?" '^0$'
done

# ---- by the file: windows count from the first request to any of them

cat >"$dir/fleet.json" <<'JSON'
{"front": {"fail_timeout": "200ms"},
 "replicas": [{"name": "a"}, {"name": "b", "options": {"tpot": "2ms"},
                              "faults": ["status=503@300ms+300ms"]}],
 "events": [{"at": "800ms", "replica": "a", "do": "kill"},
            {"at": "1200ms", "replica": "a", "do": "restart"}]}
JSON
profile 20 5
start --config "$dir/fleet.json"
run r "$dir/profile.json" --rate 60/s --duration 2s --warmup 0s --records --stop-on 100%
await a '"starts":2'
stop_server
"$tools/score" "$dir/r" "$dir/truth" >"$dir/score" || fail "the run" "no score"
edges() { # WHAT: times of it in the truth
    sed -n "s/.*$1.*\"at_ns\":\([0-9]*\).*/\1/p" "$dir/truth"
}
start_ns=$(grep -o '"request_ns":[0-9]*' "$dir/truth" | cut -d: -f2 | sort -n | head -n 1)
check "the fault of b counts from the first request" \
    "$(($(edges '"event":"fault_start"') - start_ns))" '^300000000$'
check "it is b's" "$(grep '"event":"fault_start"' "$dir/truth")" '"replica":"b"'
check "503 only of b" "$(grep '"status":503' "$dir/truth" | grep -vc '"replica":"b"')" '^0$'
killed=$(($(edges '"replica":"a","what":"killed"') - start_ns))
check_ge "a is killed when it is time" "$killed" 800000000
check "the fault lands in its class" "$(grep '^fault status' "$dir/score")" \
    '^fault status unavailable_503 [0-9]+$'
served() { # REPLICA: requests of it that came after a was killed
    grep "\"status\":200.*\"replica\":\"$1\"" "$dir/truth" |
        grep -o '"request_ns":[0-9]*' | cut -d: -f2 |
        awk -v from=$((start_ns + killed)) '$1 > from { n++ } END { print n + 0 }'
}
check_ge "b serves on" "$(served b)" 10
while IFS='|' read -r text expected; do
    printf '%s' "$text" >"$dir/bad.json"
    "$gust" mock --config "$dir/bad.json" --listen 127.0.0.1:0 >"$dir/bad" 2>&1
    check "$text: exit code" "$?" '^2$'
    check "$text" "$(cat "$dir/bad")" "$expected"
done <<'ROWS'
{"replicas":[{"options":{"tpott":"1s"}}]}|options.tpott.*tpot
{"replicas":[{"faults":["explode"]}]}|faults\[0\]: fault .explode.
{"replicas":[{}],"events":[{"at":"1s","replica":"x","do":"kill"}]}|no replica .x.
ROWS
finish
