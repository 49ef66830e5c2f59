# Energy by component and action
# size: column 2.4
set xlabel 'Energy [mJ], * assumed'
unset grid
set grid x lt 1 lc rgb '#dddddd' lw 0.5
unset key
stats data using (column('mj_high')) nooutput prefix 'E'
stats data using (column('y')) nooutput
set yrange [STATS_max + 0.6:0.4]
set xrange [0:E_max * 1.45]
step = 10 ** floor(log10(E_max))
step = E_max / step < 2 ? step / 2 : E_max / step > 4 ? step * 2 : step
set xtics step font ',7'
set ytics scale 0 font ',7'
plot data using (column('mj') / 2):(column('y')):(0):(column('mj')):(column('y') - 0.38):(column('y') + 0.38):yticlabel(stringcolumn('name')) with boxxyerror lc 1, \
    data using (column('mj')):(column('y')):(column('mj_low')):(column('mj_high')) with xerrorbars pt -1 lc rgb '#000000' lw 0.7, \
    data using (column('mj_high')):(column('y')):(sprintf(' %.1f %%%s', column('percent'), column('assumed') == 1 ? '*' : '')) with labels left font ',7'
