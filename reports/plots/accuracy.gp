# Reported ImageNet accuracy against peak SRAM, latency and energy of the runs
# size: wide 2.7
stats data using (column('sram_kib')) nooutput prefix 'S'
stats data using (column('ms')) nooutput prefix 'T'
stats data using (column('reported_top1_percent')) nooutput prefix 'A'
set yrange [A_min - 3:A_max + 3]
set multiplot layout 1,3 margins 0.08,0.965,0.17,0.78*top_ spacing 0.035
set tics font ',7'
set grid x y lt 1 lc rgb '#dddddd' lw 0.5
unset key
set ylabel 'Reported top-1 [%]'
set xlabel 'Peak SRAM [KiB]'
right_ = (S_max > 560 ? S_max : 560) * 1.05
set xrange [0:right_]
set xtics right_ > 1000 ? 500 : 200
# SRAM of the boards that the paper deploys on: STM32F412, STM32F746, and the AXI part of STM32H743.
do for [limit in "256 320 512"] {
    set arrow from first limit + 0, graph 0 to first limit + 0, graph 1 nohead lc rgb '#D55E00' dt 2 lw 0.8
}
set label 1 'F412' at first 252, graph 1.05 right font ',6' tc rgb '#D55E00'
set label 2 'F746' at first 324, graph 1.05 left font ',6' tc rgb '#D55E00'
set label 3 'H743' at first 516, graph 1.05 left font ',6' tc rgb '#D55E00'
plot for [i=1:words(series)] data using (column('series_index') == i ? column('sram_kib') : NaN):(column('reported_top1_percent')) \
    with points lc i pt (4 + i) ps 0.7 title word(series, i)
unset arrow
unset label
unset ylabel
set xtics autofreq
set format y ''
set key at screen 0.5, screen 0.97*top_ center top horizontal maxrows 1 font ',7'
set logscale x
set xlabel 'Latency [ms]'
set xrange [T_min / 2:T_max * 2]
plot for [i=1:words(series)] data using (column('series_index') == i ? column('ms') : NaN):(column('reported_top1_percent')) \
    with points lc i pt (4 + i) ps 0.7 title word(series, i)
unset key
set xlabel 'Energy per inference [mJ]'
set xrange [*:*]
plot for [i=1:words(series)] data using (column('series_index') == i ? column('mj') : NaN):(column('reported_top1_percent')) \
    with points lc i pt (4 + i) ps 0.7 notitle
unset multiplot
