#!/bin/bash
# Recorded prompts: the server gets each of them as it stands in the file, and its
# count of their tokens is what was counted beforehand, by a tokenizer or by the
# server's /tokenize. The built-in server counts words, and knows nothing of ours.
. "${0%/*}/lib/world.sh"

lists=${0%/*}/../../loadgen/workload/words
mapfile -t first <"$lists/first.txt"
mapfile -t next <"$lists/next.txt"

words() { # N: so many filler words
    local text=${first[$1]}
    for ((i = 1; i < $1; i++)); do text+=" ${next[$1 + i]}"; done
    printf '%s' "$text"
}

message() { # ROLE WORDS
    printf '{"role":"%s","content":"%s"}' "$1" "$(words "$2")"
}

# Ten prompts and, beside them, the words and the template's tokens of each: 7 around a
# user message, 2 for a system message, 3 for an earlier reply.
template=7
for n in 3 40 111; do
    printf '{"prompt":"%s","output_tokens":5}\n' "$(words $n)" >>"$dir/prompts"
    echo $((n + template)) >>"$dir/truth.tokens"
    printf '{"messages":[%s,%s],"output_tokens":5}\n' "$(message system 4)" \
        "$(message user $n)" >>"$dir/prompts"
    echo $((n + 4 + 2 + template)) >>"$dir/truth.tokens"
    printf '{"messages":[%s,%s,%s,%s]}\n' "$(message user 6)" "$(message assistant 9)" \
        "$(message user $n)" "$(message assistant 8)" >>"$dir/prompts"
    echo $((n + 6 + 9 + 3 + template)) >>"$dir/truth.tokens"
done
printf '{"conversations":[{"from":"human","value":"%s"},{"from":"gpt","value":"%s"}]}\n' \
    "$(words 12)" "$(words 4)" >>"$dir/prompts"
echo $((12 + template)) >>"$dir/truth.tokens"

column() { # NAME COLUMN...: of the records, in the order of the schedule
    local name=$1
    shift
    zstd -dcq "$dir/$name/requests.csv.zst" | awk -F, -v columns="number $*" '
        BEGIN { n = split(columns, want, " ") }
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        { for (i = 1; i <= n; i++) printf "%s%s", $at[want[i]], i < n ? " " : "\n" }' |
        sort -n | cut -d' ' -f2-
}

send() { # NAME OPTIONS...: all prompts twice, in the file's order
    run "$1" --prompts "$dir/prompts" --prompts-order file --rate 40/s --limit 20 \
        --duration 60s --warmup 0 --records "${@:2}"
    check "$1 ends well" "$code" '^(0|1|4)$'
    check "$1: all were sent and answered" "$(column "$1" outcome | sort | uniq -c)" \
        '^ *20 ok$'
    check "$1: the server's tokens are the file's" \
        "$(column "$1" prompt_tokens | cmp - <(cat "$dir/truth.tokens" "$dir/truth.tokens") 2>&1)" '^$'
    check "$1: asked is what was read" \
        "$(column "$1" prompt_asked prompt_tokens | awk '$1 != $2')" '^$'
    check "$1: no drift" "$(manifest "$1" drifted)" '^0$'
}

fake=$dir/tekken.json
"$tools/fake_tekken" >"$fake"
start_server --dialect vllm --ttft 1ms --tpot 1ms --template-overhead $template
send tokenizer --tokenizer "$fake"
check "counted by the tokenizer" "$(manifest tokenizer counted_by)" '^tokenizer$'
check "lengths of the file, of its answers, and of the profile" \
    "$(column tokenizer output_asked | sort -n | uniq -c | tr -s ' \n' ' ')" \
    '^ 2 4 12 5 6 8 $'
send server
check "counted by the server" "$(manifest server counted_by)" '^server$'
stop_server

start_server --dialect openai --ttft 1ms --tpot 1ms --template-overhead $template
send usage
check "counted by nobody beforehand" "$(manifest usage counted_by)" '^usage$'
check "no text in the run directory" \
    "$(zstd -dcq "$dir/usage/requests.csv.zst" | cat - "$dir"/usage/*.jsonl "$dir"/usage/run.json |
        grep -c "$(words 12 | cut -d' ' -f1-4)")" '^0$'

# Real text of exactly the lengths that a profile asks for. One long text is only cut,
# so that the server, which counts words, sees the numbers; short ones are joined, too.
cat >"$dir/drawn.json" <<'JSON'
{"name":"drawn","arrival":{"kind":"constant","rate":"40/s"},"classes":[
 {"name":"a","api":"chat","weight":2,"prompt":{"kind":"uniform","min":9,"max":160},"output":{"kind":"uniform","min":2,"max":6}},
 {"name":"b","api":"chat","prompt":30,"output":3}]}
JSON
printf '{"prompt":"%s"}\n' "$(words 170)" >"$dir/long"
drawn() { # NAME OPTIONS...
    run "$1" "$dir/drawn.json" --seed 5 --limit 40 --duration 60s --warmup 0 --records "${@:2}"
    check "$1: all were answered" "$(column "$1" outcome | sort | uniq -c)" '^ *40 ok$'
}
drawn filler
column filler class prompt_tokens output_asked >"$dir/asked"
for text in long prompts; do
    "$gust" profile prompts "$dir/drawn.json" --prompts "$dir/$text" --tokenizer "$fake" -n 40 \
        --seed 5 --template-tokens $template --out "$dir/made.$text" >"$dir/out" 2>&1
    check "made of $text: exit code" "$? $(cat "$dir/out")" '^0 40 prompts of [0-9,]+ tokens'
    drawn "of_$text" --prompts "$dir/made.$text" --prompts-order file --tokenizer "$fake"
    check "made of $text: as long as the profile asks" \
        "$(column "of_$text" class prompt_asked output_asked | cmp - "$dir/asked" 2>&1)" '^$'
done
check "cut: as long for the server" \
    "$(column of_long class prompt_tokens output_asked | cmp - "$dir/asked" 2>&1)" '^$'
check "cut: no drift" "$(manifest of_long drifted)" '^0$'
check "made: the recorded text" "$(grep -c "\"prompt\":\"$(words 170 | cut -d' ' -f1-2) " "$dir/made.long")" '^40$'
check "made: not over what is there" \
    "$("$gust" profile prompts rag --prompts "$dir/long" --tokenizer "$fake" -n 1 -o "$dir/made.long" 2>&1)" \
    'made\.long: File exists'
check "made: needs both" "$("$gust" profile prompts rag --prompts "$dir/long" 2>&1)" '--tokenizer FILE'
check "made: no documents" \
    "$("$gust" profile prompts ocr --prompts "$dir/long" --tokenizer "$fake" 2>&1)" 'class page reads documents'

# A profile from recorded prompts: the tokens are those of the file.
"$gust" profile fit "$dir/prompts" --tokenizer "$fake" --out "$dir/fitted.json" >"$dir/out" 2>&1
check "fitted: exit code" "$?" '^0$'
check "fitted: mean of the prompts, by hand" "$(cat "$dir/out")" \
    'prompt tokens mean +53\.1 ' # 3 + 40 + 111, 4 more each, 15 more each, and 12
check "fitted: mean of the answers, by hand" "$(cat "$dir/out")" 'output tokens mean +5\.8 '
check "fitted: the file has no times" "$(cat "$dir/out")" 'arrivals: not in the file'
check "fitted: a profile" "$("$gust" profile check "$dir/fitted.json" 2>&1)" '^ok prompts: .* chat 53 -> 6 '
printf '{"prompt":"a","max_tokens":9}\n' >"$dir/capped"
check "fitted: nothing to fit" "$("$gust" profile fit "$dir/capped" --tokenizer "$fake" 2>&1)" \
    'capped: no prompt has an answer or output_tokens'

# A tokenizer that is not the server's shows as drift: words it does not know.
printf '{"prompt":"Unknown words, these."}\n' >"$dir/unknown"
run drift --prompts "$dir/unknown" --tokenizer "$fake" --rate 40/s --limit 8 \
    --duration 60s --warmup 0 --records
check "drift is seen in every request" "$(manifest drift drifted)" '^8$'
stop_server

# Same seed, same bodies, on one thread and on three; another seed, another order.
bodies() {
    sed -n 's/.*"id":"[0-9a-f]*-\([0-9.]*\)".*"body":"\([0-9a-f]*\)".*/\1 \2/p' "$dir/truth" |
        sort -n >"$dir/$1.bodies"
}
for row in "one 1 7" "three 3 7" "other 1 8"; do
    read -r name threads seed <<<"$row"
    start_server --dialect openai --ttft 1ms --tpot 1ms
    run "$name" --prompts "$dir/prompts" --rate 100/s --limit 60 --duration 60s \
        --threads "$threads" --seed "$seed"
    stop_server
    bodies "$name"
    check "$name: all arrived" "$(wc -l <"$dir/$name.bodies")" '^60$'
    check "$name: each prompt six times" \
        "$(cut -d' ' -f2 "$dir/$name.bodies" | sort | uniq -c | awk '$1 != 6' | wc -l)" '^0$'
