#!/bin/bash
# The judge on live runs: `gust canary` against pairs of built-in servers whose truth
# is known, many times, and what it said.
#
#   make live-table                      all of it: an hour and a quarter on two cores
#   LIVE_ROWS="aa errors" make live-table      these scenarios
#   LIVE_RUNS=2 JOBS=4 make live-table   fewer runs of each row, fewer at once
#
# Rows are scenario x {whole, early} x {mirror, split}; each run has a server per arm
# and seeds of its own for the load and for each server. JOBS runs go on side by side
# (a run costs about 5 % of a core). What is done is done: rows.tsv gets a line per
# run, and a second call runs what is missing, with the program of the first call.
#
# A run in which this machine kept the generator from sending in time is void: the
# judge says so, it is tried again, and the table counts it; so is one that could not
# begin, as when a fault meets the first probe. Nothing else is repeated.
# Others on this machine do that: `chrt -r 1 make live-table` (as root) keeps them off.
#
# Exit code 0: every row is complete and as it must be; 1: one is not as it must be;
# 4: runs are missing.
set -u
here=$(cd "$(dirname "$0")" && pwd)
build=${BUILD:-$(cd "$here/../.." && pwd)/build}
cores=$(nproc)
jobs=${JOBS:-$((cores * 6))}
runs=${LIVE_RUNS:-20}
seconds=${LIVE_SECONDS:-160} # of a run that is not stopped early
more=${LIVE_MORE:-60}        # at most, while its verdict is open
rate=10                      # requests per second and arm
tries=4                      # of a run whose generator was late
out=${LIVE_DIR:-$build/live}
gust=$out/gust
mkdir -p "$out/runs" || exit 3

# ---- what is compared

# Both servers: time to the first token, of which a part hangs on the prompt and is
# spent one prompt at a time; tokens. The baseline has a few errors, as everywhere.
healthy="--slots 16 --ttft 80ms --prefill 100us --tpot 10ms --jitter 0.2"
errors="--fault status=500:0.1%"

# NAME | further options of the canary's server | what must come out
export scenarios="
aa       | $errors                                     | not NO_GO
ttft     | $errors --ttft 120ms --prefill 150us        | NO_GO
errors   | --fault status=500:2%                       | NO_GO
failfast | $errors --context 460                       | NO_GO
faster   | --ttft 64ms --prefill 80us --tpot 9ms       | GO
"
# failfast: the longest twentieth of the requests is refused at once; those left are
# quicker than the baseline's. faster: with no error, as a GO is demanded every time:
# with as many as the baseline's, one in twenty runs has too many by chance.

write_profile() {
    cat <<'JSON'
{"name":"live",
 "classes":[{"name":"chat","api":"chat",
   "prompt":{"kind":"lognormal","mean":200,"cv":0.6,"max":1000},
   "output":{"kind":"uniform","min":20,"max":44}}],
 "arrival":{"kind":"poisson","rate":"10/s"},
 "slos":["success >= 99%","ttft p95 <= 500ms"]}
JSON
}

options_of() { # SCENARIO: what differs in the canary
    printf '%s' "$scenarios" | awk -F '|' -v s="$1" '$1 ~ "^" s " *$" { print $2 }'
}

# ---- one run

wait_for_port() { # FILE PID
    while kill -0 "$2" 2>/dev/null; do
        [ -s "$1" ] && return
        read -rt 0.02 <> <(:)
    done
    return 1
}

serve() { # DIR NAME SEED OPTIONS...: sets $url, adds to $pids
    local dir=$1 name=$2 seed=$3
    shift 3
    "$gust" mock --listen 127.0.0.1:0 --port-file "$dir/$name.port" --seed "$seed" "$@" \
        >"$dir/$name.log" 2>&1 &
    pids="$pids $!"
    wait_for_port "$dir/$name.port" $! || return 1
    url=http://127.0.0.1:$(cat "$dir/$name.port")
}

end_servers() {
    # shellcheck disable=SC2086 # several numbers
    [ -z "$pids" ] || { kill $pids && wait $pids; } 2>/dev/null
    pids=
}

