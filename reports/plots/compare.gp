# One inference on each platform: latency and energy
# size: column 3.0
set logscale x
set key outside top center horizontal
set xlabel 'Latency [ms], energy [mJ]'
unset grid
set grid x lt 1 lc rgb '#dddddd' lw 0.5
set ytics scale 0 font ',6.5'
set xtics font ',7'
stats data using (column('low')) nooutput prefix 'L'
stats data using (column('high')) nooutput prefix 'H'
stats data using (column('energies')) nooutput prefix 'N'
stats data using (column('x')) nooutput
set yrange [STATS_max + 0.6:0.4]
left_ = 10 ** floor(log10(L_min) - 0.2)
set xrange [left_:H_max * 6]
number(v) = sprintf(v < 100 ? ' %.3g' : ' %.0f', v)
plot data using (column('ms')):(column('x') - 0.2):(left_):(column('ms')):(column('x') - 0.38):(column('x') - 0.02):yticlabel(stringcolumn('name')) with boxxyerror lc 1 title 'latency', \
    for [i=1:N_max] data using (column('mj')):(column('x') + 0.2):(left_):(column('mj')):(column('x') + 0.02):(column('x') + 0.38) with boxxyerror lc 2 title 'energy', \
    data using (column('ms')):(column('x') - 0.2):(number(column('ms'))) with labels left font ',6' notitle, \
    for [i=1:N_max] data using (column('mj')):(column('x') + 0.2):(number(column('mj'))) with labels left font ',6' notitle
