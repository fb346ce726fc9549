"""Charts: small pictures drawn on the server as SVG, so that they also print; a table beside each says the same."""

from milenari.web.charts.drawing import isolate, svg, theme, warm
from milenari.web.charts.trace import genealogy

__all__ = ["genealogy", "isolate", "svg", "theme", "warm"]
