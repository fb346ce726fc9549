"""The same equipment list as an ordinary Django application would keep it."""
