# Re-scaled weights for lambda 1 to 5
# size: column 2.5
set xrange [-1.05:1.05]
set xlabel 'Weight after re-scaling'
set ylabel 'Frequency [%]'
set key top right title 'lambda'
plot for [k = 1:5] data using (column('value')):(column('lambda') == k ? column('percent') : NaN) with lines lw 1.6 dt k lc k title sprintf('%d', k)
