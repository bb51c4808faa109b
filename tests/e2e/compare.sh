#!/bin/bash
# gust compare on made-up runs of known truth: the verdict is the exit code, in every
# format; bad input is a clear line and never a GO.
. "${0%/*}/lib/world.sh"
cd "$dir" || exit 1
gust=$(cd "$OLDPWD" && realpath "$gust") tools=$(cd "$OLDPWD" && realpath "$tools")

fake() { # NAME SECONDS SEED TTFT TPOT FAILURES
    "$tools/fake_canary" "$1" "$2" 20 "$3" "$4" "$5" "$6" || fail "fake $1" "not written"
}

compare() { # NAME ARGS...: sets $code; output in NAME.out and NAME.err
    local name=$1
    shift
    "$gust" compare "$@" >"$name.out" 2>"$name.err"
    code=$?
}

fake base 300 1 1 1 0.001
fake same 300 2 1 1 0.001
fake slow 300 3 1.4 1 0.001
fake sick 300 4 1 1 0.05
fake short 60 5 1 1 0.001
fake slower 300 6 1.4 1 0.001
cp -r base copy
echo '{"p95_ttft_ms": 120.5, "completed": 3000}' >bench.json
mkdir summary && echo '{"schema": 1}' >summary/summary.json

# NAME | arguments | exit code | expression on standard output or error
while IFS='|' read -r name arguments expected words; do
    read -r name <<<"$name"
    read -r expected <<<"$expected"
    read -r words <<<"$words"
    [ -n "$name" ] || continue
    # shellcheck disable=SC2086
    compare out $arguments
    check "$name: exit code" "$code" "^$expected\$"
    check "$name: words" "$(cat out.out out.err)" "$words"
done <<'ROWS'
alike              | base same                            | 0 | ^GO
slower             | base slow                            | 1 | ^NO-GO.*time to first token
failing            | base sick                            | 1 | ^NO-GO.*failed requests
faster             | slow base                            | 0 | ^GO
too short          | base short                           | 4 | ^INCONCLUSIVE.*60 usable seconds
options name runs  | --baseline base --canary slow        | 1 | ^NO-GO
several, by dashes | base -- slow                         | 1 | ^NO-GO
several each       | base same -- slow slower             | 1 | ^NO-GO.*base, same|NO-GO
one run, both arms | base base                            | 2 | base and base are one run, run_id base: it counts once
a copy of a run    | base copy                            | 2 | base and copy are one run
a run twice        | base same -- slow slow               | 2 | slow and slow are one run
a run twice, alike | --aa base same slow short copy       | 2 | base and copy are one run
percentiles        | base bench.json                      | 2 | bench.json: is no run directory but a file; percentiles .* cannot be judged
a summary          | base summary                         | 2 | summary: is no run directory: it has no run.json; percentiles
advisory           | base slow --gate-mode advisory       | 0 | advisory: NO-GO, and the exit code is 0
json               | base slow --format json              | 1 | "verdict": "NO_GO"
markdown           | base slow --format markdown          | 1 | ^### NO-GO
junit              | base slow --format junit             | 1 | <failure type="NO_GO"
github             | base slow --format github            | 1 | ^::error title=canary::NO-GO
a score            | base slow --format kayenta           | 1 | "classification": "Fail"
one arm            | base                                 | 2 | name a run of the other arm
no run             |                                      | 2 | put -- between the arms
three runs         | base same slow                       | 2 | put -- between the arms
no such run        | base gone                            | 2 | gone: no such run directory
one arm by option  | --baseline base                      | 2 | name runs of both
no such policy     | base same --policy gone.json         | 2 | gone.json
no such noise      | base same --calibration gone.json    | 2 | gone.json
too few to measure | --aa base same                       | 2 | at least 5
ROWS

# The printed policy is a policy, and a stricter one decides otherwise.
compare policy --print-policy
check "print-policy" "$code" '^0$'
compare again base same --policy policy.out
check "the printed policy judges alike" "$code" '^0$'
sed 's/"seconds_min": 120/"seconds_min": 600/' policy.out >longer.json
compare longer base same --policy longer.json
check "a policy that wants 600 s" "$code" '^4$'
echo '{"schema":1,"gates":[{"metric":"tttf","margin":0.1}]}' >wrong.json
compare wrong base same --policy wrong.json
check "a wrong policy" "$code $(cat wrong.err)" '^2 gust: wrong.json: gates\[0\].metric'

# Files, and the same bytes each time.
compare first base slow --out first
compare second base slow --out second
for file in verdict.json verdict.md junit.xml; do
    check "$file is there" "$(wc -c <"first/$file")" '^[1-9]'
    check "$file: same bytes" "$(cmp "first/$file" "second/$file" && echo same)" '^same$'
done

# Noise of the environment: measured, written, cited.
for i in 1 2 3 4 5; do fake "aa$i" 130 "1$i" 1 1 0.001; done
compare calibrate --aa aa1 aa2 aa3 aa4 aa5 --calibration noise.json
check "calibrate" "$code" '^0$'
check "tau of every latency" "$(grep -c '"tau"' noise.json)" '^[5-9]$'
compare cited base same --calibration noise.json
check "cited" "$code $(cat cited.out)" '^0 .*calibrated'

# Broken directories: a clear line, never a GO.
broken() { # NAME: a copy of a good run
    rm -rf broken
    cp -r same broken
}
broken
printf '{"kind":"sl\n' >>broken/intervals.jsonl
compare broken base broken
check "corrupt line" "$code $(cat broken.err)" '^2 gust: broken/intervals.jsonl line [0-9]+: '
broken
sed -i 's/"schema":1/"schema":9/' broken/run.json
compare broken base broken
check "newer schema" "$code $(cat broken.err)" '^2 .*use a newer gust'
broken
sed -i 's/"status":"complete"/"status":"interrupted"/' broken/run.json
compare broken base broken
check "interrupted" "$code $(cat broken.out)" '^4 .*incomplete'
broken
sed -i 's/5f0c9f1a3bd2e417/0000000000000000/' broken/run.json
compare broken base broken
check "another profile" "$code $(cat broken.out)" '^4 .*config_mismatch'
broken
sed -i 's/"clock_drift_s":-0.25/"clock_drift_s":-0.75/' broken/run.json
compare broken base broken
check "the clock was set" "$code $(cat broken.out)" '^4 .*drifted apart by -0.75 s'
broken
sed -i '/ttft/d' broken/latency.hlog
compare broken base broken
check "values are missing" "$code" '^[124]$'
broken
sed -i '2000,$d' broken/latency.hlog
compare broken base broken
check "half of the log is missing" "$code $(cat broken.out)" '^4 .*books'
broken
: >broken/intervals.jsonl
compare broken base broken
check "no data in one arm" "$code $(cat broken.out)" '^4 .*no_data'
finish
