#!/bin/sh
# What a run says of its own error: the grounds its cycles stand on, and those that no measured figure stands on.
E=$BUILD/etinysim
. tests/tools/tap.sh

# Two loops of 4 cycles a turn on Cortex-M4 (arm-cm4-trm: an operation 1, SUBS 1, a taken branch 1 and its refill 1), in flash
# without wait states: one adds integers, the other floating point numbers.
cat >"$t/loops.S" <<'S'
    .syntax unified
    .cpu cortex-m4
    .fpu fpv4-sp-d16
    .thumb
    .word 0x20000400, start + 1
    .thumb_func
start:
    ldr r0, =0xe000ed88 /* CPACR */
    ldr r1, =0xf00000
    str r1, [r0]
    dsb
    isb
    ldr r0, =INTEGER
    .balign 8
1:  adds r1, r1, #1
    subs r0, r0, #1
    bne 1b
    ldr r0, =FLOAT
    .balign 8
1:  vadd.f32 s0, s0, s1
    subs r0, r0, #1
    bne 1b
    b .
S
loops() { # name, turns of each, further flags
    arm-none-eabi-gcc -nostdlib -Wl,-Ttext=0x08000000 -DINTEGER="$2" -DFLOAT="$3" $4 "$t/loops.S" -o "$t/$1.elf" 2>"$t/log" ||
        { cat "$t/log"; exit 1; }
    $E run "$t/$1.elf" --board stm32f407 --json >"$t/$1.json"
    sed 's/.*"config"://' "$t/$1.json" >"$t/$1.config"
}
has() { grep -q "\"$2\":$3[,}]" "$t/$1"; }

loops half 100000 100000 -g
has half.config ground '\[{"name":"flash","percent":100.0,"rows":[0-9]*},{"name":"fp32","percent":50.0,"rows":0}\]'
point $? "half of the cycles lie in blocks with floating point"
has half.json cycles_error_percent null && has half.json unvalidated_percent 50 && has half.config unvalidated '"32-bit floating point 50 %"'
point $? "for which there is no figure: no error is stated, and why"
loops tenth 180000 20000 -g
has tenth.json unvalidated_percent 10 && has tenth.json cycles_error_percent '[0-9.]*' && has tenth.json cycles_error_rows '[1-9][0-9]*'
point $? "of one tenth the error is stated beside the share without a figure"
has tenth.config code '"assembly"' && has tenth.config cycles_error_code '"assembly"'
point $? "its line tables say that it is assembly"
loops bare 180000 1 -s
has bare.json unvalidated_percent 0 && has bare.config code '"C"' && ! grep -q '"unvalidated":' "$t/bare.config"
point $? "code of which nothing is known counts as C"

# The error is that of the worst of the grounds, from the table of measured figures.
worst=$(awk -F'[:,}] *' '/core: cortex-m4, code: C/ && / (any|flash),/ {if ($10 > w) w = $10} END {printf "%.1f", w}' sim/exec/evidence.yaml)
has bare.json cycles_error_percent "${worst%.0}"
point $? "and has the error of C code from flash: $worst %"
$E run "$t/bare.elf" --board stm32f407 -q >"$t/summary"
grep -q "^latency .* +-$worst %, 72[0-9]* cycles" "$t/summary" && grep -q "^evidence  *+-$worst % by [0-9]* measured figures of C$" "$t/summary"
point $? "the summary prints it beside the latency"
$E run "$t/half.elf" --board stm32f407 -q | grep -q '^evidence  *error not known, no figure for 50 %: 32-bit floating point 50 %$'
point $? "or that it is not known"
$E run "$t/tenth.elf" --board stm32f407 -q --db "$t/r.db" >"$t/out"
$E report runs --db "$t/r.db" --format csv | grep -q 'cycles_error_percent,cycles_error_rows,unvalidated_percent'
point $? "report runs has the columns"
$E run "$t/half.elf" --board stm32h743 --json >"$t/m7.json"
has m7.json cycles_error_percent null && grep -q 'code past the instruction cache 100 %' "$t/m7.json"
point $? "another core has its own figures"

# 20000 calls: entry and exit are 12 cycles each (arm-cm4-trm), and with SVC, SUBS, BNE and BX make a turn.
cat >"$t/svc.S" <<'S'
    .syntax unified
    .cpu cortex-m4
    .thumb
    .word 0x20000400, start + 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, handler + 1
    .thumb_func
start:
    ldr r0, =20000
1:  svc 0
    subs r0, r0, #1
    bne 1b
    b .
    .thumb_func
handler:
    bx lr
S
arm-none-eabi-gcc -nostdlib -Wl,-Ttext=0x08000000 "$t/svc.S" -o "$t/svc.elf" && $E run "$t/svc.elf" --board stm32f407 --json >"$t/svc.json"
python3 - "$t/svc.json" <<'P'
import json, sys
r = json.load(open(sys.argv[1]))
share = 100 * r["stalls"]["exc"] / (r["cycles"] - r["stalls"]["sleep"])
assert r["stalls"]["exc"] > 400000 and share > 50
assert abs(r["unvalidated_percent"] - share) < 0.1 and r["cycles_error_percent"] is None
assert [g["percent"] for g in r["config"]["ground"] if g["name"] == "exceptions"] == [r["unvalidated_percent"]]
P
point $? "entries and exits of exceptions are counted as not measured"
echo "1..$n"
exit $bad
