#!/bin/bash
# GDB on a running program: what it sees, and that looking changes no count.
. tests/guest/lib.sh
for tool in arm-none-eabi-gcc gdb-multiarch; do
    command -v $tool >/dev/null || { echo "ok 1 - gdb # SKIP no $tool"; exit 0; }
done
cc() { arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16 -Os -g -ffreestanding -nostdlib -T $G/guest.ld "$@" -lgcc; }
cc $G/start.c $G/rtos.c -o "$t/rtos.elf"
cc $G/start.c -DFAULT=12 $G/faults.c -o "$t/loop.elf"
cc $G/start.c -DFAULT=1 $G/faults.c -o "$t/fault.elf"
"$E" run "$t/rtos.elf" --board stm32f407 --json >"$t/plain.json"
serve() { # elf where [options]: in the background, out in $t/out, exit code in $t/rc
    (timeout 60 "$E" run "$1" --board stm32f407 --gdb "$2" --json "${@:3}" >"$t/out" 2>"$t/err"; echo $? >"$t/rc") &
    for _ in $(seq 50); do
        [ -S "$t/s" ] || grep -q 127.0.0.1: "$t/err" 2>/dev/null && break
        sleep 0.1
    done
}
gdb() { timeout 60 gdb-multiarch -nx -batch -ex 'set pagination off' -ex 'set architecture arm' "$@" >"$t/gdb" 2>&1; }

same_counts() {
    python3 - "$t" <<'PY'
import json, sys
a, b = json.load(open(sys.argv[1] + "/out")), json.load(open(sys.argv[1] + "/plain.json"))
sys.exit(not all(a[k] == b[k] for k in ("cycles", "instructions", "stalls", "regions", "uart")))
PY
}
serve "$t/rtos.elf" "$t/s"
gdb -ex "target remote $t/s" -ex 'monitor cycles' -ex 'info registers pc msp control fpscr' -ex 'break worker' -ex 'continue' -ex 'bt' \
    -ex 'monitor cycles' -ex 'monitor cycles' -ex 'stepi' -ex 'monitor cycles' -ex 'break say' -ex 'continue' -ex 'bt' -ex 'p $s16' -ex 'delete' \
    -ex 'watch done' -ex 'continue' -ex 'p done' -ex 'p/x *(unsigned *)0xe000ed00' -ex 'set var done = 1' -ex 'p done' -ex 'detach' "$t/rtos.elf"
wait
has() { grep -q -- "$1" "$t/gdb"; point $? "$2"; }
has '^0 cycles' 'the program waits at its reset handler'
has 'msp  *0x2001c000' 'system registers are there'
has 'worker (name=.*"A", step=step@entry=0.5)' 'a breakpoint in a task stops, with FP arguments'
has 'in task_a ()' 'the backtrace leads to the task'
[ "$(grep -c ' cycles,' "$t/gdb")" = 4 ] && [ "$(grep ' cycles,' "$t/gdb" | sed -n 2p)" = "$(grep ' cycles,' "$t/gdb" | sed -n 3p)" ]
point $? 'modelled time stands still while stopped'
a=$(grep ' cycles,' "$t/gdb" | sed -n 3p | cut -d' ' -f1) b=$(grep ' cycles,' "$t/gdb" | sed -n 4p | cut -d' ' -f1)
[ "$b" -gt "$a" ] && [ "$b" -le $((a + 12)) ]
point $? "a single step takes the cycles of one instruction ($a to $b)"
has 'Breakpoint 2, say (s=.*"A")' 'a second breakpoint'
has 'New value = 1' 'a watchpoint stops at the write'
has '= 0x410fc241' 'system registers in memory are readable'
same_counts
point $? 'after detaching, the run ends with the counts of a run without a debugger'

# Where it stops, to the instruction: GDB steps over the access of a watchpoint, so that the next one is shown.
cc $G/start.c $G/step.c -o "$t/step.elf"
"$E" run "$t/step.elf" --board stm32f407 --json >"$t/plain.json"
rm -f "$t/s"
serve "$t/step.elf" "$t/s"
at() { echo "printf \"$1 %d\\n\", (int)\$pc == (int)&$2"; }
gdb -ex "target remote $t/s" -ex 'break places' -ex 'continue' -ex 'monitor cycles' -ex 'delete' -ex 'watch word[0]' -ex 'continue' -ex "$(at write written)" \
    -ex 'monitor cycles' -ex 'delete' -ex 'watch *(char *)((int)&word + 5)' -ex 'continue' -ex "$(at byte byte_written)" -ex 'delete' -ex 'rwatch word[0]' -ex 'continue' \
    -ex "$(at read been_read)" -ex 'delete' -ex 'awatch word[0]' -ex 'continue' -ex "$(at access written)" -ex 'continue' -ex "$(at access2 been_read)" -ex 'delete' \
    -ex 'break *(int)&it_here' -ex 'continue' -ex 'delete' -ex 'stepi' -ex 'stepi' -ex "$(at step inside)" -ex 'p $r2' -ex 'stepi' -ex 'p $r2' -ex 'stepi' -ex 'p $r2' \
    -ex 'stepi' -ex "$(at behind behind)" -ex 'p $r2' -ex 'stepi 700' -ex 'p ticks > 2' -ex 'detach' "$t/step.elf"
