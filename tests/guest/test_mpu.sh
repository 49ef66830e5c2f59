#!/bin/bash
# The memory protection unit: what it forbids is compared with qemu-system-arm, which implements it independently; what it
# makes cacheable shows in cycles.
. tests/guest/lib.sh
command -v arm-none-eabi-gcc >/dev/null || { echo "ok 1 - MPU # SKIP no arm-none-eabi-gcc"; exit 0; }
guest() { # out core fpu flags... sources
    arm-none-eabi-gcc -mcpu="$2" -mthumb -mfloat-abi=hard -mfpu="$3" -Os -g -ffreestanding -nostdlib -Wall -Werror -T "$t/small.ld" $G/start.c "${@:4}" \
        -lgcc -o "$1"
}
run() { timeout 60 "$E" run "$@" --max-cycles 5000000 --json 2>"$t/err" </dev/null; }

guest "$t/mpu.elf" cortex-m4 fpv4-sp-d16 $G/mpu.c
run "$t/mpu.elf" --board stm32f407 | uart >"$t/mpu.txt"
if command -v qemu-system-arm >/dev/null; then
    timeout 20 qemu-system-arm -M netduinoplus2 -semihosting -nographic -monitor none -serial null -icount 3,sleep=off -kernel "$t/mpu.elf" \
        >"$t/mpu.qemu" 2>&1 </dev/null
    cmp -s "$t/mpu.txt" "$t/mpu.qemu" && [ "$(grep -c cfsr "$t/mpu.txt")" -gt 15 ]
    point $? "forbids and allows what QEMU's does, with the same fault registers"
    cmp -s "$t/mpu.txt" "$t/mpu.qemu" || diff "$t/mpu.txt" "$t/mpu.qemu" | sed 's/^/# /' | head -20
else
    n=$((n + 1))
    echo "ok $n - as in QEMU # SKIP no qemu-system-arm"
fi
grep -q '^user load((void \*)0xe000ed00) 1$' "$t/mpu.txt" && grep -q '^pended 1$' "$t/mpu.txt"
point $? "unprivileged code is kept from the system control space; a shut stack gives MSTKERR"
while read -r board core fpu regions; do
    guest "$t/mpu.elf" "$core" "$fpu" $G/mpu.c
    run "$t/mpu.elf" --board "$board" | uart >"$t/other.txt"
    sed "1s/8/$regions/" "$t/mpu.txt" | cut -c 1-14 >"$t/want.txt"
    cut -c 1-14 "$t/other.txt" | cmp -s - "$t/want.txt" # addresses depend on the compiler
    point $? "the same on $board, with $regions regions"
done <<'TABLE'
stm32l4r5 cortex-m4 fpv4-sp-d16 8
stm32f746 cortex-m7 fpv5-sp-d16 8
stm32h743 cortex-m7 fpv5-d16 16
TABLE

# Without a handler of the guest's own the run ends and says what happened.
cat >"$t/shut.c" <<'C'
#include "guest.h"
static int table[8] __attribute__((aligned(32)));
int main(void)
{
    REG(0xe000ed9c) = (uint32_t)table | 16;
    REG(0xe000eda0) = 5u << 24 | 1 << 28 | 9;
    REG(0xe000ed94) = 5;
    __asm__ volatile("dsb\n isb");
    ((volatile int *)table)[3] = 1;
    return 0;
}
C
cp $G/guest.h "$t"
guest "$t/shut.elf" cortex-m4 fpv4-sp-d16 "$t/shut.c"
run "$t/shut.elf" --board stm32f407 >/dev/null
[ $? = 3 ] && grep -q '^write that the MPU forbids at 0x2000000c (sram1, in table)$' "$t/err"
point $? "a forbidden write without a handler ends with exit code 3, address and object"

# Cycles of a second pass over a buffer, by what the region says of it.
while read -r board fpu where default; do
    guest "$t/cacheable.elf" cortex-m7 "$fpu" -DWHERE="$where" $G/cacheable.c
    run "$t/cacheable.elf" --board "$board" | uart >"$t/cycles"
    awk -v default="$default" '{ k = $0; sub(/ [0-9]+$/, "", k); c[k] = $NF }
        END { hit = c["back"] * 2
              exit !(c["not cached"] > hit && c["device"] > hit && c["shared"] > hit && c["through"] < hit && c["shared through"] < hit && hit > 0 &&
                     (default == "cached" ? c["map"] < hit && c["off"] < hit : c["map"] > hit && c["off"] > hit)) }' "$t/cycles"
    point $? "$board at $where, $default by the default map: the MPU decides what the data cache keeps"
done <<'TABLE'
stm32f746 fpv5-sp-d16 0x20010000 cached
stm32f746 fpv5-sp-d16 0xc0000000 uncached
stm32h743 fpv5-d16 0x24010000 cached
TABLE
exit $bad
