"""The WSGI application; it refuses to start on a node whose guard is not whole."""

import os
from importlib import import_module

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "milenari.server.settings")

application = get_wsgi_application()
import_module("milenari.journal.start").require_sound_node()
