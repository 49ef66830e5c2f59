# Runs and their Pareto front: no other run is better in both
# size: column 2.8
first_ = metric_ eq '' || metric_ eq 'sram' ? 'sram_kib' : metric_ eq 'energy' ? 'mj' : 'ms'
set xlabel first_ eq 'ms' ? 'Peak SRAM [KiB]' : 'Latency [ms]'
set ylabel first_ eq 'sram_kib' ? 'Peak SRAM [KiB]' : first_ eq 'mj' ? 'Energy [mJ]' : 'Latency [ms]'
across = first_ eq 'ms' ? 'sram_kib' : 'ms'
set logscale xy
set grid x y lt 1 lc rgb '#dddddd' lw 0.5
set tics font ',7'
set key outside top center horizontal maxcols 2 font ',6.5'
stats data using (column(across)) nooutput prefix 'X'
stats data using (column(first_)) nooutput prefix 'Y'
set xrange [X_min / 1.6:X_max * 1.6]
set yrange [Y_min / 1.6:Y_max * 1.6]
flag = 'front_' . first_
of(i, v) = column('series_index') == i ? v : NaN
on(v) = column(flag) == 1 ? v : NaN
plot data using (on(column(across))):(on(column(first_))) smooth unique with steps lc rgb '#888888' dt 2 lw 0.8 notitle, \
    for [i=1:words(series)] data using (of(i, column(across))):(column(first_)) with points lc i pt 6 ps 0.5 notitle, \
    for [i=1:words(series)] data using (of(i, on(column(across)))):(column(first_)) with points lc i pt 7 ps 0.7 notitle, \
    for [i=1:words(series)] keyentry with points lc i pt 7 ps 0.7 title word(series, i)
