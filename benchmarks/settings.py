"""The product's own settings, plus the two audit apps it is compared with. Never used by the product."""

from milenari.server.settings import *  # noqa: F403
from milenari.server.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "simple_history", "auditlog", "benchmarks.peers"]
