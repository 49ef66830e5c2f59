#!/bin/bash
# EtinyNet-1.0 (224x224, int8) on a simulated STM32F746: builds the firmware, runs it, prints the table.
set -eu
cd "$(dirname "$0")/../.."
e=${BUILD:-build}/etinysim
out=${BUILD:-build}/demo
shared=${ETINYSIM_SHARED:-../shared}
mkdir -p "$out"
options=()
if [ -e "$shared/weights/etinynet-1.0-imagenet.params" ]; then
    options=(--weights "$shared/weights/etinynet-1.0-imagenet.params" --calibrate "$shared/images/calibration"
             --image "$shared/images/chelsea_224.png")
fi
"$e" build etinynet-1.0 --board stm32f746 --input 224 "${options[@]}" -o "$out/etinynet-1.0-f746.elf"
rm -f "$out/demo.db"
"$e" run "$out/etinynet-1.0-f746.elf" --board stm32f746 --db "$out/demo.db"
echo
echo "Firmware: $out/etinynet-1.0-f746.elf   database: $out/demo.db (etinysim report list --db $out/demo.db)"

echo
echo "The project's own trained model (docs/trained.md), 4-bit ASQ weights, on an STM32F412 and images it has never seen:"
"$e" shapes --count 8 -o "$out/shapes"
"$e" shapes --first 1000000 --count 3 -o "$out/held-out"
for image in "$out"/held-out/*.png; do
    "$e" build etinynet-shapes --weights workloads/models/shapes-0.25-asq.params --calibrate "$out/shapes" --wbits 4 --quant asq \
        --image "$image" --board stm32f412 -o "$out/shapes.elf" >/dev/null
    "$e" run "$out/shapes.elf" --board stm32f412 --json | tr -d '[:space:]' | sed -n \
        "s|.*\"seconds\":\([0-9.]*\).*\"top1\":\([0-9]*\).*|  $(basename "$image" .png) (index_class): class \2 after \1 s|p"
    echo
done
