#!/bin/bash
# What an interrupt costs the host that comes in the middle of a long block: processor time of a run with many, less
# that of as many cycles with few, best of three; and memory of a run with ten times as many over that of the first.
# COUNT=n: how many.
set -u
sim=$PWD/${BUILD:-build}/etinysim
command -v arm-none-eabi-gcc >/dev/null || exit 0
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
count=${COUNT:-100000}
guest() { arm-none-eabi-gcc -mcpu=cortex-m4 -nostdlib -DPERIOD="$2" -DCOUNT="$3" -DLENGTH=20 -Wl,--build-id=none -Wl,-Ttext=0x08000000 \
    -Wl,-e,Reset tests/bench/ticks.S -o "$t/$1.elf"; }
guest many 1000 "$count" && guest few 1000000 $((count / 1000)) && guest more 1000 $((count * 10)) || exit 1
python3 - "$sim" "$t" "$count" <<'PY'
import os, sys
sim, folder, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
def run(name, board):
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.execv(sim, [sim, "run", "%s/%s.elf" % (folder, name), "--board", board, "--json"])
    _, status, use = os.wait4(child, 0)
    assert status == 0, name
    return use.ru_utime + use.ru_stime, use.ru_maxrss / 1024
for board in ("stm32f407", "stm32f746"):
    best = {"many": 1e9, "few": 1e9}
    for _ in range(3):
        for name in best:
            seconds, memory = run(name, board)
            best[name] = min(best[name], seconds)
            if name == "many":
                small = memory
    print("bench: interrupt_%s %.2f us target <=2" % (board, (best["many"] - best["few"]) / count * 1e6))
print("bench: interrupt_growth %.1f MB target <=1" % (run("more", "stm32f746")[1] - small))
PY
