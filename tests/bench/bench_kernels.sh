#!/bin/bash
# Cycles per multiply-accumulate of EtinyNet-1.0 at 224 with the fast kernels, batch norm included: on Cortex-M4 without what
# flash and buses add (the core's own cycles), on Cortex-M7 as the STM32F746 runs it from flash with both caches.
set -u
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
E=$BUILD/etinysim
for b in stm32f412 stm32f746; do
    "$E" build etinynet-1.0 --board $b -q -o "$t/$b.elf" && "$E" run "$t/$b.elf" --board $b --json >"$t/$b.json" || exit 1
done
"$E" build etinynet-1.0 --board stm32f412 --wbits 4 -q -o "$t/w4.elf" && "$E" run "$t/w4.elf" --board stm32f412 --json >"$t/w4.json" || exit 1
python3 - "$t" <<'PY'
import json, sys
m4, m7, w4 = (json.load(open(f"{sys.argv[1]}/{n}.json")) for n in ("stm32f412", "stm32f746", "w4"))
macs = sum(l["macs"] for l in m4["layers"])
core = lambda d: d["inference_cycles"] - d["stalls"]["fetch"] - d["stalls"]["data"]
print(f"bench: kernels_m4_cycles_per_mac {core(m4) / macs:.3f} cycles/MAC target <=2.0")
print(f"bench: kernels_m7_cycles_per_mac {m7['inference_cycles'] / macs:.3f} cycles/MAC target <=1.14")
print(f"bench: kernels_w4_over_w8 {core(w4) / core(m4):.3f} ratio target <=1.15")
PY
