#!/bin/bash
# Synthesises designs with yosys: synth.sh [ROWSxCOLUMNS ...], without arguments the shipped description. A line each:
#   synth: ACCELERATOR dsp N bram36 N lut N ff N levels -
# `lut` counts a RAM64M as the four LUTs that it is. Levels are not counted: yosys's longest path goes through mapped
# flip-flops. Minutes of one core for a design.
set -u
E=$(realpath "${BUILD:-build}/etinysim")
command -v yosys >/dev/null || { echo "synth: no yosys" >&2; exit 5; }
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
one() { # name, options of npu
    local name=$1
    shift
    "$E" npu etinynet-0.75 --accel xc7a100t-etinynet --wbits 4 --rtl "$t/folder" "$@" >"$t/log" 2>&1 || { tail -n 1 "$t/log" >&2; return 1; }
    (cd "$t/folder" && yosys -q synth.ys >"$t/log" 2>&1) || { tail -n 1 "$t/log" >&2; return 1; }
    awk -v name="$name" '/design hierarchy/ { whole = 1 }
        whole && NF == 2 { n[$1] = $2 }
        END { lut = n["SRL16E"] + n["RAM64X1S"] + n["RAM32X1S"] + 4 * (n["RAM64M"] + n["RAM32M"])
              for (i = 1; i <= 6; i++) lut += n["LUT" i]
              printf "synth: %s dsp %d bram36 %g lut %d ff %d levels -\n", name, n["DSP48E1"],
                     n["RAMB36E1"] + n["RAMB18E1"] / 2, lut, n["FDRE"] + n["FDSE"] + n["FDCE"] + n["FDPE"] }' "$t/folder/cells.txt"
}
[ $# -gt 0 ] || { one xc7a100t-etinynet; exit; }
bad=0
for size in "$@"; do
    one "$size" --set engine.array.rows="${size%x*}" --set engine.array.columns="${size#*x}" --set vector_lanes="${size#*x}" \
        --set memory.weights.blocks=128 --set memory.constants.bytes=100000 --set memory.lines.bytes=100000 || bad=1
done
exit $bad
