#!/bin/bash
# The control port: faults are listed, set and cleared while the server runs, with the
# counters beside; mistakes are refused and change nothing. Then the timeline: what the
# client saw of a fault against its window in the truth file, by recorded stamps alone.
. "${0%/*}/lib/world.sh"

ask() { # METHOD PATH [BODY]: answer and status
    curl -s -m 10 -X "$1" ${3:+-d "$3"} -w '%{http_code}' "$control$2"
}

chat() { # status of a request to the model
    curl -s -m 10 -o "$dir/body" -w '%{http_code}' "$url/v1/chat/completions" \
        -d '{"model":"m","messages":[{"role":"user","content":"hi"}],"max_tokens":3}'
}

edges() { # EVENT FAULT_ID: its time in the truth
    sed -n "s/.*\"event\":\"$1\",\"fault_id\":$2,.*\"at_ns\":\([0-9]*\),.*/\1/p" "$dir/truth"
}

start() { # OPTIONS...
    start_server --dialect openai --ttft 2ms --tpot 1ms --control 0 \
        --control-file "$dir/control" "$@"
    control=http://127.0.0.1:$(cat "$dir/control")
}

start --fault status=503:0%
check "it is said where the port is" "$(cat "$dir/server.log")" "control on $control"
check "well at first" "$(chat)" '^200$'
check "one is set" "$(ask GET /faults)" \
    '"id":1,"fault":"status=503:0%","kind":"status","share":0,"on":true.*200$'
check "another" "$(ask POST /faults '{"fault":"status=500"}')" '"id":2.*201$'
check "it strikes" "$(chat)" '^500$'
check "and is counted" "$(ask GET /faults)" '"id":2,.*"struck":1\}'
check "it is cleared" "$(ask DELETE /faults/2)" '^\{"cleared":1\}.200$'
check "well again" "$(chat)" '^200$'
check "once" "$(ask DELETE /faults/2)" 'there is no fault 2.*404$'

while IFS='|' read -r method path body expected; do
    check "$method $path $body" "$(ask "$method" "$path" "$body")" "$expected"
done <<'ROWS'
POST|/faults|{"fault":"explode"}|no such kind as ..explode.*400$
POST|/faults|{"fault":"status=500:120%"}|no share.*400$
POST|/faults|{"falt":"reset"}|falt.*fault.*400$
POST|/faults|{"fault":7}|fault.*400$
POST|/faults|{"fault"|the body.*400$
POST|/faults|[]|400$
DELETE|/faults/x|x|404$
DELETE|/nothing||no such path.*404$
PUT|/faults|{}|does not take that method.*405$
GET|/replicas||no such path.*404$
ROWS
check "none of them was set" "$(ask GET /faults)" '^[^}]*"id":1[^}]*\}\]\}.200$'
check "the kinds" "$(ask GET /kinds)" '"kind":"stall","value":"=DURATION","of":"requests"'
check "the counters" "$(ask GET /status)" '"requests":3,"refused":1,"struck":1,"completed":2'

# a closed port, and all connections dropped
check "closed" "$(ask POST /faults '{"fault":"closed"}')" '201$'
check "nobody listens" "$(chat)" '^000$'
check "the counters say so" "$(ask GET /status)" '"is_closed":true'
check "everything is cleared" "$(ask DELETE /faults)" '"cleared":2.*200$'
check "open again" "$(chat)" '^200$'
check "loading" "$(ask POST /faults '{"fault":"loading"}')" '201$'
check "503" "$(chat)" '^503$'
check "health, too" "$(curl -s -m 10 -o /dev/null -w '%{http_code}' "$url/health")" '^503$'
check "cleared" "$(ask DELETE /faults)" '"cleared":1.*200$'

# memory for one: of two at once the second waits or is preempted, both succeed
check "little memory" "$(ask POST /faults '{"fault":"memory=40"}')" '201$'
for i in 1 2 3 4; do
    curl -s -m 20 -o "$dir/long$i" "$url/v1/chat/completions" -d '{"model":"m","stream":true,
        "messages":[{"role":"user","content":"one two three"}],"max_tokens":200}' &
    pids[i]=$!
done
for i in 1 2 3 4; do
    wait "${pids[i]}"
    check "stream $i is whole" "$(grep -c '^data: {.*"content":" ' "$dir/long$i")" '^200$'
done
check "it took preemptions" "$(ask GET /status)" '"preempted":[1-9]'
check "which are in the metrics" "$(curl -s -m 10 "$url/metrics")" \
    'vllm:num_preemptions_total\{[^}]*\} [1-9]'
check "cleared" "$(ask DELETE /faults)" '"cleared":1'

