#!/bin/bash
# Second table of docs/performance.md: what the kernels cost that EtinyNet does not use, by operator and window, whole layers of whole
# networks. Prints Markdown. Needs $BUILD (default build) with a current etinysim.
set -u
E=${BUILD:-build}/etinysim
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
nets=('mcunet-in2' 'mobilenet-v3-small-0.35 --wbits 4' 'shufflenet-v2-0.5 --input 160 --wbits 4' 'micronet-m2 --wbits 4')
for i in "${!nets[@]}"; do
    read -r name rest <<<"${nets[i]}"
    # shellcheck disable=SC2086
    "$E" model "$name" ${rest% --wbits*} --json >"$t/$i.model" 2>/dev/null || "$E" model "$name" --json >"$t/$i.model" || exit 1
    for b in stm32f412 stm32f746; do
        # shellcheck disable=SC2086
        "$E" build "$name" $rest --board $b -q -o "$t/f.elf" && "$E" run "$t/f.elf" --board $b --json >"$t/$i.$b" || exit 1
    done
done
python3 - "$t" "${nets[@]}" <<'PY'
import json, sys
folder, nets = sys.argv[1], sys.argv[2:]
rows = {}
for i, net in enumerate(nets):
    model = {l["name"]: l for l in json.load(open(f"{folder}/{i}.model"))["layers"]}
    for b in ("stm32f412", "stm32f746"):
        for l in json.load(open(f"{folder}/{i}.{b}"))["layers"]:
            m = model[l["name"]]
            side = m["kernel"]
            part = l["name"].split(".")[-1] # MicroNet's windows of one column, then of one row
            window = "" if l["op"] not in ("conv2d", "depthwise_conv2d", "group_conv2d", "max_pool") else \
                f" of {side} rows" if part == "column" else " of a row" if part == "row" else f" {side}x{side}"
            r = rows.setdefault((net.split()[0], l["op"] + window), {"macs": 0, "values": 0})
            r[b] = r.get(b, 0) + l["cycles"]
            if b == "stm32f412":
                r["macs"] += l["macs"]
                r["values"] += m["out_bytes"]
print("| network | operator | MACs M | values out k | M4 Mcycles | per MAC | per value | M7 F746 Mcycles | per MAC | per value |")
print("|--|--|--|--|--|--|--|--|--|--|")
for (net, op), r in rows.items():
    if op in ("add", "global_avg_pool", "pointwise_conv2d"):
        continue
    cells = []
    for b in ("stm32f412", "stm32f746"):
        cells += [f"{r[b] / 1e6:.2f}", f"{r[b] / r['macs']:.2f}" if r["macs"] else "-", f"{r[b] / r['values']:.1f}"]
    print(f"| {net} | {op} | {r['macs'] / 1e6:.2f} | {r['values'] / 1e3:.0f} | " + " | ".join(cells) + " |")
PY
