# Latency of each layer by cause
# size: wide 2.8
set ylabel 'Latency [ms]'
set xtics rotate by 90 right font ',6' scale 0
set key outside top center horizontal maxrows 1
set yrange [0:*]
stats data using (column('x')) nooutput
set xrange [0.4:STATS_max + 0.6]
plot for [i=1:words(series)] data using (column('series_index') == i ? column('x') : NaN):(column('from_ms')): \
    (column('x') - 0.4):(column('x') + 0.4):(column('from_ms')):(column('to_ms')) \
    with boxxyerror lc i title word(series, i), \
    data using (column('x')):(0):xticlabel(stringcolumn('name')) with dots lc rgb '#ffffff' notitle
