#!/bin/bash
# A client of toxiproxy drives `gust proxy`: the package toxiproxy-python, as it is.
#
# TOXIPROXY_PYTHON names a Python that has it; else pip installs it into a folder that
# is removed at the end, when TOXIPROXY_INSTALL is set.
. "${0%/*}/../e2e/lib/world.sh"
here=${0%/*}
proxy=0
trap '[ "$proxy" -eq 0 ] || kill "$proxy" 2>/dev/null; rm -rf "$dir"' EXIT

find_python() {
    for python in "${TOXIPROXY_PYTHON:-}" python3; do
        [ -n "$python" ] && "$python" -c 'import toxiproxy' 2>/dev/null &&
            echo "$python" && return
    done
    [ -n "${TOXIPROXY_INSTALL:-}" ] && python3 -m venv "$dir/venv" >/dev/null 2>&1 &&
        "$dir/venv/bin/pip" install -q toxiproxy-python requests future >/dev/null 2>&1 &&
        echo "$dir/venv/bin/python"
}

python=$(find_python)
if [ -z "$python" ]; then
    echo "needs a Python with toxiproxy-python: TOXIPROXY_PYTHON, or TOXIPROXY_INSTALL=1"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
fi
"$gust" proxy --control 0 --control-file "$dir/control" >"$dir/proxy.log" 2>&1 &
proxy=$!
for _ in $(seq 1000); do
    [ -s "$dir/control" ] && break
    kill -0 "$proxy" 2>/dev/null || break
    read -rt 0.01 <> <(:)
done
"$python" "$here/toxiproxy_client.py" "$(cat "$dir/control")" >"$dir/out" 2>&1
code=$?
grep -v ' passed, ' "$dir/out"
check "the client comes to its end" "$code" '^0$'
check "nothing failed" "$(tail -n 1 "$dir/out")" '^[1-9][0-9]* passed, 0 failed$'
finish
