#!/bin/bash
# HTTP/2 streams that the server breaks: refused before a byte, reset in the middle,
# ended without their end, and connections that go. Each is counted once, in its class.
. "${0%/*}/lib/world.sh"
fake=0
trap '[ "$fake" -eq 0 ] || kill "$fake" 2>/dev/null; rm -rf "$dir"' EXIT

if ! "$gust" doctor --host-only --http 2 2>&1 | grep -q HTTP/2; then
    echo "libcurl was built without HTTP/2"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
fi

profile 10 5
# Every fourth of the streams gets the fault. What the server logged is the truth.
strike() { # FAULT ARGS...: a run into $dir/FAULT
    local fault=$1
    shift
    rm -f "$dir/port"
    : >"$dir/log"
    "$tools/fake_h2" "$dir/port" "$dir/log" "$fault" 4 &
    fake=$!
    while [ ! -s "$dir/port" ]; do
        kill -0 "$fake" 2>/dev/null || break
        read -rt 0.01 <> <(:)
    done
    url=http://127.0.0.1:$(cat "$dir/port")
    run "$fault" "$dir/profile.json" --dialect openai --model m --http 2 --rate 60/s --limit 40 \
        --warmup 0s --stop-on 100% --scrape none "$@"
    kill "$fake"
    wait "$fake" 2>/dev/null
    fake=0
    struck=$(grep -c "^$fault$" "$dir/log") whole=$(grep -c '^ok$' "$dir/log")
}

while read -r fault class; do
    strike "$fault"
    check "$fault: as many are struck as should be" "$struck $whole" '^10 30$'
    check "$fault: those are class $class" "$(manifest "$fault" "$class")" '^10$'
    check "$fault: the others succeed" "$(manifest "$fault" succeeded)" '^30$'
    check "$fault: none was sent twice" "$(manifest "$fault" attempts) $(manifest "$fault" hidden)" '^40 0$'
done <<'ROWS'
reset http2
quiet truncated_stream
goaway http2
close truncated_stream
ROWS

# a refused stream may be sent again, and libcurl does: counted, or not allowed
strike refuse
check "refuse: all succeed in the end" "$(manifest refuse succeeded) $whole" '^40 40$'
check "refuse: each refusal is a hidden attempt" "$(manifest refuse hidden)" "^$struck$"
check "refuse: every attempt is counted" "$(manifest refuse attempts)" "^$((struck + whole))$"
strike refuse --strict-attempts
check "refuse, strict: those are class http2" "$(manifest refuse http2) $struck" '^10 10$'
check "refuse, strict: the others succeed" "$(manifest refuse succeeded) $whole" '^30 30$'
check "refuse, strict: none hidden" "$(manifest refuse hidden)" '^0$'
finish
