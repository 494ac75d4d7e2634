set title "64-byte frames forwarded, median"
set ylabel "thousand frames/s"
plot data using ($2/1000):xtic(1) title "as many as can be sent", \
     "" using ($3/1000) title "without a loss"
