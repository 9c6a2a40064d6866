# Density on a grid of the numbers in an NPY file of one column: density.R FILE LOW HIGH COUNT.
arguments <- commandArgs(TRUE)
file <- file(arguments[1], "rb")
start <- readBin(file, "raw", 10)
header <- readChar(file, as.integer(start[9]) + 256L * as.integer(start[10]))
rows <- as.integer(sub(".*'shape': *\\(([0-9]+).*", "\\1", header))
x <- readBin(file, "double", rows)
grid <- as.numeric(arguments[2:4])
start <- proc.time()[["elapsed"]]
result <- density(x, bw = "nrd0", from = grid[1], to = grid[2], n = grid[3])
cat("work", proc.time()[["elapsed"]] - start, "\n", file = stderr())
cat(sprintf("%.17g,%.17g\n", result$x, result$y), sep = "")
