#!/bin/bash
# Every profile is read by a reader of its format, and its totals are those of the run.
. tests/guest/lib.sh
if ! command -v arm-none-eabi-gcc >/dev/null; then echo "ok 1 - profiles # SKIP no arm-none-eabi-gcc"; exit 0; fi
arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16 -Os -g -ffreestanding -nostdlib -T $G/guest.ld \
    $G/start.c $G/rtos.c -lgcc -o "$t/rtos.elf"
kinds=(folded callgrind trace lcov annotate map)
args=()
for k in "${kinds[@]}"; do args+=(--profile "$k=$t/p.$k"); done
"$E" run "$t/rtos.elf" --board stm32f407 --json "${args[@]}" >"$t/run.json"
point $? "all kinds in one run"
"$E" run "$t/rtos.elf" --board stm32f407 --json >"$t/plain.json"
python3 - "$t" <<'PY'
import json, sys
a, b = (json.load(open(sys.argv[1] + f)) for f in ("/run.json", "/plain.json"))
sys.exit(a["cycles"] != b["cycles"] or a["stalls"] != b["stalls"])
PY
point $? "profiles change no count"
check() { python3 - "$t" "$1"; }
check folded <<'PY'
import json, sys
d = sys.argv[1]; run = json.load(open(d + "/run.json")); total = 0; stacks = set()
for line in open(d + "/p.folded"):
    stack, count = line.rstrip("\n").rsplit(" ", 1)
    assert stack and " " not in stack or stack == "(asleep)", line
    total += int(count); stacks.add(stack)
assert total == run["cycles"], (total, run["cycles"])
assert {"task_a;worker;wait_ticks", "task_b;worker;yield", "PendSV_Handler;schedule"} <= stacks, stacks
PY
point $? "folded stacks: tasks and handlers apart, the sum is the cycles of the run"
check callgrind <<'PY'
import json, re, sys
d = sys.argv[1]; run = json.load(open(d + "/run.json"))
total = [0, 0]; summary = None; called = False; fns = set(); lines = 0
for line in open(d + "/p.callgrind"):
    line = line.rstrip("\n")
    if line.startswith("summary:"): summary = [int(x) for x in line.split()[1:]]
    elif line.startswith("fn="): fns.add(line[3:])
    elif line.startswith("calls="):
        assert re.fullmatch(r"calls=\d+ 0x[0-9a-f]+ \d+", line), line
        called = True
    elif re.match(r"0x[0-9a-f]+ ", line):
        f = line.split(); assert len(f) == 4, line
        if not called:
            total[0] += int(f[2]); total[1] += int(f[3]); lines += int(f[1]) > 0
        called = False
asleep = run["stalls"]["sleep"]
assert total == summary and total[0] == run["cycles"] - asleep, (total, summary, run["cycles"])
assert total[1] == run["instructions"], (total, run["instructions"])
assert "worker" in fns and lines > 100
PY
point $? "callgrind: positions with lines, the summary is the sum and the cycles of the run"
if command -v callgrind_annotate >/dev/null; then
    callgrind_annotate --auto=yes "$t/p.callgrind" >"$t/annotated" 2>"$t/err" && grep -q 'worker' "$t/annotated" && grep -q 'PROGRAM TOTALS' "$t/annotated" &&
        grep -q 'sum += step' "$t/annotated" # a line of the source, so files and lines are found
    point $? "callgrind_annotate reads it and finds the source lines"
else
    skip "callgrind_annotate reads it" "no valgrind"
fi
check trace <<'PY'
import json, sys
d = sys.argv[1]; run = json.load(open(d + "/run.json")); tr = json.load(open(d + "/p.trace"))
open_, last, names, cats = {}, 0, set(), set()
for e in tr["traceEvents"]:
    if e["ph"] == "M": continue
    if e.get("name") == "SRAM: bytes": cats.add("C"); continue
    assert e["ts"] >= last - 1e-6, e
    last = max(last, e["ts"])
    if e["ph"] == "B": open_[e["tid"]] = open_.get(e["tid"], 0) + 1; names.add(e["name"]); cats.add(e["cat"])
    if e["ph"] == "E":
        open_[e["tid"]] -= 1
        assert open_[e["tid"]] >= 0, e
assert not any(open_.values()), open_
assert {"worker", "SysTick_Handler", "PendSV_Handler"} <= names and {"interrupt", "function", "C"} <= cats, cats
assert tr["otherData"]["complete"]
PY
point $? "trace events: JSON, begins and ends match on every thread, interrupts and counters are there"
check lcov <<'PY'
import sys
d = sys.argv[1]; hits = {}; fn = {}; sf = None; ok = False
for line in open(d + "/p.lcov"):
    k, _, v = line.strip().partition(":")
    if k == "SF": sf = v; lh = lf = 0
    elif k == "DA":
        no, c = v.split(","); hits[sf, int(no)] = int(c); lf += 1; lh += int(c) > 0
    elif k == "FNDA": c, name = v.split(","); fn[name] = int(c)
    elif k == "LF": assert int(v) == lf
    elif k == "LH": assert int(v) == lh
    elif line.strip() == "end_of_record": sf = None
