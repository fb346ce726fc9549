"""Papers: what is printed from the journal, each a pure function of its entries, a place in the log and a language."""
