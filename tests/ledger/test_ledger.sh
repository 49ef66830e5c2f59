#!/bin/bash
# Rows of the fidelity ledger against guests that show them: a probe fails when its row stops being true. Each row has one,
# and each stands in the description of what it speaks of. First line of a probe: `@ expect: exit N`, with
# `, instructions N` where they are counted too, and `, text ADDRESS` where the code does not lie in flash (M4) or ITCM
# (M7), `, vectors ADDRESS` where they do not lie at 0x08000000.
E=$(realpath "${BUILD:-build}")/etinysim
L=tests/ledger
. tests/tools/tap.sh
board() { # of a description: the board that its rows are tried on
    case $1 in
    sim/boards/*) basename "$1" .yaml ;;
    */stm32l4.yaml) echo stm32l4r5 ;;
    */stm32f7.yaml) echo stm32f746 ;;
    */stm32h7.yaml | */cortex-m7.yaml) echo stm32h743 ;;
    *) echo stm32f407 ;;
    esac
}
for f in sim/boards/*.yaml sim/devices/*.yaml sim/exec/ledger.yaml isa/cores/*.yaml; do
    sed -n "s|.*{part: \"\([^\"]*\)\", status: \([a-z]*\),.*probe: \([a-z0-9_]*\)}.*|$(board "$f")\t\3\t\2\t\1|p" "$f"
done >"$t/rows"
grep -h '{part: ' sim/boards/*.yaml sim/devices/*.yaml sim/exec/ledger.yaml isa/cores/*.yaml | grep -v 'probe: [a-z0-9_]*}$' >"$t/log"
[ -s "$t/rows" ] && [ ! -s "$t/log" ]
point $? 'each row names a probe'
diff <(cut -f2 "$t/rows" | sort -u) <(cd $L && ls ./*.S | sed 's|^\./||; s/\.S$//' | sort) >"$t/log"
point $? 'each probe that is named exists, and each probe is named'
command -v arm-none-eabi-gcc >/dev/null || { echo "ok 3 - probes # SKIP no arm-none-eabi-gcc"; echo 1..3; exit $bad; }
while IFS=$'\t' read -r board name status part; do
    want=$(sed -n '1s/.*exit \([0-9]\).*/\1/p' "$L/$name.S")
    count=$(sed -n '1s/.*instructions \([0-9]*\).*/\1/p' "$L/$name.S")
    text=$(sed -n '1s/.*text \(0x[0-9a-f]*\).*/\1/p' "$L/$name.S")
    vectors=$(sed -n '1s/.*vectors \(0x[0-9a-f]*\).*/\1/p' "$L/$name.S")
    case $board in
    stm32f7* | stm32h7*) set -- cortex-m7 "${text:-0x100}" -Wa,--defsym,M7=1 ;;
    *) set -- cortex-m4 "${text:-0x08000100}" ;;
    esac
    arm-none-eabi-gcc -mcpu="$1" -mthumb -nostdlib -Wa,-I$L -Wa,--defsym,"$board"=1 ${3:+"$3"} \
        -Wl,--build-id=none,-Ttext="$2",--section-start=.vectors="${vectors:-0x08000000}",-e,start -o "$t/$name.elf" "$L/$name.S" >"$t/log" 2>&1 &&
        timeout 20 "$E" run "$t/$name.elf" --board "$board" --max-cycles 3000000 --json >"$t/out" 2>"$t/log" </dev/null
    rc=$?
    [ $rc = "$want" ] && { [ -z "$count" ] || grep -qE "\"instructions\": ?$count\\b" "$t/out"; }
    point $? "$board, $name: $status: $part"
done <"$t/rows"
grep -q 'MPU forbids' <("$E" run "$t/mpu.elf" --board stm32f407 2>&1)
point $? 'the fault of the MPU probe is the MPU'"'"'s'
"$E" run "$t/clock.elf" --board stm32f407 --json >"$t/out" 2>"$t/log" </dev/null
grep -qE '"clock_hz": ?96000000,' "$t/out" && grep -q 'wait states are too few for 96000000 Hz' "$t/out"
point $? 'the clock that the probe set is reckoned with, and the missing wait states are reported'
# Folding and dual issue are what their rules say: with 0 cycles saved the same probes end at their first wrong count.
mkdir -p "$t/data/isa/cores"
for row in 'm4_it cortex-m4 it_folded stm32f407' 'm7_dual_issue cortex-m7 dual_issue stm32h743'; do
    read -r name core rule board <<<"$row"
    sed "s/{rule: $rule, cycles: 1,/{rule: $rule, cycles: 0,/" isa/cores/$core.yaml >"$t/data/isa/cores/$core.yaml"
    ETINYSIM_DATA=$t/data "$E" run "$t/$name.elf" --board "$board" --max-cycles 3000000 >"$t/out" 2>"$t/log" </dev/null
    rc=$?
    ! cmp -s isa/cores/$core.yaml "$t/data/isa/cores/$core.yaml" && [ $rc = 3 ]
    point $? "without $rule, $name sees other cycles"
done
echo "1..$n"
exit $bad
