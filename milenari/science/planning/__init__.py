"""Planning a network: its description as data, plans with a proven gap, simulation. No disk, clock or chance."""
