# common.gp - what all plots have in common; data and out are set by report
set terminal svg size 860,380 font "sans,12" background "white"
set output out
set datafile missing "-"
set datafile separator "\t"
set style data histograms
set style histogram clustered gap 1
set style fill solid 0.85 border -1
set boxwidth 0.9
set grid ytics
set key outside top center horizontal
set xtics nomirror rotate by -20
set yrange [0:*]
