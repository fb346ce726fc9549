"""Django wiring: settings, urls, wsgi."""
