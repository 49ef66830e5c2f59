#!/bin/bash
# What could be mistaken is refused or marked: devices that are too small, energies without their band, clocks that the flash
# does not follow, programs that wait for ever.
E=${BUILD:-build}/etinysim
. tests/tools/tap.sh

# Width 2 has about four times the weights: more than TinyNPU's 960 KiB.
"$E" npu etinynet-1.0 --accel tinynpu --db "$t/fits.db" >/dev/null 2>&1 && ! "$E" npu etinynet-1.0 --accel tinynpu --width 2 --db "$t/big.db" >/dev/null 2>&1
point $? 'a network that does not fit an accelerator ends with an error'
"$E" report runs --db "$t/big.db" >"$t/out" && grep -qE '^ +1 +npu .* unfit +unfit +unfit +unfit .* no +features needs' "$t/out"
point $? 'the table of runs says unfit instead of a latency, an energy and a power, and why'
"$E" report compare --db "$t/big.db" --format csv >"$t/out" && grep -q '^1,npu,tinynpu,.*,,,,,.*,no,"\?features needs' "$t/out"
point $? 'as data the numbers are empty and the reason is there'
"$E" report layers --db "$t/big.db" | grep -q 'DOES NOT FIT: features needs'
point $? 'tables of its layers say so below'
sqlite3 "$t/big.db" "UPDATE run SET width = 1" # now it is the same variant for the gate
"$E" compare "$t/fits.db" "$t/big.db" >"$t/out" 2>"$t/err"
[ $? = 1 ] && grep -q 'DOES NOT FIT: features needs' "$t/out" && grep -q 'does not fit, the baseline did' "$t/err" && ! grep -q cycles "$t/out"
point $? 'the gate breaks and compares no numbers'

cat >"$t/s.yaml" <<END
name: s
network: etinynet-1.0
width: [0.5, 2.0]
accelerator: tinynpu
wbits: 8
END
"$E" sweep "$t/s.yaml" --db "$t/s.db" -q >/dev/null 2>&1
"$E" report sweep --db "$t/s.db" >"$t/out" && grep -qE 'tinynpu .* unfit +.*features needs' "$t/out" && [ "$(grep -c tinynpu "$t/out")" -ge 2 ]
point $? 'a point of a sweep that does not fit is a row with its reason'
if command -v gnuplot >/dev/null; then
    "$E" plot sweep --db "$t/s.db" -o "$t/s.svg" && grep -q 'no room: features' "$t/s.svg"
    point $? 'and a hatched cell of the figure with its reason'
else
    skip 'the figure of a sweep' 'no gnuplot'
fi

# MLPerf Tiny, L4R5 at 120 MHz: 322 to 460 pJ a cycle at 1.8 V by the LDO, 275 to 282 at 3.0 V by an external SMPS.
"$E" board show stm32l4r5 >"$t/out" && grep -q 'energy, supply ldo-1.8: 374.4 pJ a cycle (320.4 to 460.8) at 1.8 V' "$t/out" &&
    grep -q 'smps-3.0: 277.8 pJ a cycle (274.8 to 282.3) at 3.0 V' "$t/out"
point $? 'the band of the L4R5 holds what was published, by supply and regulator'
if command -v arm-none-eabi-gcc >/dev/null; then
    "$E" build etinynet-0.25 --board stm32l4r5 --input 64 -o "$t/l.elf" >/dev/null && "$E" run "$t/l.elf" --board stm32l4r5 --db "$t/l.db" >"$t/out" &&
        "$E" run "$t/l.elf" --board stm32l4r5 --supply smps-3.0 --db "$t/l.db" -q >/dev/null
    point $? 'a run names its supply'
    sqlite3 "$t/l.db" "SELECT round(1000 * b.energy_uj / a.energy_uj), round(1000 * a.inference_energy_uj_low / a.inference_energy_uj),
        round(1000 * a.inference_energy_uj_high / a.inference_energy_uj), a.energy_assumed FROM runs a, runs b WHERE a.run = 1 AND b.run = 2" >"$t/ratio"
    [ "$(cat "$t/ratio")" = '742.0|856.0|1231.0|0' ] # 277.8 / 374.4, 178 / 208, 256 / 208
    point $? 'its energies have the ends of the band'
    grep -qE '^energy +[0-9.]+ mJ \([0-9.]+ to [0-9.]+\), supply ldo-1.8; source mlperf-tiny$' "$t/out"
    point $? 'the summary shows the band, the supply and the source'
    "$E" run "$t/l.elf" --board stm32l4r5 --supply smps-1.8 >/dev/null 2>"$t/err"
    [ $? = 2 ] && grep -q "unknown supply 'smps-1.8', known: ldo-1.8, ldo-3.0, smps-3.0" "$t/err"
    point $? 'an unknown supply is refused with those there are'
    "$E" build etinynet-0.25 --board stm32f407 --input 64 -o "$t/f.elf" >/dev/null && "$E" run "$t/f.elf" --board stm32f407 --db "$t/f.db" >"$t/out" &&
        grep -qE '^total .*\([0-9.]+ to [0-9.]+\)\*$' "$t/out" && grep -q '^\* rests on an assumed energy' "$t/out" && [ "$(sqlite3 "$t/f.db" 'SELECT energy_assumed FROM runs')" = 1 ]
    point $? 'an assumed current is marked, in the table of layers, too'

    "$E" run "$t/f.elf" --board stm32f407 --clock 480000000 >/dev/null 2>"$t/err"
    [ $? = 2 ] && grep -q 'beyond the 168000000 Hz of stm32f407' "$t/err"
    point $? 'a clock beyond the part is refused'
    # Five wait states serve up to 168 MHz; firmware of one wait state is what 60 MHz ask for.
    cat >"$t/wait.c" <<END
