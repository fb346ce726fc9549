"""How fast the journal is, beside what others use, measured in the same run: see README.md."""
