"""Numbers: pure functions that name their reference; they know no batch, no person and no database."""
