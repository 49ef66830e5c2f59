#!/bin/bash
# docs/adding.md, tried literally in a copy of the tree: a device, a command, a board, a core, a network, an accelerator, a
# table and a plot are added and used, and what the page says of a half-made addition is what happens. BUILD=DIR.
cd "$(dirname "$0")/../.." || exit 1
BUILD=$(cd "${BUILD:-build}" && pwd)
. tests/tools/tap.sh
unset MAKEFLAGS MAKELEVEL
refused() { # what text command...: ends with 2 and one line that has the text
    "${@:3}" >"$t/out" 2>"$t/log"
    [ $? = 2 ] && [ "$(wc -l <"$t/log")" = 1 ] && grep -qF -- "$2" "$t/log"
    point $? "$1"
}
if ! command -v arm-none-eabi-gcc >/dev/null; then echo '1..0 # SKIP no arm-none-eabi-gcc' && exit 0; fi
if nm "$BUILD/modules.a" 2>/dev/null | grep -q __asan; then echo '1..0 # SKIP the sanitised build takes too long' && exit 0; fi
w=$t/tree
mkdir "$w"
git ls-files -z -c -o --exclude-standard | tar c --null --ignore-failed-read -T - 2>/dev/null | tar x -C "$w"
mkdir "$w/build" && for d in base isa sim costmodel workloads reports study cli; do cp -a "$BUILD/$d" "$w/build/"; done
tests=$PWD/tests/adding
cd "$w" || exit 1
build() { make -j2 OPT=-O0 SAN=-Wno-error BUILD=build "$@" >"$t/log" 2>&1; }
export ETINYSIM_DATA=$w
E=$w/build/etinysim

# A device: a file, a line of classes.def, a line of each family that has it. A command: a file and a line of commands.def.
echo 'DEVICE(seconds)' >>sim/devices/classes.def
echo 'COMMAND(hello)' >>cli/commands.def
build build/sim/devices/soc.o && ! build build/etinysim && grep -q device_seconds "$t/log"
point $? 'a line of classes.def without its file: the link fails, naming the class'
cp "$tests/rtc.c" sim/devices/seconds.c
cp "$tests/cmd_hello.c" cli/
build build/etinysim
point $? 'a device and a command of one file and one line each build'
[ "$("$E" hello 2>&1)" = 'hello you' ] && "$E" --help | grep -q '^ *hello  *says hello$'
point $? 'the command runs, and the help lists it'
sed -i 's/{name: RTC, base: 0x4000_2800, kind: storage/{name: RTC, base: 0x4000_2800, kind: seconds/' sim/devices/stm32f4.yaml
arm-none-eabi-gcc -mcpu=cortex-m4 -nostdlib -Wl,--build-id=none -Wl,-Ttext=0x08000000 -Wl,-e,Reset "$tests/seconds.S" -o "$t/rtc.elf" 2>"$t/log"
# 16 MHz after reset, so 2 s are 32,000,000 cycles; the loop looks about every 6,000 (2,000 x 3).
cycles() { "$E" run "$t/rtc.elf" --board "$1" --json 2>"$t/log" | sed -n 's/.*"cycles": *\([0-9]*\).*/\1/p' | head -1; }
c=$(cycles stm32f407)
[ "${c:-0}" -ge 32000000 ] && [ "$c" -le 32006100 ]
point $? "the RTC reads 2 after 2 s (${c:-none} cycles)"
sed 's/kind: seconds/kind: second/' sim/devices/stm32f4.yaml >"$t/y" && cp sim/devices/stm32f4.yaml "$t/keep" && cp "$t/y" sim/devices/stm32f4.yaml
refused 'a kind that no class has is refused with file and line' 'stm32f4.yaml:' "$E" run "$t/rtc.elf" --board stm32f407
cp "$t/keep" sim/devices/stm32f4.yaml

# A board: a copy under another name has the same peripherals, and firmware is built for it.
sed 's/^name: stm32f407/name: myboard/' sim/boards/stm32f407.yaml >sim/boards/myboard.yaml
[ "$(cycles myboard)" = "$c" ] && "$E" board list | grep -q '^myboard '
point $? 'a copied board is listed and has the peripherals of its family'
"$E" build etinynet-0.25 --input 48 --board myboard -o "$t/net.elf" >"$t/log" 2>&1 &&
    "$E" run "$t/net.elf" --board myboard --db "$t/a.db" >"$t/out" 2>"$t/log"
point $? 'a network is built for it and runs on it'
sed -i '/^max_hz/d' sim/boards/myboard.yaml
refused 'a board without max_hz is refused with its file' "myboard.yaml" "$E" board show myboard

