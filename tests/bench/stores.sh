#!/bin/bash
# Processor time of 10 million stores, and of as many loads in their place, in seconds. The rest of the loop is the same.
set -u
sim=$PWD/${BUILD:-build}/etinysim
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
TIMEFORMAT='%U'
for op in str ldr; do
    arm-none-eabi-gcc -mcpu=cortex-m4 -nostdlib -DOPERATION=$op -DCOUNT=500000 -Wl,--build-id=none -Wl,-Ttext=0x08000000 -Wl,-e,Reset \
        tests/bench/stores.S -o "$t/$op.elf" || exit 1
    echo "$op $({ time "$sim" run "$t/$op.elf" --board stm32f407 --json >/dev/null; } 2>&1)"
done
