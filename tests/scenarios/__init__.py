"""The story of the demo network, and what it must never let happen."""
