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
