#!/bin/bash
# Memory plans in simulation, over networks, widths and input sizes drawn at random (SEED=N draws others, POINTS=N as many): the
# arena's planned peak is the one seen, and the logits are the host's although every byte of SRAM but the image was poisoned. All
# plans and strips of one network give the same logits.
set -u
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
python3 - "$BUILD/etinysim" "$t" "${SEED:-4}" "${POINTS:-16}" <<'PY'
import random, sys
sys.path.insert(0, "tests/firmware")
from points import call, point
from poison import poison
tool, folder, seed, points = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
rnd = random.Random(seed)
def run(args, board):
    """The build's report and whether the simulation agrees with it; None: not built."""
    b = call(tool, "build", *args, "--board", board, "--json", "-o", f"{folder}/f.elf")
    if not b:
        return None, False
    poison(f"{folder}/f.elf", f"{folder}/p.elf", board)
    r = call(tool, "run", f"{folder}/p.elf", "--board", board, "--json")
    if not r:
        return b, False
    crc = [l.split(",")[3] for l in r["uart"].split("\n") if l.startswith("logits")]
    seen = [m["bytes"] for m in r["memory"] if m["part"] == "arena"]
    if crc != [b["logits_crc32"]] or seen != [b["arena_bytes"]]:
        print(f"# logits {crc} for {b['logits_crc32']}, arena {seen} for {b['arena_bytes']}")
    return b, crc == [b["logits_crc32"]] and seen == [b["arena_bytes"]]
networks = ["etinynet-1.0", "etinynet-0.75", "etinynet-0.75-code", "etinynet-ssd", "mobilenet-v1-0.5", "mobilenet-v2-0.35",
            "mobilenet-v2-0.15", "tests/net/early_shortcuts.yaml", "shufflenet-v2-0.5", "mnasnet-a1-0.35"]
for i in range(points):
    args = [networks[i % len(networks)], "--input", str(rnd.randint(32, 128))]
    if rnd.random() < 0.7:
        args += ["--width", str(rnd.choice([0.15, 0.25, 0.35, 0.5]))]
    board = rnd.choice(["stm32l4r5", "stm32h743"])
    args += ["--wbits", rnd.choice(["8", "8", "4"])]
    # The two plans, some strips, as many as are best: two of them each, against the same logits.
    ways = [["--plan", "pingpong"], ["--plan", "inplace"], ["--patches", str(rnd.randint(2, 7))], ["--patches", "auto"]]
    ways = [w + ["--kernels", "fast" if rnd.random() < 0.85 else "reference"] for w in (ways[i % 2], ways[2 + i // 2 % 2])]
    got = [run(args + w, board) for w in ways]
    crcs = {b["logits_crc32"] for b, _ in got if b}
    point(all(ok for _, ok in got) and len(crcs) == 1, f"{board} {' '.join(args)}: {', '.join(' '.join(w) + ' ' + str(b and b['arena_bytes']) for w, (b, _) in zip(ways, got))}")
PY
