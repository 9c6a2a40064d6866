# An NPY matrix (version 1, <f8, C order) as CSV: fwrite.R FILE COLUMNS THREADS OUTPUT
suppressMessages(library(data.table))
arguments <- commandArgs(TRUE)
setDTthreads(as.integer(arguments[3]))
input <- file(arguments[1], "rb")
invisible(readBin(input, "raw", 8))
invisible(readBin(input, "raw", readBin(input, "integer", 1, size = 2, signed = FALSE, endian = "little")))
values <- readBin(input, "double", file.size(arguments[1]) / 8)
table <- as.data.table(matrix(values, ncol = as.integer(arguments[2]), byrow = TRUE))
start <- proc.time()[["elapsed"]]
fwrite(table, arguments[4], col.names = FALSE, showProgress = FALSE)
cat("work", proc.time()[["elapsed"]] - start, "\n", file = stderr())
