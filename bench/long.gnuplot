# SPDX-License-Identifier: Apache-2.0
#
# Two panels over the share of the events that are past: flat is what they should be, from where
# as many records have been made as are alive at a time.  bench/plot.sh sets data and kinds.
set terminal svg size 1000,460 font "sans-serif,12" background rgb "white"
set grid
set key at graph 0.98,0.94
set xlabel "events, percent"
set xrange [0:100]
set yrange [0:*]
file(k) = data."/".k

set linetype 9 lc rgb "brown"
set linetype 10 lc rgb "gray50"

set multiplot layout 1,2
set title "recording"
set ylabel "MiB"
plot for [i=1:words(kinds)] file(word(kinds,i)) using 1:2 with lines lt i lw 2 title word(kinds,i)
unset key
set title "resident memory of the process"
plot for [i=1:words(kinds)] file(word(kinds,i)) using 1:3 with lines lt i lw 2 title word(kinds,i)
unset multiplot
