"""What every page knows: the node it is on."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def node(request: HttpRequest) -> dict[str, Any]:
    return {"demo": settings.DEMO}
