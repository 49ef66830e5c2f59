#!/bin/bash
# Energy from activity, beside the access-count model: activity.sh [FOLDER]. Simulates EtinyNet-0.75 at 4 bits with plausible
# weights and a generated picture in Verilator, counts the toggles of the registers of each part, multiplies by the cells that
# yosys puts there and by costmodel/activity.yaml. FOLDER: what `synth.sh` keeps of the shipped design (KEEP=FOLDER), else
# it is synthesised first, which takes minutes. A line for each part, then the sum.
set -u
here=$(cd "$(dirname "$0")" && pwd)
E=$(realpath "${BUILD:-build}/etinysim")
for tool in verilator yosys; do
    command -v $tool >/dev/null || { echo "activity: no $tool" >&2; exit 5; }
done
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
kept=${1:-$t/kept}
name=xc7a100t-etinynet
[ -e "$kept/$name/cells.txt" ] || KEEP=$kept "$here/synth.sh" $name || exit 1
"$E" npu etinynet-0.75 --accel $name --wbits 4 --rtl "$t/rtl" ${WEIGHTS:+--weights "$WEIGHTS"} ${IMAGE:+--image "$IMAGE"} >"$t/model" || exit 1
sh "$t/rtl/simulate.sh" activity >"$t/activity" || exit 1
"$E" npu etinynet-0.75 --accel $name --json >"$t/json" || exit 1
grep -q '^45 layers, 0 cycles differ, 0 bits differ, 0 words differ' "$t/activity" || { cat "$t/activity"; exit 1; }
python3 "$here/activity.py" "$t/activity" "$kept/$name/cells.txt" "$here/../../costmodel/activity.yaml" "$t/json"
