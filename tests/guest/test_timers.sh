#!/bin/bash
# Timers on the boards: compare interrupts and flags, widths, shared lines, one pulse, what is told to be missing.
. tests/guest/lib.sh
command -v arm-none-eabi-gcc >/dev/null || { echo "ok 1 - timers # SKIP no arm-none-eabi-gcc"; exit 0; }
printf '%s\n' 'wide ffffffff' 'count 6' 'late 0' 'other flags e' 'narrow ffff' 'still a00' 'half way 0' 'stopped 1f00' 'by software 1d' \
    'compare line 4' 'no channel 2' 'no flag 0' 'shared 22' >"$t/expected"
while read -r family board core fpu; do
    arm-none-eabi-gcc -mcpu="$core" -mthumb -mfloat-abi=hard -mfpu="$fpu" -Os -g -ffreestanding -nostdlib -Wall -Werror -DFAMILY="$family" -T "$t/small.ld" \
        $G/start.c $G/timers.c -lgcc -o "$t/timers.elf"
    timeout 60 "$E" run "$t/timers.elf" --board "$board" --strict --max-cycles 20000000 --json 2>"$t/err" </dev/null | uart >"$t/out"
    cmp "$t/expected" "$t/out"
    point $? "$board: timers compare, wrap, stop and share lines"
    [ "$(grep -c 'TIM2 is set up for .*, which is not modelled' "$t/err")" = 3 ]
    point $? "$board: capture, DMA and slave modes are told to be missing, once each"
done <<END
2 stm32f407 cortex-m4 fpv4-sp-d16
4 stm32l4r5 cortex-m4 fpv4-sp-d16
7 stm32f746 cortex-m7 fpv5-sp-d16
8 stm32h743 cortex-m7 fpv5-d16
END
exit $bad
