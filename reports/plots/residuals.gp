# Error of the predicted latency per layer
# size: wide 2.6
set ylabel 'Predicted - measured [%]'
set xtics rotate by 90 right font ',6' scale 0
unset key
stats data using (column('x')) nooutput
set xrange [0.4:STATS_max + 0.6]
stats data using (column('error_percent')) nooutput prefix 'Y'
# The band of 10 % is always in view.
reach = (abs(Y_min) > abs(Y_max) ? abs(Y_min) : abs(Y_max)) * 1.1
reach = reach < 12 ? 12 : reach
set yrange [-reach:reach]
set xzeroaxis lt -1 lw 0.6
set object 1 rectangle from graph 0, first -10 to graph 1, first 10 fc rgb '#eeeeee' fs solid noborder behind
plot data using (column('x')):(column('error_percent') / 2):(column('x') - 0.38):(column('x') + 0.38): \
    (column('error_percent') < 0 ? column('error_percent') : 0):(column('error_percent') > 0 ? column('error_percent') : 0): \
    (abs(column('error_percent')) > 10 ? 6 : 1):xticlabel(stringcolumn('name')) with boxxyerror lc variable
