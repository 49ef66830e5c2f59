# Who lives where in SRAM, and how long
# size: wide 2.8
set xlabel 'Layer, in order of execution'
set ylabel 'Offset in the arena [KiB]'
unset key
set yrange [0:*]
set style fill solid 0.8 border lc rgb '#ffffff'
stats data using (column('last')) nooutput
set xrange [-0.6:STATS_max + 0.6]
plot data using ((column('first') + column('last')) / 2):((column('from_kib') + column('to_kib')) / 2):(column('first') - 0.5):(column('last') + 0.5): \
    (column('from_kib')):(column('to_kib')):(column('colour')) with boxxyerror lc variable
