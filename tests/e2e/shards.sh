#!/bin/bash
# One run on many machines: the parts of a schedule are the schedule, byte for byte,
# for any number of shards, with every body, and whatever the C library's logarithm
# does on this CPU.
. "${0%/*}/lib/world.sh"

printed() { # ARGS...: the schedule with bodies, without its heading
    "$gust" run "$@" --print-schedule --print-bodies | grep -v '^#'
}

union() { # NAME N ARGS...: N shards, put together in the order of the schedule
    local name=$1 n=$2 i
    shift 2
    for ((i = 0; i < n; i++)); do
        printed "$@" --shard "$i/$n"
    done | sort -s -t. -k1,1n >"$dir/$name"
}

cat >"$dir/two.json" <<'PROFILE'
{"name": "two", "arrival": {"kind": "gamma", "cv": 2, "rate": "40/s"},
 "classes": [
  {"name": "chat", "api": "chat", "weight": 3, "prompt": {"kind": "lognormal", "mean": 120, "cv": 1.5},
   "output": {"kind": "gamma", "mean": 80, "cv": 1}, "prefix": {"tokens": 40, "groups": 5, "share": 0.5}},
  {"name": "embed", "api": "embeddings", "prompt": {"kind": "uniform", "min": 10, "max": 90}}]}
PROFILE
shards() { # NAMES COUNTS ARGS...: each number of shards against the whole
    local name=$1 n counts=$2
    shift 2
    printed "$@" >"$dir/whole"
    sort -s -t. -k1,1n "$dir/whole" >"$dir/sorted"
    check_ge "$name: a schedule of some length" "$(wc -l <"$dir/whole")" 60
    for n in $counts; do
        union parts "$n" "$@"
        check "$name: $n shards together are the whole" \
            "$(cmp "$dir/sorted" "$dir/parts" 2>&1)" '^$'
    done
    GLIBC_TUNABLES=glibc.cpu.hwcaps=-FMA,-FMA4,-AVX2_Usable,-AVX2,-AVX512F printed "$@" >"$dir/plain"
    check "$name: the same without fused multiplication" "$(cmp "$dir/whole" "$dir/plain" 2>&1)" '^$'
    printed "$@" --seed 2 >"$dir/other"
    check "$name: another seed, other requests" "$(cmp -s "$dir/whole" "$dir/other"; echo $?)" '^1$'
    cut -f6 "$dir/whole" | sort | uniq -d >"$dir/twice"
    check "$name: no two bodies are alike" "$(cat "$dir/twice")" '^$'
}
shards "bursts of two classes" "1 2 3 7 100" "$dir/two.json" --duration 10s
shards "conversations" "2 7" tutor --rate 20/s --duration 8s
shards "a closed loop" "2 7" tutor --users 80

"$gust" doctor --plan 1000000/s --shards 2 --latency 10s >"$dir/plan"
check "a plan that does not fit" "$? $(cat "$dir/plan")" '^1 1,000,000 requests/s of 10.0 s, on 2 shards.*WARN +ports.*it does not fit'
"$gust" doctor --plan 10/s --latency 1s --nat 1 >"$dir/plan"
check "a plan that fits" "$? $(cat "$dir/plan")" '^0 .*ok +nat +needs [0-9]+ of 64,512.*it fits'

refused() { # NAME EXPECTED ENVIRONMENT... -- ARGS...
    local name=$1 expected=$2
    local -a env=()
    shift 2
    while [ "$1" != -- ]; do env+=("$1"); shift; done
    shift
    check "$name" "$(env "${env[@]}" "$gust" run assistant --dry-run "$@" 2>&1 >"$dir/out"; echo "code $?")" "$expected"
}

refused "no such shard" "shard 8 of 8 does not exist.*code 2" -- --shard 8/8
refused "no engine" "no engine tells which shard.*code 2" -- --shard auto
refused "a batch script" "start gust with srun.*code 2" \
    SLURM_NTASKS=4 SLURM_PROCID=0 -- --shard auto
refused "paced to limits" "cannot keep one budget.*code 2" -- --shard 0/2 --respect-limits
refused "several policies" "shards run one policy.*code 2" -- \
    --shard 0/2 --policy none --policy naive-3x
refused "no directory" "out is missing: the directory in which every shard.*code 2" -- \
    --target http://127.0.0.1:1 --shard 0/2 --no-dry-run
refused "an engine that tells" "^code 0$" JOB_COMPLETION_INDEX=1 GUST_SHARDS=4 -- --shard auto
check "says who told it" "$(cat "$dir/out")" 'shard +1 of 4, said by Kubernetes Indexed Job'
refused "the environment unasked" "^code 0$" SLURM_PROCID=1 SLURM_STEP_NUM_TASKS=4 SLURM_STEP_ID=0 --
check "is whole" "$(grep -c shard "$dir/out")" '^0$'
finish
