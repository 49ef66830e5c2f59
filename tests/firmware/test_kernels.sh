#!/bin/bash
# Fast kernels equal the reference bit for bit on random layers, as target code in qemu-system-arm.
# CASES=N checks N shapes per core, SEED=N others.
set -u
n=0
point() { n=$((n + 1)); echo "$1 $n - $2"; }
if ! command -v arm-none-eabi-gcc >/dev/null || ! command -v qemu-system-arm >/dev/null; then
    point ok 'fast kernels equal the reference # SKIP no arm-none-eabi-gcc or qemu-system-arm'
    exit 0
fi
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
F=workloads/firmware
# Every function of nn_depthwise_rows.S that a build may define, and kernel_rows: their table, [stride][bias][relu][shift], behind it
# those of .tflite files for strides 1 and 2.
for row in {1,0},{0,1},{0,1},{0..16} {1,0},1,2,0; do echo "$row"; done | awk -F, '
    BEGIN { print "#include \"nn_depthwise_rows.S\"" }
    { print "    rows row" NR ", " $0; table = table "    .word row" NR "\n" }
    END { printf "    .section .rodata.kernel_rows, \"a\"\n    .global kernel_rows\n    .p2align 2\nkernel_rows:\n%s", table }' >"$t/rows.S"
for m in an386:cortex-m4:CORE_M4:fpv4-sp-d16 an500:cortex-m7:CORE_M7:fpv5-d16; do
    IFS=: read -r machine core define fpu <<<"$m"
    flags=(-mcpu="$core" -mthumb -mfloat-abi=hard -mfpu="$fpu" -O2 -std=gnu11 -Wall -Wextra -Werror -fno-strict-aliasing
           -D"$define" -DBOARD_mps2 -DCASES="${CASES:-5600}" -DSEED="${SEED:-20240229}" -I$F)
    rename=$(grep -o 'nn_[a-z0-9_]*_s8' $F/nn.h | sort -u | sed 's/.*/-D&=ref_&/')
    # shellcheck disable=SC2086
    if arm-none-eabi-gcc "${flags[@]}" $rename -c $F/nn_reference.c -o "$t/reference.o" 2>"$t/log" &&
       arm-none-eabi-gcc "${flags[@]}" -nostartfiles -Wl,-T,tests/firmware/kernel_check.ld tests/firmware/kernel_check.c "$t/reference.o" \
           $F/startup.c $F/board_mps2.c $F/nn_pointwise.c $F/nn_product.S $F/nn_depthwise.c "$t/rows.S" $F/nn_depthwise_any.c $F/nn_move.c $F/nn_stem.c \
           $F/nn_stem_tiles.S $F/nn_simple.c $F/nn_vector.S -o "$t/check.elf" 2>"$t/log"; then
        timeout 300 qemu-system-arm -M "mps2-$machine" -display none -semihosting -serial stdio -kernel "$t/check.elf" \
            </dev/null >"$t/out" 2>>"$t/log"
    fi
    if grep -q "^checked ${CASES:-5600} shapes, 0 differ" "$t/out" 2>/dev/null; then
        point ok "$core: $(grep checked "$t/out")"
    else
        head -n 5 "$t/log" "$t/out" 2>/dev/null | sed 's/^/# /'
        point 'not ok' "$core: fast kernels equal the reference"
    fi
    rm -f "$t/out"
done
