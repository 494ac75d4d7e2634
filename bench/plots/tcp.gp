set title "TCP throughput, median"
set ylabel "Gbit/s"
plot data using 2:xtic(1) title "IPv4, 1 stream", \
     "" using 3 title "IPv4, 4 streams", \
     "" using 4 title "IPv6, 1 stream"
