#!/bin/bash
# Guest programs made here: exceptions, a small kernel, faults. What they print is compared with qemu-system-arm, an
# independent implementation of the same architecture, where that is present.
. tests/guest/lib.sh
if ! command -v arm-none-eabi-gcc >/dev/null; then echo "ok 1 - guest programs # SKIP no arm-none-eabi-gcc"; exit 0; fi
guest() { # out flags... sources
    local out=$1
    shift
    arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16 -Os -g -ffreestanding -nostdlib -Wall -Werror \
        -T $G/guest.ld $G/start.c "$@" -lgcc -o "$out"
}
qemu() {
    timeout 20 qemu-system-arm -M netduinoplus2 -semihosting -nographic -monitor none -serial null -icount 3,sleep=off -kernel "$1" 2>&1 </dev/null
}
# What the program printed, without the tables behind it.
run() { timeout 60 "$E" run "$1" --board stm32f407 --max-cycles 20000000 --json "${@:2}" 2>"$t/err"; }

for p in rtos nvic; do
    guest "$t/$p.elf" $G/$p.c && run "$t/$p.elf" >"$t/$p.json"
    point $? "$p runs to its end"
    uart <"$t/$p.json" >"$t/$p.txt"
    if command -v qemu-system-arm >/dev/null; then
        qemu "$t/$p.elf" >"$t/$p.qemu"
        cmp -s "$t/$p.txt" "$t/$p.qemu"
        point $? "$p prints what it prints in QEMU: $(head -c 60 "$t/$p.txt" | tr '\n' ' ')"
    else
        skip "$p prints what it prints in QEMU" "no qemu-system-arm"
    fi
done
# Floats compared in two tasks and an interrupt, with lazy FP frames: ten million cycles on each core.
want='wrong in task 0: 0
wrong in task 1: 0
wrong in the interrupt: 0
enough enough enough '
for p in 'stm32f407 -DTICKS=10000u' 'stm32f746 -DTICKS=1000u -DPERIOD=9973u -mcpu=cortex-m7 -mfpu=fpv5-sp-d16'; do
    board=${p%% *}
    # shellcheck disable=SC2086
    guest "$t/compare.elf" ${p#* } $G/compare.c && run "$t/compare.elf" --board "$board" | uart >"$t/compare.txt"
    [ "$(cat "$t/compare.txt")" = "$want" ]
    point $? "$board: no comparison of floats goes wrong in tasks and interrupts"
    [ "$board" = stm32f407 ] && command -v qemu-system-arm >/dev/null && { [ "$(qemu "$t/compare.elf")" = "$want" ]; point $? "nor in QEMU"; }
done
grep -q 'ticks 1' "$t/rtos.txt"
point $? "the tasks wait as many ticks as they ask for"

# The same bytes whenever it runs: time comes from the model alone.
run "$t/rtos.elf" | sed 's/"started_at":"[^"]*"//' >"$t/again"
sed 's/"started_at":"[^"]*"//' "$t/rtos.json" | cmp -s - "$t/again"
point $? "interrupts come at the same cycles in every run"

# fault: number, exit code, what the report begins with
while read -r f rc text; do
    guest "$t/f.elf" -DFAULT="$f" $G/faults.c
    timeout 20 "$E" run "$t/f.elf" --board stm32f407 --max-cycles 1000000 >"$t/out" 2>"$t/err"
    r=$?
    [ $r = "$rc" ] && grep -q "$text" "$t/err"
    point $? "fault $f ends with exit code $rc and says '$text'"
    [ $r = "$rc" ] && grep -q "$text" "$t/err" || sed 's/^/# /' "$t/err" | head -5
    for h in 1 2; do
        [ "$f" = 3 ] || [ "$f" = 8 ] || [ "$f" = 12 ] && continue # QEMU lets flash be written, and knows no stack limit
        guest "$t/f.elf" -DFAULT="$f" -DHANDLE=$h $G/faults.c
        run "$t/f.elf" >"$t/f.json"
        r=$?
        "$E" run "$t/f.elf" --board stm32f407 2>/dev/null | sed -n '1,/^return/p' >"$t/f.txt"
        if command -v qemu-system-arm >/dev/null; then
            qemu "$t/f.elf" >"$t/f.qemu"
            cmp -s "$t/f.txt" "$t/f.qemu" && [ $r = 3 ]
            point $? "fault $f, handler $h: the guest reads the fault registers that it reads in QEMU"
        fi
    done
done <<'TABLE'
1 3 read outside memory at 0x30000000
2 3 undefined instruction
3 3 write to read-only memory at 0x08000000 (flash
4 3 branch to an even address
5 3 division by zero
6 3 unaligned access
7 3 execution of memory marked no-execute
8 3 stack overflow
9 3 execution outside memory at 0x60000000
10 3 write outside memory at 0x1fff0000
11 3 SVC where it cannot be taken
12 4 most cycles at
13 3 FPU used while disabled
14 3 unaligned access
15 3 coprocessor or FPU used while disabled
TABLE
sed 's/LENGTH = 112K/LENGTH = 128K/' $G/guest.ld >"$t/whole.ld"
arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -Os -ffreestanding -nostdlib -DFAULT=16 -T "$t/whole.ld" $G/start.c $G/faults.c -lgcc -o "$t/f.elf"
run "$t/f.elf" >/dev/null && run "$t/f.elf" --stack 4096 >/dev/null
[ $? = 3 ] && grep -q 'stack overflow' "$t/err"
point $? "a stack goes through SRAMs that lie one behind the other; --stack limits it"
guest "$t/f.elf" -DFAULT=2 $G/faults.c
line=$(grep -n 'provoke();' $G/faults.c | cut -d: -f1)
"$E" run "$t/f.elf" --board stm32f407 2>&1 >/dev/null | grep -q "called from 0x[0-9a-f]* main+0x[0-9a-f]* (.*faults.c:$line)"
point $? "the backtrace names the line of the call"

# Cycles: entry and exit of the core's table, 6 for a tail-chain, 17 more words when both sides use FP.
rule() { "$E" core show cortex-m4 | awk -v r="$1" '$1 == r {print $2; exit}'; }
entry=$(rule exception_entry) out=$(rule exception_exit) tail=$(rule tail_chain)
while read -r c want what; do
    guest "$t/cost.elf" -DCASE="$c" $G/cost.c
    got=$(run "$t/cost.elf" | python3 -c 'import json,sys; print(json.load(sys.stdin)["stalls"]["exc"])')
    [ "$got" = "$((want))" ] && [ "$((want))" -gt 20 ]
    point $? "$what: $got cycles, expected $((want))"
done <<TABLE
1 entry+out one exception
2 entry+tail+out two, tail-chained
3 entry+17+out an FP handler over an FP thread
4 entry+out an integer handler over an FP thread
TABLE
guest "$t/cost.elf" -DCASE=5 $G/cost.c
order=$(run "$t/cost.elf" | uart)
case "$order" in *ti*it*|*it*ti*) [ "$(echo "$order" | tr -d ' it\n')" = "" ] ;; *) false ;; esac
point $? "a more urgent exception that comes in time is taken first: $order"

