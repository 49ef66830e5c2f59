#!/bin/bash
# Build, run, save what the firmware printed, import it as a board's log, validate: no residual beyond the measurement's
# own granularity. Then the same log perturbed by known amounts, and databases that cannot be written.
set -u
E=${BUILD:-build}/etinysim
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
n=0
check() {
    n=$((n + 1))
    if eval "$2"; then echo "ok $n - $1"; else
        echo "not ok $n - $1"
        tail -n 5 "$t/out" "$t/err" 2>/dev/null | sed 's/^/# /'
    fi
}
run() { "$E" "$@" >"$t/out" 2>"$t/err"; rc=$?; }
one_line() { [ "$(wc -l <"$t/err")" = 1 ]; }

run build etinynet-0.75 --board stm32f746 --input 64 --repeat 2 -o "$t/f.elf"
check "build" "[ $rc = 0 ]"
run run "$t/f.elf" --board stm32f746 --db "$t/r.db" --json
check "run" "[ $rc = 0 ]"
cp "$t/out" "$t/run.json"
python3 -c "import json; open('$t/uart.txt', 'w').write(json.load(open('$t/out'))['uart'])"
run compare "$t/run.json" "$t/r.db" --max-cycles-regress 0 --max-energy-regress 0 --max-sram-regress 0 --per-scope
check "JSON and database of one run of two inferences compare as equal" "[ $rc = 0 ] && ! grep -qE 'better|worse|limit$' $t/out"
run import serial "$t/uart.txt" --db "$t/r.db" --platform stm32f746
check "import the log" "[ $rc = 0 ]"
run validate --db "$t/r.db" --tolerance 0
check "no residual: the firmware's own readings agree in every layer" "[ $rc = 0 ] && tail -n 1 $t/out | grep -q '^validate: total .0.00 %, 54 layers, .* within 0 %$'"
run validate --db "$t/r.db" --tolerance 0 --json
check "exactly 0 cycles" "python3 -c \"
import json
d = json.load(open('$t/out'))
assert len(d['layers']) == 54 and d['paired_by'] == 'name' and d['differences'] == ''
assert all(l['cycles'] == l['measured_cycles'] for l in d['layers'] + [d['total']])\""
check "readings exceed the layers' own cycles by at most 40 (call and return)" "python3 -c \"
import sqlite3
d = [(m - c, n) for n, c, m in sqlite3.connect('$t/r.db').execute('select name, cycles, measured_cycles from residuals')]
print('#', min(d), max(d))
assert len(d) == 54 and all(0 <= x <= 40 for x, _ in d)\""

run import serial "$t/uart.txt" --db "$t/r.db" --platform stm32f746
check "the same file is not imported twice" "[ $rc = 2 ] && one_line && grep -q 'in the database already' $t/err"
run import serial "$t/uart.txt" --db "$t/r.db" --platform stm32f412
check "another board is refused" "[ $rc = 2 ] && one_line && grep -q 'is a log of stm32f746, expected stm32f412' $t/err"
sed 's/^etinysim,\([^,]*\),build,.*/etinysim,\1,build,0123456789abcdef0123456789abcdef01234567/' "$t/uart.txt" >"$t/other.txt"
run import serial "$t/other.txt" --db "$t/r.db" --platform stm32f746
check "a log of another ELF is refused" "[ $rc = 2 ] && one_line && grep -q 'the log is of build 0123456789abcdef' $t/err"
sed 's/wait_states,[0-9]*/wait_states,2/' "$t/uart.txt" >"$t/ws.txt"
cp "$t/r.db" "$t/ws.db"
run import serial "$t/ws.txt" --db "$t/ws.db" --platform stm32f746
run validate --db "$t/ws.db"
check "other wait states are named" "[ $rc = 2 ] && one_line && grep -q 'wait_states: simulated [0-9]*, measured 2' $t/err"

# The same where the first layers run in strips, several calls for one inference.
run build tests/net/early_shortcuts.yaml --board stm32f746 --patches 4 --repeat 2 -o "$t/p.elf"
run run "$t/p.elf" --board stm32f746 --db "$t/p.db" --json
check "an inference in strips is one call of every layer" "python3 -c \"
import json, sqlite3
d = json.load(open('$t/out'))
open('$t/strips.txt', 'w').write(d['uart'])
calls = {n for n, in sqlite3.connect('$t/p.db').execute('select calls from layers')}
strips = sum(json.loads(c)['patches'] for c, in sqlite3.connect('$t/p.db').execute('select config_json from run'))
assert calls == {2} and strips == 4, (calls, strips)\""
run import serial "$t/strips.txt" --db "$t/p.db" --platform stm32f746
run validate --db "$t/p.db" --tolerance 0
check "no residual in strips either" "[ $rc = 0 ] && tail -n 1 $t/out | grep -q '^validate: total .0.00 %.* within 0 %$'"

