#!/bin/sh
# Our logs against HdrHistogram for Java (Debian: libhdrhistogram-java): its
# HistogramLogProcessor must print the same percentiles, mean, maximum and counts for
# every tag, and its API the same counts; and we must read what it writes.
set -u
here=$(dirname "$0")
ours=${BUILD:-build}/tests/interop/hdr_log
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
passed=0 failed=0 skipped=0

find_jar() {
    for jar in "${HDR_JAR:-}" /usr/share/java/hdrhistogram.jar \
        /usr/share/java/HdrHistogram.jar /usr/share/java/hdrhistogram/HdrHistogram.jar; do
        [ -f "$jar" ] && echo "$jar" && return
    done
}

check() { # NAME: $dir/java against $dir/ours
    if diff "$dir/java" "$dir/ours" >"$dir/diff" && [ -s "$dir/ours" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED $1 (< Java, > ours)"
        head -n 20 "$dir/diff"
    fi
}

jar=$(find_jar)
if [ -z "$jar" ] || ! command -v java >/dev/null; then
    echo "needs java and hdrhistogram.jar (HDR_JAR)"
    echo "0 passed, 0 failed, 3 skipped"
    exit 0
fi

processor() {
    java -cp "$jar" org.HdrHistogram.HistogramLogProcessor -i "$dir/log" \
        -outputValueUnitRatio 1 "$@"
}

"$ours" write "$dir/log" || failed=$((failed + 1))

processor -listtags 2>/dev/null | sed 1d | sort >"$dir/java"
"$ours" tags "$dir/log" | sort -u >"$dir/ours"
check "tags"

cp "$dir/ours" "$dir/tags"
while read -r tag; do
    set -- -tag "$tag"
    [ "$tag" != "[NO TAG (default)]" ] || set --
    processor "$@" -o "$dir/out" >/dev/null 2>&1
    sed '/^#\[Overall/d; /^#\[StartTime/d' "$dir/out.hgrm" >"$dir/java"
    "$ours" hgrm "$dir/log" ${2+"$2"} >"$dir/ours"
    check "percentiles of $tag"
done <"$dir/tags"

# Needs the compiler of a JDK.
if java -cp "$jar" "$here/HdrJava.java" write "$dir/random" >"$dir/java" 2>"$dir/diff"; then
    "$ours" dump "$dir/random" >"$dir/ours"
    check "what Java wrote"
    java -cp "$jar" "$here/HdrJava.java" dump "$dir/log" >"$dir/java"
    "$ours" dump "$dir/log" >"$dir/ours"
    check "what Java reads"
else
    echo "skipped: no Java compiler"
    skipped=2
fi

[ "$skipped" -eq 0 ] && echo "$passed passed, $failed failed" ||
    echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