#define REG(a) (*(volatile unsigned *)(a))
void reset(void);
__attribute__((section(".vectors"), used)) static void *const vectors[] = {(void *)0x20010000, reset};
void reset(void)
{
    REG(0x40023c00) = 0x701;
#ifdef WAIT
    while (!(REG(0x40016818) & 1u << 21))
        ;
#endif
#ifdef CODE
    __asm__ volatile("1: ldr r1, [%0]; " CODE " 1b" : : "l"(0x40016818), "l"(1 << 21) : "r1", "cc");
#endif
    for (volatile int i = 0; i < 1000; i++)
        ;
    __asm__ volatile("bkpt 0xab" : : "r"(0));
    register int r0 __asm__("r0") = 0x18, r1 __asm__("r1") = 0x20026;
    __asm__ volatile("bkpt 0xab" : : "r"(r0), "r"(r1));
    for (;;)
        ;
}
END
    cat >"$t/wait.ld" <<END
SECTIONS { .text 0x08000000 : { KEEP(*(.vectors)) *(.text*) *(.rodata*) } }
END
    cc() { arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -O1 -nostdlib -ffreestanding -T "$t/wait.ld" "$@"; }
    cc "$t/wait.c" -o "$t/wait.elf" && cc -DWAIT "$t/wait.c" -o "$t/stuck.elf"
    "$E" run "$t/wait.elf" --board stm32f407 --clock 168000000 --db "$t/w.db" -q >/dev/null 2>"$t/err"
    grep -q 'warning: 1 flash wait states are too few for 168000000 Hz, 5 needed' "$t/err" && grep -q 'warning: --clock 168000000 Hz overrides the 16000000 Hz' "$t/err"
    point $? 'an override and too few wait states are told, also with -q'
    "$E" report runs --db "$t/w.db" | grep -q 'CLOCK TOO FAST for 1 flash wait states'
    point $? 'and stay with the run'
    timeout 20 "$E" run "$t/stuck.elf" --board stm32f407 --max-cycles 40000000 >/dev/null 2>"$t/err"
    [ $? = 4 ] && grep -qE 'warning: the program waits since cycle [0-9]+ at 0x0800[0-9a-f]+ .*for register 0x40016818 \(no known peripheral\), bit 21, which stays 0' "$t/err" &&
        grep -q 'stopped after .* waits since' "$t/err"
    point $? 'a program that polls a flag for ever says which register and bit, while it runs'
    while IFS='|' read -r code bits; do
        cc -DCODE="\"$code\"" "$t/wait.c" -o "$t/stuck.elf"
        timeout 20 "$E" run "$t/stuck.elf" --board stm32f407 --max-cycles 11000000 >/dev/null 2>"$t/err"
        [ $? = 4 ] && grep -q "stopped after .* for register 0x40016818 (no known peripheral), $bits; --stub" "$t/err"
        point $? "likewise when it looks by '$code'"
    done <<'END'
lsls r1, r1, #10; bpl|bit 21, which stays 0
tst r1, %1; beq|bit 21, which stays 0
ands r1, %1; beq|bit 21, which stays 0
tst r1, #0x10800000; beq|bits 0x10800000, which stay 0x00000000
ubfx r1, r1, #20, #3; cmp r1, #2; bne|bits 0x00700000, which stay 0x00000000
cmp r1, #2; bne|a change of its value 0x00000000
END
else
    for i in {1..14}; do skip 'runs on boards' 'no arm-none-eabi-gcc'; done
fi
echo "1..$n"
exit $bad
