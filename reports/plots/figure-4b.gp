# Quantisation error and entropy against lambda
# size: wide 2.8
set multiplot layout 1,2 margins 0.09,0.98,0.18,0.92 spacing 0.11,0
set xlabel 'lambda'
set xrange [0.9:5.1]
of(reading, x) = column('reading') == reading ? x : NaN
set key at graph 0.98,0.78
set ylabel 'Quantisation error J'
set yrange [0:*]
plot data using (column('lambda')):(of(1, column('error'))) with linespoints pt 7 ps 0.5 lw 1.4 lc 1 title 'standard deviation', \
     data using (column('lambda')):(of(2, column('error'))) with linespoints pt 6 ps 0.5 dt 2 lw 1.4 lc 6 title 'variance'
set key bottom right
set ylabel 'Entropy E [bits]'
set yrange [0:4.2]
plot data using (column('lambda')):(of(1, column('entropy_bits'))) with linespoints pt 7 ps 0.5 lw 1.4 lc 1 title 'standard deviation', \
     data using (column('lambda')):(of(2, column('entropy_bits'))) with linespoints pt 6 ps 0.5 dt 2 lw 1.4 lc 6 title 'variance'
unset multiplot
