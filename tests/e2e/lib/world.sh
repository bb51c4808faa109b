# shellcheck shell=bash
# What the end-to-end tests share: a server of our own on a free port, a run
# against it, and checks that are counted. Source it; end with `finish`.
set -u
gust=${GUST:-build/gust}
tools=${BUILD:-build}/tests/e2e
dir=$(mktemp -d) || exit 1
server=0 passed=0 failed=0 skipped=0
trap '[ "$server" -eq 0 ] || kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT

pass() {
    passed=$((passed + 1))
}

fail() { # NAME WHAT
    failed=$((failed + 1))
    printf 'FAILED %s: %s\n' "$1" "$2"
}

check() { # NAME ACTUAL EXPECTED-EXPRESSION
    if [[ $2 =~ $3 ]]; then
        pass
    else
        fail "$1" "got \"$2\", expected $3"
    fi
}

check_le() { # NAME ACTUAL MOST (whole numbers)
    if [ "$2" -le "$3" ] 2>/dev/null; then
        pass
    else
        fail "$1" "$2 is more than $3"
    fi
}

check_ge() { # NAME ACTUAL LEAST
    if [ "$2" -ge "$3" ] 2>/dev/null; then
        pass
    else
        fail "$1" "$2 is less than $3"
    fi
}

start_server() { # OPTIONS...: sets $url; the truth is in $dir/truth
    rm -f "$dir/port" "$dir/truth"
    "$gust" mock --listen 127.0.0.1:0 --port-file "$dir/port" --truth "$dir/truth" \
        "$@" >"$dir/server.log" 2>&1 &
    server=$!
    for _ in $(seq 1000); do
        [ -s "$dir/port" ] && break
        kill -0 "$server" 2>/dev/null || break
        read -rt 0.01 <> <(:)
    done
    if [ ! -s "$dir/port" ]; then
        fail "the server starts" "$(cat "$dir/server.log")"
        finish
    fi
    url=http://127.0.0.1:$(cat "$dir/port")
}

stop_server() {
    kill "$server"
    wait "$server"
    server=0
}

run() { # NAME ARGS...: a run against the server into $dir/NAME; sets $code
    local name=$1
    shift
    rm -rf "${dir:?}/$name"
    "$gust" run "$@" --target "$url" --out "$dir/$name" --quiet --no-report \
        >"$dir/$name.out" 2>"$dir/$name.err"
    code=$?
}

is_sanitised() { # is the program built with a sanitiser?
    grep -qaE '__(asan|tsan)_init' "$gust"
}

profile() { # PROMPT OUTPUT: a profile of one class with constant lengths
    printf '{"name":"e2e","classes":[{"name":"chat","api":"chat","prompt":%s,"output":%s}],
        "arrival":{"kind":"poisson","rate":"10/s"}}\n' "$1" "$2" >"$dir/profile.json"
}

manifest() { # NAME KEY: the number or word behind the first "KEY" in run.json
    sed -n "s/^ *\"$2\": \"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}$/\1/p" "$dir/$1/run.json" |
        head -n 1
}

finish() {
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ]
    exit
}
