#!/bin/bash
# The files of ci/examples: they parse, their options exist, and what they read of a
# verdict is there, with the values that they compare it with.
. "${0%/*}/lib/world.sh"
examples=$(cd "${0%/*}/../../ci/examples" && pwd)

parse() { # FILE: 0 it parses, 1 it does not, 2 nothing here reads it
    case $1 in
    *.yaml | *.yml)
        python3 -c 'import yaml' 2>/dev/null || return 2
        python3 -c 'import sys, yaml
list(yaml.safe_load_all(open(sys.argv[1])))' "$1"
        ;;
    *.json)
        command -v python3 >/dev/null || return 2
        python3 -m json.tool "$1" >/dev/null
        ;;
    *.sh) bash -n "$1" ;;
    *) return 2 ;;
    esac
}

"$gust" help canary >"$dir/help"
"$gust" help compare >>"$dir/help"
"$gust" help run >>"$dir/help"
for file in "$examples"/*; do
    name=${file##*/}
    [ "$name" != README.md ] || continue
    parse "$file" >"$dir/out" 2>&1
    case $? in
    0) pass ;;
    2) skipped=$((skipped + 1)) ;;
    *) fail "$name parses" "$(cat "$dir/out")" ;;
    esac
    # words of a line or argument that begins with two dashes, of gust's own commands
    for option in $(grep -v 'kubectl\|curl\|docker' "$file" | grep -oE '(^|[ "])--[a-z][a-z-]+' |
        grep -oE -- '--[a-z-]+' | sort -u); do
        grep -qE -- "(^|[ ,])$option( |=|\$)" "$dir/help"
        check "$name: $option is an option" $? '^0$'
    done
done

"$tools/fake_canary" "$dir/a" 150 20 1 1 1 0.001
"$tools/fake_canary" "$dir/b" 150 20 2 1.6 1 0.001
"$gust" compare "$dir/a" "$dir/b" --format json >"$dir/verdict.json" 2>/dev/null
check "a verdict" "$(cat "$dir/verdict.json")" '"verdict": "NO_GO"'
fields=$(cat "$examples"/*.yaml "$examples"/*.json | grep -oE '(result|\$)\.[a-z_]+' | sed 's/.*\.//' | sort -u)
check "fields are read" "$fields" 'verdict'
for field in $fields $(sed -n 's/^| `\([a-z_]*\)` | .*/\1/p' "$examples/README.md" | grep -v '[.]'); do
    check "a verdict has $field" "$(grep -c "^  \"$field\": " "$dir/verdict.json")" '^1$'
done
for value in $(grep -ohE '"(GO|NO_GO|INCONCLUSIVE|[A-Z]+_[A-Z]+)"' "$examples"/*.yaml "$examples"/*.json | tr -d '"' | sort -u); do
    check "$value is a verdict" "$value" "^($(sed -n '/"verdict":/s/.*\[\(.*\)\].*/\1/p' "${examples%/ci/*}/report/verdict.schema.json" |
        head -n 1 | tr -d '" ' | tr ',' '|'))\$"
done
finish
