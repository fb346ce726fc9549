"""The signed book: the only writer of entries, and the formats that let anyone check it."""
