# Column sums of a CSV: fread.R FILE THREADS
suppressMessages(library(data.table))
arguments <- commandArgs(TRUE)
setDTthreads(as.integer(arguments[2]))
start <- proc.time()[["elapsed"]]
table <- fread(arguments[1], header = FALSE, showProgress = FALSE)
sums <- vapply(table, sum, 0)
cat("work", proc.time()[["elapsed"]] - start, "\n", file = stderr())
cat(sprintf("%.17g", sums), sep = ",")
cat("\n")
