#!/bin/bash
# A real Slurm of four nodes, on this machine: srun, sbatch and an array; then a task
# that crashes, one that never starts, scancel, and a node that dies. Slurm is not
# asked how it went: gust merge must say exactly what is missing.
. "${0%/*}/../e2e/lib/world.sh"
nodes=4
if ! command -v slurmctld >/dev/null || ! command -v slurmd >/dev/null || ! command -v srun >/dev/null; then
    echo "needs slurmctld, slurmd and srun (ci/deps test installs them on Debian)"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
fi
# A network of its own, where it may be made. Names are only looked up there when lo has
# a second address.
if [ -z "${GUST_SLURM_INSIDE:-}" ]; then
    if unshare -n true 2>/dev/null; then
        rm -rf "$dir"
        GUST_SLURM_INSIDE=net exec unshare -n "$0"
    fi
    GUST_SLURM_INSIDE=host
fi
if [ "$GUST_SLURM_INSIDE" = net ]; then
    ip link set lo up && ip addr add 10.77.0.1/32 dev lo || fail "a network" "cannot set up lo"
fi
gust=$(realpath "$gust")
cluster=$dir/slurm port=${GUST_SLURM_PORT:-26817}
daemons=()
export SLURM_CONF=$cluster/slurm.conf

end_daemons() {
    local pid
    for pid in "${daemons[@]}"; do kill "$pid" 2>/dev/null; done
    for _ in $(seq 40); do
        kill -0 "${daemons[@]}" 2>/dev/null || break
        read -rt 0.05 <> <(:)
    done
    for pid in "${daemons[@]}"; do kill -9 "$pid" 2>/dev/null; done
    wait 2>/dev/null
}
trap '[ "$server" -eq 0 ] || kill "$server" 2>/dev/null; end_daemons; rm -rf "$dir"' EXIT

start_cluster() {
    local i n=0
    mkdir -p "$cluster/state" "$cluster/log"
    for ((i = 0; i < nodes; i++)); do mkdir -p "$cluster/spool/n$i"; done
    echo CgroupPlugin=cgroup/v1 >"$cluster/cgroup.conf"
    cat >"$SLURM_CONF" <<CONF
ClusterName=gust
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=$port
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
AuthType=auth/none
CredType=cred/none
StateSaveLocation=$cluster/state
SlurmdSpoolDir=$cluster/spool/%n
SlurmctldPidFile=$cluster/slurmctld.pid
SlurmdPidFile=$cluster/slurmd-%n.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
SlurmdParameters=config_overrides
SlurmdTimeout=30
KillWait=5
MailProg=/bin/true
NodeName=n[0-$((nodes - 1))] NodeHostname=localhost NodeAddr=127.0.0.1 Port=[$((port + 1))-$((port + nodes))] CPUs=2 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
    slurmctld -D -i -c >"$cluster/log/ctld" 2>&1 &
    daemons+=($!)
    for _ in $(seq 500); do
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
        read -rt 0.02 <> <(:)
    done
    for ((i = 0; i < nodes; i++)); do
        slurmd -D -N "n$i" >"$cluster/log/n$i" 2>&1 &
        daemons+=($!)
    done
    for _ in $(seq 400); do
        n=$(timeout 5 sinfo -h -N -t idle -o %T 2>/dev/null | grep -cx idle)
        [ "$n" = "$nodes" ] && return
        read -rt 0.05 <> <(:)
    done
    tail -n 5 "$cluster"/log/*
    echo "no Slurm here: $n of $nodes nodes came up"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
}

start_at() { # SECONDS from now
    echo $(($(date +%s) + $1))
}
load=("$dir/profile.json" --seed 5 --rate 40/s --duration 3s --warmup 1s --quiet)

merge() { # NAME EXPECT: sets $code and $said
    said=$("$gust" merge "$dir/$1" --expect "$2" --no-report 2>&1 >"$dir/$1.merged")
    code=$?
}
await_jobs() { # until no job is left
    for _ in $(seq 600); do
        [ -z "$(timeout 5 squeue -h 2>&1)" ] && return
        read -rt 0.1 <> <(:)
    done
}
await_file() { # FILE...
    for _ in $(seq 1000); do
        ls "$@" >/dev/null 2>&1 && return
        read -rt 0.02 <> <(:)
    done
}

profile 40 20
start_server --dialect openai --ttft 20ms --tpot 3ms --jitter 0 --slots 500
start_cluster
scheduled=$("$gust" run "${load[@]}" --print-schedule | grep -vc '^#')
check_ge "a load" "$scheduled" 80
common=(--target "$url" --shard auto)

whole() { # NAME: all four shards, and together the whole schedule
    check "$1: complete" "$code $said" '^(0|4) merged 4 of 4 shards, 4 complete'
    check "$1: every request of the schedule" "$(sed -n 's/^ *"scheduled": \([0-9]*\),/\1/p' \
        "$dir/$1/merged/run.json" | head -n 1)" "^$scheduled$"
}
timeout 60 srun -N4 -n4 "$gust" run "${load[@]}" "${common[@]}" --start-at "$(start_at 6)" --out "$dir/srun" 2>"$dir/srun.err"
merge srun 4
whole srun
check "srun: who said so" "$(grep -ho '"source": "[^"]*"' "$dir"/srun/shard-*/run.json | sort -u)" '^"source": "Slurm step"$'

