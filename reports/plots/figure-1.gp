# ImageNet top-1 against model size
# size: wide 3.8
set xlabel 'Model size [MB]'
set ylabel 'ImageNet top-1 [%]'
set logscale x 2
set xrange [0.22:14]
set yrange [54:68]
set xtics (0.25, 0.5, 1, 2, 4, 8)
set key bottom right
# Labels stand where no neighbour's does.
own(x, kind, computed) = column('etinynet') == kind && column('computed') == computed ? x : NaN
side(x, s) = column('label_side') == s ? x : NaN
plot data using (column('megabytes')):(own(column('top1_percent'), 0, 1)) with points pt 5 ps 0.7 lc 1 title 'others, size computed', \
     data using (column('megabytes')):(own(column('top1_percent'), 0, 0)) with points pt 4 ps 0.7 lc 1 title 'others, size as printed', \
     data using (column('megabytes')):(own(column('top1_percent'), 1, 1)) with points pt 7 ps 0.9 lc 6 title 'EtinyNet', \
     data using (column('megabytes')):(side(column('top1_percent'), 1)):(stringcolumn('network')) with labels left offset 0.9,0 font ',7' notitle, \
     data using (column('megabytes')):(side(column('top1_percent'), -1)):(stringcolumn('network')) with labels right offset -0.9,0 font ',7' notitle
