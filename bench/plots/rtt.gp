set title "Round trip of a 64-byte frame, idle"
set ylabel "µs"
set logscale y
set yrange [1:*]
plot data using 2:xtic(1) title "median", \
     "" using 3 title "99 %", \
     "" using 4 title "99.9 %"
