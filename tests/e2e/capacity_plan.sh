#!/bin/bash
# Replicas for a rate, from a curve of known truth (14/s hold) and sums done by hand.
. "${0%/*}/lib/world.sh"

mkdir -p "$dir/one" "$dir/two" "$dir/users" "$dir/never" "$dir/torn"
"$tools/fake_capacity" "$dir/one" found
"$tools/fake_capacity" "$dir/two" found 2
"$tools/fake_capacity" "$dir/users" users
"$tools/fake_capacity" "$dir/never" never
head -c 300 "$dir/one/capacity.json" >"$dir/torn/capacity.json"

planned() { # ARGS...: sets $code; the answer is in $dir/out, the error in $dir/err
    "$gust" capacity --plan "$@" >"$dir/out" 2>"$dir/err"
    code=$?
}

number() { # TABLE ROW [COLUMN]: from the JSON answer
    tr -d ' \n' <"$dir/out" |
        sed -n "s/.*\"$1\":{\(.*\)/\1/; s/.*\"$2\":{[^}]*\"${3:-value}\":\([^,}]*\).*/\1/p"
}

refused() { # NAME PATTERN ARGS...: exit 2, one line, nothing on stdout
    local name=$1 pattern=$2
    shift 2
    "$gust" "$@" >"$dir/out" 2>"$dir/err"
    check "$name: exit code" $? '^2$'
    check "$name: one line" "$(wc -l <"$dir/err") $(wc -c <"$dir/out")" '^1 0$'
    check "$name: the line" "$(cat "$dir/err")" "$pattern"
}

# 250 / 14 = 17.9; 18 and a spare one, each $2.50 x 8 x 1.1 = $22 an hour
planned 250/s "$dir/one" --gpu-hour 2.50 --gpus 8 --overhead 10% --format json
check "plan: exit code" "$code" '^0$'
check "plan: a replica" "$(number plan per_replica)" '^14$'
check "plan: needed" "$(number plan measured) $(number plan needed)" '^18 18$'
check "plan: with the spare one" "$(number plan total)" '^19$'
check "plan: one gone" "$(number plan headroom)" '^252$'
check "plan: an hour" "$(number cost hour)" '^418(\.0|)$'
check "plan: 1,000 requests" "$(number cost request_1000)" '^0\.4644'
check "plan: round robin needs less" "$(number plan paper_round_robin)" '^1[3-7]$'
check "plan: random routing more than that" "$(number plan paper_random)" '^1[4-9]$'
check "plan: the fit is told for every trial" "$(grep -c '"p95 off"' "$dir/out")" '^9$'
check "plan: the paper server" "$(number server slots)" '^[78]$'
off=$(grep -o 'is [0-9.]* % off in the median' "$dir/out" | tr -dc 0-9.)
check_le "plan: off in the median, %" "${off%.*}" 10

cp "$dir/out" "$dir/first"

planned 250/s "$dir/two" --format json --spare 2
check "two replicas behind the target: a replica" "$(number plan per_replica)" '^7$'
check "two replicas: needed" "$(number plan measured) $(number plan total)" '^36 38$'
check "no price, no cost" "$(grep -c '"cost"' "$dir/out")" '^0$'

# a million a second on paper, priced by an API: 500 prompt and 40 output tokens
planned 1000000/s "$dir/one" --against mistral-small-2603 --out "$dir/page"
check "a million: exit code" "$code" '^0$'
check "a million: needed" "$(cat "$dir/out")" '71430 replicas for 1e\+06/s: 71429, and 1 spare'
check "a million: sampled, and said so" "$(tr -s ' \n' ' ' <"$dir/out")" 'no more than 64 replicas are simulated'
check "a million: the API" "$(cat "$dir/out")" 'the API, 1,000 requests +\$0\.0990'
check "a million: files" "$(cd "$dir/page" && echo *)" '^index.html plan.json plan.md$'
check "a million: the page" "$(cat "$dir/page/index.html")" '<h1>Plan</h1>.*plan\.md'
planned 250/s "$dir/one" --gpu-hour 2.50 --gpus 8 --overhead 10% --format json
check "the same again" "$(cmp "$dir/first" "$dir/out" && echo same)" '^same$'

refused "no directory" '--plan: the directory of a search is wanted' capacity --plan 5/s
refused "nowhere" 'cannot open .*nowhere/capacity\.json' capacity --plan 5/s "$dir/nowhere"
refused "torn" 'torn/capacity\.json' capacity --plan 5/s "$dir/torn"
refused "users" 'was searched with users' capacity --plan 5/s "$dir/users"
refused "never" 'no load is known to hold' capacity --plan 5/s "$dir/never"
refused "zero rate" '--plan: 0/s is out of range' capacity --plan 0/s "$dir/one"
refused "spare alone" '--spare is about a plan: give --plan' capacity "$dir/one" --spare 2
refused "gpus alone" '--gpus is about own hardware: give --gpu-hour' capacity --plan 5/s "$dir/one" --gpus 2
refused "overhead alone" '--overhead is about own hardware' capacity --plan 5/s "$dir/one" --overhead 5%
refused "overhead" '--overhead: "much" is no share' capacity --plan 5/s "$dir/one" --gpu-hour 1 --overhead much
refused "negative price" '--gpu-hour: -1 is out of range' capacity --plan 5/s "$dir/one" --gpu-hour=-1
refused "against nobody" '--against: .*no price of model "nobody"' capacity --plan 5/s "$dir/one" --against nobody
finish
