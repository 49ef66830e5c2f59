#!/bin/bash
# What vendor start-up code and kernels ask of a part; how a run ends that no exit ended.
. tests/guest/lib.sh
command -v arm-none-eabi-gcc >/dev/null || { echo "ok 1 - vendor code # SKIP no arm-none-eabi-gcc"; exit 0; }
guest() { # out family core fpu flags...
    arm-none-eabi-gcc -mcpu="$3" -mthumb -mfloat-abi=hard -mfpu="$4" -Os -g -ffreestanding -nostdlib -Wall -Werror -DFAMILY="$2" "${@:5}" -T "$t/small.ld" \
        -Wl,--section-start=.backup=0x40024000 $G/start.c $G/vendor.c -lgcc -o "$1"
}
while read -r family board core fpu; do
    guest "$t/vendor.elf" "$family" "$core" "$fpu"
    {
        printf '%s\n' 'kept 201' 'number waits 1' 'other stack 1275'
        [ "$family" = 8 ] && echo 'fmc 30d2'
        [ "$family" = 2 ] || printf 'crc %s\n' f4 31c3 75 376e6e7
    } >"$t/expected"
    timeout 60 "$E" run "$t/vendor.elf" --board "$board" --strict --max-cycles 20000000 --json 2>"$t/err" </dev/null | uart >"$t/out"
    cmp "$t/expected" "$t/out"
    point $? "$board: backup SRAM, RNG interrupt, threads on the main stack pointer, CRCs"
    grep -q 'the run ends at 0x0800[0-9a-f]* main: the program sleeps, and nothing' "$t/err"
    point $? "$board: a sleep for good is told"
done <<END
2 stm32f407 cortex-m4 fpv4-sp-d16
4 stm32l4r5 cortex-m4 fpv4-sp-d16
7 stm32f746 cortex-m7 fpv5-sp-d16
8 stm32h743 cortex-m7 fpv5-d16
END
guest "$t/vendor.elf" 2 cortex-m4 fpv4-sp-d16 -DERROR
timeout 60 "$E" run "$t/vendor.elf" --board stm32f407 --max-cycles 20000000 >/dev/null 2>"$t/err"
[ $? = 0 ] && grep -q 'the run ends at 0x0800[0-9a-f]* main: the program loops without progress' "$t/err"
point $? "so is an endless loop without anything to come"
exit $bad
