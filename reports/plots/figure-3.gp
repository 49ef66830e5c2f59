# Weights before and after 4-bit quantisation
# size: wide 4.6
set multiplot layout 2,2 margins 0.08,0.98,0.10,0.94 spacing 0.09,0.17
set xrange [-1.05:1.05]
set boxwidth 0.0286
set key top right
do for [panel = 1:4] {
    title_of_panel = word("'LB1.4.pw, DoReFa' 'LB1.4.pw, ASQ, lambda = 2' 'DLB4.3.pw, DoReFa' 'DLB4.3.pw, ASQ, lambda = 2'", panel)
    set title title_of_panel offset 0,-0.6
    set xlabel 'Weight after clamping' offset 0,0.5
    set ylabel 'Frequency [%]' offset 1,0
    plot data using (column('value')):(column('panel') == panel ? column('quantised_percent') : NaN) with boxes lc 2 title 'quantised', \
         data using (column('value')):(column('panel') == panel ? column('original_percent') : NaN) with histeps lw 1.6 lc 1 title 'original'
}
unset multiplot
