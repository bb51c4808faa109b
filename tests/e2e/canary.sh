#!/bin/bash
# gust canary: both arms in one run, the verdict as exit code, hooks of a rollout.
. "${0%/*}/lib/world.sh"

start_arm() { # NAME OPTIONS...: a server beside others; its URL lands in $NAME
    local name=$1
    shift
    rm -f "$dir/port.$name"
    "$gust" mock --listen 127.0.0.1:0 --port-file "$dir/port.$name" --slots 500 --jitter 0.1 \
        "$@" >/dev/null 2>&1 &
    arms+=("$!")
    for _ in $(seq 1000); do
        [ -s "$dir/port.$name" ] && break
        read -rt 0.01 <> <(:)
    done
    printf -v "$name" 'http://127.0.0.1:%s' "$(cat "$dir/port.$name")"
}

arms=() early=
trap 'kill "${arms[@]}" ${early:+"$early"} 2>/dev/null; rm -rf "$dir"' EXIT
start_arm good --dialect openai --ttft 20ms --tpot 2ms
start_arm same --dialect openai --ttft 20ms --tpot 2ms
start_arm bad --dialect openai --ttft 20ms --tpot 2ms --fault status=500:30% --seed 3
cat >"$dir/p.json" <<'JSON'
{"name":"gate","classes":[{"name":"chat","api":"chat","prompt":40,"output":10}],
 "arrival":{"kind":"poisson","rate":"40/s"},"slos":["success >= 99%","ttft p95 <= 500ms"]}
JSON

# NAME CANARY ARGS...: sets $code and $judged. A machine that is too busy to generate
# load gets no verdict, which is right, but not what is tested here: asked once more,
# and then what hangs on the verdict is skipped.
judge() {
    local name=$1 canary=$2
    shift 2
    for _ in 1 2; do
        rm -rf "${dir:?}/$name" "$dir/weights"
        "$gust" canary "$dir/p.json" --baseline "$good" --canary "$canary" --warmup 1s \
            --quiet --out "$dir/$name" "$@" >"$dir/$name.out" 2>"$dir/$name.err"
        code=$?
        judged=1
        grep -q 'generator' "$dir/$name.out" || return
        judged=0
        [ "$SECONDS" -lt 40 ] || return
    done
}

check_judged() { # as check, where there was a verdict to give
    if [ "$judged" -eq 1 ]; then
        check "$@"
    else
        skipped=$((skipped + 1))
    fi
}

# A minute until the first early look: it runs beside the others.
"$gust" canary "$dir/p.json" --baseline "$good" --canary "$bad" --warmup 1s --rate 8/s \
    --early-stop --duration 150s --quiet --out "$dir/early" >"$dir/early.out" 2>&1 &
early=$!

judge worse "$bad" --duration 6s
check_judged "a failing canary: exit code" "$code" '^1$'
check_judged "a failing canary: the verdict" "$(head -n 1 "$dir/worse.out")" '^NO-GO'
check_judged "a failing canary: the file" "$(cat "$dir/worse/report/verdict.json")" '"verdict": *"NO_GO"'
check "both arms got the same requests" \
    "$(grep -c '"kind":"slice".*"arm":"baseline"' "$dir/worse/intervals.jsonl" | awk '{ print ($1 > 5) }')" '^1$'
check "both clocks were watched" "$(cat "$dir/worse/run.json")" '"clock_drift_s": -?[0-9]'
check "judged again from the run directory" \
    "$("$gust" compare "$dir/worse" --format json | cmp - "$dir/worse/report/verdict.json" 2>&1)" '^$'

judge equal "$same" --duration 6s
check "too short for a GO: exit code" "$code" '^4$'
check "too short for a GO: the reason" "$(cat "$dir/equal/report/verdict.json")" 'too_short'
judge equal2 "$same" --duration 6s --gate-mode advisory --split 50/50
check "advisory: exit code" "$code" '^0$'
check "advisory: says so" "$(cat "$dir/equal2.err")" 'advisory'

judge longer "$bad" --duration 4s --max-duration 20s
check_judged "an open verdict goes on, a proven one ends it" "$code" '^1$'
check_judged "by the longest time at last" "$(sed -n 's/^ *"elapsed_s": \([0-9]*\).*/\1/p' "$dir/longer/run.json")" \
    '^([4-9]|1[0-9]|20)$'

judge rolled "$bad" --steps 10,100 --bake 8s --on-step "echo \"\$GUST_WEIGHT\" >>$dir/weights" \
    --on-nogo "echo \"back from \$GUST_WEIGHT \$GUST_VERDICT\" >>$dir/weights"
check_judged "rollout: a NO-GO rolls back" "$code" '^1$'
check_judged "rollout: the hooks had their facts" "$(tr '\n' ';' <"$dir/weights")" '^10;back from 10 NO_GO;$'
judge stuck "$bad" --steps 10 --bake 8s --on-nogo 'exit 9'
check_judged "a failed rollback: exit code" "$code" '^6$'
check_judged "a failed rollback is shouted" "$(cat "$dir/stuck.err")" 'ROLLBACK FAILED.*exit code 9'
judge unset "$same" --steps 10 --bake 6s --on-step 'exit 3' --on-nogo true
check "a weight that cannot be set: exit code" "$code" '^3$'

while IFS='|' read -r name want expression words; do
    [ -n "${name// /}" ] || continue
    # shellcheck disable=SC2086 # the words of a row are words
    "$gust" canary "$dir/p.json" $words >"$dir/out" 2>"$dir/err"
    check "$name: exit code" $? "^$(echo $want)\$"
    check "$name: the line" "$(cat "$dir/err")" "$(echo $expression)"
done <<ROWS
no canary      | 2 | --canary is missing           | --baseline $good
odd split      | 2 | --split: .70. is not mirror   | --baseline $good --canary $same --split 70
odd steps      | 2 | --steps: .50,10. is not a list | --baseline $good --canary $same --steps 50,10
canary down    | 3 | connect_refused               | --baseline $good --canary http://127.0.0.1:1
ROWS

wait "$early"
code=$? judged=1
! grep -q 'generator' "$dir/early.out" || judged=0
check_judged "an early look: exit code" "$code" '^1$'
check_judged "an early look: says so" "$(cat "$dir/early.out")" 'an early look'
check_judged "an early look ended it" "$(cat "$dir/early/run.json")" '"decided_s": [1-9]'
check "an early look: judged again from the run directory" \
    "$("$gust" compare "$dir/early" --format json | cmp - "$dir/early/report/verdict.json" 2>&1)" '^$'
finish
