#!/bin/bash
# What sharing layers saves: processor time of the 200 points of workloads/sweeps/family.yaml with shared layers, over that
# of simulating each whole. The latter is every 13th point, times the points there are (13 has no factor in common with
# the numbers of boards, plans, bit widths, inputs and widths, so all of them occur).
set -u
sim=$PWD/${BUILD:-build}/etinysim
command -v arm-none-eabi-gcc >/dev/null || exit 0
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
cp workloads/sweeps/family.yaml "$t/shared.yaml"
sed 's/^layers: .*/layers: whole/' "$t/shared.yaml" >"$t/whole.yaml"
TIMEFORMAT='%U %S'
seconds() { { time "$sim" sweep "$@" -j 1 -q >/dev/null 2>&1; } 2>&1 | awk '{print $1 + $2}'; }
whole=$(seconds "$t/whole.yaml" --db "$t/whole.db" --shard 5/13)
points=$(sqlite3 "$t/whole.db" "SELECT count(*) FROM point WHERE state = 'done'")
shared=$(seconds "$t/shared.yaml" --db "$t/shared.db" --no-check)
all=$(sqlite3 "$t/shared.db" "SELECT count(*) FROM point WHERE state = 'done'")
awk -v w="$whole" -v n="$points" -v s="$shared" -v a="$all" 'BEGIN {
    printf "bench: sweep_layer_sharing %.3f ratio target <=0.1\n", s / (w / n * a)
    printf "# %d points: %.1f s with shared layers, %.1f s whole (from %d points of %.2f s); processor time\n", a, s, w / n * a, n, w / n }'
# How far shared points are from whole ones, over the same sample.
sqlite3 "$t/shared.db" "ATTACH '$t/whole.db' AS whole;
    WITH cycles AS (SELECT t.run, sum(t.count * c.cycles) AS n FROM whole.tally t JOIN whole.cost c USING (run, component, action) WHERE t.scope > 0 GROUP BY 1)
    SELECT printf('bench: sweep_sharing_residual %.3f percent target <=1', max(abs(100.0 * (r.inference_cycles - w.n) / w.n)))
    FROM point p JOIN whole.point q USING (params_json) JOIN cycles w ON w.run = q.run JOIN runs r ON r.run = p.run;"
sqlite3 "$t/shared.db" "ATTACH '$t/whole.db' AS whole;
    SELECT printf('# SRAM within %d, flash within %d bytes of the whole programs', max(abs(r.peak_sram_bytes - (SELECT sum(bytes) FROM whole.peak k
            WHERE k.run = q.run AND k.scope IS NULL AND k.part IN ('data', 'bss', 'arena', 'stack', 'heap')))),
        max(abs(r.flash_bytes - (SELECT bytes FROM whole.peak k WHERE k.run = q.run AND k.scope IS NULL AND k.part = 'flash'))))
    FROM point p JOIN whole.point q USING (params_json) JOIN runs r ON r.run = p.run WHERE q.state = 'done';"