# One layer 20 % slower on the board.
awk -F, -v OFS=, '$1 == "layer" && $4 == "LB2.2.pw" {$5 = int($5 * 1.25)} {print}' "$t/uart.txt" >"$t/slow.txt"
cp "$t/r.db" "$t/slow.db"
run import serial "$t/slow.txt" --db "$t/slow.db" --platform stm32f746
run validate --db "$t/slow.db" --tolerance 10
check "a slow layer is found" "[ $rc = 1 ] && tail -n 1 $t/out | grep -q 'worst LB2.2.pw -20.0. %: beyond 10 %'"

# A board that waits 1.4 times as long for data as the model believes.
python3 - "$t" <<'PY'
import sqlite3, sys
t = sys.argv[1]
db = sqlite3.connect(t + '/r.db')
calls = dict(db.execute("select name, calls from layers where run = 1"))
wait = {}
for name, cycles in db.execute("select l.name, sum(t.cycles) from scope l join within w on w.run = l.run and w.scope = l.id "
                               "join time t on t.run = w.run and t.scope = w.part where l.run = 1 and t.component = 'core' "
                               "and t.action = 'data' group by l.id"):
    wait[name] = cycles / calls.get(name, 1)
with open(t + '/data.txt', 'w') as out:
    for line in open(t + '/uart.txt'):
        f = line.rstrip('\n').split(',')
        if f[0] == 'layer':
            f[4] = str(round(int(f[4]) + 0.4 * wait[f[3]]))
        out.write(','.join(f) + '\n')
db.execute('pragma wal_checkpoint(truncate)')
PY
"$E" run "$t/f.elf" --board stm32f746 --db "$t/data.db" -q >/dev/null 2>&1
run import serial "$t/data.txt" --db "$t/data.db" --platform stm32f746
run calibrate --db "$t/data.db" --core cortex-m7 --constant data -o "$t/fit.yaml" --json
check "calibrate recovers the injected constant within its interval" "[ $rc = 0 ] && python3 -c \"
import json
d = json.load(open('$t/out'))
c = d['constants'][0]
print('#', c['calibrated'], '+-', c['uncertainty'])
assert abs(c['calibrated'] - 1.4) <= max(c['uncertainty'], 0.001) and c['uncertainty'] < 0.05, c
assert d['held_out_error_after_percent'] < d['held_out_error_before_percent'] / 5\""
run run "$t/f.elf" --board "$t/fit.yaml" --db "$t/data.db"
check "run takes the overlay and says so" "[ $rc = 0 ] && grep -q 'calibrated' $t/out"
run validate --db "$t/data.db" --tolerance 1
check "the calibrated run agrees, with the word" "[ $rc = 0 ] && grep -q 'the simulated run uses calibrated constants' $t/out"
run calibrate --db "$t/data.db" --core cortex-m7 --constant sleep -o "$t/no.yaml"
check "what the data cannot determine is refused" "[ $rc = 2 ] && one_line && ! [ -e $t/no.yaml ]"

# Databases that cannot be written: one line, nothing lost.
content() { sqlite3 "$1" "SELECT count(*) FROM run; SELECT count(*) FROM tally; SELECT sum(count) FROM tally; PRAGMA integrity_check"; }
before=$(content "$t/r.db")
cp "$t/r.db" "$t/full.db"
(trap '' XFSZ; ulimit -f 20; "$E" import serial "$t/slow.txt" --db "$t/full.db" --platform stm32f746 >"$t/out" 2>"$t/err")
rc=$?
check "a full disk" "[ $rc = 5 ] && one_line && [ \"\$(content $t/full.db)\" = \"$before\" ]"
python3 - "$t" <<'PY' &
import sqlite3, sys, time, os
db = sqlite3.connect(sys.argv[1] + '/r.db', isolation_level=None)
db.execute('begin immediate')
open(sys.argv[1] + '/held', 'w').close()
while not os.path.exists(sys.argv[1] + '/release'):
    time.sleep(0.1)
db.execute('rollback')
PY
holder=$!
for _ in $(seq 100); do [ -e "$t/held" ] && break; sleep 0.1; done
run import serial "$t/slow.txt" --db "$t/r.db" --platform stm32f746
check "a locked database" "[ $rc = 5 ] && one_line && grep -q 'locked by another program' $t/err"
run report runs --db "$t/r.db"
check "a locked database can be read" "[ $rc = 0 ]"
touch "$t/release"
wait $holder
check "nothing is lost" "[ \"\$(content $t/r.db)\" = \"$before\" ]"
chmod 444 "$t/full.db"
run import serial "$t/slow.txt" --db "$t/full.db" --platform stm32f746
check "a read-only database" "[ $rc = 2 ] && one_line && grep -q 'is read-only' $t/err"
echo "1..$n"
