# Reads the analysis set of a milenari export: Rscript read_analysis.R FOLDER
arguments <- commandArgs(trailingOnly = TRUE)
folder <- if (length(arguments) > 0) arguments[1] else "."
words <- read.csv(file.path(folder, "dictionary.csv"), stringsAsFactors = FALSE, na.strings = character(0))
classes <- ifelse(words$type == "integer", "integer", ifelse(words$type == "decimal", "numeric", "character"))
names(classes) <- words$variable
participants <- read.csv(
  file.path(folder, "participants.csv"),
  colClasses = classes, na.strings = "", stringsAsFactors = FALSE
)
print(summary(participants))
infused <- participants[participants$infused == 1, ]
cat(nrow(participants), "participants,", nrow(infused), "infused,",
    sum(infused$responded, na.rm = TRUE), "responded\n")
# Overall survival by Kaplan-Meier, where the package survival is installed; log-log intervals.
if (requireNamespace("survival", quietly = TRUE) && nrow(infused) > 1) {
  print(summary(survival::survfit(survival::Surv(os_d, died) ~ 1, data = infused, conf.type = "log-log")))
}
