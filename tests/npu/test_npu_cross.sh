#!/bin/bash
# Two independent counts of the same layers: multiplies that simulated machine code executes, and the accelerator model.
E=$BUILD/etinysim
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
if ! command -v arm-none-eabi-gcc >/dev/null; then
    echo "ok 1 - cross-check with the simulator # SKIP no arm-none-eabi-gcc"
    echo 1..1
    exit 0
fi
"$E" build etinynet-0.75 --board stm32l4r9 --input 64 -o "$T/x.elf" -q >"$T/out" 2>&1 &&
    timeout 100 "$E" run "$T/x.elf" --board stm32l4r9 --db "$T/x.db" -q >"$T/out" 2>&1 &&
    "$E" npu etinynet-0.75 --input 64 --accel tinynpu --db "$T/x.db" -q >"$T/out" 2>&1
[ $? = 0 ] && echo "ok 1 - simulated and modelled" || { echo "not ok 1 - simulated and modelled"; tail -3 "$T/out" | sed 's/^/# /'; }
"$E" report cross-check --db "$T/x.db" --json >"$T/c.json"
python3 - "$T/c.json" <<'PY'
import json, sys
rows = json.load(open(sys.argv[1]))
rows = rows if isinstance(rows, list) else rows["rows"]
def point(n, good, what): print(("ok" if good else "not ok"), n, "-", what)
point(2, len(rows) > 50 and all(r["npu_macs"] == r["macs"] for r in rows), f"the model counts the list's MACs in {len(rows)} layers")
# The machine code multiplies once per MAC that lies inside the map, and a few times per output to requantise.
work = [r for r in rows if r["macs"] > 0]
ratio = [r["iss_products"] / r["macs"] for r in work]
point(3, len(work) > 40 and all(0.4 < x < 2 for x in ratio), f"executed multiplies per MAC: {min(ratio):.2f} to {max(ratio):.2f}")
pw = [r["iss_products"] / r["macs"] for r in work if r["op"] in ("pointwise_conv2d", "fully_connected")]
point(4, all(1 <= x < 1.2 for x in pw), f"in layers without padding: {min(pw):.3f} to {max(pw):.3f}")
PY
"$E" npu etinynet-0.75 --input 64 --accel tinynpu --db "$T/x.db" --system stm32l4r9 --mcu-run 1 --json -q >"$T/s.json" 2>"$T/out"
python3 - "$T/s.json" "$T/x.db" <<'PY'
import json, sqlite3, sys
s = json.load(open(sys.argv[1]))["system"]
whole = sqlite3.connect(sys.argv[2]).execute("SELECT cycles FROM runs WHERE run = 1").fetchone()[0]
print("ok" if abs(s["before_s"] - whole / 120e6) < 1e-9 else "not ok", 5, "- the MCU's part of a system takes its cycles from the simulated run")
PY
echo 1..5
