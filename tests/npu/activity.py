"""Toggles of a simulation, cells of a synthesis, coefficients -> watts by part. See activity.sh."""
import json
import re
import sys

activity_file, cells_file, coefficients_file, model_file = sys.argv[1:]
text = open(coefficients_file).read()


def number(key):
    return float(re.search(rf"\b{key}: ([0-9.]+)", text).group(1))


rate = {}
for line in open(activity_file):
    m = re.match(r"activity (\w+) (\d+) bits (\d+) toggles (\d+) cycles", line)
    if m:
        rate[m[1]] = int(m[3]) / int(m[2]) / int(m[4])

# Cells of each module, then how often it occurs below which part: memory banks belong to the memory around them.
own, tree, module = {}, [], None
for line in open(cells_file):
    m = re.match(r"=== (.*) ===", line)
    if m:
        module = m[1]
    elif module == "design hierarchy" and re.match(r"\s+\S+\s+\d+\s*$", line):
        name, count = line.split()
        if name in own:
            tree.append((len(line) - len(line.lstrip()), name, int(count)))
    else:
        m = re.match(r"\s+([A-Z][A-Z0-9]+)\s+(\d+)\s*$", line)
        if m and module != "design hierarchy":
            own.setdefault(module, {})[m[1]] = int(m[2])
        elif module and module != "design hierarchy":
            own.setdefault(module, {})
slices, dsps, lutram = {}, {}, 0
stack = []
PART = {"tinynpu": "top", "pe_array": "top", "block_ram": None, "memory_bank": None}
for indent, name, count in tree:
    while stack and stack[-1][0] >= indent:
        stack.pop()
    times = count * (stack[-1][2] if stack else 1)
    short = name.split("\\")[-1]
    part = PART.get(short, short) or (stack[-1][1] if stack else "top")
    stack.append((indent, part, times))
    for cell, n in own[name].items():
        if re.match(r"LUT\d|FD|CARRY4|MUXF|SRL", cell):
            slices[part] = slices.get(part, 0) + n * times
        elif cell == "DSP48E1":
            key = "products" if part == "pe_column" else part
            dsps[key] = dsps.get(key, 0) + n * times
        elif cell.startswith("RAM64") or cell.startswith("RAM32"):
            lutram += n * times * (4 if cell.endswith("M") else 1)

model = json.load(open(model_file))
hz, seconds = model["clock_hz"], model["seconds"]
fj, base = number("slice_fj"), number("slice_toggle")
nets, clock = number("nets") / number("logic"), number("clock") / number("logic")
total = 0.0
print(f"{'part':16} {'cells':>7} {'DSP':>4} {'toggles a bit':>13} {'logic mW':>9} {'nets mW':>8} {'clock mW':>8} {'DSP mW':>7}")
sums = [0.0] * 4
for part in sorted(set(slices) | set(dsps)):
    r = rate.get(part, 0.0)
    logic = slices.get(part, 0) * fj * 1e-15 * r / base * hz * 1e3
    row = [logic, logic * nets, slices.get(part, 0) * fj * 1e-15 * clock * hz * 1e3,
           dsps.get(part, 0) * number("dsp_pj") * 1e-12 * r / number("dsp_toggle") * hz * 1e3]
    sums = [a + b for a, b in zip(sums, row)]
    print(f"{part:16} {slices.get(part, 0):7d} {dsps.get(part, 0):4d} {r:13.4f} {row[0]:9.2f} {row[1]:8.2f} {row[2]:8.2f} {row[3]:7.2f}")
print(f"{'sum':16} {sum(slices.values()):7d} {sum(dsps.values()):4d} {'':13} {sums[0]:9.2f} {sums[1]:8.2f} {sums[2]:8.2f} {sums[3]:7.2f}")
fixed = model["energy_parts_uj"]


def watts(key):
    return fixed.get(key, 0.0) * 1e-6 / seconds


memory = sum(watts(k) for k in fixed if k not in ("static", "clock", "logic", "mac", "io"))
parts = {"static": watts("static"), "clock generator": watts("clock"), "memories, by access": memory,
         "logic and nets": (sums[0] + sums[1]) / 1e3, "clock tree": sums[2] / 1e3, "DSP": sums[3] / 1e3}
print(f"activity: {sum(parts.values()):.3f} W: " + ", ".join(f"{k} {v:.3f}" for k, v in parts.items()))
print(f"activity: the access-count model without its fitted constant {model['calibration']['watts_before']:.3f} W, published 0.62 W")
