# What survival and cmprsk for R say of many small data sets: judge.R sets.csv told.csv
# One line per set and figure: set, name, values. Run by tests/science/courses_by_chance.py.
suppressPackageStartupMessages({ library(survival); library(cmprsk) })
words <- commandArgs(trailingOnly = TRUE)
all <- read.csv(words[1], colClasses = c("integer", "numeric", "integer", "character", "character"))
out <- file(words[2], "w")
say <- function(k, what, values) {
  if (length(values)) cat(k, ",", what, ",", paste(format(values, digits = 15, trim = TRUE), collapse = ","), "\n",
                          sep = "", file = out)
}
for (k in unique(all$set)) {
  one <- all[all$set == k, ]
  one$any <- one$status > 0
  times <- sort(unique(one$time))
  for (kind in c("plain", "log", "log-log")) {
    fit <- survfit(Surv(time, any) ~ 1, data = one, conf.type = kind)
    at <- summary(fit, times = times)
    say(k, paste0("km-", kind), c(at$surv, at$std.err, at$lower, at$upper))
    say(k, paste0("median-", kind), unname(quantile(fit, 0.5)$quantile))
    say(k, paste0("median-ci-", kind), c(unname(quantile(fit, 0.5)$lower), unname(quantile(fit, 0.5)$upper)))
  }
  back <- survfit(Surv(time, 1 - any) ~ 1, data = one)
  say(k, "follow-up", unname(quantile(back, 0.5)$quantile))
  for (cause in 1:2) if (any(one$status == cause)) {
    inc <- cuminc(one$time, one$status)
    points <- timepoints(inc, times)
    row <- paste("1", cause)
    say(k, paste0("cif-", cause), c(points$est[row, ], sqrt(points$var[row, ])))
  }
  if (length(unique(one$group)) > 1) {
    tests <- tryCatch(cuminc(one$time, one$status, one$group)$Tests, error = function(e) NULL)
    if (!is.null(tests)) for (cause in rownames(tests)) say(k, paste0("gray-", cause), tests[cause, c("stat", "df")])
    tests <- tryCatch(cuminc(one$time, one$status, one$group, strata = one$stratum)$Tests, error = function(e) NULL)
    if (!is.null(tests)) for (cause in rownames(tests)) say(k, paste0("gray-stratified-", cause), tests[cause, c("stat", "df")])
    one$whole <- one$time + 1  # survdiff takes a time of zero as it is; ties stay ties
    test <- tryCatch(survdiff(Surv(whole, any) ~ group, data = one), error = function(e) NULL)
    if (!is.null(test)) say(k, "log-rank", c(test$chisq, test$exp))
    if (length(unique(one$stratum)) > 1) {
      test <- tryCatch(survdiff(Surv(whole, any) ~ group + strata(stratum), data = one), error = function(e) NULL)
      if (!is.null(test)) say(k, "log-rank-stratified", test$chisq)
    }
  }
}
close(out)
