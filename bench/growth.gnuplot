# SPDX-License-Identifier: Apache-2.0
#
# Four panels over the number of things, both axes logarithmic: what is linear in all is flat in the
# first two and has the slope of the dotted line in the others.  bench/plot.sh sets data and kinds.
set terminal svg size 1000,760 font "sans-serif,12" background rgb "white"
set datafile missing "-"
set logscale xy
set format xy "10^{%T}"
set grid
unset mxtics
unset mytics
set samples 2
unset key
set xrange [8:1.3e6]
file(k) = data."/".k

set multiplot layout 2,2
set title "first use of one"
set ylabel "ns (thin: bare)"
plot for [i=1:words(kinds)] file(word(kinds,i)) using 1:3 with linespoints lc i lw 2 title word(kinds,i), \
	for [i=1:words(kinds)] file(word(kinds,i)) using 1:2 with lines lc i lw 1 notitle
set title "one of them, when all are used again (thread: its join)"
plot for [i=1:words(kinds)] file(word(kinds,i)) using 1:5 with linespoints lc i lw 2 title word(kinds,i), \
	for [i=1:words(kinds)] file(word(kinds,i)) using 1:4 with lines lc i lw 1 notitle
set key top left
set title "recording"
set ylabel "bytes (dotted: 128 bytes each)"
plot for [i=1:words(kinds)] file(word(kinds,i)) using 1:6 with linespoints lc i lw 2 title word(kinds,i), \
	128*x with lines dt 3 lc rgb "black" notitle
set title "report"
set ylabel "seconds (dotted: 1 µs each)"
plot for [i=1:words(kinds)] file(word(kinds,i)) using 1:7 with linespoints lc i lw 2 title word(kinds,i), \
	x*1e-6 with lines dt 3 lc rgb "black" notitle
unset multiplot
