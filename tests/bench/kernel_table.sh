#!/bin/bash
# Kernel section of docs/performance.md: cycles of EtinyNet-1.0 at 224 by kind of layer, beside the open kernels and the counted
# bound. Prints Markdown. Needs $BUILD (default build) with a current etinysim.
set -u
E=${BUILD:-build}/etinysim
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
for b in stm32f412 stm32f746 stm32h743; do
    "$E" build etinynet-1.0 --board $b -q -o "$t/$b.elf" && "$E" run "$t/$b.elf" --board $b --json >"$t/$b.json" || exit 1
done
"$E" build etinynet-1.0 --board stm32f412 --wbits 4 -q -o "$t/w4.elf" && "$E" run "$t/w4.elf" --board stm32f412 --json >"$t/w4.json" || exit 1
python3 - "$t" <<'PY'
import json, sys
runs = {n: json.load(open(f"{sys.argv[1]}/{n}.json")) for n in ("stm32f412", "w4", "stm32f746", "stm32h743")}
kinds = [("stem and max pool", ["conv2d"]), ("depthwise 3x3", ["depthwise_conv2d"]), ("pointwise", ["pointwise_conv2d"]),
         ("add", ["add"]), ("global average, fully connected", ["global_avg_pool", "fully_connected"])]
# M cycles on Cortex-M4 at zero wait states. CMSIS-NN 99f736a6 -O2 with single rounding, TinyEngine 47bb283 (float requantise),
# gcc 12.2.1, timed with the rules of this project; bound: counted instructions of the best known scheme.
open_kernels = {"stem and max pool": (54.1 + 4.1, 24.1 + 8.4, 14.6), "depthwise 3x3": (143.5, 140.0, 34.0), "pointwise": (184.1, 217.7, 97.0),
                "add": (19.5, 28.2, 1.5), "global average, fully connected": (1.6, 2.2, 0.8)}
def cycles(run, ops):
    return sum(l["cycles"] for l in runs[run]["layers"] if l["op"] in ops)
def macs(ops):
    return sum(l["macs"] for l in runs["stm32f412"]["layers"] if l["op"] in ops)
def row(name, ops, o):
    m, c = macs(ops), {r: cycles(r, ops) for r in runs}
    per = f"{c['stm32f412'] / m:.2f}" if m else "-"
    per7 = f"{c['stm32f746'] / m:.2f}" if m else "-"
    print(f"| {name} | {m / 1e6:.2f} | {c['stm32f412'] / 1e6:.1f} | {per} | {c['w4'] / 1e6:.1f} | {o[2]:.1f} | {c['stm32f412'] / 1e6 / o[2]:.2f} | "
          f"{o[0]:.1f} | {o[1]:.1f} | {c['stm32f746'] / 1e6:.1f} | {per7} | {c['stm32h743'] / 1e6:.1f} |")
print("| layers | MACs M | M4 Mcycles | per MAC | 4-bit weights | bound | times bound | CMSIS-NN | TinyEngine | M7 F746 | per MAC | M7 H743 |")
print("|--|--|--|--|--|--|--|--|--|--|--|--|")
for name, ops in kinds:
    row(name, ops, open_kernels[name])
row("**all**", [o for _, ops in kinds for o in ops], [sum(v[i] for v in open_kernels.values()) for i in range(3)])
s = runs["stm32f412"]["stalls"]
print(f"\nOf the M4 cycles, {(s['fetch'] + s['data']) / 1e6:.2f} M are waits for memory on the STM32F412 (3 wait states, ART); the rest is the core's own.")
PY
