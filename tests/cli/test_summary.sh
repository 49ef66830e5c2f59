#!/bin/bash
# `run` begins with what a person wants to know, in lines of a terminal's width; `--wide` has every column.
E=$PWD/${BUILD:-build}/etinysim
. tests/tools/tap.sh
command -v arm-none-eabi-gcc >/dev/null || { echo "ok 1 - summary # SKIP no arm-none-eabi-gcc"; echo 1..1; exit 0; }
"$E" build etinynet-0.25 --board stm32f746 --input 64 -o "$t/f.elf" >/dev/null && "$E" run "$t/f.elf" --board stm32f746 --db "$t/f.db" >"$t/out" 2>"$t/err"
point $? 'a network is built and run'
q() { sqlite3 "$t/f.db" "SELECT $1 FROM runs"; }
sed '/^$/,$d' "$t/out" >"$t/summary"
lines=$(wc -l <"$t/summary")
[ "$lines" -ge 10 ] && [ "$lines" -le 15 ] && [ "$(wc -L <"$t/out")" -le 100 ]
point $? 'the summary has 10 to 15 lines, and nothing is wider than 100 columns'
grep -qE "^latency +$(q "printf('%.3f ms .-%.1f %% an inference, %.2f inferences/s, %d cycles', inference_seconds * 1e3, cycles_error_percent, 1 / inference_seconds, inference_cycles)")" "$t/summary"
point $? 'latency and rate are the database'"'"'s'
grep -qE "^energy +$(q "printf('%.3f mJ .%.3f to %.3f.', inference_energy_uj / 1e3, inference_energy_uj_low / 1e3, inference_energy_uj_high / 1e3)")" "$t/summary"
point $? 'so is the energy with its band'
# STM32F746: 64 KiB DTCM, 240 + 16 KiB SRAM, 16 KiB ITCM = 344064 bytes; 1 MiB flash
grep -qE "^SRAM +$(q "printf('%d bytes, %.1f %% of the 344064 ', peak_sram_bytes, 100.0 * peak_sram_bytes / 344064)")" "$t/summary" &&
    grep -qE "^flash +$(q "printf('%d bytes, %.1f %% of the 1048576 ', flash_bytes, 100.0 * flash_bytes / 1048576)")" "$t/summary"
point $? 'SRAM and flash in bytes and percent of the board'
top=$(sqlite3 "$t/f.db" 'SELECT name FROM layers ORDER BY cycles DESC LIMIT 1')
grep -qE "^most time in +$top [0-9.]+ %(, [^ ]+ [0-9.]+ %){4}$" "$t/summary" && grep -qE '^largest stall +[a-z.]+, [0-9.]+ %: .* What helps: ' <(tr '\n' ' ' <"$t/summary" | sed 's/largest/\nlargest/')
point $? 'five layers, and what to do about the largest stall'
[ "$("$E" run "$t/f.elf" --board stm32f746 --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["top1"])')" = "$(sed -n 's/^class  *//p' "$t/summary")" ]
point $? 'the class'
"$E" run "$t/f.elf" --board stm32f746 --wide >"$t/wide" && grep -q '^Seq .*Instructions.*Written \[KiB\]' "$t/wide" && grep -q '^data traffic (bytes): arena read' "$t/wide" && grep -q '^layer,0,0,' "$t/wide"
point $? '--wide: every column, use of memory, the log of the firmware'

# Somebody else's program: functions and threads instead of layers.
arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16 -O1 -g -ffreestanding -nostdlib -T tests/guest/guest.ld \
    tests/guest/start.c tests/guest/rtos.c -lgcc -o "$t/rtos.elf" 2>"$t/err" && "$E" run "$t/rtos.elf" --board stm32f407 >"$t/out" 2>"$t/err"
point $? 'a kernel with threads runs'
total=$(sed -n 's/^ *\([0-9]*\) 100.0%.*total$/\1/p' "$t/out" | head -1)
cycles=$("$E" run "$t/rtos.elf" --board stm32f407 --json 2>/dev/null | python3 -c 'import json, sys; r = json.load(sys.stdin); print(r["cycles"] - r["stalls"]["sleep"])')
[ "$total" = "$cycles" ] && grep -qE '^ +[0-9]+ +[0-9.]+%  thread 1, from ' "$t/out"
point $? 'its functions have a row of totals, and each thread has a row'

# A program that goes on for ever: what it prints appears at once, and Ctrl-C shows what is known.
cat >"$t/loop.c" <<'END'
void reset(void);
__attribute__((section(".vectors"), used)) static void *const vectors[] = {(void *)0x20010000, reset};
void reset(void)
{
    for (const char *p = "alive\n"; *p; p++)
        *(volatile char *)0xe0000000 = *p;
    for (volatile int i = 0;; i++)
        ;
}
END
echo 'SECTIONS { .text 0x08000000 : { KEEP(*(.vectors)) *(.text*) *(.rodata*) } }' >"$t/loop.ld"
arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -O1 -nostdlib -ffreestanding -T "$t/loop.ld" "$t/loop.c" -o "$t/loop.elf"
python3 - "$E" "$t/loop.elf" >"$t/out" 2>"$t/err" <<'END'
import signal, subprocess, sys
p = subprocess.Popen([sys.argv[1], "run", sys.argv[2], "--board", "stm32f407"], stdout=subprocess.PIPE)
print(p.stdout.readline().decode(), end="")
p.send_signal(signal.SIGINT)
print(p.stdout.read().decode(), end="")
sys.exit(-p.wait())
END
rc=$?
[ "$(head -1 "$t/out")" = alive ]
point $? 'output appears while the program runs, also in a pipe'
[ $rc = 2 ] && grep -q 'interrupted after [0-9]* cycles, most cycles at 0x0800' "$t/err" && grep -q '^latency ' "$t/out" && grep -qE ' 100.0% .* total$' "$t/out"
point $? 'Ctrl-C: totals and hot spot, ended by the signal'
echo "1..$n"
exit $bad
