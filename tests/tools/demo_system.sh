#!/bin/bash
# The product that EtinyNet's README describes as one simulated machine: an STM32L4R9 prepares 30 camera frames and sends them over
# SPI to a TinyNPU, which runs EtinyNet-1.0 and sends the results back. Ends with
# `system: N frames, R right, P mW at F frames/s, E uJ a frame`; right: the logits of the host's reference, bit by bit.
set -eu
cd "$(dirname "$0")/../.."
e=${BUILD:-build}/etinysim
out=${BUILD:-build}/demo-system
network=${NETWORK:-etinynet-1.0} frames=${FRAMES:-30} fps=${FPS:-30}
shared=${ETINYSIM_SHARED:-../shared}
mkdir -p "$out"
options=()
if [ "$network" = etinynet-1.0 ] && [ -e "$shared/weights/etinynet-1.0-imagenet.params" ]; then
    options=(--weights "$shared/weights/etinynet-1.0-imagenet.params" --calibrate "$shared/images/calibration"
             --image "$shared/images/chelsea_224.png")
fi
"$e" build "$network" --board stm32l4r9 --offload tinynpu --repeat "$frames" --fps "$fps" "${options[@]}" --json -o "$out/system.elf" >"$out/built.json"
run=("$e" run "$out/system.elf" --board stm32l4r9 --supply ldo-3.0 --attach "tinynpu=spi1,cs=PA4,irq=PB0,network=$network,accel=tinynpu" --account)
"${run[@]}" --wide -q --power "$out/power.tsv" --timeline "$out/timeline.json" | sed -n '/frames in/,$p'
"${run[@]}" --json >"$out/run.json"
if command -v gnuplot >/dev/null; then
    gnuplot <<PLOT
set terminal svg size 900,420 font 'sans,11'
set output '$out/power.svg'
set title 'Power of STM32L4R9 and TinyNPU, $network at $fps frames/s: three frames'
set xlabel 'ms'
set ylabel 'mW, without the regulator'
set key outside
set xrange [600:700]
set yrange [0:*]
plot '$out/power.tsv' using (\$1*1e3):5 with steps title 'together', '' using (\$1*1e3):2 with steps title 'core', \
    '' using (\$1*1e3):4 with steps title 'accelerator', '' using (\$1*1e3):3 with steps title 'wires'
PLOT
    echo "picture: $out/power.svg   power over time: $out/power.tsv   for Perfetto: $out/timeline.json"
fi
python3 - "$out" <<'PY'
import json, sys
built, ran = (json.load(open(f'{sys.argv[1]}/{name}.json')) for name in ('built', 'run'))
want = [x['logits_crc32'] for x in built['expected']]
got = [line.split(',') for line in ran['uart'].splitlines() if line.startswith('frame,')]
right = sum(g[2] == 'crc32' and g[3] == want[int(g[1]) % len(want)] for g in got)
a = ran['account']
print(f"system: {len(got)} frames, {right} right, {a['nominal']['total_mw']:.1f} mW at {a['frames_per_second']:.2f} frames/s, "
      f"{a['nominal']['frame_uj']:.0f} uJ a frame")
sys.exit(0 if right == len(got) == built['frames'] else 1)
PY
