set title "Processor time of a forwarded 64-byte frame, all of the machine, median"
set ylabel "µs"
unset key
plot data using 2:xtic(1) notitle
