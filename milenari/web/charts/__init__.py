"""Charts: small pictures drawn on the server as SVG, so that they also print; a table beside each says the same."""

from milenari.web.charts.drawing import isolate, svg, theme, warm
from milenari.web.charts.trace import trace_tree

__all__ = ["isolate", "svg", "theme", "trace_tree", "warm"]
