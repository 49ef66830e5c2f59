#!/bin/bash
# The RTL beside the model and the host's reference: whole networks and at least 200 random layers of every kind, in
# Verilator; a small network in Icarus, which reads Verilog more strictly. `make rtl` does further designs.
. tests/tools/tap.sh
if ! command -v verilator >/dev/null; then
    echo "ok 1 - # SKIP no verilator"
    echo "1..1"
    exit 0
fi
tests/npu/rtl.sh quick >"$t/log" 2>&1
rc=$?
sed 's/^rtl:/# rtl:/' "$t/log"
while read -r line; do
    [[ $line =~ ", 0 cycles differ, 0 bits differ, 0 words differ" ]]
    point $? "$line"
done < <(grep '^rtl:' "$t/log")
[ $rc = 0 ] && [ "$(grep -c '^rtl:' "$t/log")" = 3 ]
point $? "three comparisons, and planted faults are seen"

# A small network in both simulators: the accelerator alone, then the board's design, whose program, constants and weights
# come from the files of its configuration and whose image comes over the SPI-like and the parallel link.
awk -v seed=42 -v kernel=3 -v channels=3 -v pad=1 -f tests/npu/random_network.awk >"$t/small.yaml"
"${BUILD:-build}/etinysim" npu "$t/small.yaml" --accel xc7a100t-etinynet --wbits 4 --rtl "$t/small" >/dev/null
(cd "$t/small" && OBJ=$t/obj sh simulate.sh board) >"$t/board" 2>&1
grep -q '^board: parallel class' "$t/board" && grep -q '^board: SPI class' "$t/board" && grep -q '^board: 0 results differ' "$t/board"
point $? "the board's design in Verilator: image over both links, class and logit out"
if command -v iverilog >/dev/null; then
    sh "$t/small/simulate.sh" icarus 2>&1 | grep -q '^16 layers, 0 cycles differ, 0 bits differ, 0 words differ'
    point $? "a small network in Icarus"
    sh "$t/small/simulate.sh" board-icarus 2>&1 | grep -q '^board: 0 results differ'
    point $? "the board's design in Icarus, parallel link"
else
    point 0 "in Icarus # SKIP no iverilog"
fi
for args in '--accel tinynpu' '--accel angeleye-xc7z020' '--accel xc7a100t-etinynet --abits 4' '--accel xc7a100t-etinynet --set engine.array.pixels=2'; do
    # shellcheck disable=SC2086
    "${BUILD:-build}/etinysim" npu etinynet-shapes $args --rtl "$t/none" >/dev/null 2>"$t/err"
    [ $? = 2 ] && [ "$(wc -l <"$t/err")" = 1 ] && [ ! -e "$t/none" ]
    point $? "no RTL for $args: exit 2, one line, no folder"
done
echo "1..$n"
