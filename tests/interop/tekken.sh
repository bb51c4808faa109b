#!/bin/sh
# Our token ids against those of mistral-common, the tokenizer of Mistral's models
# itself: the same for every code point, for scripts, blanks, broken text and long
# unbroken runs, with each vocabulary that the package brings.
#
# TEKKEN_PYTHON names a Python that has mistral-common; else pip installs it into a
# folder that is removed at the end, when TEKKEN_INSTALL is set. TEKKEN_TEXTS: how
# many texts (20000).
set -u
here=$(dirname "$0")
ours=${BUILD:-build}/tests/interop/tekken_ids
texts=${TEKKEN_TEXTS:-20000}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
passed=0 failed=0

find_python() {
    for python in "${TEKKEN_PYTHON:-}" python3; do
        [ -n "$python" ] && "$python" -c 'import mistral_common' 2>/dev/null &&
            echo "$python" && return
    done
    [ -n "${TEKKEN_INSTALL:-}" ] && python3 -m venv "$dir/venv" >/dev/null 2>&1 &&
        "$dir/venv/bin/pip" install -q mistral-common >/dev/null 2>&1 &&
        echo "$dir/venv/bin/python"
}

python=$(find_python)
if [ -z "$python" ]; then
    echo "needs a Python with mistral-common: TEKKEN_PYTHON, or TEKKEN_INSTALL=1"
    echo "0 passed, 0 failed, 2 skipped"
    exit 0
fi

data=$("$python" -c 'import mistral_common.tokens.tokenizers as m, pathlib
print(pathlib.Path(m.__file__).parents[2] / "data")')
for file in "$data"/tekken_*.json; do
    if "$python" "$here/tekken_texts.py" "$file" "$texts" 7 "$dir/texts" "$dir/theirs" \
        2>"$dir/why" && "$ours" "$file" <"$dir/texts" >"$dir/ours" &&
        [ -s "$dir/ours" ] && cmp "$dir/ours" "$dir/theirs" >"$dir/why" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED $(basename "$file"): $(tail -n 3 "$dir/why")"
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
