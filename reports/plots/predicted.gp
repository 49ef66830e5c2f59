# Predicted against measured latency per layer, with a band of 10 %
# size: column 2.8
set logscale xy
set xlabel 'Measured [ms]'
set ylabel 'Predicted [ms]'
set grid x y lt 1 lc rgb '#dddddd' lw 0.5
set key outside top center horizontal maxcols 2 font ',6.5'
stats data using (column('measured_ms')):(column('predicted_ms')) nooutput
low = (STATS_min_x < STATS_min_y ? STATS_min_x : STATS_min_y) / 1.5
high = (STATS_max_x > STATS_max_y ? STATS_max_x : STATS_max_y) * 1.5
set xrange [low:high]
set yrange [low:high]
set samples 200
plot '+' using 1:($1 * 0.9):($1 * 1.1) with filledcurves lc rgb '#dddddd' title '10 %', \
    x with lines lc rgb '#000000' lw 0.8 notitle, \
    for [i=1:words(series)] data using (column('series_index') == i ? column('measured_ms') : NaN):(column('predicted_ms')) \
    with points lc i pt (4 + i) ps 0.6 title word(series, i)
