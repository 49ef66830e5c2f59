#!/bin/bash
# Sweeps: stable keys, resumed after kills, outcomes recorded, shards, and databases that cannot be written.
set -u
sim=$PWD/${BUILD:-build}/etinysim
t=$(mktemp -d)
trap 'chmod -R u+w "$t"; rm -rf "$t"' EXIT
n=0
check() { # status name
    n=$((n + 1))
    [ "$1" = 0 ] && echo "ok $n - $2" || { echo "not ok $n - $2"; [ -s "$t/log" ] && sed 's/^/# /' "$t/log" | head -n 12; }
}
# Everything a sweep stored, without times and in the order of the keys.
content() {
    sqlite3 "$1" "
      SELECT 'point', p.key, p.sweep, p.params_json, p.state, p.reason, p.run IS NULL FROM point p ORDER BY p.key;
      SELECT 'run', p.key, r.kind, r.platform, r.core, r.clock_hz, r.network, r.config_json, r.tool_version, r.inputs_sha256, r.elf_sha256
        FROM point p JOIN run r ON r.id = p.run ORDER BY p.key;
      SELECT 'scope', p.key, s.id, s.parent, s.seq, s.name, s.op, s.macs, s.params FROM point p JOIN scope s ON s.run = p.run ORDER BY 2, 3;
      SELECT 'tally', p.key, x.scope, x.component, x.action, x.count FROM point p JOIN tally x ON x.run = p.run ORDER BY 2, 3, 4, 5;
      SELECT 'cost', p.key, c.component, c.action, c.cycles, c.pj, c.source FROM point p JOIN cost c ON c.run = p.run ORDER BY 2, 3, 4;
      SELECT 'peak', p.key, k.scope, k.part, k.bytes FROM point p JOIN peak k ON k.run = p.run ORDER BY 2, 3, 4;
      SELECT 'runs', count(*) FROM run;"
}

cat >"$t/a.yaml" <<'YAML'
name: accelerators
network: [etinynet-1.0, etinynet-0.75]
width: {from: 0.25, to: 1.25, step: 0.25}
input: [96, 160, 224]
wbits: [8, 4]
accelerator: [xc7a100t-etinynet, tinynpu]
set:
  clock_hz: [50e6, 75e6, 100e6]
YAML

# 1. An undisturbed run, and the same command again.
"$sim" sweep "$t/a.yaml" --db "$t/whole.db" -j 2 -q 2>"$t/log"
check $? 'a sweep ends with exit 0 although points do not fit'
content "$t/whole.db" >"$t/whole.txt"
points=$(sqlite3 "$t/whole.db" 'SELECT count(*) FROM point')
[ "$points" = 360 ]
check $? "the cross product has 360 points ($points)"
[ "$(sqlite3 "$t/whole.db" "SELECT count(*) > 0 AND min(reason LIKE '%more than%' OR reason LIKE '%a tile of weights has 1152 bits, the memory reads 576%') FROM point WHERE state = 'unfit'")" = 1 ]
check $? 'points that do not fit say what is missing'
[ "$(sqlite3 "$t/whole.db" 'SELECT count(*) FROM uncosted')" = 0 ]
check $? 'every tally of the sweep has a cost'
"$sim" sweep "$t/a.yaml" --db "$t/whole.db" --json >"$t/log" 2>&1
grep -q '"known":360,"done":0,"unfit":0,"failed":0' "$t/log"
check $? 'the same command repeats nothing'

# 2. Keys: the same from elsewhere, others for other values.
"$sim" sweep "$t/a.yaml" --db "$t/whole.db" --list | cut -f 1 | sort >"$t/keys"
[ "$(sort -u "$t/keys" | wc -l)" = 360 ]
check $? 'no two points share a key'
sed 's/^name: .*/name: other/' "$t/a.yaml" >"$t/b.yaml"
(cd / && "$sim" sweep "$t/b.yaml" --db "$t/none.db" --list | cut -f 1 | sort) | cmp -s - "$t/keys"
check $? 'keys depend neither on the folder nor on the name of the sweep'
sed 's/100e6/101e6/' "$t/a.yaml" >"$t/b.yaml"
[ "$("$sim" sweep "$t/b.yaml" --db "$t/none.db" --list | cut -f 1 | sort | comm -12 - "$t/keys" | wc -l)" = 240 ]
check $? 'another clock gives other keys, and only there'

