#!/bin/bash
# `etinysim run` and `board` from outside: exit codes, one clear line, JSON keys, the same bytes twice. TAP.
set -u
E=${BUILD:-build}/etinysim
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
n=0
ok() { n=$((n + 1)); if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; sed 's/^/# /' "$t/err" "$t/out" 2>/dev/null | head -n 5; fi; }
run() { timeout 20 "$E" "$@" >"$t/out" 2>"$t/err"; rc=$?; }
# exit code, words expected on stderr, what: nothing on stdout, and at most one line of complaint
refused() { local code=$1 words=$2 what=$3; shift 3; run "$@"; [ "$rc" = "$code" ] && grep -q -- "$words" "$t/err" && [ ! -s "$t/out" ] && [ "$(wc -l <"$t/err")" = 1 ]; ok $? "$what"; }

cat >"$t/p.S" <<'S'
.syntax unified
.thumb
.word 0x20004000, Reset + 1
.rept 14
.word 0
.endr
.global Reset, work
.type Reset, %function
.type work, %function
.thumb_func
work: push {r4, lr}
movs r0, #100
1: subs r0, #1
bne 1b
pop {r4, pc}
.thumb_func
Reset: bl work
movs r0, #4
adr r1, text
bkpt 0xab
movs r0, #0x18
ldr r1, =0x20026
bkpt 0xab
.balign 4
text: .asciz "top,1,285,9\n"
S
arm-none-eabi-gcc -mcpu=cortex-m4 -nostdlib -Wl,--build-id=none -Wl,-Ttext=0x08000000 -Wl,-e,Reset "$t/p.S" -o "$t/p.elf" || { echo 'not ok 1 - no assembler'; exit 1; }

run run "$t/p.elf" --board stm32f412 --scopes 'wo*' --json --db "$t/r.db"
cp "$t/out" "$t/j1"
[ $rc = 0 ] && python3 - "$t/j1" <<'P'
import json, sys
d = json.load(open(sys.argv[1]))
want = 'board core clock_hz cycles instructions seconds top1 uart peak_sram_bytes flash_bytes stack_bytes layers regions stalls'.split()
layer = 'name op macs cycles instructions cycles_per_mac reads writes energy_uj'.split()
assert not [k for k in want if k not in d], [k for k in want if k not in d]
assert d['top1'] == 285 and d['uart'] == 'top,1,285,9\n' and d['stack_bytes'] == 8
assert d['layers'][0]['name'] == 'work' and not [k for k in layer if k not in d['layers'][0]]
assert d['layers'][0]['instructions'] == 2 + 200 + 1
assert d['cycles'] == sum(v for k, v in d['stalls'].items() if k not in ('fold', 'dual'))
P
ok $? 'json has the keys of the contract and adds up'
run run "$t/p.elf" --board stm32f412 --scopes 'wo*' --json
for f in "$t/j1" "$t/out"; do sed -i 's/"started_at":"[^"]*"//' "$f"; done
cmp -s "$t/j1" "$t/out"
ok $? 'two runs give the same bytes'
[ "$(sqlite3 "$t/r.db" 'select count(*) from uncosted' 2>/dev/null)" = 0 ] && [ "$(sqlite3 "$t/r.db" "select name from layers")" = work ]
ok $? 'the run is in the database'
run run "$t/p.elf" --board stm32f412 --clock 50000000 --json
grep -q '"clock_hz":50000000' "$t/out" && grep -q '"clock_override":50000000' "$t/out"
ok $? '--clock overrides and is recorded'
run run "$t/p.elf" --board stm32f412 --max-cycles 200
[ $rc = 4 ] && grep -q 'max-cycles' "$t/err"
ok $? 'a limit ends with 4'

refused 2 'cannot open' 'no such file' run "$t/none.elf" --board stm32f412
head -c 100 "$t/p.elf" >"$t/cut.elf"
refused 2 'truncated' 'a truncated ELF' run "$t/cut.elf" --board stm32f412
cp "$t/p.elf" "$t/be.elf"; printf '\2' | dd of="$t/be.elf" bs=1 seek=5 conv=notrunc 2>/dev/null
refused 2 'big-endian' 'a big-endian ELF' run "$t/be.elf" --board stm32f412
cp "$t/p.elf" "$t/a64.elf"; printf '\2' | dd of="$t/a64.elf" bs=1 seek=4 conv=notrunc 2>/dev/null; printf '\267\0' | dd of="$t/a64.elf" bs=1 seek=18 conv=notrunc 2>/dev/null
refused 2 'AArch64' 'an AArch64 ELF' run "$t/a64.elf" --board stm32f412
refused 2 'unknown board' 'an unknown board' run "$t/p.elf" --board stm32x
refused 2 'board' 'no board' run "$t/p.elf"
refused 2 'unknown option' 'an unknown option' run "$t/p.elf" --board stm32f412 --frobnicate
refused 2 'whole number' 'a limit that is no number' run "$t/p.elf" --board stm32f412 --max-cycles lots
cp "$(dirname "$0")/../../sim/boards/stm32f412.yaml" "$t/b.yaml"; sed -i 's/^max_hz: .*/max_hz: 480MHz/' "$t/b.yaml"
refused 2 'b.yaml:.*480MHz' 'a board with 480MHz' run "$t/p.elf" --board "$t/b.yaml"
sed '/^cache:/,/^$/s/line_bytes: 32/line_bytes: 64/' "$(dirname "$0")/../../sim/boards/stm32f746.yaml" >"$t/c.yaml"
refused 2 "c.yaml:$(grep -n 'line_bytes: 64' "$t/c.yaml" | cut -d : -f 1): .*32 bytes" 'cache lines of 64 bytes' run "$t/p.elf" --board "$t/c.yaml"
mkdir "$t/dir"
refused 2 '' 'a database that cannot be' run "$t/p.elf" --board stm32f412 --db "$t/dir"
refused 2 '' 'a database below nothing' run "$t/p.elf" --board stm32f412 --db "$t/no/r.db"

run board list
[ $rc = 0 ] && [ "$(wc -l <"$t/out")" = 8 ]
ok $? 'board list names eight'
for b in stm32f401 stm32f407 stm32f412 stm32f446 stm32f746 stm32h743 stm32l4r5 stm32l4r9; do "$E" board show $b >"$t/out" 2>"$t/err" && "$E" board show $b --json | python3 -m json.tool >/dev/null || break; done
ok $? 'board show prints each, as text and JSON'
run run "$t/p.elf" --board stm32f746 --explain
[ $rc = 0 ] && grep -q 'modelled .*memory protection unit' "$t/out" && grep -q 'modelled .*a fault inside a block' "$t/out" && grep -q 'approximated .*misprediction' "$t/out"
ok $? 'run --explain prints the ledger'
echo "1..$n"
