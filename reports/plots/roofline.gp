# Roofline: work per byte of data moved against work per cycle
# size: column 2.6
set tics font ',7'
set xlabel 'MAC per byte loaded or stored'
set ylabel 'MAC per cycle'
set grid x y lt 1 lc rgb '#dddddd' lw 0.5
set key outside top center horizontal maxcols 2 font ',6.5'
stats data using (column('macs_per_byte')) nooutput prefix 'X'
stats data using (column('macs_per_cycle')) nooutput prefix 'Y'
stats data using (column('peak_macs_per_cycle')) nooutput prefix 'P'
stats data using (column('peak_bytes_per_cycle')) nooutput prefix 'B'
# Without a known peak the points stand alone.
peak = P_max
bandwidth = B_max
ridge = P_max > 0 && B_max > 0 ? peak / bandwidth : X_min
left_ = (X_min < ridge ? X_min : ridge) / 2
right_ = (X_max > ridge ? X_max : ridge) * 2
low = Y_min / 2
high = P_max > Y_max ? P_max * 2 : Y_max * 2
set xrange [left_:right_]
set yrange [low:high]
# Powers of two while they have room, else of ten.
if (right_ / left_ < 100) { set logscale x 2; set format x '%.4g' } else { set logscale x 10; set format x '%g' }
if (high / low < 200) { set logscale y 2; set format y '%.4g' } else { set logscale y 10; set format y '%g' }
roof(x) = bandwidth > 0 && x * bandwidth < peak ? x * bandwidth : peak
plot for [i=1:(peak > 0)] roof(x) with lines lc rgb '#000000' lw 1.2 title 'peak', \
    for [i=1:words(series)] data using (column('series_index') == i ? column('macs_per_byte') : NaN):(column('macs_per_cycle')) \
    with points lc i pt (4 + i) ps 0.6 title word(series, i)
