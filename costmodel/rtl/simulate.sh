#!/bin/sh
# Simulates the folder it lies in: ./simulate.sh verilator|icarus
set -e
cd "$(dirname "$0")"
case "${1:-verilator}" in
verilator)
    verilator --binary --timing -O3 --x-assign fast --x-initial fast --noassert -Wno-fatal -Wno-lint -Wno-style \
        --top-module testbench -CFLAGS -O2 -Mdir obj testbench.v tinynpu.v sequencer.v feature_memory.v \
        weight_memory.v memory_bank.v block_ram.v line_buffer.v window.v pe_array.v accumulator.v requantiser.v \
        shortcut_adder.v pool_stage.v delay_line.v >verilator.log 2>&1 || { cat verilator.log >&2; exit 1; }
    exec obj/Vtestbench ;;
icarus)
    iverilog -g2005-sv -s testbench -o testbench.vvp testbench.v tinynpu.v sequencer.v feature_memory.v weight_memory.v \
        memory_bank.v block_ram.v line_buffer.v window.v pe_array.v accumulator.v requantiser.v shortcut_adder.v \
        pool_stage.v delay_line.v
    exec vvp -n testbench.vvp ;;
*) echo "expected verilator or icarus" >&2; exit 2 ;;
esac
