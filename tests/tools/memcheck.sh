#!/bin/bash
# Valgrind's memcheck over the unit tests and over runs of guest programs: errors and lost memory fail. Speaks TAP.
# MEMCHECK_ONLY=pattern runs a part.
set -u
BUILD=${BUILD:-build}
V="valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite --undef-value-errors=yes"
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
command -v valgrind >/dev/null || { echo 'memcheck needs valgrind'; exit 1; }
n=0 bad=0
check() { # what command...
    local what=$1
    shift
    case "$what" in *${MEMCHECK_ONLY:-}*) ;; *) return ;; esac
    n=$((n + 1))
    timeout 900 $V "$@" >"$t/out" 2>&1
    if grep -q '^==[0-9]*== ' "$t/out"; then
        bad=$((bad + 1))
        echo "not ok $n - $what"
        grep '^==' "$t/out" | head -20 | sed 's/^/    /'
    else
        echo "ok $n - $what"
    fi
}
for p in "$BUILD"/tests/unit/test_*[!.do]; do
    [ -x "$p" ] && [ -f "$p" ] && check "${p#"$BUILD"/}" "$p"
done
for s in rtos nvic hal host; do
    arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16 -Os -g -ffreestanding -nostdlib -T tests/guest/guest.ld \
        tests/guest/start.c tests/guest/$s.c -lgcc -o "$t/$s.elf" || exit 1
    check "run $s with profiles" "$BUILD/etinysim" run "$t/$s.elf" --board stm32f407 --max-cycles 3000000 --uninit --hot 5 --semihost-root "$t" \
        --profile "folded=$t/a" --profile "callgrind=$t/b" --profile "trace=$t/c" --profile "lcov=$t/d" --profile "annotate=$t/e" --profile "map=$t/f"
done
for f in 1 2 8; do
    arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16 -Os -g -ffreestanding -nostdlib -T tests/guest/guest.ld \
        -DFAULT=$f tests/guest/start.c tests/guest/faults.c -lgcc -o "$t/f.elf" || exit 1
    check "run fault $f" "$BUILD/etinysim" run "$t/f.elf" --board stm32f407
done
echo "$((n - bad)) passed, $bad failed"
[ $bad = 0 ]
