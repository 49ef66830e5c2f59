#!/bin/bash
# A run is known by the variant of its network: results of different widths, inputs or boards are never taken for each other.
E=${BUILD:-build}/etinysim
. tests/tools/tap.sh
firmware() { # name, options of build
    local name=$1
    shift
    "$E" build etinynet-1.0 --board stm32f746 "$@" -o "$t/$name.elf" >/dev/null && "$E" run "$t/$name.elf" --board stm32f746 --db "$t/$name.db" -q >/dev/null
}
firmware whole --input 64 && firmware half --input 64 --width 0.5 && firmware small --input 48
point $? 'three variants of EtinyNet-1.0 are built and run'

"$E" report runs --db "$t/half.db" --format csv | grep -q '"width 0.5, 64x64x3, 8-bit weights, 8-bit maps, int8"'
point $? 'a run tells its width, input, bits and quantiser'

for other in half small; do
    "$E" compare "$t/whole.db" "$t/$other.db" --max-cycles-regress 2 >"$t/out" 2>"$t/err"
    [ $? = 2 ] && grep -q 'no run in common' "$t/err" && [ "$(wc -l <"$t/err")" = 1 ]
    point $? "width 1 at 64 is not compared with $other"
done
"$E" run "$t/whole.elf" --board stm32f746 --json >"$t/whole.json" && "$E" run "$t/half.elf" --board stm32f746 --json >"$t/half.json"
"$E" compare "$t/whole.json" "$t/half.json" >/dev/null 2>"$t/err"
[ $? = 2 ] && "$E" compare "$t/whole.json" "$t/whole.db" >/dev/null
point $? 'documents of --json know their variant, too'

# The log of width 1 as a measurement beside the simulated width 0.5: of another build, and by force another variant.
python3 -c 'import json, sys; sys.stdout.write(json.load(open(sys.argv[1]))["uart"])' "$t/whole.json" >"$t/uart.txt"
"$E" import serial "$t/uart.txt" --db "$t/small.db" --platform stm32f746 >/dev/null 2>&1
point $((1 - ($? != 0))) 'a log of another build is refused'
"$E" import serial "$t/uart.txt" --db "$t/small.db" --platform stm32f746 --force >/dev/null 2>"$t/err" &&
    "$E" validate --db "$t/small.db" --run 1 --against 2 >/dev/null 2>"$t/err"
[ $? = 2 ] && grep -q 'shape: simulated 48x48x3, measured 64x64x3' "$t/err"
point $? 'a measurement of another input is not validated against'

# EtinyNet-1.0 on the F746: the published 65.8 % are those of width 1 at 256.
for v in whole half; do
    "$E" import paper --db "$t/$v.db" >/dev/null
    "$E" plot accuracy --db "$t/$v.db" -o "$t/$v.svg" >/dev/null 2>"$t/err"
    [ $? = 2 ] && grep -q 'nothing to draw' "$t/err" && [ ! -e "$t/$v.svg" ]
    point $? "no published accuracy is quoted for $v at 64"
done
"$E" merge "$t/whole.db" "$t/half.db" >/dev/null && [ "$(sqlite3 "$t/whole.db" "SELECT count(*) FROM run WHERE kind = 'iss'")" = 2 ] &&
    ! "$E" report compare --db "$t/whole.db" --run 1 --format csv | grep -q "width 0.5"
point $? 'comparisons leave other variants out'

"$E" run "$t/whole.elf" --board stm32h743 >/dev/null 2>"$t/err"
[ $? = 2 ] && grep -q 'whole.elf: is firmware for stm32f746, expected for stm32h743' "$t/err" && [ "$(wc -l <"$t/err")" = 1 ]
point $? 'firmware that names its board is refused on another'
echo "1..$n"
exit $bad
