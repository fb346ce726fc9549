"""The journal room as a Django app; its guard is put back after every migration."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class JournalConfig(AppConfig):
    """Connects the guard to Django's migrations; nothing else happens at start."""

    name = "milenari.journal"
    label = "journal"

    def ready(self) -> None:
        from milenari.journal.guard import after_migrate

        post_migrate.connect(after_migrate, dispatch_uid="milenari-guard")
