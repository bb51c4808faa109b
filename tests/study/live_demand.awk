# What must come out of a scenario: rows "name | options | demand" in the environment's
# `scenarios`. A demand is a verdict, or "not" a verdict. With check=1 a program of its
# own: does the line of rows.tsv fulfil its demand?
function demand_of(scenario, lines, fields, n, i, name) {
    n = split(ENVIRON["scenarios"], lines, "\n")
    for (i = 1; i <= n; i++) {
        split(lines[i], fields, "|")
        name = fields[1]
        gsub(/ /, "", name)
        if (name == scenario) {
            gsub(/^ +| +$/, "", fields[3])
            return fields[3]
        }
    }
    return ""
}

function is_fulfilled(scenario, verdict, demand) {
    demand = demand_of(scenario)
    if (verdict == "FAILED")
        return 0
    if (demand ~ /^not /)
        return verdict != substr(demand, 5)
    return verdict == demand
}

check { exit !is_fulfilled($1, $7) }
