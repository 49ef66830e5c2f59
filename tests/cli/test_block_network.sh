#!/bin/bash
# The commands `block` and `network`: text, --json and bad arguments.
E=$PWD/${BUILD:-build}/etinysim
. tests/tools/tap.sh
run() { "$E" "$@" >"$t/out" 2>"$t/err" </dev/null; rc=$?; }
refused() { # pattern what arguments...
    run "${@:3}"
    [ $rc = 2 ] && [ ! -s "$t/out" ] && [ "$(wc -l <"$t/err")" = 1 ] && grep -q -- "$1" "$t/err"
    point $? "refused: $2"
}

run network list
[ $rc = 0 ] && grep -qx etinynet-1.0 "$t/out" && sort -c "$t/out"
point $? 'network list: one name a line, sorted'
cp "$t/out" "$t/names"
run network list --json
[ $rc = 0 ] && python3 -c 'import json, sys; assert json.load(open(sys.argv[1])) == open(sys.argv[2]).read().split()' "$t/out" "$t/names"
point $? 'network list --json: the same names'
run network show etinynet-1.0
[ $rc = 0 ] && grep -q '^# .*/etinynet-1.0.yaml$' "$t/out" && grep -q 'input 224x224x3, width 1:' "$t/out"
point $? 'network show: the file, and the input of the paper'
run network show etinynet-1.0 --json
[ $rc = 0 ] && python3 -c '
import json, sys
o = json.load(open(sys.argv[1]))
assert (o["network"], o["width"], o["input"], o["channels"], o["classes"]) == ("etinynet-1.0", 1, 224, 3, 1000), o
assert o["description"] == open(o["path"]).read()' "$t/out"
point $? 'network show --json: 224x224x3, 1000 classes, the whole text'
# 976,360 parameters and 116,901,504 multiply-adds: figures of the paper's table 1, counted by hand in docs/networks.md.
run network compare
[ $rc = 0 ] && awk '$1 == "etinynet-1.0" { seen = $3 == "0.976" && $6 == "116.90" } END { exit !seen }' "$t/out"
point $? 'network compare: parameters and MAdds of EtinyNet-1.0'
run network compare --json
[ $rc = 0 ] && python3 -c '
import json, sys
r = {o["network"]: o for o in json.load(open(sys.argv[1]))}["etinynet-1.0"]
assert (r["params"], r["madds"]) == (976360, 116901504), r' "$t/out"
point $? 'network compare --json: 976,360 and 116,901,504'
refused 'expected `list`, `show NAME` or `compare`' 'network without a verb' network
refused 'expected `list`, `show NAME` or `compare`' 'network show without a name' network show
refused 'expected `list`, `show NAME` or `compare`' 'network list with an argument' network list etinynet-1.0
refused "unknown network 'nonsense', known: .*etinynet-1.0" 'a network that is not known' network show nonsense
refused 'unknown option' 'an option that network has not' network list --board stm32f412
printf 'input: [\n' >"$t/broken.yaml"
refused 'broken.yaml:[0-9]*: ' 'a broken description' network show "$t/broken.yaml"

refused 'expected F.elf ADDR|SYMBOL --board B' 'block without arguments' block
refused 'x.elf' 'a file that is not there' block "$t/x.elf" main --board stm32f407
if command -v arm-none-eabi-gcc >/dev/null; then
    cat >"$t/a.S" <<'S'
    .syntax unified
    .cpu cortex-m4
    .thumb
    .section .vectors, "a"
    .word 0x20001000, piece + 1
    .text
    .global piece
    .type piece, %function
    .thumb_func
piece:
    adds r0, r1, r2
    ldr r3, [r0]
    mul r3, r3, r1
    ldr r1, constant
    bx lr
    .align 2
constant:
    .word 0x12345678
    .size piece, . - piece
S
    arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -nostdlib -Wl,--build-id=none,-Ttext=0x08000100,--section-start=.vectors=0x08000000,-e,piece "$t/a.S" -o "$t/a.elf"
    # Cortex-M4 technical reference manual, table 3-1: ADD, MUL 1, LDR 2; BX 1 + P.
    run block "$t/a.elf" piece --board stm32f407
    [ $rc = 0 ] && grep -q '^08000100 .*adds.* 1  ' "$t/out" && grep -q 'mul.* 1  ' "$t/out" && grep -q '\.word 0x12345678$' "$t/out" &&
        tail -n 1 "$t/out" | grep -qE '^5 instructions, [0-9]+ cycles in straight line on cortex-m4$'
    point $? 'block: five instructions with cycles, the literal as data'
    run block "$t/a.elf" 0x08000100 --board stm32f407 --bytes 4 --json
    # The address of the load is the result of the instruction before it: 2 cycles and 1 (docs/timing.md, address dependency).
    [ $rc = 0 ] && python3 -c '
import json, sys
lines = json.load(open(sys.argv[1]))
assert [l["addr"] for l in lines] == [0x08000100, 0x08000102], lines
assert [l["cycles"] for l in lines] == [1, 3], lines
assert lines[0]["text"].startswith("adds") and all(l["class"] and l["rules"] for l in lines), lines' "$t/out"
    point $? 'block --json --bytes: addresses, cycles, class and rules'
    refused "'nowhere' is neither a symbol" 'a symbol that is not there' block "$t/a.elf" nowhere --board stm32f407
    refused 'unknown board' 'a board that is not known' block "$t/a.elf" piece --board stm32x
    refused 'expected F.elf' 'block without --board' block "$t/a.elf" piece
    run block "$t/a.elf" 0x60000000 --board stm32f407 --bytes 64
    [ $rc = 2 ] && [ "$(wc -l <"$t/err")" = 1 ]
    point $? 'refused: an address without memory'
else
    n=$((n + 1)) && echo "ok $n - block on code # SKIP no arm-none-eabi-gcc"
fi
echo "1..$n"
exit $bad
