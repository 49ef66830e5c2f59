#!/bin/sh
# Simulates the folder it lies in: sh simulate.sh [verilator|icarus], or builds the Verilator program only: sh simulate.sh
# build, in $OBJ (obj).
set -e
cd "$(dirname "$0")"
SOURCES="testbench.v tinynpu.v sequencer.v feature_memory.v weight_memory.v memory_bank.v block_ram.v line_buffer.v
window.v pe_array.v pe_column.v accumulator.v requantiser.v shortcut_adder.v pool_stage.v delay_line.v"
OBJ=${OBJ:-obj}
case "${1:-verilator}" in
verilator | build)
    mkdir -p "$OBJ"
    # shellcheck disable=SC2086
    verilator --binary --timing -O3 --x-assign fast --x-initial fast --noassert -Wno-fatal -Wno-lint -Wno-style \
        --top-module testbench -MAKEFLAGS 'OPT_FAST=-O1 OPT_SLOW=-O0 OPT_GLOBAL=-O1' -j 2 -Mdir "$OBJ" $SOURCES \
        >"$OBJ/log" 2>&1 || { tail -n 20 "$OBJ/log" >&2; exit 1; }
    [ "${1:-verilator}" = build ] || exec "$OBJ/Vtestbench"
    ;;
icarus)
    # shellcheck disable=SC2086
    iverilog -g2005-sv -s testbench -o testbench.vvp $SOURCES
    exec vvp -n testbench.vvp
    ;;
*) echo "expected verilator, icarus or build" >&2; exit 2 ;;
esac
