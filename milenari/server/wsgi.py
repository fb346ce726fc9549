"""The WSGI application; it refuses to start on a node whose guard is not whole."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "milenari.server.settings")

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()

from milenari.journal import start

start.require_sound_node()