# 3. Killed at random ten times, then resumed.
for i in 1 2 3 4 5 6 7 8 9 10; do
    "$sim" sweep "$t/a.yaml" --db "$t/killed.db" -j 2 -q 2>/dev/null &
    pid=$!
    sleep "0.$((RANDOM % 20 + 5))"
    kill -KILL $pid 2>/dev/null
    wait $pid 2>/dev/null
done
after=$(sqlite3 "$t/killed.db" 'SELECT count(*) FROM point' 2>/dev/null || echo 0)
"$sim" sweep "$t/a.yaml" --db "$t/killed.db" -j 2 -q 2>"$t/log"
check $? "resumes after ten kills, which left $after points"
content "$t/killed.db" >"$t/killed.txt"
cmp -s "$t/whole.txt" "$t/killed.txt"
check $? 'a sweep killed ten times ends with the content of an undisturbed one'
[ ! -e "$t/killed.db.work" ]
check $? 'no scratch files are left'

# 4. Shards and their union.
for i in 1 2 3; do
    "$sim" sweep "$t/a.yaml" --db "$t/shard$i.db" -j 2 -q --shard $i/3 2>"$t/log" || break
done
check $? 'three shards run'
"$sim" merge "$t/union.db" "$t/shard1.db" "$t/shard2.db" "$t/shard3.db" >"$t/log" 2>&1
content "$t/union.db" | cmp -s - "$t/whole.txt"
check $? 'merged shards have the content of one sweep'
"$sim" merge "$t/union.db" "$t/shard2.db" "$t/shard1.db" >"$t/log" 2>&1
content "$t/union.db" | cmp -s - "$t/whole.txt"
check $? 'merging again changes nothing'

# 5. Databases that cannot be written: one line, the right exit code, no row lost.
one_line() { # code name
    [ "$rc" = "$1" ] && [ "$(wc -l <"$t/log")" = 1 ]
    check $? "$2: $(head -c 90 "$t/log" | sed "s|$t/||")"
}
cp "$t/shard1.db" "$t/full.db"
before=$(content "$t/full.db" | sort | sha256sum)
(trap '' XFSZ; ulimit -f $(($(stat -c %s "$t/full.db") / 1024 + 64)); exec "$sim" sweep "$t/a.yaml" --db "$t/full.db" -q) 2>"$t/log" >/dev/null
rc=$?
one_line 5 'a full disk ends in one line'
[ "$(sqlite3 "$t/full.db" 'PRAGMA integrity_check')" = ok ] && "$sim" sweep "$t/a.yaml" --db "$t/full.db" -q &&
    content "$t/full.db" | cmp -s - "$t/whole.txt"
check $? 'after a full disk the same command completes the sweep'
cp "$t/shard1.db" "$t/ro.db"
chmod 444 "$t/ro.db"
"$sim" sweep "$t/a.yaml" --db "$t/ro.db" -q >/dev/null 2>"$t/log"
rc=$?
one_line 2 'a read-only database is refused'
[ "$(content "$t/ro.db" | sort | sha256sum)" = "$before" ]
check $? 'the read-only database is as it was'
head -c 5000 /dev/urandom >"$t/bad.db"
"$sim" sweep "$t/a.yaml" --db "$t/bad.db" -q >/dev/null 2>"$t/log"
rc=$?
one_line 2 'a corrupted file is refused'
cp "$t/shard1.db" "$t/locked.db"
mkfifo "$t/hold"
sqlite3 "$t/locked.db" <"$t/hold" >/dev/null 2>&1 &
exec 9>"$t/hold"
echo 'BEGIN IMMEDIATE;' >&9
sleep 0.3
"$sim" sweep "$t/a.yaml" --db "$t/locked.db" -q >/dev/null 2>"$t/log"
rc=$?
echo 'ROLLBACK;' >&9
exec 9>&-
wait $!
one_line 5 'a locked database ends in one line'
[ "$(content "$t/locked.db" | sort | sha256sum)" = "$before" ]
check $? 'the locked database lost no row'