# A core: a copy with another name, used by a board.
sed 's/^name: cortex-m4/name: mycore/' isa/cores/cortex-m4.yaml >isa/cores/mycore.yaml
sed 's/^name: .*/name: coreboard/; s/^core: .*/core: mycore/' sim/boards/stm32f407.yaml >sim/boards/coreboard.yaml
[ "$(cycles coreboard)" = "$c" ] && "$E" core show mycore >"$t/out" 2>"$t/log"
point $? 'a copied core is shown and runs'
sed -i '/{class: clz,/d' isa/cores/mycore.yaml
refused 'a core without a class that it has is refused by its name' clz "$E" core show mycore
cp isa/cores/cortex-m4.yaml "$t/m4"
sed -i '/{rule: refill_wide,/d' isa/cores/cortex-m4.yaml
refused 'a core without a rule of its pipeline is refused by its name' refill_wide "$E" core show cortex-m4
cp "$t/m4" isa/cores/cortex-m4.yaml

# An instruction: taken out of the list, a program that has it is refused by name; put back, it is not.
cp isa/insns.def "$t/insns"
sed -i '/^INSN(CLZ,/d' isa/insns.def
printf '.syntax unified\n.thumb\n.word 0x20004000, s + 1\n.type s, %%function\n.thumb_func\ns: clz r0, r0\nmovs r0, #0x18\nldr r1, =0x20026\nbkpt 0xab\n' >"$t/z.S"
arm-none-eabi-gcc -mcpu=cortex-m4 -nostdlib -Wl,-Ttext=0x08000000 -Wl,-e,s "$t/z.S" -o "$t/z.elf" 2>"$t/log"
build build/etinysim && ! "$E" run "$t/z.elf" --board stm32f407 >"$t/out" 2>"$t/log"
point $? 'an instruction without its row does not run'
cp "$t/insns" isa/insns.def
echo 'OP(ENTROPY, "entropy", "entropy", NONE, NONE, 1, NONE, same, 0, NONE, COMBINED, entropy, entropy, bytes, false)' >"$t/op"
sed "/^#undef OP/e cat $t/op" workloads/graph/ops.def >"$t/ops" && cp workloads/graph/ops.def "$t/ops.keep" && cp "$t/ops" workloads/graph/ops.def
! build -k build/modules.a && grep -q constants_entropy "$t/log" && grep -q real_entropy "$t/log"
point $? 'an operator with its row alone: the compiler names what is missing'
cp "$t/ops.keep" workloads/graph/ops.def
build build/etinysim && "$E" run "$t/z.elf" --board stm32f407 >"$t/out" 2>"$t/log"
point $? 'with the row back, and the operator gone, all runs'

# An accelerator, a table and a plot: files.
cp costmodel/accelerators/tinynpu.yaml costmodel/accelerators/mynpu.yaml
"$E" npu etinynet-0.75 --accel mynpu >"$t/out" 2>"$t/log" && "$E" accelerator list | grep -q mynpu
point $? 'an accelerator is a file'
sed -i 's/^  weights: 8/  weightss: 8/' costmodel/accelerators/mynpu.yaml
refused 'a key that it does not know is refused with file and line' 'mynpu.yaml:' "$E" npu etinynet-0.75 --accel mynpu
printf -- '-- Layers in a row\n-- @ name Layer - 1 0\n-- @ n Number - 1 0\nSELECT name, row_number() OVER (ORDER BY id) AS n, run FROM scope WHERE run = :run\n' >reports/tables/mine.sql
"$E" report mine --db "$t/a.db" >"$t/out" 2>"$t/log" && "$E" report list | grep -q '^ *mine '
point $? 'a table is a file'
if command -v gnuplot >/dev/null; then
    printf -- '-- the run has no scopes\nSELECT row_number() OVER (ORDER BY id) AS x, id AS y FROM scope WHERE run = :run\n' >reports/plots/mine.sql
    printf '# Scopes\n# size: wide 2.8\nplot data using (column("x")):(column("y")) with points notitle\n' >reports/plots/mine.gp
    "$E" plot mine --db "$t/a.db" -o "$t/mine.svg" >"$t/out" 2>"$t/log" && [ -s "$t/mine.svg" ] && "$E" plot list | grep -q '^ *mine '
    point $? 'a plot is two files'
else
    n=$((n + 1)) && echo "ok $n - a plot is two files # SKIP no gnuplot"
fi
echo "1..$n"
exit $bad
