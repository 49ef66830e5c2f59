#!/bin/bash
# The firmware in the simulator: logits equal the host reference on every board, with every byte of SRAM poisoned that is not the
# image; the cycles it reads from the DWT are those the simulator counts for the layer's function; the planned peak is the one seen.
set -u
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
python3 - "$BUILD/etinysim" "$t" <<'PY'
import json, os, subprocess, sys
sys.path.insert(0, "tests/firmware")
from points import call, point
from poison import RAM, poison
tool, folder = sys.argv[1:]
small = ["etinynet-1.0", "--width", "0.25", "--input", "96"]
cases = [(b, small, "inplace", 8) for b in RAM] + [("stm32f412", small, "pingpong", 8), ("stm32f412", small, "inplace", 4),
         ("stm32f746", small, "pingpong", 4), ("stm32f746", ["etinynet-ssd", "--input", "128"], "inplace", 8),
         ("stm32l4r5", ["mobilenet-v2-0.35", "--input", "96"], "inplace", 8), ("stm32f407", ["etinynet-0.75", "--input", "100"], "inplace", 4),
         ("stm32f412", ["etinynet-1.0"], "pingpong", 8), ("stm32f412", ["etinynet-1.0"], "inplace", 8),
         ("stm32f746", ["mobilenet-v2-0.35", "--patches", "8"], "inplace", 4), ("stm32l4r5", ["mobilenet-v1-0.5", "--patches", "3"], "inplace", 8),
         ("stm32f412", ["mobilenet-v3-small-0.35", "--input", "64"], "inplace", 4), ("stm32l4r5", ["shufflenet-v2-0.5", "--input", "96"], "inplace", 8),
         ("stm32h743", ["efficientnet-b", "--width", "0.5", "--input", "64"], "pingpong", 8), ("stm32l4r9", ["micronet-m2", "--input", "96"], "inplace", 4),
         ("stm32h743", ["micronet-m3", "--input", "96"], "inplace", 4), ("stm32f746", ["mcunet-in0"], "inplace", 8),
         ("stm32l4r5", ["mnasnet-a1-0.35", "--input", "96"], "inplace", 8)]
for board, net, plan, wbits in cases:
    elf, bad = f"{folder}/f.elf", f"{folder}/p.elf"
    what = f"{board} {' '.join(net)} {plan} {wbits} bit"
    b = call(tool, "build", *net, "--board", board, "--plan", plan, "--wbits", str(wbits), "--json", "-o", elf)
    if not b:
        point(False, what)
        continue
    poison(elf, bad, board)
    r = call(tool, "run", bad, "--board", board, "--json")
    if not r:
        point(False, what)
        continue
    lines = [l.split(",") for l in r["uart"].split("\n")]
    crc = [l[3] for l in lines if l[0] == "logits"]
    point(crc == [b["logits_crc32"]], f"{what}: logits equal the host reference in poisoned memory")
    dwt = {l[3]: int(l[4]) for l in lines if l[0] == "layer"}
    iss = {l["name"]: l["cycles"] for l in r["layers"]}
    worst = max((abs(dwt.get(k, 0) - iss[k]), k) for k in iss)
    point(len(iss) == len(dwt) and worst[0] <= (64 if board in ("stm32f746", "stm32h743") else 24) * max(1, b["patches"]), f"{what}: DWT and simulator agree within {worst[0]} cycles a layer")
    parts = {p["part"]: p["bytes"] for p in r["memory"]}
    point(all(0 < l["code_bytes"] < parts["code_touched"] and 0 < l["stack_bytes"] <= parts["stack"] and l["activation_bytes"] > 0 and
              (l["macs"] == 0 or l["weight_bytes"] > l["macs"] * wbits / 8 / (64 * 64)) for l in r["layers"])
          and parts["code_touched"] < r["flash_bytes"], f"{what}: every layer touches activations, stack, code and, if it has any, weights")
    if os.path.exists(f"{folder}/f.db"):
        os.remove(f"{folder}/f.db")
    call(tool, "run", elf, "--board", board, "--db", f"{folder}/f.db", "--json")
    work = subprocess.run([tool, "report", "work", "--db", f"{folder}/f.db", "--format", "json"], capture_output=True, text=True).stdout
    rows = json.loads(work)["rows"] if work else []
    # Beyond what the shapes let expect there are only the multiplications of address arithmetic.
    print("#", [(w["name"], w["expected"], w["rest"]) for w in rows if w["rest"] is None or not 0 <= w["rest"] <= 2000 + w["expected"] / 12])
    off = [w["name"] for w in rows if not 0 <= w["rest"] <= 2000 + w["expected"] / 12]
    point(len(rows) == sum(k != "detect" for k in iss) and not off, f"{what}: multiplications executed are those expected {off}")
    seen = [m["bytes"] for m in r["memory"] if m["part"] == "arena"]
    point(seen == [b["arena_bytes"]], f"{what}: the arena's planned peak {b['arena_bytes']} is the one seen {seen}")
PY