# A reset that the program asks for.
guest "$t/reset.elf" $G/reset.c
run "$t/reset.elf" --profile trace="$t/trace.json" | uart >"$t/reset.txt"
printf 'loader\nsoftware 1\npower-on 0\nmasks 0\nsystem 0\ntimer 0\nsram 0\nbackup 1234\ncounting 1\n' | cmp -s - "$t/reset.txt" && python3 -m json.tool "$t/trace.json" >/dev/null
point $? "a system reset inside a handler sets back what it must, and no more"
guest "$t/reset.elf" -DAGAIN $G/reset.c
[ "$(run "$t/reset.elf" | uart | grep -c 'software 1')" = 100 ] && grep -q 'more than 100 system resets' "$t/err"
point $? "a program that only resets itself ends"

# A vendor-like start-up: clocks, tick, console from its interrupt, timers, DMA, CRC, RNG.
guest "$t/hal.elf" $G/hal.c
run "$t/hal.elf" >"$t/hal.json"
r=$?
uart <"$t/hal.json" >"$t/hal.txt"
printf 'console from its interrupt\ndelay 1\ntimer 1\ncrc df8a8a2b\ndma sum 136\ndma to usart\nrng 1\nbit band 81\ncan 0\ncan 0\n' | cmp -s - "$t/hal.txt" && [ $r = 0 ]
point $? "clocks, tick, interrupts of USART and timer, DMA and CRC as the reference manual says"
[ "$(grep -c 'CAN1 register 0x40006404, which is not modelled, at 0x[0-9a-f]* main' "$t/err")" = 1 ]
point $? "the first access to a register that is not modelled is listed once"
run "$t/hal.elf" --strict >/dev/null
[ $? = 3 ] && grep -q 'CAN1 register 0x40006404, which is not modelled, pc 0x[0-9a-f]* main' "$t/err"
point $? "--strict makes it a fault"
printf 'stubs:\n  - {address: 0x4000_6404, values: [2, 3], sticky: 0x80, name: CAN1_MSR}\n' >"$t/stub.yaml"
run "$t/hal.elf" --stub "$t/stub.yaml" --strict | uart | tail -2 | tr '\n' ' ' >"$t/can"
[ "$(cat "$t/can")" = "can 82 can 83 " ]
point $? "--stub gives the values of its file one after the other"
printf 'stubs:\n  - {address: 0x4000_6404, widht: 32}\n' >"$t/stub.yaml"
run "$t/hal.elf" --stub "$t/stub.yaml" >/dev/null
[ $? = 2 ] && grep -q "stub.yaml:2: " "$t/err"
point $? "a damaged stub file is refused with its line"

# The same drivers on the other families: addresses, interrupt numbers, both kinds of DMA, the newer CRC and USART.
while read -r family board core fpu; do
    arm-none-eabi-gcc -mcpu="$core" -mthumb -mfloat-abi=hard -mfpu="$fpu" -Os -g -ffreestanding -nostdlib -Wall -Werror -DFAMILY="$family" -T "$t/small.ld" \
        $G/start.c $G/drivers.c -lgcc -o "$t/drv.elf"
    timeout 60 "$E" run "$t/drv.elf" --board "$board" --max-cycles 5000000 --json --strict 2>"$t/err" </dev/null | uart >"$t/drv.txt"
    printf 'usart\ntimer 4\ndma 1122\ncrc cbf43926\n' | cmp -s - "$t/drv.txt"
    point $? "$board: USART, timer, DMA and CRC with their interrupts"
done <<'TABLE'
4 stm32l4r5 cortex-m4 fpv4-sp-d16
4 stm32l4r9 cortex-m4 fpv4-sp-d16
7 stm32f746 cortex-m7 fpv5-sp-d16
8 stm32h743 cortex-m7 fpv5-d16
TABLE
exit $bad
