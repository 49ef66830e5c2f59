# vivado -mode batch -source build.tcl, in the folder: timing, cells and power after routing as text files, and arty_a7_100t.bit.
set part xc7a100tcsg324-1
read_verilog [glob -nocomplain {[a-z]*.v}]
foreach simulated {testbench.v testbench_board.v activity.v toggle_counter.v} {
    remove_files [file normalize $simulated]
}
read_xdc arty_a7_100t.xdc
synth_design -top arty_a7_100t -part $part -include_dirs .
report_utilization -file utilization_synthesised.txt
opt_design
place_design
phys_opt_design
route_design
report_timing_summary -file timing.txt
report_utilization -hierarchical -file utilization.txt
report_power -file power.txt
write_bitstream -force arty_a7_100t.bit