wait
for what in write byte read access access2; do
    has "^$what 1" "a watchpoint stops at the $what, and the next instruction is shown"
done
has '^Hardware read watchpoint' 'GDB is told which kind of access it was'
c=$(sed -n 's/ cycles, .*//p' "$t/gdb" | tr '\n' ' ')
[ "$(echo "$c" | awk "{print \$2 - \$1}")" = 3 ] # the refill of the call, MOVS, STR
point $? "the cycles in the middle of a block are those of the two instructions that ran ($c)"
[ "$(grep -c '^step 1\|^behind 1' "$t/gdb")" = 2 ] && [ "$(grep '^\$[1-4] =' "$t/gdb" | tr -d '\n')" = '$1 = 20$2 = 20$3 = 40$4 = 40' ]
point $? 'steps go through an IT block one by one'
has '^\$5 = 1' 'interrupts come while stepping'
same_counts
point $? 'steps, breakpoints and watchpoints change no count of a program with interrupts'

rm -f "$t/s"
serve "$t/fault.elf" "$t/s"
gdb -ex "target remote $t/s" -ex continue -ex 'info symbol $pc' "$t/fault.elf"
wait
grep -q SIGSEGV "$t/gdb" && grep -q 'provoke' "$t/gdb" && [ "$(cat "$t/rc")" = 3 ]
point $? 'a fault stops as SIGSEGV where it happened, and the run ends with exit code 3'

# An endless program over TCP: break, look, kill; a second client never gets in; limits hold under a debugger.
serve "$t/loop.elf" 0
port=$(sed -n 's/.*127.0.0.1:\([0-9]*\).*/\1/p' "$t/err")
python3 - "$port" <<'PY'
import socket, sys, time
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=20)
def send(p): s.sendall(b"$" + p + b"#%02x" % (sum(p) & 255))
def reply():
    data = b""
    while b"#" not in data or len(data.split(b"#")[-1]) < 2: data += s.recv(4096)
    return data
send(b"QStartNoAckMode"); reply(); s.sendall(b"+")
send(b"c"); time.sleep(0.5); s.sendall(b"\x03")
assert b"S02" in reply()
send(b"m20000000,4"); assert b"E" not in reply()
send(b"k")
PY
r=$?
wait
[ $r = 0 ] && [ "$(cat "$t/rc")" = 4 ]
point $? 'an endless loop can be interrupted and killed (exit code 4)'
# A BKPT of the program halts the core, and is passed over on the way on.
cc $G/start.c $G/bkpt.c -o "$t/bkpt.elf"
rm -f "$t/s"
serve "$t/bkpt.elf" "$t/s"
gdb -ex "target remote $t/s" -ex continue -ex "$(at trap trap)" -ex 'p/x *(unsigned *)0xe000ed30' -ex stepi -ex 'printf "step %d\n", (int)$pc == (int)&trap + 2' -ex continue "$t/bkpt.elf"
wait
has 'Program received signal SIGTRAP' 'a BKPT of the program stops in GDB'
has '^trap 1' 'at its own address'
has '= 0x2' 'with DFSR.BKPT set'
has '^step 1' 'a step passes over it'
[ "$(cat "$t/rc")" = 0 ] && grep -q 'C_DEBUGEN 1.*DFSR 2' "$t/out"
point $? 'and the program goes on to its end'
"$E" run "$t/bkpt.elf" --board stm32f407 >/dev/null 2>"$t/err"
[ $? = 3 ] && grep -q 'breakpoint without a debugger' "$t/err"
point $? 'without a debugger it is a fault'
rm -f "$t/s"
serve "$t/loop.elf" "$t/s" --max-cycles 1000000
gdb -ex "target remote $t/s" -ex continue "$t/loop.elf"
wait
[ "$(cat "$t/rc")" = 4 ] && grep -q 'after 1[0-9]* cycles' "$t/err"
point $? '--max-cycles ends a run under a debugger'
"$E" run "$t/loop.elf" --board stm32f407 --gdb nowhere >/dev/null 2>"$t/err"
[ $? = 2 ]
point $? 'a bad address is a usage error'
exit $bad
