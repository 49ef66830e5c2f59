#!/bin/bash
# One fixture for each rule of the ARMv7-M manual, NAME.S, whose first lines say
#   // board: the board that runs it
#   // qemu: the machine of qemu-system-arm that must print the same, or `no: why it does not`
#   // rule: section of the ARMv7-M Architecture Reference Manual (DDI 0403E) and what it says
#   // expect: what the program prints
# RULE=pattern runs those whose name matches.
. tests/guest/lib.sh
if ! command -v arm-none-eabi-gcc >/dev/null; then echo "ok 1 - rules of the architecture # SKIP no arm-none-eabi-gcc"; exit 0; fi
head_of() { sed -n "1,8s|^// $2: ||p" "$1"; } # file key
trim() { tr '\n\t' '  ' | sed 's/  */ /g; s/^ //; s/ $//'; }
for f in tests/armv7m/*.S; do
    name=$(basename "$f" .S)
    case "$name" in *${RULE:-}*) ;; *) continue ;; esac
    board=$(head_of "$f" board) machine=$(head_of "$f" qemu) rule=$(head_of "$f" rule)
    want=$(head_of "$f" expect | trim)
    case "$board" in stm32f746) cpu="-mcpu=cortex-m7 -mfpu=fpv5-sp-d16" ;; stm32h743) cpu="-mcpu=cortex-m7 -mfpu=fpv5-d16" ;;
        *) cpu="-mcpu=cortex-m4 -mfpu=fpv4-sp-d16" ;; esac
    arm-none-eabi-gcc $cpu -mthumb -mfloat-abi=hard -nostdlib -Itests/armv7m -T "$t/small.ld" tests/armv7m/start/start.S "$f" -o "$t/$name.elf" 2>"$t/err"
    r=$?
    if [ $r != 0 ]; then point 1 "$name assembles"; sed 's/^/# /' "$t/err" | head -5; continue; fi
    timeout 20 "$E" run "$t/$name.elf" --board "$board" --max-cycles 50000000 --json >"$t/json" 2>"$t/err"
    got=$(uart <"$t/json" | trim)
    [ -n "$want" ] && [ "$got" = "$want" ]
    r=$?
    point $r "$name: $rule"
    [ $r = 0 ] || { echo "# expected: $want"; echo "# printed:  $got"; sed 's/^/# /' "$t/err" | head -3; }
    case "$machine" in
    no:*) skip "$name in QEMU" "${machine#no: }"; continue ;;
    esac
    if ! command -v qemu-system-arm >/dev/null; then skip "$name in QEMU" "no qemu-system-arm"; continue; fi
    got=$(timeout 20 qemu-system-arm -M "$machine" -semihosting -nographic -monitor none -serial null -icount 3,sleep=off \
        -kernel "$t/$name.elf" 2>&1 </dev/null | trim)
    [ "$got" = "$want" ]
    r=$?
    point $r "$name prints the same in QEMU ($machine)"
    [ $r = 0 ] || { echo "# expected: $want"; echo "# printed:  $got"; }
done
echo "1..$n"
exit $bad