# 6. Descriptions with a mistake: file, line, what was expected.
wrong() { # fragment, description lines...
    local want=$1
    shift
    printf '%s\n' "$@" >"$t/w.yaml"
    "$sim" sweep "$t/w.yaml" --db "$t/w.db" >/dev/null 2>"$t/log"
    [ $? = 2 ] && [ "$(wc -l <"$t/log")" = 1 ] && grep -qF -- "$want" "$t/log" && [ ! -e "$t/w.db" ]
    check $? "refused: $want"
}
a='accelerator: tinynpu'
wrong "w.yaml:1: key 'name' is missing" 'network: etinynet-1.0' "$a"
wrong "'480MHz' is not a whole number" 'name: x' 'network: etinynet-1.0' 'board: stm32f746' 'clock: 480MHz'
wrong "w.yaml:2: unknown network 'etinynet-9'" 'name: x' 'network: etinynet-9' "$a"
wrong "unknown board 'stm32f999'" 'name: x' 'network: etinynet-1.0' 'board: stm32f999'
wrong "'some' is not a whole number" 'name: x' 'network: etinynet-1.0' 'board: stm32f746' 'patches: [0, auto, some]'
wrong '1 is no number of strips' 'name: x' 'network: etinynet-1.0' 'board: stm32f746' 'patches: 1'
wrong 'strips of layers are not shared' 'name: x' 'network: etinynet-1.0' 'board: stm32f746' 'patches: [0, 4]' 'layers: shared'
wrong "'8' is listed twice" 'name: x' 'network: etinynet-1.0' 'wbits: [8, 8]' "$a"
wrong 'the list is empty' 'name: x' 'network: etinynet-1.0' 'wbits: []' "$a"
wrong 'is no range' 'name: x' 'network: etinynet-1.0' 'width: {from: 1, to: 0.5, step: 0.1}' "$a"
wrong 'plan: without any board' 'name: x' 'network: etinynet-1.0' 'plan: inplace' "$a"
wrong 'there is nothing to run on' 'name: x' 'network: etinynet-1.0'
wrong 'colour' 'name: x' 'network: etinynet-1.0' "$a" 'colour: red'
wrong 'more than' 'name: x' 'network: etinynet-1.0' 'input: {from: 1, to: 1000, step: 1}' 'width: {from: 0.1, to: 9, step: 0.001}' "$a"
wrong 'rows_of_nothing' 'name: x' 'network: etinynet-1.0' "$a" 'set: {rows_of_nothing: 3}'
wrong 'cannot be read' 'name: x' 'network: etinynet-1.0' 'board: stm32f746' 'weights: nowhere.params'

