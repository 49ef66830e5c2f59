#!/bin/bash
# ELF files as linkers make them, what they say they need, and what semihosting tells a program.
. tests/guest/lib.sh
command -v arm-none-eabi-gcc >/dev/null || { echo "ok 1 - images # SKIP no arm-none-eabi-gcc"; exit 0; }
M4="-mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16"
guest() { # file, options
    out=$1; shift
    arm-none-eabi-gcc -Os -g -ffreestanding -nostdlib -Wall $G/start.c "$@" -o "$out" -lgcc 2>"$t/gcc" || cat "$t/gcc"
}
run() { timeout 60 "$E" run "$@" --max-cycles 60000000 --json 2>"$t/err"; }

guest "$t/image.elf" $M4 -T $G/guest.ld $G/image.c
run "$t/image.elf" --board stm32f407 | uart >"$t/out"
# The stack is between the data and 0x2001c000, 112 KiB above the start of SRAM; the feature byte has bits 0 and 1 set.
bss=$(arm-none-eabi-nm "$t/image.elf" | sed -n 's/ . _ebss$//p' | sed 's/^0*//')
sed -n 1,4p "$t/out" | cmp - <(printf 'command line 0\nimage.elf\nlength 9\ntoo short ffffffff\n')
point $? "SYS_GET_CMDLINE gives the name of the image where there is room"
heap=$(printf %x $(((0x$bss + 7) / 8 * 8)))
sed -n 5,8p "$t/out" | cmp - <(printf 'heap %s\nto 2001c000\nstack 2001c000\nto %s\n' "$heap" "$bss")
point $? "SYS_HEAPINFO tells what lies free behind the data"
sed -n 9,14p "$t/out" | cmp - <(printf 'features 5\nnot read 3\nbyte 3\nSHFB\nclosed 0\nto write ffffffff\n')
point $? ":semihosting-features can be read, not written"
sed -n 15,18p "$t/out" | cmp - <(printf 'time 2\nclock 209\ntick 16000000\nelapsed s 2\n')
point $? "SYS_TIME, SYS_CLOCK, SYS_TICKFREQ and SYS_ELAPSED follow the modelled time"

# ld puts the file's headers into the first segment where there is room on the page before the first section.
sed 's/0x08000000, LENGTH = [0-9]*K/0x08010200, LENGTH = 256K/' $G/guest.ld >"$t/behind.ld"
guest "$t/behind.elf" $M4 -T "$t/behind.ld" $G/image.c
arm-none-eabi-readelf -l "$t/behind.elf" | grep -q 'LOAD  *0x000000 0x08010000 '
point $? "the headers of the file lie in the first segment"
run "$t/behind.elf" --board stm32f407 | uart | grep -q '^features 5$'
point $? "and are not taken for the vector table"
arm-none-eabi-objcopy -O ihex "$t/behind.elf" "$t/behind.hex"
run "$t/behind.hex" --board stm32f407 | uart | tail -n +9 >"$t/hex"
run "$t/behind.elf" --board stm32f407 | uart | tail -n +9 | cmp - "$t/hex"
point $? "so that it runs as its Intel HEX does, which knows no sections for SYS_HEAPINFO"
python3 - "$t/behind.elf" "$t/bare.elf" <<'PY'
import struct, sys
b = bytearray(open(sys.argv[1], 'rb').read())
struct.pack_into('<I', b, 32, 0)                            # e_shoff
struct.pack_into('<HHH', b, 46, 0, 0, 0)                    # e_shentsize, e_shnum, e_shstrndx
open(sys.argv[2], 'wb').write(b)
PY
run "$t/bare.elf" --board stm32f407 | uart | grep -q '^features 5$'
point $? "without section headers, too"

refused() { # elf board text
    "$E" run "$1" --board "$2" >/dev/null 2>"$t/err"
    [ $? = 2 ] && grep -q "$3" "$t/err"
    r=$?
    point $r "$2 refuses what is made for $3"
    [ $r = 0 ] || sed 's/^/# /' "$t/err"
}
guest "$t/m33.elf" -mcpu=cortex-m33 -mthumb -mfloat-abi=soft -T $G/guest.ld $G/image.c
guest "$t/m55.elf" -march=armv8.1-m.main+mve.fp -mthumb -mfloat-abi=hard -T $G/guest.ld $G/image.c
guest "$t/double.elf" -mcpu=cortex-m7 -mthumb -mfloat-abi=hard -mfpu=fpv5-d16 -T "$t/small.ld" $G/image.c
guest "$t/single.elf" -mcpu=cortex-m7 -mthumb -mfloat-abi=hard -mfpu=fpv5-sp-d16 -T "$t/small.ld" $G/image.c
guest "$t/m0.elf" -mcpu=cortex-m0 -mthumb -T $G/guest.ld $G/image.c
refused "$t/m33.elf" stm32f407 'Armv8-M Mainline (Tag_CPU_arch 17), which the cortex-m4 of stm32f407 does not have'
refused "$t/m33.elf" stm32h743 'Armv8-M Mainline (Tag_CPU_arch 17), which the cortex-m7 of stm32h743 does not have'
refused "$t/m55.elf" stm32f407 'Armv8.1-M Mainline (Tag_CPU_arch 21)'
refused "$t/double.elf" stm32f407 'double-precision instructions (Tag_FP_arch 8)'
refused "$t/double.elf" stm32f746 'double-precision instructions (Tag_FP_arch 8)'
refused "$t/single.elf" stm32f407 'FPv5 instructions (Tag_FP_arch 8)'
run "$t/double.elf" --board stm32h743 | uart | grep -q '^features 5$' && run "$t/single.elf" --board stm32f746 | uart | grep -q '^features 5$' &&
    run "$t/m0.elf" --board stm32f407 | uart | grep -q '^features 5$'
point $? "what the core has runs"
echo "1..$n"
exit $bad
