"""Files for others: the record of a trial in the formats that sponsors, agencies, registries and statisticians read."""
