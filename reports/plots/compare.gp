# One inference on each platform: latency, energy or memory
# size: wide 2.8
unset grid
set grid x lt 1 lc rgb '#dddddd' lw 0.5
set ytics scale 0 font ',6.5'
set xtics font ',6.5'
unset key
stats data using (column('x')) nooutput
rows_ = STATS_max
stats data using (column('energies')) nooutput prefix 'E'
metrics = metric_ eq '' && E_max > 0 ? 'ms mj' : metric_ eq '' ? 'ms' : metric_ eq 'time' ? 'ms' : metric_ eq 'energy' ? 'mj' : 'sram_kib'
heading(m) = m eq 'ms' ? 'Latency [ms]' : m eq 'mj' ? 'Energy [mJ], * assumed' : 'Peak SRAM [KiB]'
number(v) = sprintf(v < 100 ? '%.3g' : '%.0f', v)
n_ = words(metrics)
set multiplot
do for [k = 1:n_] {
    m = word(metrics, k)
    # Panels of one size, the names left of the first one.
    set lmargin at screen 0.24 + 0.745 * (k - 1) / n_
    set rmargin at screen 0.24 + 0.745 * k / n_ - 0.035
    set bmargin at screen 0.19
    set tmargin at screen 0.97 * top_
    set xlabel heading(m)
    unset logscale
    set xrange [*:*]
    set yrange [*:*]
    stats data using (column(m . '_low')) nooutput prefix 'L'
    stats data using (column(m . '_high')) nooutput prefix 'H'
    left_ = 10 ** floor(log10(L_min) - 0.15)
    set logscale x
    set xrange [left_:H_max * 8]
    set yrange [rows_ + 0.6:0.4]
    fits(v) = column('fits') == 1 ? v : NaN
    not_(v) = column('fits') == 1 ? NaN : v
    plot data using (fits(column(m))):(column('x')):(left_):(column(m)):(column('x') - 0.36):(column('x') + 0.36):yticlabel(stringcolumn(k == 1 ? 'name' : 'blank')) with boxxyerror lc k, \
        data using (not_(left_ * 3)):(column('x')):(left_):(H_max * 8):(column('x') - 0.36):(column('x') + 0.36):yticlabel(stringcolumn(k == 1 ? 'name' : 'blank')) \
        with boxxyerror lc rgb '#aaaaaa' fs pattern 4 border lc rgb '#aaaaaa', \
        data using (fits(column(m))):(column('x')):(column(m . '_low')):(column(m . '_high')) with xerrorbars pt -1 lc rgb '#000000' lw 0.7, \
        data using (fits(column(m . '_high'))):(column('x')):(sprintf(' %s%s', number(column(m)), m eq 'mj' && column('assumed') == 1 ? '*' : '')) with labels left font ',6', \
        data using (not_(left_ * 1.3)):(column('x')):(stringcolumn('why')) with labels left font ',6'
}
unset multiplot
