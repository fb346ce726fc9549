"""Write the description of the interface anew, after a change of it that was wanted: python -m tests.api.snapshot"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path


def main() -> None:
    os.environ.setdefault("MILENARI_HOME", tempfile.mkdtemp())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "milenari.server.settings")
    import django

    django.setup()
    from milenari.api import room

    text = json.dumps(room.description(), indent=1, ensure_ascii=False)
    Path(__file__).with_name("openapi.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
