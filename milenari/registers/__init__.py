"""Present state: ordinary tables, posted from entries by journal.fold and by nothing else."""
