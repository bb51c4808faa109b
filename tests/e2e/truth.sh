#!/bin/bash
# Truth: what the client recorded against what the server did, at 200 streams.
#
# Percentiles of TTFT, gap and e2e must agree within 1 ms at p50 and 2 ms at p99.
# Received bytes carry the kernel's time, so that a busy machine spoils neither: 0 to
# 0.3 ms at p99 while other work waited for the same two cores. Only a generator that
# says of itself that it was late is not judged.
. "${0%/*}/lib/world.sh"

value() { # NAME: from the score
    sed -n "s/^$1 //p" "$dir/score"
}

profile 100 50
start_server --dialect vllm --ttft 100ms --tpot 20ms --jitter 0.3 --truth-gaps --slots 400
# 180/s * (0.1 + 49 * 0.02) s: about 200 at once
run r "$dir/profile.json" --rate 180/s --duration 6s --warmup 1s --records
stop_server
check "the run ends well" "$code" '^(0|4)$'
"$tools/score" "$dir/r" "$dir/truth" >"$dir/score" || fail "scoring" "no score"

check_ge "requests" "$(value records)" 800
check "every request is in the truth" "$(value matched)" "^$(value records)$"
check "no request reached the server twice" "$(value repeated)" '^0$'
check "every token is counted" "$(value token_mismatches)" '^0$'
check "every gap is counted" "$(value gap_count)" "^$(value gap_true_count)$"
early=$(zstd -dcq "$dir/r/requests.csv.zst" | awk -F, '
    NR == 1 { for (i = 1; i <= NF; i++) if ($i == "lag_ns") lag = i; next }
    $lag < 0 { n++ }
    END { print lag ? n + 0 : "no lag" }')
check "no request left before it was due" "$early" '^0$'
late=0
grep -q '"code": "lag"' "$dir/r/run.json" && late=1
for metric in ttft gap e2e decode; do
    if is_sanitised || [ "$late" -eq 1 ]; then # several times slower, or held up
        skipped=$((skipped + 2))
        continue
    fi
    check_le "$metric p50 within 1 ms" "$(value ${metric}_p50_error_us)" 1000
    check_le "$metric p99 within 2 ms" "$(value ${metric}_p99_error_us)" 2000
done
finish