# the engine dies: 500, and then the server is gone
check "a dying engine" "$(ask POST /faults '{"fault":"engine-dead@0s+300ms"}')" '201$'
check "500" "$(chat)" '^500$'
wait "$server"
check "it ends" "$?" '^0$'
server=0
check "the truth has starts" "$(grep -c '"event":"fault_start"' "$dir/truth")" '^6$'
check "and as many ends" "$(grep -c '"event":"fault_end"' "$dir/truth")" '^6$'
check "the preempted are named" "$(grep -c '"preemptions":[1-9]' "$dir/truth")" '^[1-9]'

# key rotation: both keys, then the new one only
export NEW_KEY=new-key OLD_KEY=old-key
keyed() { # KEY: status
    curl -s -m 10 -o /dev/null -w '%{http_code}' "$url/v1/chat/completions" \
        -H "Authorization: Bearer $1" -d '{"model":"m","messages":[],"max_tokens":1}'
}
start --key-env NEW_KEY --old-key-env OLD_KEY
check "both keys are good" "$(keyed new-key) $(keyed old-key) $(keyed no-key)" '^200 200 401$'
check "rotated" "$(ask POST /faults '{"fault":"key-refused=old"}')" '201$'
check "one key is good" "$(keyed new-key) $(keyed old-key)" '^200 401$'
check "only the old one was struck" "$(ask GET /faults)" '"struck":1\}'
stop_server
"$gust" mock --old-key-env OLD_KEY >"$dir/bad" 2>&1
check "an old key alone" "$? $(cat "$dir/bad")" '^2 .*--old-key-env OLD_KEY: --key-env must name the new key$'
"$gust" mock --control-file "$dir/x" >"$dir/bad" 2>&1
check "a control file alone" "$? $(cat "$dir/bad")" '^2 .*--control-file .*: without --control there is no port$'
"$gust" mock --control 70000 >"$dir/bad" 2>&1
check "no port" "$? $(cat "$dir/bad")" '^2 .*--control 70000: a port is wanted, 0..65535$'

# what is spent is spent: each request takes eight tokens and makes three
start --spend-limit 20
for _ in 1 2 3 4 5; do
    chat
    echo
done >"$dir/statuses"
check "until it is spent, then never" "$(tr '\n' ' ' <"$dir/statuses")" '^200 200 429 429 429 $'
check "for the reason of money" "$(cat "$dir/body")" 'insufficient_quota'
stop_server
# a bucket: sixty at once, and one a second comes back
start --rpm 60 --quota refill
for _ in $(seq 64); do
    chat
    echo
done >"$dir/statuses"
check_ge "a bucket gives all it has" "$(grep -c 200 "$dir/statuses")" 60
stop_server

# the list has every kind, with its words
"$gust" mock --faults >"$dir/kinds"
check_ge "kinds" "$(wc -l <"$dir/kinds")" 50
check "a row of it" "$(grep '^stall' "$dir/kinds")" '^stall=DURATION +silence inside the stream$'

# Timeline. A request reached the server between its client's stamps of start and end.
# So who got 503 was open at some time of the window, and who did not was not inside it
# from start to end. The first 503 comes within half a second of the window's start: at
# 80 requests a second it is due there.
profile 20 3
start --fault status=503@600ms+700ms
run r "$dir/profile.json" --rate 80/s --duration 1.6s --warmup 0s --records --stop-on 100%
stop_server
t0=$(manifest r monotonic_ns)
begin=$(edges fault_start 1) end=$(edges fault_end 1)
check "the window is as long as it should be" "$((end - begin))" '^700000000$'
zstd -qdc "$dir/r/requests.csv.zst" | awk -F, -v offset=$((${t0%,} - begin)) \
    -v length_ns=$((end - begin)) '
    NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
    {
        sent = offset + $at["due_ns"] + $at["lag_ns"]
        done = offset + $at["end_ns"]
        if ($at["outcome"] == "unavailable_503") {
            struck++
            if (done < 0 || sent >= length_ns) wrong++
            if (struck == 1 || done < first) first = done
        } else if ($at["outcome"] == "ok") {
            spared++
            if (sent >= 0 && done < length_ns) wrong++
        } else
            other++
    }
    END { printf "%d %d %d %d %d\n", struck, spared, other, wrong, first / 1e6 }' >"$dir/line"
read -r struck spared other wrong first <"$dir/line"
check_ge "many are struck" "$struck" 20
check_ge "many are spared" "$spared" 20
check "nothing else happens" "$other" '^0$'
check "all by the window of the truth" "$wrong" '^0$'
check_le "the client sees its start" "$first" 500
finish
