#!/bin/bash
# Servers of others: llama.cpp's own, LiteLLM's proxy in front of it, and a mock written
# for Node. Each request must be counted once and succeed, streamed or not.
#
# They are looked for in $GUST_SERVERS (build/servers) and installed there from PyPI and
# npm when GUST_SERVERS_INSTALL is set (LiteLLM is large: minutes); what is not there is
# skipped, and why is said. No weights are downloaded: tiny_model.py makes some.
. "${0%/*}/../e2e/lib/world.sh"
here=$(cd "${0%/*}" && pwd)
folder=${GUST_SERVERS:-${BUILD:-build}/servers}
other=0
trap 'for pid in $server $other; do [ "$pid" -eq 0 ] || kill "$pid" 2>/dev/null; done
    rm -rf "$dir"' EXIT

skip() { # CHECKS WHY
    skipped=$((skipped + $1))
    echo "skipped: $2"
}

install_all() {
    mkdir -p "$folder" && {
        [ -x "$folder/v/bin/python" ] || python3 -m venv "$folder/v"
        "$folder/v/bin/pip" install -q xllamacpp gguf numpy
        "$folder/v/bin/pip" install -q 'litellm[proxy]'
        ! command -v npm >/dev/null ||
            npm install --silent --no-audit --no-fund --prefix "$folder" mock-openai-api
    } >"$dir/install.log" 2>&1 || tail -n 3 "$dir/install.log"
}

python_has() { # MODULE
    [ -x "$folder/v/bin/python" ] && "$folder/v/bin/python" -c "import $1" 2>/dev/null
}

# Starts a command whose last word is the port; another one when it does not come up.
# Sets $started and $url.
start_other() { # PATH-THAT-ANSWERS COMMAND...
    local path=$1 try port
    shift
    for try in 1 2 3; do
        port=$((20000 + (RANDOM + try) % 10000))
        "$@" "$port" >"$dir/other.log" 2>&1 &
        started=$!
        url=http://127.0.0.1:$port
        for _ in $(seq 600); do
            curl -sf -o /dev/null "$url$path" && return 0
            kill -0 "$started" 2>/dev/null || break
            read -rt 0.1 <> <(:)
        done
        kill "$started" 2>/dev/null
        wait "$started" 2>/dev/null
    done
    fail "$1 starts" "$(tail -n 3 "$dir/other.log")"
    return 1
}

stop() { # PID
    kill "$1" 2>/dev/null
    wait "$1" 2>/dev/null
}

llamacpp() { # PORT: the library holds the server
    exec "$folder/v/bin/python" - "$dir/tiny.gguf" "$1" <<'PY'
import sys, time, xllamacpp
p = xllamacpp.CommonParams()
p.model.path, p.hostnames, p.port = sys.argv[1], ["127.0.0.1"], int(sys.argv[2])
p.n_ctx, p.n_parallel, p.n_threads_http, p.cpuparams.n_threads = 4096, 4, 16, 1
server = xllamacpp.Server(p)
time.sleep(3600)
PY
}

litellm() { # PORT
    exec "$folder/v/bin/litellm" --config "$dir/litellm.yaml" --host 127.0.0.1 \
        --telemetry False --port "$1"
}

node_mock() { # PORT
    exec "$folder/node_modules/.bin/mock-openai-api" -H 127.0.0.1 -p "$1"
}

json() { # STREAM: a profile of chats
    printf '{"name":"e2e","classes":[{"name":"chat","api":"chat","stream":%s,"prompt":20,"output":8}],
        "arrival":{"kind":"poisson","rate":"10/s"}}\n' "$1" >"$dir/profile.json"
}

# Twenty requests with streams and ten without; six checks.
load() { # NAME MODEL OPTIONS...
    local name=$1 model=$2
    shift 2
    json true
    run stream "$dir/profile.json" --rate 10/s --limit 20 --duration 60s --warmup 0s \
        --drain 60s --stop-on 100% --strict-attempts --model "$model" "$@"
    check "$name: streams: exit code" "$code" '^(0|4)$'
    check "$name: streams: all succeed" "$(manifest stream succeeded) $(manifest stream sent)" '^20 20$'
    check "$name: streams: none was sent twice" "$(manifest stream attempts)" '^20$'
    json false
    run whole "$dir/profile.json" --rate 10/s --limit 10 --duration 60s --warmup 0s \
        --drain 60s --stop-on 100% --strict-attempts --model "$model" "$@"
    check "$name: whole answers: exit code" "$code" '^(0|4)$'
    check "$name: whole answers: all succeed" "$(manifest whole succeeded) $(manifest whole sent)" '^10 10$'
    check "$name: whole answers: none was sent twice" "$(manifest whole attempts)" '^10$'
}

[ -z "${GUST_SERVERS_INSTALL:-}" ] || install_all

if python_has xllamacpp && python_has gguf && "$folder/v/bin/python" "$here/tiny_model.py" "$dir/tiny.gguf" &&
    start_other /health llamacpp; then
    other=$started llama=$url
    load "llama.cpp" tiny.gguf
    check "llama.cpp: is known by itself" "$(cat "$dir/stream.err" "$dir/stream/run.json")" 'llamacpp'
    check "llama.cpp: its answers are as long as asked" "$(cat "$dir/stream.out")" 'output of asked 100 %'
    if python_has litellm && [ -x "$folder/v/bin/litellm" ]; then
        printf 'model_list:\n  - model_name: tiny\n    litellm_params: {model: openai/tiny.gguf, api_base: "%s/v1", api_key: none}\ngeneral_settings: {dangerously_permit_weak_or_unset_master_key: true}\n' \
            "$llama" >"$dir/litellm.yaml"
        if start_other /v1/models litellm; then
            load "LiteLLM" tiny
            check "LiteLLM: is known by itself" "$(manifest stream dialect)" '^openai$'
            stop "$started"
        fi
    else
        skip 7 "LiteLLM is not in $folder"
    fi
    stop "$other"
    other=0
else
    skip 15 "llama.cpp (xllamacpp, gguf, numpy) is not in $folder; GUST_SERVERS_INSTALL=1 installs it"
fi

if [ -x "$folder/node_modules/.bin/mock-openai-api" ] && start_other /v1/models node_mock; then
    other=$started
    load "mock-openai-api" mock-gpt-thinking
    check "mock-openai-api: its thinking is told apart" "$(cat "$dir/stream.out")" 'ttft_answer'
    load "mock-openai-api, tools" gpt-4-mock
    stop "$other"
    other=0
else
    skip 13 "mock-openai-api is not in $folder; GUST_SERVERS_INSTALL=1 installs it"
fi
finish