# 7. Boards: a worker that dies is an outcome, and can be tried again.
if command -v arm-none-eabi-gcc >/dev/null; then
    printf '%s\n' 'name: boards' 'network: etinynet-1.0' 'width: 0.25' 'input: 96' 'board: [stm32f412, stm32f407]' 'plan: [inplace, pingpong]' >"$t/m.yaml"
    "$sim" sweep "$t/m.yaml" --db "$t/m.db" -j 1 2>"$t/log" >/dev/null &
    pid=$!
    for i in $(seq 100); do
        child=$(pgrep -P $pid) && break
        sleep 0.02
    done
    kill -KILL $child
    wait $pid
    check $? 'a sweep survives the death of a worker'
    [ "$(sqlite3 "$t/m.db" "SELECT count(*) FROM point WHERE state = 'failed' AND reason LIKE '%signal 9%'")" = 1 ]
    check $? 'the point is recorded as failed, with the signal'
    "$sim" sweep "$t/m.yaml" --db "$t/m.db" -j 2 -q --retry 2>"$t/log"
    [ "$(sqlite3 "$t/m.db" "SELECT count(*) FROM point WHERE state = 'done'")" = 4 ]
    check $? '--retry evaluates it again'

    # Without a compiler in the path nothing is known of a point on a board: no outcome is stored, and the sweep fails.
    for layers in whole shared; do
        printf '%s\n' 'name: bare' 'network: etinynet-1.0' 'width: 0.25' 'input: 96' 'board: stm32f412' "layers: $layers" >"$t/bare.yaml"
        rm -f "$t/bare.db"
        PATH=/nonexistent "$sim" sweep "$t/bare.yaml" --db "$t/bare.db" -j 1 -q 2>"$t/log"
        [ $? = 5 ] && [ "$(wc -l <"$t/log")" = 1 ] && grep -q 'arm-none-eabi-gcc' "$t/log" &&
            [ "$(sqlite3 "$t/bare.db" 'SELECT count(*) FROM point')" = 0 ]
        check $? "no compiler, layers $layers: exit 5, one line, and no point is stored"
    done

    # 8. Shared layers: near whole runs, remembered, and the same again.
    printf '%s\n' 'name: shared' 'network: etinynet-1.0' 'width: [0.25, 0.35]' 'input: 96' 'wbits: [8, 4]' 'board: [stm32f412, stm32f746]' \
        'layers: shared' >"$t/l.yaml"
    "$sim" sweep "$t/l.yaml" --db "$t/l.db" -j 2 --no-check --json >"$t/log" 2>/dev/null
    grep -q '"done":8,"unfit":0,"failed":0' "$t/log"
    check $? 'points are put together from shared layers'
    [ "$(sqlite3 "$t/l.db" 'SELECT count(*) FROM uncosted')" = 0 ] && [ "$(sqlite3 "$t/l.db" 'SELECT count(*) FROM memo')" -gt 20 ]
    check $? 'every count has a cost, and the layers are remembered'
    sed 's/^layers: .*/layers: whole/; s/0.25, //' "$t/l.yaml" >"$t/lw.yaml"
    "$sim" sweep "$t/lw.yaml" --db "$t/lw.db" -j 2 -q
    sqlite3 "$t/l.db" "ATTACH '$t/lw.db' AS whole;
        WITH cycles AS (SELECT t.run, sum(t.count * c.cycles) AS n FROM whole.tally t JOIN whole.cost c USING (run, component, action)
            WHERE t.scope > 0 GROUP BY 1)
        SELECT p.params_json, 100.0 * (r.inference_cycles - w.n) / w.n, r.inference_cycles, w.n, r.peak_sram_bytes -
            (SELECT sum(bytes) FROM whole.peak k WHERE k.run = w.run AND k.scope IS NULL AND k.part IN ('data', 'bss', 'arena', 'stack', 'heap')),
            r.flash_bytes - (SELECT bytes FROM whole.peak k WHERE k.run = w.run AND k.scope IS NULL AND k.part = 'flash')
        FROM point p JOIN whole.point q USING (params_json) JOIN cycles w ON w.run = q.run JOIN runs r ON r.run = p.run" >"$t/log"
    [ "$(wc -l <"$t/log")" = 4 ] && awk -F '|' '{ if ($2 > 1 || $2 < -1 || $5 > 64 || $5 < -64 || $6 > 1024 || $6 < -1024) bad = 1 } END { exit bad }' "$t/log"
    check $? 'within 1 % of whole runs, 64 bytes of SRAM, 1 KiB of flash'
    content "$t/l.db" >"$t/l.txt"
    sqlite3 "$t/l.db" 'PRAGMA foreign_keys = ON; DELETE FROM point WHERE run > 3; DELETE FROM run WHERE id > 3'
    "$sim" sweep "$t/l.yaml" --db "$t/l.db" -j 2 --no-check -q && content "$t/l.db" | cmp -s - "$t/l.txt"
    check $? 'lost points are put together again from what is remembered'
else
    n=$((n + 1))
    echo "ok $n - points on boards # SKIP no arm-none-eabi-gcc"
fi
echo "1..$n"
