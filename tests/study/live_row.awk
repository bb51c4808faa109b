# run.json and a verdict in JSON, as gust lays them out, into one line:
#
#   row TAB verdict TAB seconds to it TAB usable seconds TAB lag p99 in us TAB
#   run-queue share TAB reasons
#
# Reasons are codes that forbid a GO, and gates that stayed open, each once.
function value() {
    sub(/^[^:]*: /, "")
    sub(/,$/, "")
    gsub(/"/, "")
    return $0
}

function add(reason) {
    if (!(reason in known))
        reasons = reasons (reasons == "" ? "" : ",") reason
    known[reason] = 1
}

FNR == 1 { file++ }
file == 1 && /^    "elapsed_s": / { elapsed = value() }
file == 1 && /^      "p99": / { lag = value() }
file == 1 && /^    "runq_share_max": / { runq = value() }
file == 2 && /^  "verdict": / { verdict = value() }
file == 2 && /^  "seconds": / { seconds = value() }
file == 2 && /^  "reasons": / { part = "reasons" }
file == 2 && /^  "metrics": / { part = "metrics" }
file == 2 && /^  "slo": / { part = "" }
part == "reasons" && /^      "code": / { code = value() }
part == "reasons" && /^      "weight": / { if (value() != "note") add(code) }
part == "metrics" && /^      "name": / { name = value() }
part == "metrics" && /^      "state": / { state = value() }
part == "metrics" && /^      "gating": true/ { if (state == "UNCERTAIN") add("open:" name) }

END {
    if (verdict == "" || elapsed == "")
        exit 1
    if (verdict != "INCONCLUSIVE")
        reasons = ""
    printf("%s\t%s\t%s\t%s\t%s\t%s\t%s\n", row, verdict, elapsed, seconds, lag, runq, reasons)
}
