# Row-wise KL of two CSV files.
arguments <- commandArgs(TRUE)
p <- as.matrix(read.csv(arguments[1], header = FALSE))
q <- as.matrix(read.csv(arguments[2], header = FALSE))
start <- proc.time()[["elapsed"]]
result <- rowSums(p * log(p / q))
cat("work", proc.time()[["elapsed"]] - start, "\n", file = stderr())
cat(sprintf("%.17g\n", result), sep = "")