done
check "three threads send the same" "$(cmp "$dir/one.bodies" "$dir/three.bodies" 2>&1)" '^$'
check "another seed, another order" \
    "$(cmp -s "$dir/one.bodies" "$dir/other.bodies"; echo $?)" '^1$'

# A file that is written to ends the run: what was counted is not what stands there.
start_server --dialect openai --ttft 1ms --tpot 1ms
cp "$dir/prompts" "$dir/changing"
"$gust" run --prompts "$dir/changing" --rate 20/s --duration 10m --target "$url" \
    --out "$dir/changed" --quiet --no-report >"$dir/changed.out" 2>&1 &
running=$!
for _ in $(seq 2000); do
    [ -s "$dir/changed/run.json" ] && break
    read -rt 0.01 <> <(:)
done
: >"$dir/changing"
wait "$running"
check "a changed file is inconclusive" "$?" '^4$'
check "and says so" "$(cat "$dir/changed.out")" 'changing was written to during the run'
check "the run is sealed" "$(manifest changed status)" '^aborted$'
stop_server

refused() { # NAME EXPECTED OPTIONS...
    "$gust" run "${@:3}" --target http://127.0.0.1:1 --out "$dir/refused" >"$dir/out" 2>&1
    check "$1: exit code" "$?" '^2$'
    check "$1" "$(cat "$dir/out")" "$2"
}
printf '{"prompt":"a"}\n{"prompt":"a"' >"$dir/torn"
refused "a torn line" 'prompts: .*/torn:2: not valid JSON' --prompts "$dir/torn" --rate 1/s
refused "no rate" 'trace FILE, or --rate or --users' --prompts "$dir/prompts"
refused "no such file" 'prompts: /nowhere/x: No such file' --prompts /nowhere/x --rate 1/s
refused "messages to a class without" 'prompts:2: class .* takes no messages' \
    semantic-search --prompts "$dir/prompts"
refused "no tokenizer" 'tokenizer: .*prompts: not valid JSON' tutor --tokenizer "$dir/prompts"
"$tools/fake_tekken" random >"$dir/without"
refused "filler words that are not one token" '"random" is 6 tokens' \
    tutor --tokenizer "$dir/without"

check "the schedule names the prompts" \
    "$("$gust" run --prompts "$dir/prompts" --prompts-order file --tokenizer "$fake" \
        --rate 5/s --limit 12 --duration 60s --print-schedule | cut -f4-6 | tail -n 2 |
        tr '\t\n' '  ')" '^3 5 1 7 5 2 $'
check "the dry run warns of repeats" \
    "$("$gust" run --prompts "$dir/prompts" --rate 5/s --limit 25 --duration 60s --dry-run)" \
    'each prompt comes 2.5 times'
finish
