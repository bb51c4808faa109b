# rows.tsv into a Markdown table; with live_demand.awk. the environment's
# `wanted` names the rows, one "scenario stop split ..." a line, `runs` is how many each must have. Exits with 1 when a
# row is not as it must be, 4 when runs are missing.
#
# Fields: scenario stop split number try exit verdict elapsed usable lag runq reasons.
{
    key = $1 " " $2 " " $3
    run = key " " $4
    if (run in verdict)
        voids[key]++
    verdict[run] = $7
    elapsed[run] = $8
    reasons[run] = $12
    lags[++lag_count] = $10 / 1000
}

function sort_numbers(a, n, i, k, x) {
    for (i = 2; i <= n; i++) {
        x = a[i]
        for (k = i - 1; k >= 1 && a[k] > x; k--)
            a[k + 1] = a[k]
        a[k + 1] = x
    }
}

# The smallest value that a share p of n sorted values does not exceed.
function rank(a, n, p, i) {
    i = int(p * n)
    i += i < p * n
    return n == 0 ? 0 : a[i < 1 ? 1 : i]
}

function summarise(key, r, i, n, run, list) {
    delete count
    delete times
    delete why
    n = 0
    for (i = 1; i <= runs; i++) {
        run = key " " i
        if (!(run in verdict))
            continue
        times[++n] = elapsed[run]
        count[verdict[run]]++
        broken += !is_fulfilled(scenario, verdict[run])
        r = split(reasons[run], list, ",")
        while (r > 0)
            why[list[r--]]++
    }
    missing += runs - n
    sort_numbers(times, n)
    return n
}

function because(text, r) {
    text = ""
    for (r in why)
        text = text (text == "" ? "" : ", ") r " " why[r]
    return text == "" ? "-" : text
}

END {
    print "# The judge on live runs"
    print ""
    print "| scenario | stop | arms | must be | runs | GO | NO-GO | INCONCLUSIVE | median s | p90 s | void tries | reasons of INCONCLUSIVE |"
    print "| --- | --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |"
    n = split(ENVIRON["wanted"], keys, "\n")
    for (k = 1; k <= n; k++) {
        split(keys[k], part, " ")
        scenario = part[1]
        key = part[1] " " part[2] " " part[3]
        count_runs = summarise(key)
        printf("| %s | %s | %s | %s | %d | %d | %d | %d | %.0f | %.0f | %d | %s |\n",
            scenario, part[2], part[3], demand_of(scenario), count_runs, count["GO"],
            count["NO_GO"], count["INCONCLUSIVE"], rank(times, count_runs, 0.5),
            rank(times, count_runs, 0.9), voids[key], because())
    }
    sort_numbers(lags, lag_count)
    print ""
    printf("Seconds: from the first request to the verdict, warm-up included. ")
    printf("Void: the generator was kept from sending in time. ")
    printf("The generator's lag at p99: median %.2g ms, worst run %.3g ms.\n",
        rank(lags, lag_count, 0.5), rank(lags, lag_count, 1))
    print ""
    if (broken > 0)
        printf("%d runs are NOT as they must be.\n", broken)
    if (missing > 0)
        printf("%d runs are missing.\n", missing)
    if (broken == 0 && missing == 0)
        print "All rows are as they must be."
    exit broken > 0 ? 1 : missing > 0 ? 4 : 0
}
