# Latency over width and weight bits
# size: wide 4.2
set xlabel 'Width multiplier (fastest of what else was varied)'
set cblabel 'Latency [ms]'
set logscale cb
unset grid
unset key
set palette defined (0 '#fde725', 0.33 '#35b779', 0.66 '#31688e', 1 '#440154')
stats data using (column('x')) nooutput prefix 'X'
stats data using (column('y')) nooutput prefix 'Y'
stats data using (column('least')) nooutput prefix 'L'
stats data using (column('most')) nooutput prefix 'M'
Z_min = L_min
Z_max = M_max
set cbrange [Z_min:Z_max > Z_min ? Z_max : Z_min * 1.1]
set xrange [0.5:X_max + 0.5]
set yrange [Y_max + 0.5:0.5]
set ytics scale 0 font ',6.5'
set xtics scale 0
dark(ms) = log(ms / Z_min) > 0.5 * log(Z_max / Z_min) ? 0xffffff : 0x000000
number(v) = v == v ? sprintf(v < 100 ? '%.3g' : '%.0f', v) : ''
# What does not fit has no number: hatched, with what is lacking.
lacking(v) = strlen(stringcolumn('lacks')) > 0 ? v : NaN
plot data using (column('x')):(column('y')):(column('x') - 0.5):(column('x') + 0.5):(column('y') - 0.5):(column('y') + 0.5):(column('ms')): \
    xticlabel(sprintf('%g', column('width'))):yticlabel(stringcolumn('name')) with boxxyerror lc palette, \
    data using (lacking(column('x'))):(column('y')):(column('x') - 0.5):(column('x') + 0.5):(column('y') - 0.5):(column('y') + 0.5) \
    with boxxyerror lc rgb '#aaaaaa' fs pattern 4 border lc rgb '#aaaaaa', \
    data using (column('x')):(column('y')):(number(column('ms'))):(dark(column('ms'))) with labels tc rgb variable font ',6.5', \
    data using (lacking(column('x'))):(column('y')):(stringcolumn('lacks')) with labels font ',6' tc rgb '#000000'
