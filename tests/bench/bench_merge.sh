#!/bin/bash
# Processor time to merge shards of 100 points, each a run of EtinyNet-1.0 on TinyNPU layer by layer. SHARDS=n: how many
# (1000 take a few minutes and 2.5 GB). The last tenth of them beside the first tells whether time grows with the database.
set -u
sim=$PWD/${BUILD:-build}/etinysim
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
shards=${SHARDS:-20}
tenth=$(((shards + 9) / 10))
"$sim" npu etinynet-1.0 --accel tinynpu --db "$t/one.db" >/dev/null 2>&1 && sqlite3 "$t/one.db" <tests/bench/shard.sql || exit 1
TIMEFORMAT='%U %S'
merge() {
    for i in $(seq "$1" "$2"); do
        cp "$t/one.db" "$t/$i.db"
        sqlite3 "$t/$i.db" "UPDATE point SET key = replace(key, 'SHARD', 'shard$i')"
    done
    { time "$sim" merge "$t/all.db" $(seq -f "$t/%g.db" "$1" "$2") >/dev/null 2>&1; } 2>&1 | awk '{ print $1 + $2 }'
    rm -f $(seq -f "$t/%g.db" "$1" "$2")
}
first=$(merge 1 "$tenth") between=0
[ $((shards - tenth)) -gt "$tenth" ] && between=$(merge $((tenth + 1)) $((shards - tenth)))
last=$(merge $((shards - tenth + 1)) "$shards")
[ "$(sqlite3 "$t/all.db" 'SELECT count(*) FROM point')" = $((shards * 100)) ] || { echo "bench_merge: points are missing" >&2; exit 1; }
awk -v f="$first" -v b="$between" -v l="$last" -v n="$shards" 'BEGIN {
    printf "bench: merge_shard %.3f s target <=0.06\n", (f + b + l) / n
    printf "bench: merge_growth %.2f ratio target <=1.5\n", l / f }'