GUST=$gust RUN_DIR=$dir/sbatch START_IN=6 timeout 60 sbatch --quiet --nodes=4 --time=00:05:00 \
    --output="$dir/sbatch.log" "${0%/*}/../../ci/slurm/gust.sbatch" "${load[@]}" --target "$url"
await_jobs
start=$(start_at 12)
GUST=$gust RUN_DIR=$dir/array START_AT=$start timeout 60 sbatch --quiet --array=0-3 --time=00:05:00 \
    --output="$dir/array.%a.log" --export=ALL "${0%/*}/../../ci/slurm/gust-array.sbatch" "${load[@]}" --target "$url"
await_jobs
check "sbatch: merged by the job itself" "$(cat "$dir/sbatch.log")" 'merged 4 of 4 shards, 4 complete'
merge array 4
check "array: complete, or the late ones are named" "$code $said" '^((0|4) merged 4 of 4 shards, 4 complete|4 merged [0-3] of 4 shards.*missing)'

RUN_DIR=$dir/lone timeout 60 sbatch --quiet --ntasks=4 --output="$dir/lone.log" --time=00:05:00 \
    --wrap "exec $gust run ${load[*]} ${common[*]} --out $dir/lone"
await_jobs
check "a batch script without srun" "$(cat "$dir/lone.log")" 'start gust with srun'
check "which sent nothing" "$(ls "$dir/lone" 2>&1)" 'No such file'

# task 1 never starts gust, task 2 is killed in the middle
cat >"$dir/task" <<TASK
#!/bin/bash
echo \$\$ >"$dir/\$1.\$SLURM_PROCID.pid"
name=\$1
shift
[ "\$name.\$SLURM_PROCID" != crash.1 ] || exit 1
exec "$gust" run "\$@" --out "$dir/\$name"
TASK
chmod +x "$dir/task"
timeout 60 srun -N4 -n4 --kill-on-bad-exit=0 "$dir/task" crash "${load[@]}" "${common[@]}" --duration 5s \
    --start-at "$(start_at 6)" >"$dir/crash.err" 2>&1 &
pid=$!
await_file "$dir/crash/shard-002/latency.hlog"
for _ in $(seq 1000); do
    [ "$(wc -l <"$dir/crash/shard-002/intervals.jsonl")" -ge 4 ] && break
    read -rt 0.02 <> <(:)
done
kill -9 "$(cat "$dir/crash.2.pid")"
wait $pid
merge crash 4
check "crash: exactly what is missing" "$code $said" '^4 merged 3 of 4 shards, 2 complete.*1 of 4 shards missing: 1'
check "crash: the one that was killed" "$said" 'shard-002 on [^:]*: still running, or killed, after'

timeout 60 srun -N4 -n4 "$dir/task" cancel "${load[@]}" "${common[@]}" --duration 60s --start-at "$(start_at 6)" \
    >"$dir/cancel.err" 2>&1 &
pid=$!
await_file "$dir"/cancel/shard-00{0,1,2,3}/latency.hlog
for i in 0 1 2 3; do
    for _ in $(seq 1000); do
        [ "$(wc -l <"$dir/cancel/shard-00$i/intervals.jsonl")" -ge 2 ] && break
        read -rt 0.02 <> <(:)
    done
done
timeout 10 scancel "$(timeout 5 squeue -h -o %i | head -n 1)"
wait $pid
await_jobs
merge cancel 4
check "scancel: every shard was sealed" "$code $said" '^4 merged 4 of 4 shards, 0 complete'
check "scancel: by the signal" "$(grep -c 'interrupted after' <<<"$said")" '^4$'

# the last node dies, with all that ran on it
timeout 60 srun -N4 -n4 "$dir/task" node "${load[@]}" "${common[@]}" --duration 5s --start-at "$(start_at 6)" \
    >"$dir/node.err" 2>&1 &
pid=$!
await_file "$dir/node/shard-003/latency.hlog"
for _ in $(seq 1000); do
    [ "$(wc -l <"$dir/node/shard-003/intervals.jsonl")" -ge 4 ] && break
    read -rt 0.02 <> <(:)
done
task=$(cat "$dir/node.3.pid")
kill -9 "${daemons[4]}" "$(ps -o ppid= -p "$task" | tr -d ' ')" "$task"
for i in 0 1 2; do
    while kill -0 "$(cat "$dir/node.$i.pid")" 2>/dev/null; do read -rt 0.05 <> <(:); done
done
merge node 4
check "node: exactly what is missing" "$code $said" '^4 merged 4 of 4 shards, 3 complete'
check "node: the one that died" "$(grep -c 'still running, or killed' <<<"$said") $said" '^1 .*shard-003 on'
timeout 10 scancel "$(timeout 5 squeue -h -o %i | head -n 1)" 2>/dev/null
kill $pid 2>/dev/null
wait $pid 2>/dev/null
finish
