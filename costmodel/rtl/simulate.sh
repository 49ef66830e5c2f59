#!/bin/sh
# Simulates the folder it lies in: sh simulate.sh [verilator|icarus|activity|board|board-icarus]; activity: in Verilator,
# with the toggles of each part of the design; board: the image over both links. Or builds the Verilator program only: sh simulate.sh build, in $OBJ (obj).
set -e
cd "$(dirname "$0")"
SOURCES="testbench.v tinynpu.v sequencer.v feature_memory.v weight_memory.v memory_bank.v block_ram.v line_buffer.v
window.v pe_array.v pe_column.v accumulator.v requantiser.v shortcut_adder.v pool_stage.v delay_line.v"
OBJ=${OBJ:-obj}
BOARD="board.v image_input.v result_output.v testbench_board.v"
EXTRA= TOP=testbench
case "${1:-verilator}" in
verilator | build | activity | board)
    [ "${1:-verilator}" != activity ] || EXTRA="-DACTIVITY toggle_counter.v"
    [ "${1:-verilator}" != board ] || EXTRA=$BOARD TOP=testbench_board
    mkdir -p "$OBJ"
    # shellcheck disable=SC2086
    verilator --binary --timing -O3 --x-assign fast --x-initial fast --noassert -Wno-fatal -Wno-lint -Wno-style \
        --top-module $TOP -MAKEFLAGS 'OPT_FAST=-O1 OPT_SLOW=-O0 OPT_GLOBAL=-O1' -j 2 -Mdir "$OBJ" $EXTRA $SOURCES \
        >"$OBJ/log" 2>&1 || { tail -n 20 "$OBJ/log" >&2; exit 1; }
    [ "${1:-verilator}" = build ] || exec "$OBJ/V$TOP"
    ;;
icarus)
    # shellcheck disable=SC2086
    iverilog -g2005-sv -s testbench -o testbench.vvp $SOURCES
    exec vvp -n testbench.vvp
    ;;
board-icarus)
    # shellcheck disable=SC2086
    iverilog -g2005-sv -s testbench_board -o board.vvp $SOURCES $BOARD
    exec vvp -n board.vvp +parallel
    ;;
*) echo "expected verilator, icarus, activity, board, board-icarus or build" >&2; exit 2 ;;
esac
