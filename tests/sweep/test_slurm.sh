#!/bin/bash
# docs/sweep.slurm: its tasks together are the sweep. With Slurm where one runs, else with its variables set by hand.
set -u
export ETINYSIM=$PWD/${BUILD:-build}/etinysim
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
printf '%s\n' 'name: s' 'network: [etinynet-1.0, etinynet-0.75]' 'wbits: [8, 4]' 'accelerator: [tinynpu, xc7a100t-etinynet]' >"$t/s.yaml"
"$ETINYSIM" sweep "$t/s.yaml" --db "$t/whole.db" -q
for i in 1 2 3; do
    SLURM_ARRAY_TASK_ID=$i SLURM_ARRAY_TASK_COUNT=3 bash docs/sweep.slurm "$t/s.yaml" "$t/out" 2>/dev/null >/dev/null
done
"$ETINYSIM" merge -q "$t/out/all.db" "$t"/out/shard-*.db >/dev/null
sql='SELECT key, state, reason FROM point ORDER BY key'
[ "$(sqlite3 "$t/out/all.db" "$sql")" = "$(sqlite3 "$t/whole.db" "$sql")" ] && [ -n "$(sqlite3 "$t/whole.db" "$sql")" ] &&
    echo 'ok 1 - tasks run by hand give the whole sweep' || echo 'not ok 1 - tasks run by hand give the whole sweep'
if command -v sbatch >/dev/null && timeout 5 sinfo >/dev/null 2>&1; then
    timeout 120 sbatch --wait --array=1-3 --cpus-per-task=1 --output=/dev/null docs/sweep.slurm "$t/s.yaml" "$t/real" >/dev/null
    "$ETINYSIM" merge -q "$t/real/all.db" "$t"/real/shard-*.db >/dev/null
    [ "$(sqlite3 "$t/real/all.db" "$sql")" = "$(sqlite3 "$t/whole.db" "$sql")" ] &&
        echo 'ok 2 - a Slurm job array gives the whole sweep' || echo 'not ok 2 - a Slurm job array gives the whole sweep'
else
    echo 'ok 2 - a Slurm job array gives the whole sweep # SKIP no Slurm is running'
fi
echo 1..2
