#!/bin/bash
# The table "First stage in strips" of docs/performance.md: networks whose first maps are large, whole and in strips, on an STM32L4R5,
# which holds them whole, too. BOARD=B, WBITS=4 for others; what does not fit is left out.
set -eu
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
E=${BUILD:-build}/etinysim
board=${BOARD:-stm32l4r5}
echo '| network | input | strips | layers of the stage | arena [bytes] | lower bound | MACs done again | Mcycles | slower by |'
echo '|--|--|--|--|--|--|--|--|--|'
for net in mobilenet-v1-0.5 mobilenet-v2-0.35 mnasnet-a1-0.35 shufflenet-v2-0.5 etinynet-1.0; do
    rm -f "$t/whole"
    for patches in none 2 4 8 16 auto; do
        how=()
        [ $patches = none ] || how=(--patches $patches)
        "$E" build $net --board "$board" --wbits "${WBITS:-8}" "${how[@]}" --json -o "$t/f.elf" >"$t/build" 2>/dev/null || continue
        "$E" run "$t/f.elf" --board "$board" --json >"$t/run"
        python3 - "$t" "$net" "$patches" <<'PY'
import json, os, sys
t, net, patches = sys.argv[1:]
b, r = json.load(open(t + "/build")), json.load(open(t + "/run"))
uart = [l.split(",") for l in r["uart"].split("\n")]
assert [l[3] for l in uart if l[0] == "logits"] == [b["logits_crc32"]], "the logits are not the host's"
side = [l[3].split("x")[0] for l in uart if l[0] == "network"][0]
cycles, macs = sum(l["cycles"] for l in r["layers"]), sum(l["macs"] for l in r["layers"])
if patches == "none":
    open(t + "/whole", "w").write(str(cycles))
whole = int(open(t + "/whole").read()) if os.path.exists(t + "/whole") else 0
strips = "-" if patches == "none" else f"auto: {b['patches'] or 'none'}" if patches == "auto" else patches
print(f"| {net} | {side} | {strips} | {b['stage_layers'] or '-'} | {b['arena_bytes']} | {b['lower_bound_bytes']} | "
      f"{100 * b['macs_again'] / macs:.1f} % | {cycles / 1e6:.1f} | {f'{100 * cycles / whole - 100:.1f} %' if whole else '-'} |")
PY
    done
done