# SCENARIO STOP SPLIT NUMBER TRY: a line for rows.tsv. The seeds follow from all five.
one_run() {
    local scenario=$1 stop=$2 split=$3 number=$4 try=$5
    local dir=$out/runs/$scenario-$stop-$split-$number-$try pids='' url=''
    local seed code baseline
    seed=$(printf '%s' "$*" | cksum | cut -d ' ' -f 1)
    rm -rf "$dir"
    mkdir -p "$dir"
    trap 'end_servers; exit 143' TERM
    # shellcheck disable=SC2086,SC2046 # options are words
    serve "$dir" baseline "$((seed + 1))" $healthy $errors && baseline=$url &&
        serve "$dir" canary "$((seed + 2))" $healthy $(options_of "$scenario") || {
        end_servers
        return 1
    }
    set -- --rate $rate/s --split mirror
    [ "$split" = mirror ] || set -- --rate $((2 * rate))/s --split 50/50
    [ "$stop" = whole ] || set -- "$@" --early-stop
    "$gust" canary "$out/profile.json" --baseline "$baseline" --canary "$url" "$@" \
        --duration "${seconds}s" --max-duration "$((seconds + more))s" \
        --warmup "$(((seconds + 5) / 11))s" --seed "$((seed + 3))" --out "$dir/run" \
        --no-report --quiet --format json >"$dir/verdict.json" 2>"$dir/err" &
    pids="$pids $!"
    wait $!
    code=$?
    end_servers
    awk -v row="$scenario	$stop	$split	$number	$try	$code" -f "$here/live_row.awk" \
        "$dir/run/run.json" "$dir/verdict.json" 2>"$dir/awk" >"$dir/row" ||
        printf '%s\tFAILED\t0\t0\t0\t0\texit_%s\n' \
            "$scenario	$stop	$split	$number	$try	$code" "$code" >"$dir/row"
    cat "$dir/row" >>"$out/rows.tsv" # one write, whole lines
    is_as_it_must "$dir/row" && rm -rf "$dir/run"
    awk -F '\t' '{ printf("%-8s %-5s %-6s %2d: %s after %.0f s%s\n", $1, $2, $3, $4, $7, $8,
        $12 == "" ? "" : " (" $12 ")") }' "$dir/row"
}

is_as_it_must() { # FILE: its row needs no looking at
    awk -F '\t' -v check=1 -f "$here/live_demand.awk" "$1"
}

# The tries of a run so far: "" none, N of which the last was void, "done".
state_of() { # SCENARIO STOP SPLIT NUMBER
    awk -F '\t' -v key="$1 $2 $3 $4" -v tries=$tries '
        $1 " " $2 " " $3 " " $4 == key {
            n++
            is_void = $7 == "FAILED" || ($7 == "INCONCLUSIVE" && $12 ~ /generator/)
        }
        END { print n == 0 ? 0 : is_void && n < tries ? n : "done" }' "$out/rows.tsv"
}

# All tries of one run.
whole_run() {
    local try
    while try=$(state_of "$@") && [ "$try" != done ]; do
        one_run "$@" "$((try + 1))" || return
    done
}

# ---- all runs, JOBS at once

names() {
    printf '%s' "$scenarios" | awk -F '|' '$1 ~ /[a-z]/ { print $1 }'
}

list_runs() { # every row gets its first run before any its second
    local number scenario stop split
    for number in $(seq "$runs"); do
        for scenario in ${LIVE_ROWS:-$(names)}; do
            for stop in ${LIVE_STOPS:-whole early}; do
                for split in ${LIVE_SPLITS:-mirror split}; do
                    echo "$scenario $stop $split $number"
                done
            done
        done
    done
}

children=()
interrupted() {
    trap - INT TERM
    kill "${children[@]}" 2>/dev/null
    wait
    echo "interrupted: the same command goes on where this one ended"
    exit 130
}

write_results() {
    wanted=$(list_runs | head -n "$(($(list_runs | wc -l) / runs))") \
        awk -F '\t' -v runs="$runs" -f "$here/live_demand.awk" -f "$here/live_table.awk" \
        "$out/rows.tsv" >"$out/RESULTS.new"
    local code=$?
    {
        cat "$out/RESULTS.new"
        echo
        cat "$out/machine.md"
    } >"$out/RESULTS.md"
    rm -f "$out/RESULTS.new"
    return $code
}

describe_machine() {
    echo "Measured from $(date -u +%Y-%m-%dT%H:%MZ) by gust $("$gust" --version | awk '{ print $2 }')" \
        "(sha256 $(sha256sum "$gust" | cut -c 1-12)) on $cores cores" \
        "($(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)), kernel $(uname -r)," \
        "$jobs runs at once, servers and generator on the same machine."
}

# The program and the settings of the first call; other settings would mix rows.
prepare() {
    local settings
    settings="seconds $seconds+$more rate $rate servers $(printf '%s%s' "$healthy" "$scenarios" | cksum)"
    [ -x "$gust" ] || cp "${GUST:-$build/gust}" "$gust" || exit 3
    [ -s "$out/settings" ] || echo "$settings" >"$out/settings"
    [ -s "$out/machine.md" ] || describe_machine >"$out/machine.md"
    if [ "$(cat "$out/settings")" != "$settings" ]; then
        echo "live.sh: $out has rows of other settings: remove it to begin again" >&2
        exit 2
    fi
    write_profile >"$out/profile.json"
    touch "$out/rows.tsv"
}

run_all() {
    local running=0 row
    trap interrupted INT TERM
    while read -r row; do
        # shellcheck disable=SC2086 # the words of a row are words
        [ "$(state_of $row)" != done ] || continue
        if [ "$running" -ge "$jobs" ]; then
            wait -n
            running=$((running - 1))
        fi
        # shellcheck disable=SC2086
        whole_run $row </dev/null &
        children+=("$!")
        running=$((running + 1))
        read -rt 0.2 <> <(:) # servers do not all start at once
    done < <(list_runs)
    wait
    trap - INT TERM
}

main() {
    prepare
    run_all
    write_results
    local code=$?
    echo
    cat "$out/RESULTS.md"
    exit $code # here: the script may have been replaced meanwhile
}

main
