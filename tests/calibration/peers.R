# What the R packages answer on the tables of our scenarios: see undercount_peers.py.
#
#   Rscript peers.R TABLES.csv ANSWERS.csv METHOD...
#
# TABLES.csv: scenario, seed, and one column for each pattern (low bit: list 0). Answers are
# appended; what is there already is not asked again. The packages are called as their manuals
# say; nothing of them is copied.
arguments <- commandArgs(trailingOnly = TRUE)
tables <- read.csv(arguments[1], header = FALSE, fill = TRUE,
                   col.names = c("scenario", "seed", paste0("c", 0:31)))
out <- arguments[2]
methods <- arguments[-(1:2)]

as_rows <- function(counts) {
  lists <- log2(length(counts))
  patterns <- which(counts > 0) - 1
  data.frame(sapply(seq_len(lists) - 1, function(k) bitwAnd(bitwShiftR(patterns, k), 1)),
             count = counts[patterns + 1])
}

# The model of pairs with the lowest BIC, and the profile interval that takes it for granted.
rcapture <- function(counts, n, seed) {
  suppressMessages(library(Rcapture))
  rows <- as.matrix(as_rows(counts))
  found <- closedpMS.t(rows, dfreq = TRUE, maxorder = min(2, ncol(rows) - 2))
  best <- rownames(found$results)[which.min(found$results[, "BIC"])]
  answer <- closedpCI.t(rows, dfreq = TRUE, mX = best)
  as.numeric(answer$CI[1, c("abundance", "infCL", "supCL")])
}

# Stepwise choice, and the interval that takes the chosen model for granted; the package's own
# interval that does not, BCa, takes 20 to 80 seconds a table.
sparsemse <- function(counts, n, seed) {
  suppressMessages(library(SparseMSE))
  answer <- estimatepopulation.0(as.matrix(as_rows(counts)), quantiles = c(0.025, 0.975))
  as.numeric(answer$estimate)[c(2, 1, 3)]
}

# The saturated graph included and N up to 30 times what was observed, as it is published.
dga_averaged <- function(counts, n, seed) {
  suppressMessages(library(dga))
  lists <- log2(length(counts))
  name <- paste0("graphs", lists)
  data(list = name, package = "dga", envir = environment())
  missing <- 1:(30 * n)
  weights <- bma.cr(array(counts, rep(2, lists)), missing, 2^-lists, get(name))
  total <- cumsum(colSums(weights))
  total <- total / total[length(total)]
  at <- function(level) n + missing[which(total >= level)[1]]
  c(at(0.5), at(0.025), at(0.975))
}

lcmcr <- function(counts, n, seed) {
  suppressMessages(library(LCMCR))
  rows <- as_rows(counts)
  lists <- ncol(rows) - 1
  for (k in seq_len(lists)) rows[[k]] <- factor(rows[[k]], levels = c(0, 1))
  names(rows) <- c(LETTERS[seq_len(lists)], "Freq")
  sampler <- lcmCR(rows, tabular = TRUE, K = 10, seed = seed, buffer_size = 10000,
                   thinning = 100, verbose = FALSE)
  draws <- lcmCR_PostSampl(sampler, burnin = 10000, samples = 1000, thinning = 100,
                           output = FALSE)
  as.numeric(quantile(draws, c(0.5, 0.025, 0.975)))
}

ask <- list(Rcapture = rcapture, SparseMSE = sparsemse, dga = dga_averaged, LCMCR = lcmcr)
key <- function(d) paste(d$scenario, d$seed, d$method)
done <- if (file.exists(out) && file.size(out) > 0) {
  key(read.csv(out, header = FALSE,
               col.names = c("scenario", "seed", "method", "estimate", "low", "high", "cpu")))
} else character()
for (row in seq_len(nrow(tables))) for (method in methods) {
  if (paste(tables$scenario[row], tables$seed[row], method) %in% done) next
  counts <- as.numeric(tables[row, -(1:2)])
  counts <- counts[!is.na(counts)]
  began <- sum(proc.time()[1:2])
  answer <- tryCatch(suppressWarnings(ask[[method]](counts, sum(counts), tables$seed[row])),
                     error = function(problem) {
                       message(method, ": ", conditionMessage(problem))
                       rep(NA_real_, 3)
                     })
  took <- sum(proc.time()[1:2]) - began
  cat(paste(c(tables$scenario[row], tables$seed[row], method,
              format(answer, digits = 10, trim = TRUE, scientific = FALSE), round(took, 3)),
            collapse = ","), "\n", sep = "", file = out, append = TRUE)
}
