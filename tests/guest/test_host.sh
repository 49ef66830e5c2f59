#!/bin/bash
# Images in other formats, semihosting files, RTT, --uninit: what a guest gets from the host, and what it does not.
. tests/guest/lib.sh
command -v arm-none-eabi-gcc >/dev/null || { echo "ok 1 - guests and the host # SKIP no arm-none-eabi-gcc"; exit 0; }
guest() {
    arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16 -Os -g -ffreestanding -nostdlib -Wall -T $G/guest.ld $G/start.c "$2" \
        -lgcc -o "$1"
}
run() { timeout 60 "$E" run "$@" --board stm32f407 --max-cycles 50000000 --json 2>"$t/err"; }

guest "$t/host.elf" $G/host.c
mkdir -p "$t/root/dir"
echo 'from the host' >"$t/root/dir/in.txt"
echo secret >"$t/secret"
ln -s ../secret "$t/root/link"
ln -s .. "$t/root/dirlink"
run "$t/host.elf" --semihost-root "$t/root" | uart >"$t/out"
printf 'open 1\nleft 0\nlength 14\nleft 1\nfrom the host\ninto flash 4\nforbidden 0\nhandles 16\na text that is longer than the ring buffer of thirty-two bytes\nitm\nzero 0\n' |
    cmp - "$t/out"
point $? "files below the root are written and read; links, .., absolute paths and directories are refused; RTT text arrives"
[ "$(cat "$t/root/out.txt")" = "hello file" ] && [ "$(cat "$t/secret")" = secret ] && [ -L "$t/root/link" ]
point $? "the file is there, and nothing else changed"
run "$t/host.elf" | uart | grep -q 'open 0'
point $? "without --semihost-root no file opens"
run "$t/host.elf" --semihost-root "$t/nowhere" >/dev/null
[ $? = 2 ]
point $? "a root that is no directory is a usage error"
run "$t/host.elf" --semihost-root "$t/root" --uninit >/dev/null
[ "$(grep -c 'never written: 0x20010010, at 0x[0-9a-f]* main' "$t/err")" = 1 ] && [ "$(grep -c 'never written' "$t/err")" = 1 ]
point $? "--uninit tells the one read of SRAM that was never written"

# A byte each 4096 with its gap is 4096 bytes: the first is 1, and (64 MiB - 1) / 4096 = 16383 more fit. "sparse" is the
# first of 4096 files.
guest "$t/hoard.elf" $G/hoard.c
mkdir "$t/hoard"
run "$t/hoard.elf" --semihost-root "$t/hoard" | uart >"$t/out"
printf 'pages 16384\nfiles 4095\n' | cmp - "$t/out" && [ "$(du -k --apparent-size "$t/hoard/sparse" | cut -f1)" -le 65536 ] &&
    [ "$(find "$t/hoard" -type f | wc -l)" = 4096 ]
point $? "bytes scattered over a file count with their gaps, and files that a guest makes are counted"

# Unicorn itself would end the process with status 1 when its buffer of 1 GiB cannot be had.
(ulimit -v 900000 && run "$t/hoard.elf" >/dev/null)
[ $? = 5 ] && grep -qx 'etinysim run: out of memory: the emulator needs 1088 MiB of address space' "$t/err"
point $? "without memory for the emulator the run ends with one line and exit code 5"

sed 's/^#include.*/#define ECHO\n&/' $G/host.c >"$t/echo.c"
cp $G/guest.h "$t"
guest "$t/echo.elf" "$t/echo.c"
echo 'a line longer than eight bytes' >"$t/line"
run "$t/echo.elf" --uart-in rtt="$t/line" | uart | grep -q '^a line longer than eight bytes$'
point $? "the program reads a line from the host through RTT"

guest "$t/nvic.elf" $G/nvic.c
run "$t/nvic.elf" >"$t/elf.json"
arm-none-eabi-objcopy -O ihex "$t/nvic.elf" "$t/nvic.hex"
arm-none-eabi-objcopy -O binary "$t/nvic.elf" "$t/nvic.bin"
arm-none-eabi-strip -o "$t/stripped.elf" "$t/nvic.elf"
for f in "$t/nvic.hex" "$t/stripped.elf" "$t/nvic.bin --base 0x08000000"; do
    # shellcheck disable=SC2086
    run $f >"$t/other.json"
    python3 - "$t" <<'PY'
import json, sys
a, b = (json.load(open(sys.argv[1] + f)) for f in ("/elf.json", "/other.json"))
sys.exit(not (a["uart"] == b["uart"] and a["cycles"] == b["cycles"]))
PY
    point $? "the same output and cycles from ${f##*/}"
done
sed '3s/.$/0/;3s/0$/1/' "$t/nvic.hex" >"$t/bad.hex"
run "$t/bad.hex" >/dev/null
[ $? = 2 ] && grep -q 'bad.hex:3: ' "$t/err"
point $? "a damaged HEX record is refused with its line"
run "$t/nvic.bin" >/dev/null
[ $? = 2 ]
point $? "a raw binary without --base is refused"
run "$t/nvic.bin" --base 0x08000002 >/dev/null
[ $? = 2 ] && grep -q 'not a multiple of 4' "$t/err"
point $? "a raw binary off a word boundary is refused"
printf '#include "%s/guest.h"\nint main(void) { semihost(0x18, (void *)0x20023); return 0; }\n' "$PWD/$G" >"$t/fail.c"
guest "$t/fail.elf" "$t/fail.c"
run "$t/fail.elf" >/dev/null
[ $? = 1 ] && grep -q 'ended with exit code 1' "$t/err"
point $? "a program that leaves with an error ends with exit code 1"
run "$t/nvic.bin" --base 0x30000000 >/dev/null
[ $? = 2 ]
point $? "a raw binary where there is no memory is refused"

# C++: static constructors run, names are shown as in the source; a Rust name too.
arm-none-eabi-gcc -c -mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16 -Os -g -ffreestanding $G/start.c -o "$t/start.o"
arm-none-eabi-g++ -mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16 -Os -g -ffreestanding -nostdlib -fno-exceptions -fno-rtti -Wall -Werror \
    -T $G/guest.ld "$t/start.o" $G/plain.cpp -lgcc -o "$t/plain.elf"
"$E" run "$t/plain.elf" --board stm32f407 --hot 9 >"$t/out"
grep -q '^sum 4982$' "$t/out" && grep -q ' shapes::Counter::add(int, char const\*)' "$t/out" && grep -q ' mycrate::foo$' "$t/out" && grep -q 'int shapes::twice<int>(int)' "$t/out"
point $? "C++ and Rust names are shown as in their source, static constructors ran"
scopes() { "$E" run "$t/plain.elf" --board stm32f407 --json --scopes "$1" | python3 -c 'import json,sys; print(*(l["name"].split(" [clone")[0] for l in json.load(sys.stdin)["layers"]), sep=";")'; }
[ "$(scopes 'shapes::twice*')" = 'int shapes::twice<int>(int)' ] && [ "$(scopes '*Counter::add(int,*')" = 'shapes::Counter::add(int, char const*)' ] &&
    [ "$(scopes '_ZN6shapes7Counter3add*')" = 'shapes::Counter::add(int, char const*)' ] && [ "$(scopes 'mycrate::*')" = 'mycrate::foo' ]
point $? "--scopes matches names of the source and of the linker, and shows the source's"
exit $bad
