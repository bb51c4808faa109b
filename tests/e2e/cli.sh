#!/bin/sh
# What the command line answers: exit code and the one line that names the thing.
#
# A row: name | words after gust | exit code | expression on the answer
# The answer is standard error, or standard output when the code is 0. An error
# must be one line that starts with "gust: ".
set -u
gust=${GUST:-build/gust}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
passed=0 failed=0

verdict() { # NAME PROBLEM: an empty problem is a pass
    if [ -z "$2" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED %s: %s\n' "$1" "$2"
        sed 's/^/  > /' "$dir/out" "$dir/err"
    fi
}

trim() {
    printf '%s' "$1" | sed 's/^ *//; s/ *$//'
}

check_row() { # NAME WORDS CODE EXPRESSION
    # shellcheck disable=SC2086 # the words of a row are words
    "$gust" $2 >"$dir/out" 2>"$dir/err" </dev/null
    code=$?
    answer=$dir/err problem=
    [ "$3" -ne 0 ] || answer=$dir/out
    if [ "$code" -ne "$3" ]; then
        problem="exit code $code, not $3"
    elif ! grep -Eq -e "$4" "$answer"; then
        problem="no line matches $4"
    elif [ "$3" -ne 0 ] && [ -n "$2" ] && [ "$2" != profile ] &&
        { [ "$(wc -l <"$dir/err")" -ne 1 ] || ! grep -q '^gust: ' "$dir/err"; }; then
        problem="not one line that starts with gust:"
    fi
    verdict "$1" "$problem"
}

while IFS='|' read -r name words code expression; do
    case $name in '' | '#'*) continue ;; esac
    check_row "$(trim "$name")" "$(trim "$words")" "$(trim "$code")" "$(trim "$expression")"
done <<'ROWS'
version            | --version              | 0 | ^gust [0-9]+\.[0-9]+\.[0-9]+$
version as a word  | version                | 0 | ^gust [0-9]
help               | help                   | 0 | ^Usage: gust VERB
help as an option  | --help                 | 0 | ^  help  *explain
no verb            |                        | 2 | ^Usage: gust VERB
unknown verb       | frobnicate             | 2 | unknown verb "frobnicate"; gust help
misspelt word      | hlep                   | 2 | did you mean "help"\?
help on nothing    | help frobnicate        | 2 | unknown verb "frobnicate"
no shell           | completion             | 2 | completion: which shell\?
unknown shell      | completion fish        | 2 | completion: which shell\?
help of a verb     | run --help             | 0 | ^Usage: gust run
help names a verb  | help mock              | 0 | ^Usage: gust mock
help among options | run x --rate 5/s -h    | 0 | ^Usage: gust run
no profile         | run                    | 2 | PROFILE is missing
unknown profile    | run nosuch --target http://127.0.0.1:1 | 2 | unknown profile "nosuch"
no target          | run assistant          | 2 | --target is missing
no web address     | run assistant --target ftp://x | 2 | --target: "ftp://x"
nothing listens    | run assistant --target http://127.0.0.1:1 | 3 | cannot reach http://127.0.0.1:1.*refused
unknown dialect    | run assistant --dialect mistrall | 2 | --dialect: "mistrall" is none of auto, mistral
unknown option     | run assistant --durration 5s | 2 | unknown option --durration; did you mean --duration\?
a key in the words | run assistant --api-key=s3cret | 2 | unknown option --api-key$
no number          | run assistant --rate fast | 2 | --rate: "fast" is no rate
out of range       | run assistant --duration 8d | 2 | --duration: 8d is out of range 1s\.\.7d
no value           | run assistant --rate   | 2 | --rate needs a value
two loads          | run assistant --rate 5/s --users 3 --dry-run | 2 | --rate and --users exclude
too many words     | run assistant tutor    | 2 | unexpected "tutor"
no such trace      | run --trace /nonexistent --dry-run | 2 | /nonexistent: No such file
no such key file   | run assistant --target http://127.0.0.1:1 --key-file /nonexistent | 2 | --key-file.*No such file
plan               | run assistant --rate 5/s --dry-run | 0 | nothing is sent
no verb of family  | profile                | 2 | ^Usage: gust profile VERB
help of a family   | profile --help         | 0 | ^  profile fit
misspelt verb      | profile chek           | 2 | unknown verb "profile chek"; did you mean "profile check"\?
help, misspelt     | profile lst --help     | 2 | did you mean "profile list"\?
no profile named   | profile show           | 2 | profile show: something is missing: gust profile show PROFILE
unknown profile 2  | profile check nosuch   | 2 | unknown profile "nosuch"
list               | profile list           | 0 | ^assistant 
no run             | report                 | 2 | report: something is missing: gust report RUN
no such run        | report /nonexistent    | 2 | /nonexistent: no such run directory
not a run          | report profiles        | 2 | profiles: is no run directory
unknown fault      | mock --fault frob      | 2 | fault "frob": no such kind
no such key        | mock --key-env GUST_NO_SUCH_KEY | 2 | --key-env GUST_NO_SUCH_KEY: no such variable
no such address    | mock --listen 192.0.2.1:5 | 3 | cannot listen on 192.0.2.1:5
no address         | mock --listen nonsense | 2 | --listen
ROWS

# An answer that cannot be written is no success.
if [ -w /dev/full ]; then
    : >"$dir/out"
    "$gust" man >/dev/full 2>"$dir/err"
    code=$?
    problem=
    [ "$code" -eq 3 ] || problem="exit code $code, not 3"
    grep -q '^gust: standard output: ' "$dir/err" || problem="no reason given"
    verdict "full standard output" "$problem"
fi

# The texts that are made from the rows must be what their readers accept.
"$gust" completion bash >"$dir/out" 2>"$dir/err"
bash -n "$dir/out" 2>>"$dir/err"
verdict "bash reads the completion" "$(cat "$dir/err")"
if command -v man >/dev/null; then
    "$gust" man >"$dir/gust.1"
    MANWIDTH=80 man --warnings -l "$dir/gust.1" >"$dir/out" 2>"$dir/err"
    verdict "man has no complaint" "$(cat "$dir/err")"
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
