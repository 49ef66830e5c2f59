#!/bin/bash
# Is this tree slower than another? before_after.sh TREE: both programs, built, run the same firmware, block and network, turn by
# turn. Processor time, the least of ROUNDS (default 5); the ratio is this tree's over the other's. BUILD=DIR.
set -u
here=${BUILD:-build}/etinysim other=$1/build/etinysim rounds=${ROUNDS:-5}
[ -x "$here" ] && [ -x "$other" ] || { echo "before_after.sh: $here or $other is not built" >&2; exit 2; }
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
for board in stm32f412 stm32f746; do
    "$other" build etinynet-1.0 --board $board --input 224 -o "$t/$board.elf" >/dev/null || exit
done
printf 'name: s\nnetwork: etinynet-1.0\nwidth: {from: 0.25, to: 1, step: 0.01}\naccelerator: [tinynpu, xc7a100t-etinynet]\n' >"$t/s.yaml"
TIMEFORMAT='%U %S'
seconds() { { time "$@" >/dev/null 2>&1; } 2>&1 | awk '{ print $1 + $2 }'; }
least() { sort -n "$1" | head -n 1; }
while read -r name command; do
    for ((i = 0; i < rounds; i++)); do
        rm -f "$t"/*.db*
        # shellcheck disable=SC2086
        seconds "$other" $command >>"$t/$name.other"
        rm -f "$t"/*.db*
        # shellcheck disable=SC2086
        seconds "$here" $command >>"$t/$name.here"
    done
    awk -v n="$name" -v a="$(least "$t/$name.other")" -v b="$(least "$t/$name.here")" -v r="$rounds" \
        'BEGIN { printf "before_after: %s %.3f s before, %.3f s now, ratio %.3f (least of %d)\n", n, a, b, b / a, r }'
done <<TABLE
run_m4 run $t/stm32f412.elf --board stm32f412 -q
run_m7 run $t/stm32f746.elf --board stm32f746 -q
block block $t/stm32f412.elf nn_product_tiles --board stm32f412
quant quant etinynet-0.25 --input 96
npu_sweep sweep $t/s.yaml --db $t/s.db -j 1 -q
TABLE
