#!/bin/bash
# The shipped manifests: what the server would refuse, what must agree, and the load's
# Job run as an Indexed Job is: each index with its environment, its volume and its
# arguments, as the manifest has them. LIMIT: no Kubernetes runs here; the schema check
# needs the npm packages kubernetes-models and js-yaml in GUST_NODE_MODULES.
. "${0%/*}/../e2e/lib/world.sh"
here=${0%/*}/../../ci/kubernetes
if ! python3 -c 'import yaml' 2>/dev/null; then
    echo "needs python3 with yaml (ci/deps test installs python3-yaml)"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
fi
gust=$(realpath "$gust")

cat >"$dir/k8s.py" <<'PYTHON'
import json, os, re, subprocess, sys, yaml

KNOWN = {  # keys that these manifests may have, by place: a misspelt one is no key
    "Job": {"apiVersion", "kind", "metadata", "spec"},
    "spec": {"completions", "parallelism", "completionMode", "backoffLimit", "activeDeadlineSeconds",
             "ttlSecondsAfterFinished", "template"},
    "pod": {"restartPolicy", "terminationGracePeriodSeconds", "topologySpreadConstraints", "securityContext",
            "containers", "volumes"},
    "container": {"name", "image", "args", "env", "resources", "volumeMounts"},
}

def load(name):
    with open(os.path.join(sys.argv[2], name)) as f:
        return yaml.safe_load(f)

def check():
    job, merge, volume = load("job.yaml"), load("merge.yaml"), load("volume.yaml")
    for d in (job, merge):
        spec, pod = d["spec"], d["spec"]["template"]["spec"]
        c = pod["containers"][0]
        for place, have in (("Job", d), ("spec", spec), ("pod", pod), ("container", c)):
            odd = set(have) - KNOWN[place]
            assert not odd, f"{place}: {odd}"
        assert (d["apiVersion"], d["kind"]) == ("batch/v1", "Job")
        assert pod["restartPolicy"] == "Never", "a Job's pods must not be restarted in place"
        assert spec["backoffLimit"] == 0, "a late second try is not the same load"
        assert len(pod["containers"]) == 1
        assert all(isinstance(a, str) for a in c["args"]), "arguments are texts"
        assert all(isinstance(e["value"], str) for e in c.get("env", [])), "values are texts"
        mounts = {m["name"] for m in c["volumeMounts"]}
        assert mounts == {v["name"] for v in pod["volumes"]}
        for v in pod["volumes"]:
            assert v["persistentVolumeClaim"]["claimName"] == volume["metadata"]["name"]
    spec = job["spec"]
    c = spec["template"]["spec"]["containers"][0]
    env = {e["name"]: e["value"] for e in c["env"]}
    n = spec["completions"]
    assert spec["completionMode"] == "Indexed"
    assert n == spec["parallelism"] == int(env["GUST_SHARDS"]), "the number of shards"
    merged = merge["spec"]["template"]["spec"]["containers"][0]
    assert merged["args"][merged["args"].index("--expect") + 1] == str(n), "--expect"
    assert merged["image"] == c["image"]
    assert c["resources"]["requests"] == c["resources"]["limits"], "throttling"
    assert spec["template"]["spec"]["terminationGracePeriodSeconds"] > 15, "time to seal"
    assert "ReadWriteMany" in volume["spec"]["accessModes"]
    k = load("kustomization.yaml")
    assert all(os.path.exists(os.path.join(sys.argv[2], r)) for r in k["resources"])
    print("fine")

def words(c, env, replace):
    """$(NAME) is expanded as the kubelet does; replace: what differs on this machine."""
    out = []
    for a in c["args"]:
        a = re.sub(r"\$\((\w+)\)", lambda m: env.get(m.group(1), m.group(0)), a)
        for was, now in replace.items():
            a = a.replace(was, now)
        out.append(a)
    return out

def job():
    """The contract of an Indexed Job, as its controller and the kubelet keep it."""
    replace, start_at, killed = json.loads(sys.argv[4]), sys.argv[5], int(sys.argv[6])
    d = load("job.yaml")
    c = d["spec"]["template"]["spec"]["containers"][0]
    pods = []
    for i in range(d["spec"]["completions"]):
        env = {e["name"]: e["value"] for e in c["env"]}
        env.update(START_AT=start_at, JOB_COMPLETION_INDEX=str(i), HOSTNAME=f"{d['metadata']['name']}-{i}",
                   PATH="/usr/bin:/bin", KUBERNETES_SERVICE_HOST="10.0.0.1", GUST_PROFILE_DIR=os.path.dirname(sys.argv[2]) + "/../profiles")
        pods.append(subprocess.Popen([sys.argv[3]] + words(c, env, replace), env=env))
    if killed >= 0:
        pods[killed].kill()
    codes = [p.wait() for p in pods]
    print("completedIndexes", ",".join(str(i) for i, code in enumerate(codes) if code == 0))
    print("failedIndexes", ",".join(str(i) for i, code in enumerate(codes) if code != 0))

def merge():
    c = load("merge.yaml")["spec"]["template"]["spec"]["containers"][0]
    os.execv(sys.argv[3], [sys.argv[3]] + words(c, {}, json.loads(sys.argv[4])))

{"check": check, "job": job, "merge": merge}[sys.argv[1]]()
PYTHON

check "the manifests agree" "$(python3 "$dir/k8s.py" check "$here" 2>&1 | tail -n 1)" '^fine$'
spoil() { # NAME SED-EXPRESSION EXPECTED
    rm -rf "$dir/spoiled"
    cp -r "$here" "$dir/spoiled"
    sed -i "$2" "$dir/spoiled/job.yaml"
    check "$1" "$(python3 "$dir/k8s.py" check "$dir/spoiled" 2>&1 | tail -n 1)" "$3"
}
spoil "another number of shards" 's/value: "4"/value: "5"/' 'the number of shards'
spoil "a misspelt key" 's/completionMode:/completionModes:/' 'completionModes'
spoil "a restarted pod" 's/restartPolicy: Never/restartPolicy: Always/' 'restarted in place'
spoil "a number as a value" 's/value: "4"/value: 4/' 'values are texts'

if [ -n "${GUST_NODE_MODULES:-}" ]; then
    for f in job merge; do
        check "$f.yaml fits the schema" "$(NODE_PATH=$GUST_NODE_MODULES node -e '
            const d = require("js-yaml").load(require("fs").readFileSync(process.argv[1], "utf8"));
            const j = new (require("kubernetes-models/batch/v1").Job)(d); j.validate(); console.log("fits")' \
            "$here/$f.yaml" 2>&1 | tail -n 3)" 'fits$'
    done
else
    skipped=$((skipped + 1))
fi

profile 40 20
start_server --dialect openai --ttft 20ms --tpot 3ms --jitter 0
moment() { # SECONDS from now
    date -u +%Y-%m-%dT%H:%M:%SZ -d "+$1 seconds"
}
replace() { # OUT: what differs on this machine from the manifest
    printf '{"http://llm.default.svc:8000": "%s", "assistant": "%s", "2000/s": "60/s", "10m": "3s", "/out/run": "%s"}' \
        "$url" "$dir/profile.json" "$dir/$1"
}
python3 "$dir/k8s.py" job "$here" "$gust" "$(replace run)" "$(moment 5)" -1 >"$dir/job.out" 2>"$dir/job.err"
python3 "$dir/k8s.py" merge "$here" "$gust" "$(replace run)" >"$dir/merge.out" 2>"$dir/merge.err"
check "all indexes: the merge" "$? $(cat "$dir/merge.err")" '^(0|4) merged 4 of 4 shards, 4 complete'
check "all indexes: who said so" "$(grep -ho '"source": "[^"]*"' "$dir"/run/shard-*/run.json | sort -u)" '^"source": "Kubernetes Indexed Job"$'
python3 "$dir/k8s.py" job "$here" "$gust" "$(replace killed)" "$(moment 5)" 1 >"$dir/job.out" 2>"$dir/job.err"
python3 "$dir/k8s.py" merge "$here" "$gust" "$(replace killed)" >"$dir/merge.out" 2>"$dir/merge.err"
check "one pod evicted: the merge" "$? $(cat "$dir/merge.err")" '^4 merged 3 of 4 shards.*1 of 4 shards missing: 1'
check "one pod evicted: the Job" "$(cat "$dir/job.out")" 'failedIndexes [0-9,]*1'
python3 "$dir/k8s.py" job "$here" "$gust" "$(replace late)" 2026-01-01T00:00:00Z -1 >"$dir/job.out" 2>"$dir/job.err"
check "too late: nothing was sent" "$(cat "$dir/job.out") $(ls "$dir/late" 2>&1)" 'failedIndexes 0,1,2,3 .*No such file'
finish
