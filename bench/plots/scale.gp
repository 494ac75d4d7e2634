set title "Time to attach so many namespaces"
set ylabel "s"
set xlabel "ports"
set logscale xy
set yrange [*:*]
set xtics norotate
plot data using 1:2 with linespoints title "kernel bridge, ip script", \
     "" using 1:3 with linespoints title "vsw, vswctl attach"
