"""Pages: one file a screen; each asks questions and hands rows to a template."""
