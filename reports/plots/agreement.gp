# Agreement of integer with floating point, measured, against peak SRAM, latency and energy of a sweep's points
# size: wide 2.7
stats data using (column('sram_kib')) nooutput prefix 'S'
stats data using (column('ms')) nooutput prefix 'T'
stats data using (column('mj')) nooutput prefix 'E'
stats data using (column('images')) nooutput prefix 'N'
set yrange [0:100]
set multiplot layout 1,3 margins 0.10,0.965,0.17,0.78*top_ spacing 0.035
set tics font ',7'
set grid x y lt 1 lc rgb '#dddddd' lw 0.5
unset key
set ylabel sprintf('Agreement, %.0f images [%%]', N_max) font ',8'
set xtics font ',7'
set xlabel 'Peak SRAM [KiB]'
set xrange [0:S_max * 1.1]
plot for [i=1:words(series)] data using (column('series_index') == i ? column('sram_kib') : NaN):(column('agreement_percent')):(column('low_percent')):(column('high_percent')) \
    with yerrorbars lc i pt (4 + i) ps 0.7 lw 0.8 title word(series, i)
unset ylabel
set format y ''
set key at screen 0.5, screen 0.97*top_ center top horizontal maxrows 1 font ',7'
set xlabel 'Latency [ms]'
set xrange [0:T_max * 1.1]
plot for [i=1:words(series)] data using (column('series_index') == i ? column('ms') : NaN):(column('agreement_percent')):(column('low_percent')):(column('high_percent')) \
    with yerrorbars lc i pt (4 + i) ps 0.7 lw 0.8 title word(series, i)
unset key
set xlabel 'Energy per inference [mJ]'
set xrange [0:E_max * 1.1]
plot for [i=1:words(series)] data using (column('series_index') == i ? column('mj') : NaN):(column('agreement_percent')):(column('low_percent')):(column('high_percent')) \
    with yerrorbars lc i pt (4 + i) ps 0.7 lw 0.8 notitle
unset multiplot