src = open("tests/guest/rtos.c").read().split("\n")
loop = next(i + 1 for i, l in enumerate(src) if "sum += step" in l)
got = [c for (f, n), c in hits.items() if f.endswith("rtos.c") and n == loop]
assert got == [2 * 5 * 200], got
assert fn["BusFault_Handler"] == 0 and fn["worker"] == 2, fn
assert sf is None and any(c == 0 for c in hits.values())
PY
point $? "lcov: the inner line ran 2 tasks x 5 rounds x 200 times, the unused handler never"
if command -v lcov >/dev/null; then
    lcov --summary "$t/p.lcov" >"$t/summary" 2>&1 && grep -q 'lines.*%' "$t/summary"
    point $? "lcov reads it"
else
    skip "lcov reads it" "no lcov"
fi
check annotate <<'PY'
import json, re, sys
d = sys.argv[1]; run = json.load(open(d + "/run.json")); cycles = runs = text = 0
for line in open(d + "/p.annotate"):
    m = re.match(r"\s*(\d+)\s+(\d+)\s+([0-9a-f]+)  (.*)$", line)
    if m: runs += int(m[1]); cycles += int(m[2]); text += bool(m[4])
assert cycles == run["cycles"] - run["stalls"]["sleep"] and runs == run["instructions"], (cycles, runs)
assert text > 200
PY
point $? "annotated disassembly: cycles and instructions of the lines are those of the run"
check map <<'PY'
import csv, json, sys
d = sys.argv[1]; run = json.load(open(d + "/run.json"))
rows = list(csv.DictReader(open(d + "/p.map"), delimiter="\t"))
assert rows and all(int(r["address"], 16) % 1024 == 0 for r in rows)
assert max(int(r["cycle"]) for r in rows) <= run["cycles"]
want = {"read": 0, "write": 0}
for r in run["regions"]:
    if r["region"].startswith(("ram", "sram")): want[r["direction"]] += r["bytes"]
got = {"read": sum(int(r["read_bytes"]) for r in rows), "write": sum(int(r["written_bytes"]) for r in rows)}
print("#", got, want)
assert got == want
PY
point $? "SRAM map: bytes are those of the run's traffic"
# SysTick cuts blocks of a loop of one block in its middle
arm-none-eabi-gcc -mcpu=cortex-m4 -nostdlib -DPERIOD=1000 -DCOUNT=50 -DLENGTH=20 -Wl,-Ttext=0x08000000 -Wl,-e,Reset tests/bench/ticks.S -o "$t/ticks.elf"
"$E" run "$t/ticks.elf" --board stm32f407 --json --profile "callgrind=$t/p.callgrind" >"$t/run.json"
check callgrind <<'PY'
import json, re, sys
d = sys.argv[1]; run = json.load(open(d + "/run.json"))
summary = [l.split() for l in open(d + "/p.callgrind") if l.startswith("summary:")][0]
assert [int(x) for x in summary[1:]] == [run["cycles"], run["instructions"]], (summary, run["instructions"])
PY
point $? "an instruction is counted once in a block that an interrupt cuts"
"$E" run "$t/rtos.elf" --board stm32f407 --hot 3 | grep -qE '^ +[0-9]+ +[0-9.]+% .* worker$'
point $? "--hot names the busiest function"
"$E" run "$t/rtos.elf" --board stm32f407 --scopes '*' --db "$t/n.db" >/dev/null && "$E" report layers --db "$t/n.db" >"$t/nested.txt" &&
    "$E" report layers --db "$t/n.db" --json >"$t/nested.json" && check nested <<'PY'
import json, sys
d = sys.argv[1]; rows = json.load(open(d + "/nested.json"))["rows"]; run = json.load(open(d + "/plain.json"))
inside = {r["name"]: r["inside"] for r in rows}
assert inside["yield"] == "wait_ticks" and inside["PendSV_Handler"] is None, inside
total = sum(r["cycles"] for r in rows if r["inside"] is None)
line = next(l for l in open(d + "/nested.txt") if l.startswith("     total"))
assert str(total) in line.split() and total <= run["cycles"] < sum(r["cycles"] for r in rows), (total, line)
PY
point $? "a scope inside another one counts once in the total, and says where it lies"
"$E" run "$t/rtos.elf" --board stm32f407 --profile nosuch=x >/dev/null 2>"$t/err"
[ $? = 2 ] && grep -q 'expected KIND=FILE' "$t/err"
point $? "an unknown kind is a usage error"
exit $bad
